/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Committees that meet again and again: random people, thresholds and changes, signers in random
 * order, absences and crashes. Whenever the program says "complete" an independent judge accepts,
 * and never before; every root that was ever shipped leads to the newest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/replan.h"
#include "ceremony/base/words.h"
#include "judge.h"
#include "metadata/client/client.h"
#include "years.h"

#define MEETINGS 4
#define PEOPLE   9

/* A committee over the years: what it wants next, and what it has published. */
struct committee {
    unsigned seed;
    struct room rooms[MEETINGS];
    unsigned met;
    struct bytes roots[MEETINGS];
    unsigned names, tokens; /* given so far, so that each is new */
};

static unsigned random_below(struct committee *c, unsigned n)
{
    c->seed = c->seed * 1103515245U + 12345U;
    return n == 0 ? 0 : (c->seed >> 16) % n;
}

static void new_name(struct committee *c, char out[16])
{
    snprintf(out, 16, "Person %u", ++c->names);
}

static void new_token(struct committee *c, const char *holder)
{
    char serial[16];

    snprintf(serial, sizeof serial, "T%u", ++c->tokens);
    room_token(&c->rooms[0], serial, holder); /* the first room's tokens are everybody's */
}

static void write_plan(const struct room *r, cJSON *plan)
{
    char *text = cJSON_Print(plan);

    room_write(r, "plan.json", span_str(text));
    cJSON_free(text);
    cJSON_Delete(plan);
}

static void first_plan(struct committee *c)
{
    unsigned n = 1 + random_below(c, PEOPLE), t = 1 + random_below(c, n);
    struct room *r = &c->rooms[0];
    cJSON *plan, *list, *holder, *seats, *root;
    char name[16];

    room_begin(r, NULL);
    room_online_key(r, "online.pem");
    plan = cJSON_Parse("{\"tuf-ceremony-plan\": 1, \"title\": \"Property\", \"keyholders\": [],"
                       "\"online_keys\": [{\"name\": \"online\", \"file\": \"online.pem\"}],"
                       "\"roles\": {\"root\": {\"keyholders\": [], \"expires\": \"1 year\"},"
                       "\"targets\": {\"same_keys_as\": \"root\", \"expires\": \"1 year\"},"
                       "\"snapshot\": {\"online_keys\": [\"online\"], \"threshold\": 1},"
                       "\"timestamp\": {\"online_keys\": [\"online\"], \"threshold\": 1}},"
                       "\"sign\": [\"root\", \"targets\"]}");
    assert_non_null(plan);
    list = cJSON_GetObjectItem(plan, "keyholders");
    root = cJSON_GetObjectItem(cJSON_GetObjectItem(plan, "roles"), "root");
    seats = cJSON_GetObjectItem(root, "keyholders");
    for (unsigned i = 0; i < n; i++) {
        new_name(c, name);
        new_token(c, name);
        holder = cJSON_CreateObject();
        cJSON_AddStringToObject(holder, "name", name);
        cJSON_AddItemToArray(list, holder);
        cJSON_AddItemToArray(seats, cJSON_CreateString(name));
    }
    cJSON_AddNumberToObject(root, "threshold", t);
    cJSON_AddNumberToObject(cJSON_GetObjectItem(cJSON_GetObjectItem(plan, "roles"), "targets"),
                            "threshold", 1 + random_below(c, n));
    write_plan(r, plan);
}

/* Some leave, some join, some get new keys, some lost theirs; another threshold. */
static void change(const void *arg, cJSON *plan)
{
    struct committee *c;
    cJSON *holders = cJSON_GetObjectItem(plan, "keyholders"), *holder, *next, *joining;
    cJSON *roles = cJSON_GetObjectItem(plan, "roles"), *root = cJSON_GetObjectItem(roles, "root");
    cJSON *seats = cJSON_CreateArray();
    char name[16];
    unsigned n;

    memcpy(&c, arg, sizeof c);
    for (holder = holders->child; holder != NULL; holder = next) {
        const char *who = cJSON_GetStringValue(cJSON_GetObjectItem(holder, "name"));

        next = holder->next;
        switch (random_below(c, 8)) {
        case 0: /* leaves, and signs once more */
            continue;
        case 1:
            cJSON_AddStringToObject(holder, "key_is", "replaced");
            break;
        case 2:
            cJSON_AddStringToObject(holder, "key_is", "lost");
            new_token(c, who);
            break;
        default:
            break;
        }
        cJSON_AddItemToArray(seats, cJSON_CreateString(who));
    }
    for (n = random_below(c, 3); n > 0 || cJSON_GetArraySize(seats) == 0; n -= n > 0) {
        new_name(c, name);
        new_token(c, name);
        joining = cJSON_CreateObject();
        cJSON_AddStringToObject(joining, "name", name);
        cJSON_AddItemToArray(holders, joining);
        cJSON_AddItemToArray(seats, cJSON_CreateString(name));
    }
    n = (unsigned)cJSON_GetArraySize(seats);
    cJSON_ReplaceItemInObject(root, "keyholders", seats);
    cJSON_ReplaceItemInObject(root, "threshold", cJSON_CreateNumber(1 + random_below(c, n)));
    cJSON_ReplaceItemInObject(cJSON_GetObjectItem(roles, "targets"), "threshold",
                              cJSON_CreateNumber(1 + random_below(c, n)));
    cJSON_DeleteItemFromObject(cJSON_GetObjectItem(roles, "targets"), "keyholders");
    cJSON_DeleteItemFromObject(cJSON_GetObjectItem(roles, "targets"), "key_type");
    if (cJSON_GetObjectItem(cJSON_GetObjectItem(roles, "targets"), "same_keys_as") == NULL)
        cJSON_AddStringToObject(cJSON_GetObjectItem(roles, "targets"), "same_keys_as", "root");
}

