/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/rules/plan_rules.h"

#include <stdio.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/plan/plan.h"
#include "ceremony/plan/plan_change.h"
#include "ceremony/plan/plan_moves.h"
#include "ceremony/plan/plan_read.h"
#include "metadata/client/client_rules.h"
#include "tokens/token.h"

/* A rule looks at one entry of "delegations"; -1: out of memory. */
typedef int delegation_rule(const struct plan *p, const struct plan_role *r, const char *rule,
                            struct findings *out);

static const char *by_name(const struct plan *p, const struct plan_role *r)
{
    return p->roles[r->delegation->by].name;
}

/* What the role above says, it must sign. */
static int delegator_signed(const struct plan *p, const struct plan_role *r, const char *rule,
                            struct findings *out)
{
    if (p->roles[r->delegation->by].sign || !plan_delegation_changes(p, r))
        return 0;
    return finding_add(out, FINDING_REFUSAL, rule, "add the role above to \"sign\"",
                       "the plan changes who signs '%s', which '%s' lists, but does not sign '%s'",
                       r->name, by_name(p, r), by_name(p, r));
}

/* TUF 1.0.31, 5.6.4: a version below the one in the snapshot before is a rollback. */
static int file_in_force(const struct plan *p, const struct plan_role *r, const char *rule,
                         struct findings *out)
{
    for (size_t i = 0; r->sign && i < r->ninstances; i++)
        if (plan_delegation_in_force(p, r, i) != NULL &&
            trusted_file(p->trusted, r->instances[i]) == NULL)
            return finding_add(out, FINDING_REFUSAL, rule,
                               "put the files in force into inputs/trusted, or take the role out "
                               "of \"sign\"",
                               "'%s' is delegated to already, and its file in force is not here: "
                               "it would begin again at version 1, and clients refuse the rollback",
                               r->instances[i]);
    return 0;
}

/* Clients that come to a role without a file find nothing, also not what is behind it. */
static int new_without_file(const struct plan *p, const struct plan_role *r, const char *rule,
                            struct findings *out)
{
    if (r->sign || r->nseats == 0 || plan_delegation_in_force(p, r, 0) != NULL)
        return 0;
    return finding_add(out, FINDING_REFUSAL, rule, "add it to \"sign\", with \"expires\"",
                       "'%s' is new, and is not signed here: clients that come to it would fail",
                       r->name);
}

static int contents_signed(const struct plan *p, const struct plan_role *r, const char *rule,
                           struct findings *out)
{
    (void)p;
    if (r->sign || (r->file == NULL && r->moves == NULL && r->nremoved == 0))
        return 0;
    return finding_add(out, FINDING_REFUSAL, rule, "add it to \"sign\", or leave them out",
                       "'%s' gets other contents, but is not signed here", r->name);
}

enum { CONTENTS_SIGNED }; /* the one that is for targets as well */

static const struct {
    const char *rule;
    delegation_rule *check;
    const char *protects; /* whom */
} rules[] = {
    [CONTENTS_SIGNED] = {"contents-signed", contents_signed,
                         "the committee, against a change that nobody gets"},
    {"delegator-signed", delegator_signed, "the committee, against a change that nobody gets"},
    {"delegated-in-force", file_in_force,
     "every client: a rollback is refused (TUF 1.0.31, 5.6.4)"},
    {"delegated-file", new_without_file, "every client: a role that is delegated to must be there"},
};

/* The row `k` over a role. */
static int check(const struct plan *p, const struct plan_role *r, size_t k, struct findings *out)
{
    size_t from = out->n;

    if (rules[k].check(p, r, rules[k].rule, out) != 0)
        return -1;
    findings_protect(out, from, rules[k].protects);
    return 0;
}

/* -1: out of memory. */
static int plan_rules_delegations(const struct plan *p, struct findings *out)
{
    for (size_t i = SIGNED_TYPES; i < p->nroles; i++)
        for (size_t k = 0; k < sizeof rules / sizeof rules[0]; k++)
            if (check(p, &p->roles[i], k, out) != 0)
                return -1;
    return check(p, &p->roles[SIGNED_TARGETS], CONTENTS_SIGNED, out) == 0 ? plan_moves_check(p, out)
                                                                          : -1;
}

