/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that are set up, unblocked, given other PINs: on the fake, on SoftHSM, in the journal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/act.h"
#include "ceremony/acts/token_admin.h"
#include "ceremony/record/transcript_event.h"
#include "room.h"
#include "stacks.h"

#define NEW_PIN "90210902"
#define NEW_SO  "5318008531800853"

static struct token_info token_at(struct tokens *t, const char *label)
{
    struct token_info found = {0};
    struct token_list l;
    struct err e;

    assert_int_equal(t->driver->list(t->self, &l, &e), 0);
    for (size_t i = 0; i < l.n; i++)
        if (label == NULL ? !l.items[i].initialised : strcmp(l.items[i].id.label, label) == 0)
            found = l.items[i];
    token_list_clear(&l);
    assert_true(found.id.module[0] != '\0');
    return found;
}

/* NULL texts are PINs that are not given. */
static int administer(struct tokens *t, const struct token_info *token, enum token_act what,
                      const char *label, const char *present, const char *so, const char *pin,
                      struct token_info *after, struct err *e)
{
    struct secret *s[3] = {present != NULL ? secret_of(present) : NULL,
                           so != NULL ? secret_of(so) : NULL, pin != NULL ? secret_of(pin) : NULL};
    const struct token_admin_pins pins = {s[0], s[1], s[2]};
    int rc = token_admin_do(t, token, what, label, &pins, after, e);

    for (size_t i = 0; i < 3; i++)
        secret_free(s[i]);
    if (rc != 0) {
        assert_true(e->what[0] != '\0');
        assert_true(err_todo_text(e)[0] != '\0');
    }
    return rc;
}

static bool logs_in(struct tokens *t, const struct token_info *token, const char *pin)
{
    struct secret *s = secret_of(pin);
    enum pin_state state;
    struct err e;
    bool ok = t->driver->login(t->self, &token->id, s, &state, &e) == 0;

    secret_free(s);
    return ok;
}

static size_t keys_on(struct tokens *t, const struct token_info *token)
{
    struct token_key_list keys;
    struct err e;
    size_t n;

    assert_int_equal(t->driver->public_keys(t->self, &token->id, &keys, &e), 0);
    n = keys.n;
    token_key_list_clear(&keys);
    return n;
}

static void sets_up(struct tokens *t)
{
    struct token_info fresh = token_at(t, NULL), a = token_at(t, CONTRACT_A), after;
    struct token_key k;
    struct err e;

    /* a new one: no default, no row, no PIN twice; then it works */
    assert_int_equal(
        administer(t, &fresh, TOKEN_SET_UP, "new", NULL, CONTRACT_SO_PIN, NEW_PIN, &after, &e), -1);
    assert_int_equal(e.code, ERR_PIN);
    assert_int_equal(administer(t, &fresh, TOKEN_SET_UP, "new", NULL, NEW_SO, "123456", &after, &e),
                     -1);
    assert_int_equal(administer(t, &fresh, TOKEN_SET_UP, "new", NULL, NEW_PIN, NEW_PIN, &after, &e),
                     -1);
    assert_int_equal(
        administer(t, &fresh, TOKEN_SET_UP, CONTRACT_A, NULL, NEW_SO, NEW_PIN, &after, &e), -1);
    assert_non_null(strstr(e.what, "another token"));
    assert_int_equal(
        administer(t, &fresh, TOKEN_CHANGE_PIN, NULL, NEW_SO, NULL, NEW_PIN, &after, &e), -1);
    (void)token_at(t, NULL); /* still new */
    assert_int_equal(administer(t, &fresh, TOKEN_SET_UP, "new", NULL, NEW_SO, NEW_PIN, &after, &e),
                     0);
    assert_string_equal(after.id.label, "new");
    assert_true(logs_in(t, &after, NEW_PIN));

    /* one with a key on it: the SO PIN before, and that is changed first */
    assert_true(logs_in(t, &a, CONTRACT_PIN));
    assert_int_equal(t->driver->generate(t->self, KEY_P256, "precious", &k, &e), 0);
    token_key_clear(&k);
    assert_int_equal(
        administer(t, &a, TOKEN_SET_UP, "again", "00000000", NEW_SO, NEW_PIN, &after, &e), -1);
    assert_int_equal(e.code, ERR_PIN);
    assert_int_equal(administer(t, &a, TOKEN_SET_UP, "again", CONTRACT_SO_PIN, CONTRACT_SO_PIN,
                                NEW_PIN, &after, &e),
                     -1);
    assert_int_equal(keys_on(t, &a), 1);
    assert_true(logs_in(t, &a, CONTRACT_PIN));
    assert_int_equal(
        administer(t, &a, TOKEN_SET_UP, "again", CONTRACT_SO_PIN, NEW_SO, NEW_PIN, &after, &e), 0);
    assert_int_equal(keys_on(t, &after), 0);
    assert_int_equal(
        administer(t, &after, TOKEN_UNBLOCK, NULL, CONTRACT_SO_PIN, NULL, "11235813", &after, &e),
        -1);
    assert_int_equal(
        administer(t, &after, TOKEN_UNBLOCK, NULL, NEW_SO, NULL, "11235813", &after, &e), 0);
    assert_true(logs_in(t, &after, "11235813"));
    assert_int_equal(
        administer(t, &after, TOKEN_CHANGE_PIN, NULL, "11235813", NULL, "31415926", &after, &e), 0);
    assert_int_equal(administer(t, &after, TOKEN_CHANGE_SO_PIN, NULL, NEW_SO, "2718281828459045",
                                NULL, &after, &e),
                     0);
    assert_true(logs_in(t, &after, "31415926"));
    assert_false(logs_in(t, &after, NEW_PIN));
}

