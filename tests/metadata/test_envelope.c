/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/metadata/forge.h"

#define SIGNERS 5

static const char payload[] = "{\"_type\": \"root\", \"b\": 1, \"a\": \"\\u00e4\"}";

struct world {
    struct signer s[SIGNERS]; /* one of each type */
};

static int setup(void **state)
{
    static struct world w;

    for (size_t i = 0; i < SIGNERS; i++)
        signer_init(&w.s[i], (enum key_type)i);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < SIGNERS; i++)
        signer_clear(&w->s[i]);
    return 0;
}

static struct envelope *read_file(const struct bytes *text)
{
    struct envelope *env;
    struct err e;

    if (envelope_read(bytes_span(text), "1.root.json", &env, &e) != 0)
        fail_msg("%s (%s)", e.what, e.where);
    return env;
}

/* The keyring of all signers, and `more` ("keyid": {object}) behind it. */
static struct keyring ring_of(struct world *w, const char *more)
{
    const struct signer *all[SIGNERS];
    struct keyring ring;
    struct json_doc *doc;
    struct bytes text;
    struct err e;

    for (size_t i = 0; i < SIGNERS; i++)
        all[i] = &w->s[i];
    text = (struct bytes){0};
    bytes_put_u8(&text, '{');
    forge_keys(all, SIGNERS, &text);
    bytes_printf(&text, "%s}", more);
    doc = forge_doc(bytes_str(&text));
    assert_int_equal(keyring_read(json_root(doc), &ring, &e), 0);
    json_doc_free(doc);
    bytes_clear(&text);
    return ring;
}

static struct tally tally(const struct envelope *env, const char **keyids, size_t n,
                          unsigned threshold, const struct keyring *ring)
{
    char name[] = "root";
    struct role role = {.name = name, .n = n, .threshold = threshold};
    struct tally t;
    struct err e;

    assert_non_null(role.keyids = calloc(n + 1, sizeof *role.keyids));
    for (size_t i = 0; i < n; i++)
        assert_non_null(role.keyids[i] = strdup(keyids[i]));
    assert_int_equal(envelope_tally(env, &role, ring, &t, &e), 0);
    for (size_t i = 0; i < t.n; i++) { /* they outlive the role only here */
        for (size_t k = 0; k < n; k++)
            if (strcmp(t.keyids[i], keyids[k]) == 0) {
                t.keyids[i] = keyids[k];
                break;
            }
    }
    for (size_t i = 0; i < n; i++)
        free(role.keyids[i]);
    free(role.keyids);
    return t;
}

static void counts_each_type(void **state)
{
    struct world *w = *state;
    const struct signer *all[SIGNERS];
    const char *ids[SIGNERS];
    struct keyring ring = ring_of(w, "");
    struct envelope *env;
    struct bytes text;
    struct tally t;

    for (size_t i = 0; i < SIGNERS; i++) {
        all[i] = &w->s[i];
        ids[i] = key_id(w->s[i].key);
    }
    for (size_t n = 0; n <= SIGNERS; n++) {
        text = (struct bytes){0};
        forge_signed_by(payload, all, n, &text);
        env = read_file(&text);
        assert_int_equal(envelope_signature_count(env), n);
        t = tally(env, ids, SIGNERS, 3, &ring);
        assert_int_equal(t.valid, n);
        assert_int_equal(t.bad + t.pending, 0);
        assert_int_equal(tally_reached(&t), n >= 3);
        for (size_t i = 0; i < n; i++)
            assert_string_equal(t.keyids[i], ids[i]); /* in the role's order */
        tally_clear(&t);
        /* signatures of keys that are not the role's do not count */
        t = tally(env, ids, 1, 1, &ring);
        assert_int_equal(t.valid, n > 0);
        tally_clear(&t);
        envelope_free(env);
        bytes_clear(&text);
    }
    keyring_clear(&ring);
}

