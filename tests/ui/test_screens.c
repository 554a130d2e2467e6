/* SPDX-License-Identifier: Apache-2.0 */
/* Every screen of the walk, and every way in which it can go wrong, as the room sees it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "ceremony/changes/describe.h"
#include "metadata/envelope.h"
#include "plan_screens.h"
#include "scene_steps.h"

static void readiness_and_date(struct scene *s)
{
    golden(s, "readiness");
    s->w.ready.items[0] = (struct check){"network", "Network cut off", CHECK_FAIL,
                                         "interface 'eth0' is connected", "pull the cable"};
    golden(s, "readiness_fail");
    s->w.ready.items[0] =
        (struct check){"network", "Network cut off", CHECK_PASS, "no interface is connected", ""};
    press(s, '?');
    golden(s, "help");
    press(s, TERM_ENTER);
    press(s, TERM_ESC);
    golden(s, "leave");
    press(s, TERM_ESC);
    press(s, TERM_ENTER);
    golden(s, "date");
    type(s, "23.11.2026");
    press(s, TERM_ENTER);
    golden(s, "date_wrong");
    press(s, TERM_ENTER);
    for (unsigned i = 0; i < 10; i++)
        press(s, TERM_BACKSPACE);
    type(s, "2026-12-24");
    press(s, TERM_ENTER);
    golden(s, "date_far");
    for (unsigned i = 0; i < 10; i++)
        press(s, TERM_BACKSPACE);
    type(s, "2026-11-23");
    press(s, TERM_ENTER);
}

static void plan(struct scene *s)
{
    golden(s, "plan");
    press(s, TERM_ENTER);
    golden(s, "plan_word");
    type(s, "sesame");
    press(s, TERM_ENTER);
    golden(s, "plan_word_wrong");
    press(s, TERM_ENTER);
    for (unsigned i = 0; i < 6; i++)
        press(s, TERM_BACKSPACE);
    type_word(s);
    press(s, TERM_ENTER);
}

/* What can go wrong between a keyholder and their token. */
static void token_troubles(struct scene *s)
{
    static const struct fake_row pulled[] = {{FAKE_GENERATE, 0, FAKE_REMOVED}};

    press(s, TERM_ENTER);
    golden(s, "insert_none");
    insert(s, "S0");
    golden(s, "insert_there");
    press(s, TERM_ENTER);
    golden(s, "pin_enrol");
    type(s, "1234");
    press(s, TERM_ENTER);
    golden(s, "pin_wrong");
    press(s, TERM_ENTER);
    press(s, TERM_ENTER);
    golden(s, "pin_low");
    press(s, TERM_ESC);
    fake_tries(s->room.t, "S0", 1);
    press(s, TERM_ENTER);
    press(s, TERM_ENTER);
    golden(s, "last_try");
    press(s, TERM_ESC);
    press(s, TERM_ENTER);
    fake_tries(s->room.t, "S0", 0);
    insert(s, "S0");
    press(s, TERM_ENTER);
    golden(s, "pin_locked");
    press(s, TERM_ESC);
    press(s, TERM_ENTER);
    fake_tries(s->room.t, "S0", 3);
    insert(s, "S0");
    fake_script(s->room.t, pulled, 1);
    press(s, TERM_ENTER);
    pin(s);
    golden(s, "token_pulled");
    fake_script(s->room.t, NULL, 0);
    press(s, TERM_ENTER);
    s->w.busy = "waiting for the token to make a key";
    golden(s, "busy");
    s->w.busy = NULL;
    press(s, TERM_ESC);
}

static void first_key(struct scene *s)
{
    press(s, TERM_ENTER);
    insert(s, "S0");
    press(s, TERM_ENTER);
    pin(s);
    golden(s, "fingerprint");
    type(s, "abracadabra");
    press(s, TERM_ENTER);
    golden(s, "fingerprint_wrong");
    press(s, TERM_ENTER);
    for (unsigned i = 0; i < 11; i++)
        press(s, TERM_BACKSPACE);
    type_word(s);
    press(s, TERM_ENTER);
    insert(s, NULL);
    golden(s, "enrolment_one");
    press(s, TERM_UP);
    press(s, 'x');
    golden(s, "withdraw");
    type(s, "withdraw");
    press(s, TERM_ENTER);
    press(s, TERM_ENTER);
    insert(s, "S0");
    press(s, TERM_ENTER);
    pin(s);
    golden(s, "keys");
    press(s, TERM_DOWN);
    press(s, TERM_ENTER);
    type_word(s);
    press(s, TERM_ENTER);
    insert(s, NULL);
}

static void enrolment(struct scene *s)
{
    char serial[8];

    golden(s, "enrolment");
    token_troubles(s);
    first_key(s);
    for (unsigned i = 1; i < 5; i++) {
        snprintf(serial, sizeof serial, "S%u", i);
        enrol(s, serial);
    }
    golden(s, "enrolment_done");
    press(s, TERM_ENTER);
}

