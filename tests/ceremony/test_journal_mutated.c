/* SPDX-License-Identifier: Apache-2.0 */
/* Journals of whole ceremonies, with each thing in them changed and a chain that is right again:
 * refused by the line, or nothing changes but words that are somebody's own. */
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
#include "forger.h"
#include "tree.h"
#include "years.h"

#define ALICE 0
#define BO    1

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

/* What is only somebody's own word, at which place of which event, and why it is
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
    {"resumed", "journal", "how the program knew it; who continues knows it by itself", false},
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
    size_t at, before; /* the line that is changed; how many are of a plan before */
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
    if ((own != NULL || m->at < m->before) && (same || (own != NULL && own->state)))
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
        m->at = (size_t)i;
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

/* How many lines before this one have its event. */
static size_t alike(const cJSON *lines, const cJSON *line)
{
    const char *event = cJSON_GetStringValue(cJSON_GetObjectItem(line, "event"));
    size_t n = 0;

    for (const cJSON *at = lines->child; at != line; at = at->next)
        n += strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(at, "event")), event) == 0;
    return n;
}

/* All that can be changed in the room's journal. */
static void mutate(struct room *r)
{
    struct mutation m = {.r = r, .lines = taken(r)};
    struct err e;
    cJSON *line;

    must(room_open_mode(r, CEREMONY_READ, &e), &e);
    put_state(r->c, &m.sound);
    m.before = ceremony_session(r->c)->nbefore;
    room_close(r);
    cJSON_ArrayForEach(line, m.lines)
    {
        m.event = cJSON_GetStringValue(cJSON_GetObjectItem(line, "event"));
        if (alike(m.lines, line) < FEW)
            each_value(&m, cJSON_GetObjectItem(line, "data"), "");
        m.at++;
    }
    m.at = 0;
    each_line(&m);
    forger_write(r, m.lines);
    cJSON_Delete(m.lines);
    bytes_clear(&m.sound);
    print_message("%zu journals, %zu refused\n", m.n, m.refused);
    assert_int_equal(m.believed, 0);
    assert_true(m.n > 300);
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
    mutate(r);
}

static void of_one_time_keys_nothing_is_believed(void **state)
{
    room_edit(*state, "\"same_keys_as\":\t\"root\",\n\t\t\t\"threshold\":\t3",
              "\"keyholders\": [\"Alice\", \"Bo\"], \"threshold\": 2, \"one_time\": true");
    walk(*state, STATIONS);
    mutate(*state);
}

static void of_a_tree_nothing_is_believed(void **state)
{
    struct room r;

    (void)state;
    tree_make(&r);
    walk(&r, STATIONS);
    mutate(&r);
    room_clear(&r);
}

/* The year after, with a backup of Alice's token. */
static void of_a_rotation_nothing_is_believed(void **state)
{
    struct years *y = *state;
    struct token_info backup;
    struct err e;

    walk(&y->next, STATION_SIGNATURES);
    must(room_log_in(&y->next, ALICE, &backup, &e), &e);
    snprintf(backup.id.serial, sizeof backup.id.serial, "S9");
    must(collect_replace(y->next.c, ALICE, y->next.t, &backup, &e), &e);
    must(collect_sign(y->next.c, ALICE, y->next.t, &backup, NULL, &e), &e);
    walk(&y->next, STATIONS);
    mutate(&y->next);
}

/* What was carried over to a changed plan. */
static void of_a_changed_plan_nothing_is_believed(void **state)
{
    struct room *r = *state;
    struct err e;

    walk(r, STATION_CLIENT_VIEW);
    room_close(r);
    room_edit(r, "Root key ceremony", "Another title");
    must(room_open_mode(r, CEREMONY_REPLAN, &e), &e);
    must(act_plan_changed(r->c, word_of(ceremony_plan(r->c)->sha256[0], 0), &e), &e);
    walk(r, STATIONS);
    mutate(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(of_a_first_root_nothing_is_believed, make, clear),
        cmocka_unit_test_setup_teardown(of_one_time_keys_nothing_is_believed, make, clear),
        cmocka_unit_test(of_a_tree_nothing_is_believed),
        cmocka_unit_test_setup_teardown(of_a_rotation_nothing_is_believed, years_of_root,
                                        years_clear),
        cmocka_unit_test_setup_teardown(of_a_changed_plan_nothing_is_believed, make, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
