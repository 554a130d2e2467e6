/* SPDX-License-Identifier: Apache-2.0 */
/* Random repositories that clients accept, with any tree, any sharing of keys and ids of any form:
 * the plan that is derived passes its own rules, and what is renewed keeps ids and key objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/derive/derive.h"
#include "ceremony/plan/plan_change.h"
#include "ceremony/rules/plan_rules.h"
#include "ceremony/session/session.h"

#include "room.h"
#include "tests/metadata/forge.h"

#define SIGNERS 7
#define LISTED  (2 * SIGNERS) /* a key may have two ids in a file */
#define ROUNDS  60

/* A key as one file lists it. */
struct listed {
    unsigned signer;
    char id[80], object[700];
};

/* The keys of one file, and for each role which of them sign. */
struct ring {
    struct listed keys[LISTED];
    size_t n;
};

struct signed_by {
    const struct ring *ring;
    bool has[LISTED];
    unsigned threshold;
    bool dead; /* it names a keyid that has no key, too */
};

static struct signer signers[SIGNERS];
static unsigned nonline; /* seats with a key of the online side, that were seen */

static unsigned below(unsigned n)
{
    return (unsigned)rand() % n;
}

static void list_key(struct ring *r, unsigned signer, unsigned name)
{
    static const char *const members[] = {"",
                                          ",\"x-tuf-on-ci-keyowner\":\"@ann\"",
                                          ",\"x-tuf-on-ci-keyowner\":\"@ANN\"",
                                          ",\"x-tuf-on-ci-keyowner\":\"@\xD0\xB0nn\"",
                                          ",\"x-tuf-on-ci-keyowner\":\"keyholder 2\"",
                                          ",\"x-rstuf-key-name\":\"Bo\"",
                                          ",\"x-tuf-on-ci-online-uri\":\"gcpkms:x\"",
                                          ",\"x-rstuf-online-key-uri\":\"fn:x\""};
    struct listed *l = &r->keys[r->n++];
    struct span object = key_object(signers[signer].key);
    uint8_t any[SHA256_SIZE];

    l->signer = signer;
    snprintf(l->object, sizeof l->object, "%.*s%s}", (int)object.n - 1, (const char *)object.p,
             members[below(8)]);
    switch (below(4)) {
    case 0:
        snprintf(l->id, sizeof l->id, "k%u", name); /* of another key in another file */
        break;
    case 1:
        for (size_t i = 0; i < sizeof any; i++)
            any[i] = (uint8_t)rand();
        hex_of(any, sizeof any, l->id);
        break;
    default:
        assert_int_equal(sha256_hex(span_str(l->object), l->id), 0);
    }
}

static void random_ring(struct ring *r)
{
    unsigned shift = below(SIGNERS);

    r->n = 0;
    for (unsigned i = 0; i < SIGNERS; i++)
        list_key(r, i, (i + shift) % SIGNERS);
    for (unsigned i = 0; i < SIGNERS; i++)
        if (below(6) == 0) {
            list_key(r, i, SIGNERS + i);
            if (strcmp(r->keys[i].id, r->keys[r->n - 1].id) == 0)
                r->n--;
        }
}

static void random_role(const struct ring *r, struct signed_by *out)
{
    bool counted[SIGNERS] = {false};
    unsigned n = 0;

    *out = (struct signed_by){.ring = r, .dead = below(8) == 0};
    out->has[below((unsigned)r->n)] = true;
    for (size_t i = 0; i < r->n; i++) {
        out->has[i] = out->has[i] || below(3) == 0;
        n += out->has[i] && !counted[r->keys[i].signer];
        counted[r->keys[i].signer] = counted[r->keys[i].signer] || out->has[i];
    }
    out->threshold = 1 + below(n);
}

static void put_quoted(const char *id, bool first, struct bytes *out)
{
    bytes_printf(out, "%s\"%s\"", first ? "" : ",", id);
}

static void put_ring(const struct ring *r, struct bytes *out)
{
    bytes_put_str(out, "\"keys\":{");
    for (size_t i = 0; i < r->n; i++) {
        put_quoted(r->keys[i].id, i == 0, out);
        bytes_printf(out, ":%s", r->keys[i].object);
    }
    bytes_put_str(out, "}");
}

static void put_role(const struct signed_by *s, struct bytes *out)
{
    bool first = true;

    bytes_put_str(out, "\"keyids\":[");
    for (size_t i = 0; i < s->ring->n; i++)
        if (s->has[i]) {
            put_quoted(s->ring->keys[i].id, first, out);
            first = false;
        }
    if (s->dead)
        put_quoted("nobody", first, out);
    bytes_printf(out, "],\"threshold\":%u", s->threshold);
}

