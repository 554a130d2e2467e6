/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/memory.h"
#include "ceremony/ui/page.h"
#include "metadata/base/plain.h"

struct area {
    int top, left, rows, cols;
};

#define PAGE_STEP 12 /* rows */
#define LEFT      20 /* columns of the list of stations */

#define COLUMN_ROOM 20 /* the narrowest column that text is folded into */

static void draw_top(const struct page *p, const struct page_frame *f, struct screen *s)
{
    bool rehearsal = f->session != NULL && f->session->plan->rehearsal;
    char clock[48];
    int right, title = s->cols / 2 - 2;

    snprintf(clock, sizeof clock, "%.5s UTC", utc_text(f->now).time);
    right = s->cols - 1 - (int)strlen(clock);
    screen_put(s, 0, right, s->cols - right, INK_FAINT, clock);
    if (rehearsal) {
        right -= (int)strlen("REHEARSAL  ");
        screen_put(s, 0, right, s->cols - right, INK_ALARM, "REHEARSAL");
    }
    if (f->session != NULL)
        screen_put(s, 0, 1, title, INK_STRONG, f->session->plan->title);
    screen_put(s, 0, title + 3, right - title - 4, INK_PLAIN, p->context);
    screen_rule(s, 1, 1, s->cols - 2);
}

static void draw_stations(const struct page_frame *f, struct screen *s)
{
    int row = 2;

    for (int st = 0; st < STATIONS; st++) {
        bool here = st == (int)f->station, done = station_done(f->session, (enum station)st);
        const char *mark = here ? "> " : done ? "ok" : "  ";

        if (!station_matters(f->session, (enum station)st))
            continue;
        screen_putf(s, row++, 1, LEFT,
                    here   ? INK_STRONG
                    : done ? INK_GOOD
                           : INK_FAINT,
                    "%s %s", mark, station_title((enum station)st));
    }
}

static void draw_bottom(const struct page *p, const struct page_frame *f, struct screen *s)
{
    static const char spin[] = "-\\|/";
    int row = s->rows - 1, col = 1;

    screen_rule(s, s->rows - 2, 1, s->cols - 2);
    if (f->busy != NULL) {
        screen_putf(s, row, col, s->cols - 2, INK_STRONG, "%c %s ...  Esc: give up waiting",
                    spin[f->spin % 4], f->busy);
        return;
    }
    for (size_t i = 0; i < p->nkeys; i++) {
        if (i > 0)
            col += 3;
        col += screen_put(s, row, col, s->cols - 1 - col, INK_STRONG, p->keys[i].key);
        col += screen_putf(s, row, col, s->cols - 1 - col, INK_PLAIN, " %s", p->keys[i].does);
    }
}

static bool is_searched(const struct page_frame *f)
{
    return f->search != NULL && f->search[0] != '\0';
}

/* The bytes of `text` that fit into `cols` columns, at a blank if there is one. */
static size_t fitting(const char *text, int cols)
{
    struct span rest = span_str(text);
    size_t at = 0, blank = 0;
    char part[8];
    int used = 0;
    uint32_t cp;

    while (rest.n > 0) {
        size_t step = plain_next(rest, &cp);
        int width;

        memcpy(part, rest.p, step);
        part[step] = '\0';
        width = plain_width(part);
        if (used + width > cols)
            return blank > 0 ? blank : at > 0 ? at : step;
        if (cp == ' ' && at > 0)
            blank = at;
        used += width;
        at += step;
        rest = span_of(rest.p + step, rest.n - step);
    }
    return at;
}

static int cells_before(const char *text, const char *end)
{
    struct span rest = span_of(text, (size_t)(end - text));
    int cells = 0;
    uint32_t cp;

    while (rest.n > 0) {
        size_t step = plain_next(rest, &cp);

        cells += plain_cells(cp);
        rest = span_of(rest.p + step, rest.n - step);
    }
    return cells;
}

