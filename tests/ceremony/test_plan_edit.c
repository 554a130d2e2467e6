/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a rotation changed by words: what each edit makes of it, what is refused, and that a
 * refusal or a broken disk changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/draft.h"
#include "ceremony/base/finding.h"
#include "ceremony/base/words.h"
#include "ceremony/plan/plan_change.h"
#include "years.h"

#define NOON INT64_C(1795435200) /* 2026-11-23T12:00:00Z */

static void begin(const struct years *y, struct draft *d)
{
    struct err e;

    assert_int_equal(draft_begin(d, ceremony_store(y->next.c), NOON, &e), 0);
}

static void edit(struct draft *d, enum plan_verb verb, const char *value)
{
    const struct plan_edit one = {verb, value};
    struct err e;

    if (draft_edit(d, &one, 1, &e) != 0)
        fail_msg("%s %s: %s", plan_verb_name(verb), value, e.what);
}

static void says(const struct draft *d, const char *words)
{
    struct bytes text;

    text = (struct bytes){0};
    plan_change_words(d->plan, &text);
    if (strcmp(bytes_str(&text), words) != 0)
        fail_msg("it says: %s", bytes_str(&text));
    bytes_clear(&text);
}

static const struct {
    enum plan_verb verb;
    const char *value, *words;
} edits[] = {
    {PLAN_KEEP, "Bo", "    no key and no threshold changes\n"},
    {PLAN_REPLACE, "Bo", "    root and targets: Bo gets a new key, in place of the one in force\n"},
    {PLAN_LOSE, "Bo", "    root and targets: Bo has lost the key in force, and gets a new one\n"},
    {PLAN_LEAVE, "Bo", "    root and targets: the key of Bo goes\n"},
    {PLAN_LEAVE_LOST, "Bo", "    root and targets: the key of Bo goes\n"},
    {PLAN_JOIN, "Flo", "    root and targets: Flo joins, with a key that is enrolled here\n"},
    {PLAN_JOIN, "root=Flo", "    root and targets: Flo joins, with a key that is enrolled here\n"},
    {PLAN_THRESHOLD, "root=2", "    root: 2 instead of 3 signatures are needed\n"},
    {PLAN_THRESHOLD, "targets=4", "    targets: 4 instead of 3 signatures are needed\n"},
    {PLAN_EXPIRES, "root=18 months", "    no key and no threshold changes\n"},
    {PLAN_KEY_TYPE, "root=ed25519", "    no key and no threshold changes\n"},
    {PLAN_SIGN, "targets=no", "    no key and no threshold changes\n"},
    {PLAN_SIGN, "targets=yes", "    no key and no threshold changes\n"},
    {PLAN_NEXT, "2027-11-01", "    no key and no threshold changes\n"},
    {PLAN_KEYIDS, "yes", "    no key and no threshold changes\n"},
    {PLAN_KEYIDS, "no", "    no key and no threshold changes\n"},
    {PLAN_ONLINE, "online=new.pem",
     "    snapshot and timestamp: online key 'online' comes\n"
     "    snapshot and timestamp: the key 0000000000000000... goes\n"},
};

static void each_edit_does_what_it_says(void **state)
{
    struct years *y = *state;
    struct err e;

    room_online_key(&y->next, "new.pem");
    assert_int_equal(room_open_mode(&y->next, CEREMONY_REPLAN, &e), 0);
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        struct draft d;
        struct bytes text;
        char *at;

        begin(y, &d);
        edit(&d, edits[i].verb, edits[i].value);
        text = (struct bytes){0};
        plan_change_words(d.plan, &text);
        if ((at = strstr((char *)text.p, "the key ")) != NULL && strstr(at, "... goes") != NULL)
            memset(at + strlen("the key "), '0', 16); /* another one at each run */
        if (strcmp(bytes_str(&text), edits[i].words) != 0)
            fail_msg("%s %s: it says: %s", plan_verb_name(edits[i].verb), edits[i].value,
                     bytes_str(&text));
        bytes_clear(&text);
        assert_false(findings_refused(&d.findings));
        draft_clear(&d);
    }
}

