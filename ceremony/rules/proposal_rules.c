/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/rules/proposal_rules.h"

#include <inttypes.h>
#include <string.h>

#include "ceremony/rules/proposal_rules_delegations.h"
#include "tokens/advisory.h"
#include "tokens/kind.h"

#define MANY_ROLES 256 /* a file of so many delegations is long by these */

struct proposal_check {
    const struct session *s;
    const struct proposal_group *group;
    const char *rule;
    struct findings *out;
};

/* What is known of the token of the role's i-th seat: as it was enrolled here, or for a key in
 * force as the plan says. False: nothing. */
static bool token_of(const struct proposal_check *g, const struct plan_role *r, size_t i,
                     struct plan_token *out)
{
    const struct plan_seat *seat = &g->s->plan->seats[r->seats[i]];
    const struct seat_token *t = &g->s->seats[r->seats[i]].token;

    if (t->serial != NULL)
        *out = (struct plan_token){t->manufacturer, t->model, t->serial, t->firmware};
    else if (seat->key != NULL)
        *out = g->s->plan->holders[seat->holder].token_is;
    else
        return false;
    return out->serial != NULL && out->manufacturer != NULL && out->model != NULL;
}

static bool same_token(const struct plan_token *a, const struct plan_token *b)
{
    return strcmp(a->serial, b->serial) == 0 && strcmp(a->manufacturer, b->manufacturer) == 0 &&
           strcmp(a->model, b->model) == 0;
}

static int two_keys_one_token(const struct proposal_check *g, const struct plan_role *r)
{
    for (size_t i = 0; i < r->nseats; i++)
        for (size_t k = 0; k < i; k++) {
            struct plan_token a, b;

            if (token_of(g, r, k, &a) && token_of(g, r, i, &b) && same_token(&a, &b) &&
                finding_add(g->out, FINDING_WARNING, g->rule,
                            "withdraw one of the keys, and enrol it on another token",
                            "the keys of '%s' and '%s' for %s are on one token: who takes it has "
                            "two signatures, who loses it loses two",
                            session_holder_name(g->s, r->seats[k]),
                            session_holder_name(g->s, r->seats[i]), r->name) != 0)
                return -1;
        }
    return 0;
}

/* SoftHSM makes every rehearsal's tokens: there it says nothing. */
static int one_vendor(const struct proposal_check *g, const struct plan_role *r)
{
    for (size_t i = 0; i < r->nseats && !g->s->plan->rehearsal; i++) {
        struct plan_token t, other;
        size_t same = 0;

        if (!token_of(g, r, i, &t))
            continue;
        for (size_t k = 0; k < r->nseats; k++)
            same += token_of(g, r, k, &other) && strcmp(other.manufacturer, t.manufacturer) == 0;
        if (same >= r->threshold && r->nseats - same < r->threshold)
            return finding_add(g->out, FINDING_WARNING, g->rule,
                               "think about tokens of two vendors",
                               "without the tokens made by %s, %s can't be signed: one flaw in "
                               "them reaches the threshold",
                               t.manufacturer, r->name);
    }
    return 0;
}

/* A token that does not say its firmware is not accused. */
static const struct advisory *weakness_of(const struct plan_token *t, enum key_type type)
{
    const struct token_kind *kind = token_kind_of(t->manufacturer, t->model);

    return kind != NULL && t->firmware != NULL ? advisory_find(kind->form, t->firmware, type)
                                               : NULL;
}

static int weak_firmware(const struct proposal_check *g, const struct plan_role *r)
{
    for (size_t i = 0; i < r->nseats; i++) {
        enum key_type type = key_type(g->s->seats[r->seats[i]].key);
        const struct advisory *weak = NULL;
        struct plan_token t;

        if (token_of(g, r, i, &t))
            weak = weakness_of(&t, type);
        if (weak != NULL &&
            finding_add(g->out, FINDING_WARNING, g->rule,
                        advisory_find(weak->form, t.firmware, KEY_RSA) == NULL
                            ? "use a token with newer firmware, or an RSA key on this one"
                            : "use a token with newer firmware",
                        "the token of '%s' (%s, firmware %s) has a known weakness: %s, %s",
                        session_holder_name(g->s, r->seats[i]), t.model, t.firmware, weak->id,
                        weak->words) != 0)
            return -1;
    }
    return 0;
}

