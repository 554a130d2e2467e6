/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What will be published: which files in force do not fit to what a plan signs, named before
 * anybody signs, each with the reason. The repository: targets delegates to "a" (offline) and "b"
 * (online); "a" delegates to "a0" and "a1" (online).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/derive/derive.h"
#include "ceremony/publication/publication.h"
#include "ceremony/rules/plan_rules.h"
#include "room.h"
#include "tests/metadata/forge.h"

#define NOON       INT64_C(1795435200) /* 2026-11-23T12:00:00Z */
#define SOON       "2027-01-01T00:00:00Z"
#define ROOT_LIMIT 512000 /* python-tuf, ngclient/config.py */

static struct world {
    struct room old; /* its folder holds the repository */
    struct signer people[2], online, other;
} world;

static const char *const all[] = {"root", "targets", "snapshot", "timestamp", "a", "b", "a0", "a1"};

static void put_keys(struct bytes *out)
{
    const struct signer *const keys[] = {&world.people[0], &world.people[1], &world.online};

    bytes_put_str(out, "\"keys\": {");
    forge_keys(keys, 3, out);
    bytes_put_str(out, "}, ");
}

static void put_role(const char *name, const struct signer *const *by, size_t n, unsigned threshold,
                     const char *more, struct bytes *out)
{
    bytes_printf(out, "%s{\"keyids\": [", name);
    forge_keyids(by, n, out);
    bytes_printf(out, "], \"threshold\": %u%s}", threshold, more);
}

static void write_file(const char *role, const char *expires, const char *more,
                       const struct signer *const *by, size_t n)
{
    struct bytes text, file;
    char name[64];

    text = (struct bytes){0};
    file = (struct bytes){0};
    bytes_printf(&text,
                 "{\"_type\": \"%s\", \"spec_version\": \"1.0.31\", \"version\": 3, \"expires\": "
                 "\"%s\", %s}",
                 role[1] == '\0' || role[2] == '\0' ? "targets" : role, expires, more);
    forge_signed_by(bytes_str(&text), by, n, &file);
    snprintf(name, sizeof name, strcmp(role, "timestamp") == 0 ? "%s.json" : "3.%s.json", role);
    room_write(&world.old, name, bytes_span(&file));
    bytes_clear(&text);
    bytes_clear(&file);
}

/* Root, with so many bytes in a member of nobody's. */
static void write_root(size_t filler)
{
    const struct signer *const people[] = {&world.people[0], &world.people[1]};
    const struct signer *const online[] = {&world.online};
    struct bytes more;

    more = (struct bytes){0};
    put_keys(&more);
    bytes_put_str(&more, "\"x-filler\": \"");
    for (size_t i = 0; i < filler; i++)
        bytes_put_u8(&more, 'x');
    bytes_put_str(&more, "\", \"consistent_snapshot\": true, \"roles\": {");
    put_role("\"root\": ", people, 2, 1, "", &more);
    put_role(", \"targets\": ", people, 2, 1, "", &more);
    put_role(", \"snapshot\": ", online, 1, 1, "", &more);
    put_role(", \"timestamp\": ", online, 1, 1, "", &more);
    bytes_put_u8(&more, '}');
    write_file("root", SOON, bytes_str(&more), people, 2);
    bytes_clear(&more);
}