/* What was said of a person is unsaid by "keep", wherever they sat. */
static void every_part_leads_back(void **state)
{
    struct years *y = *state;
    struct draft d;
    struct err e;
    struct bytes before;

    assert_int_equal(room_open_mode(&y->next, CEREMONY_REPLAN, &e), 0);
    begin(y, &d);
    edit(&d, PLAN_KEEP, "Alice"); /* as the editor writes it */
    before = (struct bytes){0};
    bytes_put_span(&before, bytes_span(&d.text));
    for (enum plan_verb v = PLAN_KEEP; v <= PLAN_LEAVE_LOST; v++) {
        edit(&d, v, "Chen");
        assert_int_equal(plan_part(d.plan, 2), v);
        edit(&d, PLAN_KEEP, "Chen");
        assert_true(span_eq(bytes_span(&d.text), bytes_span(&before)));
    }
    edit(&d, PLAN_JOIN, "Flo");
    assert_int_equal(plan_part(d.plan, 5), PLAN_JOIN);
    edit(&d, PLAN_LEAVE, "Flo");
    assert_true(span_eq(bytes_span(&d.text), bytes_span(&before)));
    bytes_clear(&before);
    draft_clear(&d);
}

/* Everybody leaves and others join: on the way there is nobody, or a threshold that can't be. */
static void all_edits_are_judged_together_in_any_order(void **state)
{
    static const struct plan_edit all[] = {
        {PLAN_LEAVE, "Alice"},   {PLAN_LEAVE, "Bo"},           {PLAN_LEAVE, "Chen"},
        {PLAN_LEAVE, "Dee"},     {PLAN_LEAVE, "Ee"},           {PLAN_JOIN, "Flo"},
        {PLAN_JOIN, "root=Gus"}, {PLAN_THRESHOLD, "root=2"},   {PLAN_THRESHOLD, "targets=2"},
        {PLAN_RENAME, "Ee=Eve"}, {PLAN_EXPIRES, "root=1 year"}};
    const size_t n = sizeof all / sizeof all[0];
    struct years *y = *state;
    struct err e;

    assert_int_equal(room_open_mode(&y->next, CEREMONY_REPLAN, &e), 0);
    for (size_t first = 0; first < n; first++) {
        struct plan_edit edits_now[sizeof all / sizeof all[0]];
        struct draft d;

        for (size_t i = 0; i < n; i++)
            edits_now[i] = all[(first + i) % n];
        if (first > 4 && first < 10) /* she was renamed before she leaves */
            for (size_t i = 0; i < n; i++)
                if (strcmp(edits_now[i].value, "Ee") == 0)
                    edits_now[i].value = "Eve";
        begin(y, &d);
        if (draft_edit(&d, edits_now, n, &e) != 0)
            fail_msg("%zu: %s (%s)", first, e.what, e.where);
        assert_false(findings_refused(&d.findings));
        assert_int_equal(d.plan->roles[SIGNED_ROOT].nseats, 2);
        assert_int_equal(plan_old_signers(d.plan), 5);
        draft_clear(&d);
    }
}

static void a_keyholder_is_renamed_everywhere(void **state)
{
    struct years *y = *state;
    struct draft d;
    struct err e;

    assert_int_equal(room_open_mode(&y->next, CEREMONY_REPLAN, &e), 0);
    begin(y, &d);
    edit(&d, PLAN_RENAME, "Bo=B=o");
    edit(&d, PLAN_RENAME, "B=o=Bea \xc3\x89");
    assert_null(strstr(bytes_str(&d.text), "\"Bo\""));
    says(&d, "    no key and no threshold changes\n");
    assert_string_equal(d.plan->holders[1].name, "Bea \xc3\x89");
    assert_int_equal(d.plan->seats[d.plan->roles[SIGNED_ROOT].seats[1]].holder, 1);
    draft_clear(&d);
}

