/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan changes of the delegations in force, word for word: whose keys come, stay and go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "ceremony/plan/plan_change.h"
#include "years.h"

static cJSON *entry(cJSON *plan, const char *name)
{
    cJSON *item;

    cJSON_ArrayForEach(
        item,
        cJSON_GetObjectItem(
            plan,
            "delegations")) if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(item, "name")),
                                       name) == 0) return item;
    fail_msg("no entry '%s'", name);
    return NULL;
}

/* Gives that member of that entry another value, or none (NULL). */
static void set(cJSON *plan, const char *name, const char *member, const char *json)
{
    cJSON *e = entry(plan, name);

    cJSON_DeleteItemFromObject(e, member);
    if (json != NULL)
        cJSON_AddItemToObject(e, member, cJSON_Parse(json));
}

#define SIMPLE   "targets/simple"
#define PACKAGES "targets/packages/{version}/{letter}"

static void nothing(cJSON *plan)
{
    (void)plan;
}

static void threshold(cJSON *plan)
{
    set(plan, SIMPLE, "threshold", "3");
}

static void replace(cJSON *plan)
{
    set(plan, SIMPLE, "keyholders", "[\"Alice\", \"Bo\", \"Dee\"]");
}

static void keys_of_root(cJSON *plan)
{
    set(plan, "bins", "same_keys_as", "\"root\"");
}

static void go_online(cJSON *plan)
{
    set(plan, "bin-{bin}", "same_keys_as", NULL);
    set(plan, "bin-{bin}", "expires", NULL);
    set(plan, "bin-{bin}", "online_keys", "[\"online\"]");
    cJSON_DeleteItemFromArray(cJSON_GetObjectItem(plan, "sign"), 5);
}

static void come_anew(cJSON *plan)
{
    cJSON_AddItemToArray(
        cJSON_GetObjectItem(plan, "delegations"),
        cJSON_Parse("{\"name\": \"old\", \"paths\": [\"old/*\"], \"same_keys_as\": \"root\","
                    " \"threshold\": 2, \"expires\": \"1 year\"}"));
    cJSON_AddItemToArray(
        cJSON_GetObjectItem(plan, "delegations"),
        cJSON_Parse("{\"name\": \"wheels/{letter}\", \"by\": \"targets/simple\", \"each\": "
                    "{\"letter\": [\"A\", \"B\"]}, \"paths\": [\"wheels/{letter}/*\"],"
                    " \"same_keys_as\": \"root\", \"threshold\": 2, \"expires\": \"1 year\"}"));
}

static void one_letter_more(cJSON *plan)
{
    set(plan, PACKAGES, "each", "{\"letter\": [\"A\", \"D\", \"E\"], \"version\": [\"2.7\"]}");
}

static void go(cJSON *plan)
{
    cJSON *targets = cJSON_GetObjectItem(cJSON_GetObjectItem(plan, "roles"), "targets");

    cJSON_AddItemToObject(
        targets, "remove",
        cJSON_Parse("[\"targets/packages/2.7/D\", \"targets/packages/source/D\"]"));
    set(plan, PACKAGES, "each", "{\"letter\": [\"A\"], \"version\": [\"2.7\", \"source\"]}");
}

/* Chen is on no list any more, and nothing says whose key that was. */
static void forget(cJSON *plan)
{
    cJSON *seats = cJSON_GetObjectItem(
        cJSON_GetObjectItem(cJSON_GetObjectItem(plan, "roles"), "root"), "keyholders");

    cJSON_DeleteItemFromArray(cJSON_GetObjectItem(plan, "keyholders"), 2);
    cJSON_DeleteItemFromArray(seats, 2);
    set(plan, SIMPLE, "keyholders", "[\"Alice\", \"Bo\"]");
}

