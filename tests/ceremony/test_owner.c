/* SPDX-License-Identifier: Apache-2.0 */
/* Whose token this is, by what it shows without a PIN, by record and by plan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/collect.h"
#include "ceremony/acts/owner.h"
#include "ceremony/acts/token_admin.h"
#include "room.h"
#include "years.h"

enum { ALICE, BO, CHEN };
#define NO_KEY  (-1) /* the token shows none */
#define STRANGE (-2) /* it shows one that is not in the plan */
#define UNSEEN  (-3) /* nobody looked */

static struct token_info token(const char *serial, const char *label)
{
    struct token_info t = {.initialised = true};

    snprintf(t.id.serial, sizeof t.id.serial, "%s", serial);
    snprintf(t.id.label, sizeof t.id.label, "%s", label);
    snprintf(t.id.module, sizeof t.id.module, "%s", FAKE_MODULE);
    snprintf(t.model, sizeof t.model, "fake token");
    return t;
}

static struct key *strange_key(void)
{
    struct key *k;
    struct err e;

    assert_int_equal(key_from_pem(span_str("-----BEGIN PUBLIC KEY-----\n"
                                           "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4"
                                           "rXAxZuE=\n-----END PUBLIC KEY-----\n"),
                                  &k, &e),
                     0);
    return k;
}

/* The first seat of that holder with a key. */
static size_t seat_of(const struct session *s, size_t holder)
{
    size_t k = 0;

    while (s->plan->seats[k].holder != holder || s->seats[k].key == NULL)
        k++;
    return k;
}

/* `shows`: the holder whose key the token shows, or one of the three above. */
static struct owner ask(const struct session *s, size_t holder, size_t seat,
                        const struct token_info *t, int shows)
{
    struct token_key_list l = {0};
    struct token_key k = {0};
    struct owner o;
    struct err e;

    if (shows == STRANGE)
        k.key = strange_key();
    if (shows >= 0)
        k.key = key_copy(s->seats[seat_of(s, (size_t)shows)].key);
    if (k.key != NULL)
        assert_int_equal(token_key_list_take(&l, &k, &e), 0);
    o = owner_of(s, holder, seat, t, shows == UNSEEN ? NULL : &l);
    token_key_list_clear(&l);
    return o;
}

struct row {
    const char *serial;
    int shows;
    enum owner_is is;
    enum bound bound;
    bool elsewhere;
    size_t holder; /* of ANOTHERS */
};

static void all(const struct session *s, size_t seat, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct token_info t = token(rows[i].serial, "label");
        struct owner o = ask(s, ALICE, seat, &t, rows[i].shows);

        if (o.is != rows[i].is || o.bound != rows[i].bound || o.elsewhere != rows[i].elsewhere ||
            (o.is == OWNER_ANOTHERS && o.holder != rows[i].holder))
            fail_msg("row %zu: %d, bound %d, elsewhere %d, holder %zu", i, (int)o.is, (int)o.bound,
                     o.elsewhere, o.holder);
    }
}

/* A year later, by the plan that `new --from` makes; `forget`: without what it says of tokens. */
static void a_year_later(struct room *first, struct room *next, bool forget)
{
    const struct derive_wish wish = {0};
    struct err e;

    room_make(first);
    assert_int_equal(room_open(first, &e), 0);
    assert_int_equal(room_walk(first, STATIONS, &e), 0);
    years_next(next, first, &wish);
    for (unsigned i = 0; forget && i < 5; i++) {
        char uri[80], is[40];

        snprintf(uri, sizeof uri, "\"token\":\t\"pkcs11:serial=S%u\",", i);
        room_edit(next, uri, "");
        snprintf(is, sizeof is, "\"serial\":\t\"S%u\",", i);
        room_edit(next, is, "");
    }
    if (room_open(next, &e) != 0 || room_walk(next, STATION_SIGNATURES, &e) != 0)
        fail_msg("%s: %s", e.where, e.what);
}

