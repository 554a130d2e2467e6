/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing that is signed goes unseen: whatever changes in the bytes of a proposal, so that clients
 * would still read it, changes the words of its review; and what differs between two versions
 * changes the words of their diff. Digests are not among these words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/changes/diff.h"
#include "ceremony/review/review.h"
#include "metadata/envelope.h"
#include "projects.h"
#include "room.h"

#define NOW 1800000000

struct words {
    /* The words for canonical bytes, to be freed; NULL: they can't be signed. */
    char *(*of)(struct words *w, struct span signed_bytes);
    struct session *s;
    size_t proposal;
    struct json old;
    char *before;
    struct span all; /* canonical bytes of the original */
    size_t accepted, refused, hidden;
};

static struct envelope *envelope_of(struct span canonical)
{
    struct bytes copy = {0};
    struct envelope *env = NULL;
    struct err e;

    bytes_put_span(&copy, canonical);
    return envelope_new(&copy, "mutant", &env, &e) == 0 ? env : NULL;
}

static char *text_of(struct lines *l)
{
    struct bytes text = {0};

    lines_text(l, &text);
    lines_free(l);
    return bytes_take_str(&text);
}

/* The review of a proposal that has these bytes: its own, and that of its role template. */
static char *reviewed(struct words *w, struct span canonical)
{
    struct proposal *p = &w->s->proposals[w->proposal], was = *p;
    struct envelope *env = envelope_of(canonical);
    const struct signed_head *head = NULL;
    struct root root;
    struct lines *l;
    char *text = NULL;
    int rc = -1;
    struct err e;

    if (env == NULL)
        return NULL;
    p->envelope = env;
    if (p->type == SIGNED_ROOT && root_read(envelope_object(env), &root, &e) == 0)
        head = &root.head;
    else if (p->type == SIGNED_TARGETS && targets_read(envelope_object(env), &p->targets, &e) == 0)
        head = &p->targets.head;
    if (head != NULL) {
        p->version = head->version;
        p->expires = head->expires;
        rc = w->s->groups[p->group].n > 1 ? review_lines(w->s, p->group, &l, &e)
                                          : review_file_lines(w->s, w->proposal, &l, &e);
    }
    if (rc == 0)
        text = text_of(l);
    if (head != NULL && p->type == SIGNED_ROOT)
        root_clear(&root);
    else if (head != NULL)
        targets_clear(&p->targets);
    envelope_free(env);
    *p = was;
    return text;
}

static char *described(struct words *w, struct span canonical)
{
    struct envelope *env = envelope_of(canonical);
    struct lines *l = lines_new();
    char *text = NULL;
    struct err e;

    (void)w;
    if (env != NULL && describe(envelope_object(env), NULL, NOW, l, &e) == 0)
        text = text_of(l);
    else
        lines_free(l);
    envelope_free(env);
    return text;
}

/* Of what `described` takes. */
static char *differs(struct words *w, struct span canonical)
{
    struct envelope *env = envelope_of(canonical);
    char *readable = described(w, canonical), *text = NULL;
    struct bytes out = {0};
    struct changes c;
    struct err e;

    if (readable != NULL && diff(w->old, envelope_object(env), NULL, &c, &e) == 0) {
        for (size_t i = 0; i < c.n; i++) {
            change_words(&c, i, &out);
            bytes_put_u8(&out, '\n');
        }
        changes_clear(&c);
        text = bytes_take_str(&out);
        text = text != NULL ? text : strdup("");
    }
    free(readable);
    envelope_free(env);
    return text;
}

static void mutant(struct words *w, struct span canonical)
{
    char *after;

    if (span_eq(canonical, w->all))
        return;
    after = w->of(w, canonical);
    if (after == NULL) {
        w->refused++;
        return;
    }
    w->accepted++;
    if (strcmp(after, w->before) == 0 && w->hidden++ < 5) {
        size_t at = 0;

        while (canonical.p[at] == w->all.p[at])
            at++;
        at = at > 60 ? at - 60 : 0;
        print_error("not seen:\n  %.120s\n  %.120s\n", (const char *)w->all.p + at,
                    (const char *)canonical.p + at);
    }
    free(after);
}

/* A byte of the same class, so that most mutants are still metadata. */
static uint8_t another(uint8_t c)
{
    if (isdigit(c))
        return c == '9' ? '1' : (uint8_t)(c + 1);
    if (c == 'f' || c == 'z' || c == 'Z')
        return (uint8_t)(c - 5);
    return isalpha(c) ? (uint8_t)(c + 1) : c == '-' ? '.' : c == ' ' ? '_' : '-';
}