/* The digits of keys are other ones at each run. */
static const struct {
    const char *name;
    void (*edit)(cJSON *plan);
    const char *words;
} rows[] = {
    {"nothing", nothing, "    no key and no threshold changes\n"},
    {"threshold", threshold, "    targets/simple: 3 instead of 2 signatures are needed\n"},
    {"replace", replace,
     "    targets/simple: Dee comes, with a key that is enrolled here\n"
     "    targets/simple: the key # of Chen goes\n"
     "    targets/packages/{version}/{letter}: Dee comes, with a key that is enrolled here\n"
     "    targets/packages/{version}/{letter}: the key # of Chen goes\n"
     "    bins: Dee comes, with a key that is enrolled here\n"
     "    bins: the key # of Chen goes\n"
     "    bin-{bin}: Dee comes, with a key that is enrolled here\n"
     "    bin-{bin}: the key # of Chen goes\n"},
    {"keys of root", keys_of_root,
     "    bins: Alice comes, with a key that is there already\n"
     "    bins: Bo comes, with a key that is there already\n"
     "    bins: Chen comes, with a key that is there already\n"
     "    bins: Dee comes, with a key that is there already\n"
     "    bins: Ee comes, with a key that is there already\n"
     "    bins: the key # of Alice goes\n"
     "    bins: the key # of Bo goes\n"
     "    bins: the key # of Chen goes\n"},
    {"go online", go_online,
     "    bin-{bin}: online key 'online' comes\n"
     "    bin-{bin}: the key # of Alice goes\n"
     "    bin-{bin}: the key # of Bo goes\n"
     "    bin-{bin}: the key # of Chen goes\n"},
    {"come anew", come_anew,
     "    old: new, delegated to by targets\n"
     "    wheels/{letter}: new, delegated to by targets/simple, 2 roles\n"},
    {"one letter more", one_letter_more,
     "    targets/packages/{version}/{letter}: 1 of 3 roles are new, delegated to by targets\n"},
    {"go", go,
     "    targets: delegates to targets/packages/2.7/D no more\n"
     "    targets: delegates to targets/packages/source/D no more\n"},
    {"forget", forget,
     "    root and targets: the key # goes\n"
     "    targets/simple: the key # of nobody known goes\n"
     "    targets/packages/{version}/{letter}: the key # of nobody known goes\n"
     "    bins: the key # of nobody known goes\n"
     "    bin-{bin}: the key # of nobody known goes\n"},
};

/* Copies the words, with "#" in place of the 16 digits and the dots of each key. */
static void without_digits(const char *words, struct bytes *out)
{
    const char *key = "the key ", *at;

    while ((at = strstr(words, key)) != NULL) {
        at += strlen(key);
        bytes_put(out, words, (size_t)(at - words));
        words = at;
        if (strspn(at, "0123456789abcdef") == 16 && strncmp(at + 16, "...", 3) == 0) {
            bytes_put_u8(out, '#');
            words = at + 19;
        }
    }
    bytes_put_str(out, words);
}

static struct plan *load(const struct room *r, const char *name)
{
    struct plan *p = NULL;
    struct store *s;
    struct err e;

    assert_int_equal(store_open(r->dir, &s, &e), 0);
    if (plan_load(s, &p, &e) != 0)
        fail_msg("%s: %s; %s", name, e.what, e.where);
    store_free(s);
    return p;
}

static void expect_words(const struct plan *p, const char *name, const char *words)
{
    struct bytes said, plain;

    said = (struct bytes){0};
    plain = (struct bytes){0};
    plan_change_words(p, &said);
    without_digits(bytes_str(&said), &plain);
    if (strcmp(bytes_str(&plain), words) != 0)
        fail_msg("%s: it says:\n%s", name, bytes_str(&plain));
    bytes_clear(&said);
    bytes_clear(&plain);
}

/* The plan of the next year, edited, in place of the one that is there. */
static void write_edited(const struct room *r, struct span plan, void (*edit)(cJSON *plan))
{
    cJSON *tree = cJSON_ParseWithLength((const char *)plan.p, plan.n);
    char *text;

    assert_non_null(tree);
    edit(tree);
    text = cJSON_Print(tree);
    room_write(r, "plan.json", span_str(text));
    cJSON_free(text);
    cJSON_Delete(tree);
}

static void each_change_is_said(void **state)
{
    struct years *y = *state;
    struct bytes text;

    text = (struct bytes){0};
    room_read(&y->next, "plan.json", &text);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan *p;

        write_edited(&y->next, bytes_span(&text), rows[i].edit);
        p = load(&y->next, rows[i].name);
        expect_words(p, rows[i].name, rows[i].words);
        plan_free(p);
    }
    bytes_clear(&text);
}