static void next_plan(struct committee *c)
{
    const struct derive_wish wish = {.edit = change, .arg = &c};
    struct room *r = &c->rooms[c->met], *before = &c->rooms[c->met - 1];

    room_begin(r, c->rooms[0].t);
    years_derive(r, before->dir, &wish);
}

static void proposed_root(const struct room *r, struct bytes *out)
{
    const struct session *s = ceremony_session(r->c);
    struct err e;

    assert_int_equal(envelope_write(s->proposals[0].envelope, out, &e), 0);
}

/* The program's word against the judge's. */
static void compare(struct committee *c, const struct room *r)
{
    const struct session *s = ceremony_session(r->c);
    struct span old = c->met > 0 ? bytes_span(&c->roots[c->met - 1]) : span_of(NULL, 0);
    struct bytes text;
    bool root = true;

    for (size_t k = 0; k < s->proposals[0].nobligations; k++)
        root = root && session_reached(s, 0, k) >= s->proposals[0].obligations[k].role->threshold;
    text = (struct bytes){0};
    proposed_root(r, &text);
    if (judge_root(old, bytes_span(&text)) != root)
        fail_msg("seed %u, meeting %u: the program says %s", c->seed, c->met,
                 root ? "complete" : "not complete");
    bytes_clear(&text);
}

static void crash(struct room *r)
{
    struct err e;

    room_close(r);
    assert_int_equal(room_open(r, &e), 0);
}

/* Signers in random order, some twice asked, some never; 0 when nobody can complete it. */
static bool collect(struct committee *c, struct room *r)
{
    size_t n = ceremony_plan(r->c)->nholders;
    struct err e;

    for (unsigned tries = 0; tries < 400 && !session_complete(ceremony_session(r->c)); tries++) {
        size_t holder = random_below(c, (unsigned)n);

        if (session_signatures_left(ceremony_session(r->c), holder) > 0)
            (void)room_sign(r, holder, &e); /* who lost a token has only the new one */
        compare(c, r);
        if (random_below(c, 6) == 0)
            crash(r);
    }
    return session_complete(ceremony_session(r->c));
}

static void publish(struct committee *c, struct room *r)
{
    struct bytes *root = &c->roots[c->met];
    char name[48];
    struct err e;

    if (room_walk(r, STATIONS, &e) != 0) {
        err_print(&e, stderr);
        fail_msg("seed %u, meeting %u", c->seed, c->met);
    }
    snprintf(name, sizeof name, "bundle/metadata/%u.root.json", c->met + 1);
    room_read(r, name, root);
    assert_true(judge_root(c->met > 0 ? bytes_span(&c->roots[c->met - 1]) : span_of(NULL, 0),
                           bytes_span(root)));
    room_close(r);
}

/* Clients that were shipped with any of the roots. */
static int fetch(void *self, const char *role, int64_t *version, struct bytes *out, struct err *e)
{
    const struct committee *c = self;

    (void)e;
    if (strcmp(role, "root") != 0 || *version < 1 || *version > c->met ||
        c->roots[*version - 1].n == 0)
        return 0;
    bytes_put_span(out, bytes_span(&c->roots[*version - 1]));
    return 1;
}

static void everybody_arrives(struct committee *c)
{
    const struct repository repo = {c, fetch};
    struct client_report report;
    struct err e;

    for (unsigned v = 0; v < c->met; v++) {
        int64_t newest = 0;

        assert_int_equal(
            client_run(&repo, bytes_span(&c->roots[v]), INT64_C(1795392000), &report, &e), 0);
        for (size_t i = 0; i < report.n; i++)
            if (strcmp(report.rows[i].role, "root") == 0 &&
                report.rows[i].verdict == CLIENT_ACCEPTED)
                newest = report.rows[i].version;
        assert_int_equal(newest, c->met);
        client_report_clear(&report);
    }
}

/* Whether the rules let the plan pass; a refusal must have its reason. */
static bool begin(struct room *r)
{
    struct err e;

    assert_int_equal(room_open(r, &e), 0);
    if (room_walk(r, STATION_SIGNATURES, &e) == 0)
        return true;
    assert_int_equal(e.code, ERR_PLAN);
    assert_non_null(strstr(e.where, "old-threshold"));
    assert_int_equal(ceremony_session(r->c)->nsignatures, 0);
    return false;
}

static unsigned live(unsigned seed)
{
    struct committee *c = calloc(1, sizeof *c);
    unsigned rooms = 0, met;

    assert_non_null(c);
    c->seed = seed;
    for (; c->met < MEETINGS; c->met++) {
        struct room *r = &c->rooms[c->met];

        if (c->met == 0)
            first_plan(c);
        else
            next_plan(c);
        rooms++;
        if (!begin(r) || !collect(c, r))
            break;
        publish(c, r);
    }
    everybody_arrives(c);
    met = c->met;
    for (unsigned i = rooms; i-- > 0;)
        room_clear(&c->rooms[i]);
    for (unsigned i = 0; i < MEETINGS; i++)
        bytes_clear(&c->roots[i]);
    free(c);
    return met;
}

static void random_committees(void **state)
{
    unsigned meetings = 0;

    (void)state;
    for (unsigned seed = 1; seed <= 24; seed++)
        meetings += live(seed * 7919);
    assert_true(meetings > 48); /* else the committees are not those that were meant */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_committees)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
