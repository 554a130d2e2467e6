/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/rules/proposal_rules.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/rules/delegation_rules.h"
#include "tokens/advisory.h"
#include "tokens/kind.h"

#define DEEPEST 16 /* roles above one another */

/* The model of the role as it will be: proposed, or in force and kept. */
static const struct targets *model_of(const struct session *s, const char *role)
{
    long at = session_proposal_find(s, role);

    return at >= 0 ? &s->proposals[at].targets : trusted_targets(s->plan->trusted, role);
}

/* The entries by which clients come to the plan's role, that of targets first, as they will be or
 * are in force; 0: it is targets, or what is above is not known. */
static size_t entries_above(const struct session *s, const struct plan_role *r, size_t instance,
                            bool in_force, const struct delegation *out[DEEPEST])
{
    const struct delegation *up[DEEPEST];
    size_t n = 0;

    while (r->delegation != NULL && n < DEEPEST) {
        const struct plan_role *by = &s->plan->roles[r->delegation->by];
        const struct targets *above = in_force ? trusted_targets(s->plan->trusted, by->instances[0])
                                               : model_of(s, by->instances[0]);

        up[n] = above != NULL ? targets_delegation(above, r->instances[instance]) : NULL;
        if (up[n++] == NULL)
            return 0;
        r = by;
        instance = 0;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = up[n - 1 - i];
    return n;
}

/* By entry of the keyring: the seat that has that key, plus 1; 0: none. NULL: out of memory. */
static size_t *seats_of(const struct session *s, const struct keyring *keys, bool *any)
{
    size_t *seats = calloc(keys->n + 1, sizeof *seats);

    *any = false;
    for (size_t i = 0; seats != NULL && i < keys->n; i++)
        for (size_t k = 0; k < s->plan->nseats && seats[i] == 0; k++)
            if (s->seats[k].key != NULL &&
                key_same_material(s->seats[k].key, keys->entries[i].key)) {
                seats[i] = k + 1;
                *any = true;
            }
    return seats;
}

/* Is it a role of the plan, whose keyholders the plan names? */
static bool is_planned(const struct session *s, const char *role)
{
    return session_proposal_find(s, role) >= 0 || plan_role_of(s->plan, role) != NULL;
}

static int report_committee(const struct session *s, const struct delegation *d, size_t seat,
                            size_t more, struct findings *out)
{
    char rest[60] = "";

    if (more > 0)
        snprintf(rest, sizeof rest, ", and %zu more such keys", more);
    return finding_add(out, FINDING_WARNING, "committee-key",
                       "ask whose key that is: developers sign for their projects with their own",
                       "role '%.60s' would be signed by the key of '%.60s' for %.60s%s",
                       d->role.name, session_holder_name(s, seat),
                       s->plan->roles[s->plan->seats[seat].role].name, rest);
}

/* A project's developer who brings a key of the committee's. What is in force is known. */
static int committee_keys(const struct session *s, const struct proposal *p, struct findings *out,
                          struct err *e)
{
    const struct delegation *first = NULL;
    size_t *seats, n = 0, whose = 0;
    bool any;
    int rc = 0;

    if ((seats = seats_of(s, &p->targets.keys, &any)) == NULL)
        return err_oom(e);
    for (size_t i = 0; any && i < p->targets.n; i++) {
        const struct delegation *d = &p->targets.delegations[i];

        for (size_t k = 0; k < d->role.n; k++) {
            const struct keyring_entry *entry = keyring_find(&p->targets.keys, d->role.keyids[k]);
            size_t seat = entry != NULL ? seats[entry - p->targets.keys.entries] : 0;

            if (seat == 0 || is_planned(s, d->role.name) ||
                trusted_delegated_key(s->plan->trusted, p->role, d->role.name, d->role.keyids[k]) !=
                    NULL)
                continue;
            if (n++ == 0) {
                first = d;
                whose = seat - 1;
            }
        }
    }
    if (n > 0 && report_committee(s, first, whose, n - 1, out) != 0)
        rc = err_oom(e);
    free(seats);
    return rc;
}

/* Each finding of the file in force, where there is one that delegates. */
static int check_in_force(const struct session *s, const struct plan_role *r,
                          const struct proposal *p, struct findings *out, struct err *e)
{
    const struct delegation *above[DEEPEST];
    struct delegation_set set = {.role = p->role, .above = above, .all = true};

    set.targets = trusted_targets(s->plan->trusted, p->role);
    if (set.targets == NULL || set.targets->n == 0)
        return 0;
    set.nabove = entries_above(s, r, p->instance, true, above);
    return delegation_rules_check(&set, out, e);
}

/* What is refused is compared with the file in force; a check_file at that costs as much again. */
static int check_file(const struct session *s, const struct plan_role *r, const struct proposal *p,
                      struct findings *out, struct err *e)
{
    const struct delegation *above[DEEPEST];
    struct delegation_set set = {.role = p->role, .targets = &p->targets, .above = above};
    struct findings in_force = {0};
    size_t from = out->n;
    int rc;

    set.own = p->obligations[p->nobligations - 1].role;
    set.nabove = entries_above(s, r, p->instance, false, above);
    if (delegation_rules_check(&set, out, e) != 0)
        return -1;
    if (!findings_refused(&(struct findings){out->items + from, out->n - from}))
        return 0;
    out->n = from;
    set.in_force = &in_force;
    rc = check_in_force(s, r, p, &in_force, e);
    if (rc == 0)
        rc = delegation_rules_check(&set, out, e);
    findings_clear(&in_force);
    return rc;
}

/* The rules of delegation_rules.h over each file of the group; adds to `out`. */
static int proposal_rules_delegations(const struct session *s, size_t group, struct findings *out,
                                      struct err *e)
{
    const struct proposal_group *g = &s->groups[group];

    for (size_t i = g->first; i < g->first + g->n; i++) {
        const struct proposal *p = &s->proposals[i];

        if (p->type != SIGNED_TARGETS || p->targets.n == 0)
            continue;
        if (check_file(s, &s->plan->roles[g->role], p, out, e) != 0 ||
            committee_keys(s, p, out, e) != 0)
            return -1;
    }
    return 0;
}

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
        : p[at].targets.n > MANY_ROLES ? "write the bins as succinct roles, or have fewer of them"
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
    return finding_add(
        g->out, FINDING_NOTE, g->rule, "replace a lost token soon",
        "%zu of the %zu root tokens may be lost; one more, and root can never be rotated",
        r->nseats - r->threshold, r->nseats);
}

