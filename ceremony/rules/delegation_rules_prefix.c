/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules about hash prefixes. Sorted, a prefix stands right in front of all that begin with it, so
 * those that begin the one looked at are a stack.
 */
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/rules/delegation_check.h"
#include "metadata/client/lookup.h"

struct prefix {
    char *text;
    size_t role;
    size_t barrier; /* on the stack: the first terminating role here or below; SIZE_MAX: none */
};

struct prefixes {
    struct prefix *list;
    size_t n;
    struct prefix **stack;
    size_t depth;
    size_t *hidden, *count; /* by role */
};

static int prefix_cmp(const void *a, const void *b)
{
    const struct prefix *x = a, *y = b;
    int order = strcmp(x->text, y->text);

    return order != 0 ? order : (x->role > y->role) - (x->role < y->role);
}

static bool begins(const char *prefix, const char *text)
{
    return strncmp(prefix, text, strlen(prefix)) == 0;
}

static int load(struct delegation_check *l, struct prefixes *p)
{
    const struct targets *t = l->set->targets;
    struct json item;
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += t->delegations[i].prefixes.n > 0 ? json_count(t->delegations[i].prefixes) : 0;
    p->list = calloc(n + 1, sizeof *p->list);
    p->stack = calloc(n + 1, sizeof(struct prefix *));
    p->hidden = calloc(t->n + 1, sizeof *p->hidden);
    p->count = calloc(t->n + 1, sizeof *p->count);
    if (p->list == NULL || p->stack == NULL || p->hidden == NULL || p->count == NULL)
        return err_oom(l->e);
    for (size_t i = 0; i < t->n; i++) {
        if (t->delegations[i].prefixes.n == 0)
            continue;
        for (struct json_iter it = json_iter_of(t->delegations[i].prefixes);
             json_next(&it, NULL, &item);) {
            if ((p->list[p->n].text = json_strdup(item)) == NULL)
                return err_oom(l->e);
            p->list[p->n++].role = i;
            p->count[i]++;
        }
    }
    qsort(p->list, p->n, sizeof *p->list, prefix_cmp);
    return 0;
}

static int alone(struct delegation_check *l, const struct prefix *x)
{
    const char *name = checked_role(l, x->role)->role.name;

    if (strspn(x->text, "0123456789abcdef") != strlen(x->text))
        return rule_found(l, FINDING_REFUSAL, "prefix-never", "write it in small letters",
                          "'%.70s' of role '%.60s' never matches: hashes are written in small "
                          "letters, and clients compare by case",
                          x->text, name);
    if (strlen(x->text) > 64)
        return rule_found(l, FINDING_REFUSAL, "prefix-never", "write a shorter one",
                          "'%.70s...' of role '%.60s' is longer than a hash", x->text, name);
    return 0;
}

/* Against the nearest prefix that begins this one, if there is one. */
static int against(struct delegation_check *l, struct prefixes *p, const struct prefix *x)
{
    const struct prefix *top = p->depth > 0 ? p->stack[p->depth - 1] : NULL;
    const char *name = checked_role(l, x->role)->role.name;

    if (top == NULL)
        return 0;
    p->hidden[x->role] += top->barrier < x->role;
    if (top->role == x->role)
        return rule_found(l, FINDING_WARNING, "prefix-twice", "take it out",
                          "'%.70s' of role '%.60s' adds nothing: '%.70s' is there", x->text, name,
                          top->text);
    return rule_found(
        l, FINDING_WARNING, "prefix-overlap", "see that the order is meant",
        "'%.66s' of role '%.60s' and '%.66s' of role '%.60s' share paths: clients ask "
        "'%.60s' first",
        top->text, checked_role(l, top->role)->role.name, x->text, name,
        top->role < x->role ? checked_role(l, top->role)->role.name : name);
}

static int push(struct delegation_check *l, struct prefixes *p, struct prefix *x, bool *many)
{
    size_t below = p->depth > 0 ? p->stack[p->depth - 1]->barrier : SIZE_MAX;

    x->barrier = checked_role(l, x->role)->terminating && x->role < below ? x->role : below;
    p->stack[p->depth++] = x;
    if (*many || x->barrier != SIZE_MAX || p->depth + l->set->nabove <= LOOKUP_MAX)
        return 0;
    *many = true;
    return rule_found(
        l, FINDING_REFUSAL, "too-many", "share prefixes among roles",
        "%zu entries share the paths of '%.66s': clients give up after %d delegations", p->depth,
        x->text, LOOKUP_MAX);
}

static int nested(struct delegation_check *l, struct prefixes *p)
{
    bool many = false;

    for (size_t i = 0; i < p->n; i++) {
        struct prefix *x = &p->list[i];

        while (p->depth > 0 && !begins(p->stack[p->depth - 1]->text, x->text))
            p->depth--;
        if (against(l, p, x) != 0 || push(l, p, x, &many) != 0)
            return -1;
    }
    for (size_t i = 0; i < l->set->targets->n; i++)
        if (p->hidden[i] > 0 && p->hidden[i] == p->count[i] &&
            rule_found(l, FINDING_REFUSAL, "hidden", "move it in front of them, or take it out",
                       "role '%.60s' is never asked: terminating roles in front of it have all of "
                       "its prefixes",
                       checked_role(l, i)->role.name) != 0)
            return -1;
    return 0;
}

