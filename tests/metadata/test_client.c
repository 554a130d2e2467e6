/* SPDX-License-Identifier: Apache-2.0 */
/* The client against a repository in memory: sound, and then one attack at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "client_world.h"

static void accepts_what_is_sound(void **state)
{
    struct world *w = *state;
    struct client_report r;

    build(w, &(struct twist){0});
    run_at(w, NOW, &r);
    if (!r.accepted)
        fail_msg("%s (%s)", r.err.what, r.err.where);
    assert_true(r.complete);
    assert_int_equal(r.n, 6); /* root 1 and 2, timestamp, snapshot, targets, targets/simple */
    assert_int_equal(r.rows[1].version, 2);
    assert_int_equal(r.rows[1].threshold, 2);
    assert_int_equal(r.rows[1].valid, 2);
    assert_int_equal(r.rows[1].old_threshold, 2);
    assert_int_equal(r.rows[1].old_valid, 2);
    assert_int_equal(r.rows[1].nsigners, 2);
    for (size_t i = 0; i < r.n; i++) {
        assert_int_equal(r.rows[i].verdict, CLIENT_ACCEPTED);
        assert_int_equal(strlen(r.rows[i].sha256), 64);
        assert_null(r.rows[i].note);
    }
    client_report_clear(&r);
}

static const struct attack {
    const char *name;
    struct twist twist;
    const char *role; /* whose row is refused */
    enum err_code code;
    const char *what; /* part of it */
} attacks[] = {
    {"root rollback", {.root_version = 1}, "root", ERR_VERSION, "version 1"},
    {"root version gap", {.root_version = 3}, "root", ERR_VERSION, "version 3"},
    {"old threshold", {.root_by = "14"}, "root", ERR_SIGNATURE, "only 1 of the 2"},
    {"new threshold", {.root_by = "13"}, "root", ERR_SIGNATURE, "only 1 of the 2"},
    {"no signatures", {.root_by = ""}, "root", ERR_SIGNATURE, "only 0 of the 2"},
    {"expired root", {.root_ends = BEFORE}, "root", ERR_EXPIRED, "expired"},
    {"root expires now", {.root_ends = NOW}, "root", ERR_EXPIRED, "expired"},
    {"expired timestamp", {.timestamp_ends = NOW}, "timestamp", ERR_EXPIRED, "expired"},
    {"expired snapshot", {.snapshot_ends = NOW}, "snapshot", ERR_EXPIRED, "expired"},
    {"expired targets", {.targets_ends = NOW}, "targets", ERR_EXPIRED, "expired"},
    {"expired delegated role", {.simple_ends = NOW}, "targets/simple", ERR_EXPIRED, "expired"},
    {"timestamp by a stranger", {.timestamp_by = STRANGER + 1}, "timestamp", ERR_SIGNATURE, "0 of"},
    {"snapshot by a stranger", {.snapshot_by = STRANGER + 1}, "snapshot", ERR_SIGNATURE, "0 of"},
    {"targets by the online key", {.targets_by = ONLINE + 1}, "targets", ERR_SIGNATURE, "0 of"},
    {"delegated role by its delegator's key",
     {.simple_by = TARGETS + 1},
     "targets/simple",
     ERR_SIGNATURE,
     "0 of"},
    {"one key under two keyids",
     {.targets_twice = true},
     "targets",
     ERR_SIGNATURE,
     "only 1 of the 2"},
    {"snapshot rollback", {.snapshot_inside = 5}, "snapshot", ERR_VERSION, "version 5, 6"},
    {"targets rollback", {.targets_inside = 1}, "targets", ERR_VERSION, "version 1, 2"},
    {"delegated rollback", {.simple_inside = 3}, "targets/simple", ERR_VERSION, "version 3, 4"},
    {"delegated future", {.simple_inside = 5}, "targets/simple", ERR_VERSION, "version 5, 4"},
    {"snapshot's length", {.snapshot_length = 1}, "snapshot", ERR_SIGNATURE, "bytes"},
    {"snapshot's hash", {.snapshot_hash = HASH_OTHER}, "snapshot", ERR_SIGNATURE, "another hash"},
    {"targets' length", {.targets_length = -1}, "targets", ERR_SIGNATURE, "bytes"},
    {"targets' hash", {.targets_hash = HASH_OTHER}, "targets", ERR_SIGNATURE, "another hash"},
    {"delegated length", {.simple_length = 3}, "targets/simple", ERR_SIGNATURE, "bytes"},
    {"delegated hash", {.simple_hash = HASH_OTHER}, "targets/simple", ERR_SIGNATURE, "another"},
    {"second hash", {.targets_hash = HASH_OTHER_512}, "targets", ERR_SIGNATURE, "by sha512"},
    {"unknown hash", {.snapshot_hash = HASH_UNKNOWN}, "snapshot", ERR_INPUT, "'crc32'"},
    {"targets not listed",
     {.targets_unlisted = true},
     "snapshot",
     ERR_INPUT,
     "'targets.json' is not listed"},
    {"snapshot withheld", {.no_snapshot = true}, "snapshot", ERR_INCOMPLETE, "not there"},
    {"targets withheld", {.targets_gone = true}, "targets", ERR_INCOMPLETE, "not there"},
    {"delegated role withheld",
     {.simple_gone = true},
     "targets/simple",
     ERR_INCOMPLETE,
     "not there"},
    {"a prefix that is no hex",
     {.simple = "\"path_hash_prefixes\": [\"xy\"]"},
     "targets",
     ERR_INPUT,
     "hex digits"},
    {"paths and prefixes",
     {.simple = "\"path_hash_prefixes\": [\"a\"], \"paths\": [\"a\"]"},
     "targets",
     ERR_INPUT,
     "exclude"},
    {"a bin by a stranger", {.bins = "2", .bins_foreign = true}, "bin-2", ERR_SIGNATURE, "0 of"},
    {"bins without number", {.bins = "33"}, "targets", ERR_INPUT, "1 to 32"},
    {"too many bins", {.bins = "32"}, "bin", ERR_INPUT, "more than are looked at"},
};

