/* SPDX-License-Identifier: Apache-2.0 */
/* The world of a test's room: a clock that stands, dice that always fall the same way, and a machine
 * that remembers what the test wants. */
#include "room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* Always the same, for screens. */
static int standing_dice(void *self, uint8_t *out, size_t n, struct err *e)
{
    (void)self;
    (void)e;
    memset(out, 7, n);
    return 0;
}

static int standing_clock(void *self, utc_t *out, struct err *e)
{
    (void)self;
    (void)e;
    *out = INT64_C(1795442400); /* 2026-11-23T14:00:00Z */
    return 0;
}

static int standing_binary(void *self, char out[SHA256_HEX_SIZE], struct err *e)
{
    const struct room *r = self;

    (void)e;
    memset(out, r->binary != '\0' ? r->binary : 'b', SHA256_HEX_SIZE - 1);
    out[SHA256_HEX_SIZE - 1] = '\0';
    return 0;
}

/* The digest of the journal's last line. */
static void read_last(const struct room *r, struct bytes *out)
{
    struct bytes text = {0};
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    size_t end, from;

    if (!room_read_if(r, "journal.jsonl", &text) || text.n == 0)
        return;
    end = text.p[text.n - 1] == '\n' ? text.n - 1 : text.n;
    for (from = end; from > 0 && text.p[from - 1] != '\n';)
        from--;
    assert_int_equal(sha256(span_of(text.p + from, end - from), digest), 0);
    hex_of(digest, sizeof digest, hex);
    bytes_put_str(out, hex);
    bytes_clear(&text);
}

static int standing_recall(void *self, const char *name, struct bytes *out, struct err *e)
{
    const struct room *r = self;

    (void)name;
    (void)e;
    if (r->memory == MEMORY_OF_ALL)
        read_last(r, out);
    else if (r->memory == MEMORY)
        bytes_put_str(out, r->remembered);
    return out->n > 0;
}

static int standing_remember(void *self, const char *name, struct span text, bool sync,
                             struct err *e)
{
    struct room *r = self;

    (void)name;
    if (r->power_goes && !sync)
        return 0;
    if (r->forgets)
        return err_set(e, ERR_IO, "this machine forgets");
    if (r->memory != MEMORY)
        return 0;
    assert_true(text.n < sizeof r->remembered);
    memcpy(r->remembered, text.p, text.n);
    r->remembered[text.n] = '\0';
    return 0;
}

static int64_t time_that_passes(void *self)
{
    struct room *r = self;
    const struct env real = env_system();

    if (r->real_time)
        return real.passed(real.self);
    return r->passed += r->tick;
}

struct env room_env(struct room *r)
{
    return (struct env){.self = r,
                        .now = standing_clock,
                        .random = standing_dice,
                        .passed = time_that_passes,
                        .recall = standing_recall,
                        .remember = standing_remember,
                        .binary = standing_binary};
}
