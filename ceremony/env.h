/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env.h - the outside world that is handed in: the clock.
 */
#ifndef CEREMONY_ENV_H
#define CEREMONY_ENV_H

#include "metadata/err.h"
#include "metadata/utc.h"

struct env {
    void *self;
    /* Seconds UTC, as the machine's clock has it. Errors: ERR_IO. */
    int (*now)(void *self, utc_t *out, struct err *e);
};

struct env env_system(void);

#endif