/* One key, listed under two keyids (the second with a field more), signs under both. */
static void one_key_under_two_ids_counts_once(void **state)
{
    struct world *w = *state;
    struct bytes twin, more, text;
    struct json_doc *doc;
    struct key *k;
    struct keyring ring;
    struct envelope *env;
    struct tally t;
    struct err e;
    const char *ids[2];

    twin = (struct bytes){0};
    more = (struct bytes){0};
    text = (struct bytes){0};
    json_print(key_object(w->s[0].key), 0, &twin);
    while (twin.p[twin.n - 1] != '}')
        bytes_truncate(&twin, twin.n - 1);
    bytes_truncate(&twin, twin.n - 1);
    bytes_put_str(&twin, ", \"x-name\": \"Bo\"}");
    doc = forge_doc(bytes_str(&twin));
    assert_int_equal(key_from_json(json_root(doc), &k, &e), 0);
    bytes_printf(&more, ", \"%s\": %s", key_id(k), bytes_str(&twin));
    ring = ring_of(w, bytes_str(&more));
    ids[0] = key_id(w->s[0].key);
    ids[1] = key_id(k);
    assert_string_not_equal(ids[0], ids[1]);

    forge_file(payload, (const struct forged_signature[]){{&w->s[0], NULL}, {&w->s[0], key_id(k)}},
               2, &text);
    env = read_file(&text);
    t = tally(env, ids, 2, 2, &ring);
    assert_int_equal(t.valid, 1);
    assert_false(tally_reached(&t));
    tally_clear(&t);
    envelope_free(env);
    keyring_clear(&ring);
    key_free(k);
    json_doc_free(doc);
    bytes_clear(&twin);
    bytes_clear(&more);
    bytes_clear(&text);
}

static void duplicate_signatures_are_refused(void **state)
{
    struct world *w = *state;
    struct envelope *env = (struct envelope *)1;
    struct bytes text;
    struct err e;

    text = (struct bytes){0};
    forge_file(payload, (const struct forged_signature[]){{&w->s[0], NULL}, {&w->s[0], NULL}}, 2,
               &text);
    assert_int_equal(envelope_read(bytes_span(&text), "1.root.json", &env, &e), -1);
    assert_null(env);
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(strstr(e.what, "same keyid"));
    assert_non_null(strstr(e.where, "signatures[1]"));
    bytes_clear(&text);
}

static void placeholders_are_read_and_never_count(void **state)
{
    struct world *w = *state;
    const char *ids[] = {key_id(w->s[0].key)};
    struct keyring ring = ring_of(w, "");
    struct envelope *env;
    struct bytes text;
    struct tally t;

    text = (struct bytes){0};
    bytes_printf(&text, "{\"signatures\": [{\"keyid\": \"%s\", \"sig\": \"\"}], \"signed\": %s}",
                 ids[0], payload);
    env = read_file(&text);
    assert_int_equal(envelope_signature_count(env), 1);
    t = tally(env, ids, 1, 1, &ring);
    assert_int_equal(t.valid, 0);
    assert_int_equal(t.pending, 1);
    assert_int_equal(t.bad, 0);
    assert_false(tally_reached(&t));
    tally_clear(&t);
    envelope_free(env);
    keyring_clear(&ring);
    bytes_clear(&text);
}

/* Clients read on: it is one that does not verify, and is written again as it was. */
static void a_signature_that_is_not_hex_is_bad(void **state)
{
    static const char *const texts[] = {"abc", "zz", "ab cd", "a\\\"b"};
    struct world *w = *state;
    const char *ids[] = {key_id(w->s[0].key)};
    struct keyring ring = ring_of(w, "");

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct envelope *env, *again;
        struct bytes text, canonical;
        struct tally t;
        struct err e;

        text = (struct bytes){0};
        canonical = (struct bytes){0};
        bytes_printf(&text,
                     "{\"signatures\": [{\"keyid\": \"%s\", \"sig\": \"%s\"}], \"signed\": %s}",
                     ids[0], texts[i], payload);
        env = read_file(&text);
        t = tally(env, ids, 1, 1, &ring);
        assert_int_equal(t.valid + t.pending, 0);
        assert_int_equal(t.bad, 1);
        tally_clear(&t);
        envelope_put_canonical(env, &canonical);
        assert_int_equal(envelope_take(&canonical, "again", &again, &e), 0);
        assert_true(envelope_signature(again, 0)->not_hex);
        assert_true(span_eq(bytes_span(&envelope_signature(again, 0)->sig),
                            bytes_span(&envelope_signature(env, 0)->sig)));
        envelope_free(again);
        envelope_free(env);
        bytes_clear(&text);
        bytes_clear(&canonical);
    }
    keyring_clear(&ring);
}

