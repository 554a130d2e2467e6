/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of delegations, said from the bytes alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/changes/delegation_moved.h"
#include "metadata/base/plain.h"
#include "moves_world.h"

#define HEADER "action,project,in,to,threshold,keys,paths\n"

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

static void assert_words(const struct delegation_changes *c, const char *words)
{
    struct bytes text;

    text = (struct bytes){0};
    delegation_changes_words(c, "project", "projects", &text);
    assert_string_equal(bytes_str(&text), words);
    bytes_clear(&text);
}

static void changes(const struct moves_world *w, const struct targets *old,
                    const struct targets *new, struct delegation_changes *out)
{
    struct err e;

    assert_int_equal(delegation_changes(old, new, w->own, 1, out, &e), 0);
}

static void test_after_moves(void **state)
{
    struct moves_world *w = *state;
    struct delegation_changes c;
    struct moves_after a;
    size_t at = 0, n = 0;

    moves_world_run(w, "moves.csv",
                    HEADER "hand-over,Seed1,,,2,1.pem 2.pem,\nhand-over,Seed2,,,1,1.pem,\n"
                           "change,Kept,,,,5.pem,\nremove,Gone,,,,,\nadd,Flask,,,1,1.pem,\n"
                           "add,Jinja2,,,1,1.pem,\nchange,Dev,,,1,,\nchange,Alone,,,,,alone/*\n");
    moves_after(w, SIMPLE, &a);
    changes(w, &w->targets[SIMPLE], &a.t, &c);
    assert_words(&c, "2 projects handed over to their developers, 1 changed keys, 1 removed, 2 "
                     "added, 1 threshold changed, 1 changed paths");
    assert_int_equal(c.n, 8);
    assert_int_equal(c.unchanged, w->targets[SIMPLE].n - 6);
    assert_false(c.reordered);
    assert_int_equal(c.inserted, 0);
    while (delegation_changes_next(&c, DELEGATION_ADDED, &at) != NULL)
        n++;
    assert_int_equal(n, 2);
    delegation_changes_clear(&c);
    changes(w, &a.t, &w->targets[SIMPLE], &c); /* and back */
    assert_words(&c, "2 projects taken back by the repository, 1 changed keys, 2 removed, 1 added, "
                     "1 threshold changed, 1 changed paths; 1 added before others, and asked "
                     "before them");
    delegation_changes_clear(&c);
    moves_after_clear(&a);
    moves_world_reset(w);
}

static void test_nothing_and_everything(void **state)
{
    struct moves_world *w = *state;
    struct delegation_changes c;

    changes(w, &w->targets[SIMPLE], &w->targets[SIMPLE], &c);
    assert_words(&c, "no project changed");
    assert_int_equal(c.unchanged, w->targets[SIMPLE].n);
    delegation_changes_clear(&c);
    changes(w, NULL, &w->targets[SIMPLE], &c);
    assert_int_equal(c.counts[DELEGATION_ADDED], w->targets[SIMPLE].n);
    assert_int_equal(c.inserted, 0);
    delegation_changes_clear(&c);
    changes(w, &w->targets[SUCCINCT], &w->targets[SIMPLE], &c);
    assert_int_equal(c.counts[DELEGATION_REMOVED], 1);
    delegation_changes_clear(&c);
    changes(w, &w->targets[CLAIMED], &w->targets[FLAT], &c);
    assert_words(&c, "no project changed");
    delegation_changes_clear(&c);
}

/* Text of delegations: `keys` as {"<keyid>": n} pairs, roles as written. */
struct version {
    struct json_doc *doc;
    struct targets t;
};

static void version_make(const struct moves_world *w, const char *const *keyids, const size_t *keys,
                         size_t n, const char *roles, struct version *out)
{
    struct bytes text;
    struct err e;

    text = (struct bytes){0};
    bytes_put_str(&text, "{\"_type\": \"targets\", \"delegations\": {\"keys\": {");
    for (size_t i = 0; i < n; i++) {
        bytes_printf(&text, "%s\"%s\": ", i > 0 ? ", " : "", keyids[i]);
        json_print(key_object(w->keys[keys[i]]), 0, &text);
    }
    bytes_printf(&text,
                 "}, %s}, \"expires\": \"2026-11-23T12:00:00Z\", \"spec_version\": \"1.0.31\", "
                 "\"targets\": {}, \"version\": 4}",
                 roles);
    if (json_doc_take(&text, "version", JSON_TEXT, &out->doc, &e) != 0 ||
        targets_read(json_root(out->doc), &out->t, &e) != 0)
        fail_msg("%s (%s)", e.what, e.where);
}

