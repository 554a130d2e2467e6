/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histories that other tools wrote: oddities are named, kept or put right, and not choked on. Each
 * is rotated on top of, and a client that has the odd root arrives at the new one.
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
#include "ceremony/rules/plan_rules.h"
#include "metadata/client/client.h"
#include "room.h"
#include "sign_one.h"

#define HOLDERS 3
#define PIN     "4711471"

static const char *const people[HOLDERS] = {"keyholder 1", "keyholder 2", "keyholder 3"};

/* A repository of somebody else's: three root keys on tokens, any two sign. */
struct world {
    struct room old; /* its folder holds the metadata that is given */
    struct key *keys[HOLDERS];
    struct key *online;
    cJSON *root; /* `signed`, to be made odd */
};

static void log_in(struct world *w, size_t i)
{
    struct token_list l;
    struct secret *pin;
    enum pin_state state;
    struct err e;

    assert_int_equal(w->old.t->driver->list(w->old.t->self, &l, &e), 0);
    assert_int_equal(secret_new(&pin, &e), 0);
    for (const char *c = PIN; *c != '\0'; c++)
        assert_int_equal(secret_put(pin, (uint8_t)*c), 0);
    assert_int_equal(w->old.t->driver->login(w->old.t->self, &l.items[i].id, pin, &state, &e), 0);
    secret_free(pin);
    token_list_clear(&l);
}

static cJSON *key_tree(const struct key *k)
{
    struct bytes text;
    cJSON *tree;

    text = (struct bytes){0};
    json_print(key_object(k), 0, &text);
    tree = cJSON_Parse(bytes_str(&text));
    bytes_clear(&text);
    assert_non_null(tree);
    return tree;
}

static void add_role(cJSON *roles, const char *name, struct key *const *keys, size_t n, int t)
{
    cJSON *role = cJSON_AddObjectToObject(roles, name);
    cJSON *ids = cJSON_AddArrayToObject(role, "keyids");

    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(ids, cJSON_CreateString(key_id(keys[i])));
    cJSON_AddNumberToObject(role, "threshold", t);
}

static int make(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct token_key made;
    struct bytes pem;
    cJSON *keys, *roles;
    struct err e;
    char serial[4];

    room_begin(&w->old, NULL);
    for (size_t i = 0; i < HOLDERS; i++) {
        snprintf(serial, sizeof serial, "S%zu", i);
        room_token(&w->old, serial, people[i]);
        log_in(w, i);
        assert_int_equal(w->old.t->driver->generate(w->old.t->self, KEY_P256, "root", &made, &e),
                         0);
        w->keys[i] = made.key;
        made.key = NULL;
        token_key_clear(&made);
    }
    room_online_key(&w->old, "online.pem");
    pem = (struct bytes){0};
    room_read(&w->old, "inputs/online.pem", &pem);
    assert_int_equal(key_from_pem(bytes_span(&pem), &w->online, &e), 0);
    bytes_clear(&pem);
    w->root = cJSON_Parse("{\"_type\": \"root\", \"spec_version\": \"1.0.19\", \"version\": 1,"
                          "\"expires\": \"2027-01-01T00:00:00Z\", \"consistent_snapshot\": true}");
    keys = cJSON_AddObjectToObject(w->root, "keys");
    for (size_t i = 0; i < HOLDERS; i++)
        cJSON_AddItemToObject(keys, key_id(w->keys[i]), key_tree(w->keys[i]));
    cJSON_AddItemToObject(keys, key_id(w->online), key_tree(w->online));
    roles = cJSON_AddObjectToObject(w->root, "roles");
    add_role(roles, "root", w->keys, HOLDERS, 2);
    add_role(roles, "targets", w->keys, HOLDERS, 2);
    add_role(roles, "snapshot", &w->online, 1, 1);
    add_role(roles, "timestamp", &w->online, 1, 1);
    *state = w;
    return 0;
}

static int clear(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < HOLDERS; i++)
        key_free(w->keys[i]);
    key_free(w->online);
    cJSON_Delete(w->root);
    room_clear(&w->old);
    free(w);
    return 0;
}

