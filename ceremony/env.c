/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/env.h"

#include <errno.h>
#include <time.h>

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

struct env env_system(void)
{
    return (struct env){.now = system_now};
}