/* What can't be checked is neither good nor bad, and is not called missing. */
static void a_scheme_that_is_not_supported_is_called_that(void **state)
{
    struct world *w = *state;
    struct keyring ring = ring_of(w, ", \"new\": {\"keytype\": \"ml-dsa\", \"scheme\": "
                                     "\"ml-dsa-65/1\", \"keyval\": {\"public\": \"00\"}}");
    const char *ids[] = {"new", key_id(w->s[0].key)};
    struct envelope *env;
    struct bytes text;
    struct tally t;
    struct err e;

    text = (struct bytes){0};
    bytes_printf(&text,
                 "{\"signatures\": [{\"keyid\": \"new\", \"sig\": \"aa\"}], "
                 "\"signed\": %s}",
                 payload);
    env = read_file(&text);
    t = tally(env, ids, 2, 1, &ring);
    assert_int_equal(t.unchecked, 1);
    assert_int_equal(t.valid + t.bad, 0);
    assert_int_equal(tally_refuse(&t, "root", &e), -1);
    assert_int_equal(e.code, ERR_UNSUPPORTED);
    assert_non_null(strstr(e.what, "scheme 'ml-dsa-65/1' is not supported"));
    tally_clear(&t);
    t = tally(env, ids, 2, 2, &ring); /* it could not be enough */
    assert_int_equal(tally_refuse(&t, "root", &e), -1);
    assert_int_equal(e.code, ERR_SIGNATURE);
    tally_clear(&t);
    envelope_free(env);
    keyring_clear(&ring);
    bytes_clear(&text);
}

static void a_file_with_a_private_key_is_refused(void **state)
{
    static const char *const texts[] = {
        "{\"signatures\": [], \"signed\": {\"keys\": {\"a\": {\"keyval\": {\"private\": "
        "\"c0\"}}}}}",
        "{\"signatures\": [], \"signed\": {\"keys\": {\"a\": {\"keyval\": {\"private\": null}}}}}",
        "{\"signatures\": [], \"signed\": {\"keys\": {\"a\": {\"keyval\": {\"private\": {}}}}}}",
        "{\"signatures\": [], \"signed\": {\"keys\": {\"a\": {\"keyval\": {\"public\": "
        "\"-----BEGIN EC PRIVATE KEY-----\\nAA==\"}}}}}",
        "{\"signatures\": [], \"x\": [\"-----BEGIN OPENSSH PRIVATE KEY-----\"], \"signed\": {}}",
        "{\"signatures\": [{\"keyid\": \"-----BEGIN PRIVATE KEY-----\", \"sig\": \"\"}], "
        "\"signed\": {}}",
    };
    static const char *const harmless[] = {
        "{\"signatures\": [], \"signed\": {\"keyval\": {\"private\": \"\"}}}",
        "{\"signatures\": [], \"signed\": {\"custom\": {\"private\": true}}}",
        "{\"signatures\": [], \"signed\": {\"a\": \"no PRIVATE KEY is in here\"}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct envelope *env;
        struct bytes text;
        struct err e;

        assert_int_equal(envelope_read(span_str(texts[i]), "f", &env, &e), -1);
        assert_null(env);
        assert_int_equal(e.code, ERR_SECRET);
        assert_non_null(strstr(e.where, "f:1:"));
        assert_non_null(strstr(e.todo, "replace"));
        text = (struct bytes){0};
        bytes_put_str(&text, texts[i]);
        assert_int_equal(envelope_take_any(&text, "f", &env, &e), 0);
        assert_int_equal(envelope_secret(env, &e), -1);
        assert_int_equal(e.code, ERR_SECRET);
        envelope_free(env);
    }
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        struct envelope *env;
        struct err e;

        assert_int_equal(envelope_read(span_str(harmless[i]), "f", &env, &e), 0);
        assert_int_equal(envelope_secret(env, &e), 0);
        envelope_free(env);
    }
}

