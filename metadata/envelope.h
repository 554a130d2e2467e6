/* SPDX-License-Identifier: Apache-2.0 */
/*
 * envelope.h - a metadata file: the exact bytes that are signed, and the signatures over them.
 *
 * Invariants:
 *  - envelope_signed() is the canonical form of `signed`, the one buffer that is reviewed, handed to
 *    tokens and verified;
 *  - signatures have distinct keyids; an empty `sig` is a placeholder and never counts, nor does one
 *    that is not hex, which is kept as it is;
 *  - a file in which a private key lies is refused, unless who reads it asks for such files too and
 *    names what lies there;
 *  - what counts towards a threshold is distinct key material with a valid signature.
 */
#ifndef METADATA_ENVELOPE_H
#define METADATA_ENVELOPE_H

#include "metadata/json/json.h"
#include "metadata/private_key.h"
#include "metadata/role.h"

/* Committees have dozens; work that grows with their square stays small. */
#define SIGNATURES_MAX 1024

struct signature {
    char *keyid;
    struct bytes sig; /* empty: a placeholder */
    bool not_hex;     /* `sig` is the text itself */
};

struct envelope;

/* Reads a metadata file (text borrowed / moved in, also on failure). Errors: ERR_INPUT; ERR_SECRET
 * when a private key lies anywhere in it. */
int envelope_read(struct span text, const char *name, struct envelope **out, struct err *e);
int envelope_take(struct bytes *text, const char *name, struct envelope **out, struct err *e);
/* The same, also with a private key in it: envelope_secret. */
int envelope_take_any(struct bytes *text, const char *name, struct envelope **out, struct err *e);
struct json envelope_file(const struct envelope *env); /* the whole file */
/* ERR_SECRET when a private key lies in the file, with its place; else 0. */
static inline int envelope_secret(const struct envelope *env, struct err *e)
{
    return private_key_refuse(envelope_file(env), e);
}
/* Wraps canonical `signed` bytes (moved in, also on failure) that have no signatures yet: what is
 * to be signed never has a private key in it (ERR_SECRET). */
int envelope_new(struct bytes *canonical, const char *name, struct envelope **out, struct err *e);
void envelope_free(struct envelope *env);
/* The model of `signed` was read and found good: see json_doc_settle. */
void envelope_settle(struct envelope *env);

const char *envelope_name(const struct envelope *env);
struct json envelope_object(const struct envelope *env); /* `signed` */
struct span envelope_signed(const struct envelope *env); /* its canonical bytes */
size_t envelope_signature_count(const struct envelope *env);
const struct signature *envelope_signature(const struct envelope *env, size_t i);
/* Adds or replaces the signature of that keyid. */
int envelope_set_signature(struct envelope *env, const char *keyid, struct span sig, struct err *e);

/* How far a role's threshold is reached by this file's signatures. Plain data. */
struct tally {
    unsigned threshold;
    unsigned valid;     /* distinct key material of the role with a valid signature */
    unsigned pending;   /* placeholders of the role's keyids */
    unsigned bad;       /* signatures of the role's keyids that do not verify */
    unsigned unchecked; /* signatures under schemes that this program does not support */
    const char *scheme; /* one of those, or NULL; borrowed from the keyring */
    size_t n;           /* valid signers: role keyids, in role order */
    const char **keyids;
};

/* Counts; does not judge. `out` is cleared by tally_clear. Errors: ERR_INTERNAL. */
int envelope_tally(const struct envelope *env, const struct role *role, const struct keyring *keys,
                   struct tally *out, struct err *e);
void tally_clear(struct tally *t);
/* What is said of a tally that is not reached: ERR_SIGNATURE, or ERR_UNSUPPORTED when signatures
 * that this program can't check might fill it. Returns -1. */
int tally_refuse(const struct tally *t, const char *role, struct err *e);
static inline bool tally_reached(const struct tally *t)
{
    return t->valid >= t->threshold;
}

/* The file as written: {"signatures": [...], "signed": {...}}, signatures sorted by keyid, RFC 8259
 * text with an indent of one space as the reference implementation writes it, appended. */
int envelope_write(const struct envelope *env, struct bytes *out, struct err *e);
/* The same in parts of some hundred kilobytes, for a disk; stops at -1. */
typedef int envelope_part(void *arg, struct span part, struct err *e);
int envelope_each(const struct envelope *env, envelope_part *each, void *arg, struct err *e);
/* The bytes that envelope_write appends, counted. */
int envelope_size(const struct envelope *env, size_t *out, struct err *e);
/* The file as canonical JSON, appended: what envelope_take reads without a copy. */
void envelope_put_canonical(const struct envelope *env, struct bytes *out);

#endif
