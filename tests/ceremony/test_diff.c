/* SPDX-License-Identifier: Apache-2.0 */
/* Differences in words: nothing that differs is hidden, at any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/changes/diff.h"
#include "metadata/base/plain.h"

static struct json_doc *doc(const char *text)
{
    struct json_doc *d;
    struct err e;

    if (json_doc_read(span_str(text), "d", JSON_TEXT, &d, &e) != 0)
        fail_msg("%s: %s", e.where, e.what);
    return d;
}

/* The words of all changes, a line each, are these; "" for none. */
static void differ(const char *old, const char *new, const char *words)
{
    struct json_doc *a = doc(old), *b = doc(new);
    struct changes c;
    struct bytes text;
    struct err e;

    text = (struct bytes){0};
    assert_int_equal(diff(json_root(a), json_root(b), NULL, &c, &e), 0);
    for (size_t i = 0; i < c.n; i++) {
        change_words(&c, i, &text);
        bytes_put_u8(&text, '\n');
    }
    assert_string_equal(bytes_str(&text), words);
    bytes_clear(&text);
    changes_clear(&c);
    json_doc_free(a);
    json_doc_free(b);
}

static void says_what_people_say(void **state)
{
    (void)state;
    differ("{\"version\":1}", "{\"version\":2}", "version 2, it was 1\n");
    differ("{\"roles\":{\"root\":{\"keyids\":[\"aaaaaaaaaa\",\"b\"],\"threshold\":1}}}",
           "{\"roles\":{\"root\":{\"keyids\":[\"b\",\"c\"],\"threshold\":2}}}",
           "root: key aaaaaaaaaa goes\nroot: key c comes\n"
           "root needs 2 signatures, it needed 1\n");
    differ("{\"targets\":{\"a\":{\"hashes\":{\"sha256\":\"ab\"},\"length\":1},\"z\":{}}}",
           "{\"targets\":{\"a\":{\"custom\":1,\"hashes\":{\"sha256\":\"cd\"},\"length\":2}}}",
           "targets / a: custom is new: 1; hashes sha256 \"cd\", it was \"ab\"; length 2, it was "
           "1\ntargets / z goes: {}\n");
    differ("{\"delegations\":{\"keys\":{},\"roles\":[]}}",
           "{\"delegations\":{\"keys\":{\"k1\":{}},\"roles\":[{\"keyids\":[\"k1\"],\"name\":\"r\","
           "\"paths\":[\"p/*\"],\"terminating\":true,\"threshold\":1}]}}",
           "delegated role r comes: signed by 1 of key k1; path p/*; terminating\n");
    differ("{\"delegations\":{\"roles\":[{\"name\":\"r\",\"paths\":[\"a\"]}]}}",
           "{\"delegations\":{\"roles\":[{\"name\":\"r\",\"paths\":[\"b\"]}]}}",
           "r: path a goes\nr: path b comes\n");
}

/* Delegations where there were none: role by role, and nothing of them goes unsaid. */
static void a_first_tree_is_said_by_its_roles(void **state)
{
    (void)state;
    differ("{\"version\":1}",
           "{\"delegations\":{\"keys\":{\"k1\":{},\"k2\":{}},\"roles\":["
           "{\"keyids\":[\"k1\"],\"name\":\"r\",\"paths\":[\"p/*\"],\"threshold\":1},"
           "{\"keyids\":[\"k1\"],\"name\":\"s\",\"path_hash_prefixes\":[\"0\"],"
           "\"threshold\":1}]},\"version\":2}",
           "key k2 is new in the file\n"
           "delegated role r comes: signed by 1 of key k1; path p/*\n"
           "delegated role s comes: signed by 1 of key k1; hash prefix 0\n"
           "version 2, it was 1\n");
    differ("{}", "{\"delegations\":{\"keys\":{},\"roles\":[],\"x\":1}}",
           "delegations / keys is new: {}\ndelegations / roles is new: []\n"
           "delegations / x is new: 1\n");
    differ("{}", "{\"delegations\":{}}", "delegations is new: {}\n");
    differ("{}", "{\"delegations\":[]}", "delegations is new: []\n");
    differ("{}", "{\"delegations\":{\"roles\":[1,1]}}", "delegations / roles is new: [1,1]\n");
}

