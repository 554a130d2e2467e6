/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/rules/delegation_rules.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/rules/delegation_check.h"

static struct rule_count *count_of(struct delegation_check *l, const char *rule,
                                   enum finding_level level)
{
    for (size_t i = 0; i < l->ncounts; i++)
        if (l->counts[i].level == level && strcmp(l->counts[i].rule, rule) == 0)
            return &l->counts[i];
    if (l->ncounts == RULES_MAX)
        return &l->counts[RULES_MAX - 1];
    l->counts[l->ncounts] = (struct rule_count){.rule = rule, .level = level};
    return &l->counts[l->ncounts++];
}

/* Is the same refused of the file in force? Its readers live with it. */
static bool is_in_force(const struct delegation_check *l, const char *rule, const char *text)
{
    const struct findings *f = l->set->in_force;

    for (size_t i = 0; f != NULL && i < f->n; i++)
        if (f->items[i].level == FINDING_REFUSAL && strcmp(f->items[i].rule, rule) == 0 &&
            strcmp(f->items[i].text, text) == 0)
            return true;
    return false;
}

int rule_found(struct delegation_check *l, enum finding_level level, const char *rule,
               const char *todo, const char *fmt, ...)
{
    char said[300], text[sizeof l->out->items->text];
    struct rule_count *count;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(said, sizeof said, fmt, ap);
    va_end(ap);
    snprintf(text, sizeof text, "%.60s: %s", l->set->role, said);
    if (level == FINDING_REFUSAL && is_in_force(l, rule, text)) {
        level = FINDING_WARNING;
        todo = "it is so in force already, and stays: change it when you can";
    }
    count = count_of(l, rule, level);
    if (++count->n > RULE_EXAMPLES && !l->set->all)
        return 0;
    return finding_add(l->out, level, rule, todo, "%s", text) == 0 ? 0 : err_oom(l->e);
}

static int report_rest(struct delegation_check *l)
{
    for (size_t i = 0; i < l->ncounts; i++)
        if (l->counts[i].n > RULE_EXAMPLES && !l->set->all &&
            finding_add(l->out, l->counts[i].level, l->counts[i].rule, "see those before",
                        "%.60s: ... and %zu more of this kind", l->set->role,
                        l->counts[i].n - RULE_EXAMPLES) != 0)
            return err_oom(l->e);
    return 0;
}

static int pattern_load(struct delegation_check *l, size_t role, struct json item)
{
    struct checked_pattern *lp = &l->patterns[l->npatterns];
    struct err why;
    char *text = json_strdup(item);
    int rc;

    if (text == NULL)
        return err_oom(l->e);
    rc = pattern_parse(span_str(text), &lp->p, &why);
    free(text);
    if (rc != 0)
        return why.code == ERR_INPUT
                   ? rule_found(l, FINDING_REFUSAL, "pattern-text", "write another pattern",
                                "role '%.60s': %s", checked_role(l, role)->role.name, why.what)
                   : (*l->e = why, -1);
    lp->role = role;
    lp->never = pattern_never(&lp->p) != NULL;
    l->npatterns++;
    return 0;
}

static int patterns_load(struct delegation_check *l)
{
    const struct targets *t = l->set->targets;
    struct json item;
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += t->delegations[i].paths.n > 0 ? json_count(t->delegations[i].paths) : 0;
    if ((l->patterns = calloc(n + 1, sizeof *l->patterns)) == NULL)
        return err_oom(l->e);
    for (size_t i = 0; i < t->n; i++) {
        if (t->delegations[i].paths.n == 0)
            continue;
        for (struct json_iter it = json_iter_of(t->delegations[i].paths);
             json_next(&it, NULL, &item);)
            if (pattern_load(l, i, item) != 0)
                return -1;
    }
    return 0;
}

int delegation_rules_check(const struct delegation_set *set, struct findings *out, struct err *e)
{
    static int (*const rules[])(struct delegation_check *) = {patterns_load,
                                                              delegation_check_names,
                                                              delegation_check_signers,
                                                              delegation_check_sizes,
                                                              delegation_check_patterns,
                                                              delegation_check_overlaps,
                                                              delegation_check_prefixes,
                                                              report_rest};
    struct delegation_check l = {.set = set, .out = out, .e = e};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof rules / sizeof rules[0]; i++)
        rc = rules[i](&l);
    for (size_t i = 0; i < l.npatterns; i++)
        pattern_clear(&l.patterns[i].p);
    free(l.patterns);
    return rc;
}