/* The first and the last hash (their first 64 bits) that begin so. */
static void stretch(const char *text, uint64_t *low, uint64_t *high)
{
    char digits[17];
    size_t n = strlen(text);

    snprintf(digits, sizeof digits, "%.16s", text);
    for (size_t i = n; i < 16; i++)
        digits[i] = '0';
    digits[16] = '\0';
    *low = strtoull(digits, NULL, 16);
    *high = n >= 16 ? *low : *low | (UINT64_MAX >> (4 * n));
}

static int hole(struct delegation_check *l, uint64_t from)
{
    return rule_found(
        l, FINDING_WARNING, "prefix-hole", "add the missing prefixes",
        "paths whose hash begins with %016llx are given to nobody, and they may not be "
        "the only ones",
        (unsigned long long)from);
}

static int holes(struct delegation_check *l, const struct prefixes *p)
{
    uint64_t next = 0, low, high;

    for (size_t i = 0; i < p->n; i++) {
        stretch(p->list[i].text, &low, &high);
        if (low > next)
            return hole(l, next);
        if (high == UINT64_MAX)
            return 0;
        if (high + 1 > next)
            next = high + 1;
    }
    return hole(l, next);
}

/* Bins are of one size when prefixes are equally long and roles have equally many. */
static int even(struct delegation_check *l, const struct prefixes *p)
{
    size_t shortest = 0, longest = 0, fewest = SIZE_MAX, most = 0;

    for (size_t i = 1; i < p->n; i++) {
        if (strlen(p->list[i].text) < strlen(p->list[shortest].text))
            shortest = i;
        if (strlen(p->list[i].text) > strlen(p->list[longest].text))
            longest = i;
    }
    for (size_t i = 0; i < l->set->targets->n; i++)
        if (p->count[i] > 0) {
            fewest = p->count[i] < fewest ? p->count[i] : fewest;
            most = p->count[i] > most ? p->count[i] : most;
        }
    if (strlen(p->list[shortest].text) != strlen(p->list[longest].text))
        return rule_found(l, FINDING_WARNING, "prefix-lengths", "make all prefixes equally long",
                          "'%.64s' and '%.64s' are not equally long: bins are of different sizes",
                          p->list[shortest].text, p->list[longest].text);
    if (fewest == most)
        return 0;
    return rule_found(
        l, FINDING_WARNING, "bin-count",
        "use a number of bins that is a power of two, each with equally many prefixes",
        "some roles have %zu prefixes and some %zu: bins are of different sizes", fewest, most);
}

static bool above_by_hash(const struct delegation_check *l)
{
    bool any = false;

    for (size_t i = 0; i < l->set->nabove; i++)
        any = any || l->set->above[i]->paths.n == 0;
    return any;
}

/* Whether some prefix of an entry above can share paths with this one. */
static bool reachable(const struct delegation *above, const char *text)
{
    struct json item;

    for (struct json_iter it = json_iter_of(above->prefixes); json_next(&it, NULL, &item);) {
        struct span s = json_span(item); /* hex digits in quotes */
        size_t n = s.n - 2 < strlen(text) ? s.n - 2 : strlen(text);

        if (memcmp(s.p + 1, text, n) == 0)
            return true;
    }
    return false;
}

static int ancestors(struct delegation_check *l, const struct prefix *x)
{
    for (size_t i = 0; i < l->set->nabove; i++)
        if (l->set->above[i]->prefixes.n > 0 && !reachable(l->set->above[i], x->text))
            return rule_found(
                l, FINDING_REFUSAL, "prefix-ancestor", "give it to the role above, or take it out",
                "'%.66s' of role '%.60s' can never match: '%.60s' above it has no "
                "such paths",
                x->text, checked_role(l, x->role)->role.name, l->set->above[i]->role.name);
    return 0;
}

int delegation_check_prefixes(struct delegation_check *l)
{
    struct prefixes p = {0};
    int rc = load(l, &p);

    for (size_t i = 0; rc == 0 && i < p.n; i++)
        rc = alone(l, &p.list[i]) == 0 ? ancestors(l, &p.list[i]) : -1;
    if (rc == 0 && p.n > 0)
        rc = nested(l, &p) == 0 ? even(l, &p) : -1;
    if (rc == 0 && p.n > 0 && l->npatterns > 0)
        rc = rule_found(l, FINDING_WARNING, "mixed", "see that the order is meant",
                        "some roles are given paths by patterns and some by hashes: a path may "
                        "belong to both, and the first in the list is asked first");
    else if (rc == 0 && p.n > 0 && !above_by_hash(l))
        rc = holes(l, &p);
    for (size_t i = 0; i < p.n; i++)
        free(p.list[i].text);
    free(p.list);
    free(p.stack);
    free(p.hidden);
    free(p.count);
    return rc;
}
