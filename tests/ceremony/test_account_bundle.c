/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle's own files are followed from what was in force before, that it was given. */
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

/* A bundle's folders: what was in force, root 1 and targets 5; it has 3.a/b.json anew. */
static void put_bundle(const struct world *w)
{
    room_write(&w->room, "manifest.json", span_str("{}"));
    put_root_by(w, "inputs/trusted/1.root.json", 1, &w->key);
    put_targets(w, "inputs/trusted/5.targets.json", 5, "a/b");
    put_targets(w, "metadata/3.a/b.json", 3, NULL);
}

static void drop(const struct world *w, const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", w->room.dir, name);
    assert_int_equal(unlink(path), 0);
}

static void put_targets_by_other(const struct world *w, const char *name, int64_t version)
{
    struct bytes text;

    begin(&text, "targets", version);
    bytes_put_str(&text, "\"targets\":{}}");
    put_by(w, &w->other, name, &text);
}

static void a_bundle_of_delegated_roles_is_followed_from_what_was_in_force(void **state)
{
    struct world *w = *state;

    put_bundle(w);
    put_listing(w, "inputs/trusted/3.snapshot.json", "snapshot", 3,
                "\"targets.json\":{\"version\":5},\"a/b.json\":{\"version\":2}");
    put_listing(w, "inputs/trusted/9.timestamp.json", "timestamp", 9,
                "\"snapshot.json\":{\"version\":3}");
    look(w);
    expect(w, "metadata/3.a/b.json", ACCOUNT_ACCEPTED, NULL);
    expect(w, "inputs/trusted/1.root.json", ACCOUNT_IN_FORCE, "the trusted root");
    expect(w, "inputs/trusted/5.targets.json", ACCOUNT_IN_FORCE, "took 'targets' from here");
    expect(w, "inputs/trusted/3.snapshot.json", ACCOUNT_COMPARED, NULL);
    assert_int_equal(status(w), ERR_NONE);
}

static void what_leads_to_a_bundles_files_is_asked_for_where_it_is_missing(void **state)
{
    struct world *w = *state;

    put_bundle(w);
    drop(w, "inputs/trusted/5.targets.json");
    look(w);
    expect(w, "metadata/3.a/b.json", ACCOUNT_UNASKED, "nobody whose file was accepted");
    assert_int_equal(status(w), ERR_INCOMPLETE);
}

static void what_leads_to_a_bundles_files_must_be_signed(void **state)
{
    struct world *w = *state;

    put_bundle(w);
    put_targets_by_other(w, "inputs/trusted/5.targets.json", 5);
    look(w);
    expect(w, "inputs/trusted/5.targets.json", ACCOUNT_REFUSED, NULL);
    assert_int_equal(status(w), ERR_SIGNATURE);
}

static void a_file_in_force_that_does_not_fit_any_more_is_no_fault_of_the_bundle(void **state)
{
    struct world *w = *state;

    put_bundle(w);
    drop(w, "metadata/3.a/b.json");
    put_targets(w, "metadata/6.targets.json", 6, "a/b");
    put_targets_by_other(w, "inputs/trusted/2.a/b.json", 2);
    look(w);
    expect(w, "metadata/6.targets.json", ACCOUNT_ACCEPTED, NULL);
    expect(w, "inputs/trusted/5.targets.json", ACCOUNT_COMPARED, NULL);
    expect(w, "inputs/trusted/2.a/b.json", ACCOUNT_COMPARED, "must be made anew");
    assert_int_equal(status(w), ERR_NONE);
}

static void a_bundles_root_in_force_is_the_trusted_one(void **state)
{
    struct world *w = *state;

    put_bundle(w);
    put_root_by(w, "1.root.json", 1, &w->other); /* that is trusted */
    look(w);
    expect(w, "inputs/trusted/1.root.json", ACCOUNT_FAULT, "another root of version 1");
}

/* One that its own keys did not sign; what is below it was not looked at. */
static void a_trusted_root_that_a_client_refuses_is_not_in_force(void **state)
{
    static const char name[] = "inputs/trusted/1.root.json";
    struct world *w = *state;
    struct bytes root = {0};
    char *expires;

    put_bundle(w);
    assert_true(room_read_if(&w->room, name, &root));
    expires = strstr((char *)root.p, "2030");
    assert_non_null(expires);
    expires[3] = '1';
    room_write(&w->room, name, bytes_span(&root));
    bytes_clear(&root);
    look(w);
    expect(w, name, ACCOUNT_REFUSED, "the trusted root");
    expect(w, "metadata/3.a/b.json", ACCOUNT_UNSEEN, "something above was refused");
    assert_int_equal(status(w), ERR_SIGNATURE);
}

/* Beside files that are accepted, too. */
static void a_bundles_file_that_nothing_leads_to_makes_it_incomplete(void **state)
{
    struct world *w = *state;

    put_bundle(w);
    put_targets(w, "metadata/7.c/d.json", 7, NULL);
    look(w);
    expect(w, "metadata/3.a/b.json", ACCOUNT_ACCEPTED, NULL);
    expect(w, "metadata/7.c/d.json", ACCOUNT_UNASKED, "nobody whose file was accepted");
    assert_int_equal(status(w), ERR_INCOMPLETE);
}

static void roots_before_the_one_in_force_are_compared_only(void **state)
{
    struct world *w = *state;

    put_bundle(w);
    put_root_by(w, "inputs/trusted/2.root.json", 2, &w->key);
    w->trusted = 2;
    look(w);
    expect(w, "inputs/trusted/2.root.json", ACCOUNT_IN_FORCE, "the trusted root");
    expect(w, "inputs/trusted/1.root.json", ACCOUNT_COMPARED, NULL);
    assert_int_equal(status(w), ERR_NONE);
}

static void a_bundle_whose_own_root_is_older_than_the_trusted_one_goes_back(void **state)
{
    struct world *w = *state;

    put_bundle(w);
    put_root_by(w, "inputs/trusted/2.root.json", 2, &w->key);
    put_root_by(w, "metadata/1.root.json", 1, &w->key);
    w->trusted = 2;
    look(w);
    expect(w, "metadata/1.root.json", ACCOUNT_FAULT, "the newest root here");
    assert_int_equal(status(w), ERR_VERSION);
}

static void only_a_bundle_has_files_in_force(void **state)
{
    struct world *w = *state;

    put_bundle(w);
    drop(w, "manifest.json");
    look(w);
    expect(w, "metadata/3.a/b.json", ACCOUNT_UNASKED, "nobody whose file was accepted");
    expect(w, "inputs/trusted/5.targets.json", ACCOUNT_UNSEEN, "outside 'metadata/'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, account_world_make, account_world_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_bundle_of_delegated_roles_is_followed_from_what_was_in_force),
        TEST(what_leads_to_a_bundles_files_is_asked_for_where_it_is_missing),
        TEST(what_leads_to_a_bundles_files_must_be_signed),
        TEST(a_file_in_force_that_does_not_fit_any_more_is_no_fault_of_the_bundle),
        TEST(a_bundles_root_in_force_is_the_trusted_one),
        TEST(a_trusted_root_that_a_client_refuses_is_not_in_force),
        TEST(a_bundles_file_that_nothing_leads_to_makes_it_incomplete),
        TEST(roots_before_the_one_in_force_are_compared_only),
        TEST(a_bundle_whose_own_root_is_older_than_the_trusted_one_goes_back),
        TEST(only_a_bundle_has_files_in_force),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
