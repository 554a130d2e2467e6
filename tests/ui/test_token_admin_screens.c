/* SPDX-License-Identifier: Apache-2.0 */
/* A keyholder with a new, locked or unknown token, as the room sees it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <string.h>

#include "scene_steps.h"

#define PIN    "4711471"
#define SO_PIN "12345678"
#define NEW_SO "5318008531800853"

static void answer(struct scene *s, const char *text)
{
    type(s, text);
    press(s, TERM_ENTER);
}

static bool opens(struct scene *s, const char *serial, const char *pin)
{
    struct token_list l;
    enum pin_state state;
    struct secret *p;
    struct err e;
    bool ok = false;

    assert_int_equal(s->room.t->driver->list(s->room.t->self, &l, &e), 0);
    assert_int_equal(secret_new(&p, &e), 0);
    for (size_t i = 0; pin[i] != '\0'; i++)
        (void)secret_put(p, (uint8_t)pin[i]);
    for (size_t i = 0; i < l.n; i++)
        if (strcmp(l.items[i].id.serial, serial) == 0)
            ok = s->room.t->driver->login(s->room.t->self, &l.items[i].id, p, &state, &e) == 0;
    secret_free(p);
    token_list_clear(&l);
    return ok;
}

static bool journal_has(const struct scene *s, const char *text)
{
    struct bytes journal;
    bool has;

    journal = (struct bytes){0};
    room_read(&s->room, "journal.jsonl", &journal);
    has = strstr(bytes_str(&journal), text) != NULL;
    bytes_clear(&journal);
    return has;
}

static void a_new_token_is_set_up(void **state)
{
    struct scene s;
    struct err e;

    (void)state;
    at_enrolment(&s);
    assert_int_equal(fake_add(s.room.t, "N1", "", "", "", &e), 0);
    press(&s, TERM_ENTER);
    walk_tick(&s.w);
    golden(&s, "insert_new");
    press(&s, TERM_ENTER);
    golden(&s, "token_admin_new");
    press(&s, TERM_ENTER);
    golden(&s, "new_so_pin");
    answer(&s, "12345678");
    golden(&s, "new_pin_weak");
    press(&s, TERM_ENTER);
    answer(&s, NEW_SO);
    answer(&s, "5318008531800854");
    golden(&s, "new_pin_differs");
    press(&s, TERM_ENTER);
    answer(&s, NEW_SO);
    answer(&s, NEW_SO);
    golden(&s, "new_pin");
    press(&s, TERM_F2);
    golden(&s, "dice");
    type(&s, "7 x 66 1");
    sees(&s, "one more throw, 0 of 8 digits");
    type(&s, "1 12 13 14 24 24 24 23");
    golden(&s, "shown");
    press(&s, TERM_ENTER);
    golden(&s, "new_pin_again");
    answer(&s, "01239998");
    golden(&s, "token_admin_done");
    fake_insert(s.room.t, "S0", true);
    walk_tick(&s.w);
    golden(&s, "token_admin_done_two"); /* found among others, and taken by nobody but its holder */
    fake_insert(s.room.t, "S0", false);
    walk_tick(&s.w);
    assert_true(opens(&s, "N1", "01239998"));
    assert_true(journal_has(&s, "\"act\":\"set-up\""));
    assert_true(journal_has(&s, "\"label\":\"tuf root Alice\""));
    assert_false(journal_has(&s, "01239998"));
    assert_false(journal_has(&s, NEW_SO));
    /* and it goes on with that token */
    press(&s, TERM_ENTER);
    answer(&s, "01239998");
    sees(&s, "this is your key");
    scene_clear(&s);
}

