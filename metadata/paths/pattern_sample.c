/* SPDX-License-Identifier: Apache-2.0 */
/* Which path a pattern matches, and whether there is one at all (see path_check). */
#include "metadata/paths/pattern.h"

/* The first character from there that may stand in a path, and is no slash and no dot. */
static uint32_t usable(uint32_t cp)
{
    while (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == '\\' || cp == '/' || cp == '.' ||
           (cp >= 0xD800 && cp <= 0xDFFF))
        cp++;
    return cp;
}

/* A character that the class takes, never a dot if another will do; 0 when there is none: those
 * that it takes begin at the first of all, at a range or behind one. */
static uint32_t class_sample(const struct pattern *p, const struct glyph *g)
{
    static const uint32_t first[] = {'x', 'a', '0', 0};

    for (unsigned i = 0; i < sizeof first / sizeof first[0]; i++)
        if (glyph_takes(p, g, usable(first[i])))
            return usable(first[i]);
    for (size_t i = g->from; i < g->to; i++)
        for (unsigned behind = 0; behind < 2; behind++) {
            uint32_t cp = usable(behind ? p->ranges[i].high + 1 : p->ranges[i].low);

            if (cp <= 0x10FFFF && glyph_takes(p, g, cp))
                return cp;
        }
    return glyph_takes(p, g, '.') ? '.' : 0;
}

/* The same for any glyph. */
static uint32_t glyph_sample(const struct pattern *p, const struct glyph *g)
{
    if (g->kind == GLYPH_CHAR)
        return g->cp == '.' || usable(g->cp) == g->cp ? g->cp : 0;
    return g->kind == GLYPH_CLASS ? class_sample(p, g) : 'x';
}

/* A sample of each glyph, into `out` unless it is NULL. Returns why there is none, or NULL. */
static const char *sample(const struct pattern *p, struct bytes *out)
{
    size_t length = 0, dots = 0; /* of the component so far */
    uint8_t utf8[4];
    uint32_t cp;

    for (size_t i = 0; i <= p->n; i++) {
        if (i < p->n && p->glyphs[i].kind != GLYPH_SLASH) {
            if ((cp = glyph_sample(p, &p->glyphs[i])) == 0)
                return "it has a '[...]' or a character that nothing in a path can match";
            length++;
            dots += cp == '.';
        } else if (length == 0)
            return p->n == 0   ? "it is empty"
                   : i == 0    ? "it begins with a slash, and no path does"
                   : i == p->n ? "it ends with a slash, and no path does"
                               : "it has two slashes in a row, and no path has";
        else if (dots == length && dots <= 2)
            return "a part between slashes is '.' or '..', which no path may have";
        else {
            cp = '/';
            length = dots = 0;
        }
        if (out != NULL && i < p->n)
            bytes_put(out, utf8, utf8_put(cp, utf8));
    }
    return NULL;
}

const char *pattern_never(const struct pattern *p)
{
    return sample(p, NULL);
}

void pattern_sample(const struct pattern *p, struct bytes *out)
{
    (void)sample(p, out);
}