static int make(void **state)
{
    const struct signer *const people[] = {&world.people[0], &world.people[1]};
    const struct signer *const online[] = {&world.online};
    const char *soon = SOON;
    struct bytes more;

    (void)state;
    room_begin(&world.old, NULL);
    signer_init(&world.people[0], KEY_ED25519);
    signer_init(&world.people[1], KEY_ED25519);
    signer_init(&world.online, KEY_ED25519);
    signer_init(&world.other, KEY_P256);
    more = (struct bytes){0};
    write_root(0);
    bytes_put_str(&more, "\"targets\": {}, \"delegations\": {");
    put_keys(&more);
    put_role("\"roles\": [", people, 2, 1,
             ", \"name\": \"a\", \"terminating\": false, \"paths\": [\"a/*\"]", &more);
    put_role(", ", online, 1, 1, ", \"name\": \"b\", \"terminating\": false, \"paths\": [\"b/*\"]",
             &more);
    bytes_put_str(&more, "]}");
    write_file("targets", soon, bytes_str(&more), people, 1);
    bytes_truncate(&more, 0);
    bytes_put_str(&more, "\"targets\": {}, \"delegations\": {");
    put_keys(&more);
    put_role("\"roles\": [", online, 1, 1,
             ", \"name\": \"a0\", \"terminating\": false, \"paths\": [\"a/0*\"]", &more);
    put_role(", ", online, 1, 1,
             ", \"name\": \"a1\", \"terminating\": false, \"paths\": [\"a/1*\"]", &more);
    bytes_put_str(&more, "]}");
    write_file("a", soon, bytes_str(&more), people, 1);
    write_file("a0", soon, "\"targets\": {}", online, 1);
    write_file("a1", "2026-11-01T00:00:00Z", "\"targets\": {}", online, 1);
    write_file("b", soon, "\"targets\": {}", online, 1);
    write_file("snapshot", soon,
               "\"meta\": {\"targets.json\": {\"version\": 3}, \"a.json\": {\"version\": 3}, "
               "\"a0.json\": {\"version\": 3}, \"a1.json\": {\"version\": 3}, \"b.json\": "
               "{\"version\": 3}}",
               online, 1);
    write_file("timestamp", soon, "\"meta\": {\"snapshot.json\": {\"version\": 3}}", online, 1);
    bytes_clear(&more);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    signer_clear(&world.people[0]);
    signer_clear(&world.people[1]);
    signer_clear(&world.online);
    signer_clear(&world.other);
    room_clear(&world.old);
    return 0;
}

/* "sign" is that list. */
static void sign(cJSON *plan, const char *list)
{
    cJSON_ReplaceItemInObject(plan, "sign", cJSON_Parse(list));
}

static void sign_root(cJSON *plan)
{
    sign(plan, "[\"root\"]");
}

static void sign_targets(cJSON *plan)
{
    sign(plan, "[\"targets\"]");
}

static void swap_key(cJSON *plan)
{
    cJSON *key = cJSON_GetArrayItem(cJSON_GetObjectItem(plan, "online_keys"), 0);

    sign_root(plan);
    cJSON_DeleteItemFromObject(key, "keyid");
    cJSON_AddStringToObject(key, "file", "other.pem");
}

static void replace_key(cJSON *plan)
{
    cJSON *key = cJSON_GetArrayItem(cJSON_GetObjectItem(plan, "online_keys"), 0);

    cJSON_AddItemToObject(key, "replaces", cJSON_DetachItemFromObject(key, "keyid"));
    cJSON_AddStringToObject(key, "file", "other.pem");
    sign(plan, "[\"root\", \"targets\", \"a\"]");
}

static void forget_targets(cJSON *plan)
{
    replace_key(plan);
    sign(plan, "[\"root\", \"a\"]");
}

static void steal_key(cJSON *plan)
{
    forget_targets(plan);
    cJSON_AddStringToObject(cJSON_GetArrayItem(cJSON_GetObjectItem(plan, "online_keys"), 0),
                            "key_is", "stolen");
}

/* A plan over the repository without the files named in `without`. */
static struct plan *plan_over(struct room *r, const char *without, void (*edit)(cJSON *plan))
{
    struct store *from, *to;
    struct derive_wish wish = {0};
    struct bytes text;
    struct plan *p;
    struct err e;
    cJSON *tree;
    char *json;

    room_begin(r, world.old.t);
    assert_int_equal(store_open(world.old.dir, &from, &e), 0);
    assert_int_equal(store_open(r->dir, &to, &e), 0);
    if (plan_derive(from, &wish, to, &e) != 0) {
        err_print(&e, stderr);
        fail();
    }
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char path[200], word[32];

