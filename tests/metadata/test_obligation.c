/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/obligation.h"
#include "tests/metadata/forge.h"

#define KEYS 6

/* People are numbered from 1, and sets of them are digits: "124". */
struct world {
    struct signer s[KEYS];
};

struct parsed_root {
    struct bytes text;
    struct json_doc *doc;
    struct root root;
};

static int setup(void **state)
{
    static struct world w;

    for (size_t i = 0; i < KEYS; i++)
        signer_init(&w.s[i], i % 2 == 0 ? KEY_P256 : KEY_ED25519);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < KEYS; i++)
        signer_clear(&w->s[i]);
    return 0;
}

static size_t people(const struct world *w, const char *digits, const struct signer *out[KEYS])
{
    size_t n = 0;

    for (; *digits != '\0'; digits++)
        out[n++] = &w->s[*digits - '1'];
    return n;
}

static void put_root(const struct world *w, int version, const char *digits, unsigned threshold,
                     struct bytes *out)
{
    static const char *const roles[] = {"root", "timestamp", "snapshot", "targets"};
    const struct signer *set[KEYS];
    size_t n = people(w, digits, set);

    bytes_printf(out,
                 "{\"_type\": \"root\", \"spec_version\": \"1.0.31\", \"version\": %d, "
                 "\"expires\": \"2027-11-24T00:00:00Z\", \"consistent_snapshot\": true, "
                 "\"keys\": {",
                 version);
    forge_keys(set, n, out);
    bytes_put_str(out, "}, \"roles\": {");
    for (size_t i = 0; i < 4; i++) {
        bytes_printf(out, "%s\"%s\": {\"keyids\": [", i > 0 ? ", " : "", roles[i]);
        forge_keyids(set, i == 0 ? n : 1, out);
        bytes_printf(out, "], \"threshold\": %u}", i == 0 ? threshold : 1);
    }
    bytes_put_str(out, "}}");
}

static void root_make(const struct world *w, int version, const char *digits, unsigned threshold,
                      struct parsed_root *out)
{
    struct err e;

    out->text = (struct bytes){0};
    put_root(w, version, digits, threshold, &out->text);
    out->doc = forge_doc(bytes_str(&out->text));
    if (root_read(json_root(out->doc), &out->root, &e) != 0)
        fail_msg("%s (%s)", e.what, e.where);
}

static void root_drop(struct parsed_root *r)
{
    root_clear(&r->root);
    json_doc_free(r->doc);
    bytes_clear(&r->text);
}

static struct envelope *signed_file(const struct world *w, const struct parsed_root *r,
                                    const char *by)
{
    const struct signer *set[KEYS];
    size_t n = people(w, by, set);
    struct envelope *env;
    struct bytes file;
    struct err e;

    file = (struct bytes){0};
    forge_signed_by(bytes_str(&r->text), set, n, &file);
    assert_int_equal(envelope_take(&file, "root", &env, &e), 0);
    return env;
}

/* How many obligations of `next` after `old` are reached with signatures by `by`; `valid` counts.
 */
static bool all_reached(const struct world *w, const struct parsed_root *old,
                        const struct parsed_root *next, const char *by, unsigned valid[2])
{
    struct obligation o[OBLIGATIONS_MAX];
    struct envelope *env = signed_file(w, next, by);
    size_t n = obligations_of(SIGNED_ROOT, old != NULL ? &old->root : NULL, &next->root, o);
    bool all = true;

    assert_int_equal(n, old != NULL ? 2 : 1);
    for (size_t i = 0; i < n; i++) {
        struct tally t;
        struct err e;

        assert_int_equal(envelope_tally(env, o[i].role, o[i].keys, &t, &e), 0);
        valid[i] = t.valid;
        all = all && tally_reached(&t);
        tally_clear(&t);
    }
    envelope_free(env);
    return all;
}

/* Version 1 has the keys 1, 2, 3 and needs all three. A next version needs as many of the old keys
 * as the old root says and as many of its own as it says itself; neither makes up for the other. */
static void rotations(void **state)
{
    static const struct {
        const char *keys;
        unsigned threshold;
        const char *by;
        unsigned old, own;
        bool accepted;
    } rows[] = {
        {"456", 3, "12456", 2, 3, false}, /* an old key short */
        {"456", 3, "12356", 3, 2, false}, /* a new key short */
        {"456", 3, "123456", 3, 3, true}, /* everybody */
        {"124", 3, "123", 3, 2, false},   /* the one who comes did not sign */
        {"124", 3, "124", 2, 3, false},   /* the one who goes did not sign */
        {"124", 3, "1234", 3, 3, true},   /* those who stay count for both */
        {"345", 2, "12345", 3, 3, true},  /* a lower threshold counts for the new set only */
        {"345", 2, "345", 1, 3, false},   /* the new set alone */
        {"456", 1, "123", 3, 0, false},   /* the old set alone */
        {"123", 1, "1", 1, 1, false},     /* the old threshold holds until the change is made */
        {"123", 3, "123", 3, 3, true},    /* a renewal: one signature each */
    };
    const struct world *w = *state;
    struct parsed_root old, next;

    root_make(w, 1, "123", 3, &old);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned valid[2];

        root_make(w, 2, rows[i].keys, rows[i].threshold, &next);
        if (all_reached(w, &old, &next, rows[i].by, valid) != rows[i].accepted)
            fail_msg("row %zu", i);
        assert_int_equal(valid[0], rows[i].old);
        assert_int_equal(valid[1], rows[i].own);
        root_drop(&next);
    }
    root_drop(&old);
}

static void a_first_root_is_signed_by_its_own_keys(void **state)
{
    const struct world *w = *state;
    struct parsed_root first;
    unsigned valid[2];

    root_make(w, 1, "1234", 2, &first);
    assert_false(all_reached(w, NULL, &first, "1", valid));
    assert_false(all_reached(w, NULL, &first, "156", valid)); /* strangers do not count */
    assert_int_equal(valid[0], 1);
    assert_true(all_reached(w, NULL, &first, "14", valid));
    root_drop(&first);
}

static void labels_and_members(void **state)
{
    const struct world *w = *state;
    struct parsed_root old, next;
    struct obligation o[OBLIGATIONS_MAX];

    root_make(w, 7, "123", 2, &old);
    root_make(w, 8, "345", 2, &next);
    assert_int_equal(obligations_of(SIGNED_ROOT, &old.root, &next.root, o), 2);
    assert_string_equal(o[0].label, "v7 keys");
    assert_string_equal(o[1].label, "v8 keys");
    assert_true(obligation_has(&o[0], w->s[0].key));
    assert_false(obligation_has(&o[1], w->s[0].key));
    assert_true(obligation_has(&o[0], w->s[2].key)); /* 3 stays: counts for both */
    assert_true(obligation_has(&o[1], w->s[2].key));
    assert_false(obligation_has(&o[0], w->s[5].key));
    /* other roles are signed as the root that will be in force lists */
    assert_int_equal(obligations_of(SIGNED_TARGETS, &old.root, &next.root, o), 1);
    assert_string_equal(o[0].label, "targets keys");
    assert_true(obligation_has(&o[0], w->s[2].key));
    assert_false(obligation_has(&o[0], w->s[0].key));
    root_drop(&old);
    root_drop(&next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotations),
        cmocka_unit_test(a_first_root_is_signed_by_its_own_keys),
        cmocka_unit_test(labels_and_members),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
