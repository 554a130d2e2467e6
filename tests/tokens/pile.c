/* SPDX-License-Identifier: Apache-2.0 */
#include "pile.h"

#include <stdio.h>
#include <string.h>

#define RING  (sizeof((struct pile *)NULL)->messages / sizeof(struct bytes))
#define LARGE ((size_t)1 << 20)

static struct bytes *message_of(struct pile *p, size_t i)
{
    return &p->messages[i % RING];
}

static void measure(struct pile *p)
{
    size_t bytes = 0;

    for (size_t i = p->taken; i < p->asked; i++)
        bytes += message_of(p, i)->n;
    if (p->asked - p->taken > p->most)
        p->most = p->asked - p->taken;
    if (bytes > p->most_bytes)
        p->most_bytes = bytes;
}

static const struct key *key_of(const struct pile *p, size_t i)
{
    return i + 1 == p->odd_at ? p->odd : p->keys[i % p->nkeys];
}

static bool next(void *self, const struct key **key, struct span *message)
{
    struct pile *p = self;
    struct bytes *m = message_of(p, p->asked);
    size_t size = p->asked + 1 == p->large_at ? LARGE : p->size;

    if (p->asked == p->n || p->asked + 1 == p->pause_at || p->asked - p->taken == RING)
        return false;
    bytes_truncate(m, 0);
    bytes_printf(m, "{\"n\":%zu}", p->asked);
    while (m->n < size)
        bytes_put_str(m, "          ");
    *key = key_of(p, p->asked++);
    *message = bytes_span(m);
    measure(p);
    return true;
}

static int take(void *self, struct span sig, struct err *e)
{
    struct pile *p = self;

    if (p->taken == p->asked)
        return err_set(e, ERR_TOKEN, "nobody asked for a signature");
    if (p->taken + 1 == p->stop_at)
        return err_set(e, ERR_IO, "the pile is full");
    if (key_verify(key_of(p, p->taken), bytes_span(message_of(p, p->taken)), sig, e) != 0)
        return -1;
    p->taken++;
    return 0;
}

struct token_batch pile_batch(struct pile *p)
{
    p->asked = p->taken; /* what was under way when a batch before failed is asked for anew */
    return (struct token_batch){p, next, take};
}

void pile_clear(struct pile *p)
{
    for (size_t i = 0; i < RING; i++)
        bytes_clear(&p->messages[i]);
}