static void a_yubikey_has_a_puk_and_is_not_set_up(void **state)
{
    struct scene s;
    struct err e;

    (void)state;
    at_enrolment(&s);
    assert_int_equal(fake_add(s.room.t, "Y1", "YubiKey PIV #1", "12345678", "123456", &e), 0);
    fake_yubikey(s.room.t, "Y1");
    press(&s, TERM_ENTER);
    walk_tick(&s.w);
    press(&s, 't');
    golden(&s, "token_admin_puk");
    press(&s, TERM_ENTER);
    answer(&s, "123456");
    answer(&s, "730518");
    answer(&s, "730518");
    assert_true(opens(&s, "Y1", "730518"));
    press(&s, 't');
    press(&s, TERM_DOWN);
    press(&s, TERM_DOWN);
    press(&s, TERM_ENTER);
    answer(&s, "12345678");
    golden(&s, "new_puk");
    answer(&s, "48151623");
    answer(&s, "48151623");
    sees(&s, "SO PIN or PUK changed");
    scene_clear(&s);
}

#define MANAGEMENT_KEY "010203040506070801020304050607080102030405060708"

static void a_yubikey_makes_keys_with_its_management_key(void **state)
{
    struct scene s;
    struct err e;

    (void)state;
    at_enrolment(&s);
    assert_int_equal(fake_add(s.room.t, "Y1", "YubiKey PIV #1", MANAGEMENT_KEY, "730518", &e), 0);
    fake_yubikey(s.room.t, "Y1");
    press(&s, TERM_ENTER);
    walk_tick(&s.w);
    press(&s, TERM_ENTER);
    answer(&s, "730518");
    golden(&s, "management_key");
    answer(&s, "12345678"); /* what would be sent to the card as the user's PIN */
    golden(&s, "management_key_wrong");
    press(&s, TERM_ENTER);
    answer(&s, MANAGEMENT_KEY);
    sees(&s, "this is your key");
    scene_clear(&s);
}

static void a_machine_makes_one(void **state)
{
    struct scene s;

    (void)state;
    at_enrolment(&s);
    press(&s, TERM_ENTER);
    insert(&s, "S0");
    press(&s, 't');
    golden(&s, "token_admin");
    press(&s, TERM_ENTER);
    golden(&s, "token_admin_pin");
    answer(&s, PIN);
    press(&s, TERM_F3);
    sees(&s, "7777 7777");
    press(&s, TERM_ENTER); /* the dice of this test always fall alike: a rule finds out */
    sees(&s, "is a row or one character");
    press(&s, TERM_ENTER);
    answer(&s, "31415926");
    answer(&s, "31415926");
    assert_true(opens(&s, "S0", "31415926"));
    assert_true(journal_has(&s, "pin-changed"));
    press(&s, 't');
    press(&s, TERM_ENTER);
    answer(&s, PIN);
    answer(&s, "27182818");
    answer(&s, "27182818");
    golden(&s, "token_admin_pin_wrong");
    assert_true(opens(&s, "S0", "31415926"));
    press(&s, TERM_ENTER);
    press(&s, TERM_ESC);
    sees(&s, "Whose key is made next?");
    scene_clear(&s);
}

static void destroying_needs_the_serial(void **state)
{
    struct scene s;

    (void)state;
    at_enrolment(&s);
    press(&s, TERM_ENTER);
    insert(&s, "S0");
    press(&s, 't');
    for (unsigned i = 0; i < 3; i++)
        press(&s, TERM_DOWN);
    press(&s, TERM_ENTER);
    golden(&s, "erase");
    answer(&s, "S1");
    golden(&s, "erase_wrong");
    press(&s, TERM_ENTER);
    press(&s, TERM_BACKSPACE);
    press(&s, TERM_BACKSPACE);
    answer(&s, "S0");
    sees(&s, "SO PIN that holds now:");
    answer(&s, "87654321"); /* wrong */
    answer(&s, NEW_SO);
    answer(&s, NEW_SO);
    answer(&s, "31415926");
    answer(&s, "31415926");
    sees(&s, "the SO PIN is wrong");
    assert_true(opens(&s, "S0", PIN)); /* nothing was destroyed */
    scene_clear(&s);
}

