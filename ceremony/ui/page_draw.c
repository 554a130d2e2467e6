/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "ceremony/ui/page_area.h"
#include "metadata/base/plain.h"

#define PAGE_STEP 12 /* rows */
#define LEFT      20 /* columns of the list of stations */

#define COLUMN_ROOM 20 /* the narrowest column that text is folded into */

static void draw_top(const struct page *p, const struct page_frame *f, struct screen *s)
{
    bool rehearsal = f->session != NULL && f->session->plan->rehearsal;
    char clock[48], at[UTC_SIZE];
    int right, title = s->cols / 2 - 2;

    utc_format(f->now, at);
    snprintf(clock, sizeof clock, "%.5s UTC", at + strlen("2026-11-23T"));
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

int page_put_line(const struct page_line *l, const struct page_frame *f, const struct area *a,
                  int row, struct screen *s)
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
