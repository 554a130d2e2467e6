/* SPDX-License-Identifier: Apache-2.0 */
/* Every file of a folder has a verdict, or the reason why no client asks for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account_world.h"

static void a_whole_repository_is_accepted_file_by_file(void **state)
{
    struct world *w = *state;

    put_repository(w);
    look(w);
    assert_int_equal(w->account.counts[ACCOUNT_ACCEPTED], 5);
    assert_int_equal(w->account.n, 5);
    assert_int_equal(status(w), ERR_NONE);
}

static void a_part_of_a_repository_is_incomplete(void **state)
{
    struct world *w = *state;

    put_root(w, 1);
    look(w);
    expect(w, "1.root.json", ACCOUNT_ACCEPTED, NULL);
    assert_int_equal(status(w), ERR_INCOMPLETE);
}

static void a_gap_in_the_chain_is_named(void **state)
{
    struct world *w = *state;

    put_repository(w);
    put_root(w, 2);
    put_root(w, 4);
    look(w);
    expect(w, "2.root.json", ACCOUNT_ACCEPTED, NULL);
    expect(w, "4.root.json", ACCOUNT_FAULT, "version 3 is not here");
    assert_int_equal(status(w), ERR_VERSION);
}

static void roots_beyond_256_are_not_claimed(void **state)
{
    struct world *w = *state;

    put_repository(w);
    for (int64_t v = 2; v <= 260; v++)
        put_root(w, v);
    look(w);
    expect(w, "257.root.json", ACCOUNT_ACCEPTED, NULL);
    expect(w, "258.root.json", ACCOUNT_FAULT, "continue from version 257");
    assert_int_equal(status(w), ERR_INCOMPLETE);
}

static void a_name_that_says_another_version_is_named(void **state)
{
    struct world *w = *state;

    put_repository(w);
    put_root(w, 2);
    put_root(w, 3);
    put_root_by(w, "1.root.json", 2, &w->key);
    put_targets(w, "4.targets.json", 3, NULL);
    w->trusted = 3;
    look(w);
    expect(w, "1.root.json", ACCOUNT_FAULT, "name has version 1, it carries version 2");
    expect(w, "4.targets.json", ACCOUNT_FAULT, "name has version 4, it carries version 3");
    assert_int_equal(status(w), ERR_VERSION);
}

static void older_roots_lead_to_the_trusted_one_or_not(void **state)
{
    struct world *w = *state;

    put_repository(w);
    put_root_by(w, "1.root.json", 1, &w->other);
    put_root(w, 2);
    put_root(w, 3);
    w->trusted = 3;
    look(w);
    expect(w, "2.root.json", ACCOUNT_UNASKED, "leads to it");
    expect(w, "1.root.json", ACCOUNT_UNASKED, "does not lead to it: the version behind it is not");
    assert_int_equal(status(w), ERR_NONE);
}

static void no_client_begins_with_an_older_root_that_was_changed(void **state)
{
    struct world *w = *state;
    struct bytes text;

    put_repository(w);
    put_root(w, 2);
    w->trusted = 2;
    text = (struct bytes){0};
    room_read(&w->room, "1.root.json", &text);
    *strstr((char *)text.p, "2030-01-01") = '3';
    room_write(&w->room, "1.root.json", bytes_span(&text));
    bytes_clear(&text);
    look(w);
    expect(w, "1.root.json", ACCOUNT_UNASKED, "not signed by enough of its own keys");
    assert_int_equal(status(w), ERR_NONE);
}

static void another_root_of_the_trusted_version_is_a_fork(void **state)
{
    struct world *w = *state;
    struct bytes root;
    struct err e;

    put_repository(w);
    root = (struct bytes){0};
    room_read(&w->room, "1.root.json", &root);
    put_root_by(w, "1.root.json", 1, &w->other);
    assert_int_equal(repository_open(w->room.dir, &w->repo, &e), 0);
    assert_int_equal(client_run(&w->repo, bytes_span(&root), NOW, &w->report, &e), 0);
    assert_int_equal(account_make(&w->repo, &w->report, bytes_span(&root), &w->account, &e), 0);
    bytes_clear(&root);
    expect(w, "1.root.json", ACCOUNT_FAULT, "another root of version 1");
    assert_int_equal(status(w), ERR_SIGNATURE);
}

static void an_older_state_than_the_trusted_root_is_a_fault(void **state)
{
    struct world *w = *state;
    struct bytes root;
    struct err e;
    char path[128];

    put_repository(w);
    put_root(w, 2);
    root = (struct bytes){0};
    room_read(&w->room, "2.root.json", &root);
    snprintf(path, sizeof path, "%s/2.root.json", w->room.dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(repository_open(w->room.dir, &w->repo, &e), 0);
    assert_int_equal(client_run(&w->repo, bytes_span(&root), NOW, &w->report, &e), 0);
    assert_int_equal(account_make(&w->repo, &w->report, bytes_span(&root), &w->account, &e), 0);
    bytes_clear(&root);
    expect(w, "1.root.json", ACCOUNT_FAULT, "older state of the repository");
    assert_int_equal(status(w), ERR_VERSION);
}

static void what_no_client_asks_for_is_listed_and_no_fault(void **state)
{
    struct world *w = *state;

    put_repository(w);
    put_targets(w, "4.targets.json", 4, NULL);
    put_targets(w, "6.targets.json", 6, NULL);
    put_targets(w, "targets.json", 4, NULL);
    put_targets(w, "1.stranger.json", 1, NULL);
    put_listing(w, "9.timestamp.json", "timestamp", 9, "\"snapshot.json\":{\"version\":3}");
    room_write(&w->room, "README.md", span_str("read me"));
    room_write(&w->room, "notes.json", span_str("{}"));
    room_write(&w->room, "sub/.DS_Store", span_str("x"));
    put_root_by(w, "root.json", 1, &w->key);
    look(w);
    expect(w, "4.targets.json", ACCOUNT_UNASKED, "superseded by version 5");
    expect(w, "6.targets.json", ACCOUNT_UNASKED, "newer than what clients are led to");
    expect(w, "targets.json", ACCOUNT_UNASKED, "superseded by version 5");
    expect(w, "1.stranger.json", ACCOUNT_UNASKED, "delegates to 'stranger'");
    expect(w, "9.timestamp.json", ACCOUNT_UNASKED, "by another name");
    expect(w, "README.md", ACCOUNT_UNASKED, "not that of metadata");
    expect(w, "notes.json", ACCOUNT_UNASKED, "no metadata");
    expect(w, "sub/.DS_Store", ACCOUNT_UNASKED, "not that of metadata");
    expect(w, "root.json", ACCOUNT_UNASKED, "a copy of root version 1");
    assert_int_equal(w->account.counts[ACCOUNT_ACCEPTED], 5);
    assert_int_equal(status(w), ERR_NONE);
}

static void two_files_of_one_version_are_a_fork(void **state)
{
    struct world *w = *state;

    put_repository(w);
    put_targets(w, "targets.json", 5, NULL); /* 5.targets.json delegates */
    look(w);
    expect(w, "targets.json", ACCOUNT_FAULT, "another 'targets' of version 5");
    assert_int_equal(status(w), ERR_SIGNATURE);
}