/* Signed by everybody who may, under each id. */
static void write_file(const struct room *r, const char *name, struct bytes *text,
                       const struct signed_by *by)
{
    struct forged_signature sigs[LISTED];
    struct bytes file, escaped;
    size_t n = 0;

    for (size_t i = 0; i < by->ring->n; i++)
        if (by->has[i])
            sigs[n++] =
                (struct forged_signature){&signers[by->ring->keys[i].signer], by->ring->keys[i].id};
    file = (struct bytes){0};
    escaped = (struct bytes){0}; /* PEM has raw newlines */
    json_print(bytes_span(text), 0, &escaped);
    forge_file(bytes_str(&escaped), sigs, n, &file);
    room_write(r, name, bytes_span(&file));
    bytes_clear(&file);
    bytes_clear(&escaped);
    bytes_clear(text);
}

#define HEAD(type)                                                                                 \
    "{\"_type\":\"" type "\",\"spec_version\":\"1.0.31\",\"version\":1,"                           \
    "\"expires\":\"2027-11-01T00:00:00Z\","

/* What `i` (a, b, c, ...) is delegated; a repository may be `odd` in what is in force, and clients
 * that read it alike go on. */
static void put_share(const char *name, unsigned odd, struct bytes *out)
{
    static const char *const odds[] = {
        "\"paths\":[\"..\"]",              /* can never match */
        "\"paths\":[\"other/*\"]",         /* can never match below another role */
        "\"paths\":[\"*/*\"]",             /* may hide those behind it */
        "\"paths\":[\"x{a,b}\"]",          /* clients differ */
        "\"path_hash_prefixes\":[\"AB\"]", /* in capitals: can never match */
        "\"path_hash_prefixes\":[\"a\"]",
        "\"paths\":[\"a/*\",\"a/*\"]",
        "\"paths\":[]",
    };

    if (odd < sizeof odds / sizeof odds[0])
        bytes_put_str(out, odds[odd]);
    else
        bytes_printf(out, "\"paths\":[\"%s%s/*\"]", name, strchr(name, '/') == NULL ? "/*" : "");
}

static void put_targets(const struct ring *ring, const struct signed_by *roles,
                        const char *const *names, size_t n, struct bytes *out)
{
    bytes_put_str(out, HEAD("targets"));
    if (below(3) == 0)
        bytes_printf(out, "\"x-tuf-on-ci-expiry-period\":%u,", 30 + below(500));
    bytes_put_str(out, "\"targets\":{}");
    if (n > 0) {
        bytes_put_str(out, ",\"delegations\":{");
        put_ring(ring, out);
        bytes_put_str(out, ",\"roles\":[");
        for (size_t i = 0; i < n; i++) {
            bytes_printf(out, "%s{\"name\":\"%s\",\"terminating\":%s,", i > 0 ? "," : "", names[i],
                         below(4) == 0 ? "true" : "false");
            put_share(names[i], below(16), out);
            bytes_put_str(out, ",");
            put_role(&roles[i], out);
            bytes_put_str(out, below(2) == 0 ? ",\"x-rstuf-expire-policy\":45}" : "}");
        }
        bytes_put_str(out, "]}");
    }
    bytes_put_str(out, "}");
}

static void write_root(const struct room *r, const struct ring *ring, const struct signed_by *roles)
{
    struct bytes text;

    text = (struct bytes){0};
    bytes_put_str(&text, HEAD("root") "\"consistent_snapshot\":true,");
    put_ring(ring, &text);
    for (unsigned t = 0; t < SIGNED_TYPES; t++) {
        bytes_printf(&text, "%s\"%s\":{", t == 0 ? ",\"roles\":{" : ",",
                     signed_type_name((enum signed_type)t));
        put_role(&roles[t], &text);
        bytes_put_str(&text, "}");
    }
    bytes_put_str(&text, "}}");
    write_file(r, "1.root.json", &text, &roles[SIGNED_ROOT]);
}