static const struct {
    enum plan_verb verb;
    const char *value;
    enum err_code code;
    const char *says;
} wrong[] = {
    {PLAN_LEAVE, "Zoe", ERR_USAGE, "nobody's name"},
    {PLAN_JOIN, "Bo", ERR_USAGE, "among the keyholders already"},
    {PLAN_JOIN, "targets=Flo", ERR_USAGE, "shares the keys of another role"},
    {PLAN_JOIN, "snapshot=Flo", ERR_USAGE, "is signed online"},
    {PLAN_JOIN, "", ERR_INPUT, "name"},
    {PLAN_JOIN, "Flo\x1b[2J", ERR_INPUT, "control"},
    {PLAN_RENAME, "Bo", ERR_USAGE, "names nobody in the plan and a new name"},
    {PLAN_RENAME, "Bo=", ERR_USAGE, "names nobody in the plan and a new name"},
    {PLAN_RENAME, "Zoe=Bo", ERR_USAGE, "names nobody in the plan and a new name"},
    {PLAN_RENAME, "Bo=Alice", ERR_USAGE, "among the keyholders already"},
    {PLAN_RENAME, "Bo= Bo", ERR_INPUT, "name"},
    {PLAN_THRESHOLD, "root=", ERR_USAGE, "is no threshold"},
    {PLAN_THRESHOLD, "root=-1", ERR_USAGE, "is no threshold"},
    {PLAN_THRESHOLD, "root=3x", ERR_USAGE, "is no threshold"},
    {PLAN_THRESHOLD, "root=99999", ERR_USAGE, "is no threshold"},
    {PLAN_THRESHOLD, "3", ERR_USAGE, "is no threshold"},
    {PLAN_EXPIRES, "root=soon", ERR_INPUT, "neither a duration nor a date"},
    {PLAN_EXPIRES, "snapshot=1 year", ERR_USAGE, "is signed online"},
    {PLAN_EXPIRES, "root", ERR_USAGE, "is no expiry"},
    {PLAN_KEY_TYPE, "root=dsa", ERR_INPUT, "is not one of"},
    {PLAN_KEY_TYPE, "targets=rsa", ERR_USAGE, "shares the keys of another role"},
    {PLAN_KEY_TYPE, "rsa", ERR_USAGE, "is no key type"},
    {PLAN_SIGN, "targets=maybe", ERR_USAGE, "whether a role is signed"},
    {PLAN_SIGN, "snapshot=yes", ERR_INPUT, "roles that keyholders sign"},
    {PLAN_NEXT, "next year", ERR_INPUT, "is a day"},
    {PLAN_KEYIDS, "true", ERR_USAGE, "whether keyids are corrected"},
    {PLAN_ONLINE, "other=new.pem", ERR_USAGE, "is no online key"},
    {PLAN_ONLINE, "online=absent.pem", ERR_INCOMPLETE, "is not there"},
    {PLAN_ONLINE, "online=../plan.json", ERR_INPUT, ""},
};

static void what_can_not_be_read_changes_nothing(void **state)
{
    struct years *y = *state;
    struct draft d;
    struct err e;

    assert_int_equal(room_open_mode(&y->next, CEREMONY_REPLAN, &e), 0);
    begin(y, &d);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct plan_edit one = {wrong[i].verb, wrong[i].value};

        if (draft_edit(&d, &one, 1, &e) == 0)
            fail_msg("accepted: %s %s", plan_verb_name(one.verb), one.value);
        if (e.code != wrong[i].code || strstr(e.what, wrong[i].says) == NULL)
            fail_msg("%s %s: %s", plan_verb_name(one.verb), one.value, e.what);
        assert_false(d.changed);
        says(&d, "    no key and no threshold changes\n");
    }
    draft_clear(&d);
}

/* The folder's plan and journal, to see that nothing changed. */
static void picture(const struct years *y, struct bytes *out)
{
    *out = (struct bytes){0};
    room_read(&y->next, "plan.json", out);
    (void)room_read_if(&y->next, "journal.jsonl", out);
}

