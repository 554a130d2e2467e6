/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about each pattern: alone, and against the roles that delegate to this one. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ceremony/base/finding.h"
#include "ceremony/rules/delegation_check.h"

/* The patterns of one entry above. */
struct ancestor {
    const char *name;
    struct pattern *patterns;
    size_t n;
};

static void ancestor_clear(struct ancestor *a)
{
    for (size_t i = 0; i < a->n; i++)
        pattern_clear(&a->patterns[i]);
    free(a->patterns);
    *a = (struct ancestor){0};
}

static int ancestor_load(struct delegation_check *l, const struct delegation *d,
                         struct ancestor *out)
{
    size_t n = json_count(d->paths);
    struct json_iter it;
    struct json item;

    *out = (struct ancestor){.name = d->role.name};
    out->patterns = calloc(n + 1, sizeof *out->patterns);
    if (out->patterns == NULL)
        return err_oom(l->e);
    it = json_iter_of(d->paths);
    while (json_next(&it, NULL, &item)) {
        char *text = json_strdup(item);
        int rc = text != NULL ? pattern_parse(span_str(text), &out->patterns[out->n], l->e)
                              : err_oom(l->e);

        free(text);
        if (rc != 0 && l->e->code != ERR_INPUT)
            return -1;
        out->n += rc == 0; /* one that is no text is a finding where it is delegated */
    }
    return 0;
}

static int against_ancestor(struct delegation_check *l, const struct ancestor *a,
                            const struct checked_pattern *lp)
{
    static const char *const rule = "pattern-ancestor";
    const char *name = checked_role(l, lp->role)->role.name;
    bool meets = false;

    for (size_t i = 0; i < a->n; i++) {
        if (pattern_covers(&a->patterns[i], &lp->p))
            return 0;
        meets = meets || pattern_overlaps(&a->patterns[i], &lp->p);
    }
    if (!meets)
        return rule_found(l, FINDING_REFUSAL, rule, "widen what is above, or write another pattern",
                          "'%.80s' of role '%.60s' can never match: no pattern of '%.60s' above it "
                          "does ('*' does not cross '/')",
                          lp->p.text, name, a->name);
    return rule_found(l, FINDING_WARNING, rule, "see that this is meant",
                      "'%.80s' of role '%.60s' may match only in part: no one pattern of '%.60s' "
                      "above it matches all of it",
                      lp->p.text, name, a->name);
}

static int against_ancestors(struct delegation_check *l)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < l->set->nabove; i++) {
        struct ancestor a;

        if (l->set->above[i]->paths.n == 0)
            continue;
        rc = ancestor_load(l, l->set->above[i], &a);
        for (size_t k = 0; rc == 0 && k < l->npatterns; k++)
            if (!l->patterns[k].never)
                rc = against_ancestor(l, &a, &l->patterns[k]);
        ancestor_clear(&a);
    }
    return rc;
}

static int alone(struct delegation_check *l, const struct checked_pattern *lp)
{
    const char *never = pattern_never(&lp->p), *differs = pattern_differs(&lp->p);
    const char *name = checked_role(l, lp->role)->role.name;

    if (never != NULL)
        return rule_found(l, FINDING_REFUSAL, "pattern-never", "write another pattern",
                          "'%.80s' of role '%.60s' can never match: %s", lp->p.text, name, never);
    if (differs == NULL)
        return 0;
    return rule_found(l, FINDING_WARNING, "pattern-differs",
                      "use only characters, '*', '?' and ranges such as [a-z]",
                      "clients read '%.80s' of role '%.60s' differently: %s", lp->p.text, name,
                      differs);
}

static int by_text(const void *a, const void *b)
{
    const struct checked_pattern *const *x = a, *const *y = b;
    int order = strcasecmp((*x)->p.text, (*y)->p.text);

    if (order == 0)
        order = strcmp((*x)->p.text, (*y)->p.text);
    return order != 0 ? order : ((*x)->role > (*y)->role) - ((*x)->role < (*y)->role);
}

static int neighbours(struct delegation_check *l, const struct checked_pattern *a,
                      const struct checked_pattern *b)
{
    const char *x = checked_role(l, a->role)->role.name, *y = checked_role(l, b->role)->role.name;

    if (strcmp(a->p.text, b->p.text) == 0 && a->role == b->role)
        return rule_found(l, FINDING_WARNING, "pattern-twice", "write it once",
                          "'%.80s' is twice in role '%.60s'", a->p.text, x);
    if (strcmp(a->p.text, b->p.text) == 0)
        return rule_found(l, FINDING_WARNING, "pattern-twice", "see that the order is meant",
                          "'%.80s' is in both '%.60s' and '%.60s'", a->p.text, x, y);
    if (a->role == b->role || strcasecmp(a->p.text, b->p.text) != 0)
        return 0;
    return rule_found(l, FINDING_WARNING, "pattern-case",
                      "keep such targets from clients on Windows, or use other names",
                      "'%.80s' of '%.60s' and '%.80s' of '%.60s' differ only by case: python-tuf "
                      "before 7 on Windows takes them for one",
                      a->p.text, x, b->p.text, y);
}

static int twice(struct delegation_check *l)
{
    const struct checked_pattern **sorted = calloc(l->npatterns + 1, sizeof *sorted);
    int rc = 0;

    if (sorted == NULL)
        return err_oom(l->e);
    for (size_t i = 0; i < l->npatterns; i++)
        sorted[i] = &l->patterns[i];
    qsort(sorted, l->npatterns, sizeof *sorted, by_text);
    for (size_t i = 1; rc == 0 && i < l->npatterns; i++)
        rc = neighbours(l, sorted[i - 1], sorted[i]);
    free(sorted);
    return rc;
}

int delegation_check_patterns(struct delegation_check *l)
{
    for (size_t i = 0; i < l->npatterns; i++)
        if (alone(l, &l->patterns[i]) != 0)
            return -1;
    return twice(l) == 0 ? against_ancestors(l) : -1;
}