/* Everybody has a key and everything is reviewed; Alice's token is locked. */
static void at_signatures(struct scene *s)
{
    struct err e;

    at_enrolment(s);
    for (unsigned i = 0; i < 5; i++) {
        char serial[] = {'S', (char)('0' + i), '\0'};

        press(s, TERM_ENTER);
        insert(s, serial);
        press(s, TERM_ENTER);
        answer(s, PIN);
        type_word(s);
        press(s, TERM_ENTER);
        insert(s, NULL);
    }
    for (size_t i = 0; i < ceremony_session(s->w.c)->nproposals; i++)
        assert_int_equal(act_review(s->w.c, i, &e), 0);
    assert_int_equal(walk_go(&s->w, STATION_SIGNATURES, &e), 0);
    fake_tries(s->room.t, "S0", 0);
}

static void a_locked_token_is_unblocked_and_signs(void **state)
{
    struct scene s;

    (void)state;
    at_signatures(&s);
    press(&s, TERM_ENTER);
    insert(&s, "S0");
    golden(&s, "token_admin_locked");
    sees(&s, "s skip for now");
    press(&s, TERM_ESC); /* no trap */
    sees(&s, "Whose signature next?");
    press(&s, TERM_ENTER);
    fake_so_tries(s.room.t, "S0", 1);
    press(&s, TERM_ESC);
    press(&s, TERM_ENTER);
    press(&s, TERM_ENTER);
    golden(&s, "token_admin_last_try");
    answer(&s, "last try");
    golden(&s, "token_admin_so_pin");
    answer(&s, SO_PIN);
    answer(&s, "31415926");
    answer(&s, "31415926");
    golden(&s, "token_admin_unblocked");
    s.w.busy = "touch the token now, or confirm on its reader";
    golden(&s, "touch");
    s.w.busy = NULL;
    answer(&s, "31415926");
    sees(&s, "Alice signed 2 files");
    scene_clear(&s);
}

static void a_token_that_nothing_opens(void **state)
{
    struct scene s;

    (void)state;
    at_signatures(&s);
    fake_so_tries(s.room.t, "S0", 0);
    press(&s, TERM_ENTER);
    insert(&s, "S0");
    golden(&s, "token_admin_dead");
    press(&s, TERM_ENTER);
    press(&s, 's');
    answer(&s, "both PINs are locked");
    sees(&s, "is skipped for now");
    scene_clear(&s);
}

static void a_pin_pad_asks_itself(void **state)
{
    struct scene s;

    (void)state;
    at_enrolment(&s);
    press(&s, TERM_ENTER);
    fake_pin_pad(s.room.t, "S0");
    insert(&s, "S0");
    press(&s, TERM_ENTER);
    golden(&s, "pin_pad");
    type(&s, "1234");
    sees(&s, "type the PIN on the reader");
    press(&s, TERM_ESC);
    press(&s, TERM_ENTER);
    press(&s, 't');
    press(&s, TERM_ENTER);
    golden(&s, "token_admin_pin_pad");
    press(&s, TERM_ENTER);
    sees(&s, "Done, and recorded");
    press(&s, TERM_ENTER);
    press(&s, TERM_ENTER);
    sees(&s, "this is your key");
    scene_clear(&s);
}

static void a_pin_that_must_change(void **state)
{
    struct scene s;

    (void)state;
    at_enrolment(&s);
    press(&s, TERM_ENTER);
    fake_must_change(s.room.t, "S0");
    insert(&s, "S0");
    press(&s, TERM_ENTER);
    golden(&s, "token_admin_must_change");
    press(&s, TERM_ENTER);
    answer(&s, PIN);
    answer(&s, "31415926");
    answer(&s, "31415926");
    press(&s, TERM_ENTER);
    answer(&s, "31415926");
    sees(&s, "this is your key");
    scene_clear(&s);
}