/* The canonical bytes of w->root. */
static void canonical(const struct world *w, struct bytes *out)
{
    struct json_doc *doc;
    struct err e;
    char *text = cJSON_PrintUnformatted(w->root);

    assert_int_equal(json_doc_read(span_str(text), "root", JSON_TEXT, &doc, &e), 0);
    bytes_put_span(out, json_span(json_root(doc)));
    json_doc_free(doc);
    cJSON_free(text);
}

/* Signs w->root with the first `n` keys, under the ids that it lists for them, and writes it. */
static void publish(struct world *w, const char *name, size_t n, bool placeholder)
{
    const cJSON *ids = cJSON_GetObjectItem(
        cJSON_GetObjectItem(cJSON_GetObjectItem(w->root, "roles"), "root"), "keyids");
    cJSON *file = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(file, "signatures");
    struct bytes message, sig, hex;
    struct err e;
    char *text;

    message = (struct bytes){0};
    sig = (struct bytes){0};
    hex = (struct bytes){0};
    canonical(w, &message);
    for (size_t i = 0; i < HOLDERS; i++) {
        cJSON *item = cJSON_CreateObject();

        if (i >= n && !placeholder) {
            cJSON_Delete(item);
            break;
        }
        bytes_clear(&sig);
        bytes_clear(&hex);
        if (i < n) {
            log_in(w, i);
            assert_int_equal(sign_one(w->old.t, w->keys[i], bytes_span(&message), &sig, &e), 0);
            bytes_put_hex(&hex, bytes_span(&sig));
        }
        cJSON_AddStringToObject(item, "keyid",
                                cJSON_GetStringValue(cJSON_GetArrayItem(ids, (int)i)));
        cJSON_AddStringToObject(item, "sig", bytes_str(&hex));
        cJSON_AddItemToArray(list, item);
    }
    cJSON_AddItemToObject(file, "signed", cJSON_Duplicate(w->root, true));
    text = cJSON_Print(file);
    room_write(&w->old, name, span_str(text));
    cJSON_free(text);
    cJSON_Delete(file);
    bytes_clear(&message);
    bytes_clear(&sig);
    bytes_clear(&hex);
}

static void only_root(const void *arg, cJSON *plan)
{
    (void)arg;
    assert_null(cJSON_GetObjectItem(cJSON_GetObjectItem(plan, "trusted"), "targets"));
}

static int derive(const struct world *w, struct room *next, struct err *e)
{
    const struct derive_wish wish = {.edit = only_root};
    struct store *from, *to;
    int rc;

    room_begin(next, w->old.t);
    assert_int_equal(store_open(w->old.dir, &from, e), 0);
    assert_int_equal(store_open(next->dir, &to, e), 0);
    rc = plan_derive(from, &wish, to, e);
    store_free(from);
    store_free(to);
    return rc;
}

/* Derives, walks, and gives the new root's text; a client with the first root must have arrived. */
static void rotate(struct world *w, const char *newest, struct bytes *out)
{
    struct room next;
    struct err e;
    char name[64];

    if (derive(w, &next, &e) != 0 || room_open(&next, &e) != 0 ||
        room_walk(&next, STATIONS, &e) != 0) {
        err_print(&e, stderr);
        fail();
    }
    snprintf(name, sizeof name, "bundle/metadata/%s", newest);
    room_read(&next, name, out);
    room_clear(&next);
}

static cJSON *parse(const struct bytes *text)
{
    cJSON *tree = cJSON_Parse(bytes_str(text));

    assert_non_null(tree);
    return tree;
}

static void list_as(struct world *w, int key, const char *was, const char *is)
{
    cJSON *keys = cJSON_GetObjectItem(w->root, "keys");
    cJSON *roles = cJSON_GetObjectItem(w->root, "roles");

    cJSON_AddItemToObject(keys, is, cJSON_DetachItemFromObject(keys, was));
    for (const char *const *r = (const char *const[]){"root", "targets", NULL}; *r != NULL; r++)
        cJSON_ReplaceItemInArray(cJSON_GetObjectItem(cJSON_GetObjectItem(roles, *r), "keyids"), key,
                                 cJSON_CreateString(is));
}