static void same(const struct years *y, struct bytes *before)
{
    struct bytes after;

    picture(y, &after);
    assert_true(span_eq(bytes_span(before), bytes_span(&after)));
    bytes_clear(before);
    bytes_clear(&after);
}

/* What has no words in the change of keys is in the plan all the same. */
static void what_is_signed_until_when_is_edited(void **state)
{
    struct years *y = *state;
    const struct plan_role *root, *targets;
    struct draft d;
    struct err e;

    assert_int_equal(room_open_mode(&y->next, CEREMONY_REPLAN, &e), 0);
    begin(y, &d);
    edit(&d, PLAN_EXPIRES, "root=18 months");
    edit(&d, PLAN_EXPIRES, "targets=2027-06-01");
    edit(&d, PLAN_KEY_TYPE, "root=ed25519");
    edit(&d, PLAN_REPLACE, "Bo");
    edit(&d, PLAN_NEXT, "2027-05-01");
    root = &d.plan->roles[SIGNED_ROOT];
    targets = &d.plan->roles[SIGNED_TARGETS];
    assert_int_equal(root->expires_in.months, 18);
    assert_true(targets->expires_is_date && targets->sign);
    assert_null(d.plan->seats[root->seats[1]].key);
    assert_int_equal(d.plan->seats[root->seats[1]].key_type, KEY_ED25519);
    assert_true(d.plan->has_next);
    edit(&d, PLAN_SIGN, "targets=no");
    assert_true(findings_refused(&d.findings)); /* its keys change */
    edit(&d, PLAN_KEEP, "Bo");
    assert_false(findings_refused(&d.findings));
    assert_false(d.plan->roles[SIGNED_TARGETS].sign);
    assert_true(d.plan->roles[SIGNED_ROOT].sign);
    draft_clear(&d);
}

static void what_a_rule_refuses_is_not_taken(void **state)
{
    struct years *y = *state;
    struct draft d;
    struct bytes before;
    struct err e;

    assert_int_equal(room_open(&y->next, &e), 0);
    picture(y, &before);
    begin(y, &d);
    edit(&d, PLAN_LOSE, "Alice");
    edit(&d, PLAN_LOSE, "Bo");
    edit(&d, PLAN_LEAVE_LOST, "Chen");
    assert_int_equal(draft_take(&d, y->next.c, &e), -1);
    assert_int_equal(e.code, ERR_PLAN);
    assert_non_null(strstr(e.what, "clients can't follow"));
    assert_non_null(strstr(e.where, "old-threshold"));
    same(y, &before);
    draft_clear(&d);
}

/* The journal says it, what was done stays done, and the same ceremony goes on to its end. */
static void a_ceremony_that_has_begun_goes_by_the_new_plan(void **state)
{
    struct years *y = *state;
    const struct session *s;
    struct draft d;
    struct err e;

    assert_int_equal(room_open(&y->next, &e), 0);
    assert_int_equal(room_walk(&y->next, STATION_PLAN, &e), 0);
    begin(y, &d);
    edit(&d, PLAN_LEAVE, "Dee");
    edit(&d, PLAN_JOIN, "Flo");
    if (draft_take(&d, y->next.c, &e) != 0)
        fail_msg("%s", e.what);
    draft_clear(&d);
    s = ceremony_session(y->next.c);
    assert_true(s->date_confirmed);
    assert_false(s->plan_accepted);
    assert_int_equal(s->plan->nholders, 6);
    room_close(&y->next);
    assert_int_equal(room_open(&y->next, &e), 0); /* the journal alone says the same */
    room_token(&y->next, "S5", "Flo");
    assert_int_equal(room_walk(&y->next, STATIONS, &e), 0);
    assert_int_equal(ceremony_session(y->next.c)->proposals[0].version, 2);
}