/* Two at once: none is taken before somebody has chosen. */
static void two_tokens_at_once(void **state)
{
    struct scene s;
    struct err e;

    (void)state;
    at_enrolment(&s);
    press(&s, TERM_ENTER);
    insert(&s, "S0");
    fake_insert(s.room.t, "S1", true);
    walk_tick(&s.w);
    golden(&s, "insert_two");
    press(&s, TERM_ENTER);
    press(&s, 't');
    sees(&s, "please insert your token");
    press(&s, TERM_DOWN);
    press(&s, TERM_DOWN);
    press(&s, TERM_ENTER);
    sees(&s, "serial S1");
    scene_clear(&s);

    /* signing: one that calls itself as hers does */
    at_signatures(&s);
    fake_tries(s.room.t, "S0", 3);
    assert_int_equal(fake_add(s.room.t, "S0", "Alice", SO_PIN, PIN, &e), 0);
    fake_insert(s.room.t, "S0", true);
    press(&s, TERM_ENTER);
    golden(&s, "insert_twins");
    press(&s, TERM_DOWN);
    press(&s, TERM_ENTER);
    sees(&s, "please insert your token");
    scene_clear(&s);
}

/* Alice's token is recorded; another one calls itself hers. Only the room decides that. */
static void a_backup_is_asked_for(void **state)
{
    struct scene s;
    struct err e;

    (void)state;
    at_signatures(&s);
    assert_int_equal(fake_add(s.room.t, "S9", "Alice", SO_PIN, PIN, &e), 0);
    insert(&s, "S9");
    press(&s, TERM_ENTER);
    golden(&s, "insert_backup");
    press(&s, TERM_ENTER);
    type(&s, "back");
    press(&s, TERM_ENTER); /* does nothing */
    golden(&s, "backup");
    type(&s, "up");
    press(&s, TERM_ENTER);
    golden(&s, "pin_backup");
    pin(&s);
    sees(&s, "has no key of 'Alice'"); /* it was none: nothing is recorded */
    scene_clear(&s);
}

/* Alice's token was recorded with another module than the one that shows it now. */
static void another_module_is_asked_for(void **state)
{
    struct scene s;

    (void)state;
    at_signatures(&s);
    fake_tries(s.room.t, "S0", 3);
    walk_session(&s.w)->seats[0].token.module[1] = 'F';
    insert(&s, "S0");
    press(&s, TERM_ENTER);
    golden(&s, "insert_module");
    press(&s, 't'); /* its PINs are not for this module */
    sees(&s, "please insert your token");
    press(&s, TERM_ENTER);
    type(&s, "backup");
    press(&s, TERM_ENTER); /* does nothing */
    sees(&s, "another module?");
    for (size_t i = 0; i < strlen("backup"); i++)
        press(&s, TERM_BACKSPACE);
    golden(&s, "other_module");
    type(&s, "module");
    press(&s, TERM_ENTER);
    sees(&s, "so the room decided");
    pin(&s);
    sees(&s, "Alice signed");
    scene_clear(&s);
}

static void what_modules_may_reach(void **state)
{
    struct scene s;

    (void)state;
    scene_first(&s, false);
    s.w.ready.items[3] =
        (struct check){"modules", "Modules' network", CHECK_WARN,
                       "the plan lets connect: yubihsm_pkcs11.so to loopback",
                       "nothing, if that is meant; the program itself still can't connect"};
    golden(&s, "readiness_modules");
    scene_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_token_is_set_up),
        cmocka_unit_test(a_machine_makes_one),
        cmocka_unit_test(destroying_needs_the_serial),
        cmocka_unit_test(a_locked_token_is_unblocked_and_signs),
        cmocka_unit_test(a_token_that_nothing_opens),
        cmocka_unit_test(a_pin_pad_asks_itself),
        cmocka_unit_test(a_yubikey_has_a_puk_and_is_not_set_up),
        cmocka_unit_test(a_yubikey_makes_keys_with_its_management_key),
        cmocka_unit_test(a_pin_that_must_change),
        cmocka_unit_test(two_tokens_at_once),
        cmocka_unit_test(a_backup_is_asked_for),
        cmocka_unit_test(another_module_is_asked_for),
        cmocka_unit_test(what_modules_may_reach),
    };

    if (setlocale(LC_ALL, "C.UTF-8") == NULL)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
