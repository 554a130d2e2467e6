/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/base/memory.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "metadata/base/err.h"

_Noreturn void memory_end(void)
{
    struct err e;

    err_oom(&e);
    err_print(&e, stderr);
    exit((int)e.code);
}

static void *allocate(size_t n)
{
    void *p = malloc(n);

    if (p == NULL)
        memory_end();
    return p;
}

void memory_begin(void)
{
    cJSON_Hooks hooks = {allocate, free};

    cJSON_InitHooks(&hooks);
}

const char *memory_text(const struct bytes *b)
{
    if (bytes_failed(b))
        memory_end();
    return bytes_str(b);
}
