/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act.h - what the acts share: one event, folded and written, or nothing changed.
 */
#ifndef CEREMONY_ACT_H
#define CEREMONY_ACT_H

#include <cjson/cJSON.h>

#include "ceremony/acts/ceremony.h"

/* An object of strings: names and values, up to a NULL. NULL: out of memory. */
cJSON *act_data(const char *member, ...) __attribute__((sentinel));
/* With one member more; both are moved in. */
cJSON *act_add(cJSON *data, const char *member, cJSON *value);
/* {role, holder} of a seat. */
cJSON *act_seat(const struct ceremony *c, size_t seat);
/* A token, as events name it. */
cJSON *act_token(const struct token_info *t);
/* `data` is moved in, also on failure; NULL: out of memory. */
int act_take(struct ceremony *c, enum event_type type, cJSON *data, struct err *e);
/* `data` is the JSON text of an object. */
int act_span(struct ceremony *c, enum event_type type, struct span data, struct err *e);
/* The same, folded but not written before act_commit. */
int act_draft(struct ceremony *c, enum event_type type, struct span data, struct err *e);

/* Errors: ERR_INCOMPLETE when something is signed; `what` can't change any more. */
int act_need_unsigned(const struct ceremony *c, const char *what, struct err *e);

#endif
