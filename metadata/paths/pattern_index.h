/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern_index.h - many patterns, of which those that may overlap another are found without
 * comparing each: sorted by text, looked up component by component, by the characters in front of
 * the first wildcard.
 */
#ifndef METADATA_PATTERN_INDEX_H
#define METADATA_PATTERN_INDEX_H

#include "metadata/paths/pattern.h"

/* A pattern (borrowed, outlives the index) and what the caller knows it by. */
struct pattern_item {
    const struct pattern *pattern;
    size_t tag;
};

struct pattern_index;

/* Patterns that are `never` must not be among them. Errors: ERR_INTERNAL. */
int pattern_index_new(const struct pattern_item *items, size_t n, struct pattern_index **out,
                      struct err *e);
void pattern_index_free(struct pattern_index *ix); /* NULL-safe */

/* Patterns and components that one query looks at in vain before it gives up: those that begin with
 * a wildcard are not sorted by what is behind it. */
#define PATTERN_INDEX_EFFORT 512

/* Those that overlap `q`, at most `max`, in no particular order; returns how many. `*all`: there
 * are no others; false when `max` were found or the effort was spent. */
size_t pattern_index_overlaps(const struct pattern_index *ix, const struct pattern *q,
                              struct pattern_item *out, size_t max, bool *all);

#endif