/* Does another role have one of these seats? */
static bool shared(const struct plan *p, const struct plan_role *r)
{
    for (size_t i = 0; i < p->nroles; i++)
        for (size_t k = 0; &p->roles[i] != r && k < p->roles[i].nseats; k++)
            for (size_t j = 0; j < r->nseats; j++)
                if (p->roles[i].seats[k] == r->seats[j])
                    return true;
    return false;
}

static const char *fault(const struct plan *p, const struct plan_role *r)
{
    if (r->type == SIGNED_ROOT)
        return "root's keys must sign again: they can't be destroyed";
    if (r->nseats == 0 || !r->sign)
        return "keys that are used once belong to people, and to a role that is signed here";
    if (shared(p, r))
        return "another role has the same keys";
    for (size_t i = 0; i < r->nseats; i++)
        if (p->seats[r->seats[i]].key != NULL)
            return "a key that exists already would be destroyed";
    return NULL;
}

/* -1: out of memory. */
static int plan_rules_one_time(const struct plan *p, struct findings *out)
{
    size_t from = out->n;

    for (size_t i = 0; i < p->nroles; i++) {
        const struct plan_role *r = &p->roles[i];
        const char *why = r->one_time ? fault(p, r) : NULL;

        if (why != NULL &&
            finding_add(out, FINDING_REFUSAL, "one-time-keys",
                        "give the role keys of its own, made here, or leave \"one_time\" out",
                        "the keys of '%s' are to be destroyed after this ceremony, but %s", r->name,
                        why) != 0)
            return -1;
        if (r->one_time && why == NULL &&
            finding_add(out, FINDING_NOTE, "one-time-keys", "see that this is meant",
                        "the keys of '%s' are destroyed after this ceremony: its next version "
                        "needs new keys, and the role above it signs them",
                        r->name) != 0)
            return -1;
    }
    findings_protect(out, from, "the roles whose keys go on: what is destroyed never signs again");
    return 0;
}

struct plan_check {
    const struct plan *p;
    utc_t now;
    struct findings *out;
};

static size_t keys_of(const struct plan_role *r)
{
    return r->nseats + r->nonline;
}

/* A rule looks at one role; -1: out of memory. */
static int threshold_range(const struct plan_check *l, const struct plan_role *r, const char *rule)
{
    const char *name = r->name;

    if (keys_of(r) == 0)
        return finding_add(l->out, FINDING_REFUSAL, rule, "name who holds its keys",
                           "role '%s' has no keys", name);
    if (r->threshold < 1)
        return finding_add(l->out, FINDING_REFUSAL, rule, "set a threshold of at least 1",
                           "role '%s' has threshold 0: nobody would have to sign", name);
    if (r->threshold > keys_of(r))
        return finding_add(l->out, FINDING_REFUSAL, rule,
                           "lower the threshold or name more keyholders",
                           "role '%s' needs %u signatures, but only %zu keys can give one", name,
                           r->threshold, keys_of(r));
    return 0;
}

static int threshold_one(const struct plan_check *l, const struct plan_role *r, const char *rule)
{
    if (r->nseats == 0 || r->threshold != 1 || r->nseats == 1)
        return 0;
    return finding_add(l->out, FINDING_WARNING, rule, "2 or more is usual for offline roles",
                       "any one of the %zu keyholders alone can sign '%s': one stolen token is "
                       "enough to take the repository over",
                       r->nseats, r->name);
}

static int threshold_all(const struct plan_check *l, const struct plan_role *r, const char *rule)
{
    if (r->nseats == 0 || r->threshold != r->nseats)
        return 0;
    return finding_add(
        l->out, FINDING_WARNING, rule, "name at least one keyholder more than t",
        "all %zu keyholders must sign '%s': if one token is lost, %s", r->nseats, r->name,
        r->type == SIGNED_ROOT  ? "root can never be rotated"
        : r->delegation == NULL ? "root must be rotated before it can be signed"
                                : "the role above must delegate anew before it can be signed");
}

static utc_t expiry_of(const struct plan_check *l, const struct plan_role *r)
{
    return r->expires_is_date ? r->expires_at : utc_add(l->now, r->expires_in);
}