/* Root, targets, and delegated roles a, b, c, the first of which delegates to a/x. */
static void write_repository(const struct room *r)
{
    static const char *const plain[] = {"a", "b", "c"}, *const deeper[] = {"a/x"},
                             *const odd[] = {"a", "7", "constructor"}; /* for tuf-js */
    const char *const *names = below(4) > 0 ? plain : odd;
    struct ring root, targets, a;
    struct signed_by top[SIGNED_TYPES], below_targets[3], below_a[1];
    size_t n = below(4), m = below(2);
    struct bytes text;
    char file[32];

    random_ring(&root);
    random_ring(&targets);
    random_ring(&a);
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        random_role(&root, &top[t]);
    if (below(4) == 0)
        top[SIGNED_TARGETS] = top[SIGNED_ROOT];
    for (size_t i = 0; i < 3; i++)
        random_role(&targets, &below_targets[i]);
    random_role(&a, &below_a[0]);
    write_root(r, &root, top);
    text = (struct bytes){0};
    put_targets(&targets, below_targets, names, n, &text);
    write_file(r, "1.targets.json", &text, &top[SIGNED_TARGETS]);
    for (size_t i = 0; i < n; i++) {
        put_targets(&a, below_a, deeper, i == 0 ? m : 0, &text);
        snprintf(file, sizeof file, "1.%s.json", names[i]);
        if (below(5) > 0)
            write_file(r, file, &text, &below_targets[i]);
        bytes_clear(&text);
    }
    put_targets(&a, NULL, NULL, 0, &text);
    if (n > 0 && m > 0)
        write_file(r, "1.a%2Fx.json", &text, &below_a[0]);
    bytes_clear(&text);
}

/* Every id whose key is there, with the same key object under it. */
static void assert_kept(const struct role *was, const struct keyring *was_keys,
                        const struct role *is, const struct keyring *is_keys)
{
    size_t n = 0;

    for (size_t i = 0; i < was->n; i++) {
        const struct keyring_entry *old = keyring_find(was_keys, was->keyids[i]);
        const struct keyring_entry *new = keyring_find(is_keys, was->keyids[i]);

        if (old == NULL)
            continue;
        n++;
        assert_true(role_has(is, was->keyids[i]));
        assert_non_null(new);
        assert_true(span_eq(key_object(old->key), key_object(new->key)));
    }
    assert_true(is->n == n || is->n == was->n); /* what the plan does not name stays as it is */
    assert_int_equal(is->threshold, was->threshold);
}

static int derive(const struct room *old, const struct room *next, const struct derive_wish *wish,
                  struct err *e)
{
    struct store *from, *to;
    int rc;

    assert_int_equal(store_open(old->dir, &from, e), 0);
    assert_int_equal(store_open(next->dir, &to, e), 0);
    rc = plan_derive(from, wish, to, e);
    store_free(from);
    store_free(to);
    return rc;
}

static void assert_passes(const struct plan *p)
{
    struct findings f;
    struct err e;

    assert_int_equal(plan_rules_check(p, INT64_C(1795435200), &f, &e), 0);
    for (size_t i = 0; i < f.n; i++)
        if (f.items[i].level == FINDING_REFUSAL)
            fail_msg("%s: %s", f.items[i].rule, f.items[i].text);
    findings_clear(&f);
}

/* A key of the online side that signs beside people's is not said to be a person's. */
static void assert_online_named(const struct plan *p)
{
    for (size_t i = 0; i < p->nseats; i++)
        if (p->seats[i].key != NULL && root_online_key(p->trusted->root, p->seats[i].key)) {
            const char *name = p->holders[p->seats[i].holder].name;

            assert_int_equal(strncmp(name, "online side", strlen("online side")), 0);
            nonline++;
        }
}

static void assert_renewed(const struct session *s)
{
    const struct trusted *t = s->plan->trusted;

    for (unsigned type = 0; type < SIGNED_TYPES; type++)
        assert_kept(&t->root->roles[type], &t->root->keys, &s->root.roles[type], &s->root.keys);
    for (size_t i = 0; i < s->nproposals; i++) {
        const struct targets *is = &s->proposals[i].targets;
        const struct targets *was = trusted_targets(t, s->proposals[i].role);

        for (size_t k = 0; was != NULL && k < was->n; k++) {
            const struct delegation *d = targets_delegation(is, was->delegations[k].role.name);

            assert_non_null(d);
            assert_kept(&was->delegations[k].role, &was->keys, &d->role, &is->keys);
        }
    }
}

static unsigned stated(struct json object, const char *member)
{
    struct json v;

    return json_get(object, member, &v) ? (unsigned)json_integer(v) : 0;
}

/* As long as the file, or else the entry above it, says; else a year. */
static void assert_expires(const struct plan *p)
{
    for (size_t i = SIGNED_TYPES; i < p->nroles; i++) {
        const struct plan_role *r = &p->roles[i];
        struct json file = trusted_targets(p->trusted, r->name)->head.object;
        struct json entry = plan_delegation_in_force(p, r, 0)->object;
        unsigned days = stated(file, "x-tuf-on-ci-expiry-period");

        if (days == 0)
            days = stated(entry, "x-rstuf-expire-policy");
        assert_int_equal(r->expires_in.days, days);
        assert_int_equal(r->expires_in.years, days == 0);
    }
}

