/* SPDX-License-Identifier: Apache-2.0 */
/*
 * made_here.h - was a key made on its token in this ceremony, by what the journal has of it?
 *
 * A line says that one is about to be made, and which keys were there; another may have enrolled it
 * and taken it back since. Only the first `lines` of the journal are looked at. 1: yes, 0: no. Errors: ERR_INTERNAL.
 */
#ifndef CEREMONY_MADE_HERE_H
#define CEREMONY_MADE_HERE_H

#include "ceremony/session/journal.h"
#include "tokens/token.h"

/* `label` is the one that the token has for the key; NULL: not known. */
int made_here(const struct journal *j, size_t lines, const struct token_info *t,
              const struct token_key *k, const char *label, struct err *e);
/* The same of a key of which only the id is known. */
int made_here_id(const struct journal *j, size_t lines, const struct token_info *t,
                 struct json keyid, struct err *e);

#endif