static int expiry(const struct plan_check *l, const struct plan_role *r, const char *rule)
{
    struct duration ten = {.years = 10};
    const char *name = r->name;
    utc_t t;

    if (!r->has_expires)
        return 0;
    t = expiry_of(l, r);
    if (t <= l->now)
        return finding_add(l->out, FINDING_REFUSAL, rule, "set a date to come, or a duration",
                           "'%s' would be expired on the day that it is signed", name);
    if (t > utc_add(l->now, ten))
        return finding_add(l->out, FINDING_REFUSAL, rule, "set ten years or less; 1 year is usual",
                           "'%s' would be valid for more than ten years", name);
    if (t < l->now + 30 * UTC_DAY)
        return finding_add(l->out, FINDING_WARNING, rule, "1 year is usual for offline roles",
                           "'%s' expires in less than 30 days: the committee must meet again "
                           "before",
                           name);
    return 0;
}

static int key_types(const struct plan_check *l, const struct plan_role *r, const char *rule)
{
    for (size_t i = 0; i < r->nseats; i++) {
        const struct plan_seat *s = &l->p->seats[r->seats[i]];
        enum key_type type = s->key != NULL ? key_type(s->key) : s->key_type;
        const char *by = key_type_refused_by(type);

        if (&l->p->roles[s->role] == r && by != NULL) /* said once, where the keys are */
            return finding_add(l->out, FINDING_WARNING, rule,
                               "ecdsa-p256, ed25519 and rsa are read by all of them",
                               "keys of '%s' are %s, which %s refuse", r->name,
                               key_type_words(type), by);
    }
    return 0;
}

static bool has_online(const struct plan_role *r, size_t online)
{
    for (size_t i = 0; i < r->nonline; i++)
        if (r->online[i] == online)
            return true;
    return false;
}

/* An online key that some clients refuse: once, with all its roles. */
static int online_types(const struct plan_check *l, const char *rule)
{
    for (size_t k = 0; k < l->p->nonline; k++) {
        enum key_type type = key_type(l->p->online[k].key);
        const char *by = key_type_refused_by(type);
        struct bytes roles = {0};
        int rc;

        for (size_t i = 0; by != NULL && i < l->p->nroles; i++)
            if (has_online(plan_role_at(l->p, i), k))
                bytes_printf(&roles, "%s'%s'", roles.n > 0 ? ", " : "",
                             plan_role_at(l->p, i)->name);
        rc = roles.n == 0
                 ? 0
                 : finding_add(l->out, FINDING_WARNING, rule,
                               "ecdsa-p256, ed25519 and rsa are read by all of them",
                               "online key '%s' of %s is %s, which %s refuse", l->p->online[k].name,
                               bytes_str(&roles), key_type_words(type), by);
        bytes_clear(&roles);
        if (rc != 0)
            return -1;
    }
    return 0;
}

/* Whoever signs here does it with a token, by a mechanism that this program has. */
static int signs_here(const struct plan_check *l, const struct plan_role *r, const char *rule)
{
    const struct plan_seat *without = NULL;
    unsigned able = 0;

    for (size_t i = 0; i < r->nseats; i++) {
        const struct plan_seat *s = &l->p->seats[r->seats[i]];

        if (s->lost || s->leaving)
            continue;
        if (token_signs(s->key != NULL ? key_type(s->key) : s->key_type))
            able++;
        else if (without == NULL || s->key == NULL)
            without = s;
    }
    if (without == NULL || (without->key != NULL && (!r->sign || able >= r->threshold)))
        return 0;
    return finding_add(
        l->out, FINDING_REFUSAL, rule, "use one of " KEY_TYPES_SIGNING,
        "keys of '%s' are %s: this program verifies them, and can neither make them "
        "at a token nor sign with them",
        r->name, key_type_words(without->key != NULL ? key_type(without->key) : without->key_type));
}

static int root_offline(const struct plan_check *l, const struct plan_role *r, const char *rule)
{
    if (r->type != SIGNED_ROOT || r->nonline == 0)
        return 0;
    return finding_add(l->out, FINDING_REFUSAL, rule, "give root keyholders with tokens",
                       "root would be signed by an online key: whoever breaks into that machine "
                       "owns the repository");
}

static int root_signed(const struct plan_check *l, const struct plan_role *r, const char *rule)
{
    if (r->type != SIGNED_ROOT || r->sign || l->p->trusted != NULL)
        return 0;
    return finding_add(l->out, FINDING_REFUSAL, rule, "add \"root\" to \"sign\"",
                       "there is no root yet, and the plan does not sign one");
}

