/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.h - the product: a pure function of plan, inputs and journal, byte for byte.
 *
 *     metadata/1.root.json, metadata/1.targets.json   as a web server hands them to stock clients
 *     snapshot-entries.json                           what the next snapshot must list of them
 *     keys/<keyid>.pem, keys/<keyid>.json             holder, token, checks
 *     keys/<keyid>.attestation.pem (or .cvc)          what the token's maker vouches for: a chain
 *     transcript.txt                                  for people
 *     journal.jsonl, plan.json, inputs/...            what all of it was made from
 *     manifest.json                                   SHA-256 of every file, last journal hash
 *
 * A bundle covers the journal up to the last line that is neither bundle-written nor closed, so
 * that writing it again after the closing gives the same bytes.
 */
#ifndef CEREMONY_BUNDLE_H
#define CEREMONY_BUNDLE_H

#include "ceremony/acts/ceremony.h"

/* Its bytes are held only when they are few: metadata is written from its envelope, and what the
 * ceremony was given is copied from its folder. */
struct bundle_file {
    char *name;
    struct bytes data;
    const struct envelope *envelope; /* the session's; NULL: no metadata */
    struct store *store;             /* has it under the same name; NULL: it does not */
    size_t n;
    uint8_t sha256[SHA256_SIZE];
};

struct bundle {
    struct bundle_file *files; /* sorted by name; manifest.json among them */
    size_t n;
    char manifest_sha256[SHA256_HEX_SIZE];
    uint8_t manifest_digest[SHA256_SIZE];
};

/* The client is played over what goes into it, whatever the journal has of that. Errors:
 * ERR_INCOMPLETE when obligations or the client's view are missing; those of the client. */
int bundle_make(const struct ceremony *c, struct bundle *out, struct err *e);
void bundle_clear(struct bundle *b);
/* A store_source's `give`: all of the file, part by part. `file` is a struct bundle_file. Errors:
 * ERR_IO also when the folder's file is not what it was. */
int bundle_give(const void *file, store_part *put, void *to, struct err *e);

/* One deterministic tar (ustar/pax, sorted, times = the confirmed date, no owners), part by part.
 */
int bundle_tar(const struct bundle *b, const char *top, utc_t time, store_part *put, void *to,
               struct err *e);

/* Writes "bundle/" and "bundle.tar" into `dest` (as store.h has it, read back, compared), then
 * journals. `dest` may be the ceremony's own folder. Errors: ERR_IO naming the file. */
int bundle_write(struct ceremony *c, struct store *dest, struct bundle *out, struct err *e);

/* Closes the ceremony: the bundle that was written is made again, and must be the same. In
 * `transcript` the digest of its transcript.txt. Errors: ERR_JOURNAL: it is another one. */
int bundle_close(struct ceremony *c, uint8_t transcript[SHA256_SIZE], struct err *e);

#endif
