/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/base/pool.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK ((size_t)64 << 10)

struct pool_block {
    struct pool_block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char data[];
};

static struct pool_block *block_new(struct pool *p, size_t need)
{
    size_t size = need > BLOCK ? need : BLOCK;
    struct pool_block *b = calloc(1, sizeof *b + size);

    if (b == NULL)
        return NULL;
    b->size = size;
    b->next = p->blocks;
    p->blocks = b;
    return b;
}

void *pool_take(struct pool *p, size_t n, size_t size)
{
    size_t need, align = alignof(max_align_t);
    struct pool_block *b = p->blocks;
    void *at;

    if (__builtin_mul_overflow(n, size, &need) || __builtin_add_overflow(need, align - 1, &need) ||
        need > SIZE_MAX / 2)
        return NULL;
    need = need / align * align;
    if ((b == NULL || b->size - b->used < need) && (b = block_new(p, need)) == NULL)
        return NULL;
    at = b->data + b->used;
    b->used += need;
    return at;
}

char *pool_str(struct pool *p, struct span text)
{
    char *copy = pool_take(p, text.n + 1, 1);

    if (copy != NULL && text.n > 0)
        memcpy(copy, text.p, text.n);
    return copy;
}

void pool_clear(struct pool *p)
{
    while (p->blocks != NULL) {
        struct pool_block *next = p->blocks->next;

        free(p->blocks);
        p->blocks = next;
    }
}
