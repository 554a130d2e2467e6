/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env.h - the outside world that is handed in: the clock, how time passes, randomness, and the
 * program itself.
 */
#ifndef CEREMONY_ENV_H
#define CEREMONY_ENV_H

#include <stddef.h>
#include <stdint.h>

#include "metadata/base/bytes.h"
#include "metadata/base/err.h"
#include "metadata/base/utc.h"

struct env {
    void *self;
    /* Seconds UTC, as the machine's clock has it. Errors: ERR_IO. */
    int (*now)(void *self, utc_t *out, struct err *e);
    /* Bytes that nobody can guess. Errors: ERR_IO. */
    int (*random)(void *self, uint8_t *out, size_t n, struct err *e);
    /* Milliseconds from some moment on, whatever is done to the clock: for how long a thing takes.
     */
    int64_t (*passed)(void *self);
    /* The SHA-256, in hex, of the file that this program runs from. Errors: ERR_IO. */
    int (*binary)(void *self, char out[SHA256_HEX_SIZE], struct err *e);
};

struct env env_system(void);

#endif