static void refuses_each_attack(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        const struct attack *a = &attacks[i];
        const struct client_row *row;
        struct client_report r;

        build(w, &a->twist);
        run_at(w, NOW, &r);
        if (r.accepted)
            fail_msg("accepted: %s", a->name);
        row = row_of(&r, a->role);
        if (row->verdict != CLIENT_REFUSED || row->err.code != a->code || r.err.code != a->code)
            fail_msg("%s: verdict %d, '%s' (code %d; first %d)", a->name, (int)row->verdict,
                     row->err.what, (int)row->err.code, (int)r.err.code);
        if (strstr(row->err.what, a->what) == NULL)
            fail_msg("%s: '%s'", a->name, row->err.what);
        client_report_clear(&r);
    }
}

/* A client that finds no 2.root.json never learns of 3.root.json. */
static void a_missing_root_hides_the_next(void **state)
{
    struct world *w = *state;
    struct client_report r;

    build(w, &(struct twist){.no_root_2 = true, .root_3 = true});
    run_at(w, NOW, &r);
    assert_true(r.accepted);
    assert_int_equal(row_of(&r, "root")->version, 1);
    client_report_clear(&r);
}

/* The chain goes on to the end, and an expired root in its middle does no harm. */
static void the_chain_is_followed_to_its_end(void **state)
{
    struct world *w = *state;
    struct client_report r;

    build(w, &(struct twist){.root_3 = true});
    run_at(w, NOW, &r);
    assert_true(r.accepted);
    assert_int_equal(row_of(&r, "root")->version, 3);
    client_report_clear(&r);
}

/* What a ceremony makes: no online role, which is said and refuses nothing. */
static void a_bundle_without_online_roles_is_said_so(void **state)
{
    struct world *w = *state;
    struct client_report r;

    build(w, &(struct twist){.no_timestamp = true, .no_snapshot = true});
    run_at(w, NOW, &r);
    assert_true(r.accepted);
    assert_false(r.complete);
    assert_int_equal(row_of(&r, "timestamp")->verdict, CLIENT_ABSENT);
    assert_int_equal(row_of(&r, "snapshot")->verdict, CLIENT_ABSENT);
    assert_int_equal(row_of(&r, "targets")->verdict, CLIENT_UNBOUND);
    assert_int_equal(row_of(&r, "targets/simple")->verdict, CLIENT_UNBOUND);
    client_report_clear(&r);

    /* and thresholds hold all the same */
    build(w, &(struct twist){.no_timestamp = true, .no_snapshot = true, .simple_by = STRANGER + 1});
    run_at(w, NOW, &r);
    assert_false(r.accepted);
    assert_int_equal(row_of(&r, "targets/simple")->verdict, CLIENT_REFUSED);
    client_report_clear(&r);
}

/* Without one that lists versions, the names of files have them. */
static void no_snapshot_hides_a_rollback(void **state)
{
    static const struct {
        struct twist twist;
        const char *role;
    } rows[] = {
        {{.no_timestamp = true, .no_snapshot = true, .targets_inside = 1}, "targets"},
        {{.no_timestamp = true, .no_snapshot = true, .targets_inside = 3}, "targets"},
        {{.no_timestamp = true, .no_snapshot = true, .simple_inside = 3}, "targets/simple"},
        {{.no_timestamp = true, .snapshot_inside = 5}, "snapshot"},
    };
    struct world *w = *state;
    struct client_report r;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        build(w, &rows[i].twist);
        run_at(w, NOW, &r);
        assert_false(r.accepted);
        assert_int_equal(row_of(&r, rows[i].role)->verdict, CLIENT_REFUSED);
        assert_int_equal(row_of(&r, rows[i].role)->err.code, ERR_VERSION);
        client_report_clear(&r);
    }
}