/* Whatever made them, bytes that carry a private key are not signed. */
static void nothing_with_a_private_key_is_to_be_signed(void **state)
{
    struct envelope *env;
    struct bytes canonical;
    struct err e;

    (void)state;
    canonical = (struct bytes){0};
    bytes_put_str(&canonical, "{\"keys\":{\"a\":{\"keyval\":{\"private\":\"c0\"}}}}");
    assert_int_equal(envelope_new(&canonical, "root", &env, &e), -1);
    assert_null(env);
    assert_int_equal(e.code, ERR_SECRET);
}

/* Signed by 1 under the keyid of 0. */
static void a_signature_under_a_foreign_id_is_bad(void **state)
{
    struct world *w = *state;
    const char *ids[] = {key_id(w->s[0].key), key_id(w->s[1].key)};
    struct keyring ring = ring_of(w, "");
    struct envelope *env;
    struct bytes text;
    struct tally t;

    text = (struct bytes){0};
    forge_file(payload, (const struct forged_signature[]){{&w->s[1], ids[0]}}, 1, &text);
    env = read_file(&text);
    t = tally(env, ids, 2, 1, &ring);
    assert_int_equal(t.valid, 0);
    assert_int_equal(t.bad, 1);
    tally_clear(&t);
    envelope_free(env);
    keyring_clear(&ring);
    bytes_clear(&text);
}

/* What was signed is the canonical form; the spelling of the file does not matter, a value does. */
static void the_signed_bytes_are_canonical(void **state)
{
    struct world *w = *state;
    const struct signer *by[] = {&w->s[0]};
    const char *ids[] = {key_id(w->s[0].key)};
    struct keyring ring = ring_of(w, "");
    struct envelope *env;
    struct bytes text;
    struct tally t;
    char *digit;

    text = (struct bytes){0};
    forge_signed_by(payload, by, 1, &text);
    env = read_file(&text);
    assert_true(span_is(envelope_signed(env), "{\"_type\":\"root\",\"a\":\"\xC3\xA4\",\"b\":1}"));
    t = tally(env, ids, 1, 1, &ring);
    assert_int_equal(t.valid, 1);
    tally_clear(&t);
    envelope_free(env);

    assert_non_null(digit = strstr((char *)text.p, "\"b\": 1"));
    digit[5] = '2';
    env = read_file(&text);
    t = tally(env, ids, 1, 1, &ring);
    assert_int_equal(t.valid, 0);
    assert_int_equal(t.bad, 1);
    tally_clear(&t);
    envelope_free(env);
    keyring_clear(&ring);
    bytes_clear(&text);
}

