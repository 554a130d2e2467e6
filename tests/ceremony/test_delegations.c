/* SPDX-License-Identifier: Apache-2.0 */
/* Delegated roles in a plan: what it may say, what is proposed, who must sign, what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/base/words.h"
#include "ceremony/rules/plan_rules.h"
#include "judge.h"
#include "tree.h"

/* One role more, in front of the bins. */
#define MORE(name)                                                                                 \
    "{\"name\": \"" name "\", \"same_keys_as\": \"targets/simple\", \"threshold\": 1, \"paths\": " \
    "[\"x\"]}, {\"name\": \"bins\", "

/* A change of the plan, and what loading it says. */
static const struct {
    const char *from, *to, *says;
} refused[] = {
    {"targets/simple\", \"key", "targets/../simple\", \"key", "'.' or '..'"},
    {"targets/simple\", \"key", "/targets/simple\", \"key", "begins with a slash"},
    {"targets/simple\", \"key", "targets//simple\", \"key", "is empty"},
    {"targets/simple\", \"key", "snapshot\", \"key", "there twice"},
    {"targets/simple\", \"key", "targets/si\\u0007mple\", \"key", "control characters"},
    {"targets/simple\", \"key", "targets\\\\simple\", \"key", "backslash"},
    {"\"paths\": [\"simple/*/*\"]", "\"paths\": [\"simple/*/*\"], \"hash_prefixes\": [\"0\"]",
     "either 'paths', 'hash_prefixes' or 'bins'"},
    {"\"paths\": [\"simple/*/*\"]", "\"terminating\": false",
     "either 'paths', 'hash_prefixes' or 'bins'"},
    {"\"letter\": [\"A\", \"D\"]", "\"letter\": [\"A\", \"A\"]", "there twice"},
    {"\"paths\": [\"simple/*/*\"]", "\"paths\": []", "at least one"},
    {"\"paths\": [\"simple/*/*\"]", "\"paths\": [\"simple/*/*\"], \"terminating\": 0",
     "true or false"},
    {"\"paths\": [\"simple/*/*\"]", "\"paths\": [\"simple/{x}/*\"]", "does not give: '{x}/*'"},
    {"\"paths\": [\"simple/*/*\"]", "\"pahts\": [\"simple/*/*\"]", "pahts"},
    {"{version}/{letter}\", \"same", "{version}/x\", \"same", "put every variable"},
    {"\"letter\": [\"A\", \"D\"]", "\"letter\": [\"A\", \"D/E\"]", "slash or a brace"},
    {"\"letter\": [\"A\", \"D\"]", "\"letter\": [\"A\", \"..\"]", "'.' or '..'"},
    {"\"letter\": [\"A\", \"D\"]", "\"Letter\": [\"A\", \"D\"]", "no name for a variable"},
    {"\"each\": {", "\"bins\": 4, \"each\": {", "exclude each other"},
    {"\"bins\": 16}", "\"bins\": 15}", "power of two"},
    {"\"bins\": 16}", "\"bins\": 1}", "power of two"},
    {"\"bins\": 16}", "\"bins\": 131072}", "power of two"},
    {"\"bins\": 16}", "\"bins\": \"16\"}", "power of two"},
    {"{\"name\": \"bins\", ", MORE("bin-7"),
     "'bin-7' is there twice, in 'bin-7' and in 'bin-{bin}'"},
    {"{\"name\": \"bins\", ", MORE("bins.json/x"), "the folder of role 'bins.json/x'"},
    {"{\"name\": \"bins\", ", MORE("12.root"), "the file of a root"},
    {"\"name\": \"bin-{bin}\"", "\"name\": \"bin{bin}\"", "ends in \"-{bin}\""},
    {"\"by\": \"bins\"", "\"by\": \"bims\"", "further up in the list"},
    {"\"by\": \"bins\"", "\"by\": \"root\"", "names targets, or"},
    {"\"by\": \"bins\"", "\"by\": \"targets/packages/{version}/{letter}\"", "can't delegate"},
    {"\"0\", \"1\"", "\"0\", \"G\"", "no prefix of a hash"},
    {"\"bins\", \"same_keys_as\": \"targets/simple\"", "\"bins\", \"same_keys_as\": \"bin-{bin}\"",
     "above this one"},
    {"\"sign\": [\"root\"", "\"sign\": [\"root\", \"targets/nothing\"", "that keyholders sign"},
    {"\"threshold\": 1, \"expires\": \"1 year\", \"bins\"", "\"threshold\": 1, \"bins\"",
     "needs 'expires'"},
    {"\"expires\": \"1 year\", \"paths\"",
     "\"expires\": \"1 year\", \"contents\": {\"file\": \"no.json\"}, \"paths\"",
     "contents of 'targets/simple' are not there"},
    {"\"expires\": \"1 year\", \"paths\"",
     "\"expires\": \"1 year\", \"contents\": {\"file\": \"../x.json\"}, \"paths\"",
     "no name inside"},
    {"\"expires\": \"1 year\", \"paths\"",
     "\"expires\": \"1 year\", \"contents\": {\"flie\": \"x.json\"}, \"paths\"", "flie"},
    {"\"root\": {", "\"root\": {\"contents\": {\"file\": \"x.json\"}, ", "have contents"},
};