/* GitHub's root lists all nine keys so, and files that are not signed here are signed under it. */
static void a_key_that_stays_keeps_the_id_that_clients_know(void **state)
{
    static const char *const foreign[] = {
        "00000000000000000000000000000000000000000000000000000000000000aa", "ann \"a\"", "../x"};
    struct world *w = *state;
    cJSON *keys = cJSON_GetObjectItem(w->root, "keys"), *tree, *sig, *is, *was;
    cJSON *roles = cJSON_GetObjectItem(w->root, "roles");
    struct bytes text;

    for (int i = 0; i < 3; i++)
        list_as(w, i, key_id(w->keys[i]), foreign[i]);
    publish(w, "1.root.json", 2, false);
    text = (struct bytes){0};
    rotate(w, "2.root.json", &text);
    tree = parse(&text);
    is = cJSON_GetObjectItem(tree, "signed");
    assert_true(cJSON_Compare(cJSON_GetObjectItem(is, "keys"), keys, true));
    cJSON_ArrayForEach(was, roles)
    {
        assert_true(cJSON_Compare(
            cJSON_GetObjectItem(cJSON_GetObjectItem(is, "roles"), was->string), was, true));
    }
    cJSON_ArrayForEach(sig, cJSON_GetObjectItem(tree, "signatures"))
    {
        const char *id = cJSON_GetStringValue(cJSON_GetObjectItem(sig, "keyid"));

        assert_non_null(cJSON_GetObjectItem(keys, id));
    }
    cJSON_Delete(tree);
    bytes_clear(&text);
}

/* The third key signed v1 only, which lists it by another id than v2; v2 lists no key by its hash.
 */
static void who_signed_is_known_by_the_key_and_not_by_its_id(void **state)
{
    struct world *w = *state;
    struct findings f;
    struct room next;
    struct err e;

    for (int i = 0; i < 3; i++)
        list_as(w, i, key_id(w->keys[i]), (const char *const[]){"a", "b", "c"}[i]);
    publish(w, "1.root.json", 3, false);
    list_as(w, 2, "c", "third");
    cJSON_ReplaceItemInObject(w->root, "version", cJSON_CreateNumber(2));
    publish(w, "2.root.json", 2, false);
    assert_int_equal(derive(w, &next, &e), 0);
    assert_int_equal(room_open(&next, &e), 0);
    for (int i = 0; i < 3; i++)
        assert_true(trusted_key_seen(ceremony_plan(next.c)->trusted, w->keys[i]));
    assert_int_equal(plan_rules_check(ceremony_plan(next.c), INT64_C(1795435200), &f, &e), 0);
    for (size_t i = 0; i < f.n; i++)
        assert_string_not_equal(f.items[i].rule, "seen-threshold");
    findings_clear(&f);
    room_clear(&next);
}

/* A key that a tool marks as online is nobody's work; the repository's own period is kept. */
static void what_tools_state_goes_into_the_plan(void **state)
{
    struct world *w = *state;
    const struct plan *p;
    struct room next;
    struct err e;
    cJSON *targets = cJSON_GetObjectItem(cJSON_GetObjectItem(w->root, "roles"), "targets");
    cJSON *key = cJSON_GetObjectItem(cJSON_GetObjectItem(w->root, "keys"), key_id(w->keys[2]));

    cJSON_AddStringToObject(key, "x-rstuf-online-key-uri", "fn:x");
    cJSON_ReplaceItemInObject(targets, "keyids", cJSON_Parse("[]"));
    cJSON_AddItemToArray(cJSON_GetObjectItem(targets, "keyids"),
                         cJSON_CreateString(key_id(w->keys[2])));
    cJSON_ReplaceItemInObject(targets, "threshold", cJSON_CreateNumber(1));
    cJSON_AddNumberToObject(w->root, "x-tuf-on-ci-expiry-period", 197);
    publish(w, "1.root.json", 2, false);
    assert_int_equal(derive(w, &next, &e), 0);
    assert_int_equal(room_open(&next, &e), 0);
    p = ceremony_plan(next.c);
    assert_int_equal(p->roles[SIGNED_TARGETS].nonline, 1);
    assert_int_equal(p->roles[SIGNED_TARGETS].nseats, 0);
    assert_int_equal(p->roles[SIGNED_ROOT].nseats, 3);
    assert_int_equal(p->roles[SIGNED_ROOT].expires_in.days, 197);
    assert_int_equal(p->roles[SIGNED_ROOT].expires_in.years, 0);
    room_clear(&next);
}

