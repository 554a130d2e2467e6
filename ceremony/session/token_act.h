/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_act.h - the acts of token administration, by the names that the journal has for them.
 */
#ifndef CEREMONY_TOKEN_ACT_H
#define CEREMONY_TOKEN_ACT_H

#include "metadata/json/json.h"

enum token_act { TOKEN_SET_UP, TOKEN_CHANGE_PIN, TOKEN_UNBLOCK, TOKEN_CHANGE_SO_PIN, TOKEN_ACTS };

/* "set-up", as it is journaled; the act of that name, or -1; in words for the transcript. */
const char *token_act_name(enum token_act what);
long token_act_find(struct json name);
const char *token_act_words(enum token_act what);

#endif