static int make(void **state)
{
    struct room *r = calloc(1, sizeof *r);

    if (r == NULL)
        return -1;
    tree_make(r);
    *state = r;
    return 0;
}

static int clear(void **state)
{
    room_clear(*state);
    free(*state);
    return 0;
}

static void what_is_odd_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct room r;
        struct store *s;
        struct plan *p = NULL;
        struct err e = {0};
        char text[1300];

        tree_make(&r);
        room_edit(&r, refused[i].from, refused[i].to);
        assert_int_equal(store_open(r.dir, &s, &e), 0);
        if (plan_load(s, &p, &e) == 0)
            fail_msg("row %zu is taken", i);
        assert_null(p);
        snprintf(text, sizeof text, "%s %s %s", e.what, e.where, e.todo);
        if (strstr(text, refused[i].says) == NULL)
            fail_msg("row %zu says '%s', not '%s'", i, text, refused[i].says);
        store_free(s);
        room_clear(&r);
    }
}

/* A change of the plan, and the rule that refuses it. */
static const struct {
    const char *from, *to, *rule;
} refused_plans[] = {
    {"\"root\", \"targets\", \"targets/simple\"", "\"root\", \"targets/simple\"",
     "delegator-signed"},
    {"\"targets\", \"targets/simple\",", "\"targets\",", "delegated-file"},
    {"\"threshold\": 2, \"expires\": \"1 year\", \"paths\"",
     "\"threshold\": 4, \"expires\": \"1 year\", \"paths\"", "threshold-range"},
};

static void what_would_fail_is_refused_by_a_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_plans / sizeof refused_plans[0]; i++) {
        struct room r;
        struct store *s;
        struct plan *p = NULL;
        struct findings f;
        struct err e;
        bool found = false;

        tree_make(&r);
        room_edit(&r, refused_plans[i].from, refused_plans[i].to);
        assert_int_equal(store_open(r.dir, &s, &e), 0);
        assert_int_equal(plan_load(s, &p, &e), 0);
        assert_int_equal(plan_rules_check(p, INT64_C(1795435200), &f, &e), 0);
        for (size_t k = 0; k < f.n; k++)
            found = found || (f.items[k].level == FINDING_REFUSAL &&
                              strcmp(f.items[k].rule, refused_plans[i].rule) == 0);
        if (!found)
            fail_msg("rule '%s' does not refuse", refused_plans[i].rule);
        findings_clear(&f);
        plan_free(p);
        store_free(s);
        room_clear(&r);
    }
}

static const struct proposal *proposal_of(const struct room *r, const char *role)
{
    const struct session *s = ceremony_session(r->c);
    long at = session_proposal_find(s, role);

    assert_true(at >= 0);
    return &s->proposals[at];
}

static void templates_become_roles(void **state)
{
    struct room *r = *state;
    const struct session *s;
    const struct delegation *d;
    struct err e;

    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_REVIEW, &e), 0);
    s = ceremony_session(r->c);
    assert_int_equal(s->nproposals, TREE_FILES);
    assert_int_equal(s->ngroups, 6);
    d = targets_delegation(&proposal_of(r, "targets")->targets, "targets/packages/source/A");
    assert_non_null(d);
    assert_true(span_is(json_span(d->paths), "[\"packages/source/A/*/*\"]"));
    assert_true(d->terminating);
    assert_int_equal(d->role.threshold, 2);
    d = targets_delegation(&proposal_of(r, "bins")->targets, "bin-e");
    assert_non_null(d);
    assert_true(span_is(json_span(d->prefixes), "[\"e\"]"));
    assert_int_equal(proposal_of(r, "bin-f")->version, 1);
    assert_int_equal(session_group_find(s, "bin-f"), -1); /* a role template is reviewed as one */
    assert_true(session_group_find(s, "bin-{bin}") >= 0);
}