static void unknown_members_are_kept(void **state)
{
    struct world *w = *state;
    cJSON *tree, *is;
    cJSON *role = cJSON_GetObjectItem(cJSON_GetObjectItem(w->root, "roles"), "timestamp");
    struct bytes text;

    cJSON_AddStringToObject(w->root, "x-acme-note", "kept");
    cJSON_AddNumberToObject(role, "x-tuf-on-ci-expiry-period", 4);
    cJSON_AddItemToObject(w->root, "a-first", cJSON_CreateArray());
    publish(w, "1.root.json", 2, false);
    text = (struct bytes){0};
    rotate(w, "2.root.json", &text);
    tree = parse(&text);
    is = cJSON_GetObjectItem(tree, "signed");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(is, "x-acme-note")), "kept");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(is, "spec_version")), "1.0.19");
    assert_true(cJSON_IsArray(cJSON_GetObjectItem(is, "a-first")));
    role = cJSON_GetObjectItem(cJSON_GetObjectItem(is, "roles"), "timestamp");
    assert_int_equal(cJSON_GetObjectItem(role, "x-tuf-on-ci-expiry-period")->valueint, 4);
    cJSON_Delete(tree);
    bytes_clear(&text);
}

/* Empty signatures as tuf-on-ci writes them, a legacy key type, no word on consistent snapshots. */
static void old_dialects_are_read(void **state)
{
    struct world *w = *state;
    cJSON *keys = cJSON_GetObjectItem(w->root, "keys"), *tree;
    struct bytes text, canon;
    struct json_doc *doc;
    struct key *legacy;
    struct err e;
    char *old = strdup(key_id(w->keys[2]));
    cJSON *key = cJSON_DetachItemFromObject(keys, old);

    cJSON_ReplaceItemInObject(key, "keytype", cJSON_CreateString("ecdsa-sha2-nistp256"));
    cJSON_AddStringToObject(key, "x-tuf-on-ci-keyowner", "@dee");
    canon = (struct bytes){0};
    text = (struct bytes){0};
    {
        char *plain = cJSON_PrintUnformatted(key);

        assert_int_equal(json_doc_read(span_str(plain), "key", JSON_TEXT, &doc, &e), 0);
        assert_int_equal(key_from_json(json_root(doc), &legacy, &e), 0);
        json_doc_free(doc);
        cJSON_free(plain);
    }
    cJSON_AddItemToObject(keys, key_id(legacy), key);
    for (const char *const *r = (const char *const[]){"root", "targets", NULL}; *r != NULL; r++)
        cJSON_ReplaceItemInArray(
            cJSON_GetObjectItem(cJSON_GetObjectItem(cJSON_GetObjectItem(w->root, "roles"), *r),
                                "keyids"),
            2, cJSON_CreateString(key_id(legacy)));
    cJSON_DeleteItemFromObject(w->root, "consistent_snapshot");
    room_token(&w->old, "S9", "@dee"); /* whom the key names; the token is not theirs */
    publish(w, "metadata/root.json", 2, true);
    rotate(w, "2.root.json", &text);
    tree = parse(&text);
    assert_non_null(cJSON_GetObjectItem(
        cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "signed"), "keys"), key_id(legacy)));
    assert_true(cJSON_IsFalse(
        cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "signed"), "consistent_snapshot")));
    cJSON_Delete(tree);
    key_free(legacy);
    free(old);
    bytes_clear(&canon);
    bytes_clear(&text);
}

