/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env.h - the outside world that is handed in: the clock, how time passes, randomness, what this
 * machine remembers, and the program itself.
 */
#ifndef CEREMONY_ENV_H
#define CEREMONY_ENV_H

#include <stdbool.h>
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
    /* What this machine keeps of a ceremony outside of its folder: a short text by a name of hex
     * digits. 1, or 0 when there is none; appended. Errors: ERR_IO. */
    int (*recall)(void *self, const char *name, struct bytes *out, struct err *e);
    /* `sync`: on disk when it returns. Errors: ERR_IO; a machine may keep nothing. */
    int (*remember)(void *self, const char *name, struct span text, bool sync, struct err *e);
    /* The SHA-256, in hex, of the file that this program runs from. Errors: ERR_IO. */
    int (*binary)(void *self, char out[SHA256_HEX_SIZE], struct err *e);
};

struct env env_system(void);

/* Short texts that this machine keeps for this user, whatever happens to a ceremony's folder: files in
 * $XDG_STATE_HOME/tuf-ceremony, or ~/.local/state/tuf-ceremony (XDG Base Directory Specification
 * 0.8). A text is replaced as a whole, and never through a link. `self` is not used. */
int remembered_read(void *self, const char *name, struct bytes *out, struct err *e);
int remembered_write(void *self, const char *name, struct span text, bool sync, struct err *e);

#endif