        snprintf(word, sizeof word, " %s ", all[i]);
        snprintf(path, sizeof path, "%s/inputs/trusted/3.%s.json", r->dir, all[i]);
        if (strstr(without, word) != NULL)
            assert_int_equal(remove(path), 0);
    }
    text = (struct bytes){0};
    forge_pem(world.other.pkey, &text);
    room_write(r, "inputs/other.pem", bytes_span(&text));
    bytes_truncate(&text, 0);
    room_read(r, "plan.json", &text);
    tree = cJSON_Parse(bytes_str(&text));
    edit(tree);
    json = cJSON_Print(tree);
    room_write(r, "plan.json", span_str(json));
    cJSON_free(json);
    cJSON_Delete(tree);
    bytes_clear(&text);
    if (plan_load(to, &p, &e) != 0) {
        err_print(&e, stderr);
        fail();
    }
    store_free(from);
    store_free(to);
    return p;
}

static const struct row {
    void (*edit)(cJSON *plan);
    const char *without; /* files that are not given, each between spaces */
    const char *says;
} rows[] = {
    {sign_root, "",
     "The online side must make anew, to publish with it:\n"
     "  a1 v3: expired on 2026-11-01\n"
     "  snapshot v3: it must list a1, which is made anew\n"
     "  timestamp v3: it must list the new snapshot\n"},
    {sign_root, " a1 ", "Not given, and so not looked at: a1\n"},
    {sign_root, " a1 snapshot ", "Not given, and so not looked at: a1 and snapshot\n"},
    {sign_targets, " a1 ",
     "The online side must make anew, to publish with it:\n"
     "  snapshot v3: it lists targets v3, and v4 is published\n"
     "  timestamp v3: it must list the new snapshot\n"
     "Not given, and so not looked at: a1\n"},
    {sign_targets, " a1 snapshot timestamp ",
     "The online side must make anew, to publish with it:\n"
     "  snapshot: it must list targets v4\n"
     "  timestamp: it must list the new snapshot\n"
     "Not given, and so not looked at: a1\n"},
    {replace_key, " a1 ",
     "The online side must make anew, to publish with it:\n"
     "  a0 v3: 0 of the 1 signatures that a v4 asks for\n"
     "  a1: a v4 asks for other signatures than before\n"
     "  b v3: 0 of the 1 signatures that targets v4 asks for\n"
     "  snapshot and timestamp: 0 of the 1 signatures that root v4 asks for\n"},
    {swap_key, " a1 ",
     "The online side must make anew, to publish with it:\n"
     "  snapshot v3: 0 of the 1 signatures that root v4 asks for\n"
     "  timestamp v3: 0 of the 1 signatures that root v4 asks "
     "for\n"
     "These stay as they are:\n"
     "  a v3: an old online key may sign for a0 and 1 more\n"
     "  targets v3: an old online key may sign for b\n"
     "Not given, and so not looked at: a1\n"},
    {swap_key, " a1 snapshot timestamp ",
     "The online side must make anew, to publish with it:\n"
     "  snapshot: root v4 asks for other signatures than before\n"
     "  timestamp: root v4 asks for other signatures than before\n"
     "These stay as they are:\n"
     "  a v3: an old online key may sign for a0 and 1 more\n"
     "  targets v3: an old online key may sign for b\n"
     "Not given, and so not looked at: a1\n"},
};

static void what_does_not_fit_is_named_with_the_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct publication pub;
        struct bytes words;
        struct plan *p;
        struct room r;
        struct err e;

        p = plan_over(&r, rows[i].without, rows[i].edit);
        words = (struct bytes){0};
        if (publication_ahead(p, NOON, &pub, &e) != 0) {
            err_print(&e, stderr);
            fail();
        }
        publication_words(&pub, &words);
        if (strcmp(bytes_str(&words), rows[i].says) != 0)
            fail_msg("row %zu: %s", i, bytes_str(&words));
        bytes_clear(&words);
        publication_clear(&pub);
        plan_free(p);
        room_clear(&r);
    }
}

