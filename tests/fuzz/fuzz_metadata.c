/* SPDX-License-Identifier: Apache-2.0 */
/* A metadata file of any type: read, tallied, described, compared with itself, written and read. */
#include <stdlib.h>

#include "ceremony/changes/diff.h"
#include "harness.h"
#include "metadata/envelope.h"
#include "metadata/obligation.h"

static void look(const struct envelope *env)
{
    struct lines *lines = lines_new();
    struct bytes text;
    struct changes c;
    struct err e;
    size_t n = 0;

    if (lines == NULL)
        abort();
    text = (struct bytes){0};
    if (describe(envelope_object(env), NULL, 0, lines, &e) == 0) {
        lines_text(lines, &text);
        for (size_t i = 0; i < text.n; i++)
            n += text.p[i] == '\n';
        if (n != lines_count(lines))
            abort(); /* each part has as many lines as it says */
    }
    bytes_clear(&text);
    lines_free(lines);
    if (diff(envelope_object(env), envelope_object(env), NULL, &c, &e) != 0 || c.n != 0)
        abort(); /* nothing differs from itself */
    changes_clear(&c);
}

static void as_root(const struct envelope *env)
{
    struct root root;
    struct tally tally;
    struct err e;

    if (root_read(envelope_object(env), &root, &e) != 0)
        return;
    if (envelope_tally(env, &root.roles[SIGNED_ROOT], &root.keys, &tally, &e) == 0) {
        if (tally.valid > root.roles[SIGNED_ROOT].n)
            abort();
        tally_clear(&tally);
    }
    root_clear(&root);
}

static void as_others(const struct envelope *env)
{
    struct targets targets;
    struct listing listing;
    struct file_meta meta;
    struct err e;

    if (targets_read(envelope_object(env), &targets, &e) == 0)
        targets_clear(&targets);
    if (listing_read(envelope_object(env), SIGNED_SNAPSHOT, &listing, &e) == 0)
        (void)listing_find(&listing, "targets.json", &meta, &e);
    listing_clear(&listing);
    if (listing_read(envelope_object(env), SIGNED_TIMESTAMP, &listing, &e) == 0)
        (void)listing_find(&listing, "snapshot.json", &meta, &e);
    listing_clear(&listing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct envelope *env, *again;
    struct bytes text;
    struct err e;

    if (envelope_read(span_of(data, size), "fuzz", &env, &e) != 0)
        return 0;
    look(env);
    as_root(env);
    as_others(env);
    text = (struct bytes){0};
    if (envelope_write(env, &text, &e) != 0 ||
        envelope_read(bytes_span(&text), "again", &again, &e) != 0 ||
        !span_eq(envelope_signed(env), envelope_signed(again)))
        abort();
    bytes_clear(&text);
    envelope_free(again);
    envelope_free(env);
    return 0;
}
