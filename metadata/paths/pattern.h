/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern.h - path patterns of delegations, as stock clients read them (specification 1.0.31,
 * section 4.5).
 *
 * A path and a pattern are compared component by component, and have equally many; `*`, `?` and
 * `[...]` do not cross a slash. What `pattern_matches` says is what the reference implementation
 * says on POSIX systems (python-tuf: fnmatch for each component); where other clients part from it,
 * pattern_differs and pattern_alike tell.
 *
 * Invariants: a pattern is plain data of its own, made by pattern_parse and cleared by
 * pattern_clear; questions about it allocate nothing unless they return an error.
 */
#ifndef METADATA_PATTERN_H
#define METADATA_PATTERN_H

#include "metadata/base/bytes.h"
#include "metadata/base/err.h"

#define PATTERN_MAX 4096 /* bytes */

enum glyph_kind { GLYPH_CHAR, GLYPH_ANY, GLYPH_STAR, GLYPH_CLASS, GLYPH_SLASH };

/* One thing that a pattern is made of: four bytes, for a file may have 200,000 patterns. */
struct glyph {
    union {
        struct {
            uint32_t kind : 3; /* enum glyph_kind */
            uint32_t cp : 29;  /* GLYPH_CHAR: the code point */
        };
        struct {
            uint32_t : 3;
            uint32_t negated : 1; /* GLYPH_CLASS */
            uint32_t from : 14;   /* GLYPH_CLASS: pattern.ranges[from] to before [to] */
            uint32_t to : 14;
        };
    };
};

struct pattern_range {
    uint32_t low, high;
};

struct pattern {
    char *text;
    struct glyph *glyphs;
    size_t n;
    struct pattern_range *ranges; /* NULL: it has no class */
    size_t components;            /* at least 1 */
};

/* Errors: ERR_INPUT (no UTF-8, a NUL, longer than PATTERN_MAX), ERR_INTERNAL. */
int pattern_parse(struct span text, struct pattern *out, struct err *e);
void pattern_clear(struct pattern *p);

/* `path` is UTF-8. */
bool pattern_matches(const struct pattern *p, struct span path);

/* NULL when all clients read the pattern alike; else why not, in words that begin with "it". */
const char *pattern_differs(const struct pattern *p);
/* Whether clients agree about this one path: `*` and `?` do not match a leading dot everywhere. */
bool pattern_alike(const struct pattern *p, struct span path);

/* NULL when there is a path that it matches and that may be used (path_check); else why not. */
const char *pattern_never(const struct pattern *p);
/* Appends a path that it matches; only for a pattern that is not `never`. */
void pattern_sample(const struct pattern *p, struct bytes *out);

/* False: no path is matched by both. True: there may be one; there is one where one of them has no
 * wildcard, and nearly always else. Symmetric. */
bool pattern_overlaps(const struct pattern *a, const struct pattern *b);
/* True: `by` matches every path that `p` does. False: that was not shown. */
bool pattern_covers(const struct pattern *by, const struct pattern *p);

#endif