static void as_the_plan_names_it(void **state)
{
    static const struct row rows[] = {
        {"S0", UNSEEN, OWNER_THEIRS, BOUND_NAMED, false, 0},
        {"S0", NO_KEY, OWNER_THEIRS, BOUND_NAMED, false, 0},
        {"S0", ALICE, OWNER_THEIRS, BOUND_NAMED, false, 0},
        {"S0", STRANGE, OWNER_THEIRS, BOUND_NAMED, false, 0},
        {"S0", BO, OWNER_ANOTHERS, BOUND_NOWHERE, false, BO}, /* it calls itself Alice's */
        {"S1", UNSEEN, OWNER_ANOTHERS, BOUND_NAMED, true, BO},
        {"S1", BO, OWNER_ANOTHERS, BOUND_NOWHERE, true, BO},
        {"S1", ALICE, OWNER_ANOTHERS, BOUND_NAMED, true, BO}, /* two keys in one bag */
        {"S9", UNSEEN, OWNER_UNTOLD, BOUND_NOWHERE, true, 0},
        {"S9", NO_KEY, OWNER_UNTOLD, BOUND_NOWHERE, true, 0},
        {"S9", STRANGE, OWNER_NOBODYS, BOUND_NOWHERE, true, 0},
        {"S9", ALICE, OWNER_COPY, BOUND_NOWHERE, true, 0},
        {"S9", CHEN, OWNER_ANOTHERS, BOUND_NOWHERE, true, CHEN},
    };
    struct room first, next;

    (void)state;
    a_year_later(&first, &next, false);
    all(ceremony_session(next.c), OWNER_SIGNS, rows, sizeof rows / sizeof rows[0]);
    room_clear(&next);
    room_clear(&first);
}

/* A repository of other tools says nothing of tokens: the keys that they show do. */
static void as_its_keys_show(void **state)
{
    static const struct row rows[] = {
        {"S0", UNSEEN, OWNER_UNTOLD, BOUND_NOWHERE, false, 0},
        {"S0", NO_KEY, OWNER_UNTOLD, BOUND_NOWHERE, false, 0},
        {"S0", STRANGE, OWNER_NOBODYS, BOUND_NOWHERE, false, 0},
        {"S0", ALICE, OWNER_THEIRS, BOUND_NOWHERE, false, 0},
        {"S0", BO, OWNER_ANOTHERS, BOUND_NOWHERE, false, BO},
    };
    struct room first, next;

    (void)state;
    a_year_later(&first, &next, true);
    all(ceremony_session(next.c), OWNER_SIGNS, rows, sizeof rows / sizeof rows[0]);
    room_clear(&next);
    room_clear(&first);
}