static int key_files(const struct plan_check *l, const struct plan_role *r, const char *rule)
{
    for (size_t i = 0; i < r->nseats; i++) {
        const struct plan_seat *s = &l->p->seats[r->seats[i]];
        const struct plan_holder *h = &l->p->holders[s->holder];

        if (&l->p->roles[s->role] == r && plan_seat_given(l->p, r->seats[i]) &&
            key_type(s->key) != s->key_type &&
            finding_add(l->out, FINDING_REFUSAL, rule, "set 'key_type', or give another key",
                        "the key of '%s' is %s, the plan has %s", h->name,
                        key_type_words(key_type(s->key)), key_type_words(s->key_type)) != 0)
            return -1;
    }
    return 0;
}

/* Rules about the plan as a whole. */
static bool has_key(const struct plan_holder *h, const struct key *key)
{
    for (size_t i = 0; i < h->ngiven; i++)
        if (key_same_material(h->given[i].key, key))
            return true;
    return false;
}

static bool share_a_key(const struct plan_holder *a, const struct plan_holder *b)
{
    for (size_t i = 0; i < b->ngiven; i++)
        if (has_key(a, b->given[i].key))
            return true;
    return false;
}

static int same_key_twice(const struct plan_check *l, const char *rule)
{
    const struct plan *p = l->p;

    for (size_t i = 0; i < p->nholders; i++) {
        const struct plan_holder *h = &p->holders[i];

        for (size_t k = 0; k < i; k++)
            if (share_a_key(h, &p->holders[k]) &&
                finding_add(l->out, FINDING_REFUSAL, rule, "give each keyholder a key of their own",
                            "'%s' and '%s' have the same key", p->holders[k].name, h->name) != 0)
                return -1;
        for (size_t k = 0; k < p->nonline; k++)
            if (has_key(h, p->online[k].key) &&
                finding_add(l->out, FINDING_REFUSAL, rule, "keep online and offline keys apart",
                            "the key of '%s' is the online key '%s'", h->name,
                            p->online[k].name) != 0)
                return -1;
    }
    return 0;
}

/* A key for a role in which the holder has no seat of their own is a typo. */
static int given_for_nothing(const struct plan_check *l, const char *rule)
{
    const struct plan *p = l->p;

    for (size_t i = 0; i < p->nholders; i++)
        for (size_t k = 0; k < p->holders[i].ngiven; k++) {
            const char *role = p->holders[i].given[k].role;
            size_t seats = 0;

            for (size_t seat = 0; seat < p->nseats; seat++)
                seats += p->seats[seat].holder == i && !p->seats[seat].leaving &&
                         (role == NULL || strcmp(p->roles[p->seats[seat].role].name, role) == 0);
            if (seats == 0 &&
                finding_add(l->out, FINDING_REFUSAL, rule, "name a role whose keyholder they are",
                            "'%s' gives a key for '%s', in which they have no key of their own",
                            p->holders[i].name, role != NULL ? role : "any role") != 0)
                return -1;
        }
    return 0;
}

static int same_token_twice(const struct plan_check *l, const char *rule)
{
    const struct plan *p = l->p;

    for (size_t i = 0; i < p->nholders; i++)
        for (size_t k = 0; k < i; k++) {
            const struct plan_holder *a = &p->holders[k], *b = &p->holders[i];

            if (a->token != NULL && b->token != NULL && strcmp(a->token, b->token) == 0 &&
                finding_add(l->out, FINDING_REFUSAL, rule, "name a token of their own for each",
                            "'%s' and '%s' have the same token", a->name, b->name) != 0)
                return -1;
            if (a->bag != NULL && b->bag != NULL && strcmp(a->bag, b->bag) == 0 &&
                finding_add(l->out, FINDING_WARNING, rule, "give each token a bag of its own",
                            "the tokens of '%s' and '%s' are in the same bag", a->name,
                            b->name) != 0)
                return -1;
        }
    return 0;
}

static int idle_holders(const struct plan_check *l, const char *rule)
{
    const struct plan *p = l->p;

    for (size_t i = 0; i < p->nholders; i++) {
        size_t seats = 0;

        for (size_t k = 0; k < p->nseats; k++)
            seats += p->seats[k].holder == i;
        if (seats == 0 && finding_add(l->out, FINDING_WARNING, rule, "name them in a role",
                                      "'%s' is a keyholder without a role", p->holders[i].name))
            return -1;
    }
    return 0;
}