/* How many bytes the file will have at least: with an RSA-4096 signature and its keyid for each
 * key, or, where what is signed is longer than `limit` already, only that; 0: out of memory. */
static size_t length_of(const struct proposal *p, const struct plan_role *r, size_t limit)
{
    struct err ignored;
    size_t n = envelope_signed(p->envelope).n;

    if (n > limit)
        return n;
    return envelope_size(p->envelope, &n, &ignored) == 0 ? n + 1200 * (r->nseats + r->nonline) : 0;
}

/* Is the root in force as long already? Whose clients read it live with that. */
static bool is_long_already(const struct proposal_check *g, size_t limit)
{
    const struct trusted *t = g->s->plan->trusted;
    const struct envelope *env = t != NULL ? trusted_envelope(t, SIGNED_ROOT) : NULL;
    struct err ignored;
    size_t n;

    return env != NULL && envelope_size(env, &n, &ignored) == 0 && n > limit;
}

/* What stock clients read at most: python-tuf's defaults (ngclient/config.py). */
static int too_long(const struct proposal_check *g, const struct plan_role *r)
{
    static const size_t limits[SIGNED_TYPES] = {[SIGNED_ROOT] = 512000, [SIGNED_TARGETS] = 5000000};
    const struct proposal *p = &g->s->proposals[g->group->first];
    size_t limit = limits[r->type], longest = 0, at = 0;

    for (size_t i = 0; i < g->group->n; i++) {
        size_t n = length_of(&p[i], r, limit);

        if (n == 0)
            return -1;
        if (n > longest) {
            longest = n;
            at = i;
        }
    }
    if (limit == 0 || longest <= limit)
        return 0;
    return finding_add(
        g->out,
        r->type == SIGNED_ROOT && !is_long_already(g, limit) ? FINDING_REFUSAL : FINDING_WARNING,
        g->rule,
        r->type == SIGNED_ROOT         ? "name fewer or shorter keys"
        : p[at].targets.n > MANY_ROLES ? "say the bins as succinct roles, or have fewer of them"
                                       : "spread the files over delegated roles, as bins",
        "%s would have %zu bytes or more when signed; python-tuf's clients read %zu at "
        "most",
        p[at].role, longest, limit);
}

static int survives(const struct proposal_check *g, const struct plan_role *r)
{
    if (r->type != SIGNED_ROOT)
        return 0;
    if (r->nseats == r->threshold)
        return finding_add(g->out, FINDING_WARNING, g->rule, "name one keyholder more",
                           "no root token may be lost: all %zu are needed", r->nseats);
    return finding_add(g->out, FINDING_NOTE, g->rule, "replace a lost token soon",
                       "%zu of the %zu root tokens may be lost; after that nobody can change root",
                       r->nseats - r->threshold, r->nseats);
}

static const struct {
    const char *rule;
    int (*check)(const struct proposal_check *g, const struct plan_role *r);
    const char *protects; /* whom */
} rules[] = {
    {"two-keys-one-token", two_keys_one_token,
     "the threshold: what is lost or stolen together counts once"},
    {"one-vendor", one_vendor, "the threshold, against one flaw in all tokens"},
    {"weak-firmware", weak_firmware, "the keys, against who holds a token for an hour"},
    {"client-limit", too_long, "python-tuf's clients (ngclient's configuration)"},
    {"losses", survives, "the committee, which must know how many tokens it may lose"},
};

int proposal_rules_check(const struct session *s, size_t group, struct findings *out, struct err *e)
{
    struct proposal_check g = {.s = s, .group = &s->groups[group], .out = out};

    *out = (struct findings){0};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        size_t from = out->n;

        g.rule = rules[i].rule;
        if (rules[i].check(&g, &s->plan->roles[g.group->role]) != 0) {
            findings_clear(out);
            return err_oom(e);
        }
        findings_protect(out, from, rules[i].protects);
    }
    if (proposal_rules_delegations(s, group, out, e) == 0)
        return 0;
    findings_clear(out);
    return -1;
}