/* The same when all of them go. */
static void a_tree_that_goes_is_said_by_its_roles(void **state)
{
    (void)state;
    differ("{\"delegations\":{\"keys\":{\"k1\":{},\"k2\":{}},\"roles\":["
           "{\"keyids\":[\"k1\"],\"name\":\"r\",\"paths\":[\"p/*\"],\"threshold\":1},"
           "{\"keyids\":[\"k1\"],\"name\":\"s\",\"path_hash_prefixes\":[\"0\"],"
           "\"threshold\":1}]},\"version\":1}",
           "{\"version\":2}",
           "key k2 is no more in the file\n"
           "delegated role r goes: signed by 1 of key k1; path p/*\n"
           "delegated role s goes: signed by 1 of key k1; hash prefix 0\n"
           "version 2, it was 1\n");
    differ("{\"delegations\":{\"keys\":{},\"roles\":[],\"x\":1}}", "{}",
           "delegations / keys goes: {}\ndelegations / roles goes: []\n"
           "delegations / x goes: 1\n");
    differ("{\"delegations\":{}}", "{}", "delegations goes: {}\n");
    differ("{\"delegations\":[]}", "{}", "delegations goes: []\n");
    differ("{\"delegations\":{\"roles\":[1,1]}}", "{}", "delegations / roles goes: [1,1]\n");
    differ("{\"delegations\":{\"keys\":{}}}", "{}", "delegations / keys goes: {}\n");
}

/* The order of delegations says who is asked first. */
static void says_another_order(void **state)
{
    (void)state;
    differ("{\"a\":[\"x\",\"y\"]}", "{\"a\":[\"y\",\"x\"]}",
           "the order within a is another one: [\"y\",\"x\"], it was [\"x\",\"y\"]\n");
    differ("{\"a\":[\"x\",\"y\"]}", "{\"a\":[\"y\",\"x\",\"z\"]}",
           "a / z is new: \"z\"\n"
           "the order within a is another one: [\"y\",\"x\",\"z\"], it was [\"x\",\"y\"]\n");
    differ("{\"a\":[\"x\",\"x\"]}", "{\"a\":[\"x\"]}", "a: [\"x\"], it was [\"x\",\"x\"]\n");
    differ("{\"a\":[1,2]}", "{\"a\":[2,1]}", "a: [2,1], it was [1,2]\n");
}

/* Histories have keys whose id changed, for their objects were written in another way (sigstore's
 * root 9 and 10): nobody has come or gone. */