static void each_byte(struct words *w)
{
    struct bytes copy = {0};

    bytes_put_span(&copy, w->all);
    for (size_t i = 0; i < w->all.n; i++) {
        copy.p[i] = another(w->all.p[i]);
        mutant(w, bytes_span(&copy));
        copy.p[i] = w->all.p[i];
    }
    bytes_clear(&copy);
}

/* The bytes from `from` to `to` replaced. */
static void splice(struct words *w, const uint8_t *from, const uint8_t *to, struct span by)
{
    struct bytes out = {0};

    bytes_put(&out, w->all.p, (size_t)(from - w->all.p));
    bytes_put_span(&out, by);
    bytes_put(&out, to, (size_t)(w->all.p + w->all.n - to));
    mutant(w, bytes_span(&out));
    bytes_clear(&out);
}

/* Leaves a member or element out, with a comma. */
static void leave_out(struct words *w, struct json in, const uint8_t *from, const uint8_t *to)
{
    if (*to == ',')
        to++;
    else if (from > in.p + 1)
        from--;
    splice(w, from, to, span_of(NULL, 0));
}

static void swap(struct words *w, struct json a, struct json b)
{
    struct bytes out = {0};

    bytes_put_span(&out, json_span(b));
    bytes_put_u8(&out, ',');
    bytes_put_span(&out, json_span(a));
    splice(w, a.p, b.p + b.n, bytes_span(&out));
    bytes_clear(&out);
}

static void each_value(struct words *w, struct json v)
{
    static const char *const others[] = {"1", "\"\"", "true", "false", "null", "[]", "{}"};
    struct json_iter it = json_iter_of(v);
    struct json name = {0}, value, before = {0};
    bool object = json_kind(v) == JSON_OBJECT;

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        splice(w, v.p, v.p + v.n, span_str(others[i]));
    if (!object && json_kind(v) != JSON_ARRAY)
        return;
    while (json_next(&it, object ? &name : NULL, &value)) {
        leave_out(w, v, object ? name.p : value.p, value.p + value.n);
        if (!object && before.n > 0)
            swap(w, before, value);
        before = value;
        each_value(w, value);
    }
    if (object) /* behind all names of the field */
        splice(w, v.p + v.n - 1, v.p + v.n - 1,
               span_str(json_count(v) > 0 ? ",\"zz\":\"q\"" : "\"zz\":\"q\""));
}

/* Every mutant of one that clients would still read, of which there are at least `least`. */
static void walk_bytes(struct words *w, struct span canonical, size_t least)
{
    struct envelope *env = envelope_of(canonical);

    assert_non_null(env);
    w->accepted = w->refused = w->hidden = 0;
    w->all = envelope_signed(env);
    w->before = w->of(w, w->all);
    assert_non_null(w->before);
    each_byte(w);
    each_value(w, envelope_object(env));
    if (w->hidden > 0 || w->accepted < least)
        fail_msg("%zu of %zu changes are not seen, %zu can't be signed", w->hidden, w->accepted,
                 w->refused);
    free(w->before);
    envelope_free(env);
}

static int begin(void **state)
{
    return projects_new(state, projects_tree);
}