/* A file with more entries than anybody reads one by one, in place of what is looked at. */
static struct envelope *long_file(struct scene *s)
{
    struct bytes text;
    struct envelope *env;
    struct err e;

    text = (struct bytes){0};
    bytes_put_str(&text, "{\"signatures\":[],\"signed\":{\"_type\":\"targets\","
                         "\"expires\":\"2027-11-23T00:00:00Z\",\"spec_version\":\"1.0.31\","
                         "\"targets\":{");
    for (unsigned i = 0; i < 12000; i++)
        bytes_printf(&text,
                     "%s\"packages/%02x/%05u/a-name-that-is-as-long-as-they-are-%u.whl\":"
                     "{\"hashes\":{\"sha256\":\"ab\"},\"length\":%u}",
                     i > 0 ? "," : "", i / 50, i, i, i * 37);
    bytes_put_str(&text, "},\"version\":7}}");
    assert_int_equal(envelope_take(&text, "long", &env, &e), 0);
    lines_free(s->w.lines);
    s->w.lines = lines_new();
    assert_int_equal(describe(envelope_object(env), NULL, s->w.now, s->w.lines, &e), 0);
    return env;
}

static void look_at_many(struct scene *s)
{
    struct envelope *env = long_file(s);

    golden(s, "proposal_many");
    press(s, 'j');
    type(s, "packages/7f");
    golden(s, "proposal_jump");
    press(s, TERM_ENTER);
    press(s, 's');
    golden(s, "proposal_sample");
    press(s, TERM_END);
    sees(s, "0 delegations");
    press(s, TERM_TAB); /* behind the last part comes the first */
    sees(s, "This is what will be signed");
    press(s, TERM_TAB);
    sees(s, "packages/00/00000/");
    press(s, '/');
    type(s, "as-they-are-11999");
    sees(s, "packages/ef/11999/");
    press(s, TERM_ENTER);
    press(s, TERM_HOME);
    sees(s, "This is what will be signed");
    press(s, TERM_PAGE_UP);
    sees(s, "This is what will be signed");
    lines_free(s->w.lines);
    s->w.lines = NULL;
    envelope_free(env);
    press(s, TERM_ESC);
    press(s, TERM_ENTER);
}

static void review(struct scene *s)
{
    golden(s, "review");
    press(s, TERM_ENTER);
    golden(s, "proposal");
    look_at_many(s);
    press(s, 'r');
    golden(s, "proposal_raw");
    press(s, '/');
    type(s, "expires");
    golden(s, "proposal_search");
    press(s, TERM_ENTER);
    press(s, 'r');
    press(s, TERM_ENTER);
    golden(s, "review_word");
    type_word(s);
    press(s, TERM_ENTER);
    review_one(s);
    golden(s, "review_done");
    press(s, 'g');
}

static void signatures(struct scene *s)
{
    static const struct fake_row forged[] = {{FAKE_SIGN, 0, FAKE_FORGED}};

    golden(s, "signatures");
    press(s, TERM_ENTER);
    insert(s, "S1");
    golden(s, "insert_other");
    insert(s, "S0");
    golden(s, "pin_sign");
    fake_script(s->room.t, forged, 1);
    pin(s);
    golden(s, "signature_bad");
    fake_script(s->room.t, NULL, 0);
    press(s, TERM_ENTER);
    if (s->w.view != VIEW_PIN)
        press(s, TERM_ESC);
    sign(s, "S0");
    golden(s, "signatures_one");
    press(s, 'x');
    type(s, "is late");
    golden(s, "skip");
    press(s, TERM_ENTER);
    golden(s, "signatures_skipped");
    sign(s, "S2");
    sign(s, "S3");
    golden(s, "signatures_complete");
    while (s->w.choice < 5)
        press(s, TERM_DOWN);
    press(s, TERM_ENTER);
}

static void result(struct scene *s)
{
    golden(s, "client");
    press(s, TERM_ENTER);
    golden(s, "bundle");
    press(s, 'n');
    golden(s, "bags");
    type(s, "4471");
    press(s, TERM_ENTER);
    golden(s, "bags_one");
    press(s, TERM_ESC);
    sees(s, "Write the bundle?");
    s->room.fail_at = s->room.writes + 2;
    press(s, TERM_ENTER);
    golden(s, "bundle_failed");
    press(s, TERM_ENTER);
    press(s, TERM_ENTER);
    golden(s, "bundle_written");
    press(s, TERM_ENTER);
    golden(s, "closing");
    press(s, TERM_ENTER);
    golden(s, "close_word");
    type(s, "close");
    press(s, TERM_ENTER);
    golden(s, "closed");
    press(s, TERM_ENTER);
    assert_true(s->w.left);
}

