/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of moves: what they mean, read back from what is composed of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ceremony/base/finding.h"
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

static void assert_who(const struct moves_world *w, const struct moves_after *a, const char *role,
                       unsigned threshold, const char *keys, const char *paths)
{
    const struct delegation *d = moves_after_find(a, role);
    char got[64] = "";
    char *text;

    if (d == NULL)
        fail_msg("no delegation to '%s'", role);
    for (size_t i = 0; i < d->role.n; i++)
        for (size_t k = 0; k < WORLD_KEYS; k++)
            if (strcmp(d->role.keyids[i], key_id(w->keys[k])) == 0) {
                assert_non_null(keyring_find(&a->t.keys, d->role.keyids[i]));
                snprintf(got + strlen(got), sizeof got - strlen(got), "%zu", k);
            }
    assert_string_equal(got, keys);
    assert_int_equal(d->role.threshold, threshold);
    text = strndup((const char *)d->paths.p, d->paths.n);
    assert_string_equal(text, paths);
    free(text);
}

static void test_all_actions(void **state)
{
    struct moves_world *w = *state;
    struct moves_after simple, claimed;

    moves_world_run(w, "moves.csv",
                    HEADER "add,Flask,,,1,1.pem 2.pem,\n"
                           "hand-over,Seed1,,,2,1.pem 2.pem 3.pem,\n"
                           "change,Dev,,,1,,\n"
                           "remove,Gone,,,,,\n"
                           "move,Rising,,targets/claimed,,,\n"
                           "change,Kept,,,1,4.pem,simple/Kept/* simple/kept/*\n");
    moves_after(w, SIMPLE, &simple);
    moves_after(w, CLAIMED, &claimed);
    assert_who(w, &simple, "targets/simple/Flask", 1, "12", "[\"simple/Flask/*\"]");
    assert_who(w, &simple, "targets/simple/Seed1", 2, "123", "[\"simple/Seed1/*\"]");
    assert_who(w, &simple, "targets/simple/Seed2", 1, "0", "[\"simple/Seed2/*\"]");
    assert_who(w, &simple, "targets/simple/Dev", 1, "12", "[\"simple/Dev/*\"]");
    assert_who(w, &simple, "targets/simple/Kept", 1, "4", "[\"simple/Kept/*\",\"simple/kept/*\"]");
    assert_null(moves_after_find(&simple, "targets/simple/Gone"));
    assert_null(moves_after_find(&simple, "targets/simple/Rising"));
    assert_who(w, &claimed, "targets/claimed/Rising", 1, "3", "[\"claimed/Rising/*\"]");
    moves_after_clear(&simple);
    moves_after_clear(&claimed);
    moves_world_reset(w);
}

/* Quotes, CRLF, blank lines, columns in another order, a last line without its end. */
static void test_csv_oddities(void **state)
{
    struct moves_world *w = *state;
    struct moves_after simple;

    moves_world_run(w, "moves.csv",
                    "\r\nproject,\"keys\",threshold,action\r\n\r\n"
                    "\"Fla\"\"sk, too\",\"1.pem\r\n2.pem\",\"2\",add\r\n\r\n"
                    "Seed1,  3.pem\t4.pem ,1,hand-over");
    moves_after(w, SIMPLE, &simple);
    assert_who(w, &simple, "targets/simple/Fla\"sk, too", 2, "12", "[\"simple/Fla\\\"sk, too/*\"]");
    assert_who(w, &simple, "targets/simple/Seed1", 1, "34", "[\"simple/Seed1/*\"]");
    moves_after_clear(&simple);
    moves_world_reset(w);
}

static void test_what_is_not_said_is_kept(void **state)
{
    struct moves_world *w = *state;
    struct moves_after simple, claimed;

    moves_world_run(w, "moves.csv",
                    HEADER "change,Bins,,,,1.pem,\n"
                           "change,Last,,,,4.pem,\n"
                           "move,Kept,,targets/claimed,,,\n");
    moves_after(w, SIMPLE, &simple);
    moves_after(w, CLAIMED, &claimed);
    assert_non_null(moves_after_find(&simple, "targets/simple/Bins"));
    assert_int_equal(json_count(moves_after_find(&simple, "targets/simple/Bins")->prefixes), 2);
    assert_true(moves_after_find(&simple, "targets/simple/Last")->terminating);
    assert_who(w, &claimed, "targets/claimed/Kept", 1, "2", "[\"other/Kept/*\"]");
    moves_after_clear(&simple);
    moves_after_clear(&claimed);
    moves_world_reset(w);
}

