/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/paths/pattern_index.h"

#include <stdlib.h>
#include <string.h>

struct pattern_index {
    struct pattern_item
        *rows; /* by number of components, then by text, the slash before all else */
    size_t n;
};

struct query {
    const struct pattern_index *ix;
    const struct pattern *p;
    struct pattern_item *out;
    size_t n, max;
    unsigned effort; /* left */
};

/* What ends a component comes first. */
static unsigned rank(char c)
{
    return c == '/' ? 0 : (unsigned char)c;
}

static int row_cmp(const void *a, const void *b)
{
    const struct pattern_item *x = a, *y = b;
    const char *s = x->pattern->text, *t = y->pattern->text;

    if (x->pattern->components != y->pattern->components)
        return x->pattern->components < y->pattern->components ? -1 : 1;
    for (; *s != '\0' && rank(*s) == rank(*t); s++)
        t++;
    if (rank(*s) != rank(*t))
        return rank(*s) < rank(*t) ? -1 : 1;
    return (x->tag > y->tag) - (x->tag < y->tag);
}

void pattern_index_free(struct pattern_index *ix)
{
    if (ix == NULL)
        return;
    free(ix->rows);
    free(ix);
}

int pattern_index_new(const struct pattern_item *items, size_t n, struct pattern_index **out,
                      struct err *e)
{
    struct pattern_index *ix = calloc(1, sizeof *ix);

    *out = NULL;
    if (ix == NULL || (ix->rows = calloc(n + 1, sizeof *ix->rows)) == NULL) {
        free(ix);
        return err_oom(e);
    }
    ix->n = n;
    for (size_t i = 0; i < n; i++)
        ix->rows[i] = items[i];
    qsort(ix->rows, n, sizeof *ix->rows, row_cmp);
    *out = ix;
    return 0;
}

/* Of rows [from, to), which agree in front of `at`: the first whose character there is not below
 * `c`. */
static size_t edge(const struct query *q, size_t from, size_t to, size_t at, unsigned c)
{
    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (rank(q->ix->rows[middle].pattern->text[at]) < c)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void look(struct query *q, size_t from, size_t to, size_t at, size_t mine);

/* Rows [from, to) agree up to the end of their component at `at`, and may overlap the query's, which
 * ends at `mine`. Behind the last one they are compared. */
static void behind(struct query *q, size_t from, size_t to, size_t at, size_t mine)
{
    if (q->p->text[mine] != '\0')
        look(q, from, to, at + 1, mine + 1);
    else
        for (; from < to && q->n < q->max && q->effort > 0; from++)
            if (pattern_overlaps(q->ix->rows[from].pattern, q->p))
                q->out[q->n++] = q->ix->rows[from];
            else
                q->effort--;
}

/* The component at `at` of rows [from, to), or the query's at `mine`, has a wildcard: each group of
 * rows that are the same there goes on. */
static void groups(struct query *q, size_t from, size_t to, size_t at, size_t mine)
{
    size_t mine_end = mine + strcspn(q->p->text + mine, "/");

    for (size_t end; from < to && q->n < q->max && q->effort > 0; from = end) {
        const char *text = q->ix->rows[from].pattern->text;
        size_t i = at;

        q->effort--;
        end = edge(q, from, to, i, rank(text[i]) + 1);
        for (; rank(text[i]) != 0; i++)
            end = edge(q, from, end, i + 1, rank(text[i + 1]) + 1);
        behind(q, from, end, i, mine_end);
    }
}

/* Rows [from, to) agree in front of the component at `at`. Those may overlap whose characters in
 * front of a wildcard begin the query's component at `mine`, or the other way around. */
static void look(struct query *q, size_t from, size_t to, size_t at, size_t mine)
{
    const char *m = q->p->text + mine;

    for (size_t k = 0; from < to && *m != '*' && *m != '?' && *m != '['; k++, m++) {
        for (const char *w = "*?["; *w != '\0'; w++)
            groups(q, edge(q, from, to, at + k, rank(*w)), edge(q, from, to, at + k, rank(*w) + 1),
                   at, mine);
        from = edge(q, from, to, at + k, rank(*m));
        to = edge(q, from, to, at + k, rank(*m) + 1);
        if (rank(*m) == 0) {
            behind(q, from, to, at + k, mine + k);
            return;
        }
    }
    groups(q, from, to, at, mine);
}

/* The first row with at least so many components. */
static size_t length_edge(const struct pattern_index *ix, size_t components)
{
    size_t from = 0, to = ix->n;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (ix->rows[middle].pattern->components < components)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

size_t pattern_index_overlaps(const struct pattern_index *ix, const struct pattern *p,
                              struct pattern_item *out, size_t max, bool *all)
{
    struct query q = {ix, p, out, 0, max, PATTERN_INDEX_EFFORT};

    look(&q, length_edge(ix, p->components), length_edge(ix, p->components + 1), 0, 0);
    *all = q.n < max && q.effort > 0;
    return q.n;
}