/* Dee leaves, Flo joins, Ee has lost the token. */
static void another_committee(const void *arg, cJSON *plan)
{
    cJSON *holders = cJSON_GetObjectItem(plan, "keyholders"), *flo = cJSON_CreateObject();
    cJSON *root = cJSON_GetObjectItem(cJSON_GetObjectItem(plan, "roles"), "root");

    (void)arg;
    cJSON_AddStringToObject(cJSON_GetArrayItem(holders, 4), "key_is", "lost");
    cJSON_AddStringToObject(flo, "name", "Flo");
    cJSON_AddItemToArray(holders, flo);
    cJSON_ReplaceItemInArray(cJSON_GetObjectItem(root, "keyholders"), 3, cJSON_CreateString("Flo"));
}

static void rotation(const struct scene *before)
{
    struct scene s;

    scene_next(&s, before, another_committee);
    press(&s, TERM_ENTER);
    type(&s, "2025-11-23");
    press(&s, TERM_ENTER);
    press(&s, TERM_ENTER); /* sure */
    golden(&s, "date_history");
    press(&s, TERM_ENTER);
    for (unsigned i = 0; i < 10; i++)
        press(&s, TERM_BACKSPACE);
    type(&s, "2026-11-23");
    press(&s, TERM_ENTER);
    golden(&s, "rotation_plan");
    change_the_plan(&s);
    press(&s, TERM_ENTER);
    type_word(&s);
    press(&s, TERM_ENTER);
    roll_call(&s, "x-xxxx");
    golden(&s, "rotation_roll_call");
    press(&s, TERM_ENTER);
    golden(&s, "rotation_enrolment");
    enrol(&s, "S5");
    enrol(&s, "S7"); /* Ee's new token */
    press(&s, TERM_ENTER);
    press(&s, TERM_ENTER);
    golden(&s, "rotation_proposal");
    press(&s, TERM_ESC);
    review_one(&s);
    review_one(&s);
    press(&s, 'g');
    golden(&s, "rotation_signatures");
    sign(&s, "S0");
    golden(&s, "rotation_signatures_one");
    sign(&s, "S2");
    sign(&s, "S3");
    golden(&s, "rotation_signatures_old_done");
    sign(&s, "S7");
    sign(&s, "S5");
    while (s.w.choice < 6)
        press(&s, TERM_DOWN);
    press(&s, TERM_ENTER);
    golden(&s, "rotation_client");
    take_a_changed_plan(&s);
    scene_clear(&s);
}

static void a_whole_ceremony(void **state)
{
    struct scene s;

    (void)state;
    scene_first(&s, false);
    readiness_and_date(&s);
    plan(&s);
    roll_call(&s, "xxxx-");
    golden(&s, "roll_call_few");
    for (unsigned i = 0; i < 2; i++)
        press(&s, TERM_UP);
    press(&s, ' ');
    golden(&s, "roll_call");
    press(&s, TERM_DOWN);
    press(&s, TERM_DOWN);
    press(&s, TERM_ENTER);
    enrolment(&s);
    review(&s);
    signatures(&s);
    result(&s);
    rotation(&s);
    scene_clear(&s);
}

static void a_rehearsal_says_so(void **state)
{
    struct scene s;

    (void)state;
    scene_first(&s, true);
    press(&s, TERM_ENTER);
    type(&s, "2026-11-23");
    press(&s, TERM_ENTER);
    golden(&s, "rehearsal_plan");
    press(&s, TERM_ENTER);
    type_word(&s);
    press(&s, TERM_ENTER);
    roll_call(&s, "xxxxx");
    press(&s, TERM_ENTER);
    press(&s, TERM_ENTER);
    insert(&s, "S0");
    press(&s, TERM_ENTER);
    golden(&s, "rehearsal_pin");
    scene_clear(&s);
}

/* Escape sequences, text from right to left, wide and broken characters in what strangers write. */
static void foreign_text_is_harmless(void **state)
{
    struct scene s;

    (void)state;
    scene_first(&s, false);
    press(&s, TERM_ENTER);
    type(&s, "2026-11-23");
    press(&s, TERM_ENTER);
    press(&s, TERM_ENTER);
    type_word(&s);
    press(&s, TERM_ENTER);
    roll_call(&s, "xxxxx");
    press(&s, TERM_ENTER);
    press(&s, TERM_ENTER);
    insert(&s, "S0");
    snprintf(s.w.tokens.items[0].model, sizeof s.w.tokens.items[0].model,
             "\x1b[2J\x1b[31mevil\xe2\x80\xae live\xff\xe6\xbc\xa2\xe5\xad\x97");
    memset(s.w.tokens.items[0].id.label, 'M', sizeof s.w.tokens.items[0].id.label - 1);
    golden(&s, "foreign_text");
    scene_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_ceremony),
        cmocka_unit_test(a_rehearsal_says_so),
        cmocka_unit_test(foreign_text_is_harmless),
    };

    if (setlocale(LC_ALL, "C.UTF-8") == NULL)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