static void a_key_of_another_id_stays(void **state)
{
#define ED25519 "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
#define OBJECT(more, of)                                                                           \
    "{" more "\"keytype\":\"ed25519\",\"keyval\":{\"public\":\"" of "\"},\"scheme\":\"ed25519\"}"
#define FILE_OF(id, object)                                                                        \
    "{\"keys\":{\"" id "\":" object "},\"roles\":{\"root\":{\"keyids\":[\"" id "\"]}}}"
    (void)state;
    differ(FILE_OF("aaaaaaaaaa", OBJECT("", ED25519)),
           FILE_OF("bbbbbbbbbb", OBJECT("\"keyid_hash_algorithms\":[\"sha256\"],", ED25519)),
           "root: key aaaaaaaaaa gets another id: key bbbbbbbbbb\n"
           "root: key bbbbbbbbbb is the same key as key aaaaaaaaaa\n");
    differ(FILE_OF("aaaaaaaaaa", OBJECT("", ED25519)),
           FILE_OF("bbbbbbbbbb",
                   OBJECT("", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")),
           "root: key aaaaaaaaaa goes\nroot: key bbbbbbbbbb comes\n");
}

/* A key object need not be said beside the role that names it, but never goes unsaid without. */
static void keys_are_said_once(void **state)
{
    (void)state;
    differ("{\"keys\":{},\"roles\":{\"root\":{\"keyids\":[]}}}",
           "{\"keys\":{\"k\":1},\"roles\":{\"root\":{\"keyids\":[\"k\"]}}}", "root: key k comes\n");
    differ("{\"keys\":{}}", "{\"keys\":{\"k\":1}}", "key k is new in the file\n");
    differ("{\"keys\":{\"k\":2}}", "{\"keys\":{\"k\":1}}", "key k is described in another way\n");
}

static void foreign_names_are_harmless(void **state)
{
    struct json_doc *a = doc("{\"targets\":{}}");
    struct json_doc *b =
        doc("{\"targets\":{\"a\\nb\\u001b[2J\\u202e\":{\"length\":1}},\"v\\n\":1}");
    struct changes c;
    struct bytes text;
    struct err e;

    (void)state;
    assert_int_equal(diff(json_root(a), json_root(b), NULL, &c, &e), 0);
    assert_int_equal(c.n, 2);
    for (size_t i = 0; i < c.n; i++) {
        text = (struct bytes){0};
        change_words(&c, i, &text);
        assert_true(plain_is(bytes_span(&text)));
        bytes_clear(&text);
    }
    changes_clear(&c);
    json_doc_free(a);
    json_doc_free(b);
}

/* A random value; the same numbers give the same value. */
static void put_random(unsigned *seed, unsigned depth, struct bytes *out)
{
    unsigned kind = (*seed = *seed * 1103515245 + 12345) >> 16;

    if (depth == 0 || kind % 4 == 0) {
        bytes_printf(out, kind % 3 == 0 ? "%u" : "\"%u\"", kind % 5);
        return;
    }
    bytes_put_str(out, kind % 2 ? "{" : "[");
    for (unsigned i = 0; i < kind % 5; i++) {
        bytes_printf(out, kind % 2 ? "%s\"%c\":" : "%s", i > 0 ? "," : "", 'a' + (int)i);
        put_random(seed, depth - 1, out);
    }
    bytes_put_str(out, kind % 2 ? "}" : "]");
}

/* The root is an object with members that mean something. */
static struct json_doc *random_doc(unsigned seed)
{
    struct bytes text;
    struct json_doc *d;
    struct err e;

    text = (struct bytes){0};
    bytes_put_str(&text, "{\"delegations\":{\"roles\":");
    put_random(&seed, 4, &text);
    bytes_put_str(&text, "},\"targets\":");
    put_random(&seed, 3, &text);
    bytes_put_str(&text, ",\"roles\":");
    put_random(&seed, 4, &text);
    bytes_put_u8(&text, '}');
    assert_int_equal(json_doc_take(&text, "random", JSON_TEXT, &d, &e), 0);
    return d;
}

static void nothing_is_said_only_of_the_same(void **state)
{
    struct json_doc *a = random_doc(1), *b;
    size_t different = 0;

    (void)state;
    for (unsigned seed = 2; seed < 3000; seed++) {
        struct changes c;
        struct err e;

        b = random_doc(seed);
        assert_int_equal(diff(json_root(a), json_root(b), NULL, &c, &e), 0);
        different += c.n > 0;
        if ((c.n == 0) != span_eq(json_span(json_root(a)), json_span(json_root(b))))
            fail_msg("seed %u", seed);
        changes_clear(&c);
        json_doc_free(a);
        a = b;
    }
    assert_true(different > 2000);
    json_doc_free(a);
}

/* Files `from` to before `to`, and as many roles, the last one first. */
static struct json_doc *many(size_t from, size_t to, size_t length, bool reversed)
{
    struct bytes text;
    struct json_doc *d;
    struct err e;

    text = (struct bytes){0};
    bytes_put_str(&text, "{\"delegations\":{\"roles\":[");
    for (size_t i = from; i < to; i++)
        bytes_printf(&text, "%s{\"name\":\"r%zu\"}", i > from ? "," : "",
                     reversed ? to - 1 - (i - from) : i);
    bytes_put_str(&text, "]},\"targets\":{");
    for (size_t i = from; i < to; i++)
        bytes_printf(&text, "%s\"f%06zu\":{\"length\":%zu}", i > from ? "," : "", i, length);
    bytes_put_str(&text, "}}");
    assert_int_equal(json_doc_take(&text, "many", JSON_TEXT, &d, &e), 0);
    return d;
}

/* Comparing each with each would take hours. */
static void counts_at_size(void **state)
{
    struct json_doc *a = many(0, 100000, 1, false), *b = many(10, 100030, 2, true);
    struct changes c;
    struct bytes text;
    struct err e;

    (void)state;
    text = (struct bytes){0};
    assert_int_equal(diff(json_root(a), json_root(b), NULL, &c, &e), 0);
    changes_summary(&c, "", &text);
    assert_string_equal(bytes_str(&text), "target files: 30 added, 99990 changed, 10 removed\n"
                                          "delegated roles: 30 added, 10 removed\n"
                                          "anything else: 1 changed\n");
    assert_int_equal(c.n, 30 + 99990 + 10 + 30 + 10 + 1);
    bytes_truncate(&text, 0);
    change_words(&c, c.n - 1, &text);
    assert_string_equal(bytes_str(&text), "targets / f100029 is new: {\"length\":2}");
    bytes_truncate(&text, 0);
    change_path(&c, c.n - 1, &text);
    assert_string_equal(bytes_str(&text), "targets.f100029");
    assert_true(sizeof *c.items <= 32); /* what a change costs in memory */
    bytes_clear(&text);
    changes_clear(&c);
    json_doc_free(a);
    json_doc_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_people_say),
        cmocka_unit_test(a_first_tree_is_said_by_its_roles),
        cmocka_unit_test(a_tree_that_goes_is_said_by_its_roles),
        cmocka_unit_test(says_another_order),
        cmocka_unit_test(a_key_of_another_id_stays),
        cmocka_unit_test(keys_are_said_once),
        cmocka_unit_test(foreign_names_are_harmless),
        cmocka_unit_test(nothing_is_said_only_of_the_same),
        cmocka_unit_test(counts_at_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