static void on_the_fake(void **state)
{
    struct tokens *t;
    struct err e;

    (void)state;
    assert_int_equal(fake_new(&t, &e), 0);
    assert_int_equal(fake_add(t, "F-1", CONTRACT_A, CONTRACT_SO_PIN, CONTRACT_PIN, &e), 0);
    assert_int_equal(fake_add(t, "F-2", "", "", "", &e), 0);
    sets_up(t);
    tokens_free(t);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static void on_softhsm(void **state)
{
    char dir[] = "/tmp/tc-token-admin-XXXXXX";
    struct tokens *t;
    struct err e;

    (void)state;
    if (softhsm_missing() != 0) {
        assert_null(getenv("CI"));
        skip();
    }
    assert_non_null(mkdtemp(dir));
    assert_int_equal(stack_softhsm(dir, &t, &e), 0);
    sets_up(t);
    tokens_free(t);
    assert_int_equal(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* What was refused before a try was made. */
static void no_try_is_wasted(void **state)
{
    struct token_info token, after;
    struct tokens *t;
    struct err e;

    (void)state;
    assert_int_equal(fake_new(&t, &e), 0);
    assert_int_equal(fake_add(t, "F-1", CONTRACT_A, CONTRACT_SO_PIN, CONTRACT_PIN, &e), 0);
    fake_tries(t, "F-1", 0);
    token = token_at(t, CONTRACT_A);
    assert_int_equal(
        administer(t, &token, TOKEN_CHANGE_PIN, NULL, CONTRACT_PIN, NULL, NEW_PIN, &after, &e), -1);
    assert_non_null(strstr(e.todo, "SO PIN"));
    assert_int_equal(
        administer(t, &token, TOKEN_UNBLOCK, NULL, CONTRACT_SO_PIN, NULL, "648219", &after, &e),
        -1);
    assert_non_null(strstr(e.what, "factory"));
    assert_int_equal(administer(t, &token, TOKEN_UNBLOCK, NULL, CONTRACT_SO_PIN, NULL,
                                CONTRACT_SO_PIN, &after, &e),
                     -1);
    fake_so_tries(t, "F-1", 0);
    token = token_at(t, CONTRACT_A);
    assert_int_equal(
        administer(t, &token, TOKEN_UNBLOCK, NULL, CONTRACT_SO_PIN, NULL, NEW_PIN, &after, &e), -1);
    assert_int_equal(
        administer(t, &token, TOKEN_SET_UP, "x", CONTRACT_SO_PIN, NEW_SO, NEW_PIN, &after, &e), -1);
    assert_int_equal(fake_pin_tries(t), 0);
    tokens_free(t);
}

static int says_yes(void *self, const struct token_id *id, enum pin_owner whose,
                    const struct secret *old, const struct secret *pin, enum pin_state *state,
                    struct err *e)
{
    (void)self;
    (void)id;
    (void)whose;
    (void)old;
    (void)pin;
    (void)e;
    *state = PIN_OK;
    return 0;
}

/* A token that says that it changed its PIN, and did not. */
static void a_liar_is_found_out(void **state)
{
    struct token_driver driver;
    struct tokens liar, *t;
    struct token_info token, after;
    struct err e;

    (void)state;
    assert_int_equal(fake_new(&t, &e), 0);
    assert_int_equal(fake_add(t, "F-1", CONTRACT_A, CONTRACT_SO_PIN, CONTRACT_PIN, &e), 0);
    driver = *t->driver;
    driver.change_pin = says_yes;
    liar = (struct tokens){&driver, t->self};
    token = token_at(t, CONTRACT_A);
    assert_int_equal(
        administer(&liar, &token, TOKEN_CHANGE_PIN, NULL, CONTRACT_PIN, NULL, NEW_PIN, &after, &e),
        -1);
    assert_non_null(strstr(e.where, "trying the new PIN"));
    tokens_free(t);
}

static void nothing_but_the_pad(void **state)
{
    const struct token_admin_pins none = {0};
    struct token_info token, after;
    struct tokens *t;
    struct err e;

    (void)state;
    assert_int_equal(fake_new(&t, &e), 0);
    assert_int_equal(fake_add(t, "F-1", CONTRACT_A, CONTRACT_SO_PIN, CONTRACT_PIN, &e), 0);
    fake_pin_pad(t, "F-1");
    token = token_at(t, CONTRACT_A);
    for (int what = 0; what < TOKEN_ACTS; what++)
        assert_int_equal(
            token_admin_do(t, &token, (enum token_act)what, CONTRACT_A, &none, &after, &e), 0);
    tokens_free(t);
}

static void it_is_recorded_without_a_pin(void **state)
{
    struct token_info token, after;
    struct bytes journal, sentence;
    struct room r;
    struct err e;
    size_t n;

    (void)state;
    room_make(&r);
    assert_int_equal(room_open(&r, &e), 0);
    token = token_at(r.t, "Bo");
    assert_int_equal(
        administer(r.t, &token, TOKEN_CHANGE_PIN, NULL, CONTRACT_PIN, NULL, NEW_PIN, &after, &e),
        0);
    assert_int_equal(act_token_administered(r.c, TOKEN_CHANGE_PIN, &after, 1, &e), 0);
    assert_int_equal(act_token_administered(r.c, TOKEN_UNBLOCK, &after, -1, &e), 0);
    r.fail_at = r.writes + 1; /* the token can't take it back: neither may the words */
    assert_int_equal(act_token_administered(r.c, TOKEN_CHANGE_PIN, &after, 1, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.where, "was changed all the same"));
    assert_non_null(strstr(e.todo, "do not do it again"));
    r.fail_at = 0;
    n = journal_count(ceremony_journal(r.c));
    /* what this program does not do, or says nothing of its token, is not taken */
    assert_int_equal(act_span(r.c, EVENT_TOKEN_ADMINISTERED, span_str("{\"act\":\"eaten\"}"), &e),
                     -1);
    assert_int_equal(act_span(r.c, EVENT_TOKEN_ADMINISTERED, span_str("{\"act\":\"set-up\"}"), &e),
                     -1);
    assert_int_equal(journal_count(ceremony_journal(r.c)), n);
    room_close(&r);
    assert_int_equal(room_open(&r, &e), 0);
    assert_int_equal(journal_count(ceremony_journal(r.c)), n);
    sentence = (struct bytes){0};
    assert_int_equal(transcript_event(journal_event(ceremony_journal(r.c), n - 2), &sentence, &e),
                     0);
    assert_string_equal(bytes_str(&sentence), "token S1 \"Bo\": PIN changed");
    bytes_clear(&sentence);
    journal = (struct bytes){0};
    room_read(&r, "journal.jsonl", &journal);
    assert_non_null(strstr(bytes_str(&journal), "pin-changed"));
    assert_null(strstr(bytes_str(&journal), NEW_PIN));
    assert_null(strstr(bytes_str(&journal), CONTRACT_PIN));
    bytes_clear(&journal);
    room_clear(&r);
}

static int allowed(struct room *r, const struct token_info *t, enum token_act what, struct err *e)
{
    struct owner o = owner_read(ceremony_session(r->c), 0, 0, r->t, t);

    return token_admin_allowed(r->c, t, &o, what, e);
}

static void not_in_a_closed_ceremony(void **state)
{
    struct token_info token;
    struct room r;
    struct err e;

    (void)state;
    room_make(&r);
    assert_int_equal(room_open(&r, &e), 0);
    token = token_at(r.t, "Bo");
    assert_int_equal(allowed(&r, &token, TOKEN_SET_UP, &e), 0);
    assert_int_equal(room_walk(&r, STATION_SIGNATURES, &e), 0);
    assert_int_equal(allowed(&r, &token, TOKEN_SET_UP, &e), -1);
    assert_int_equal(e.code, ERR_PLAN); /* it holds Bo's key */
    assert_int_equal(allowed(&r, &token, TOKEN_UNBLOCK, &e), 0);
    assert_int_equal(room_walk(&r, STATIONS, &e), 0);
    assert_int_equal(allowed(&r, &token, TOKEN_UNBLOCK, &e), -1);
    assert_int_equal(e.code, ERR_INCOMPLETE);
    room_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_the_fake),
        cmocka_unit_test(on_softhsm),
        cmocka_unit_test(no_try_is_wasted),
        cmocka_unit_test(a_liar_is_found_out),
        cmocka_unit_test(nothing_but_the_pad),
        cmocka_unit_test(it_is_recorded_without_a_pin),
        cmocka_unit_test(not_in_a_closed_ceremony),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
