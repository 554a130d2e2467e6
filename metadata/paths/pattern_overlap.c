/* SPDX-License-Identifier: Apache-2.0 */
/* Is there a path that two patterns match? Component by component, all places of both at once. */
#include <string.h>

#include "metadata/paths/pattern_path.h"

#define MEET_DOT   1U /* on the dot */
#define MEET_OTHER 2U /* on another character */

static unsigned meet_at(const struct pattern *a, const struct glyph *x, const struct pattern *b,
                        const struct glyph *y, uint32_t cp)
{
    if (!path_takes(cp) || !glyph_takes(a, x, cp) || !glyph_takes(b, y, cp))
        return 0;
    return cp == '.' ? MEET_DOT : MEET_OTHER;
}

/* Which characters both glyphs take: MEET_... */
static unsigned glyphs_meet(const struct pattern *a, const struct glyph *x, const struct pattern *b,
                            const struct glyph *y)
{
    static const uint32_t edges[] = {'x', '.', '.' + 1, PATH_EDGES};
    unsigned how = 0;

    if (x->kind == GLYPH_CHAR)
        return meet_at(a, x, b, y, x->cp);
    if (y->kind == GLYPH_CHAR)
        return meet_at(a, x, b, y, y->cp);
    for (unsigned i = 0; i < sizeof edges / sizeof edges[0]; i++)
        how |= meet_at(a, x, b, y, edges[i]);
    for (unsigned side = 0; side < 2; side++) {
        const struct pattern *p = side == 0 ? a : b;
        const struct glyph *g = side == 0 ? x : y;

        for (size_t r = g->from; g->kind == GLYPH_CLASS && r < g->to; r++)
            how |=
                meet_at(a, x, b, y, p->ranges[r].low) | meet_at(a, x, b, y, p->ranges[r].high + 1);
    }
    return how;
}

/* `states`: a set of enum dots, as bits. */
static uint8_t dots_meet(uint8_t states, unsigned how)
{
    uint8_t after = 0;

    for (enum dots d = DOTS_EMPTY; d < DOT_STATES; d++) {
        if ((states >> d & 1) == 0)
            continue;
        if ((how & MEET_DOT) != 0)
            after |= (uint8_t)(1U << dots_next(d, true));
        if ((how & MEET_OTHER) != 0)
            after |= 1U << DOTS_NAME;
    }
    return after;
}

/* One glyph x of `a` (NULL: behind its last) against all of `b`: here[k] are the components so far
 * with which places x and k are reached, next[k] those for the glyph behind x. */
static void overlap_row(const struct pattern *a, const struct glyph *x, const struct pattern *b,
                        size_t b_from, size_t n, uint8_t *here, uint8_t *next)
{
    for (size_t k = 0; k < n; k++) {
        const struct glyph *y = k + 1 < n ? &b->glyphs[b_from + k] : NULL;
        unsigned how;
        bool x_star = x != NULL && x->kind == GLYPH_STAR;
        bool y_star = y != NULL && y->kind == GLYPH_STAR;

        if (here[k] == 0)
            continue;
        how = x != NULL && y != NULL ? glyphs_meet(a, x, b, y) : 0;
        if (x_star && y_star) /* once is enough: a star takes what it likes */
            here[k] |= dots_meet(here[k], how);
        if (x_star)
            next[k] |= here[k]; /* takes no more */
        if (y_star)
            here[k + 1] |= here[k];
        if (x_star && y != NULL && !y_star)
            here[k + 1] |= dots_meet(here[k], how);
        if (x != NULL && y != NULL && !x_star)
            next[y_star ? k : k + 1] |= dots_meet(here[k], how);
    }
}

bool pattern_component_overlaps(const struct pattern *a, size_t a_from, size_t a_to,
                                const struct pattern *b, size_t b_from, size_t b_to)
{
    size_t n = b_to - b_from + 1;
    uint8_t here[PATTERN_MAX + 1], next[PATTERN_MAX + 1];

    memset(here, 0, n);
    here[0] = 1U << DOTS_EMPTY;
    for (size_t i = a_from; i < a_to; i++) {
        memset(next, 0, n);
        overlap_row(a, &a->glyphs[i], b, b_from, n, here, next);
        memcpy(here, next, n);
    }
    overlap_row(a, NULL, b, b_from, n, here, next);
    return (here[n - 1] >> DOTS_NAME & 1) != 0;
}

bool pattern_overlaps(const struct pattern *a, const struct pattern *b)
{
    size_t i = 0, k = 0, i_to, k_to;

    if (a->components != b->components)
        return false;
    for (size_t c = 0; c < a->components; c++, i = i_to + 1, k = k_to + 1) {
        i_to = component_end(a, i);
        k_to = component_end(b, k);
        if (!pattern_component_overlaps(a, i, i_to, b, k, k_to))
            return false;
    }
    return true;
}
