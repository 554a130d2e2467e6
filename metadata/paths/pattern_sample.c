/* SPDX-License-Identifier: Apache-2.0 */
/* Which path a pattern matches, and whether there is one at all. */
#include "metadata/paths/pattern_path.h"

static bool takes_usable(const struct pattern *p, const struct glyph *g, uint32_t cp)
{
    return cp != '/' && path_takes(cp) && glyph_takes(p, g, cp);
}

/* What a class takes among the rarer characters: the ends of its ranges and what is beside them. */
static uint32_t rare_sample(const struct pattern *p, const struct glyph *g)
{
    static const uint32_t beside_surrogates[] = {0xD7FF, 0xE000};

    for (size_t i = g->from; i < g->to; i++)
        for (uint32_t cp = p->ranges[i].low - 1; cp <= p->ranges[i].high + 1;
             cp = cp <= p->ranges[i].low || cp >= p->ranges[i].high ? cp + 1 : p->ranges[i].high)
            if (takes_usable(p, g, cp))
                return cp;
    for (unsigned i = 0; i < 2; i++)
        if (takes_usable(p, g, beside_surrogates[i]))
            return beside_surrogates[i];
    return takes_usable(p, g, '.') ? '.' : 0;
}

/* A character that the glyph takes: a letter when it can be, never a dot if another will do; 0 when
 * there is none. */
static uint32_t sample_of(const struct pattern *p, const struct glyph *g)
{
    static const char first[] = "xabcdefghijklmnopqrstuvwyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_-";

    if (g->kind == GLYPH_CHAR)
        return path_takes(g->cp) ? g->cp : 0;
    for (const char *s = first; *s != '\0'; s++)
        if (glyph_takes(p, g, (uint32_t)*s))
            return (uint32_t)*s;
    for (uint32_t cp = 0x20; cp < 0x3000; cp++)
        if (cp != '.' && takes_usable(p, g, cp))
            return cp;
    return rare_sample(p, g);
}

static void put_utf8(struct bytes *out, uint32_t cp)
{
    if (cp < 0x80) {
        bytes_put_u8(out, (uint8_t)cp);
        return;
    }
    if (cp < 0x800)
        bytes_put_u8(out, (uint8_t)(0xC0 | cp >> 6));
    else if (cp < 0x10000)
        bytes_put_u8(out, (uint8_t)(0xE0 | cp >> 12));
    else
        bytes_put_u8(out, (uint8_t)(0xF0 | cp >> 18));
    if (cp >= 0x10000)
        bytes_put_u8(out, (uint8_t)(0x80 | (cp >> 12 & 0x3F)));
    if (cp >= 0x800)
        bytes_put_u8(out, (uint8_t)(0x80 | (cp >> 6 & 0x3F)));
    bytes_put_u8(out, (uint8_t)(0x80 | (cp & 0x3F)));
}

/* What one component adds; false: a glyph takes no character that may stand in a path. A star is
 * filled only where the component would be empty, "." or "..". */
static bool component(const struct pattern *p, size_t from, size_t to, bool fill, struct bytes *out)
{
    for (size_t i = from; i < to; i++) {
        const struct glyph *g = &p->glyphs[i];
        uint32_t cp = g->kind == GLYPH_STAR ? (fill ? 'x' : 0) : sample_of(p, g);

        if (cp == 0 && g->kind != GLYPH_STAR)
            return false;
        if (cp != 0 && out != NULL)
            put_utf8(out, cp);
    }
    return true;
}

/* Without its stars, does the component read "", "." or ".."? `*stars`: has it some? */
static bool is_dots(const struct pattern *p, size_t from, size_t to, bool *stars)
{
    size_t dots = 0, others = 0;

    *stars = false;
    for (size_t i = from; i < to; i++) {
        const struct glyph *g = &p->glyphs[i];

        if (g->kind == GLYPH_STAR)
            *stars = true;
        else if (sample_of(p, g) == '.')
            dots++;
        else
            others++;
    }
    return others == 0 && dots <= 2;
}

const char *pattern_never(const struct pattern *p)
{
    size_t to;
    bool stars;

    for (size_t from = 0; from <= p->n; from = to + 1) {
        to = component_end(p, from);
        if (from == to)
            return p->n == 0    ? "it is empty"
                   : from == 0  ? "it begins with a slash, and no path does"
                   : to == p->n ? "it ends with a slash, and no path does"
                                : "it has two slashes in a row, and no path has";
        if (!component(p, from, to, true, NULL))
            return "it has a '[...]' or a character that nothing in a path can match";
        if (is_dots(p, from, to, &stars) && !stars)
            return "a part between slashes is '.' or '..', which no path may have";
    }
    return NULL;
}

void pattern_sample(const struct pattern *p, struct bytes *out)
{
    size_t to;
    bool stars;

    for (size_t from = 0; from <= p->n; from = to + 1) {
        to = component_end(p, from);
        component(p, from, to, is_dots(p, from, to, &stars), out);
        if (to < p->n)
            bytes_put_u8(out, '/');
    }
}
