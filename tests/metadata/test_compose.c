/* SPDX-License-Identifier: Apache-2.0 */
/* Targets metadata whose delegations change: in place, behind, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "composed.h"

static void compose_refused(const struct compose_targets *t, const char *what)
{
    struct bytes text;
    struct err e;

    text = (struct bytes){0};
    assert_int_equal(compose_targets(t, &text, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    if (strstr(e.what, what) == NULL)
        fail_msg("'%s' is not in: %s", what, e.what);
    bytes_clear(&text);
}

static void test_first_of_all(void **state)
{
    struct compose_targets t = {.version = 1, .expires = EXPIRES};
    struct result r;

    (void)state;
    compose(&t, &r);
    assert_json(r.root, "{\"_type\":\"targets\",\"expires\":\"2026-11-23T12:00:00Z\","
                        "\"spec_version\":\"1.0.31\",\"targets\":{},\"version\":1}");
    result_clear(&r);
}

static void test_first_delegations(void **state)
{
    struct fixture *f = *state;
    const struct key *keys[] = {f->keys[1], f->keys[0]};
    const char *paths[] = {"a/*", "q\"b/*"};
    const char *prefixes[] = {"0f", "AB"};
    struct compose_delegation set[] = {
        {.name = "z", .who = {keys, 2, 2, NULL}, .paths = paths, .npaths = 2, .terminating = true},
        {.name = "a\"b", .who = {keys, 1, 1, NULL}, .prefixes = prefixes, .nprefixes = 2}};
    struct compose_targets t = {.version = 1, .expires = EXPIRES, .set = set, .nset = 2};
    struct result r;

    compose(&t, &r);
    assert_int_equal(r.t.n, 2);
    assert_string_equal(r.t.delegations[0].role.name, "z");
    assert_true(r.t.delegations[0].terminating);
    assert_int_equal(r.t.delegations[0].role.threshold, 2);
    assert_string_equal(r.t.delegations[0].role.keyids[0], key_id(f->keys[1]));
    assert_json(r.t.delegations[0].paths, "[\"a/*\",\"q\\\"b/*\"]");
    assert_string_equal(r.t.delegations[1].role.name, "a\"b");
    assert_json(r.t.delegations[1].prefixes, "[\"0f\",\"AB\"]");
    assert_int_equal(r.t.keys.n, 2);
    for (size_t i = 0; i < 2; i++)
        assert_false(r.t.keys.entries[i].id_mismatch);
    result_clear(&r);
}

static void test_absent_stays_absent(void **state)
{
    struct json_doc *doc = forge_doc("{" HEAD "\"x\": [1], " TAIL "}");
    struct compose_targets t = {.version = 5, .expires = EXPIRES, .base = json_root(doc)};
    struct result r;

    (void)state;
    compose(&t, &r);
    assert_json(r.root, "{\"_type\":\"targets\",\"expires\":\"2026-11-23T12:00:00Z\","
                        "\"spec_version\":\"1.0.31\",\"targets\":{},\"version\":5,\"x\":[1]}");
    result_clear(&r);
    json_doc_free(doc);
}

/* A base with one delegation; `keyid` as listed, the key object as given. */
static struct json_doc *one_role(const char *keyid, const struct key *object, const char *roles)
{
    struct bytes text;
    struct json_doc *doc;
    struct err e;

    text = (struct bytes){0};
    bytes_printf(&text, "{" HEAD "\"delegations\": {\"keys\": {\"%s\": ", keyid);
    bytes_put_span(&text, key_object(object));
    bytes_printf(&text, "}, %s}, " TAIL "}", roles);
    if (json_doc_take(&text, "base", JSON_TEXT, &doc, &e) != 0)
        fail_msg("%s (%s)", e.what, e.where);
    return doc;
}

#define ROLE_R                                                                                     \
    "\"roles\": [{\"keyids\": [\"odd\"], \"name\": \"r\", \"paths\": [\"r/*\"], "                  \
    "\"terminating\": false, \"threshold\": 1}]"

static void test_odd_keyids_stay(void **state)
{
    struct fixture *f = *state;
    const struct key *keys[] = {f->keys[1]};
    const char *paths[] = {"s/*"};
    struct compose_delegation set = {
        .name = "s", .who = {keys, 1, 1, NULL}, .paths = paths, .npaths = 1};
    struct json_doc *doc = one_role("odd", f->keys[0], ROLE_R);
    struct compose_targets t = {
        .version = 5, .expires = EXPIRES, .base = json_root(doc), .set = &set, .nset = 1};
    struct result r;

    compose(&t, &r);
    assert_int_equal(r.t.keys.n, 2);
    assert_non_null(keyring_find(&r.t.keys, "odd"));
    assert_true(keyring_find(&r.t.keys, "odd")->id_mismatch);
    assert_string_equal(r.t.delegations[0].role.keyids[0], "odd");
    result_clear(&r);
    json_doc_free(doc);
}

