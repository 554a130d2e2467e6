/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of at most 80 columns: what is longer goes on below, behind its own indent. */
#include <string.h>

#include "ceremony/record/transcript_part.h"
#include "metadata/base/plain.h"

#define COLUMNS 80
#define MOMENT  21 /* "2026-11-23 14:00:00  " */

/* How far in a line goes on: behind the moment of an event, else four more than it begins. */
static size_t hanging_indent(struct span line)
{
    size_t blanks = 0;

    while (blanks < line.n && line.p[blanks] == ' ')
        blanks++;
    if (line.n > MOMENT && line.p[4] == '-' && line.p[7] == '-' && line.p[13] == ':')
        return MOMENT;
    return blanks < COLUMNS / 2 ? blanks + 4 : 4;
}

/* How many bytes fit into `room` characters, cut behind a blank when there is one past `least`. */
static size_t fits(struct span line, size_t room, size_t least)
{
    size_t at = 0, cut = 0;
    uint32_t cp;

    for (size_t n = 0; at < line.n && n < room; n++) {
        at += plain_next(span_of(line.p + at, line.n - at), &cp);
        if (cp == ' ' && at > least)
            cut = at;
    }
    return at == line.n || cut == 0 || line.p[at] == ' ' ? at : cut;
}

static void fold_line(struct span line, struct bytes *out)
{
    size_t indent = hanging_indent(line), room = COLUMNS, least = indent;

    for (;;) {
        size_t n = fits(line, room, least), shown = n;

        while (n < line.n && shown > 0 && line.p[shown - 1] == ' ')
            shown--;
        bytes_put(out, line.p, shown);
        bytes_put_u8(out, '\n');
        while (n < line.n && line.p[n] == ' ')
            n++;
        line = span_of(line.p + n, line.n - n);
        if (line.n == 0)
            return;
        bytes_printf(out, "%*s", (int)indent, "");
        room = COLUMNS - indent;
        least = 0;
    }
}

void transcript_fold(struct span text, struct bytes *out)
{
    while (text.n > 0) {
        const uint8_t *end = memchr(text.p, '\n', text.n);
        size_t n = end != NULL ? (size_t)(end - text.p) : text.n;

        fold_line(span_of(text.p, n), out);
        n += end != NULL;
        text = span_of(text.p + n, text.n - n);
    }
}
