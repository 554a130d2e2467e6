/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/plan/plan_template.h"

#include <stdlib.h>
#include <string.h>

#define BIN "bin"

/* Hex digits of the largest bin's number. */
static int bin_width(const struct plan_delegation *d)
{
    return (int)(d->bit_length + 3) / 4;
}

/* What the variable stands for in that instance; -1: there is no such variable. */
static int put_value(const struct plan_delegation *d, size_t instance, struct span name,
                     struct bytes *out)
{
    if (d->bit_length > 0 && span_is(name, BIN)) {
        bytes_printf(out, "%0*zx", bin_width(d), instance);
        return 0;
    }
    for (size_t i = d->nvariables; i-- > 0;) {
        const struct plan_variable *v = &d->variables[i];

        if (span_is(name, v->name)) {
            bytes_put_str(out, v->values[instance % v->n]);
            return 0;
        }
        instance /= v->n;
    }
    return -1;
}

/* The next {name} from `at` on: `*name` is what stands between the braces; NULL: none. */
static const char *next_variable(const char *at, struct span *name)
{
    const char *open = strchr(at, '{');
    const char *close = open != NULL ? strchr(open, '}') : NULL;

    if (close == NULL)
        return NULL;
    *name = span_of(open + 1, (size_t)(close - open) - 1);
    return open;
}

void template_fill(const struct plan_role *r, size_t instance, const char *text, struct bytes *out)
{
    struct span name;
    const char *open;

    while (r->delegation != NULL && (open = next_variable(text, &name)) != NULL) {
        bytes_put(out, text, (size_t)(open - text));
        if (put_value(r->delegation, instance, name, out) != 0)
            bytes_put(out, open, name.n + 2);
        text = open + name.n + 2;
    }
    bytes_put_str(out, text);
}

bool template_is_variable(struct span name)
{
    size_t n = 0;

    while (n < name.n && ((name.p[n] >= 'a' && name.p[n] <= 'z') ||
                          (name.p[n] >= '0' && name.p[n] <= '9') || name.p[n] == '_'))
        n++;
    return n > 0 && n == name.n;
}

bool template_knows(const struct plan_delegation *d, const char *text, const char **bad)
{
    struct bytes ignored = {0};
    struct span name;
    bool known = true;

    while (known && (*bad = next_variable(text, &name)) != NULL) {
        known = put_value(d, 0, name, &ignored) == 0 || !template_is_variable(name);
        text = *bad + name.n + 2;
    }
    bytes_clear(&ignored);
    return known;
}

void template_rows_clear(struct template_rows *f)
{
    for (size_t i = 0; i < f->ntexts; i++)
        free(f->texts[i]);
    for (size_t i = 0; i < f->n; i++) {
        free((void *)(uintptr_t)f->rows[i].paths);
        free((void *)(uintptr_t)f->rows[i].prefixes);
    }
    free(f->texts);
    free(f->rows);
    *f = (struct template_rows){0};
}

/* Keeps a text for a row; NULL when out of memory. */
static const char *keep(struct template_rows *f, struct bytes *text)
{
    char *s = bytes_take_str(text);

    if (s != NULL)
        f->texts[f->ntexts++] = s;
    return s;
}

static int fill_paths(const struct plan_role *r, size_t instance, struct template_rows *f,
                      struct compose_delegation *row)
{
    const struct plan_delegation *d = r->delegation;
    const char **paths = calloc(d->npaths + 1, sizeof *paths);
    struct bytes text = {0};

    row->paths = paths;
    for (size_t i = 0; paths != NULL && i < d->npaths; i++) {
        template_fill(r, instance, d->paths[i], &text);
        if ((paths[i] = keep(f, &text)) == NULL)
            return -1;
        row->npaths++;
    }
    return paths != NULL ? 0 : -1;
}

static int given_prefixes(const struct plan_delegation *d, struct compose_delegation *row)
{
    const char **prefixes = calloc(d->nprefixes, sizeof *prefixes);

    row->prefixes = prefixes;
    for (size_t i = 0; prefixes != NULL && i < d->nprefixes; i++)
        prefixes[row->nprefixes++] = d->prefixes[i];
    return prefixes != NULL ? 0 : -1;
}

static int put_row(const struct plan_role *r, size_t instance, struct template_rows *f)
{
    const struct plan_delegation *d = r->delegation;
    struct compose_delegation *row = &f->rows[f->n++];

    *row =
        (struct compose_delegation){.name = r->instances[instance], .terminating = d->terminating};
    if (d->bit_length > 0) {
        size_t each = (size_t)1 << (4 * (unsigned)bin_width(d) - d->bit_length);
        const char **prefixes = calloc(each, sizeof *prefixes);
        struct bytes text = {0};

        /* The hash prefixes of a bin: as many hex digits as its number has, every one that
         * begins with the bin's bits (PEP 458: 16,384 bins have four prefixes of four digits
         * each). */
        row->prefixes = prefixes;
        for (size_t i = 0; prefixes != NULL && i < each; i++) {
            bytes_printf(&text, "%0*zx", bin_width(d), instance * each + i);
            if ((prefixes[i] = keep(f, &text)) == NULL)
                return -1;
            row->nprefixes++;
        }
        return prefixes != NULL ? 0 : -1;
    }
    return d->npaths > 0 ? fill_paths(r, instance, f, row) : given_prefixes(d, row);
}

/* TAP 15: "bin-{bin}" has the prefix "bin". */
static int put_succinct(const struct plan_role *r, struct template_rows *f)
{
    struct bytes prefix = {0};

    bytes_put(&prefix, r->name, strlen(r->name) - strlen("-{" BIN "}"));
    f->rows[0] = (struct compose_delegation){
        .name = keep(f, &prefix), .terminating = true, .bit_length = r->delegation->bit_length};
    f->n = 1;
    return f->rows[0].name != NULL ? 0 : -1;
}

int template_rows(const struct plan_role *r, struct template_rows *out, struct err *e)
{
    const struct plan_delegation *d = r->delegation;
    size_t n = d->succinct ? 1 : r->ninstances;
    size_t texts = d->bit_length > 0 && !d->succinct ? (size_t)1 << (4 * (unsigned)bin_width(d))
                                                     : n * (d->npaths + 1);
    int rc = 0;

    *out = (struct template_rows){.rows = calloc(n, sizeof *out->rows),
                                  .texts = calloc(texts + 1, sizeof *out->texts)};
    if (out->rows == NULL || out->texts == NULL)
        rc = -1;
    else if (d->succinct)
        rc = put_succinct(r, out);
    for (size_t i = 0; rc == 0 && !d->succinct && i < n; i++)
        rc = put_row(r, i, out);
    if (rc == 0)
        return 0;
    template_rows_clear(out);
    return err_oom(e);
}