/* Under the ids that the caller gives: as the file lists them already, or need be escaped. */
static void test_keys_are_listed_as_they_are_known(void **state)
{
    struct fixture *f = *state;
    const struct key *keys[] = {f->keys[0], f->keys[1], f->keys[2]};
    const char *paths[] = {"s/*"}, *ids[] = {"odd", "q\"\\ \xc3\xa9", NULL};
    struct compose_delegation set = {
        .name = "s", .who = {keys, 3, 1, ids}, .paths = paths, .npaths = 1};
    struct json_doc *doc = one_role("odd", f->keys[0], ROLE_R);
    struct compose_targets t = {
        .version = 5, .expires = EXPIRES, .base = json_root(doc), .set = &set, .nset = 1};
    struct result r;

    compose(&t, &r);
    assert_int_equal(r.t.keys.n, 3);
    for (size_t i = 0; i < 3; i++) {
        const char *id = ids[i] != NULL ? ids[i] : key_id(keys[i]);

        assert_string_equal(r.t.delegations[1].role.keyids[i], id);
        assert_true(key_same_material(keyring_find(&r.t.keys, id)->key, keys[i]));
    }
    result_clear(&r);
    keys[0] = f->keys[3];
    compose_refused(&t, "under this keyid is not the key");
    keys[0] = f->keys[0];
    ids[1] = "odd";
    compose_refused(&t, "two different keys would have the keyid 'odd'");
    json_doc_free(doc);
}

/* Somebody put another key under the keyid that a developer's key will have. */
static void test_key_that_lies_in_wait(void **state)
{
    struct fixture *f = *state;
    const struct key *keys[] = {f->keys[1]};
    const char *paths[] = {"s/*"};
    struct compose_delegation set[] = {
        {.name = "s", .who = {keys, 1, 1, NULL}, .paths = paths, .npaths = 1},
        {.name = "r", .who = {keys, 1, 1, NULL}, .paths = paths, .npaths = 1}};
    char roles[512];
    struct json_doc *doc;
    struct compose_targets t = {.version = 5, .expires = EXPIRES, .set = set, .nset = 1};
    struct result r;

    snprintf(roles, sizeof roles,
             "\"roles\": [{\"keyids\": [\"%s\"], \"name\": \"r\", \"paths\": [\"r/*\"], "
             "\"terminating\": false, \"threshold\": 1}]",
             key_id(f->keys[1]));
    doc = one_role(key_id(f->keys[1]), f->keys[0], roles);
    t.base = json_root(doc);
    compose_refused(&t, "under this keyid is not the key");
    t.nset = 2; /* now nobody else has it */
    compose(&t, &r);
    assert_int_equal(r.t.keys.n, 1);
    assert_false(r.t.keys.entries[0].id_mismatch);
    result_clear(&r);
    json_doc_free(doc);
}

/* A delegation names a keyid whose key is not there: adding that key elsewhere would let its holder
 * sign for it. */
static void test_keyid_without_key(void **state)
{
    struct fixture *f = *state;
    const struct key *keys[] = {f->keys[1]};
    const char *paths[] = {"s/*"};
    struct compose_delegation set = {
        .name = "s", .who = {keys, 1, 1, NULL}, .paths = paths, .npaths = 1};
    char roles[512];
    struct json_doc *doc;
    struct compose_targets t = {.version = 5, .expires = EXPIRES, .set = &set, .nset = 1};

    snprintf(roles, sizeof roles,
             "\"roles\": [{\"keyids\": [\"odd\", \"%s\"], \"name\": \"r\", \"paths\": [\"r/*\"], "
             "\"terminating\": false, \"threshold\": 1}]",
             key_id(f->keys[1]));
    doc = one_role("odd", f->keys[0], roles);
    t.base = json_root(doc);
    compose_refused(&t, "its key is not in the file");
    json_doc_free(doc);
}

#define BINS                                                                                       \
    "\"succinct_roles\": {\"keyids\": [\"odd\"], \"threshold\": 1, \"bit_length\": 3, "            \
    "\"name_prefix\": \"bin\", \"x\": {\"y\": []}}"