/* An oldest root that today's clients can't read: hex keys, fractions in the expiry. */
static void unreadable_history_is_a_note(void **state)
{
    struct world *w = *state;
    struct room next;
    struct err e;
    char *keep = cJSON_PrintUnformatted(w->root);

    cJSON_ReplaceItemInObject(w->root, "expires",
                              cJSON_CreateString("2021-12-18T13:28:12.99008-06:00"));
    publish(w, "root_history/1.root.json", 2, false);
    cJSON_Delete(w->root);
    w->root = cJSON_Parse(keep);
    cJSON_free(keep);
    cJSON_ReplaceItemInObject(w->root, "version", cJSON_CreateNumber(2));
    publish(w, "root_history/2.root.json", 2, false);
    cJSON_ReplaceItemInObject(w->root, "version", cJSON_CreateNumber(3));
    publish(w, "root.json", 2, false);
    assert_int_equal(derive(w, &next, &e), 0);
    assert_int_equal(room_open(&next, &e), 0);
    {
        const struct trusted *t = ceremony_plan(next.c)->trusted;

        assert_int_equal(t->nroots, 3);
        assert_int_equal(t->nnotes, 1);
        assert_non_null(strstr(t->notes[0].text, "root v1 can't be read"));
        assert_true(t->notes[0].stuck);
        assert_false(t->roots[0].follows);
        assert_true(t->roots[1].follows);
    }
    assert_int_equal(room_walk(&next, STATIONS, &e), 0);
    room_clear(&next);
}

/* A root that its predecessor's keys did not sign: whoever ships the old one is stuck. */
static void a_broken_chain_is_a_warning(void **state)
{
    struct world *w = *state;
    struct room next;
    struct err e;
    cJSON *roles = cJSON_GetObjectItem(w->root, "roles");

    cJSON_ReplaceItemInObject(cJSON_GetObjectItem(roles, "root"), "threshold",
                              cJSON_CreateNumber(3));
    publish(w, "1.root.json", 3, false);
    cJSON_ReplaceItemInObject(cJSON_GetObjectItem(roles, "root"), "threshold",
                              cJSON_CreateNumber(2));
    cJSON_ReplaceItemInObject(w->root, "version", cJSON_CreateNumber(2));
    publish(w, "2.root.json", 2, false);
    assert_int_equal(derive(w, &next, &e), 0);
    assert_int_equal(room_open(&next, &e), 0);
    assert_int_equal(ceremony_plan(next.c)->trusted->nnotes, 1);
    assert_non_null(strstr(ceremony_plan(next.c)->trusted->notes[0].text,
                           "carries 2 of the 3 signatures that v1 asks for"));
    assert_true(ceremony_plan(next.c)->trusted->notes[0].stuck);
    room_clear(&next);
}

/* Version 2 is missing: version 1 is kept, and it is said that its clients can't be looked at. */
static void a_gap_in_the_history_is_a_note(void **state)
{
    struct world *w = *state;
    struct room next;
    struct err e;

    publish(w, "1.root.json", 2, false);
    cJSON_ReplaceItemInObject(w->root, "version", cJSON_CreateNumber(3));
    publish(w, "3.root.json", 2, false);
    cJSON_ReplaceItemInObject(w->root, "version", cJSON_CreateNumber(4));
    publish(w, "4.root.json", 2, false);
    assert_int_equal(derive(w, &next, &e), 0);
    assert_int_equal(room_open(&next, &e), 0);
    assert_int_equal(ceremony_plan(next.c)->trusted->nroots, 2);
    assert_int_equal(ceremony_plan(next.c)->trusted->nnotes, 1);
    assert_string_equal(ceremony_plan(next.c)->trusted->notes[0].text,
                        "root v2 is not there, but v1 is: whether clients that ship a root before "
                        "v3 can follow can't be seen");
    assert_int_equal(room_walk(&next, STATIONS, &e), 0);
    room_clear(&next);
}

/* Clients that saw targets v7 would refuse what follows on v1. */
static void a_rollback_of_targets_is_refused(void **state)
{
    struct world *w = *state;
    struct room next;
    struct err e;

    publish(w, "1.root.json", 2, false);
    room_write(&w->old, "1.targets.json",
               span_str("{\"signatures\": [], \"signed\": {\"_type\": \"targets\", "
                        "\"spec_version\": \"1.0.31\", \"version\": 1, "
                        "\"expires\": \"2030-01-01T00:00:00Z\", \"targets\": {}}}"));
    room_write(&w->old, "9.snapshot.json",
               span_str("{\"signatures\": [], \"signed\": {\"_type\": \"snapshot\", "
                        "\"version\": 9, \"meta\": {\"targets.json\": {\"version\": 7}}}}"));
    assert_int_equal(derive(w, &next, &e), -1);
    assert_int_equal(e.code, ERR_VERSION);
    assert_non_null(strstr(e.what, "lists targets v7, and the newest that is there is v1"));
    room_clear(&next);
}