/* Every file of the bundle by an independent eye, and each by its own delegator. */
static void assert_judged(const struct room *r, unsigned version)
{
    static const char *const below_targets[] = {"targets/simple",
                                                "targets/packages/2.7/A",
                                                "targets/packages/2.7/D",
                                                "targets/packages/source/A",
                                                "targets/packages/source/D",
                                                "bins"};
    struct bytes targets, bins, file;
    char name[96];

    targets = (struct bytes){0};
    bins = (struct bytes){0};
    file = (struct bytes){0};
    snprintf(name, sizeof name, "%u.targets.json", version);
    tree_read(r, name, &targets);
    snprintf(name, sizeof name, "%u.bins.json", version);
    tree_read(r, name, &bins);
    for (size_t i = 0; i < sizeof below_targets / sizeof below_targets[0]; i++) {
        snprintf(name, sizeof name, "%u.%s.json", version, below_targets[i]);
        tree_read(r, name, &file);
        assert_true(judge_delegated(bytes_span(&targets), below_targets[i], bytes_span(&file)));
        bytes_clear(&file);
    }
    for (unsigned i = 0; i < 16; i++) {
        char role[8];

        snprintf(role, sizeof role, "bin-%x", i);
        snprintf(name, sizeof name, "%u.%s.json", version, role);
        tree_read(r, name, &file);
        assert_true(judge_delegated(bytes_span(&bins), role, bytes_span(&file)));
        assert_false(judge_delegated(bytes_span(&bins), "targets/simple", bytes_span(&file)));
        bytes_clear(&file);
    }
    bytes_clear(&targets);
    bytes_clear(&bins);
}

static void assert_entries(const struct room *r, unsigned version)
{
    struct bytes text, file;
    cJSON *tree;
    const cJSON *entry;
    char name[64], hex[SHA256_HEX_SIZE];

    text = (struct bytes){0};
    file = (struct bytes){0};
    room_read(r, "bundle/snapshot-entries.json", &text);
    tree = cJSON_Parse(bytes_str(&text));
    assert_int_equal(cJSON_GetArraySize(tree), TREE_FILES - 1); /* root is not in a snapshot */
    entry = cJSON_GetObjectItemCaseSensitive(tree, "targets/packages/2.7/D.json");
    snprintf(name, sizeof name, "%u.targets/packages/2.7/D.json", version);
    tree_read(r, name, &file);
    assert_int_equal(sha256_hex(bytes_span(&file), hex), 0);
    assert_int_equal(cJSON_GetObjectItem(entry, "version")->valueint, version);
    assert_int_equal(cJSON_GetObjectItem(entry, "length")->valueint, file.n);
    assert_string_equal(
        cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetObjectItem(entry, "hashes"), "sha256")),
        hex);
    cJSON_Delete(tree);
    bytes_clear(&text);
    bytes_clear(&file);
}

static void one_login_signs_all_that_is_left(void **state)
{
    struct room *r = *state;
    const struct session *s;
    struct err e;

    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_SIGNATURES, &e), 0);
    assert_int_equal(session_signatures_left(ceremony_session(r->c), 0), TREE_FILES);
    assert_int_equal(room_sign(r, 0, &e), 0);
    s = ceremony_session(r->c);
    assert_int_equal(s->nsignatures, TREE_FILES);
    assert_int_equal(session_group_complete(s, (size_t)session_group_find(s, "bin-{bin}")), 16);
    assert_int_equal(session_group_complete(s, (size_t)session_group_find(s, "bins")), 0);
    assert_int_equal(room_sign(r, 1, &e), 0);
    assert_false(session_complete(ceremony_session(r->c))); /* root and targets want three */
    assert_int_equal(session_signatures_left(ceremony_session(r->c), 3), 2);
    assert_int_equal(room_sign(r, 3, &e), 0);
    assert_true(session_complete(ceremony_session(r->c)));
    assert_int_equal(room_walk(r, STATIONS, &e), 0);
    assert_judged(r, 1);
    assert_entries(r, 1);
    room_close(r);
    assert_int_equal(room_open_mode(r, CEREMONY_READ, &e), 0); /* the journal alone says the same */
    assert_true(ceremony_session(r->c)->closed);
}

