/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_token_admin.h - what the views share in which a token is set up, unblocked, or given another
 * PIN.
 */
#ifndef CEREMONY_UI_VIEW_TOKEN_ADMIN_H
#define CEREMONY_UI_VIEW_TOKEN_ADMIN_H

#include "ceremony/ui/view.h"

/* Whether PINs can be tended here: not those of a rehearsal, which makes its tokens itself. */
bool token_admin_offered(const struct walk *w);
/* Forgets every PIN that was typed. */
void token_admin_forget(struct walk *w);
/* To the first question: which PIN, or on the device. */
int token_admin_begin(struct walk *w, struct err *e);
/* "Token: fake token, serial S0, "Alice"". */
void token_admin_draw_token(const struct walk *w, struct page *p);
/* The act in words: "Set up this token". */
const char *token_admin_title(const struct walk *w);

#endif
