/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlap and cover: an automaton whose state is the set of places in all patterns where a path may
 * have got to so far. Characters that no pattern tells apart are tried once.
 *
 * A path has no component that is empty, "." or ".." (path_check), so a state also says what its
 * component is so far.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/paths/pattern_path.h"

/* The patterns side by side; the first is the one that is to be covered. */
struct walk {
    const struct pattern *const *p;
    size_t n;
    size_t *base;    /* of each pattern's places among the bits of a state */
    size_t words;    /* of a state; its last DOT_STATES bits are about the component */
    uint32_t *tries; /* characters, one of each kind */
    size_t ntries;
    void *seen; /* states, a tree of <search.h> */
    uint64_t **queue;
    size_t nqueue, cap;
    bool inside, outside;
};

static bool bit(const uint64_t *s, size_t i)
{
    return (s[i / 64] >> (i % 64) & 1) != 0;
}

static void set(uint64_t *s, size_t i)
{
    s[i / 64] |= UINT64_C(1) << (i % 64);
}

/* The number of words is in front of a state, so that the tree's comparison needs no other. */
static int state_cmp(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return memcmp(x + 1, y + 1, (size_t)x[0] * sizeof *x);
}

static void state_kept(void *state)
{
    (void)state; /* the queue owns it */
}

/* Also the place behind a star that takes nothing. */
static void reach(const struct walk *w, size_t which, uint64_t *s, size_t i)
{
    const struct pattern *p = w->p[which];

    set(s, w->base[which] + i);
    if (i < p->n && p->glyphs[i].kind == GLYPH_STAR)
        set(s, w->base[which] + i + 1);
}

static size_t dots_bit(const struct walk *w, enum dots d)
{
    return w->words * 64 - 1 - d;
}

static enum dots dots_of(const struct walk *w, const uint64_t *s)
{
    enum dots d = DOTS_EMPTY;

    while (d < DOTS_NAME && !bit(s, dots_bit(w, d)))
        d++;
    return d;
}

/* One more character; false when the first pattern is left, or no path goes on so. */
static bool step(const struct walk *w, const uint64_t *from, uint32_t cp, uint64_t *to)
{
    enum dots before = dots_of(w, from);
    bool alive = false;

    if (cp == '/' && before != DOTS_NAME)
        return false;
    memset(to, 0, w->words * sizeof *to);
    for (size_t k = 0; k < w->n && (k == 0 || alive); k++)
        for (size_t i = 0; i < w->p[k]->n; i++) {
            const struct glyph *g = &w->p[k]->glyphs[i];

            if (!bit(from, w->base[k] + i) || !glyph_takes(w->p[k], g, cp))
                continue;
            reach(w, k, to, g->kind == GLYPH_STAR ? i : i + 1);
            alive = true;
        }
    set(to, dots_bit(w, cp == '/' ? DOTS_EMPTY : dots_next(before, cp == '.')));
    return alive;
}

/* Does a path end here, and who matches it? */
static void judge(struct walk *w, const uint64_t *s)
{
    bool covered = false;

    if (dots_of(w, s) != DOTS_NAME || !bit(s, w->base[0] + w->p[0]->n))
        return;
    for (size_t k = 1; k < w->n && !covered; k++)
        covered = bit(s, w->base[k] + w->p[k]->n);
    if (covered)
        w->inside = true;
    else
        w->outside = true;
}

/* Queues a state that is new; `s` has its words behind s[0]. */
static int enqueue(struct walk *w, const uint64_t *s, struct err *e)
{
    uint64_t *own, **more;

    if (tfind(s, &w->seen, state_cmp) != NULL)
        return 0;
    if (w->nqueue == w->cap) {
        w->cap = w->cap == 0 ? 64 : 2 * w->cap;
        if ((more = realloc(w->queue, w->cap * sizeof(uint64_t *))) == NULL)
            return err_oom(e);
        w->queue = more;
    }
    if ((own = malloc((w->words + 1) * sizeof *own)) == NULL)
        return err_oom(e);
    memcpy(own, s, (w->words + 1) * sizeof *own);
    w->queue[w->nqueue++] = own;
    if (tsearch(own, &w->seen, state_cmp) == NULL)
        return err_oom(e);
    judge(w, own + 1);
    return 0;
}

