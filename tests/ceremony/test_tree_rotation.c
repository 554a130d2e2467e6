/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of delegated roles a year later: what is in force is read, held against its delegators,
 * derived into a plan, and signed again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "ceremony/base/finding.h"
#include "ceremony/plan/plan_change.h"
#include "ceremony/rules/plan_rules.h"
#include "ceremony/rules/proposal_rules.h"
#include "judge.h"
#include "tree.h"
#include "years.h"

static void the_next_year_builds_on_it(void **state)
{
    struct years *y = *state;
    struct bytes targets, file;
    const struct plan *p;
    struct err e;

    if (room_open(&y->next, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
    p = ceremony_plan(y->next.c);
    assert_int_equal(p->trusted->nfiles, TREE_FILES - 2);
    assert_true(session_enrolled(ceremony_session(y->next.c))); /* every key is known */
    for (size_t i = SIGNED_TYPES; i < p->nroles; i++)
        assert_false(plan_delegation_changes(p, &p->roles[i]));
    assert_int_equal(room_walk(&y->next, STATIONS, &e), 0);
    targets = (struct bytes){0};
    file = (struct bytes){0};
    tree_read(&y->next, "2.targets.json", &targets);
    tree_read(&y->next, "2.targets/packages/2.7/A.json", &file);
    assert_true(judge_delegated(bytes_span(&targets), "targets/packages/2.7/A", bytes_span(&file)));
    bytes_clear(&targets);
    bytes_clear(&file);
}

/* Does loading the plan fail with that code and text? */
static void assert_refused(struct room *r, enum err_code code, const char *says)
{
    struct store *s;
    struct plan *p = NULL;
    struct err e;

    assert_int_equal(store_open(r->dir, &s, &e), 0);
    assert_int_equal(plan_load(s, &p, &e), -1);
    store_free(s);
    assert_int_equal(e.code, code);
    if (strstr(e.what, says) == NULL)
        fail_msg("'%s' does not say '%s'", e.what, says);
}

static void assert_rule(struct room *r, const char *rule)
{
    struct store *s;
    struct plan *p = NULL;
    struct findings f;
    struct err e;
    bool found = false;

    assert_int_equal(store_open(r->dir, &s, &e), 0);
    if (plan_load(s, &p, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
    assert_int_equal(plan_rules_check(p, INT64_C(1795435200), &f, &e), 0);
    for (size_t i = 0; i < f.n; i++)
        found =
            found || (f.items[i].level == FINDING_REFUSAL && strcmp(f.items[i].rule, rule) == 0);
    if (!found)
        fail_msg("rule '%s' does not refuse", rule);
    findings_clear(&f);
    plan_free(p);
    store_free(s);
}

/* Overwrites one byte of a file in inputs/trusted, behind the first `from`. */
static void forge(struct room *r, const char *name, const char *from, char with)
{
    struct bytes text;
    char *at;

    text = (struct bytes){0};
    room_read(r, name, &text);
    at = strstr((char *)text.p, from);
    assert_non_null(at);
    at[strlen(from)] = with;
    room_write(r, name, bytes_span(&text));
    bytes_clear(&text);
}

static int unlink_trusted(const struct room *r, const char *name)
{
    char path[160];

    snprintf(path, sizeof path, "%s/inputs/trusted/%s", r->dir, name);
    return unlink(path);
}

static void a_forged_file_is_not_built_on(void **state)
{
    struct years *y = *state;

    forge(&y->next, "inputs/trusted/1.targets/simple.json", "\"expires\": \"", '3');
    assert_refused(&y->next, ERR_SIGNATURE, "is not signed by the keys of a role in force");
}

static void a_file_that_nothing_delegates_to_is_refused(void **state)
{
    struct years *y = *state;
    struct bytes text;

    text = (struct bytes){0};
    room_read(&y->next, "inputs/trusted/1.bin-0.json", &text);
    room_write(&y->next, "inputs/trusted/1.bin-00.json", bytes_span(&text));
    bytes_clear(&text);
    assert_refused(&y->next, ERR_SIGNATURE, "1.bin-00.json");
}

static void two_versions_of_a_role_are_refused(void **state)
{
    struct years *y = *state;
    struct bytes text;
    struct err e;

    text = (struct bytes){0};
    room_read(&y->next, "inputs/trusted/1.bins.json", &text);
    room_write(&y->next, "inputs/trusted/2.bins.json", bytes_span(&text));
    assert_refused(&y->next, ERR_INPUT, "carries version 1");
    bytes_clear(&text);
    assert_int_equal(unlink_trusted(&y->next, "2.bins.json"), 0);
    assert_int_equal(room_open(&y->next, &e), 0);
    assert_int_equal(room_walk(&y->next, STATIONS, &e), 0);
    room_close(&y->next);
    tree_read(&y->next, "2.bins.json", &text);
    room_write(&y->next, "inputs/trusted/2.bins.json", bytes_span(&text));
    assert_refused(&y->next, ERR_INPUT, "two versions of 'bins'");
    bytes_clear(&text);
}

/* A copy of a bundle's file that differs in its last byte, elsewhere in the bundle. */
static void put_other(struct room *r, const char *name, const char *other)
{
    struct bytes text;

    text = (struct bytes){0};
    room_read(r, name, &text);
    bytes_put_u8(&text, '\n');
    room_write(r, other, bytes_span(&text));
    bytes_clear(&text);
}

static int derive_from(const struct room *before, const struct room *to, struct err *e)
{
    const struct derive_wish wish = {0};
    struct store *from, *into;
    char bundle[100];
    int rc;

    snprintf(bundle, sizeof bundle, "%s/bundle", before->dir);
    assert_int_equal(store_open(bundle, &from, e), 0);
    assert_int_equal(store_open(to->dir, &into, e), 0);
    rc = plan_derive(from, &wish, into, e);
    store_free(from);
    store_free(into);
    return rc;
}

static void two_files_of_the_version_in_force_must_agree(void **state)
{
    struct years *y = *state;
    struct err e;

    put_other(&y->first, "bundle/metadata/1.bins.json", "bundle/a/1.bins.json");
    assert_int_equal(derive_from(&y->first, &y->next, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(strstr(e.what, "are of one version and differ"));
}

/* Whatever lies around of earlier versions, whatever its place among the names. */
static void the_newest_version_is_built_on(void **state)
{
    const struct derive_wish wish = {0};
    struct years *y = *state;
    struct bytes is, wanted;
    struct room third;
    struct err e;

    assert_int_equal(room_open(&y->next, &e), 0);
    assert_int_equal(room_walk(&y->next, STATIONS, &e), 0);
    room_close(&y->next);
    put_other(&y->next, "inputs/trusted/1.bins.json", "bundle/a/1.bins.json");
    put_other(&y->next, "bundle/a/1.bins.json", "bundle/z/1.bins.json");
    years_next(&third, &y->next, &wish);
    is = (struct bytes){0};
    wanted = (struct bytes){0};
    room_read(&third, "inputs/trusted/2.bins.json", &is);
    room_read(&y->next, "bundle/metadata/2.bins.json", &wanted);
    assert_true(span_eq(bytes_span(&is), bytes_span(&wanted)));
    bytes_clear(&is);
    bytes_clear(&wanted);
    room_clear(&third);
}

static void a_role_does_not_begin_again(void **state)
{
    struct years *y = *state;

    assert_int_equal(unlink_trusted(&y->next, "1.targets/packages/2.7/A.json"), 0);
    assert_rule(&y->next, "delegated-in-force");
}

/* New people without the signature of the role above: clients would go on with the old ones. */
static void who_delegates_must_sign(void **state)
{
    struct years *y = *state;

    room_edit(&y->next, "\"targets\", \"targets/simple\"", "\"targets/simple\"");
    room_edit(&y->next,
              "\"terminating\":\tfalse,\n\t\t\t\"keyholders\":\t[\"Alice\", \"Bo\", \"Chen\"]",
              "\"terminating\":\tfalse,\n\t\t\t\"keyholders\":\t[\"Alice\", \"Bo\", \"Dee\"]");
    assert_rule(&y->next, "delegator-signed");
}

/* Dee takes Chen's place below targets: Chen's key goes from it, and the rest stays. */
static void a_holder_is_replaced(void **state)
{
    struct years *y = *state;
    struct bytes targets, file;
    struct err e;

    room_edit(&y->next,
              "\"terminating\":\tfalse,\n\t\t\t\"keyholders\":\t[\"Alice\", \"Bo\", \"Chen\"]",
              "\"terminating\":\tfalse,\n\t\t\t\"keyholders\":\t[\"Alice\", \"Bo\", \"Dee\"]");
    if (room_open(&y->next, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
    assert_false(session_enrolled(ceremony_session(y->next.c)));
    assert_int_equal(room_walk(&y->next, STATION_SIGNATURES, &e), 0);
    assert_int_equal(room_sign(&y->next, 2, &e), 0); /* Chen, for root and targets alone */
    assert_int_equal(ceremony_session(y->next.c)->nsignatures, 2);
    assert_int_equal(room_walk(&y->next, STATIONS, &e), 0);
    targets = (struct bytes){0};
    file = (struct bytes){0};
    tree_read(&y->next, "2.targets.json", &targets);
    tree_read(&y->next, "2.targets/simple.json", &file);
    assert_true(judge_delegated(bytes_span(&targets), "targets/simple", bytes_span(&file)));
    bytes_clear(&targets);
    tree_read(&y->first, "1.targets.json", &targets);
    bytes_clear(&file);
    tree_read(&y->first, "1.targets/simple.json", &file);
    assert_true(judge_delegated(bytes_span(&targets), "targets/simple", bytes_span(&file)));
    bytes_clear(&targets);
    bytes_clear(&file);
}

/* A delegation that goes is named; one that the plan does not name stays. */
static void what_is_not_named_stays(void **state)
{
    struct years *y = *state;
    const struct session *s;
    const struct targets *t;
    struct err e;

    room_edit(&y->next, "\"same_keys_as\":\t\"root\",",
              "\"same_keys_as\":\t\"root\", \"remove\": "
              "[\"targets/packages/2.7/D\"],");
    room_edit(&y->next, "\"D\"", "\"A\"");
    room_edit(&y->next, "\"letter\":\t[\"A\", \"A\"]", "\"letter\":\t[\"A\"]");
    if (room_open(&y->next, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
    assert_int_equal(room_walk(&y->next, STATION_REVIEW, &e), 0);
    s = ceremony_session(y->next.c);
    t = &s->proposals[session_proposal_find(s, "targets")].targets;
    assert_null(targets_delegation(t, "targets/packages/2.7/D"));
    assert_non_null(targets_delegation(t, "targets/packages/source/D")); /* not named */
    assert_int_equal(session_proposal_find(s, "targets/packages/source/D"), -1);
}

/* A list from the online side names a keyholder's root key as a developer's. */
static void a_developer_has_no_key_of_the_committee(void **state)
{
    struct years *y = *state;
    const struct session *s;
    const struct key *key;
    struct findings f;
    struct bytes text;
    struct err e;
    size_t said = 0;

    assert_int_equal(room_open(&y->next, &e), 0);
    key = ceremony_plan(y->next.c)->seats[0].key;
    text = (struct bytes){0};
    bytes_put_str(&text, "{\"_type\": \"targets\", \"spec_version\": \"1.0.31\", \"version\": 1,"
                         "\"expires\": \"2030-01-01T00:00:00Z\", \"targets\": {},"
                         "\"delegations\": {\"keys\": {");
    bytes_printf(&text, "\"%s\": ", key_id(key));
    json_print(key_object(key), 0, &text);
    bytes_printf(&text,
                 "}, \"roles\": [{\"name\": \"simple/Django\", \"keyids\": [\"%s\"],"
                 "\"threshold\": 1, \"terminating\": false,"
                 "\"paths\": [\"simple/Django/*\"]}]}}",
                 key_id(key));
    room_close(&y->next);
    room_write(&y->next, "inputs/simple.json", bytes_span(&text));
    bytes_clear(&text);
    room_edit(&y->next, "\"name\":\t\"targets/simple\",",
              "\"name\": \"targets/simple\", \"contents\": {\"file\": \"simple.json\"},");
    room_write(&y->next, "journal.jsonl", span_str(""));
    if (room_open(&y->next, &e) != 0 || room_walk(&y->next, STATION_REVIEW, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
    s = ceremony_session(y->next.c);
    for (size_t g = 0; g < s->ngroups; g++) {
        assert_int_equal(proposal_rules_check(s, g, &f, &e), 0);
        for (size_t i = 0; i < f.n; i++)
            if (strcmp(f.items[i].rule, "committee-key") == 0) {
                assert_string_equal(session_group_name(s, g), "targets/simple");
                assert_non_null(strstr(f.items[i].text, "'simple/Django' would be signed by the key"
                                                        " of 'Alice' for root"));
                said++;
            }
        findings_clear(&f);
    }
    assert_int_equal(said, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_next_year_builds_on_it, years_of_tree, years_clear),
        cmocka_unit_test_setup_teardown(a_forged_file_is_not_built_on, years_of_tree, years_clear),
        cmocka_unit_test_setup_teardown(a_file_that_nothing_delegates_to_is_refused, years_of_tree,
                                        years_clear),
        cmocka_unit_test_setup_teardown(two_versions_of_a_role_are_refused, years_of_tree,
                                        years_clear),
        cmocka_unit_test_setup_teardown(two_files_of_the_version_in_force_must_agree, years_of_tree,
                                        years_clear),
        cmocka_unit_test_setup_teardown(the_newest_version_is_built_on, years_of_tree, years_clear),
        cmocka_unit_test_setup_teardown(a_role_does_not_begin_again, years_of_tree, years_clear),
        cmocka_unit_test_setup_teardown(who_delegates_must_sign, years_of_tree, years_clear),
        cmocka_unit_test_setup_teardown(a_holder_is_replaced, years_of_tree, years_clear),
        cmocka_unit_test_setup_teardown(what_is_not_named_stays, years_of_tree, years_clear),
        cmocka_unit_test_setup_teardown(a_developer_has_no_key_of_the_committee, years_of_tree,
                                        years_clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