static void version_clear(struct version *v)
{
    targets_clear(&v->t);
    json_doc_free(v->doc);
}

#define ROLE(name, keyids, threshold, more)                                                        \
    "{\"name\": \"" name "\", \"keyids\": [" keyids "], \"threshold\": " threshold ", " more "}"
#define PLAIN "\"terminating\": false, \"paths\": [\"p/*\"]"

/* Two versions, and what is said of the one delegation or the whole. */
static const struct row {
    const char *old_roles, *new_roles;
    size_t old_keys[2], new_keys[2]; /* under the keyids "x" and "y" */
    const char *words;
    size_t n; /* of delegations that changed */
} rows[] = {
    /* another key under the keyid of before */
    {ROLE("p", "\"x\"", "1", PLAIN),
     ROLE("p", "\"x\"", "1", PLAIN),
     {1, 2},
     {3, 2},
     "1 project changed keys",
     1},
    /* the repository's own key is swapped for another behind the same keyid */
    {ROLE("p", "\"x\"", "1", PLAIN),
     ROLE("p", "\"x\"", "1", PLAIN),
     {0, 2},
     {3, 2},
     "1 project handed over to its developers",
     1},
    /* the same key under another keyid */
    {ROLE("p", "\"x\"", "1", PLAIN),
     ROLE("p", "\"y\"", "1", PLAIN),
     {1, 2},
     {2, 1},
     "1 project changed otherwise",
     1},
    /* the repository keeps one of its keys: that is no handing over */
    {ROLE("p", "\"x\"", "1", PLAIN),
     ROLE("p", "\"x\", \"y\"", "1", PLAIN),
     {0, 2},
     {0, 2},
     "1 project changed keys",
     1},
    {ROLE("p", "\"x\", \"y\"", "1", PLAIN),
     ROLE("p", "\"y\"", "1", PLAIN),
     {0, 2},
     {0, 2},
     "1 project changed keys",
     1},
    /* a key that is not there any more */
    {ROLE("p", "\"x\", \"z\"", "1", PLAIN),
     ROLE("p", "\"x\"", "1", PLAIN),
     {1, 2},
     {1, 2},
     "1 project changed keys",
     1},
    {ROLE("p", "\"x\", \"y\"", "1", PLAIN),
     ROLE("p", "\"x\", \"y\"", "2", PLAIN),
     {1, 2},
     {1, 2},
     "1 project with another threshold",
     1},
    {ROLE("p", "\"x\"", "1", PLAIN),
     ROLE("p", "\"x\"", "1", "\"terminating\": true, \"paths\": [\"p/*\"]"),
     {1, 2},
     {1, 2},
     "1 project changed otherwise",
     1},
    {ROLE("p", "\"x\"", "1", PLAIN),
     ROLE("p", "\"x\"", "1", PLAIN ", \"x-new\": 1"),
     {1, 2},
     {1, 2},
     "1 project changed otherwise",
     1},
    /* one change does not hide another */
    {ROLE("p", "\"x\"", "1", PLAIN),
     ROLE("p", "\"y\"", "1", PLAIN ", \"x-new\": 1"),
     {1, 2},
     {1, 2},
     "1 project changed keys, 1 changed otherwise",
     1},
    {ROLE("p", "\"x\"", "1", PLAIN ", \"x-new\": 1"),
     ROLE("p", "\"x\"", "1", PLAIN ", \"x-now\": 1"),
     {1, 2},
     {1, 2},
     "1 project changed otherwise",
     1},
    {ROLE("p", "\"x\"", "1", PLAIN),
     ROLE("p", "\"x\"", "1", "\"terminating\": false, \"path_hash_prefixes\": [\"0\"]"),
     {1, 2},
     {1, 2},
     "1 project with other paths",
     1},
    /* the order of who is asked */
    {ROLE("p", "\"x\"", "1", PLAIN) ", " ROLE("q", "\"x\"", "1", PLAIN),
     ROLE("q", "\"x\"", "1", PLAIN) ", " ROLE("p", "\"x\"", "1", PLAIN),
     {1, 2},
     {1, 2},
     "no project changed; those that stay are in another order",
     0},
    {ROLE("p", "\"x\"", "1", PLAIN),
     ROLE("q", "\"x\"", "1", PLAIN) ", " ROLE("p", "\"x\"", "1", PLAIN),
     {1, 2},
     {1, 2},
     "1 project added; 1 added before others, and asked before them",
     1},
    {ROLE("p", "\"x\"", "1", "\"terminating\": true, \"paths\": [\"p/*\"]"),
     "",
     {1, 2},
     {1, 2},
     "1 project removed",
     1},
};

