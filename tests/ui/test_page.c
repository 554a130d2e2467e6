/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of any length: whoever presses PgDn from the top to the end has seen every row, also of
 * lines that are longer than the screen; and whoever goes back by PgUp. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/ui/page.h"
#include "screen_dump.h"

#define TOP   3 /* rows above the text, and below it */
#define BELOW 2

/* Lines in which every word is there once; one in `every` takes more than a screen. */
static struct lines *numbered(size_t n, size_t every)
{
    struct lines *l = lines_new();
    struct bytes text;
    struct err e;

    text = (struct bytes){0};
    for (size_t i = 0; i < n; i++) {
        size_t words = i % every == every - 1 ? 600 : 1 + i * 7 % 30;

        bytes_put_str(&text, i % 4 == 1 ? "    " : "");
        for (size_t k = 0; k < words; k++)
            bytes_printf(&text, "%s%zu.%zu", k > 0 ? " " : "", i, k);
        bytes_put_u8(&text, '\n');
    }
    assert_int_equal(lines_add_text(l, &text, &e), 0);
    return l;
}

struct seen {
    char **rows;
    size_t n;
};

/* What is drawn of the text, without the row that says what is left. */
static struct seen draw(const struct lines *l, int rows, int cols, struct page_spot from,
                        struct page_view *view)
{
    struct page p = {.rest = l};
    struct page_frame f = {.scroll = from};
    struct seen out = {calloc((size_t)rows, sizeof(char *)), 0};
    struct screen s;
    struct bytes text;
    char *row, *rest;
    int at = 0;

    page_line(&p, INK_STRONG, "heading");
    assert_int_equal(screen_init(&s, rows, cols, true), 0);
    page_draw(&p, &f, &s, view);
    text = (struct bytes){0};
    screen_dump(&s, &text);
    for (row = (char *)text.p; row != NULL && *row != '\0'; row = rest, at++) {
        rest = strchr(row, '\n');
        if (rest != NULL)
            *rest++ = '\0';
        if (at >= TOP && at < rows - BELOW - !view->whole && *row != '\0')
            out.rows[out.n++] = strdup(row);
    }
    bytes_clear(&text);
    screen_clear(&s);
    page_clear(&p);
    return out;
}

static void seen_clear(struct seen *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->rows[i]);
    free(s->rows);
}

static size_t find(const struct seen *all, const char *row)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->rows[i], row) == 0)
            return i;
    fail_msg("a row that is nowhere: '%s'", row);
    return 0;
}

static void walk(const struct lines *l, int rows, int cols)
{
    struct page_view view;
    struct page_spot at = {0, 0}, before;
    struct seen all = draw(l, 20000, cols, at, &view), page;
    size_t reached = 0, pages = 0;

    assert_true(view.whole);
    do { /* down: no row is left out */
        page = draw(l, rows, cols, at, &view);
        assert_false(view.whole);
        assert_true(page.n > 0 && find(&all, page.rows[0]) <= reached);
        for (size_t i = 0; i < page.n; i++)
            assert_string_equal(page.rows[i], all.rows[find(&all, page.rows[0]) + i]);
        assert_true(find(&all, page.rows[page.n - 1]) + 1 >= reached);
        reached = find(&all, page.rows[page.n - 1]) + 1;
        seen_clear(&page);
        before = at;
        at = view.forward;
        pages++;
    } while (memcmp(&before, &at, sizeof at) != 0 && pages < all.n);
    assert_int_equal(reached, all.n);
    assert_memory_equal(&at, &view.end, sizeof at);
    for (pages = 0; (at.line > 0 || at.row > 0) && pages < all.n; pages++) { /* and up */
        page = draw(l, rows, cols, at, &view);
        assert_true(page.n > 0 && find(&all, page.rows[page.n - 1]) + 1 >= reached);
        reached = find(&all, page.rows[0]);
        seen_clear(&page);
        at = view.back;
    }
    assert_true(pages < all.n);
    page = draw(l, rows, cols, at, &view);
    assert_true(find(&all, page.rows[page.n - 1]) + 1 >= reached);
    seen_clear(&page);
    seen_clear(&all);
}

static void every_row_comes_into_sight(void **state)
{
    static const int sizes[][2] = {{24, 80}, {25, 81}, {40, 120}, {60, 200}};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (size_t every = 5; every < 200; every += 90) {
            struct lines *l = numbered(150, every);

            walk(l, sizes[i][0], sizes[i][1]);
            lines_free(l);
        }
}

