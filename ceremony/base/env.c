/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/base/env.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include "ceremony/base/remembered.h"

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
