/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_fold.h - what the files behind session.h share: proposals, made anew whenever what they
 * are made of changes.
 */
#ifndef CEREMONY_SESSION_FOLD_H
#define CEREMONY_SESSION_FOLD_H

#include "ceremony/base/pool.h"
#include "ceremony/session/session.h"
#include "metadata/compose.h"

void session_proposals_clear(struct session *s);
/* Composes the proposals when plan, date and all keys are known; else leaves none. */
int session_propose(struct session *s, struct err *e);
/* The keys of a role, in the plan's order, from the pool. Those that the file in force has keep
 * their keyids and key objects there: `now` is the role as that file lists it, `keys` its keys;
 * each or NULL. Errors: ERR_INTERNAL. */
void seat_state_clear(struct seat_state *seat);
void seat_token_clear(struct seat_token *t);
/* Does this line begin a start that did not know the journal? What people said before it, and what
 * they saw, is not believed. */
bool fold_is_unknown_start(const struct event *ev);

/* The rules, and the event's own fold. */
int session_fold(struct session *s, const struct event *ev, struct err *e);
/* What was done before the plan changed, onto proposals that were made anew. */
int carry_onto_proposals(struct session *s, struct err *e);

/* Sets ERR_JOURNAL with that sentence; returns -1. */
int fold_refuse(struct err *e, const char *why);
/* The error of an event that was refused: where it is; returns -1. */
int fold_line(const struct event *ev, struct err *e);
/* The refusal of a plan other than the one that the journal goes by. */
int fold_plan_differs(struct err *e);
/* A string member as a heap string in place of what `*slot` held. */
int fold_text(struct json data, const char *member, char **slot, struct err *e);
/* The member "token" of an event, in place of what `*t` held. */
int fold_token(struct json data, struct seat_token *t, struct err *e);
/* "attestation": {"form", "pem"} or {"form", "cvc"} (hex), where it is there: bytes that are checked
 * whenever somebody asks, and nothing else. */
int fold_evidence(struct json data, struct bytes *out, struct err *e);
/* The keyholder of that name, or -1. */
long fold_holder(const struct session *s, struct json name);
/* Is the event's "holder", where it is there, one of the plan's? */
int fold_holder_named(const struct session *s, const struct event *ev, struct err *e);
/* The seat, of those that stay, whose role and holder the event names. */
int fold_seat(const struct session *s, const struct event *ev, size_t *out, struct err *e);
/* The seat whose key has that id, or -1. */
long fold_seat_by_keyid(const struct session *s, struct json keyid);
/* Is that member this digest, in hex? */
bool fold_is_digest(struct json data, const char *member, const uint8_t digest[SHA256_SIZE]);

#endif