/* Somebody published since the plan was made, or forged it: valid or not, it is found. */
static void a_newer_version_beside_the_one_in_force_is_refused(void **state)
{
    static const char *const newer[][2] = {
        {"inputs/trusted/2.root.json", "root v2 lies in inputs/trusted beside v1"},
        {"inputs/trusted/9.root.json", "root v9 lies in inputs/trusted beside v1"}};
    struct world *w = *state;
    struct bytes text = {0};
    struct room next;
    struct err e;
    char command[200];

    publish(w, "1.root.json", 2, false);
    assert_int_equal(derive(w, &next, &e), 0);
    cJSON_ReplaceItemInObject(w->root, "version", cJSON_CreateNumber(2));
    publish(w, "2.root.json", 2, false);
    room_read(&w->old, "2.root.json", &text); /* it follows */
    for (size_t i = 0; i < sizeof newer / sizeof newer[0]; i++) {
        room_write(&next, newer[i][0], i == 0 ? bytes_span(&text) : span_str("{}"));
        assert_int_equal(room_open(&next, &e), -1);
        assert_int_equal(e.code, ERR_VERSION);
        assert_non_null(strstr(e.what, newer[i][1]));
        snprintf(command, sizeof command, "rm '%s/%s'", next.dir, newer[i][0]);
        assert_int_equal(system(command), 0);
    }
    assert_int_equal(room_open(&next, &e), 0);
    room_clear(&next);
    bytes_clear(&text);
}

static const struct refusal {
    const char *name; /* of the one file there is */
    size_t signatures;
    int version;
    enum err_code code;
    const char *says;
} refusals[] = {
    {"1.root.json", 1, 1, ERR_SIGNATURE, "only 1 of the 2 signatures"},
    {"nothing.json", 2, 1, ERR_INCOMPLETE, "holds no root metadata"},
    {"1.root.json", 2, 0, ERR_INCOMPLETE, "holds no root metadata"},
};

static void what_clients_refuse_is_not_built_on(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct room next;
        struct err e;
        char command[200];

        cJSON_ReplaceItemInObject(w->root, "version", cJSON_CreateNumber(refusals[i].version));
        publish(w, refusals[i].name, refusals[i].signatures, false);
        assert_int_equal(derive(w, &next, &e), -1);
        assert_int_equal(e.code, refusals[i].code);
        assert_non_null(strstr(e.what, refusals[i].says));
        assert_true(e.todo[0] != '\0');
        snprintf(command, sizeof command, "rm -f '%s/%s'", w->old.dir, refusals[i].name);
        assert_int_equal(system(command), 0);
        room_clear(&next);
    }
}

static void two_files_of_one_version_are_refused(void **state)
{
    struct world *w = *state;
    struct room next;
    struct err e;

    publish(w, "1.root.json", 2, false);
    publish(w, "metadata/root.json", 3, false);
    assert_int_equal(derive(w, &next, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(strstr(e.what, "are of one version and differ"));
    room_clear(&next);
}

int main(void)
{
#define WORLD(f) cmocka_unit_test_setup_teardown(f, make, clear)
    const struct CMUnitTest tests[] = {
        WORLD(a_key_that_stays_keeps_the_id_that_clients_know),
        WORLD(who_signed_is_known_by_the_key_and_not_by_its_id),
        WORLD(what_tools_state_goes_into_the_plan),
        WORLD(unknown_members_are_kept),
        WORLD(old_dialects_are_read),
        WORLD(unreadable_history_is_a_note),
        WORLD(a_broken_chain_is_a_warning),
        WORLD(a_gap_in_the_history_is_a_note),
        WORLD(a_rollback_of_targets_is_refused),
        WORLD(a_newer_version_beside_the_one_in_force_is_refused),
        WORLD(what_clients_refuse_is_not_built_on),
        WORLD(two_files_of_one_version_are_refused),
    };
#undef WORLD

    return cmocka_run_group_tests(tests, NULL, NULL);
}