static void test_bins(void **state)
{
    struct fixture *f = *state;
    const struct key *keys[] = {f->keys[1], f->keys[2]};
    const char *paths[] = {"s/*"}, *bin = "bin", *role = "r";
    struct compose_delegation bins = {.name = "bin", .who = {keys, 2, 2, NULL}, .bit_length = 14};
    struct compose_delegation listed = {
        .name = "s", .who = {keys, 1, 1, NULL}, .paths = paths, .npaths = 1};
    struct compose_delegation both[] = {listed, bins};
    struct json_doc *from_bins = one_role("odd", f->keys[0], BINS);
    struct json_doc *from_list = one_role("odd", f->keys[0], ROLE_R);
    struct compose_targets t = {
        .version = 5, .expires = EXPIRES, .base = json_root(from_bins), .set = &bins, .nset = 1};
    struct result r;
    struct json ignored;

    compose(&t, &r); /* in place of bins of that name: their unknown members stay */
    assert_int_equal(r.t.delegations[0].bit_length, 14);
    assert_int_equal(r.t.keys.n, 2);
    assert_json(member(member(member(r.root, "delegations"), "succinct_roles"), "x"), "{\"y\":[]}");
    result_clear(&r);
    t.base = json_root(from_list);
    compose(&t, &r); /* in place of a list */
    assert_int_equal(r.t.n, 1);
    assert_false(json_get(member(r.root, "delegations"), "roles", &ignored));
    result_clear(&r);
    t.removed = &role;
    t.nremoved = 1;
    compose(&t, &r);
    result_clear(&r);
    t.removed = &bin;
    compose_refused(&t, "twice");
    t.base = json_root(from_bins);
    t.set = &listed;
    compose(&t, &r); /* bins go, a list comes */
    assert_string_equal(r.t.delegations[0].role.name, "s");
    assert_false(json_get(member(r.root, "delegations"), "succinct_roles", &ignored));
    result_clear(&r);
    t.nremoved = 0;
    compose_refused(&t, "be alone");
    t.set = both;
    t.nset = 2;
    compose_refused(&t, "beside others");
    t.nset = 0;
    t.nremoved = 1;
    compose(&t, &r);
    assert_int_equal(r.t.n, 0);
    assert_int_equal(r.t.keys.n, 0);
    result_clear(&r);
    json_doc_free(from_bins);
    json_doc_free(from_list);
}

/* A base whose delegations list keys 0 ("old", a foreign id) and 1 as `roles` says; keys 0 and 1
 * are there, and key 2 under "new" when `has_new`. */
static struct json_doc *two_keys(const struct fixture *f, bool has_new, const char *roles)
{
    struct bytes text;
    struct json_doc *doc;
    struct err e;

    text = (struct bytes){0};
    bytes_printf(&text, "{" HEAD "\"delegations\": {\"keys\": {\"old\": ");
    bytes_put_span(&text, key_object(f->keys[0]));
    bytes_printf(&text, ", \"%s\": ", "other");
    bytes_put_span(&text, key_object(f->keys[1]));
    if (has_new) {
        bytes_put_str(&text, ", \"new\": ");
        bytes_put_span(&text, key_object(f->keys[2]));
    }
    bytes_printf(&text, "}, %s}, " TAIL "}", roles);
    if (json_doc_take(&text, "base", JSON_TEXT, &doc, &e) != 0)
        fail_msg("%s (%s)", e.what, e.where);
    return doc;
}

/* Key 2 for key 0: the delegations are then `roles`, where "NEW" stands for key 2's own id; NULL:
 * it is refused. */
static void swaps_to(const struct fixture *f, bool has_new, const char *base, size_t delegations,
                     const char *roles)
{
    const struct compose_swap swap = {f->keys[0], f->keys[2]};
    struct json_doc *doc = two_keys(f, has_new, base);
    struct bytes out, want;
    struct targets t;
    struct err e;
    size_t n;
    int rc;

    out = (struct bytes){0};
    want = (struct bytes){0};
    rc = compose_swap(json_root(doc), &swap, 1, &out, &n, &e);
    assert_int_equal(rc, roles != NULL ? 0 : -1);
    json_doc_free(doc);
    if (roles != NULL)
        assert_int_equal(n, delegations);
    if (n > 0 && rc == 0) {
        for (const char *at = roles, *new; *at != '\0'; at = new + strlen("NEW")) {
            if ((new = strstr(at, "NEW")) == NULL) {
                bytes_put_str(&want, at);
                break;
            }
            bytes_put(&want, at, (size_t)(new - at));
            bytes_put_str(&want, key_id(f->keys[2]));
        }
        if (strstr(bytes_str(&out), bytes_str(&want)) == NULL)
            fail_msg("%s is not %s", bytes_str(&out), bytes_str(&want));
        assert_null(strstr(bytes_str(&out), "\"old\""));
        assert_int_equal(json_doc_take(&out, "swapped", JSON_TEXT, &doc, &e), 0);
        assert_int_equal(targets_read(json_root(doc), &t, &e), 0);
        assert_non_null(keyring_find_key(&t.keys, f->keys[2]));
        assert_null(keyring_find_key(&t.keys, f->keys[0]));
        targets_clear(&t);
        json_doc_free(doc);
    }
    bytes_clear(&out);
    bytes_clear(&want);
}

