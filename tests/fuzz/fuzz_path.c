/* SPDX-License-Identifier: Apache-2.0 */
/* Names of roles and targets from strangers, before they become paths; dates and durations; up to a
 * newline a pattern, and behind it a path or another pattern. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "metadata/base/plain.h"
#include "metadata/paths/pattern.h"
#include "metadata/signed.h"

/* What patterns promise each other; `path` is one that may be used. */
static void promises(const struct pattern *p, const struct pattern *other, struct span path)
{
    struct bytes sample;
    struct err e;

    sample = (struct bytes){0};
    if (pattern_never(p) == NULL) {
        pattern_sample(p, &sample);
        if (!pattern_matches(p, bytes_span(&sample)) || !pattern_overlaps(p, p))
            abort();
        if (path_check(bytes_span(&sample), &e) != 0 && sample.n <= 1024)
            abort();
    } else if (pattern_matches(p, path))
        abort();
    bytes_clear(&sample);
    if (pattern_overlaps(p, other) != pattern_overlaps(other, p))
        abort();
    if (pattern_covers(other, p) && pattern_never(p) == NULL && !pattern_overlaps(p, other))
        abort();
    if (pattern_matches(p, path) &&
        (pattern_matches(other, path) ? !pattern_overlaps(p, other) : pattern_covers(other, p)))
        abort();
}

static void patterns(struct span text)
{
    const uint8_t *newline = text.n > 0 ? memchr(text.p, '\n', text.n) : NULL;
    size_t n = newline != NULL ? (size_t)(newline - text.p) : text.n;
    struct span first = span_of(text.p, n);
    struct span second = newline != NULL ? span_of(newline + 1, text.n - n - 1) : first;
    struct pattern p, other;
    struct err e;

    if (pattern_parse(first, &p, &e) != 0)
        return;
    (void)pattern_differs(&p);
    (void)pattern_alike(&p, second);
    (void)pattern_matches(&p, second);
    if (pattern_parse(second, &other, &e) == 0) {
        bool usable = path_check(second, &e) == 0;

        promises(&p, &other, usable ? second : span_str("a"));
        pattern_clear(&other);
    }
    pattern_clear(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_of(data, size);
    struct duration d;
    struct bytes plain;
    struct err e;
    utc_t t;
    char at[UTC_SIZE];

    if (path_check(text, &e) == 0 &&
        (size == 0 || data[0] == '/' || memchr(data, '\0', size) != NULL ||
         memmem(data, size, "//", 2) != NULL))
        abort();
    (void)role_name_check(text, &e);
    if (utc_parse(text, &t, &e) == 0) {
        utc_format(t, at);
        if (size != strlen(at) || memcmp(data, at, size) != 0)
            abort(); /* there is one way to write a time */
    }
    (void)duration_parse(text, &d, &e);
    patterns(text);
    plain = (struct bytes){0};
    plain_put(&plain, text);
    if (!plain_is(bytes_span(&plain)))
        abort(); /* what was made harmless is */
    bytes_clear(&plain);
    return 0;
}
