/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two patterns compared, glyph by glyph: one is read as pattern_matches reads a path. That is sound,
 * and exact for what repositories write (names, `*`, ranges, one star in a component); which paths
 * patterns with several stars share is not decided, and called an overlap.
 */
#include <string.h>

#include "metadata/paths/pattern.h"

typedef bool relation(const struct pattern *a, const struct glyph *x, const struct pattern *b,
                      const struct glyph *y);

static bool ranges_meet(const struct pattern *a, const struct glyph *x, const struct pattern *b,
                        const struct glyph *y)
{
    for (size_t i = x->from; i < x->to; i++)
        for (size_t k = y->from; k < y->to; k++)
            if (a->ranges[i].low <= b->ranges[k].high && b->ranges[k].low <= a->ranges[i].high)
                return true;
    return false;
}

/* May both take the same character? */
static bool meets(const struct pattern *a, const struct glyph *x, const struct pattern *b,
                  const struct glyph *y)
{
    if (y->kind == GLYPH_CHAR || y->kind == GLYPH_SLASH)
        return glyph_takes(a, x, y->cp);
    if (x->kind == GLYPH_CHAR || x->kind == GLYPH_SLASH)
        return glyph_takes(b, y, x->cp);
    return x->kind != GLYPH_CLASS || y->kind != GLYPH_CLASS || x->negated || y->negated ||
           ranges_meet(a, x, b, y);
}

static bool ranges_within(const struct pattern *by, const struct glyph *x, const struct pattern *p,
                          const struct glyph *y)
{
    bool in = true;

    for (size_t k = y->from; in && k < y->to; k++) {
        in = false;
        for (size_t i = x->from; !in && i < x->to; i++)
            in = by->ranges[i].low <= p->ranges[k].low && p->ranges[k].high <= by->ranges[i].high;
    }
    return in;
}

/* Does x take every character that y does? */
static bool takes_all(const struct pattern *by, const struct glyph *x, const struct pattern *p,
                      const struct glyph *y)
{
    if (y->kind == GLYPH_CHAR || y->kind == GLYPH_SLASH)
        return glyph_takes(by, x, y->cp);
    if (y->kind == GLYPH_STAR || x->kind == GLYPH_SLASH)
        return false; /* only a star takes as many */
    return x->kind == GLYPH_ANY || (x->kind == GLYPH_CLASS && y->kind == GLYPH_CLASS &&
                                    !x->negated && !y->negated && ranges_within(by, x, p, y));
}

/* Part of a pattern. */
struct part {
    const struct pattern *p;
    size_t from, to;
};

static bool is_star(const struct part *a, size_t i)
{
    return a->p->glyphs[i].kind == GLYPH_STAR;
}

/* pattern_matches, with the glyphs of `b` in the place of characters. */
static bool each(struct part a, struct part b, relation *related)
{
    size_t star = SIZE_MAX, star_at = 0;

    while (a.from < a.to || b.from < b.to) {
        if (a.from < a.to && is_star(&a, a.from)) {
            star = a.from++;
            star_at = b.from;
        } else if (a.from < a.to && b.from < b.to &&
                   related(a.p, &a.p->glyphs[a.from], b.p, &b.p->glyphs[b.from])) {
            a.from++;
            b.from++;
        } else if (star != SIZE_MAX && star_at < b.to && b.p->glyphs[star_at].kind != GLYPH_SLASH) {
            b.from = ++star_at;
            a.from = star + 1;
        } else
            return false;
    }
    return true;
}

/* Both have a star: compares what is in front of the first and behind the last. */
static bool ends_meet(struct part a, struct part b)
{
    for (; !is_star(&a, a.from) && !is_star(&b, b.from); a.from++, b.from++)
        if (!meets(a.p, &a.p->glyphs[a.from], b.p, &b.p->glyphs[b.from]))
            return false;
    for (; !is_star(&a, a.to - 1) && !is_star(&b, b.to - 1); a.to--, b.to--)
        if (!meets(a.p, &a.p->glyphs[a.to - 1], b.p, &b.p->glyphs[b.to - 1]))
            return false;
    return true;
}

/* The component that begins at `from`; `*star`: has it one? */
static struct part component(const struct pattern *p, size_t from, bool *star)
{
    struct part a = {p, from, from};

    *star = false;
    for (; a.to < p->n && p->glyphs[a.to].kind != GLYPH_SLASH; a.to++)
        *star = *star || is_star(&a, a.to);
    return a;
}

bool pattern_overlaps(const struct pattern *a, const struct pattern *b)
{
    bool yes = a->components == b->components, a_star, b_star;
    struct part x = {.to = SIZE_MAX}, y = {.to = SIZE_MAX};

    for (size_t c = 0; yes && c < a->components; c++) {
        x = component(a, x.to + 1, &a_star);
        y = component(b, y.to + 1, &b_star);
        yes = !b_star ? each(x, y, meets) : !a_star ? each(y, x, meets) : ends_meet(x, y);
    }
    return yes;
}

bool pattern_covers(const struct pattern *by, const struct pattern *p)
{
    return strcmp(by->text, p->text) == 0 ||
           each((struct part){by, 0, by->n}, (struct part){p, 0, p->n}, takes_all);
}
