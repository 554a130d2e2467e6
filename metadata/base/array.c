/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/base/array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int array_grow(void *items, size_t n, size_t size, struct err *e)
{
    size_t room = n == 0 ? 1 : 2 * n;
    void *p;

    if ((n & (n - 1)) != 0)
        return 0;
    memcpy(&p, items, sizeof p);
    if (room < n || room > SIZE_MAX / size || (p = realloc(p, room * size)) == NULL)
        return err_oom(e);
    memcpy(items, &p, sizeof p);
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void array_sort(void *items, size_t n, size_t size)
{
    if (n > 0)
        qsort(items, n, size, by_text);
}

void *array_find(const void *items, size_t n, size_t size, const char *text)
{
    return n > 0 ? bsearch(&text, items, n, size, by_text) : NULL;
}
