/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/base/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX (2u << 20) /* a line for each of 16,384 signatures in one commit, and more */

/* The parts of the folder's path, each made when `make`; the descriptor of the last, or -1. */
static int open_parts(const char *base, const char *const parts[], bool make)
{
    int at, next;

    if (make)
        (void)mkdir(base, 0700);
    at = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; at >= 0 && parts[i] != NULL; i++) {
        if (make && mkdirat(at, parts[i], 0700) != 0 && errno != EEXIST) {
            close(at);
            return -1;
        }
        /* a home may be arranged with links; our own folder is none */
        next = openat(at, parts[i],
                      O_RDONLY | O_DIRECTORY | O_CLOEXEC | (parts[i + 1] == NULL ? O_NOFOLLOW : 0));
        close(at);
        at = next;
    }
    return at;
}

static int open_folder(bool make)
{
    static const char *const below_state[] = {"tuf-ceremony", NULL};
    static const char *const below_home[] = {".local", "state", "tuf-ceremony", NULL};
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (state != NULL && state[0] == '/')
        return open_parts(state, below_state, make);
    if (home != NULL && home[0] == '/')
        return open_parts(home, below_home, make);
    errno = ENOENT;
    return -1;
}

int remembered_read(void *self, const char *name, struct bytes *out, struct err *e)
{
    int folder = open_folder(false), file = -1, saved;
    uint8_t part[4096];
    ssize_t n = -1;

    (void)self;
    if (folder >= 0)
        file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file >= 0)
        while ((n = read(file, part, sizeof part)) > 0 && out->n < TEXT_MAX)
            bytes_put(out, part, (size_t)n);
    saved = errno;
    if (file >= 0)
        close(file);
    if (folder >= 0)
        close(folder);
    if (n < 0)
        return saved == ENOENT ? 0
                               : err_system(e, saved, "what this machine remembers can't be read");
    return bytes_failed(out) ? err_oom(e) : 1;
}

static int write_file(int folder, const char *name, const char *part, struct span text, bool sync)
{
    int file = openat(folder, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool done =
        file >= 0 && write(file, text.p, text.n) == (ssize_t)text.n && (!sync || fsync(file) == 0);

    if (file >= 0 && close(file) != 0)
        done = false;
    return done && renameat(folder, part, folder, name) == 0 && (!sync || fsync(folder) == 0) ? 0
                                                                                              : -1;
}

int remembered_write(void *self, const char *name, struct span text, bool sync, struct err *e)
{
    int folder = open_folder(true), rc = -1, saved;
    char part[128];

    (void)self;
    snprintf(part, sizeof part, "%s.part", name);
    if (folder >= 0) {
        (void)unlinkat(folder, part, 0); /* of a run that was killed */
        rc = write_file(folder, name, part, text, sync);
        saved = errno;
        if (rc != 0) { /* what is old by now would know a journal that was rolled back */
            (void)unlinkat(folder, part, 0);
            (void)unlinkat(folder, name, 0);
        }
        errno = saved;
    }
    saved = errno;
    if (folder >= 0)
        close(folder);
    return rc == 0 ? 0 : err_system(e, saved, "this machine can't remember the ceremony");
}

static int system_now(void *self, utc_t *out, struct err *e)
{
    struct timespec t;

    (void)self;
    if (clock_gettime(CLOCK_REALTIME, &t) != 0)
        return err_system(e, errno, "the machine's clock can't be read");
    if (t.tv_sec < 0 || t.tv_sec > INT64_C(253402300799)) /* the end of year 9999 */
        return err_set(e, ERR_IO, "the machine's clock is outside the years 1970 to 9999");
    *out = t.tv_sec;
    return 0;
}

static int system_random(void *self, uint8_t *out, size_t n, struct err *e)
{
    (void)self;
    for (size_t done = 0; done < n;) {
        ssize_t got = getrandom(out + done, n - done, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return err_system(e, errno, "the machine gives no random numbers");
        done += (size_t)got;
    }
    return 0;
}

static int64_t system_passed(void *self)
{
    struct timespec t = {0};

    (void)self;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int system_binary(void *self, char out[SHA256_HEX_SIZE], struct err *e)
{
    FILE *f = fopen("/proc/self/exe", "re");
    struct sha256_run *run = sha256_begin();
    uint8_t part[16384], digest[SHA256_SIZE];
    size_t n;
    int put = 0, rc;

    (void)self;
    while (f != NULL && put == 0 && (n = fread(part, 1, sizeof part, f)) > 0)
        put = sha256_put(run, span_of(part, n));
    if (f == NULL || ferror(f))
        rc = err_system(e, errno, "the program's own file can't be read");
    else
        rc = put == 0 ? 0 : err_oom(e);
    if (f != NULL)
        fclose(f);
    if (sha256_end(run, digest) != 0 && rc == 0)
        rc = err_oom(e);
    if (rc == 0)
        hex_of(digest, sizeof digest, out);
    return rc;
}

struct env env_system(void)
{
    return (struct env){.now = system_now,
                        .random = system_random,
                        .passed = system_passed,
                        .recall = remembered_read,
                        .remember = remembered_write,
                        .binary = system_binary};
}
