/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_read.h - what the files behind plan.h share: reading plan.json's members.
 */
#ifndef CEREMONY_PLAN_READ_H
#define CEREMONY_PLAN_READ_H

#include "ceremony/base/finding.h"
#include "ceremony/plan/plan.h"

/* Text for screens: 1 to `max` bytes, no control characters, no blanks at its ends. Heap. */
int plan_text(struct json object, const char *member, size_t max, char **out, struct err *e);
/* The same; `*out` stays NULL when the member is not there. */
int plan_text_maybe(struct json object, const char *member, size_t max, char **out, struct err *e);

/* An array of such texts (`once`: without duplicates) as heap strings: `*n` is counted up as they
 * are read, so that what is there can be freed after an error. */
int plan_texts(struct json list, size_t max, bool once, char ***out, size_t *n, struct err *e);

/* A keyholder's "key": files of keys that exist already. */
void plan_given_clear(struct plan_holder *h);
/* The key that the holder gives for a role, or NULL. */
const struct key *plan_given_key(const struct plan_holder *h, const char *role);

/* "keyholders" and "online_keys", after the metadata in force was read. */
int plan_people_read(struct json object, struct store *s, struct plan *p, struct err *e);

/* "roles", "delegations" and "sign", after keyholders and online keys were read. */
int plan_roles_read(struct json object, struct plan *p, struct err *e);
/* What an entry of "delegations" says beyond a role: where it is, and its share of paths. The
 * role's name is read, and its instances named. */
int plan_delegation_read(struct json object, struct plan *p, struct plan_role *r, struct err *e);
/* No two roles of all those entries have one name, or files that are in each other's way. */
int plan_instances_check(struct json list, const struct plan *p, struct err *e);
void plan_delegation_free(struct plan_delegation *d); /* NULL-safe */
/* Reads the files that contents name. */
int plan_contents_load(struct store *s, struct plan *p, struct err *e);
void plan_contents_clear(struct plan_role *r);

#endif