static void a_layout_that_no_client_asks_for_is_not_read(void **state)
{
    struct world *w = *state;
    char from[128], to[128];

    put_repository(w);
    snprintf(from, sizeof from, "%s/5.targets.json", w->room.dir);
    snprintf(to, sizeof to, "%s/targets.json", w->room.dir);
    assert_int_equal(rename(from, to), 0);
    look(w);
    expect(w, "targets.json", ACCOUNT_UNASKED, "no client asks for it under this name");
    assert_int_equal(status(w), ERR_INCOMPLETE);
}

static void a_timestamp_with_a_version_in_its_name_is_not_read(void **state)
{
    struct world *w = *state;
    char from[128], to[128];

    put_repository(w);
    snprintf(from, sizeof from, "%s/timestamp.json", w->room.dir);
    snprintf(to, sizeof to, "%s/9.timestamp.json", w->room.dir);
    assert_int_equal(rename(from, to), 0);
    look(w);
    expect(w, "9.timestamp.json", ACCOUNT_UNASKED, "no client asks for it under this name");
    assert_int_equal(status(w), ERR_INCOMPLETE);
}

static void versioned_files_are_not_asked_for_without_consistent_snapshots(void **state)
{
    struct world *w = *state;

    w->plain = true;
    put_repository(w);
    put_targets(w, "targets.json", 5, NULL);
    put_listing(w, "snapshot.json", "snapshot", 3, "\"targets.json\":{\"version\":5}");
    put_targets(w, "4.targets.json", 4, NULL);
    look(w);
    expect(w, "targets.json", ACCOUNT_ACCEPTED, NULL);
    expect(w, "snapshot.json", ACCOUNT_ACCEPTED, NULL);
    expect(w, "4.targets.json", ACCOUNT_UNASKED, "superseded");
    expect(w, "5.targets.json", ACCOUNT_FAULT, "another 'targets' of version 5");
}

