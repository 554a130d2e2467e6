/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_read.h - what the files behind plan.h share: reading plan.json's members.
 */
#ifndef CEREMONY_PLAN_READ_H
#define CEREMONY_PLAN_READ_H

#include "ceremony/plan.h"

/* Text for screens: 1 to `max` bytes, no control characters, no blanks at its ends. Heap. */
int plan_text(struct json object, const char *member, size_t max, char **out, struct err *e);
/* The same; `*out` stays NULL when the member is not there. */
int plan_text_maybe(struct json object, const char *member, size_t max, char **out, struct err *e);

/* "first_root", after "trusted" was read. */
int plan_first_read(struct json object, struct store *s, struct plan *p, struct err *e);
/* "roles" and "sign", after keyholders and online keys were read. */
int plan_roles_read(struct json object, struct plan *p, struct err *e);

#endif