/* Where a line goes on that does not fit: below its last column, which two blanks or more set off,
 * if that leaves room; else `hang` further in. */
static int hang_of(const char *text, int hang, int cols)
{
    const char *at = text + strspn(text, "> "), *gap;
    int column = 0;

    while ((gap = strstr(at, "  ")) != NULL && gap[strspn(gap, " ")] != '\0') {
        int cells;

        at = gap + strspn(gap, " ");
        cells = cells_before(text, at);
        if (cols - cells < COLUMN_ROOM)
            break;
        column = cells;
    }
    return column > 0 ? column : hang;
}

/* Draws one line, folded, from row `row` of the area (may be negative or behind its end); `s` may
 * be NULL to measure only. Returns the rows it takes. */
static int page_put_line(const struct page_line *l, const struct page_frame *f,
                         const struct area *a, int row, struct screen *s)
{
    const char *text = l->text;
    int rows = 0, indent = l->indent;
    bool found = is_searched(f) && strcasestr(text, f->search) != NULL;
    char part[1024];

    do {
        size_t n = fitting(text, a->cols - indent);
        int used = 0;

        snprintf(part, sizeof part, "%.*s", (int)n, text);
        if (s != NULL && row + rows >= 0 && row + rows < a->rows) {
            used = screen_put(s, a->top + row + rows, a->left + indent, a->cols - indent,
                              found ? INK_CHOSEN : l->ink, part);
            if (l->field && text[n] == '\0') {
                s->cursor_row = a->top + row + rows;
                s->cursor_col = a->left + indent + used;
            }
        }
        text += n;
        while (*text == ' ')
            text++;
        if (strspn(text, "=") == strlen(text) || strspn(text, "-") == strlen(text))
            text += strlen(text); /* a rule is not folded */
        if (rows == 0)
            indent = l->indent + hang_of(l->text, l->hang, a->cols - l->indent);
        rows++;
    } while (*text != '\0');
    explicit_bzero(part, sizeof part); /* a new PIN may have been there */
    return rows;
}

/* The lines of a page, read one after the other. */
struct long_page {
    const struct page *p;
    const struct page_frame *f;
    struct area a; /* without the row that says what is left */
    size_t total;
    struct lines_reader reader;
    struct bytes text;
};

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
        out.indent = (int)strspn(memory_text(&l->text), " ") % l->a.cols;
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

/* A page of any length: only what is in sight is made and measured. */
static void page_put_long(const struct page *p, const struct page_frame *f, const struct area *a,
                          struct screen *s, struct page_view *view)
{
    struct long_page l = {.p = p, .f = f, .a = *a, .total = p->n + lines_count(p->rest)};
    struct page_spot first = f->scroll, behind;

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
    if (!view->whole) {
        char text[128];
        size_t last = behind.row > 0 ? behind.line + 1 : behind.line;
        int n = snprintf(text, sizeof text, "-- lines %zu to %zu of %zu", first.line + 1, last,
                         l.total);
        const char *keys = n + (int)strlen(": PgUp, PgDn, / to search --") <= l.a.cols
                               ? ": PgUp, PgDn, / to search --"
                               : " --";

        /* What is in sight, and of how much; in few words when the numbers are long. */
        screen_putf(s, l.a.top + l.a.rows, l.a.left, l.a.cols, INK_FAINT, "%s%s", text, keys);
    }
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

/* The row, from the top of the page, of what must be in sight; -1: nothing. Behind a field it is
 * the line below, which says what of the field is wrong, or how many tries are left. */
static int wanted_row(const struct page *p, const struct page_frame *f, const struct area *a,
                      int *total)
{
    int row = 0, wanted = -1;

    for (size_t i = 0; i < p->n; i++) {
        if (p->lines[i].chosen || p->lines[i].field)
            wanted = row;
        row += page_put_line(&p->lines[i], f, a, 0, NULL);
        if (p->lines[i].field && i + 1 < p->n)
            wanted = row;
    }
    *total = row;
    return wanted;
}

/* Draws the lines that stay on top, in a third of the room at most, and takes it from the area.
 * Returns the rows that this takes. */
static int draw_pinned(const struct page *p, const struct page_frame *f, struct area *a,
                       struct screen *s)
{
    struct area top = *a;
    int rows = 0;

