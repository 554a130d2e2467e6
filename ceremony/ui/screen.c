/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/ui/screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/base/plain.h"

int screen_init(struct screen *s, int rows, int cols, bool ascii)
{
    *s = (struct screen){.rows = rows, .cols = cols, .ascii = ascii};
    s->cells = calloc((size_t)rows * (size_t)cols, sizeof *s->cells);
    if (s->cells == NULL)
        return -1;
    screen_wipe(s);
    return 0;
}

void screen_clear(struct screen *s)
{
    if (s->cells != NULL) /* a new PIN may have been there */
        explicit_bzero(s->cells, (size_t)s->rows * (size_t)s->cols * sizeof *s->cells);
    free(s->cells);
    *s = (struct screen){0};
}

void screen_wipe(struct screen *s)
{
    for (size_t i = 0; i < (size_t)s->rows * (size_t)s->cols; i++)
        s->cells[i] = (struct cell){' ', INK_PLAIN};
    s->cursor_row = s->cursor_col = -1;
}

static struct cell *cell_at(struct screen *s, int row, int col)
{
    if (row < 0 || col < 0 || row >= s->rows || col >= s->cols)
        return NULL;
    return &s->cells[(size_t)row * (size_t)s->cols + (size_t)col];
}

static void set(struct screen *s, int row, int col, uint32_t cp, enum ink ink)
{
    struct cell *c = cell_at(s, row, col);

    if (c != NULL)
        *c = (struct cell){cp, ink};
}

static uint32_t drawable(const struct screen *s, uint32_t cp)
{
    return s->ascii && cp > 0x7E ? '?' : cp;
}

int screen_put(struct screen *s, int row, int col, int width, enum ink ink, const char *text)
{
    struct span rest = span_str(text);
    bool cut = plain_width(text) > width;
    int used = 0;
    uint32_t cp;

    while (rest.n > 0) {
        size_t step = plain_next(rest, &cp);
        int n = plain_cells(cp);

        if (used + n > width - (cut ? 1 : 0))
            break;
        rest = span_of(rest.p + step, rest.n - step);
        if (n == 0)
            continue;
        set(s, row, col + used, n == 2 && s->ascii ? '?' : drawable(s, cp), ink);
        if (n == 2)
            set(s, row, col + used + 1, s->ascii ? ' ' : 0, ink);
        used += n;
    }
    if (cut && width > 0)
        set(s, row, col + used++, '~', ink);
    return used;
}

int screen_putf(struct screen *s, int row, int col, int width, enum ink ink, const char *fmt, ...)
{
    char text[1000];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return screen_put(s, row, col, width, ink, text);
}

void screen_rule(struct screen *s, int row, int col, int width)
{
    for (int i = 0; i < width; i++)
        set(s, row, col + i, s->ascii ? '-' : 0x2500, INK_FAINT);
}

void screen_post(struct screen *s, int row, int col)
{
    set(s, row, col, s->ascii ? '|' : 0x2502, INK_FAINT);
}
