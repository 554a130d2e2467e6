/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_token.h - what the views about tokens share: what follows when one is unlocked.
 */
#ifndef CEREMONY_UI_VIEW_TOKEN_H
#define CEREMONY_UI_VIEW_TOKEN_H

#include "ceremony/ui/view.h"

/* The token is unlocked: a key is made or chosen; everything left is signed; one-time keys
 * are destroyed. */
int token_enrol(struct walk *w, struct err *e);
int token_sign(struct walk *w, struct err *e);
int token_destroy(struct walk *w, struct err *e);
/* Makes the seat's key and shows it; `so_pin` as in enrol_generate. */
int token_make_key(struct walk *w, const struct secret *so_pin, struct err *e);
/* Back to the station that the token was needed for. */
int token_back(struct walk *w, struct err *e);
/* A PIN that is typed: w->pin new and empty; one more character, or one less. */
int pin_empty(struct walk *w, struct err *e);
int pin_typed(struct walk *w, int key, struct err *e);
/* The holder's token for a list, as record or plan say: "DENK0102947  bag 4471"; of several the
 * one that is to sign next. Nothing when they say nothing. Appended. */
void token_put(const struct session *s, size_t holder, struct bytes *out);
/* What the token will sign, in words. */
void token_draw_what(const struct walk *w, struct page *p);

#endif