#define LISTED(ids, name, t)                                                                       \
    "{\"keyids\":[" ids "],\"name\":\"" name "\",\"paths\":[\"*\"],\"terminating\":false,"         \
    "\"threshold\":" t ",\"x\":1}"

static void test_a_key_is_swapped_in_whatever_lists_it(void **state)
{
    const struct fixture *f = *state;

    swaps_to(f, false,
             "\"roles\": [" LISTED("\"old\"", "a", "1") "," LISTED("\"other\"", "b", "1") "]", 1,
             "[" LISTED("\"NEW\"", "a", "1") "," LISTED("\"other\"", "b", "1") "]");
    swaps_to(f, false, "\"roles\": [" LISTED("\"other\",\"old\"", "a", "2") "]", 1,
             "[" LISTED("\"other\",\"NEW\"", "a", "2") "]");
    swaps_to(f, true, "\"roles\": [" LISTED("\"old\"", "a", "1") "]", 1,
             "[" LISTED("\"new\"", "a", "1") "]");
    swaps_to(f, true, "\"roles\": [" LISTED("\"old\",\"new\"", "a", "1") "]", 1,
             "[" LISTED("\"new\"", "a", "1") "]");
    swaps_to(f, true, "\"roles\": [" LISTED("\"old\",\"new\"", "a", "2") "]", 1, NULL);
    swaps_to(f, false, "\"roles\": [" LISTED("\"other\"", "b", "1") "]", 0, "");
    swaps_to(f, false,
             "\"succinct_roles\": {\"bit_length\":2,\"keyids\":[\"old\"],\"name_prefix\":\"bins\","
             "\"threshold\":1}",
             1, "{\"bit_length\":2,\"keyids\":[\"NEW\"],\"name_prefix\":\"bins\",\"threshold\":1}");
}

static void test_refusals(void **state)
{
    struct fixture *f = *state;
    const struct key *keys[] = {f->keys[1], f->keys[2]};
    const char *paths[] = {"s/*"}, *hex[] = {"0g"}, *empty[] = {""}, *gone[] = {"r", "r"},
               *other[] = {"q"};
    struct compose_delegation good = {
        .name = "s", .who = {keys, 2, 1, NULL}, .paths = paths, .npaths = 1};
    struct compose_delegation set[2] = {good, good};
    struct json_doc *doc = one_role("odd", f->keys[0], ROLE_R);
    struct compose_targets t = {
        .version = 5, .expires = EXPIRES, .base = json_root(doc), .set = set, .nset = 2};

    compose_refused(&t, "twice");
    t.nset = 1;
    set[0].name = "../s";
    compose_refused(&t, "no path that may be used");
    set[0].name = "root";
    compose_refused(&t, "as a top-level role is");
    set[0] = good;
    set[0].who.threshold = 0;
    compose_refused(&t, "threshold");
    set[0].who.threshold = 3;
    compose_refused(&t, "threshold");
    set[0] = good;
    set[0].npaths = 0;
    compose_refused(&t, "either patterns, prefixes or bins");
    set[0].npaths = 1;
    set[0].paths = empty;
    compose_refused(&t, "a pattern is empty");
    set[0] = good;
    set[0].prefixes = hex;
    set[0].nprefixes = 1;
    compose_refused(&t, "either patterns, prefixes or bins");
    set[0].npaths = 0;
    compose_refused(&t, "hex digits");
    set[0] = (struct compose_delegation){.name = "s", .who = {keys, 2, 1, NULL}, .bit_length = 33};
    compose_refused(&t, "1 to 32 bits");
    set[0] = good;
    t.removed = other;
    t.nremoved = 1;
    compose_refused(&t, "'q' can't be removed");
    t.removed = gone;
    t.nremoved = 2;
    compose_refused(&t, "twice");
    json_doc_free(doc);
    doc = one_role("odd", f->keys[0], "\"roles\": [], " BINS);
    t.base = json_root(doc);
    t.nremoved = 0;
    compose_refused(&t, "either 'roles' or 'succinct_roles'");
    json_doc_free(doc);
    doc = forge_doc("{" HEAD TAIL "}");
    t.base = json_root(doc);
    t.nremoved = 1;
    compose_refused(&t, "'r' can't be removed");
    json_doc_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_of_all),
        cmocka_unit_test(test_first_delegations),
        cmocka_unit_test(test_absent_stays_absent),
        cmocka_unit_test(test_odd_keyids_stay),
        cmocka_unit_test(test_keys_are_listed_as_they_are_known),
        cmocka_unit_test(test_key_that_lies_in_wait),
        cmocka_unit_test(test_keyid_without_key),
        cmocka_unit_test(test_bins),
        cmocka_unit_test(test_a_key_is_swapped_in_whatever_lists_it),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