/* At home, before there is a journal: only plan.json is another one. */
static void before_the_ceremony_no_journal_begins(void **state)
{
    struct years *y = *state;
    struct draft d;
    struct err e;

    assert_int_equal(room_open_mode(&y->next, CEREMONY_REPLAN, &e), 0);
    begin(y, &d);
    edit(&d, PLAN_THRESHOLD, "root=2");
    assert_int_equal(draft_take(&d, y->next.c, &e), 0);
    draft_clear(&d);
    assert_int_equal(journal_count(ceremony_journal(y->next.c)), 0);
    assert_int_equal(ceremony_plan(y->next.c)->roles[SIGNED_ROOT].threshold, 2);
    room_close(&y->next);
    assert_int_equal(room_open(&y->next, &e), 0);
    assert_int_equal(room_walk(&y->next, STATIONS, &e), 0);
}

static void it_is_too_late_once_the_plan_is_accepted(void **state)
{
    struct years *y = *state;
    struct draft d;
    struct bytes before;
    struct err e;

    assert_int_equal(room_open(&y->next, &e), 0);
    assert_int_equal(room_walk(&y->next, STATION_ROLL_CALL, &e), 0);
    picture(y, &before);
    begin(y, &d);
    edit(&d, PLAN_JOIN, "Flo");
    assert_int_equal(draft_take(&d, y->next.c, &e), -1);
    assert_int_equal(e.code, ERR_INCOMPLETE);
    assert_non_null(strstr(e.todo, "replan"));
    same(y, &before);
    draft_clear(&d);
}

/* Somebody else edited plan.json meanwhile: theirs is not written over. */
static void another_plan_is_not_written_over(void **state)
{
    struct years *y = *state;
    struct draft d;
    struct bytes before;
    struct err e;

    assert_int_equal(room_open(&y->next, &e), 0);
    assert_int_equal(room_walk(&y->next, STATION_PLAN, &e), 0);
    room_close(&y->next);
    room_edit(&y->next, "Root key ceremony", "Another title");
    assert_int_equal(room_open_mode(&y->next, CEREMONY_REPLAN, &e), 0);
    picture(y, &before);
    begin(y, &d);
    edit(&d, PLAN_JOIN, "Flo");
    assert_int_equal(draft_take(&d, y->next.c, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    same(y, &before);
    draft_clear(&d);
}

/* The disk fails at either write: plan and journal belong together all the same. */
static void a_broken_disk_changes_nothing(void **state)
{
    struct years *y = *state;
    struct draft d;
    struct bytes before;
    struct err e;

    for (unsigned k = 1; k <= 2; k++) {
        assert_int_equal(room_open(&y->next, &e), 0);
        assert_int_equal(room_walk(&y->next, STATION_PLAN, &e), 0);
        picture(y, &before);
        begin(y, &d);
        edit(&d, PLAN_JOIN, "Flo");
        y->next.fail_at = y->next.writes + k;
        assert_int_equal(draft_take(&d, y->next.c, &e), -1);
        assert_int_equal(e.code, ERR_IO);
        y->next.fail_at = 0;
        same(y, &before);
        assert_int_equal(ceremony_plan(y->next.c)->nholders, 5);
        draft_clear(&d);
        assert_int_equal(room_walk(&y->next, STATION_PLAN, &e), 0);
        room_close(&y->next);
    }
    assert_int_equal(room_open(&y->next, &e), 0);
    assert_int_equal(room_walk(&y->next, STATIONS, &e), 0);
}

/* Bo holds a key of root and one of a delegated role, Chen of that one only. */
static const char tree[] =
    "{\"keyholders\":[{\"name\":\"Alice\",\"keys\":{\"root\":\"a\"}},"
    "{\"name\":\"Bo\",\"keys\":{\"root\":\"b\",\"targets/simple\":\"c\"}},"
    "{\"name\":\"Chen\",\"keys\":{\"targets/simple\":\"d\"}}],\"online_keys\":[],"
    "\"roles\":{\"root\":{\"keyholders\":[\"Alice\",\"Bo\"],\"threshold\":2}},"
    "\"delegations\":[{\"name\":\"targets/simple\",\"keyholders\":[\"Bo\",\"Chen\"],"
    "\"threshold\":2,\"expires\":\"1 year\"}],\"sign\":[\"root\"]}";

static const struct {
    enum plan_verb verb;
    const char *value, *has; /* in the text, without white space */
} branches[] = {
    {PLAN_LEAVE, "Bo", "\"roles\":{\"root\":{\"keyholders\":[\"Alice\"]"},
    {PLAN_LEAVE, "Bo", "\"name\":\"targets/simple\",\"keyholders\":[\"Chen\"]"},
    {PLAN_KEEP, "Chen", "\"roles\":{\"root\":{\"keyholders\":[\"Alice\",\"Bo\"]"},
    {PLAN_JOIN, "Chen", "\"roles\":{\"root\":{\"keyholders\":[\"Alice\",\"Bo\",\"Chen\"]"},
    {PLAN_JOIN, "targets/simple=Dee", "\"keyholders\":[\"Bo\",\"Chen\",\"Dee\"]"},
    {PLAN_THRESHOLD, "targets/simple=1", "\"threshold\":1"},
    {PLAN_EXPIRES, "targets/simple=2 years", "\"expires\":\"2years\""},
    {PLAN_MOVES, "targets/simple=simple.csv", "\"contents\":{\"moves\":\"simple.csv\"}"},
    {PLAN_CONTENTS, "targets/simple=s.json", "\"contents\":{\"file\":\"s.json\"}"},
    {PLAN_SIGN, "targets/simple=yes", "\"sign\":[\"root\",\"targets/simple\"]"},
};

static void delegated_roles_are_edited_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof branches / sizeof branches[0]; i++) {
        const struct plan_edit one = {branches[i].verb, branches[i].value};
        struct bytes out, tight;
        struct err e;

        out = (struct bytes){0};
        tight = (struct bytes){0};
        if (plan_edit(span_str(tree), &one, &out, &e) != 0)
            fail_msg("%s %s: %s", plan_verb_name(one.verb), one.value, e.what);
        for (size_t k = 0; k < out.n; k++)
            if (strchr(" \t\n", out.p[k]) == NULL)
                bytes_put_u8(&tight, out.p[k]);
        if (strstr(bytes_str(&tight), branches[i].has) == NULL)
            fail_msg("%s %s: %s", plan_verb_name(one.verb), one.value, bytes_str(&tight));
        bytes_clear(&out);
        bytes_clear(&tight);
    }
}

