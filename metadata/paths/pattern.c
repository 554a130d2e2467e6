/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/paths/pattern.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CP_MASK    0x1FFFFFU /* utf8_next gives no more */
#define RANGE_MASK 0x3FFFU

static_assert(sizeof(struct glyph) == 4 && PATTERN_MAX <= RANGE_MASK, "a glyph's classes fit");

void pattern_clear(struct pattern *p)
{
    free(p->text);
    free(p->glyphs);
    free(p->ranges);
    *p = (struct pattern){0};
}

/* Code points of the text, so that a class is found as fnmatch finds it. */
static int decode(struct span text, uint32_t *out, size_t *n, struct err *e)
{
    size_t len;

    *n = 0;
    for (size_t i = 0; i < text.n; i += len) {
        len = utf8_next(span_of(text.p + i, text.n - i), &out[*n]);
        if (len == 0 || text.p[i] == '\0')
            return err_set(e, ERR_INPUT, "a path pattern is not UTF-8 text");
        ++*n;
    }
    return 0;
}

/* The place of the bracket that ends a class which begins at `at`, or `end` when none does: as in
 * fnmatch, a bracket right behind the first (or behind its '!') is one of the characters. */
static size_t class_end(const uint32_t *cp, size_t at, size_t end)
{
    size_t i = at + 1;

    i += i < end && cp[i] == '!';
    i += i < end && cp[i] == ']';
    while (i < end && cp[i] != ']' && cp[i] != '/')
        i++;
    return i < end && cp[i] == ']' ? i : end;
}

static struct glyph class_read(struct pattern *p, size_t *nranges, const uint32_t *cp, size_t from,
                               size_t to)
{
    struct glyph g = {.kind = GLYPH_CLASS};

    g.from = *nranges & RANGE_MASK;
    if (cp[from] == '!') {
        g.negated = true;
        from++;
    }
    for (size_t i = from; i < to; i++) {
        bool range = i + 2 < to && cp[i + 1] == '-';
        struct pattern_range r = {cp[i], cp[range ? i + 2 : i]};

        if (r.low <= r.high) /* a range the wrong way around is empty */
            p->ranges[(*nranges)++] = r;
        i += range ? 2 : 0;
    }
    g.to = *nranges & RANGE_MASK;
    return g;
}

/* Returns how many ranges its classes have. */
static size_t glyphs_read(struct pattern *p, const uint32_t *cp, size_t n)
{
    size_t nranges = 0, close;

    p->components = 1;
    for (size_t i = 0; i < n; i++) {
        struct glyph g = {.kind = GLYPH_CHAR, .cp = cp[i] & CP_MASK};

        if (cp[i] == '/') {
            g.kind = GLYPH_SLASH;
            p->components++;
        } else if (cp[i] == '*')
            g.kind = GLYPH_STAR;
        else if (cp[i] == '?')
            g.kind = GLYPH_ANY;
        else if (cp[i] == '[' && (close = class_end(cp, i, n)) < n) {
            g = class_read(p, &nranges, cp, i + 1, close);
            i = close;
        }
        if (g.kind != GLYPH_STAR || p->n == 0 || p->glyphs[p->n - 1].kind != GLYPH_STAR)
            p->glyphs[p->n++] = g; /* two stars are one */
    }
    return nranges;
}

/* Gives back what was taken for the longest that the text could have been. */
static void fit(struct pattern *p, size_t nranges)
{
    struct pattern_range *ranges = NULL;

    if (nranges == 0)
        free(p->ranges);
    else if ((ranges = realloc(p->ranges, nranges * sizeof *ranges)) == NULL)
        return; /* it stays as large as it was */
    p->ranges = ranges;
}

int pattern_parse(struct span text, struct pattern *out, struct err *e)
{
    struct pattern p = {0};
    uint32_t *cp = NULL;
    size_t n;
    int rc = -1;

    *out = p;
    if (text.n > PATTERN_MAX)
        return err_set(e, ERR_INPUT, "a path pattern is longer than %d bytes", PATTERN_MAX);
    cp = calloc(text.n + 1, sizeof *cp);
    p.text = calloc(text.n + 1, 1);
    p.glyphs = calloc(text.n + 1, sizeof *p.glyphs);
    p.ranges = calloc(text.n + 1, sizeof *p.ranges);
    if (cp == NULL || p.text == NULL || p.glyphs == NULL || p.ranges == NULL)
        err_oom(e);
    else
        rc = decode(text, cp, &n, e);
    if (rc == 0) {
        if (text.n > 0)
            memcpy(p.text, text.p, text.n);
        fit(&p, glyphs_read(&p, cp, n));
        *out = p;
    } else
        pattern_clear(&p);
    free(cp);
    return rc;
}

