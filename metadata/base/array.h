/* SPDX-License-Identifier: Apache-2.0 */
/*
 * array.h - arrays that grow by one, and arrays in the order of a text. How much room there is follows from how many elements there
 * are: the next power of two. So it is kept nowhere; the array begins as NULL, and grows here only.
 */
#ifndef METADATA_ARRAY_H
#define METADATA_ARRAY_H

#include <stddef.h>

#include "metadata/base/err.h"

/* Makes room for one element of `size` bytes behind the `n` of an array. `items` is the address of
 * the pointer to it, which may change. On error the array stays. Errors: ERR_INTERNAL. */
int array_grow(void *items, size_t n, size_t size, struct err *e);

/* Sorts elements that begin with a `char *`, by its bytes. */
void array_sort(void *items, size_t n, size_t size);

/* The element of such a sorted array that begins with that text, or NULL. */
void *array_find(const void *items, size_t n, size_t size, const char *text);

#endif
