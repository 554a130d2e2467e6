/* SPDX-License-Identifier: Apache-2.0 */
/* The page about lists of moves: its example works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/changes/delegation_changes.h"
#include "moves_world.h"

static int setup(void **state)
{
    *state = moves_world_new();
    return 0;
}

static int teardown(void **state)
{
    moves_world_free(*state);
    return 0;
}

static void page_read(struct bytes *out)
{
    FILE *f = fopen(MOVES_PAGE, "r");
    int c;

    assert_non_null(f);
    while ((c = fgetc(f)) != EOF)
        bytes_put_u8(out, (uint8_t)c);
    fclose(f);
}

/* The list in the page, a heap string. */
static char *block(const struct bytes *page)
{
    static const char fence[] = "```csv\n";
    const char *from = strstr(bytes_str(page), fence), *to;

    assert_non_null(from);
    from += strlen(fence);
    to = strstr(from, "```");
    assert_non_null(to);
    return strndup(from, (size_t)(to - from));
}

/* What the examples find in force: the repository's own projects, and two of developers. */
static void begin(struct moves_world *w, struct moves_after *base)
{
    static const char *const names[] = {"alice", "bob", "carol", "dan", "erin"};
    char to[64];

    for (size_t i = 0; i < 5; i++) {
        struct bytes pem;
        struct err e;

        pem = (struct bytes){0};
        assert_int_equal(key_put_pem(w->keys[i + 1], &pem, &e), 0);
        snprintf(to, sizeof to, "inputs/keys/%s.pem", names[i]);
        moves_world_file(w, to, bytes_str(&pem));
        bytes_clear(&pem);
    }
    w->roles[CLAIMED].name = "targets/packages/claimed";
    w->roles[SIMPLE].targets = NULL;
    json_doc_free(w->docs[SIMPLE]);
    w->docs[SIMPLE] = NULL;
    moves_world_run(w, "first.csv",
                    "action,project,threshold,keys\nadd,Django,1,0.pem\nadd,leftpad,1,0.pem\n"
                    "add,Flask,1,6.pem\nadd,requests,1,7.pem\n");
    moves_after(w, SIMPLE, base);
    moves_world_reset(w);
    w->roles[SIMPLE].targets = &base->t;
}

static void assert_example(struct moves_world *w, struct moves_after *base, const char *text)
{
    struct delegation_changes c;
    struct moves_after simple, claimed;
    struct bytes words;
    struct err e;

    moves_world_run(w, "moves.csv", text);
    w->docs[SIMPLE] = base->doc;
    moves_after(w, SIMPLE, &simple);
    w->docs[SIMPLE] = NULL;
    moves_after(w, CLAIMED, &claimed);
    words = (struct bytes){0};
    assert_int_equal(delegation_changes(&base->t, &simple.t, w->own, 1, &c, &e), 0);
    delegation_changes_words(&c, "project", "projects", &words);
    assert_string_equal(bytes_str(&words), "1 project handed over to its developers, 1 changed "
                                           "keys, 2 removed, 1 added");
    assert_non_null(moves_after_find(&claimed, "targets/packages/claimed/requests"));
    bytes_clear(&words);
    delegation_changes_clear(&c);
    moves_after_clear(&simple);
    moves_after_clear(&claimed);
    moves_world_reset(w);
}

static void test_example(void **state)
{
    struct moves_world *w = *state;
    struct moves_after base;
    struct bytes page;
    char *csv;

    page = (struct bytes){0};
    page_read(&page);
    csv = block(&page);
    begin(w, &base);
    assert_example(w, &base, csv);
    moves_after_clear(&base);
    bytes_clear(&page);
    free(csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_example)};

    return cmocka_run_group_tests(tests, setup, teardown);
}
