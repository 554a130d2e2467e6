/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_inputs.h - a plan and its inputs, read once: the digest is over the very bytes that were
 * parsed.
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
#ifndef CEREMONY_PLAN_INPUTS_H
#define CEREMONY_PLAN_INPUTS_H

#include "ceremony/store/store.h"

struct plan_inputs;

/* `below` is borrowed. Errors: ERR_INPUT for a name that no plan may have, ERR_IO. */
int plan_inputs_new(struct store *below, struct plan_inputs **out, struct err *e);
void plan_inputs_free(struct plan_inputs *r); /* NULL-safe */
/* To be read from; it knows `read` and `list`. */
struct store *plan_inputs_store(struct plan_inputs *r);
/* Over a line a file as sha256sum writes them: those in inputs/ by name, then plan.json. */
int plan_inputs_digest(struct plan_inputs *r, uint8_t out[SHA256_SIZE], struct err *e);
/* Appends the line of one file. */
void plan_digest_line(const uint8_t digest[SHA256_SIZE], const char *name, struct bytes *out);

#endif
