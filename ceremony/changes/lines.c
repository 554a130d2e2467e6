/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/changes/lines.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"

struct lines {
    struct lines_part *parts;
    size_t n;
};

struct lines *lines_new(void)
{
    return calloc(1, sizeof(struct lines));
}

void lines_free(struct lines *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->n; i++)
        l->parts[i].free(l->parts[i].self);
    free(l->parts);
    free(l);
}

int lines_add(struct lines *l, const struct lines_part *part, struct err *e)
{
    if (array_grow(&l->parts, l->n, sizeof *l->parts, e) != 0) {
        part->free(part->self);
        return -1;
    }
    l->parts[l->n++] = *part;
    return 0;
}

size_t lines_count(const struct lines *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++)
        n += l->parts[i].n;
    return n;
}

size_t lines_next_part(const struct lines *l, size_t line)
{
    size_t first = 0;

    for (size_t i = 0; i < l->n && first <= line; i++)
        first += l->parts[i].n;
    return first;
}

size_t lines_entries(const struct lines *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++)
        n += l->parts[i].entries;
    return n;
}

static size_t line_of(const struct lines_part *part, size_t entry)
{
    return part->entry_line != NULL ? part->entry_line(part->self, entry) : entry;
}

size_t lines_entry(const struct lines *l, size_t entry)
{
    size_t first = 0;

    for (size_t i = 0; i < l->n; i++) {
        if (entry < l->parts[i].entries)
            return first + line_of(&l->parts[i], entry);
        entry -= l->parts[i].entries;
        first += l->parts[i].n;
    }
    return first;
}

long lines_jump(const struct lines *l, const char *text)
{
    size_t first = 0;
    long near = -1;

    for (size_t i = 0; i < l->n; first += l->parts[i++].n) {
        const struct lines_part *part = &l->parts[i];
        bool begins = false;
        size_t entry;

        if (part->entries == 0)
            continue;
        entry = part->entry_find(part->self, span_str(text), &begins);
        if (entry >= part->entries)
            entry = part->entries - 1;
        if (begins || near < 0)
            near = (long)(first + line_of(part, entry));
        if (begins)
            break;
    }
    return near;
}

void lines_read(struct lines_reader *r, const struct lines *l, size_t from)
{
    *r = (struct lines_reader){.l = l, .line = from};
    while (r->part < l->n && from >= r->first + l->parts[r->part].n)
        r->first += l->parts[r->part++].n;
}

bool lines_read_next(struct lines_reader *r, struct bytes *out)
{
    const struct lines_part *part;

    while (r->part < r->l->n && r->line >= r->first + r->l->parts[r->part].n) {
        r->first += r->l->parts[r->part++].n;
        r->place.there = false;
    }
    if (r->part == r->l->n)
        return false;
    part = &r->l->parts[r->part];
    part->put(part->self, r->line - r->first, &r->place, out);
    r->line++;
    return true;
}

void lines_reader_clear(struct lines_reader *r)
{
    bytes_clear(&r->place.text);
    r->l = NULL;
}

/* The first in [from, to), or -1. */
static long search_range(const struct lines *l, const char *text, size_t from, size_t to)
{
    struct lines_reader r;
    struct bytes line = {0};
    long found = -1;

    lines_read(&r, l, from);
    while (found < 0 && r.line < to && lines_read_next(&r, &line)) {
        if (strcasestr(bytes_str(&line), text) != NULL)
            found = (long)r.line - 1;
        bytes_truncate(&line, 0);
    }
    lines_reader_clear(&r);
    bytes_clear(&line);
    return found;
}

long lines_search(const struct lines *l, const char *text, size_t from)
{
    size_t n = lines_count(l);
    long found;

    if (text[0] == '\0' || n == 0)
        return -1;
    from %= n;
    found = search_range(l, text, from, n);
    return found >= 0 ? found : search_range(l, text, 0, from);
}

void lines_text(const struct lines *l, struct bytes *out)
{
    struct lines_reader r;

    lines_read(&r, l, 0);
    while (!bytes_failed(out) && lines_read_next(&r, out))
        bytes_put_u8(out, '\n');
    lines_reader_clear(&r);
}
