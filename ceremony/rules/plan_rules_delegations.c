/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/rules/plan_rules_delegations.h"

#include "ceremony/plan/plan_change.h"
#include "ceremony/plan/plan_moves.h"

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
                       "the plan changes who signs '%s', which '%s' says, but does not sign '%s'",
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

int plan_rules_delegations(const struct plan *p, struct findings *out)
{
    for (size_t i = SIGNED_TYPES; i < p->nroles; i++)
        for (size_t k = 0; k < sizeof rules / sizeof rules[0]; k++)
            if (check(p, &p->roles[i], k, out) != 0)
                return -1;
    return check(p, &p->roles[SIGNED_TARGETS], CONTENTS_SIGNED, out) == 0 ? plan_moves_check(p, out)
                                                                          : -1;
}
