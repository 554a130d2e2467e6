/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret.h - a PIN, for the length of one login.
 *
 * Invariants:
 *  - the bytes live in one page of their own, locked in memory (mlock), left out of core dumps
 *    (MADV_DONTDUMP) and wiped in a forked child (MADV_WIPEONFORK), and nowhere else;
 *  - there is no printer, no copy but into another such page, and no comparison with anything but
 *    another secret;
 *  - secret_free wipes before it unmaps; every owner frees on every way out.
 */
#ifndef TOKENS_SECRET_H
#define TOKENS_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metadata/base/err.h"

#define SECRET_MAX 255 /* bytes; PKCS#11 PINs are shorter */

struct secret;

/* An empty secret. Errors: ERR_INTERNAL when memory can't be had or locked. */
int secret_new(struct secret **out, struct err *e);
void secret_free(struct secret *s); /* NULL-safe; wipes */

/* A copy in a page of its own. Errors: as secret_new. */
int secret_copy(const struct secret *s, struct secret **out, struct err *e);

void secret_wipe(struct secret *s); /* empty again */
size_t secret_size(const struct secret *s);
const uint8_t *secret_data(const struct secret *s);
int secret_put(struct secret *s, uint8_t c); /* -1 when full */
/* Removes the last UTF-8 character. */
void secret_backspace(struct secret *s);
bool secret_eq(const struct secret *a, const struct secret *b); /* constant time */

/* Reads up to the first newline or the end from a descriptor or file (RFC 7512 pin-source),
 * unbuffered, opened without following links; a file that others may read is refused. Errors:
 * ERR_INPUT, ERR_IO. */
int secret_read_fd(struct secret *s, int fd, struct err *e);
int secret_read_file(struct secret *s, const char *path, struct err *e);
/* Exactly `n` bytes from a descriptor, straight into the page. 0, or -1: empty again. */
int secret_receive(struct secret *s, int fd, size_t n);

#endif
