/* SPDX-License-Identifier: Apache-2.0 */
/* A journal is somebody's word: no line of it brings about what the act would have refused, and
 * whatever is changed in it is refused by its line, or changes nothing but the room's own words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/enrol.h"
#include "ceremony/acts/token_admin.h"
#include "ceremony/base/words.h"
#include "ceremony/record/bundle.h"
#include "ceremony/record/transcript.h"
#include "forger.h"
#include "years.h"

#define ALICE 0
#define BO    1

static void must(int rc, const struct err *e)
{
    if (rc != 0)
        fail_msg("%s: %s", e->where, e->what);
}

static void walk(struct room *r, enum station until)
{
    struct err e;

    if (r->c == NULL)
        must(room_open(r, &e), &e);
    must(room_walk(r, until, &e), &e);
}

/* The journal as it stands, closed and read; and how it opens once it was changed. */
static cJSON *taken(struct room *r)
{
    room_close(r);
    return forger_read(r);
}

static void refused(struct room *r, cJSON *lines, const char *line, const char *says)
{
    struct err e;

    forger_write(r, lines);
    cJSON_Delete(lines);
    if (room_open_mode(r, CEREMONY_READ, &e) == 0)
        fail_msg("not refused: %s", says);
    if (e.code != ERR_JOURNAL || strstr(e.what, says) == NULL || strstr(e.where, line) == NULL)
        fail_msg("'%s', %s (%d) does not say '%s', %s", e.what, e.where, (int)e.code, says, line);
}

static int make(void **state)
{
    struct room *r = calloc(1, sizeof *r);

    if (r == NULL)
        return -1;
    room_make(r);
    *state = r;
    return 0;
}

static int clear(void **state)
{
    room_clear(*state);
    free(*state);
    return 0;
}

static void set(cJSON *data, const char *member, const char *text)
{
    assert_true(cJSON_ReplaceItemInObject(data, member, cJSON_CreateString(text)));
}

/* Keys of a type that nobody can make here; the chain, the digest and the word are right. */
static void a_plan_that_check_refuses_is_accepted_by_no_line(void **state)
{
    struct room *r = *state;
    char hex[SHA256_HEX_SIZE];
    cJSON *lines, *data;
    struct plan *p;
    struct store *s;
    struct err e;

    walk(r, STATION_ROLL_CALL);
    lines = taken(r);
    room_edit(r, "\"key_type\":\t\"ecdsa-p256\"", "\"key_type\": \"ecdsa-p521\"");
    must(store_open(r->dir, &s, &e), &e);
    must(plan_load(s, &p, &e), &e);
    hex_of(p->sha256, SHA256_SIZE, hex);
    set(forger_data(lines, "opened", 0), "plan", hex);
    data = forger_data(lines, "plan-accepted", 0);
    set(data, "plan", hex);
    set(data, "word", word_of(p->sha256[0], 0));
    plan_free(p);
    store_free(s);
    refused(r, lines, "line 4 of the journal, event 'plan-accepted', plan.json, rule 'signs-here'",
            "this program verifies them, and can neither");
}

static void a_warning_is_overridden_as_it_is_or_not_at_all(void **state)
{
    struct room *r = *state;
    cJSON *sound;

    room_edit(r, "\"threshold\":\t3", "\"threshold\": 5"); /* threshold-all */
    walk(r, STATION_ROLL_CALL);
    sound = taken(r);
    for (unsigned i = 0; i < 3; i++) {
        cJSON *lines = cJSON_Duplicate(sound, true);
        cJSON *data = forger_data(lines, "plan-accepted", 0);
        cJSON *list = cJSON_GetObjectItem(data, "overridden");

        assert_true(cJSON_GetArraySize(list) > 0);
        if (i == 0)
            cJSON_DeleteItemFromObject(data, "overridden");
        else if (i == 1)
            set(cJSON_GetArrayItem(list, 0), "text", "nothing to worry about");
        else
            cJSON_AddItemToArray(list, cJSON_Duplicate(cJSON_GetArrayItem(list, 0), true));
        refused(r, lines, "line 4 of the journal", "not those that plan and rules give");
    }
    cJSON_Delete(sound);
}

