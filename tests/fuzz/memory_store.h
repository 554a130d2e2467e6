/* SPDX-License-Identifier: Apache-2.0 */
/* memory_store.h - a folder of two files in memory, for harnesses of what is read from a folder. */
#ifndef TESTS_MEMORY_STORE_H
#define TESTS_MEMORY_STORE_H

#include "ceremony/store/store.h"

struct memory_file {
    const char *name;
    struct span data;
};

/* Reads only; writes are swallowed. `files` is borrowed; the store is the caller's, not freed. */
struct store memory_store(struct memory_file files[2]);

#endif