static void what_is_no_plan_is_refused(void **state)
{
    static const char *const texts[] = {
        "", "[]", "{}", "{\"keyholders\":[],\"online_keys\":[],\"sign\":[],\"roles\":[]}",
        "{\"keyholders\":[],\"keyholders\":[],\"online_keys\":[],\"roles\":{}}"};
    const struct plan_edit one = {PLAN_JOIN, "Flo"};
    struct bytes out;
    struct err e;

    (void)state;
    out = (struct bytes){0};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(plan_edit(span_str(texts[i]), &one, &out, &e), -1);
        assert_int_equal(e.code, ERR_INPUT);
    }
    assert_int_equal(out.n, 0);
    bytes_clear(&out);
}

int main(void)
{
#define YEARS(f) cmocka_unit_test_setup_teardown(f, years_of_root, years_clear)
    const struct CMUnitTest tests[] = {
        YEARS(each_edit_does_what_it_says),
        YEARS(every_part_leads_back),
        YEARS(all_edits_are_judged_together_in_any_order),
        YEARS(a_keyholder_is_renamed_everywhere),
        YEARS(what_can_not_be_read_changes_nothing),
        YEARS(what_is_signed_until_when_is_edited),
        YEARS(what_a_rule_refuses_is_not_taken),
        YEARS(a_ceremony_that_has_begun_goes_by_the_new_plan),
        YEARS(before_the_ceremony_no_journal_begins),
        YEARS(it_is_too_late_once_the_plan_is_accepted),
        YEARS(another_plan_is_not_written_over),
        YEARS(a_broken_disk_changes_nothing),
        cmocka_unit_test(delegated_roles_are_edited_alike),
        cmocka_unit_test(what_is_no_plan_is_refused),
    };
#undef YEARS

    return cmocka_run_group_tests(tests, NULL, NULL);
}