/* Dee was not there; Alice's signatures are made hers. */
static void nobody_signs_by_anothers_key(void **state)
{
    struct room *r = *state;
    cJSON *lines;

    walk(r, STATION_CLIENT_VIEW);
    lines = taken(r);
    set(forger_data(lines, "signature", 0), "holder", "Dee");
    refused(r, lines, "event 'signature'", "another keyholder's");
}

/* The signatures of two keyholders and not of three: the client is not asked by anybody. */
static void a_client_that_was_not_asked_accepts_nothing(void **state)
{
    struct room *r = *state;
    cJSON *lines, *view;
    int n;

    walk(r, STATION_BUNDLE);
    lines = taken(r);
    n = cJSON_GetArraySize(lines);
    view = cJSON_DetachItemFromArray(lines, n - 1);
    cJSON_DeleteItemFromArray(lines, n - 2);
    cJSON_AddItemToArray(lines, view);
    refused(r, lines, "event 'client-view'", "before the signatures were complete");
}

/* The line of its view is there; the targets in force went bad since. */
static void a_bundle_is_made_when_a_client_takes_it_and_not_when_a_line_does(void **state)
{
    struct years *y = *state;
    struct bundle b;
    struct err e;

    room_edit(&y->next, "\"sign\":\t[\"root\", \"targets\"]", "\"sign\": [\"root\"]");
    walk(&y->next, STATION_BUNDLE);
    must(bundle_make(y->next.c, &b, &e), &e);
    bundle_clear(&b);
    room_write(&y->next, "inputs/trusted/1.targets.json", span_str("{}"));
    assert_true(ceremony_session(y->next.c)->client_accepted);
    assert_int_equal(bundle_make(y->next.c, &b, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
}

static void the_bundle_that_is_closed_is_the_one_that_was_written(void **state)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    struct room *r = *state;
    uint8_t transcript[SHA256_SIZE];
    struct bundle b;
    struct err e;
    cJSON *lines;

    walk(r, STATION_CLOSING);
    lines = taken(r);
    set(forger_data(lines, "bundle-written", 0), "manifest", zeros);
    forger_write(r, lines);
    must(room_open(r, &e), &e);
    assert_int_equal(bundle_close(r->c, transcript, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    room_close(r);
    must(room_open(r, &e), &e);
    must(bundle_write(r->c, ceremony_store(r->c), &b, &e), &e);
    bundle_clear(&b);
    must(bundle_close(r->c, transcript, &e), &e);
    cJSON_Delete(lines);
    lines = taken(r);
    set(forger_data(lines, "closed", 0), "transcript", zeros);
    forger_write(r, lines);
    cJSON_Delete(lines);
    must(room_open(r, &e), &e);
    assert_int_equal(bundle_write(r->c, ceremony_store(r->c), &b, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    assert_non_null(strstr(e.what, "another transcript"));
}

static void has(const struct room *r, const char *wanted)
{
    struct bytes text = {0};
    char *line;
    struct err e;

    must(transcript_write(r->c, ceremony_session(r->c)->covered, &text, &e), &e);
    line = on_one_line(bytes_str(&text));
    if (strstr(line, wanted) == NULL)
        fail_msg("not there: %s\n%s", wanted, bytes_str(&text));
    free(line);
    bytes_clear(&text);
}

static void a_clock_that_goes_back_is_named(void **state)
{
    struct room *r = *state;
    struct bytes words = {0};
    struct err e;
    cJSON *lines;

    walk(r, STATION_ROLL_CALL);
    journal_put_backward(ceremony_journal(r->c), journal_count(ceremony_journal(r->c)), &words);
    assert_int_equal(words.n, 0);
    lines = taken(r);
    set(forger_line(lines, "date-confirmed", 0), "time", "2026-11-23T12:00:00Z");
    forger_write(r, lines);
    cJSON_Delete(lines);
    must(room_open_mode(r, CEREMONY_READ, &e), &e);
    journal_put_backward(ceremony_journal(r->c), journal_count(ceremony_journal(r->c)), &words);
    assert_string_equal(bytes_str(&words), "line 3 is earlier than line 2 by 2 h\n");
    has(r, "The machine's clock went back: line 3 is earlier than line 2 by 2 h");
    bytes_clear(&words);
}

/* What the room did by a plan that is not there any more can't be verified, and is not stated. */
static void lines_of_a_plan_before_are_named_as_the_journals_word(void **state)
{
    struct room *r = *state;
    struct err e;

    walk(r, STATION_CLIENT_VIEW);
    room_close(r);
    room_edit(r, "Root key ceremony", "Another title");
    must(room_open_mode(r, CEREMONY_REPLAN, &e), &e);
    must(act_plan_changed(r->c, word_of(ceremony_plan(r->c)->sha256[0], 0), &e), &e);
    has(r, "of a plan before, which is not kept: they are the journal's word alone");
}

/* The property. What is only somebody's own word, at which place of which event, and why it is
 * nobody else's; * stands for one element or for any event. */
struct own_word {
    const char *event, *path, *why;
    bool state; /* the state may be another, too */
};

static const struct own_word own_words[] = {
    {"*", "time", "the machine's clock; one that goes back is named", false},
    {"opened", "program", "the program's name for itself", false},
    {"opened", "binary", "the same; compared with the published one on paper", false},
    {"resumed", "program", "as in opened", false},
    {"resumed", "binary", "as in opened", false},
    {"readiness", "checks[].level", "what the machine found, at that time", false},
    {"readiness", "checks[].text", "the same in words", false},
    {"date-confirmed", "date", "the room's watch; what hangs on it is derived again", false},
    {"roll-call", "administrator", "the room's word", false},
    {"roll-call", "present[]", "the room's word: who signed is verified", false},
    {"roll-call", "present", "the same", false},
    {"roll-call", "witnesses[]", "the room's word", false},
    {"roll-call", "witnesses", "the same", false},
    {"key-enrolled", "token.*", "what the token reported of itself", false},
    {"key-enrolled", "claims.*", "what the token reported of the key", false},
    {"key-enrolled", "generated_here", "less may be said than what is true", false},
    {"key-generating", "token.*", "what the token reported of itself", false},
    {"key-generating", "keys_before*", "what the token showed", false},
    {"signature", "token.*", "what the token reported of itself", false},
    {"token-replaced", "token.*", "the same", false},
    {"skipped", "holder", "the room's word", false},
    {"skipped", "reason", "the room's word", false},
    {"bagged", "holder", "the room's word", false},
    {"bagged", "bag", "the room's word", false},
    {"token-administered", "*", "what was done to a token beside keys and signatures", false},
    {"pin-refused", "*", "what the token answered", false},
    {"unused-key-destroyed", "keyid", "a key of nobody, made here", false},
    {"unused-key-destroyed", "holder", "the room's word: nobody's key", false},
    {"unused-key-destroyed", "token.*", "what the token reported of itself", false},
    {"bundle-written", "destination", "the room's word", false},
    {"bundle-written", "manifest", "compared when it is closed and whenever a bundle is made",
     false},
    {"closed", "transcript", "compared with paper", false},
    {"*", "(behind the next)", "neither hangs on the other, and the clock goes back", false},
    {"signature", "(left out)", "one more than is needed: it was not given", true},
    {"readiness", "(left out)", "another one stays", false},
    {"key-generating", "(left out)", "of a key that nobody has", false},
    {"unused-key-destroyed", "(left out)", "a key of nobody", false},
    {"resumed", "(left out)", "the program's word", false},
    {"skipped", "(left out)", "the room's word", false},
    {"bagged", "(left out)", "the room's word", false},
};

static const struct own_word *own_word(const char *event, const char *path)
{
    for (size_t i = 0; i < sizeof own_words / sizeof own_words[0]; i++)
        if (fnmatch(own_words[i].event, event, 0) == 0 && fnmatch(own_words[i].path, path, 0) == 0)
            return &own_words[i];
    return NULL;
}

struct mutation {
    struct room *r;
    cJSON *lines;
    const char *event; /* of the line that is changed */
    size_t n, refused; /* journals so far */
    size_t believed;   /* that are not refused, and should be */
    struct bytes sound;
};

/* What counts: the plan, the keys, what is proposed, and by whom it is signed. */
static void put_state(const struct ceremony *c, struct bytes *out)
{
    const struct session *s = ceremony_session(c);

    for (unsigned st = 0; st < STATIONS; st++)
        bytes_printf(out, "%d", station_done(s, (enum station)st));
    for (size_t i = 0; i < s->plan->nseats; i++)
        bytes_printf(out, "\n%s %d %d", s->seats[i].key != NULL ? key_id(s->seats[i].key) : "-",
                     s->seats[i].destroying, s->seats[i].destroyed);
    for (size_t i = 0; i < s->nproposals; i++) {
        bytes_printf(out, "\n%s %d", s->proposals[i].sha256,
                     s->groups[s->proposals[i].group].reviewed);
        for (size_t k = 0; k < s->plan->nseats; k++)
            bytes_printf(out, " %d", s->proposals[i].seats[k]);
    }
    assert_false(bytes_failed(out));
}

/* The journal as it is now: refused by its line, or the state is the same and it is an own word. */
static void judge(struct mutation *m, const char *path, const char *what)
{
    const struct own_word *own = own_word(m->event, path);
    struct bytes state = {0};
    struct err e;
    bool same;

    forger_write(m->r, m->lines);
    m->n++;
    if (room_open_mode(m->r, CEREMONY_READ, &e) != 0) {
        m->refused++;
        if (e.code == ERR_JOURNAL &&
            (strstr(e.where, "line ") != NULL || strstr(e.what, "line ") != NULL ||
             strstr(e.what, "plan.json") != NULL))
            return;
        print_error("%s %s %s: %s; %s\n", m->event, path, what, e.what, e.where);
        m->believed++;
        return;
    }
    put_state(m->r->c, &state);
    room_close(m->r);
    same = span_eq(bytes_span(&state), bytes_span(&m->sound));
    bytes_clear(&state);
    if (own != NULL && (same || own->state))
        return;
    print_error("believed: %s %s %s%s\n", m->event, path, what, same ? "" : ", and it matters");
    m->believed++;
}

/* Other values of the same kind: one that is changed a little, and one of the plan's people. */
static void each_text(struct mutation *m, cJSON *v, const char *path)
{
    static const char *const others[] = {"Dee", "", NULL};
    char *was = v->valuestring;
    struct bytes changed = {0};

    bytes_printf(&changed, "%s%s", was, strlen(was) > 60 ? "" : "x");
    if (changed.n > 60)
        changed.p[8] = changed.p[8] == '7' ? '8' : '7';
    v->valuestring = bytes_take_str(&changed);
    judge(m, path, "changed a little");
    free(v->valuestring);
    for (size_t i = 0; others[i] != NULL; i++) {
        if (strcmp(others[i], was) == 0)
            continue;
        v->valuestring = strdup(others[i]);
        judge(m, path, others[i]);
        free(v->valuestring);
    }
    v->valuestring = was;
}

static void each_value(struct mutation *m, cJSON *v, const char *path);

/* Without that element; the others keep their places for when it is back. */
static void left_out(struct mutation *m, cJSON *in, cJSON *v, const char *path)
{
    cJSON **to = &in->child;

    while (*to != v)
        to = &(*to)->next;
    *to = v->next;
    judge(m, path, "left out");
    *to = v;
}

#define FEW 3 /* elements of a list: the others are like them */

static void each_member(struct mutation *m, cJSON *in, const char *path)
{
    bool list = cJSON_IsArray(in);
    int n = cJSON_GetArraySize(in);

    for (int i = 0; i < n && !(list && i == FEW); i++) {
        cJSON *v = cJSON_GetArrayItem(in, i);
        char below[200];

        snprintf(below, sizeof below, "%s%s%s", path,
                 list              ? "[]"
                 : path[0] != '\0' ? "."
                                   : "",
                 list ? "" : v->string);
        each_value(m, v, below);
        left_out(m, in, v, below);
    }
    if (list && n == 0)
        return;
    if (list)
        cJSON_AddItemToArray(in, cJSON_Duplicate(cJSON_GetArrayItem(in, 0), true));
    else
        cJSON_AddStringToObject(in, "more", "x");
    judge(m, path, "one more");
    cJSON_DeleteItemFromArray(in, n);
}

static void each_value(struct mutation *m, cJSON *v, const char *path)
{
    if (cJSON_IsString(v))
        each_text(m, v, path);
    else if (cJSON_IsNumber(v)) {
        cJSON_SetNumberValue(v, v->valuedouble + 1);
        judge(m, path, "one more");
        cJSON_SetNumberValue(v, v->valuedouble - 1);
    } else if (cJSON_IsBool(v)) {
        v->type ^= cJSON_True | cJSON_False;
        judge(m, path, "the other");
        v->type ^= cJSON_True | cJSON_False;
    } else
        each_member(m, v, path);
}

/* Lines left out, come again, and in another order. */
static void each_line(struct mutation *m)
{
    int n = cJSON_GetArraySize(m->lines);

    for (int i = 0; i < n; i++) {
        cJSON *line = cJSON_GetArrayItem(m->lines, i), *data;

        m->event = cJSON_GetStringValue(cJSON_GetObjectItem(line, "event"));
        if (i + 1 < n) /* a journal that ends earlier is a ceremony that is not over */
            left_out(m, m->lines, line, "(left out)");
        cJSON_AddItemToArray(m->lines, cJSON_Duplicate(line, true));
        judge(m, "(at the end again)", "");
        cJSON_DeleteItemFromArray(m->lines, n);
        if (i + 1 == n)
            continue;
        data = line->child; /* two lines change places when what is in them does */
        line->child = line->next->child;
        line->next->child = data;
        judge(m, "(behind the next)", "");
        line->next->child = line->child;
        line->child = data;
    }
}

static void mutate(struct room *r, size_t *n)
{
    struct mutation m = {.r = r, .lines = taken(r)};
    struct err e;
    cJSON *line;

    must(room_open_mode(r, CEREMONY_READ, &e), &e);
    put_state(r->c, &m.sound);
    room_close(r);
    cJSON_ArrayForEach(line, m.lines)
    {
        m.event = cJSON_GetStringValue(cJSON_GetObjectItem(line, "event"));
        each_value(&m, cJSON_GetObjectItem(line, "data"), "");
    }
    each_line(&m);
    forger_write(r, m.lines);
    cJSON_Delete(m.lines);
    bytes_clear(&m.sound);
    print_message("%zu journals, %zu refused\n", m.n, m.refused);
    assert_int_equal(m.believed, 0);
    *n += m.n;
}

static struct candidate generated(struct room *r, size_t holder)
{
    struct token_info token;
    struct candidate k;
    struct err e;

    must(room_log_in(r, holder, &token, &e), &e);
    must(enrol_generate(r->c, holder, r->t, &token, NULL, &k, &e), &e);
    return k;
}

/* A first root, with all that can happen to tokens on the way. */
static void of_a_first_root_nothing_is_believed(void **state)
{
    struct room *r = *state;
    struct candidate k;
    struct err e;
    size_t n = 0;

    room_edit(r, "\"threshold\":\t3", "\"threshold\": 5");
    walk(r, STATION_ENROLMENT);
    k = generated(r, ALICE);
    err_set(&e, ERR_PIN, "the PIN is wrong");
    (void)act_pin_refused(r->c, &k.token, ALICE, &e);
    must(act_token_administered(r->c, TOKEN_CHANGE_PIN, &k.token, ALICE, &e), &e);
    must(enrol_confirm(r->c, &k, &e), &e);
    must(enrol_withdraw(r->c, ALICE, &e), &e);
    must(enrol_destroy(r->c, ALICE, r->t, &k.token, r->pin, &k.key, &e), &e);
    candidate_clear(&k);
    walk(r, STATION_SIGNATURES);
    must(act_skip(r->c, BO, "late", &e), &e);
    must(act_bag(r->c, BO, "B-7", &e), &e);
    room_close(r);
    must(room_open_mode(r, CEREMONY_WALK, &e), &e);
    walk(r, STATIONS);
    mutate(r, &n);
    assert_true(n > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_plan_that_check_refuses_is_accepted_by_no_line, make,
                                        clear),
        cmocka_unit_test_setup_teardown(a_warning_is_overridden_as_it_is_or_not_at_all, make,
                                        clear),
        cmocka_unit_test_setup_teardown(nobody_signs_by_anothers_key, make, clear),
        cmocka_unit_test_setup_teardown(a_client_that_was_not_asked_accepts_nothing, make, clear),
        cmocka_unit_test_setup_teardown(
            a_bundle_is_made_when_a_client_takes_it_and_not_when_a_line_does, years_of_root,
            years_clear),
        cmocka_unit_test_setup_teardown(the_bundle_that_is_closed_is_the_one_that_was_written, make,
                                        clear),
        cmocka_unit_test_setup_teardown(a_clock_that_goes_back_is_named, make, clear),
        cmocka_unit_test_setup_teardown(lines_of_a_plan_before_are_named_as_the_journals_word, make,
                                        clear),
        cmocka_unit_test_setup_teardown(of_a_first_root_nothing_is_believed, make, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
