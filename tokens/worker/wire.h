/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - how values are written into the messages between agent and ceremony.
 *
 * Numbers are four bytes, big-endian; text and bytes are a length and their content. A reader never
 * reads past its end: the first thing that does not fit makes it "bad", every later read gives
 * zeroes, and the caller checks once, at the end. Neither side trusts the other.
 */
#ifndef TOKENS_WIRE_H
#define TOKENS_WIRE_H

#include "tokens/token.h"

#define WIRE_LIST_MAX 4096 /* items of a list */

struct wire_in {
    struct span rest;
    bool bad;
};

void wire_put_u32(struct bytes *out, uint32_t v);
void wire_put(struct bytes *out, struct span s);
void wire_put_err(struct bytes *out, const struct err *e);
void wire_put_id(struct bytes *out, const struct token_id *id);
void wire_put_list(struct bytes *out, const struct token_list *l);
/* A public key with the type that says how it signs. */
void wire_put_public(struct bytes *out, const struct key *k);
void wire_put_key(struct bytes *out, const struct token_key *k);
void wire_put_key_list(struct bytes *out, const struct token_key_list *l);
void wire_put_certificates(struct bytes *out, const struct token_certificates *l);

uint32_t wire_u32(struct wire_in *in);
uint32_t wire_below(struct wire_in *in, uint32_t end); /* anything from `end` on is bad */
struct span wire_span(struct wire_in *in);             /* borrowed */
/* UTF-8 text with its NUL into `out` of `size` bytes; longer text or one with a NUL is bad. */
void wire_text(struct wire_in *in, char *out, size_t size);
/* An error of the other process: never ERR_LEFT or ERR_INTERNAL, which stop more than its module. */
void wire_err(struct wire_in *in, struct err *e);
void wire_id(struct wire_in *in, struct token_id *id);
/* What they make is cleared by the caller also when the reader went bad. Errors: ERR_INTERNAL. */
int wire_list(struct wire_in *in, struct token_list *l, struct err *e);
int wire_public(struct wire_in *in, struct key **out, struct err *e);
int wire_key(struct wire_in *in, struct token_key *k, struct err *e);
int wire_key_list(struct wire_in *in, struct token_key_list *l, struct err *e);
int wire_certificates(struct wire_in *in, struct token_certificates *l, struct err *e);
/* True when everything was read and nothing was bad. */
bool wire_done(const struct wire_in *in);

#endif