static int starts_anew(const struct proposal_check *g, const struct plan_role *r)
{
    const struct plan *p = g->s->plan;

    return r->type != SIGNED_ROOT || !p->first_root
               ? 0
               : finding_add(g->out, FINDING_WARNING, g->rule,
                             "ship this root to every client by another way",
                             "no client that trusts root v%" PRId64 " or an older one follows",
                             p->trusted->root->head.version);
}

/* Keys that a journal has which this room does not know: nobody here saw them made. */
static int enrolled_elsewhere(const struct proposal_check *g, const struct plan_role *r)
{
    const struct session *s = g->s;
    size_t n = 0;

    (void)r;
    for (size_t i = 0; s->journal_unknown && i < s->plan->nseats; i++)
        n += s->seats[i].key != NULL && !s->seats[i].from_file && s->seats[i].elsewhere;
    return n == 0 ? 0
                  : finding_add(g->out, FINDING_WARNING, g->rule,
                                "compare each of them below with what its holder wrote down",
                                "%zu key%s in the journal that this machine did not know", n,
                                n == 1 ? " stands" : "s stand");
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
    {"first-root", starts_anew, "every client that trusts an older root"},
    {"key-elsewhere", enrolled_elsewhere, "the threshold, against keys that a stranger wrote down"},
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
