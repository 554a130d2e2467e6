/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uri.h - tokens and keys named by pkcs11: URIs (RFC 7512).
 *
 * `pin-source` is a path to a file, alone or as file:PATH. `pin-value` is refused: it would put a
 * PIN into the command line, where every process can read it.
 */
#ifndef TOKENS_URI_H
#define TOKENS_URI_H

#include "tokens/token.h"

struct token_uri;

/* Errors: ERR_USAGE, never repeating a PIN. */
int token_uri_parse(const char *text, struct token_uri **out, struct err *e);
void token_uri_free(struct token_uri *u); /* NULL-safe */

/* Whether the URI names this token: serial, label, manufacturer and model as far as it says any,
 * module-path and slot-id likewise (a slot's number is today's). */
bool token_uri_matches(struct token_uri *u, const struct token_info *t);
/* Whether it names this key of such a token: CKA_LABEL and CKA_ID as far as it says any. */
bool token_uri_matches_key(struct token_uri *u, const struct token_key *k);
/* The serial that a URI names; "" for none, and for what is no URI. */
void token_uri_serial(const char *text, char out[TOKEN_TEXT]);
/* An absolute path, or NULL when the URI has none; borrowed. */
const char *token_uri_pin_source(const struct token_uri *u);

/* Appends the URI of a token, or of a private key on it (`k` may be NULL). Errors: ERR_INTERNAL. */
int token_uri_put(const struct token_info *t, const struct token_key *k, struct bytes *out,
                  struct err *e);

#endif