/* 740 bytes that delegate to more bins than can be looked at cost no more than their limit. */
static void absent_bins_have_a_limit(void **state)
{
    struct world *w = *state;
    struct client_report r;

    build(w, &(struct twist){.bins = "16"});
    run_at(w, NOW, &r);
    assert_true(r.accepted);
    assert_true(r.n > 65536 && r.n < 65536 + 10);
    client_report_clear(&r);
    build(w, &(struct twist){.bins = "17"});
    run_at(w, NOW, &r);
    assert_false(r.accepted);
    assert_non_null(strstr(r.err.what, "2^17 bins are more than are looked at"));
    assert_true(r.n < 10);
    client_report_clear(&r);
}

static void a_role_that_no_snapshot_lists_is_absent(void **state)
{
    struct world *w = *state;
    struct client_report r;

    build(w, &(struct twist){.simple_unlisted = true});
    run_at(w, NOW, &r);
    assert_true(r.accepted);
    assert_int_equal(row_of(&r, "targets/simple")->verdict, CLIENT_ABSENT);
    assert_non_null(strstr(row_of(&r, "targets/simple")->note, "does not list"));
    client_report_clear(&r);
}

static void shares_of_every_kind(void **state)
{
    struct world *w = *state;
    struct client_report r;

    build(w, &(struct twist){.simple = "\"path_hash_prefixes\": [\"0\", \"aF\"]"});
    run_at(w, NOW, &r);
    assert_true(r.accepted);
    assert_int_equal(row_of(&r, "targets/simple")->verdict, CLIENT_ACCEPTED);
    client_report_clear(&r);

    build(w, &(struct twist){.bins = "2"});
    run_at(w, NOW, &r);
    assert_true(r.accepted);
    assert_int_equal(r.n, 5 + 4);
    assert_int_equal(row_of(&r, "bin-0")->verdict, CLIENT_ACCEPTED);
    assert_int_equal(row_of(&r, "bin-3")->verdict, CLIENT_ACCEPTED);
    client_report_clear(&r);
}

/* The trusted root is held against its own threshold, and must be a root. */
static void the_trusted_root_is_not_believed(void **state)
{
    struct world *w = *state;
    struct repository repo = {w, world_fetch};
    struct client_report r;
    struct err e;
    char *digit;

    build(w, &(struct twist){0});
    assert_int_equal(client_run(&repo, span_str("{}"), 0, &r, &e), 0);
    assert_false(r.accepted);
    assert_int_equal(r.err.code, ERR_INPUT);
    client_report_clear(&r);
    assert_int_equal(client_run(&repo, bytes_span(&w->files[w->n - 1].text), 0, &r, &e), 0);
    assert_false(r.accepted);
    client_report_clear(&r);
    assert_non_null(digit = strstr((char *)w->files[0].text.p, "2027-11-24"));
    digit[3] = '8';
    run_at(w, NOW, &r);
    assert_false(r.accepted);
    assert_int_equal(r.err.code, ERR_SIGNATURE);
    client_report_clear(&r);
}

/* Every file of the repository, torn at many places: never accepted as a whole, never a crash. */
static void torn_files_are_refused(void **state)
{
    struct world *w = *state;

    for (size_t file = 0; file < 6; file++)
        for (size_t part = 0; part < 16; part++) {
            struct client_report r;

            build(w, &(struct twist){0});
            assert_int_equal(w->n, 6);
            bytes_truncate(&w->files[file].text, w->files[file].text.n * part / 16);
            run_at(w, NOW, &r);
            assert_false(r.accepted);
            client_report_clear(&r);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_is_sound),
        cmocka_unit_test(refuses_each_attack),
        cmocka_unit_test(a_missing_root_hides_the_next),
        cmocka_unit_test(the_chain_is_followed_to_its_end),
        cmocka_unit_test(a_bundle_without_online_roles_is_said_so),
        cmocka_unit_test(no_snapshot_hides_a_rollback),
        cmocka_unit_test(absent_bins_have_a_limit),
        cmocka_unit_test(a_role_that_no_snapshot_lists_is_absent),
        cmocka_unit_test(shares_of_every_kind),
        cmocka_unit_test(the_trusted_root_is_not_believed),
        cmocka_unit_test(torn_files_are_refused),
    };

    return cmocka_run_group_tests(tests, client_world_setup, client_world_teardown);
}