static void a_short_text_is_shown_whole(void **state)
{
    struct lines *l = numbered(5, 100);
    struct page_view view;
    struct seen s = draw(l, 24, 80, (struct page_spot){3, 1}, &view);

    (void)state;
    assert_true(view.whole);
    assert_non_null(strstr(s.rows[0], "heading"));
    seen_clear(&s);
    lines_free(l);
}

/* A place that is not there: somebody resized, or the text is another one. */
static void a_place_behind_the_end_is_the_end(void **state)
{
    struct lines *l = numbered(100, 9);
    struct page_view view;
    struct seen s = draw(l, 24, 80, (struct page_spot){5000, 7}, &view);

    (void)state;
    assert_non_null(strstr(s.rows[s.n - 1], "99."));
    seen_clear(&s);
    lines_free(l);
}

/* A list below a notice of two lines; the text that is drawn. */
static char *draw_list(size_t n, size_t chosen, struct page_spot from, const char *search,
                       struct page_view *view)
{
    struct page p = {0};
    struct page_frame f = {.scroll = from, .search = search};
    struct screen s;
    struct bytes text;

    page_line(&p, INK_GOOD, "What was done.");
    page_gap(&p);
    p.pinned = p.n;
    for (size_t i = 0; i < n; i++)
        page_choice(&p, i == chosen, INK_PLAIN, "row %zu.", i);
    assert_int_equal(screen_init(&s, 24, 80, true), 0);
    page_draw(&p, &f, &s, view);
    text = (struct bytes){0};
    screen_dump(&s, &text);
    screen_clear(&s);
    page_clear(&p);
    return bytes_take_str(&text);
}

static bool shows_row(const char *text, size_t i)
{
    char row[24];

    snprintf(row, sizeof row, "row %zu.", i);
    return strstr(text, row) != NULL;
}

/* Whichever row is chosen, it and the notice are in sight. */
static void a_notice_stays_in_sight(void **state)
{
    struct page_view view;

    (void)state;
    for (size_t chosen = 0; chosen < 60; chosen++) {
        char *text = draw_list(60, chosen, (struct page_spot){0}, NULL, &view);

        assert_non_null(strstr(text, "What was done."));
        assert_true(shows_row(text, chosen));
        free(text);
    }
}

/* Nor does it hide a row from whoever scrolls, or what was searched for. */
static void a_notice_hides_nothing(void **state)
{
    struct page_spot at = {0};
    bool seen[60] = {0};
    struct page_view view;
    char *text;

    (void)state;
    for (size_t pages = 0; pages < 10; pages++) {
        text = draw_list(60, 60, at, NULL, &view);
        assert_non_null(strstr(text, "What was done."));
        for (size_t i = 0; i < 60; i++)
            seen[i] = seen[i] || shows_row(text, i);
        free(text);
        at = view.forward;
    }
    for (size_t i = 0; i < 60; i++)
        assert_true(seen[i]);
    text = draw_list(60, 60, (struct page_spot){30 + 2, 0}, "row 30.", &view);
    assert_true(shows_row(text, 30));
    free(text);
}

static void finds_from_where_it_stands(void **state)
{
    struct lines *l = numbered(50, 100);
    struct page p = {.rest = l};

    (void)state;
    page_line(&p, INK_PLAIN, "heading 7.0");
    assert_int_equal(page_find(&p, "7.0", 0), 0);
    assert_int_equal(page_find(&p, "HEADING", 30), 0);
    assert_int_equal(page_find(&p, "7.0", 1), 8);
    assert_int_equal(page_find(&p, "47.0", 9), 48);
    assert_int_equal(page_find(&p, "7.0", 49), 0); /* around the end */
    assert_int_equal(page_find(&p, "8.0", 50), 9);
    assert_int_equal(page_find(&p, "8.0", 5000), 9);
    assert_int_equal(page_find(&p, "nowhere", 3), -1);
    page_clear(&p);
    lines_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_comes_into_sight),
        cmocka_unit_test(a_short_text_is_shown_whole),
        cmocka_unit_test(a_place_behind_the_end_is_the_end),
        cmocka_unit_test(a_notice_stays_in_sight),
        cmocka_unit_test(a_notice_hides_nothing),
        cmocka_unit_test(finds_from_where_it_stands),
    };

    if (setlocale(LC_ALL, "C.UTF-8") == NULL)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
