/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/base/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "metadata/base/array.h"

int finding_add(struct findings *f, enum finding_level level, const char *rule, const char *todo,
                const char *fmt, ...)
{
    struct finding *new;
    struct err ignored;
    va_list ap;

    if (array_grow(&f->items, f->n, sizeof *f->items, &ignored) != 0)
        return -1;
    new = &f->items[f->n++];
    *new = (struct finding){.level = level, .rule = rule};
    va_start(ap, fmt);
    vsnprintf(new->text, sizeof new->text, fmt, ap);
    va_end(ap);
    snprintf(new->todo, sizeof new->todo, "%s", todo);
    return 0;
}

void findings_protect(struct findings *f, size_t from, const char *whom)
{
    for (size_t i = from; i < f->n; i++)
        f->items[i].protects = whom;
}

void findings_clear(struct findings *f)
{
    free(f->items);
    *f = (struct findings){0};
}

static const struct finding *first_refusal(const struct findings *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].level == FINDING_REFUSAL)
            return &f->items[i];
    return NULL;
}

bool findings_refused(const struct findings *f)
{
    return first_refusal(f) != NULL;
}

int findings_check(const struct findings *f, const char *where, struct err *e)
{
    const struct finding *first = first_refusal(f);

    if (first == NULL)
        return 0;
    err_set(e, ERR_PLAN, "%s", first->text);
    err_in(e, "%s, rule '%s'", where, first->rule);
    return err_todo(e, "%s", first->todo);
}
