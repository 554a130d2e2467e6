/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act.h - what the acts share: one event, folded and written, or nothing changed.
 */
#ifndef CEREMONY_ACT_H
#define CEREMONY_ACT_H

#include <cjson/cJSON.h>

#include "ceremony/acts/ceremony.h"

/* A token, as events name it; NULL: out of memory. */
cJSON *act_token(const struct token_info *t);
/* `data` is moved in, also on failure; NULL: out of memory. */
int act_take(struct ceremony *c, enum event_type type, cJSON *data, struct err *e);
/* `data` is the JSON text of an object. */
int act_span(struct ceremony *c, enum event_type type, struct span data, struct err *e);
/* The same, folded but not written before act_commit. */
int act_draft(struct ceremony *c, enum event_type type, struct span data, struct err *e);

#endif