static void walk(struct room *r, enum station until)
{
    struct err e;

    if ((r->c == NULL && room_open(r, &e) != 0) || room_walk(r, until, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
}

/* Of each role the first file, and of role templates also the last. */
static void walk_proposals(struct room *r, size_t least)
{
    const struct session *s = ceremony_session(r->c);
    struct words w = {.of = reviewed};

    memcpy(&w.s, &s, sizeof w.s); /* only this test puts other bytes into a proposal */

    for (size_t g = 0; g < s->ngroups; g++)
        for (size_t i = 0; i<s->groups[g].n; i += s->groups[g].n> 1 ? s->groups[g].n - 1 : 1) {
            w.proposal = s->groups[g].first + i;
            walk_bytes(&w, envelope_signed(s->proposals[w.proposal].envelope), least);
        }
}

static void a_first_version(void **state)
{
    struct projects *y = *state;

    walk(&y->first, STATION_REVIEW);
    walk_proposals(&y->first, 15);
}

static void a_version_after_another(void **state)
{
    struct projects *y = *state;

    walk(&y->first, STATIONS);
    room_close(&y->first);
    tree_next(&y->next, &y->first);
    walk(&y->next, STATION_REVIEW);
    walk_proposals(&y->next, 15);
}

/* Everything that metadata can hold. */
#define P256                                                                                       \
    "\"keytype\":\"ecdsa\",\"keyval\":{\"public\":\"-----BEGIN PUBLIC KEY-----\n"                  \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n6zOg9KE5RdiYwpZP40Li/hp/"   \
    "m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----\n\"},"                         \
    "\"scheme\":\"ecdsa-sha2-nistp256\"}"
#define ED                                                                                         \
    "\"keytype\":\"ed25519\",\"keyval\":{\"public\":"                                              \
    "\"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\"},"                       \
    "\"scheme\":\"ed25519\"}"
#define LONG                                                                                       \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"     \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
static const char root[] =
    "{\"_type\":\"root\",\"consistent_snapshot\":true,\"expires\":\"2031-01-01T00:00:00Z\","
    "\"keys\":{"
    "\"k1\":{" P256 ",\"k2\":{\"also\":[1,{\"a\":\"" LONG "\"}]," ED "},"
    "\"roles\":{\"root\":{\"keyids\":[\"k1\",\"k2\"],\"threshold\":2},"
    "\"snapshot\":{\"keyids\":[\"k1\"],\"threshold\":1},"
    "\"targets\":{\"keyids\":[\"k1\",\"k2\"],\"threshold\":2,\"why\":\"so\"},"
    "\"timestamp\":{\"keyids\":[\"k1\"],\"threshold\":1}},"
    "\"spec_version\":\"1.0.31\",\"version\":7,\"x\":{\"y\":[true,null,\"z\"]}}";
static const char list[] =
    "{\"_type\":\"targets\",\"delegations\":{\"keys\":{\"k1\":{" P256 ",\"k2\":{" ED ",\"k3\":{" ED
    "},\"roles\":[{\"keyids\":[\"k1\",\"k2\"],\"name\":\"a\",\"paths\":[\"x/*\",\"y/?\"],"
    "\"terminating\":false,\"threshold\":1,\"why\":\"so\"},{\"keyids\":[\"k1\"],\"name\":\"b\","
    "\"path_hash_prefixes\":[\"0\",\"1a\"],\"terminating\":true,\"threshold\":1}]},"
    "\"expires\":\"2031-01-01T00:00:00Z\",\"spec_version\":\"1.0.31\",\"targets\":{"
    "\"a b\xE2\x80\x8B\":{\"custom\":{\"deep\":[{\"er\":\"" LONG "\"}],\"n\":1},\"hashes\":{"
    "\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
    "\"sha512\":\"" LONG "\"},\"length\":9},\"c\":{\"hashes\":{\"sha256\":"
    "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"},\"length\":0}},"
    "\"version\":3}";
static const char bins[] =
    "{\"_type\":\"targets\",\"delegations\":{\"keys\":{\"k1\":{" P256
    "},\"succinct_roles\":{\"bit_length\":4,\"keyids\":[\"k1\"],\"name_prefix\":\"bin\","
    "\"threshold\":1,\"why\":\"so\"}},\"expires\":\"2031-01-01T00:00:00Z\","
    "\"spec_version\":\"1.0.31\",\"targets\":{},\"version\":3}";
static const char snapshot[] =
    "{\"_type\":\"snapshot\",\"expires\":\"2031-01-01T00:00:00Z\",\"meta\":{\"root.json\":{"
    "\"hashes\":"
    "{\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"},"
    "\"length\":9,\"version\":1,\"why\":1},\"targets.json\":{\"version\":2}},"
    "\"spec_version\":\"1.0.31\",\"version\":3}";
static const char *const all_kinds[] = {root, list, bins, snapshot};
#define KINDS (sizeof all_kinds / sizeof all_kinds[0])

static void every_member_in_words(void **state)
{
    struct words w = {.of = described};

    (void)state;
    for (size_t i = 0; i < KINDS; i++)
        walk_bytes(&w, span_str(all_kinds[i]), 80);
}

static void every_difference_in_words(void **state)
{
    struct words w = {.of = differs};

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct envelope *env = envelope_of(span_str(all_kinds[i]));

        assert_non_null(env);
        w.old = envelope_object(env);
        walk_bytes(&w, span_str(all_kinds[i]), 80);
        envelope_free(env);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_first_version, begin, projects_clear),
        cmocka_unit_test_setup_teardown(a_version_after_another, begin, projects_clear),
        cmocka_unit_test(every_member_in_words),
        cmocka_unit_test(every_difference_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