/* Which entries a delegator must sign anew, and no others. */
static void who_changes_is_known(void **state)
{
    static const struct {
        void (*edit)(cJSON *plan);
        const char *changes[4];
    } edits[] = {
        {nothing, {NULL}},
        {threshold, {SIMPLE}},
        {replace, {SIMPLE, PACKAGES, "bins", "bin-{bin}"}},
        {keys_of_root, {"bins"}},
        {go_online, {"bin-{bin}"}},
        {come_anew, {"old", "wheels/{letter}"}},
        {one_letter_more, {PACKAGES}},
        {go, {NULL}}, /* what goes is no entry any more */
    };
    struct years *y = *state;
    struct bytes text;

    text = (struct bytes){0};
    room_read(&y->next, "plan.json", &text);
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        struct plan *p;

        write_edited(&y->next, bytes_span(&text), edits[i].edit);
        p = load(&y->next, "changes");
        for (size_t k = SIGNED_TYPES; k < p->nroles; k++) {
            bool expected = false;

            for (size_t n = 0; n < 4 && edits[i].changes[n] != NULL; n++)
                expected = expected || strcmp(edits[i].changes[n], p->roles[k].name) == 0;
            if (plan_delegation_changes(p, &p->roles[k]) != expected)
                fail_msg("edit %zu: %s", i, p->roles[k].name);
        }
        plan_free(p);
    }
    bytes_clear(&text);
}

static void letter_a_alone(cJSON *plan)
{
    set(plan, PACKAGES, "each", "{\"letter\": [\"A\"], \"version\": [\"2.7\", \"source\"]}");
    set(plan, PACKAGES, "same_keys_as", "\"root\"");
    set(plan, PACKAGES, "threshold", "4");
}

/* Both letters by one entry again, whatever they have now. */
static void both_letters(cJSON *plan)
{
    cJSON *list = cJSON_GetObjectItem(plan, "delegations");
    cJSON *sign = cJSON_CreateArray(), *name;

    while (cJSON_GetArraySize(list) > 0)
        cJSON_DeleteItemFromArray(list, 0);
    cJSON_AddItemToArray(
        list,
        cJSON_Parse("{\"name\": \"" PACKAGES "\", \"paths\": "
                    "[\"packages/{version}/{letter}/*/*\"], \"terminating\": true, \"each\": "
                    "{\"letter\": [\"A\", \"D\"], \"version\": [\"2.7\", \"source\"]},"
                    " \"same_keys_as\": \"root\", \"threshold\": 4, \"expires\": \"1 year\"}"));
    cJSON_ArrayForEach(name,
                       cJSON_GetObjectItem(
                           plan, "sign")) if (strncmp(cJSON_GetStringValue(name), "root", 4) == 0 ||
                                              strcmp(cJSON_GetStringValue(name), "targets") == 0)
        cJSON_AddItemToArray(sign, cJSON_CreateString(cJSON_GetStringValue(name)));
    cJSON_ReplaceItemInObject(plan, "sign", sign);
}

/* Two instances of a role template have what the plan wants, two have other keys: that is not
 * hidden behind the first one. */
static void instances_that_differ_are_named(void **state)
{
    const struct derive_wish wish = {.title = "Two years later"};
    static const char *const names[] = {"targets/packages/2.7/D", "targets/packages/source/D"};
    struct years *y = *state;
    struct room third;
    struct bytes text, said;
    struct plan *p;
    struct err e;

    text = (struct bytes){0};
    said = (struct bytes){0};
    room_read(&y->next, "plan.json", &text);
    write_edited(&y->next, bytes_span(&text), letter_a_alone);
    if (room_open(&y->next, &e) != 0 || room_walk(&y->next, STATIONS, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
    years_next(&third, &y->next, &wish);
    bytes_clear(&text);
    room_read(&third, "plan.json", &text);
    write_edited(&third, bytes_span(&text), both_letters);
    p = load(&third, "both letters");
    plan_change_words(p, &said);
    for (size_t i = 0; i < 2; i++) {
        char words[128];

        snprintf(words, sizeof words, "    %s: 4 instead of 2 signatures are needed\n", names[i]);
        if (strstr(bytes_str(&said), words) == NULL)
            fail_msg("'%s' is not in:\n%s", words, bytes_str(&said));
        snprintf(words, sizeof words, "    %s: Ee comes, with a key that is there already\n",
                 names[i]);
        assert_non_null(strstr(bytes_str(&said), words));
    }
    assert_null(strstr(bytes_str(&said), "/A"));
    assert_null(strstr(bytes_str(&said), "new"));
    assert_true(plan_delegation_changes(p, &p->roles[SIGNED_TYPES]));
    plan_free(p);
    bytes_clear(&said);
    bytes_clear(&text);
    room_clear(&third);
}

int main(void)
{
#define YEARS(f) cmocka_unit_test_setup_teardown(f, years_of_tree, years_clear)
    const struct CMUnitTest tests[] = {
        YEARS(each_change_is_said),
        YEARS(who_changes_is_known),
        YEARS(instances_that_differ_are_named),
    };
#undef YEARS

    return cmocka_run_group_tests(tests, NULL, NULL);
}