/* The level of that rule's finding; FINDING_NOTE: nothing is found. */
static enum finding_level level_of(void (*edit)(cJSON *plan), utc_t now, const char *rule,
                                   const char *says)
{
    enum finding_level level = FINDING_NOTE;
    struct findings f;
    struct plan *p;
    struct room r;
    struct err e;

    p = plan_over(&r, "", edit);
    assert_int_equal(plan_rules_check(p, now, &f, &e), 0);
    for (size_t i = 0; i < f.n; i++)
        if (strcmp(f.items[i].rule, rule) == 0) {
            level = f.items[i].level;
            if (strstr(f.items[i].text, says) == NULL)
                fail_msg("%s", f.items[i].text);
        }
    findings_clear(&f);
    plan_free(p);
    room_clear(&r);
    return level;
}

static void a_role_that_trusts_a_stolen_key_is_refused(void **state)
{
    const char *says = "targets v3 stays as it is: an old online key may sign for b";

    (void)state;
    assert_int_equal(level_of(replace_key, NOON, "old-online-key", says), FINDING_NOTE);
    assert_int_equal(level_of(forget_targets, NOON, "old-online-key", says), FINDING_WARNING);
    assert_int_equal(level_of(steal_key, NOON, "old-online-key", says), FINDING_REFUSAL);
}

static void an_expired_root_must_be_signed(void **state)
{
    const utc_t later = NOON + INT64_C(60) * 86400;
    const char *says = "expired on 2027-01-01";

    (void)state;
    assert_int_equal(level_of(sign_root, NOON, "root-expired", says), FINDING_NOTE);
    assert_int_equal(level_of(sign_root, later, "root-expired", says), FINDING_WARNING);
    assert_int_equal(level_of(sign_targets, later, "root-expired", says), FINDING_REFUSAL);
}

static void drop_b(cJSON *plan)
{
    sign_targets(plan);
    cJSON_AddItemToObject(cJSON_GetObjectItem(cJSON_GetObjectItem(plan, "roles"), "targets"),
                          "remove", cJSON_Parse("[\"b\"]"));
}

static void a_role_that_no_one_delegates_to_any_more_is_named(void **state)
{
    const char *says = "b v3 is in force, and no role will delegate to it any more";

    (void)state;
    assert_int_equal(level_of(sign_targets, NOON, "unreached", says), FINDING_NOTE);
    assert_int_equal(level_of(drop_b, NOON, "unreached", says), FINDING_WARNING);
}

static size_t root_size(void)
{
    struct envelope *env;
    struct bytes text;
    struct err e;
    size_t n;

    text = (struct bytes){0};
    room_read(&world.old, "3.root.json", &text);
    assert_int_equal(envelope_read(bytes_span(&text), "3.root.json", &env, &e), 0);
    assert_int_equal(envelope_size(env, &n, &e), 0);
    envelope_free(env);
    bytes_clear(&text);
    return n;
}

/* The swapped key is a longer one: what just fitted does not any more. One that clients refuse
 * already is not made a refusal: what is in force must be renewed all the same. */
static void a_root_over_a_clients_limit_is_refused_unless_it_was_so(void **state)
{
    const char *says = "python-tuf's clients read 512000 at most";
    size_t filler = ROOT_LIMIT - root_size();

    (void)state;
    write_root(filler / 2);
    assert_int_equal(level_of(swap_key, NOON, "client-limit", says), FINDING_NOTE);
    write_root(filler);
    assert_int_equal(root_size(), ROOT_LIMIT);
    assert_int_equal(level_of(swap_key, NOON, "client-limit", says), FINDING_REFUSAL);
    write_root(filler + 1);
    assert_int_equal(level_of(swap_key, NOON, "client-limit", says), FINDING_WARNING);
    write_root(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_fit_is_named_with_the_reason),
        cmocka_unit_test(a_role_that_trusts_a_stolen_key_is_refused),
        cmocka_unit_test(an_expired_root_must_be_signed),
        cmocka_unit_test(a_role_that_no_one_delegates_to_any_more_is_named),
        cmocka_unit_test(a_root_over_a_clients_limit_is_refused_unless_it_was_so)};

    return cmocka_run_group_tests(tests, make, clear);
}
