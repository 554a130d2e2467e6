/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.h - memory that goes all at once: for results of many small parts.
 *
 * What is taken is zeroed, aligned for any type, stays where it is, and is freed by pool_clear
 * alone.
 */
#ifndef CEREMONY_POOL_H
#define CEREMONY_POOL_H

#include "metadata/base/bytes.h"

struct pool_block;

struct pool {
    struct pool_block *blocks;
};

void *pool_take(struct pool *p, size_t n, size_t size); /* an array; NULL when out of memory */
char *pool_str(struct pool *p, struct span text);       /* a copy with a NUL; NULL likewise */
void pool_clear(struct pool *p);

#endif