/* The first ceremony: a key is to be made, and the plan names Alice's token and Bo's. */
static void before_a_key_is_made(void **state)
{
    static const struct row rows[] = {
        {"S0", UNSEEN, OWNER_THEIRS, BOUND_NAMED, false, 0},
        {"S1", UNSEEN, OWNER_ANOTHERS, BOUND_NAMED, true, BO},
        {"S2", UNSEEN, OWNER_UNTOLD, BOUND_NOWHERE, true, 0},
        {"S2", STRANGE, OWNER_NOBODYS, BOUND_NOWHERE, true, 0},
    };
    static const struct row free_choice[] = {
        {"S2", UNSEEN, OWNER_UNTOLD, BOUND_NOWHERE, false, 0},
        {"S2", STRANGE, OWNER_NOBODYS, BOUND_NOWHERE, false, 0},
    };
    struct token_info t = token("S2", "label");
    const struct session *s;
    struct room r;
    struct owner o;
    struct err e;

    (void)state;
    room_make(&r);
    assert_int_equal(room_open(&r, &e), 0);
    s = ceremony_session(r.c);
    all(s, ALICE, free_choice, 2);
    room_close(&r);
    room_edit(&r, "\"name\":\t\"Alice\"",
              "\"bag\": \"4471\", \"token\": \"pkcs11:serial=S0\", \"name\": \"Alice\"");
    room_edit(&r, "\"name\":\t\"Bo\"", "\"token_is\": {\"serial\": \"S1\"}, \"name\": \"Bo\"");
    room_write(&r, "journal.jsonl", span_str(""));
    assert_int_equal(room_open(&r, &e), 0);
    s = ceremony_session(r.c);
    all(s, ALICE, rows, sizeof rows / sizeof rows[0]);
    o = owner_of(s, ALICE, ALICE, &t, NULL);
    assert_false(owner_may_replace(ALICE, &o)); /* there is no key of which this could be a copy */
    assert_int_equal(owner_check(s, ALICE, ALICE, &o, &t, true, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_non_null(strstr(e.where, "rule 'other-token'"));
    assert_non_null(strstr(e.todo, "serial S0, bag 4471"));
    assert_null(strstr(e.todo, "backup"));
    room_clear(&r);
}

/* Another's is refused whatever the room says; a copy is the room's decision. */
static void what_is_refused_before_the_pin(void **state)
{
    struct token_info other = token("S9", "label"), bos = token("S1", "Bo");
    struct room first, next;
    const struct session *s;
    struct owner o;
    struct err e;

    (void)state;
    a_year_later(&first, &next, false);
    s = ceremony_session(next.c);
    o = ask(s, ALICE, OWNER_SIGNS, &bos, UNSEEN);
    assert_int_equal(owner_check(s, ALICE, OWNER_SIGNS, &o, &bos, true, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_string_equal(e.what, "the token with serial S1 is that of 'Bo': the plan names it so");
    assert_non_null(strstr(e.todo, "the token of 'Alice': serial S0"));
    o = ask(s, ALICE, OWNER_SIGNS, &other, ALICE);
    assert_int_equal(owner_check(s, ALICE, OWNER_SIGNS, &o, &other, false, &e), -1);
    assert_non_null(strstr(e.what, "has a copy of the key of 'Alice'"));
    assert_non_null(strstr(e.where, "rule 'other-token'"));
    assert_non_null(strstr(e.todo, "--replaced-by-backup"));
    assert_int_equal(owner_check(s, ALICE, OWNER_SIGNS, &o, &other, true, &e), 0);
    o = ask(s, ALICE, OWNER_SIGNS, &other, STRANGE); /* it shows that it is no backup */
    assert_int_equal(owner_check(s, ALICE, OWNER_SIGNS, &o, &other, true, &e), -1);
    o = ask(s, ALICE, OWNER_SIGNS, &other, NO_KEY); /* the signature will show */
    assert_int_equal(owner_check(s, ALICE, OWNER_SIGNS, &o, &other, false, &e), -1);
    assert_int_equal(owner_check(s, ALICE, OWNER_SIGNS, &o, &other, true, &e), 0);
    room_clear(&next);
    room_clear(&first);
}

static size_t lines(const struct room *r)
{
    return journal_count(ceremony_journal(r->c));
}

/* Case: two tokens with one key. Refused without a line; decided by the room, it is recorded, and
 * the key belongs to the new token from then on. */
static void a_backup_is_the_rooms_decision(void **state)
{
    struct token_info own, backup, bos;
    struct room first, next;
    struct bytes transcript;
    char *text;
    size_t before;
    struct err e;

    (void)state;
    a_year_later(&first, &next, false);
    assert_int_equal(room_log_in(&next, BO, &bos, &e), 0);
    before = lines(&next);
    backup = bos;
    snprintf(backup.id.serial, sizeof backup.id.serial, "S9");
    assert_int_equal(collect_replace(next.c, ALICE, next.t, &backup, &e), -1); /* Bo's key */
    assert_int_equal(e.code, ERR_TOKEN);
    assert_int_equal(room_log_in(&next, ALICE, &own, &e), 0);
    backup = own;
    snprintf(backup.id.serial, sizeof backup.id.serial, "S9");
    assert_int_equal(collect_sign(next.c, ALICE, next.t, &backup, NULL, &e), -1);
    assert_non_null(strstr(e.where, "other-token"));
    assert_int_equal(collect_replace(next.c, ALICE, next.t, &own, &e), -1); /* nothing to replace */
    assert_int_equal(lines(&next), before);
    assert_int_equal(collect_replace(next.c, ALICE, next.t, &backup, &e), 0);
    assert_int_equal(collect_sign(next.c, ALICE, next.t, &backup, NULL, &e), 0);
    room_close(&next);
    assert_int_equal(room_open(&next, &e), 0);
    {
        const struct session *s = ceremony_session(next.c);

        assert_string_equal(s->seats[seat_of(s, ALICE)].token.serial, "S9");
        assert_int_equal(owner_bound(s, seat_of(s, ALICE), &own), BOUND_ELSEWHERE);
        assert_int_equal(owner_bound(s, seat_of(s, ALICE), &backup), BOUND_RECORDED);
    }
    assert_int_equal(room_walk(&next, STATIONS, &e), 0);
    transcript = (struct bytes){0};
    room_read(&next, "bundle/transcript.txt", &transcript);
    text = on_one_line(bytes_str(&transcript));
    assert_non_null(strstr(text,
                           "was used on another token or by another module, serial S9, " FAKE_MODULE
                           ", instead of S0: decided by the room"));
    free(text);
    bytes_clear(&transcript);
    room_clear(&next);
    room_clear(&first);
}

/* What does not follow is no event. */
static void a_replacement_by_hand(void **state)
{
    static const char *const rows[] = {"{\"keyid\":\"00\"}", "{\"keyid\":7}", "{}"};
    struct room first, next;
    struct bytes journal;
    struct err e;

    (void)state;
    a_year_later(&first, &next, false);
    journal = (struct bytes){0};
    room_read(&next, "journal.jsonl", &journal);
    room_close(&next);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        room_write(&next, "journal.jsonl", bytes_span(&journal));
        room_forge(&next, "token-replaced", rows[i]);
        assert_int_equal(room_open(&next, &e), -1);
        assert_int_equal(e.code, ERR_JOURNAL);
    }
    bytes_clear(&journal);
    room_clear(&next);
    room_clear(&first);
}

static int whose(const struct room *r, size_t holder, struct token_info *items, size_t n,
                 size_t *at)
{
    const struct token_list l = {.items = items, .n = n};

    return owner_find(ceremony_session(r->c), holder, OWNER_SIGNS, &l, NULL, at);
}

/* By serial, label, model, and by the module that it was enrolled through. */
static void as_it_was_recorded(void **state)
{
    struct token_info it = token("S1", "Bo"), items[3];
    struct room r;
    struct err e;
    size_t at = 9;

    (void)state;
    room_make(&r);
    assert_int_equal(room_open(&r, &e), 0);
    assert_int_equal(room_walk(&r, STATION_SIGNATURES, &e), 0);
    items[0] = items[1] = items[2] = it;
    assert_int_equal(whose(&r, BO, items, 1, &at), 1);
    assert_int_equal(at, 0);
    assert_int_equal(whose(&r, ALICE, items, 1, &at), 0);
    assert_int_equal(whose(&r, BO, items, 2, &at), OWNER_SEVERAL);
    strcpy(items[0].id.module, "/elsewhere/module.so"); /* any module can say so */
    assert_int_equal(whose(&r, BO, items, 2, &at), 1);
    assert_int_equal(at, 1);
    assert_int_equal(whose(&r, BO, items, 1, &at), 0);
    strcpy(items[1].id.label, "another");
    assert_int_equal(whose(&r, BO, items, 2, &at), 0);
    strcpy(items[1].id.label, "Bo");
    strcpy(items[1].id.serial, "another");
    assert_int_equal(whose(&r, BO, items, 2, &at), 0);
    assert_int_equal(whose(&r, BO, items, 3, &at), 1);
    assert_int_equal(at, 2);
    room_clear(&r);
}

/* Another module shows the token that Alice's key was enrolled on: it gets no PIN, unless the room
 * decides so, and nobody else's either. */
static void another_module_answers_for_it(void **state)
{
    struct token_info own, other;
    struct bytes transcript = {0};
    struct room r;
    struct owner o;
    struct err e;
    size_t before;
    char *text;

    (void)state;
    room_make(&r);
    assert_int_equal(room_open(&r, &e), 0);
    assert_int_equal(room_walk(&r, STATION_SIGNATURES, &e), 0);
    assert_int_equal(room_log_in(&r, ALICE, &own, &e), 0);
    other = own;
    strcpy(other.id.module, "/elsewhere/module.so");
    for (int shows = UNSEEN; shows <= NO_KEY; shows++) {
        const struct session *s = ceremony_session(r.c);

        o = ask(s, ALICE, OWNER_SIGNS, &other, shows == STRANGE ? ALICE : shows);
        assert_true(o.other_module);
        assert_int_equal(owner_check(s, ALICE, OWNER_SIGNS, &o, &other, false, &e), -1);
        assert_non_null(strstr(e.where, "other-module"));
        assert_non_null(strstr(e.what, "/elsewhere/module.so"));
        assert_non_null(strstr(e.todo, "--other-module"));
        assert_int_equal(owner_check(s, ALICE, OWNER_SIGNS, &o, &other, true, &e), 0);
        assert_int_equal(ask(s, BO, OWNER_SIGNS, &other, NO_KEY).is, OWNER_ANOTHERS);
        assert_int_equal(token_admin_allowed(r.c, &other, &o, TOKEN_CHANGE_PIN, &e), -1);
        assert_int_equal(token_admin_allowed(r.c, &own, &o, TOKEN_CHANGE_PIN, &e), 0);
    }
    before = lines(&r);
    assert_int_equal(collect_sign(r.c, ALICE, r.t, &other, NULL, &e), -1);
    assert_non_null(strstr(e.where, "other-module"));
    assert_int_equal(lines(&r), before);
    assert_int_equal(collect_replace(r.c, ALICE, r.t, &other, &e), 0);
    assert_int_equal(collect_sign(r.c, ALICE, r.t, &other, NULL, &e), 0);
    room_close(&r);
    assert_int_equal(room_open(&r, &e), 0);
    assert_int_equal(room_walk(&r, STATIONS, &e), 0);
    room_read(&r, "bundle/transcript.txt", &transcript);
    text = on_one_line(bytes_str(&transcript));
    assert_non_null(
        strstr(text, "/elsewhere/module.so, instead of " FAKE_MODULE ": decided by the room"));
    free(text);
    bytes_clear(&transcript);
    room_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_plan_names_it),
        cmocka_unit_test(as_its_keys_show),
        cmocka_unit_test(before_a_key_is_made),
        cmocka_unit_test(what_is_refused_before_the_pin),
        cmocka_unit_test(a_backup_is_the_rooms_decision),
        cmocka_unit_test(a_replacement_by_hand),
        cmocka_unit_test(as_it_was_recorded),
        cmocka_unit_test(another_module_answers_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