/* Files of the project are signed under the id that was listed. */
static void test_a_key_that_stays_keeps_its_id(void **state)
{
    struct moves_world *w = *state;
    struct moves_after simple, claimed;
    const struct delegation *d;

    moves_world_run(w, "moves.csv", HEADER "change,Odd,,,1,,a/*\n");
    moves_after(w, SIMPLE, &simple);
    d = moves_after_find(&simple, "targets/simple/Odd");
    assert_string_equal(d->role.keyids[0], "odd");
    assert_non_null(keyring_find(&simple.t.keys, "odd"));
    moves_after_clear(&simple);
    moves_world_reset(w);
    moves_world_run(w, "moves.csv", HEADER "move,Odd,,targets/claimed,,,\n");
    moves_after(w, CLAIMED, &claimed);
    d = moves_after_find(&claimed, "targets/claimed/Odd");
    assert_string_equal(d->role.keyids[0], "odd");
    assert_non_null(keyring_find(&claimed.t.keys, "odd"));
    moves_after_clear(&claimed);
    moves_world_reset(w);
}

/* A list where each move says its role; a role that had no metadata before. */
static void test_several_lists(void **state)
{
    struct moves_world *w = *state;
    struct moves_file files[] = {{"a.csv", NULL}, {"b.csv", "targets/simple"}};
    struct moves_after fresh, simple;

    moves_world_file(w, "inputs/a.csv",
                     "action,project,in,threshold,keys\n"
                     "add,Flask,targets/fresh,1,1.pem\n"
                     "add,Flask,targets/simple,1,1.pem\n");
    moves_world_file(w, "inputs/b.csv", "action,project\nremove,Gone\n");
    w->wish.files = files;
    w->wish.nfiles = 2;
    moves_world_read(w);
    moves_after(w, FRESH, &fresh);
    moves_after(w, SIMPLE, &simple);
    assert_who(w, &fresh, "targets/fresh/Flask", 1, "1", "[\"a/Flask/*\",\"b/Flask\"]");
    assert_null(moves_after_find(&simple, "targets/simple/Gone"));
    assert_non_null(moves_after_find(&simple, "targets/simple/Flask"));
    moves_after_clear(&fresh);
    moves_after_clear(&simple);
    moves_world_reset(w);
}

static void test_empty_lists(void **state)
{
    struct moves_world *w = *state;

    moves_world_run(w, "moves.csv", HEADER);
    assert_int_equal(move_set_at(w->set, SIMPLE)->nset, 0);
    assert_int_equal(move_set_at(w->set, SIMPLE)->nremoved, 0);
    moves_world_reset(w);
}

/* One key for many projects is worth a second look; the repository's own, and one project in two
 * roles, are not. */
static void test_shared_keys(void **state)
{
    struct moves_world *w = *state;

    moves_world_run(w, "moves.csv",
                    HEADER "add,A,,,1,5.pem,\nadd,B,,,1,5.pem 6.pem,\nadd,B,targets/claimed,,1,"
                           "6.pem,\nadd,C,,,1,0.pem,\n");
    assert_int_equal(w->findings.n, 1);
    assert_int_equal(w->findings.items[0].level, FINDING_WARNING);
    assert_non_null(strstr(w->findings.items[0].text, "signs for 2 projects: A, B"));
    moves_world_reset(w);
    moves_world_run(w, "moves.csv", HEADER "add,A,,,1,2.pem,\n"); /* Dev and Kept have it, too */
    assert_int_equal(w->findings.n, 1);
    assert_non_null(strstr(w->findings.items[0].text, "3 projects: A, Dev, Kept"));
    moves_world_reset(w);
    moves_world_run(w, "moves.csv", HEADER "add,A,,,1,7.pem,\nremove,Alone,,,,,\n");
    assert_int_equal(w->findings.n, 0); /* it was Alone's, which goes */
    moves_world_reset(w);
}

static void test_many_shared_keys(void **state)
{
    struct moves_world *w = *state;
    struct bytes text;

    text = (struct bytes){0};
    bytes_put_str(&text, HEADER);
    for (unsigned i = 0; i < 8; i++)
        bytes_printf(&text, "add,P%u,,,1,1.pem,\n", i);
    moves_world_run(w, "moves.csv", bytes_str(&text));
    assert_int_equal(w->findings.n, 1);
    assert_non_null(
        strstr(w->findings.items[0].text, "9 projects: Dev, P0, P1, P2, P3 and 4 more"));
    moves_world_reset(w);
    bytes_clear(&text);
}

