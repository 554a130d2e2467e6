/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/paths/pattern_index.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/paths/pattern_path.h"

/* One component of a pattern. */
struct part {
    const struct pattern *p;
    uint16_t from, prefix, to; /* glyphs; up to `prefix` they are characters */
};

struct row {
    struct pattern_item item;
    const struct part *parts; /* item.pattern->components of them */
};

struct pattern_index {
    struct row *rows;
    size_t n;
    struct part *parts;
};

struct query {
    const struct pattern_index *ix;
    const struct part *parts;
    size_t components;
    struct pattern_item *out;
    size_t n, max;
    unsigned effort; /* left */
};

static void parts_of(const struct pattern *p, struct part *out)
{
    size_t from = 0;

    for (size_t c = 0; c < p->components; c++) {
        struct part *part = &out[c];

        *part = (struct part){p, (uint16_t)from, (uint16_t)from, (uint16_t)component_end(p, from)};
        while (part->prefix < part->to && p->glyphs[part->prefix].kind == GLYPH_CHAR)
            part->prefix++;
        from = part->to + 1;
    }
}

static bool is_wild(const struct part *a)
{
    return a->prefix < a->to;
}

static int number_cmp(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int glyph_cmp(const struct part *a, const struct part *b, size_t i)
{
    const struct glyph *x = &a->p->glyphs[a->from + i], *y = &b->p->glyphs[b->from + i];
    int order = number_cmp(x->kind, y->kind);

    if (order != 0 || x->kind != GLYPH_CLASS)
        return order != 0 ? order : number_cmp(x->cp, y->cp);
    if (x->negated != y->negated)
        return x->negated ? 1 : -1;
    if (x->to - x->from != y->to - y->from)
        return x->to - x->from < y->to - y->from ? -1 : 1;
    for (int k = 0; order == 0 && k < x->to - x->from; k++) {
        const struct pattern_range *r = &a->p->ranges[x->from + k], *s = &b->p->ranges[y->from + k];

        order = number_cmp(r->low, s->low);
        if (order == 0)
            order = number_cmp(r->high, s->high);
    }
    return order;
}

/* Characters in front of a wildcard count first: rows that begin alike stand together. */
static int prefix_cmp(const struct part *a, const struct part *b)
{
    size_t na = a->prefix - a->from, nb = b->prefix - b->from;

    for (size_t i = 0; i < na && i < nb; i++) {
        int order = number_cmp(a->p->glyphs[a->from + i].cp, b->p->glyphs[b->from + i].cp);

        if (order != 0)
            return order;
    }
    return na != nb ? number_cmp(na, nb) : (int)is_wild(a) - (int)is_wild(b);
}

static int part_cmp(const struct part *a, const struct part *b)
{
    size_t na = a->to - a->from, nb = b->to - b->from;
    int order = prefix_cmp(a, b);

    for (size_t i = b->prefix - b->from; order == 0 && i < na && i < nb; i++)
        order = glyph_cmp(a, b, i);
    return order != 0 ? order : number_cmp(na, nb);
}

static int row_cmp(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = number_cmp(x->item.pattern->components, y->item.pattern->components);

    for (size_t c = 0; order == 0 && c < x->item.pattern->components; c++)
        order = part_cmp(&x->parts[c], &y->parts[c]);
    return order != 0 ? order : number_cmp(x->item.tag, y->item.tag);
}

void pattern_index_free(struct pattern_index *ix)
{
    if (ix == NULL)
        return;
    free(ix->rows);
    free(ix->parts);
    free(ix);
}

int pattern_index_new(const struct pattern_item *items, size_t n, struct pattern_index **out,
                      struct err *e)
{
    struct pattern_index *ix = calloc(1, sizeof *ix);
    size_t parts = 1, at = 0;

    *out = NULL;
    if (ix == NULL)
        return err_oom(e);
    for (size_t i = 0; i < n; i++)
        parts += items[i].pattern->components;
    ix->rows = calloc(n + 1, sizeof *ix->rows);
    ix->parts = calloc(parts, sizeof *ix->parts);
    if (ix->rows == NULL || ix->parts == NULL) {
        pattern_index_free(ix);
        return err_oom(e);
    }
    for (; ix->n < n; ix->n++) {
        ix->rows[ix->n] = (struct row){items[ix->n], &ix->parts[at]};
        parts_of(items[ix->n].pattern, &ix->parts[at]);
        at += items[ix->n].pattern->components;
    }
    qsort(ix->rows, ix->n, sizeof *ix->rows, row_cmp);
    *out = ix;
    return 0;
}

/* How a component goes on that begins with the same `k` characters as the query's, in the order of
 * the rows. */
enum next { NEXT_END, NEXT_WILD, NEXT_LESS, NEXT_SAME, NEXT_MORE };

static enum next next_of(const struct part *a, const struct part *mine, size_t k)
{
    uint32_t x, y;

    if (a->from + k == a->prefix)
        return is_wild(a) ? NEXT_WILD : NEXT_END;
    if (mine->from + k == mine->prefix)
        return NEXT_MORE;
    x = a->p->glyphs[a->from + k].cp;
    y = mine->p->glyphs[mine->from + k].cp;
    return x < y ? NEXT_LESS : x == y ? NEXT_SAME : NEXT_MORE;
}

/* Rows [from, to) begin component `c` with the query's first `k` characters: the first that goes on
 * by `next` or what is behind it. */
static size_t edge(const struct query *q, size_t from, size_t to, size_t c, size_t k,
                   enum next next)
{
    const struct row *rows = q->ix->rows;
    const struct part *mine = &q->parts[c];

    if (from == to || next_of(&rows[from].parts[c], mine, k) >= next)
        return from;
    if (next_of(&rows[to - 1].parts[c], mine, k) < next)
        return to;
    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (next_of(&rows[middle].parts[c], mine, k) < next)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* Behind the rows that have the same component `c` as the first. */
static size_t group_end(const struct query *q, size_t from, size_t to, size_t c)
{
    const struct part *first = &q->ix->rows[from].parts[c];

    for (from++; from < to;) {
        size_t middle = from + (to - from) / 2;

        if (part_cmp(&q->ix->rows[middle].parts[c], first) == 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void overlaps_from(struct query *q, size_t from, size_t to, size_t c);

/* Rows [from, to) that may overlap in component `c`: each group that does goes on. */
static void groups(struct query *q, size_t from, size_t to, size_t c)
{
    const struct part *mine = &q->parts[c];

    for (size_t end; from < to && q->n < q->max && q->effort > 0; from = end) {
        const struct part *part = &q->ix->rows[from].parts[c];

        end = group_end(q, from, to, c);
        q->effort--;
        if (pattern_component_overlaps(part->p, part->from, part->to, mine->p, mine->from,
                                       mine->to))
            overlaps_from(q, from, end, c + 1);
    }
}

/* All of rows [from, to) agree with the query in the components in front of `c`. A component can
 * overlap another only if the characters of one in front of its wildcard begin the other's. */
static void overlaps_from(struct query *q, size_t from, size_t to, size_t c)
{
    const struct part *mine = &q->parts[c];
    size_t k, low, high;

    if (c == q->components) {
        for (; from < to && q->n < q->max; from++)
            q->out[q->n++] = q->ix->rows[from].item;
        return;
    }
    for (k = 0; from < to && mine->from + k < mine->prefix; k++) {
        low = edge(q, from, to, c, k, NEXT_WILD);
        high = edge(q, low, to, c, k, NEXT_LESS);
        groups(q, low, high, c);
        from = edge(q, high, to, c, k, NEXT_SAME);
        to = edge(q, from, to, c, k, NEXT_MORE);
    }
    groups(q, from, is_wild(mine) ? to : edge(q, from, to, c, k, NEXT_LESS), c);
}

/* The first row with at least so many components. */
static size_t length_edge(const struct pattern_index *ix, size_t components)
{
    size_t from = 0, to = ix->n;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (ix->rows[middle].item.pattern->components < components)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

size_t pattern_index_overlaps(const struct pattern_index *ix, const struct pattern *p,
                              struct pattern_item *out, size_t max, bool *all)
{
    struct part parts[PATTERN_MAX + 1];
    struct query q = {ix, parts, p->components, out, 0, max, PATTERN_INDEX_EFFORT};

    parts_of(p, parts);
    overlaps_from(&q, length_edge(ix, p->components), length_edge(ix, p->components + 1), 0);
    *all = q.n < max && q.effort > 0;
    return q.n;
}
