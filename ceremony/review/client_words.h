/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_words.h - what a client found that refuses nothing, in words: of delegated roles what is
 * not here first, and a role template in one line.
 */
#ifndef CEREMONY_CLIENT_WORDS_H
#define CEREMONY_CLIENT_WORDS_H

#include "ceremony/changes/lines.h"
#include "ceremony/publication/publication.h"
#include "metadata/client/client.h"

/* One file: "ok  targets, version 1, 3 signatures, ...", or why it is not here. Appended, harmless
 * on a screen. */
void client_row_words(const struct client_row *r, const struct publication *files,
                      struct bytes *out);
/* Is it about another role than those that the root names? */
bool client_row_delegated(const struct client_row *r);
/* Adds the lines about delegated roles; none when there are no such rows. */
int client_delegated_words(const struct plan *plan, const struct client_report *report,
                           const struct publication *files, struct lines *out, struct err *e);

#endif
