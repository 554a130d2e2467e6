/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_fold.h - what the files behind session.h share: proposals, made anew whenever what they
 * are made of changes.
 */
#ifndef CEREMONY_SESSION_FOLD_H
#define CEREMONY_SESSION_FOLD_H

#include "ceremony/session.h"

void session_proposals_clear(struct session *s);
/* Composes the proposals when plan, date and all keys are known; else leaves none. */
int session_propose(struct session *s, struct err *e);
void seat_state_clear(struct seat_state *seat);

#endif