/* The plan corrects keyids, and (`*arg`) leaves out what it would sign last. */
static void correct(const void *arg, cJSON *plan)
{
    cJSON *sign = cJSON_GetObjectItem(plan, "sign");
    const bool *less = arg;

    cJSON_AddTrueToObject(plan, "correct_keyids");
    if (*less && cJSON_GetArraySize(sign) > 1)
        cJSON_DeleteItemFromArray(sign, cJSON_GetArraySize(sign) - 1);
}

/* Does a file that is signed anew list the role by an id that is not its hash? */
static bool gets_other_ids(const struct plan *p, const struct plan_role *r)
{
    const struct trusted *t = p->trusted;
    size_t by = r->delegation != NULL ? r->delegation->by : SIGNED_ROOT;
    const struct role *role =
        r->delegation != NULL ? &plan_delegation_in_force(p, r, 0)->role : &t->root->roles[r->type];
    const struct keyring *keys =
        r->delegation != NULL ? &trusted_targets(t, p->roles[by].name)->keys : &t->root->keys;

    for (size_t i = 0; p->roles[by].sign && i < role->n; i++)
        if (keyring_find(keys, role->keyids[i]) != NULL &&
            keyring_find(keys, role->keyids[i])->id_mismatch)
            return true;
    return false;
}

/* "'a' in force ...", or one of the roles behind the colon. */
static bool is_named(const struct findings *f, const char *role)
{
    char refused[80], first[80], later[80];

    snprintf(refused, sizeof refused, "'%s' in force", role);
    snprintf(first, sizeof first, ": %s", role);
    snprintf(later, sizeof later, ", %s", role);
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->items[i].rule, "keyids") == 0 &&
            (f->items[i].level == FINDING_REFUSAL ? strstr(f->items[i].text, refused) != NULL
                                                  : strstr(f->items[i].text, first) != NULL ||
                                                        strstr(f->items[i].text, later) != NULL))
            return true;
    return false;
}

static void assert_corrected(struct room *next)
{
    const struct plan *p = ceremony_plan(next->c);
    const struct session *s;
    struct findings f;
    struct err e;

    assert_int_equal(plan_rules_check(p, INT64_C(1795435200), &f, &e), 0);
    for (size_t i = 0; i < p->nroles; i++)
        if (is_named(&f, p->roles[i].name) !=
            (gets_other_ids(p, &p->roles[i]) && !p->roles[i].sign))
            fail_msg("'%s' is not named, or need not be", p->roles[i].name);
    if (!findings_refused(&f)) {
        if (room_walk(next, STATION_REVIEW, &e) != 0)
            fail_msg("%s (%s)", e.what, e.where);
        s = ceremony_session(next->c);
        for (size_t i = 0; i < s->root.keys.n; i++)
            assert_false(s->root.keys.entries[i].id_mismatch);
    }
    findings_clear(&f);
}

/* Only where all that is signed under the old ids is signed anew, or named. */
static void ids_are_corrected_where_the_plan_says_so(void **state)
{
    (void)state;
    for (unsigned round = 0; round < ROUNDS / 2; round++) {
        const bool less = round % 2 == 0;
        const struct derive_wish wish = {.edit = correct, .arg = &less};
        struct room old, next;
        struct err e;

        srand(round);
        room_begin(&old, NULL);
        room_begin(&next, old.t);
        write_repository(&old);
        if (derive(&old, &next, &wish, &e) != 0 || room_open(&next, &e) != 0)
            fail_msg("round %u: %s (%s)", round, e.what, e.where);
        assert_corrected(&next);
        room_clear(&next);
        room_clear(&old);
    }
}

static void whatever_clients_accept_is_renewed(void **state)
{
    const struct derive_wish wish = {0};

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct room old, next;
        struct err e;

        srand(round);
        room_begin(&old, NULL);
        room_begin(&next, old.t);
        write_repository(&old);
        if (derive(&old, &next, &wish, &e) != 0 || room_open(&next, &e) != 0 ||
            room_walk(&next, STATION_REVIEW, &e) != 0)
            fail_msg("round %u: %s (%s)", round, e.what, e.where);
        assert_passes(ceremony_plan(next.c));
        assert_renewed(ceremony_session(next.c));
        assert_expires(ceremony_plan(next.c));
        assert_online_named(ceremony_plan(next.c));
        room_clear(&next);
        room_clear(&old);
    }
    assert_true(nonline > 0); /* such roles were among them */
}

static int keys_make(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SIGNERS; i++)
        signer_init(&signers[i], i % 2 == 0 ? KEY_ED25519 : KEY_P256);
    return 0;
}

static int keys_clear(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SIGNERS; i++)
        signer_clear(&signers[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_clients_accept_is_renewed),
        cmocka_unit_test(ids_are_corrected_where_the_plan_says_so),
    };

    return cmocka_run_group_tests(tests, keys_make, keys_clear);
}
