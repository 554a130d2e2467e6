/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern_path.h - what the files behind pattern.h share: which paths there are (see path_check).
 */
#ifndef METADATA_PATTERN_PATH_H
#define METADATA_PATTERN_PATH_H

#include "metadata/paths/pattern.h"

/* May stand in a path; the slash does. */
static inline bool path_takes(uint32_t cp)
{
    return cp >= 0x20 && cp != '\\' && !(cp >= 0x7F && cp < 0xA0) && cp <= 0x10FFFF &&
           !(cp >= 0xD800 && cp <= 0xDFFF);
}

/* The first characters behind those that don't. */
#define PATH_EDGES ' ', '/' + 1, '\\' + 1, 0xA0, 0xE000

/* What a component is so far; at its end it must be a name. */
enum dots { DOTS_EMPTY, DOTS_ONE, DOTS_TWO, DOTS_NAME, DOT_STATES };

static inline enum dots dots_next(enum dots before, bool dot)
{
    return dot && before < DOTS_NAME ? before + 1 : DOTS_NAME;
}

/* The end of the component that begins at that glyph. */
static inline size_t component_end(const struct pattern *p, size_t from)
{
    while (from < p->n && p->glyphs[from].kind != GLYPH_SLASH)
        from++;
    return from;
}

#endif