static void test_bytes_tell(void **state)
{
    static const char *const keyids[] = {"x", "y"};
    struct moves_world *w = *state;
    char text[1024];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct delegation_changes c;
        struct version old, new;

        snprintf(text, sizeof text, "\"roles\": [%s]", rows[i].old_roles);
        version_make(w, keyids, rows[i].old_keys, 2, text, &old);
        snprintf(text, sizeof text, "\"roles\": [%s]", rows[i].new_roles);
        version_make(w, keyids, rows[i].new_keys, 2, text, &new);
        changes(w, &old.t, &new.t, &c);
        assert_words(&c, rows[i].words);
        assert_int_equal(c.n, rows[i].n);
        delegation_changes_clear(&c);
        version_clear(&old);
        version_clear(&new);
    }
}

#define BINS(prefix, bits)                                                                         \
    "\"succinct_roles\": {\"keyids\": [\"x\"], \"threshold\": 1, \"bit_length\": " bits            \
    ", \"name_prefix\": \"" prefix "\"}"

static void test_bins(void **state)
{
    static const char *const keyids[] = {"x"};
    static const size_t keys[] = {1};
    struct moves_world *w = *state;
    struct delegation_changes c;
    struct version small, large, other, listed;

    version_make(w, keyids, keys, 1, BINS("bin", "4"), &small);
    version_make(w, keyids, keys, 1, BINS("bin", "14"), &large);
    version_make(w, keyids, keys, 1, BINS("box", "4"), &other);
    version_make(w, keyids, keys, 1, "\"roles\": [" ROLE("bin-0", "\"x\"", "1", PLAIN) "]",
                 &listed);
    changes(w, &small.t, &large.t, &c);
    assert_words(&c, "1 project with other paths");
    delegation_changes_clear(&c);
    changes(w, &small.t, &other.t, &c);
    assert_words(&c, "1 project removed, 1 added");
    delegation_changes_clear(&c);
    changes(w, &small.t, &listed.t, &c); /* a role named as a bin is none */
    assert_words(&c, "1 project removed, 1 added");
    delegation_changes_clear(&c);
    version_clear(&small);
    version_clear(&large);
    version_clear(&other);
    version_clear(&listed);
}

/* From one delegating role to another: said across files. */
static void test_moved(void **state)
{
    struct moves_world *w = *state;
    struct delegation_changes c[3];
    struct delegation_file files[3];
    struct delegation_moves moves;
    struct moves_after a[3];
    struct bytes text;
    struct err e;

    moves_world_run(w, "moves.csv",
                    HEADER "move,Rising,,targets/claimed,,,\nmove,Kept,,targets/claimed,1,4.pem,\n"
                           "move,Dev,,targets/fresh,,,\nremove,Gone,,,,,\nadd,Flask,,,1,1.pem,\n"
                           "move,Last,,targets/claimed,1,,\n");
    for (unsigned r = 0; r < 3; r++) {
        moves_after(w, r, &a[r]);
        changes(w, w->roles[r].targets, &a[r].t, &c[r]);
        files[r] = (struct delegation_file){w->roles[r].name, &c[r]};
    }
    assert_int_equal(delegation_moves(files, 3, &moves, &e), 0);
    assert_int_equal(moves.n, 4);
    assert_string_equal(moves.items[0].project, "Kept");
    assert_false(moves.items[0].same_keys);
    text = (struct bytes){0};
    delegation_moves_words(&moves, "project", "projects", &text);
    assert_string_equal(bytes_str(&text),
                        "3 projects moved from targets/simple to targets/claimed, 1 of them with "
                        "other keys or another threshold\n"
                        "1 project moved from targets/simple to targets/fresh\n");
    bytes_clear(&text);
    delegation_moves_clear(&moves);
    for (unsigned r = 0; r < 3; r++) {
        delegation_changes_clear(&c[r]);
        moves_after_clear(&a[r]);
    }
    moves_world_reset(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after_moves), cmocka_unit_test(test_nothing_and_everything),
        cmocka_unit_test(test_bytes_tell),  cmocka_unit_test(test_bins),
        cmocka_unit_test(test_moved),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