static int cp_cmp(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Where the patterns begin to tell characters apart; then the first usable one of each stretch. */
static int tries_make(struct walk *w, struct err *e)
{
    static const uint32_t edges[] = {'.', '/', PATH_EDGES};
    size_t max = sizeof edges / sizeof edges[0], n = 0, kept = 0;
    uint32_t *cut;

    for (size_t k = 0; k < w->n; k++)
        max += 2 * w->p[k]->n + 2 * strlen(w->p[k]->text);
    if ((cut = calloc(max, sizeof *cut)) == NULL)
        return err_oom(e);
    for (size_t k = 0; k < w->n; k++)
        for (size_t i = 0; i < w->p[k]->n; i++) {
            const struct glyph *g = &w->p[k]->glyphs[i];

            for (size_t r = g->from; g->kind == GLYPH_CLASS && r < g->to; r++) {
                cut[n++] = w->p[k]->ranges[r].low;
                cut[n++] = w->p[k]->ranges[r].high + 1;
            }
            if (g->kind == GLYPH_CHAR) {
                cut[n++] = g->cp;
                cut[n++] = g->cp + 1;
            }
        }
    /* stretches that begin with what no path has go on behind it */
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        cut[n++] = edges[i];
    qsort(cut, n, sizeof *cut, cp_cmp);
    for (size_t i = 0; i < n; i++)
        if (path_takes(cut[i]) && (kept == 0 || cut[kept - 1] != cut[i]))
            cut[kept++] = cut[i];
    w->tries = cut;
    w->ntries = kept;
    return 0;
}

static int explore(struct walk *w, bool *all, struct err *e)
{
    uint64_t *s = calloc(w->words + 1, sizeof *s);
    int rc = 0;

    if (s == NULL)
        return err_oom(e);
    s[0] = w->words;
    for (size_t k = 0; k < w->n; k++)
        reach(w, k, s + 1, 0);
    set(s + 1, dots_bit(w, DOTS_EMPTY));
    rc = enqueue(w, s, e);
    for (size_t at = 0; rc == 0 && at < w->nqueue && !(w->inside && w->outside); at++) {
        if (w->nqueue > PATTERN_STATES) {
            *all = false;
            break;
        }
        for (size_t t = 0; rc == 0 && t < w->ntries; t++)
            if (step(w, w->queue[at] + 1, w->tries[t], s + 1))
                rc = enqueue(w, s, e);
    }
    free(s);
    return rc;
}

static int walk_make(struct walk *w, struct err *e)
{
    size_t bits = DOT_STATES;

    if ((w->base = calloc(w->n, sizeof *w->base)) == NULL)
        return err_oom(e);
    for (size_t k = 0; k < w->n; k++) {
        w->base[k] = bits - DOT_STATES;
        bits += w->p[k]->n + 1;
    }
    w->words = (bits + 63) / 64;
    return tries_make(w, e);
}

static void walk_clear(struct walk *w)
{
    tdestroy(w->seen, state_kept);
    for (size_t i = 0; i < w->nqueue; i++)
        free(w->queue[i]);
    free(w->queue);
    free(w->tries);
    free(w->base);
}

static bool is_star(const struct pattern *p, size_t from, size_t to)
{
    return to == from + 1 && p->glyphs[from].kind == GLYPH_STAR;
}

/* The same characters; no class, whose equality isn't worth looking for. */
static bool same(const struct pattern *a, size_t a_from, size_t a_to, const struct pattern *b,
                 size_t b_from, size_t b_to)
{
    if (a_to - a_from != b_to - b_from)
        return false;
    for (size_t i = 0; i < a_to - a_from; i++) {
        const struct glyph *x = &a->glyphs[a_from + i], *y = &b->glyphs[b_from + i];

        if (x->kind != y->kind || x->kind == GLYPH_CLASS || x->cp != y->cp)
            return false;
    }
    return true;
}

/* The usual case, without an automaton: each component the same, or a star alone. */
static bool plainly_covers(const struct pattern *by, const struct pattern *p)
{
    size_t a = 0, b = 0, a_to, b_to;

    if (by->components != p->components)
        return false;
    for (size_t i = 0; i < p->components; i++, a = a_to + 1, b = b_to + 1) {
        a_to = component_end(by, a);
        b_to = component_end(p, b);
        if (!is_star(by, a, a_to) && !same(by, a, a_to, p, b, b_to))
            return false;
    }
    return true;
}

static int cover_hard(const struct pattern *const *side, size_t n, enum pattern_cover *out,
                      struct err *e)
{
    struct walk w = {.p = side, .n = n};
    bool all = true;
    int rc = walk_make(&w, e);

    if (rc == 0)
        rc = explore(&w, &all, e);
    walk_clear(&w);
    *out = w.inside && w.outside ? COVER_PARTLY
           : !all                ? COVER_TOO_HARD
           : w.inside            ? COVER_FULLY
                                 : COVER_NEVER;
    return rc;
}

int pattern_covered(const struct pattern *p, const struct pattern *const *by, size_t n,
                    enum pattern_cover *out, struct err *e)
{
    const struct pattern **side = calloc(n + 1, sizeof *side);
    size_t m = 1;
    int rc = 0;

    if (side == NULL)
        return err_oom(e);
    side[0] = p;
    *out = COVER_NEVER;
    for (size_t i = 0; i < n && *out != COVER_FULLY; i++) {
        if (plainly_covers(by[i], p) && pattern_never(p) == NULL)
            *out = COVER_FULLY;
        else if (pattern_overlaps(by[i], p))
            side[m++] = by[i];
    }
    if (*out != COVER_FULLY && m > 1)
        rc = cover_hard(side, m, out, e);
    free(side);
    return rc;
}
