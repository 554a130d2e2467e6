/* SPDX-License-Identifier: Apache-2.0 */
/* The program, of whose allocations one fails: that of the number in STARVED_AT, in each process. How many
 * there were in this one is written to the file in STARVED_COUNT. The linker puts these allocators in the
 * place of ours (--wrap), and cJSON is given them; other libraries keep theirs. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    unsigned long made, fails;
    const char *count; /* file */
    pid_t pid;
} heap;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static int fails(void)
{
    return ++heap.made == heap.fails;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
    return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
    return fails() ? NULL : __real_strndup(s, n);
}

static void count(void)
{
    FILE *f = getpid() == heap.pid && heap.count != NULL ? fopen(heap.count, "w") : NULL;

    if (f == NULL)
        return;
    fprintf(f, "%lu\n", heap.made);
    fclose(f);
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("STARVED_AT");
    cJSON_Hooks hooks = {malloc, free};

    heap.fails = at != NULL ? strtoul(at, NULL, 10) : 0;
    heap.count = getenv("STARVED_COUNT");
    heap.pid = getpid();
    cJSON_InitHooks(&hooks);
    atexit(count);
}