static int losses(const struct plan_check *l, const char *rule)
{
    const struct plan_role *r = &l->p->roles[SIGNED_ROOT];
    size_t n;

    if (r->nseats <= r->threshold || r->threshold == 0)
        return 0;
    n = r->nseats - r->threshold;
    return finding_add(l->out, FINDING_NOTE, rule, "replace a lost token soon",
                       "%zu of the %zu root tokens may be lost; one more, and root can never be "
                       "rotated",
                       n, r->nseats);
}

/* The committee would have to meet before it means to. */
static int next_ceremony(const struct plan_check *l, const struct plan_role *r, const char *rule)
{
    if (!l->p->has_next || !r->sign || expiry_of(l, r) > l->p->next)
        return 0;
    return finding_add(l->out, FINDING_WARNING, rule, "let it expire later, or meet earlier",
                       "'%s' expires on %s, and the next ceremony is planned for %s", r->name,
                       utc_text(expiry_of(l, r)).day, utc_text(l->p->next).day);
}

static const struct {
    const char *rule;
    int (*check)(const struct plan_check *l, const struct plan_role *r, const char *rule);
    const char *protects;
} role_rules[] = {
    {"threshold-range", threshold_range,
     "every client: TUF 1.0.31, 4.3, asks for a threshold that the keys can reach"},
    {"threshold-one", threshold_one, "the repository, against one stolen token"},
    {"threshold-all", threshold_all, "the committee, against one lost token"},
    {"expiry", expiry, "every client: expired metadata is refused (TUF 1.0.31, 5.3.10)"},
    {"key-type", key_types, "the clients that are named"},
    {"signs-here", signs_here, "the room: nobody comes to a ceremony that can't be held"},
    {"root-offline", root_offline,
     "the repository, against whoever breaks into the online machine"},
    {"root-signed", root_signed, "every client: trust starts at root"},
    {"key-file", key_files, "the committee, against a key that was not meant"},
    {"next-ceremony", next_ceremony,
     "every client: expired metadata is refused (TUF 1.0.31, 5.3.10)"},
};

static int module_connects(const struct plan_check *l, const char *rule)
{
    return l->p->loopback == NULL
               ? 0
               : finding_add(l->out, FINDING_WARNING, rule,
                             "leave it out unless that token can't be reached without",
                             "module '%s' may open connections to this machine itself (loopback)",
                             l->p->loopback);
}

static const struct {
    const char *rule;
    int (*check)(const struct plan_check *l, const char *rule);
    const char *protects;
} plan_rules[] = {
    {"key-type", online_types, "the clients that are named"},
    {"same-key", same_key_twice, "the threshold: one key counts once (GHSA-pwqf-9h7j-7mv8)"},
    {"given-key", given_for_nothing, "the plan, against a name that was mistyped"},
    {"same-token", same_token_twice, "the threshold: what is lost or stolen together counts once"},
    {"idle-keyholder", idle_holders, "the committee, against a name that was forgotten"},
    {"module-network", module_connects, "the machine that is cut off from every network"},
    {"losses", losses, "the committee, which must know how many tokens it may lose"},
};

int plan_rules_check(const struct plan *p, utc_t now, struct findings *out, struct err *e)
{
    struct plan_check l = {.p = p, .now = now, .out = out};

    *out = (struct findings){0};
    for (size_t i = 0; i < p->nroles; i++)
        for (size_t k = 0; k < sizeof role_rules / sizeof role_rules[0]; k++) {
            size_t from = out->n;

            if (role_rules[k].check(&l, plan_role_at(p, i), role_rules[k].rule) != 0)
                goto oom;
            findings_protect(out, from, role_rules[k].protects);
        }
    if (plan_rules_delegations(p, out) != 0 || plan_rules_one_time(p, out) != 0)
        goto oom;
    if ((p->trusted != NULL && plan_rules_rotation(p, now, out) != 0) ||
        plan_rules_attest(p, now, out) != 0)
        goto oom;
    for (size_t k = 0; k < sizeof plan_rules / sizeof plan_rules[0]; k++) {
        size_t from = out->n;

        if (plan_rules[k].check(&l, plan_rules[k].rule) != 0)
            goto oom;
        findings_protect(out, from, plan_rules[k].protects);
    }
    if (!findings_refused(out) && plan_rules_publication(p, now, out, e) != 0) {
        findings_clear(out);
        return -1;
    }
    return 0;
oom:
    findings_clear(out);
    return err_oom(e);
}