/* A developer gets no more than the project, but when somebody looked. */
static void test_paths_that_name_no_project(void **state)
{
    struct moves_world *w = *state;
    struct bytes text;

    moves_world_run(w, "moves.csv", HEADER "add,Flask,,,1,1.pem,simple/flask/* simple/Flask\n");
    assert_int_equal(w->findings.n, 1); /* the key is also Dev's */
    moves_world_reset(w);
    moves_world_run(w, "moves.csv", HEADER "add,Flask,,,1,5.pem,simple/*/* simple/Flasks/*\n");
    assert_int_equal(w->findings.n, 2);
    assert_string_equal(w->findings.items[0].rule, MOVES_RULE_PATHS);
    assert_string_equal(w->findings.items[0].text,
                        "'Flask' signs for 'simple/*/*', which does not name it");
    moves_world_reset(w);
    text = (struct bytes){0};
    bytes_put_str(&text, HEADER);
    for (unsigned i = 0; i < 13; i++)
        bytes_printf(&text, "add,P%u,,,1,0.pem,simple/*/*\n", i);
    moves_world_run(w, "moves.csv", bytes_str(&text));
    assert_int_equal(w->findings.n, 11);
    assert_non_null(strstr(w->findings.items[10].text, "3 more patterns"));
    moves_world_reset(w);
    bytes_clear(&text);
}

static void test_keys_that_clients_refuse(void **state)
{
    struct moves_world *w = *state;
    EVP_PKEY *pkey = forge_pkey(KEY_P384);
    struct bytes pem;

    pem = (struct bytes){0};
    forge_pem(pkey, &pem);
    moves_world_file(w, "inputs/keys/p384.pem", bytes_str(&pem));
    moves_world_run(w, "moves.csv", HEADER "add,Flask,,,1,p384.pem,\n");
    assert_int_equal(w->findings.n, 1);
    assert_string_equal(w->findings.items[0].rule, "key-type");
    assert_non_null(strstr(w->findings.items[0].text, "ECDSA on P-384"));
    moves_world_reset(w);
    bytes_clear(&pem);
    EVP_PKEY_free(pkey);
}

#define MANY 40000

static double time_of(struct moves_world *w, const char *text, size_t lines)
{
    clock_t start = clock();
    double spent;

    moves_world_run(w, "moves.csv", text);
    spent = (double)(clock() - start) / CLOCKS_PER_SEC;
    assert_int_equal(move_set_at(w->set, FRESH)->nset, lines);
    moves_world_reset(w);
    return spent;
}

/* Eight times as many cost sixty-four times as much where each is looked for among all. */
static void test_many(void **state)
{
    struct moves_world *w = *state;
    struct bytes few, many;
    double short_time = 1e9, long_time;

    few = (struct bytes){0};
    many = (struct bytes){0};
    bytes_put_str(&few, HEADER);
    bytes_put_str(&many, HEADER);
    for (uint32_t i = 0; i < MANY; i++) {
        struct bytes *to[] = {&many, i < MANY / 8 ? &few : NULL};

        for (unsigned t = 0; t < 2 && to[t] != NULL; t++)
            bytes_printf(to[t], "add,project-%06" PRIu32 ",targets/fresh,,1,%u.pem 1.pem,\n", i,
                         2 + i % 5);
    }
    for (unsigned i = 0; i < 5; i++) {
        double once = time_of(w, bytes_str(&few), MANY / 8);

        short_time = once < short_time ? once : short_time;
    }
    long_time = time_of(w, bytes_str(&many), MANY);
    if (long_time > 30 * short_time)
        fail_msg("%d lines took %.3f s, %d took %.3f s", MANY / 8, short_time, MANY, long_time);
    bytes_clear(&few);
    bytes_clear(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_actions),
        cmocka_unit_test(test_csv_oddities),
        cmocka_unit_test(test_what_is_not_said_is_kept),
        cmocka_unit_test(test_a_key_that_stays_keeps_its_id),
        cmocka_unit_test(test_several_lists),
        cmocka_unit_test(test_empty_lists),
        cmocka_unit_test(test_shared_keys),
        cmocka_unit_test(test_many_shared_keys),
        cmocka_unit_test(test_paths_that_name_no_project),
        cmocka_unit_test(test_keys_that_clients_refuse),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