static void a_percent_encoded_name_is_counted(void **state)
{
    struct world *w = *state;
    char from[128], to[128];

    put_repository(w);
    snprintf(from, sizeof from, "%s/2.a/b.json", w->room.dir);
    snprintf(to, sizeof to, "%s/2.a%%2Fb.json", w->room.dir);
    assert_int_equal(rename(from, to), 0);
    look(w);
    expect(w, "2.a%2Fb.json", ACCOUNT_ACCEPTED, NULL);
    assert_int_equal(w->account.encoded, 1);
}

static void a_link_under_a_name_of_metadata_is_a_fault(void **state)
{
    struct world *w = *state;
    char path[128];

    put_repository(w);
    snprintf(path, sizeof path, "%s/2.root.json", w->room.dir);
    assert_int_equal(symlink("1.root.json", path), 0);
    snprintf(path, sizeof path, "%s/root.json", w->room.dir);
    assert_int_equal(symlink("1.root.json", path), 0);
    snprintf(path, sizeof path, "%s/pipe", w->room.dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    snprintf(path, sizeof path, "%s/empty", w->room.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    look(w);
    expect(w, "2.root.json", ACCOUNT_FAULT, "a link");
    expect(w, "root.json", ACCOUNT_UNASKED, "a link");
    expect(w, "pipe", ACCOUNT_UNASKED, "a pipe");
    expect(w, "empty", ACCOUNT_UNASKED, "an empty folder");
    assert_int_equal(status(w), ERR_INPUT);
}

static void a_newer_root_under_another_name_is_a_fault(void **state)
{
    struct world *w = *state;

    put_repository(w);
    put_root_by(w, "root.json", 2, &w->key);
    look(w);
    expect(w, "root.json", ACCOUNT_FAULT, "a newer root, version 2");
    assert_int_equal(status(w), ERR_VERSION);
}

static void put_tree(struct world *w)
{
    put_root_by(w, "root_history/1.root.json", 1, &w->key);
    put_root_by(w, "root_history/2.root.json", 2, &w->key);
    put_targets(w, "targets.json", 5, "a");
    put_targets(w, "a.json", 2, NULL);
    put_listing(w, "snapshot.json", "snapshot", 3,
                "\"targets.json\":{\"version\":5},\"a.json\":{\"version\":2}");
    put_listing(w, "timestamp.json", "timestamp", 9, "\"snapshot.json\":{\"version\":3}");
}

static void the_git_tree_of_tuf_on_ci_is_read(void **state)
{
    struct world *w = *state;

    put_tree(w);
    put_root_by(w, "root.json", 2, &w->key);
    look(w);
    assert_true(repository_is_tree(&w->repo));
    expect(w, "root_history/2.root.json", ACCOUNT_ACCEPTED, NULL);
    expect(w, "a.json", ACCOUNT_ACCEPTED, NULL);
    expect(w, "root.json", ACCOUNT_UNASKED, "a copy of root version 2");
    assert_int_equal(status(w), ERR_NONE);
}

static void a_tree_whose_root_is_not_the_newest_of_its_history_is_at_fault(void **state)
{
    struct world *w = *state;

    put_tree(w);
    put_root_by(w, "root.json", 1, &w->key);
    look(w);
    expect(w, "root.json", ACCOUNT_FAULT, "root_history has a newer one");
    assert_int_equal(status(w), ERR_VERSION);
}

static void a_missing_delegated_role_is_incomplete(void **state)
{
    struct world *w = *state;
    char path[128];

    put_repository(w);
    snprintf(path, sizeof path, "%s/2.a/b.json", w->room.dir);
    assert_int_equal(unlink(path), 0);
    look(w);
    assert_int_equal(status(w), ERR_INCOMPLETE);
}

static void what_is_refused_counts_before_what_is_missing(void **state)
{
    struct world *w = *state;
    char path[128];

    put_repository(w);
    put_targets(w, "4.targets.json", 3, NULL); /* a fault */
    snprintf(path, sizeof path, "%s/2.a/b.json", w->room.dir);
    assert_int_equal(unlink(path), 0);
    look(w);
    assert_int_equal(w->report.err.code, ERR_INCOMPLETE);
    assert_int_equal(status(w), ERR_VERSION);
}

static void the_newest_is_taken_when_no_snapshot_says_which(void **state)
{
    struct world *w = *state;
    char path[128];

    put_repository(w);
    put_targets(w, "targets.json", 4, NULL);
    put_targets(w, "4.targets.json", 4, NULL);
    snprintf(path, sizeof path, "%s/3.snapshot.json", w->room.dir);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/timestamp.json", w->room.dir);
    assert_int_equal(unlink(path), 0);
    look(w);
    expect(w, "5.targets.json", ACCOUNT_ACCEPTED, NULL);
    expect(w, "targets.json", ACCOUNT_UNASKED, "superseded by version 5");
    assert_int_equal(status(w), ERR_INCOMPLETE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, account_world_make, account_world_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_repository_is_accepted_file_by_file),
        TEST(a_part_of_a_repository_is_incomplete),
        TEST(a_gap_in_the_chain_is_named),
        TEST(roots_beyond_256_are_not_claimed),
        TEST(a_name_that_says_another_version_is_named),
        TEST(older_roots_lead_to_the_trusted_one_or_not),
        TEST(no_client_begins_with_an_older_root_that_was_changed),
        TEST(another_root_of_the_trusted_version_is_a_fork),
        TEST(an_older_state_than_the_trusted_root_is_a_fault),
        TEST(what_no_client_asks_for_is_listed_and_no_fault),
        TEST(two_files_of_one_version_are_a_fork),
        TEST(a_layout_that_no_client_asks_for_is_not_read),
        TEST(a_timestamp_with_a_version_in_its_name_is_not_read),
        TEST(versioned_files_are_not_asked_for_without_consistent_snapshots),
        TEST(a_percent_encoded_name_is_counted),
        TEST(a_link_under_a_name_of_metadata_is_a_fault),
        TEST(a_newer_root_under_another_name_is_a_fault),
        TEST(the_git_tree_of_tuf_on_ci_is_read),
        TEST(a_tree_whose_root_is_not_the_newest_of_its_history_is_at_fault),
        TEST(a_missing_delegated_role_is_incomplete),
        TEST(what_is_refused_counts_before_what_is_missing),
        TEST(the_newest_is_taken_when_no_snapshot_says_which),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
