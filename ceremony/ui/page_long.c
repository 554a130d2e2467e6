/* SPDX-License-Identifier: Apache-2.0 */
/* Pages that end in a text of any length: a place on them is a line and a row of it, for a line may
 * be longer than the screen. Nothing is measured but what is near. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/ui/page_area.h"

/* The lines of a page, read one after the other. */
struct long_page {
    const struct page *p;
    const struct page_frame *f;
    struct area a; /* without the row that says what is left */
    size_t total;
    struct lines_reader reader;
    struct bytes text;
};

static size_t blanks_of(const char *text)
{
    return strspn(text, " ");
}

/* The line, and in `copy` its text; lines that stand in `rest` must be asked for in their order, or
 * are looked up. */
static struct page_line line_at(struct long_page *l, size_t line)
{
    struct page_line out = {.ink = INK_PLAIN, .hang = 2};
    size_t at = line - l->p->n;

    if (line < l->p->n) {
        out = l->p->lines[line];
    } else {
        if (l->reader.l == NULL || l->reader.line != at) {
            lines_reader_clear(&l->reader);
            lines_read(&l->reader, l->p->rest, at);
        }
        bytes_truncate(&l->text, 0);
        bytes_put_str(&l->text, "");
        (void)lines_read_next(&l->reader, &l->text);
        out.indent = (int)blanks_of(bytes_str(&l->text)) % l->a.cols;
        out.text = (char *)l->text.p + out.indent;
    }
    if (l->p->marked == line + 1)
        out.ink = INK_CHOSEN;
    return out;
}

/* Draws the line, or measures it when `s` is NULL. Returns its rows. */
static int put_at(struct long_page *l, size_t line, int row, struct screen *s)
{
    const struct page_line text = line_at(l, line);

    return text.text != NULL ? page_put_line(&text, l->f, &l->a, row, s) : 1;
}

/* The place `rows` rows above: whole lines, or rows of one line that is longer than that. */
static struct page_spot above(struct long_page *l, struct page_spot from, int rows)
{
    struct page_spot to = from;
    int left = rows;

    if (from.row >= (size_t)rows)
        return (struct page_spot){from.line, from.row - (size_t)rows};
    left -= (int)from.row;
    to.row = 0;
    while (to.line > 0) {
        int n = put_at(l, to.line - 1, 0, NULL);

        if (n > left) {
            if (to.line == from.line) /* nothing else would move */
                to = (struct page_spot){to.line - 1, (size_t)(n - left)};
            break;
        }
        left -= n;
        to.line--;
    }
    return to;
}

static bool is_behind(struct page_spot a, struct page_spot b)
{
    return a.line > b.line || (a.line == b.line && a.row > b.row);
}

/* Draws from `first` on; the place behind what is in sight as a whole. */
static struct page_spot draw_from(struct long_page *l, struct page_spot first, struct screen *s)
{
    int row = -(int)first.row;
    size_t line = first.line;

    while (line < l->total && row < l->a.rows) {
        int n = put_at(l, line, row, s);

        if (row + n > l->a.rows)
            return line > first.line ? (struct page_spot){line, 0}
                                     : (struct page_spot){line, first.row + (size_t)l->a.rows};
        row += n;
        line++;
    }
    return (struct page_spot){line, 0};
}

/* Do all rows fit? */
static bool all_fits(struct long_page *l, int rows)
{
    int n = 0;

    for (size_t i = 0; i < l->total && n <= rows; i++)
        n += put_at(l, i, 0, NULL);
    return n <= rows;
}

/* What is in sight, and of how much; in few words when the numbers are long. */
static void put_left(const struct long_page *l, struct page_spot first, struct page_spot behind,
                     struct screen *s)
{
    char text[128];
    size_t last = behind.row > 0 ? behind.line + 1 : behind.line;
    int n =
        snprintf(text, sizeof text, "-- lines %zu to %zu of %zu", first.line + 1, last, l->total);
    const char *keys = n + (int)strlen(": PgUp, PgDn, / to search --") <= l->a.cols
                           ? ": PgUp, PgDn, / to search --"
                           : " --";

    screen_putf(s, l->a.top + l->a.rows, l->a.left, l->a.cols, INK_FAINT, "%s%s", text, keys);
}

void page_put_long(const struct page *p, const struct page_frame *f, const struct area *a,
                   struct screen *s, struct page_view *view)
{
    struct long_page l = {.p = p, .f = f, .a = *a, .total = p->n + lines_count(p->rest)};
    struct page_spot first = f->scroll, behind;

    bytes_init(&l.text);
    view->whole = all_fits(&l, a->rows);
    if (!view->whole) {
        l.a.rows--; /* the last row says what is left */
        view->end = above(&l, (struct page_spot){l.total, 0}, l.a.rows);
    }
    if (view->whole || is_behind(first, view->end))
        first = view->end;
    behind = draw_from(&l, first, s);
    view->back = above(&l, first, l.a.rows);
    view->forward = is_behind(behind, view->end) ? view->end : behind;
    if (!view->whole)
        put_left(&l, first, behind, s);
    lines_reader_clear(&l.reader);
    bytes_clear(&l.text);
}

/* In the lines of the page itself, from `from` on. */
static long find_here(const struct page *p, const char *text, size_t from)
{
    for (size_t i = from; i < p->n; i++)
        if (strcasestr(p->lines[i].text, text) != NULL)
            return (long)i;
    return -1;
}

long page_find(const struct page *p, const char *text, size_t from)
{
    size_t n = p->rest != NULL ? lines_count(p->rest) : 0, at = from > p->n ? from - p->n : 0;
    long found;

    if (text[0] == '\0' || p->n + n == 0)
        return -1;
    if (from >= p->n + n)
        from = at = 0;
    if ((found = find_here(p, text, from)) >= 0)
        return found;
    found = n > 0 ? lines_search(p->rest, text, at) : -1;
    if (found >= (long)at)
        return found + (long)p->n;
    at = (size_t)(find_here(p, text, 0) + 1); /* around the end: what is on top comes first */
    return at > 0 ? (long)at - 1 : found >= 0 ? found + (long)p->n : -1;
}