/* A file that is made here, signed in any order, written and read again. */
static void the_order_of_signing_leaves_no_trace(void **state)
{
    struct world *w = *state;
    struct bytes files[2], sigs[SIGNERS];
    struct err e;

    for (size_t i = 0; i < SIGNERS; i++)
        sigs[i] = (struct bytes){0};
    for (size_t turn = 0; turn < 2; turn++) {
        struct envelope *env, *again;
        struct bytes canonical;

        files[turn] = (struct bytes){0};
        canonical = (struct bytes){0};
        bytes_put_str(&canonical, "{\"_type\":\"root\"}");
        assert_int_equal(envelope_new(&canonical, "root", &env, &e), 0);
        for (size_t i = 0; i < SIGNERS; i++) {
            size_t by = turn == 0 ? i : SIGNERS - 1 - i;

            if (turn == 0)
                signer_sign(&w->s[by], envelope_signed(env), &sigs[by]);
            assert_int_equal(
                envelope_set_signature(env, key_id(w->s[by].key), span_str("\x01"), &e), 0);
            assert_int_equal(
                envelope_set_signature(env, key_id(w->s[by].key), bytes_span(&sigs[by]), &e),
                0); /* replaces */
        }
        assert_int_equal(envelope_signature_count(env), SIGNERS);
        for (size_t i = 1; i < SIGNERS; i++)
            assert_true(strcmp(envelope_signature(env, i - 1)->keyid,
                               envelope_signature(env, i)->keyid) < 0);
        assert_int_equal(envelope_write(env, &files[turn], &e), 0);
        again = read_file(&files[turn]);
        assert_true(span_eq(envelope_signed(again), envelope_signed(env)));
        assert_int_equal(envelope_signature_count(again), SIGNERS);
        envelope_free(again);
        envelope_free(env);
        bytes_clear(&canonical);
    }
    assert_true(span_eq(bytes_span(&files[0]), bytes_span(&files[1])));
    for (size_t i = 0; i < SIGNERS; i++)
        bytes_clear(&sigs[i]);
    bytes_clear(&files[0]);
    bytes_clear(&files[1]);
}

static void odd_files_are_refused(void **state)
{
    static const struct {
        const char *text, *what, *where;
    } rows[] = {
        {"[]", "a list where an object is expected", "f:1:1"},
        {"{\"signatures\": []}", "'signed' is missing", "f:1:1"},
        {"{\"signed\": {}}", "'signatures' is missing", "f:1:1"},
        {"{\"signatures\": {}, \"signed\": {}}", "not a list", "signatures"},
        {"{\"signatures\": [], \"signed\": []}", "not an object", "signed"},
        {"{\"signatures\": [1], \"signed\": {}}", "an object is expected", "signatures[0]"},
        {"{\"signatures\": [{\"keyid\": \"a\"}], \"signed\": {}}", "'sig' is missing",
         "signatures[0]"},
        {"{\"signatures\": [{\"sig\": \"aa\"}], \"signed\": {}}", "'keyid' is missing",
         "signatures[0]"},
        {"{\"signatures\": [], \"signed\": {\"a\": 1, \"a\": 2}}", "there twice", "signed.a"},
        {"{\"signatures\": [], \"signed\": {}, \"signed\": {\"a\": 2}}", "there twice", "signed"},
        {"{\"signatures\": [], \"signed\": {\"a\": 1.0}}", "fraction", "signed.a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct envelope *env = (struct envelope *)1;
        struct err e;

        if (envelope_read(span_str(rows[i].text), "f", &env, &e) == 0)
            fail_msg("accepted: %s", rows[i].text);
        assert_null(env);
        if (strstr(e.what, rows[i].what) == NULL || strstr(e.where, rows[i].where) == NULL)
            fail_msg("%s: %s (%s)", rows[i].text, e.what, e.where);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_each_type),
        cmocka_unit_test(one_key_under_two_ids_counts_once),
        cmocka_unit_test(duplicate_signatures_are_refused),
        cmocka_unit_test(placeholders_are_read_and_never_count),
        cmocka_unit_test(a_signature_that_is_not_hex_is_bad),
        cmocka_unit_test(a_scheme_that_is_not_supported_is_called_that),
        cmocka_unit_test(a_file_with_a_private_key_is_refused),
        cmocka_unit_test(nothing_with_a_private_key_is_to_be_signed),
        cmocka_unit_test(a_signature_under_a_foreign_id_is_bad),
        cmocka_unit_test(the_signed_bytes_are_canonical),
        cmocka_unit_test(the_order_of_signing_leaves_no_trace),
        cmocka_unit_test(odd_files_are_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
