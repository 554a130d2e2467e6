/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reads.h - a plan and its inputs, read once: the digest is over the very bytes that were parsed.
 *
 * A stick is not believed: what it gives at the second look may differ from the first. So the names
 * in inputs/ are listed once, and the digest takes a file's bytes as they were when it was read;
 * from the disk come only files that nobody read.
 *
 * Invariants:
 *  - what is read through `store` and the digest does not cover is refused (a name that is left out
 *    of lists, a file that was not there when they were made);
 *  - a file that is read twice must be the same, and one that is listed must be there;
 *  - names of files can't imitate the lines of the digest.
 */
#ifndef CEREMONY_READS_H
#define CEREMONY_READS_H

#include "ceremony/store/store.h"

struct reads;

/* `below` is borrowed. Errors: ERR_INPUT for a name that no plan may have, ERR_IO. */
int reads_new(struct store *below, struct reads **out, struct err *e);
void reads_free(struct reads *r); /* NULL-safe */
/* To be read from; it knows `read` and `list`. */
struct store *reads_store(struct reads *r);
/* Over a line a file as sha256sum writes them: those in inputs/ by name, then plan.json. */
int reads_digest(struct reads *r, uint8_t out[SHA256_SIZE], struct err *e);
/* Appends the line of one file. */
void plan_digest_line(const uint8_t digest[SHA256_SIZE], const char *name, struct bytes *out);

#endif