/* The digest of a role template is that of its list: another list is another digest. */
static void a_template_is_reviewed_by_its_list(void **state)
{
    struct room *r = *state;
    const struct session *s;
    struct bytes list;
    char hex[SHA256_HEX_SIZE];
    struct err e;
    long at;

    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_REVIEW, &e), 0);
    s = ceremony_session(r->c);
    at = session_group_find(s, "targets/packages/{version}/{letter}");
    list = (struct bytes){0};
    session_group_list(s, (size_t)at, &list);
    assert_non_null(strstr(bytes_str(&list), "  1.targets/packages/2.7/D\n"));
    assert_int_equal(sha256_hex(bytes_span(&list), hex), 0);
    bytes_clear(&list);
    assert_string_equal(hex, s->groups[at].sha256);
    for (size_t i = 0; i < s->ngroups; i++) {
        assert_false(session_all_reviewed(ceremony_session(r->c)));
        assert_int_equal(act_review(r->c, i, &e), 0);
    }
    assert_true(session_all_reviewed(ceremony_session(r->c)));
}

/* Somebody edits the journal: a review of other files is not taken for one of these. */
static void a_review_of_another_list_is_refused(void **state)
{
    struct room *r = *state;
    struct bytes journal;
    const char *end;
    char hash[SHA256_HEX_SIZE];
    struct err e;

    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_REVIEW, &e), 0);
    room_close(r);
    journal = (struct bytes){0};
    room_read(r, "journal.jsonl", &journal);
    end = memrchr(journal.p, '\n', journal.n - 1);
    assert_int_equal(
        sha256_hex(span_of(end + 1, journal.n - 1 - (size_t)(end + 1 - (const char *)journal.p)),
                   hash),
        0);
    {
        size_t lines = 0;

        for (size_t i = 0; i < journal.n; i++)
            lines += journal.p[i] == '\n';
        bytes_printf(&journal,
                     "{\"data\":{\"files\":16,\"role\":\"bin-{bin}\",\"sha256\":\"%064d\"},"
                     "\"event\":\"reviewed\",\"n\":%zu,\"prev\":\"%s\","
                     "\"time\":\"2026-11-23T14:00:00Z\"}\n",
                     0, lines + 1, hash);
    }
    room_write(r, "journal.jsonl", bytes_span(&journal));
    bytes_clear(&journal);
    assert_int_equal(room_open(r, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    assert_non_null(strstr(e.what, "other bytes"));
}

/* Contents from the online side: its files and delegations, our version and expiry. */
static void contents_come_from_the_online_side(void **state)
{
    static const char unsigned_file[] =
        "{\"signatures\": [], \"signed\": {\"_type\": \"targets\", \"expires\": "
        "\"2020-01-01T00:00:00Z\", \"spec_version\": \"1.0.31\", \"version\": 77, \"targets\": "
        "{\"simple/x/index.html\": {\"length\": 3, \"hashes\": {\"sha256\": \"00\"}}}, "
        "\"x-kept\": {\"a\": 1}}}";
    struct room *r = *state;
    const struct proposal *p;
    struct json kept;
    struct err e;

    room_write(r, "inputs/simple.json", span_str(unsigned_file));
    room_edit(r, "\"paths\": [\"simple/*/*\"]",
              "\"paths\": [\"simple/*/*\"], \"contents\": {\"file\": \"simple.json\"}");
    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_REVIEW, &e), 0);
    p = proposal_of(r, "targets/simple");
    assert_int_equal(p->version, 1);
    assert_int_equal(json_count(p->targets.targets), 1);
    assert_true(json_get(p->targets.head.object, "x-kept", &kept));
    assert_true(p->expires > INT64_C(1795435200));
    room_close(r);
    room_write(r, "inputs/simple.json", span_str("{\"signed\": {\"_type\": \"snapshot\"}}"));
    assert_int_equal(room_open(r, &e), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_odd_is_refused),
        cmocka_unit_test(what_would_fail_is_refused_by_a_rule),
        cmocka_unit_test_setup_teardown(templates_become_roles, make, clear),
        cmocka_unit_test_setup_teardown(one_login_signs_all_that_is_left, make, clear),
        cmocka_unit_test_setup_teardown(a_template_is_reviewed_by_its_list, make, clear),
        cmocka_unit_test_setup_teardown(a_review_of_another_list_is_refused, make, clear),
        cmocka_unit_test_setup_teardown(contents_come_from_the_online_side, make, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