    for (size_t i = 0; i < p->pinned; i++)
        rows += page_put_line(&p->lines[i], f, a, 0, NULL);
    top.rows = rows < a->rows / 3 ? rows : a->rows / 3;
    rows = 0;
    for (size_t i = 0; i < p->pinned; i++)
        rows += page_put_line(&p->lines[i], f, &top, rows, s);
    a->top += top.rows;
    a->rows -= top.rows;
    return top.rows;
}

/* The page scrolls below what is pinned: what is in sight is row `first` to `first + room`, the
 * upper ones of it covered. */
static void draw_body(const struct page *p, const struct page_frame *f, const struct area *a,
                      struct screen *s, struct page_view *view)
{
    int total, wanted = wanted_row(p, f, a, &total), first = 0, row, room = a->rows, pinned = 0;
    struct area visible = *a;
    size_t at = f->scroll.line;

    view->whole = total <= room;
    if (!view->whole) {
        room--; /* the last row says what is left */
        view->end.line = (size_t)(total - room);
        at = at < view->end.line ? at : view->end.line;
        first = (int)at;
        if (wanted >= 0 && !f->scrolled && !is_searched(f) &&
            (wanted < first + room / 3 || wanted >= first + room))
            first = wanted - room / 2;
        first = first > total - room ? total - room : first;
        first = first < 0 ? 0 : first;
        at = (size_t)first;
        view->back.line = at > PAGE_STEP ? at - PAGE_STEP : 0;
        view->forward.line = at + PAGE_STEP < view->end.line ? at + PAGE_STEP : view->end.line;
    }
    visible.rows = room;
    if (first > 0 && !is_searched(f)) /* not over what was found */
        pinned = draw_pinned(p, f, &visible, s);
    row = -first - pinned;
    for (size_t i = 0; i < p->n; i++)
        row += page_put_line(&p->lines[i], f, &visible, row, s);
    if (!view->whole)
        screen_putf(s, a->top + a->rows - 1, a->left, a->cols, INK_FAINT,
                    "-- lines %d to %d of %d: PgUp, PgDn%s --", first + pinned + 1, first + room,
                    total, f->searched ? ", / to search" : "");
}

static void draw_too_small(struct screen *s)
{
    screen_putf(s, s->rows / 2, 0, s->cols, INK_STRONG, "This window has %dx%d characters.",
                s->cols, s->rows);
    screen_putf(s, s->rows / 2 + 1, 0, s->cols, INK_STRONG, "Make it %dx%d or larger.",
                SCREEN_MIN_COLS, SCREEN_MIN_ROWS);
    screen_put(s, s->rows / 2 + 2, 0, s->cols, INK_PLAIN, "Until then keys do nothing.");
}

void page_draw(const struct page *p, const struct page_frame *f, struct screen *s,
               struct page_view *view)
{
    struct area a = {.top = 3, .left = LEFT + 4, .rows = s->rows - 5, .cols = s->cols - LEFT - 5};

    *view = (struct page_view){.whole = true};
    screen_wipe(s);
    if (s->rows < SCREEN_MIN_ROWS || s->cols < SCREEN_MIN_COLS) {
        draw_too_small(s);
        view->too_small = true;
        return;
    }
    draw_top(p, f, s);
    draw_bottom(p, f, s);
    if (f->session != NULL) {
        draw_stations(f, s);
        for (int row = 2; row < s->rows - 2; row++)
            screen_post(s, row, LEFT + 1);
    } else {
        a.left = 2;
        a.cols = s->cols - 4;
    }
    if (p->rest != NULL)
        page_put_long(p, f, &a, s, view);
    else
        draw_body(p, f, &a, s, view);
}
