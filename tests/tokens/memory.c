/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MASK   0xA5
#define DIGITS 12 /* a hit by chance is as good as impossible */
#define ROOM   ((size_t)1 << 20)
#define HUGE   (1UL << 30) /* a sanitizer's shadow */

struct secret *memory_pin(struct masked *m, const char *text)
{
    struct secret *s;
    struct err e;

    m->n = text != NULL ? strlen(text) : DIGITS;
    assert_true(m->n <= MEMORY_PIN);
    assert_int_equal(secret_new(&s, &e), 0);
    assert_int_equal(RAND_bytes(m->pin, DIGITS), 1);
    for (size_t i = 0; i < m->n; i++) {
        m->pin[i] = (uint8_t)((text != NULL ? text[i] : '0' + m->pin[i] % 10) ^ MASK);
        assert_int_equal(secret_put(s, m->pin[i] ^ MASK), 0);
    }
    return s;
}

static size_t hits_in(const struct masked *m, const uint8_t *p, size_t n)
{
    const uint8_t *at = p, *end = p + n;
    size_t hits = 0;

    while ((at = memchr(at, m->pin[0] ^ MASK, (size_t)(end - at))) != NULL &&
           (size_t)(end - at) >= m->n) {
        size_t same = 0;

        while (same < m->n && (at[same] ^ MASK) == m->pin[same])
            same++;
        hits += same == m->n;
        at++;
    }
    return hits;
}

/* Parts overlap by less than a PIN, so that each copy counts once. The buffer is left out of the
 * search, and wiped. What is not resident is skipped by pread. */
static size_t search(int mem, unsigned long from, unsigned long to, uint8_t *buffer, bool here,
                     const struct masked *m)
{
    size_t hits = 0;

    for (unsigned long at = from; at < to; at += ROOM - (m->n - 1)) {
        size_t n = to - at < ROOM ? to - at : ROOM;
        ssize_t got;

        if (here && (uintptr_t)buffer < at + n && at < (uintptr_t)buffer + ROOM)
            continue;
        if ((got = pread(mem, buffer, n, (off_t)at)) > 0)
            hits += hits_in(m, buffer, (size_t)got);
        OPENSSL_cleanse(buffer, n);
    }
    return hits;
}

static FILE *open_in(pid_t pid, const char *name, int *fd)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(*fd >= 0);
    return fdopen(*fd, "r");
}

size_t memory_copies(pid_t pid, const struct masked *m)
{
    uint8_t *buffer = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd, mem;
    FILE *maps = open_in(pid, "maps", &fd), *image = open_in(pid, "mem", &mem);
    unsigned long from, to, searched = 0;
    char line[512], mode[8];
    size_t hits = 0;

    assert_true(buffer != MAP_FAILED && maps != NULL && image != NULL);
    while (fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || mode[1] != 'w' ||
            to - from > HUGE)
            continue;
        searched += to - from;
        hits += search(mem, from, to, buffer, pid == getpid(), m);
    }
    assert_true(searched > 0);
    fclose(maps);
    fclose(image);
    munmap(buffer, ROOM);
    return hits;
}

static pid_t parent_of(const char *pid)
{
    char path[280];
    int parent = -1;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    if ((f = fopen(path, "re")) == NULL)
        return -1;
    if (fscanf(f, "%*d (%*[^)]) %*c %d", &parent) != 1)
        parent = -1;
    fclose(f);
    return parent;
}

pid_t memory_child(void)
{
    DIR *proc = opendir("/proc");
    struct dirent *d;
    pid_t child = 0;

    assert_non_null(proc);
    while ((d = readdir(proc)) != NULL)
        if (d->d_name[0] >= '1' && d->d_name[0] <= '9' && parent_of(d->d_name) == getpid()) {
            assert_int_equal(child, 0);
            child = (pid_t)strtol(d->d_name, NULL, 10);
        }
    closedir(proc);
    assert_true(child > 0);
    return child;
}