/* Whether this glyph matches that character; GLYPH_STAR does, GLYPH_SLASH only the slash. */
static bool glyph_takes(const struct pattern *p, const struct glyph *g, uint32_t cp)
{
    bool in = false;

    if (cp == '/' || g->kind == GLYPH_SLASH)
        return cp == '/' && g->kind == GLYPH_SLASH;
    if (g->kind == GLYPH_CHAR)
        return g->cp == cp;
    if (g->kind != GLYPH_CLASS)
        return true;
    for (size_t i = g->from; i < g->to && !in; i++)
        in = p->ranges[i].low <= cp && cp <= p->ranges[i].high;
    return in != g->negated;
}

/* Goes back to the last star only: one behind it takes over from those before. A star does not
 * cross a slash, which no glyph but a slash takes. */
bool pattern_matches(const struct pattern *p, struct span path)
{
    size_t at = 0, i = 0, star = SIZE_MAX, star_at = 0, n;
    uint32_t cp = 0;

    while (at < path.n || i < p->n) {
        n = at < path.n ? utf8_next(span_of(path.p + at, path.n - at), &cp) : 0;
        if (at < path.n && n == 0)
            return false;
        if (i < p->n && p->glyphs[i].kind == GLYPH_STAR) {
            star = i++;
            star_at = at;
        } else if (n > 0 && i < p->n && glyph_takes(p, &p->glyphs[i], cp)) {
            at += n;
            i++;
        } else if (star != SIZE_MAX && star_at < path.n && path.p[star_at] != '/') {
            star_at += utf8_next(span_of(path.p + star_at, path.n - star_at), &cp);
            at = star_at;
            i = star + 1;
        } else
            return false;
    }
    return true;
}

/* `p` has glyphs[i]; is it the first of its component? */
static bool opens(const struct pattern *p, size_t i)
{
    return i == 0 || p->glyphs[i - 1].kind == GLYPH_SLASH;
}

/* Only letters and digits, and ranges within them. */
static bool class_is_plain(const char *s, const char **end)
{
    static const char *const kinds[] = {"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                                        "0123456789"};
    bool any = false;

    for (s++; *s != '\0' && *s != ']'; s++, any = true) {
        const char *kind = NULL;

        for (unsigned k = 0; k < 3 && kind == NULL; k++)
            kind = strchr(kinds[k], *s) != NULL ? kinds[k] : NULL;
        if (kind == NULL)
            return false;
        if (s[1] == '-') {
            if (s[2] < s[0] || s[2] == '\0' || strchr(kind, s[2]) == NULL)
                return false;
            s += 2;
        }
    }
    *end = s;
    return any && *s == ']';
}

const char *pattern_differs(const struct pattern *p)
{
    bool opening = true;

    for (const char *s = p->text; *s != '\0'; opening = *s == '/', s++) {
        if (opening && (*s == '!' || *s == '#'))
            return "it has a component that begins with '!' or '#', which turns it around or makes "
                   "it a comment for some clients";
        if (*s == '\\')
            return "it has a backslash, which some clients take for an escape";
        if (*s == '{' || *s == '}')
            return "it has braces, which some clients take for alternatives";
        if (s[0] == '*' && s[1] == '*')
            return "it has '**', which crosses slashes for some clients";
        if (strchr("*?+@!", *s) != NULL && s[1] == '(')
            return "it has a '(' behind one of * ? + @ !, which some clients take for alternatives";
        if (*s == ']' && opening)
            return "it has a ']' that ends nothing";
        if (*s == '[' && !class_is_plain(s, &s))
            return "it has a '[' that does not begin plain ranges such as [a-z0-9]";
    }
    return NULL;
}

/* JavaScript counts such a character twice, or not at all. */
static bool odd(struct span path)
{
    uint32_t cp;
    size_t n;

    for (size_t i = 0; i < path.n; i += n) {
        n = utf8_next(span_of(path.p + i, path.n - i), &cp);
        if (n == 0 || cp > 0xFFFF || cp == 0x2028 || cp == 0x2029)
            return true;
    }
    return false;
}

bool pattern_alike(const struct pattern *p, struct span path)
{
    size_t at = 0;

    if (pattern_differs(p) != NULL)
        return false;
    for (size_t i = 0; i < p->n; i++) {
        const struct glyph *g = &p->glyphs[i];
        const uint8_t *slash;

        if (g->kind == GLYPH_ANY && odd(path))
            return false;
        if (opens(p, i) && g->kind != GLYPH_CHAR && at < path.n && (path.p[at] == '.' || odd(path)))
            return false;
        if (g->kind == GLYPH_SLASH && at < path.n) {
            slash = memchr(path.p + at, '/', path.n - at);
            at = slash != NULL ? (size_t)(slash - path.p) + 1 : path.n;
        }
    }
    return true;
}

/* Which path a pattern matches, and whether there is one at all (see path_check). */

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

/*
 * Two patterns compared, glyph by glyph: one is read as pattern_matches reads a path. That is sound,
 * and exact for what repositories write (names, `*`, ranges, one star in a component); which paths
 * patterns with several stars share is not decided, and called an overlap.
 */

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
