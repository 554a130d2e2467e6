/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - plan.json: the state that is wanted. Read once, never edited by the program afterwards.
 *
 *     {
 *       "tuf-ceremony-plan": 1,
 *       "title": "PyPI root key ceremony 2026",
 *       "rehearsal": false,
 *       "keyholders": [{"name": "Alice", "bag": "4471", "token": "pkcs11:serial=DENK0102947"},
 * ...], "online_keys": [{"name": "online", "file": "online.pem"}], "roles": { "root":
 * {"keyholders": ["Alice", ...], "threshold": 3, "key_type": "ecdsa-p256", "expires": "1 year"},
 *         "targets":   {"same_keys_as": "root", "threshold": 3, "expires": "1 year"},
 *         "snapshot":  {"online_keys": ["online"], "threshold": 1},
 *         "timestamp": {"online_keys": ["online"], "threshold": 1}
 *       },
 *       "sign": ["root", "targets"]
 *     }
 *
 * "bag", "token" and a keyholder's "key" (a PEM file in inputs/ of a key that exists already) are
 * optional; unknown members are refused, so that a typo can't be silent. Files are in inputs/.
 *
 * A *seat* is one key that one keyholder brings: a keyholder in a role that has keys of its own. A
 * role with "same_keys_as" shares the seats of that role.
 */
#ifndef CEREMONY_PLAN_H
#define CEREMONY_PLAN_H

#include "ceremony/store.h"
#include "metadata/key.h"
#include "metadata/signed.h"
#include "metadata/utc.h"

struct plan_holder {
    char *name;
    char *bag;       /* or NULL: the number of the tamper-evident bag */
    char *token;     /* or NULL: a pkcs11: URI (RFC 7512) that the token must match */
    char *key_file;  /* or NULL: PEM in inputs/ */
    struct key *key; /* of that file; loaded by plan_load */
};

struct plan_online {
    char *name;
    char *file;      /* in inputs/ */
    struct key *key; /* loaded by plan_load */
};

struct plan_role {
    enum signed_type type;
    unsigned threshold;
    bool sign; /* named in "sign" */
    bool has_expires;
    bool expires_is_date;
    utc_t expires_at;
    struct duration expires_in; /* from the confirmed date */
    size_t *seats;              /* indices into plan.seats; offline roles */
    size_t nseats;
    size_t *online; /* indices into plan.online; online roles */
    size_t nonline;
};

struct plan_seat {
    size_t holder;
    enum signed_type role; /* whose keys these are */
    enum key_type key_type;
};

struct plan {
    char *title;
    bool rehearsal;
    struct plan_holder *holders;
    size_t nholders;
    struct plan_online *online;
    size_t nonline;
    struct plan_role roles[SIGNED_TYPES];
    struct plan_seat *seats;
    size_t nseats;
    uint8_t sha256[SHA256_SIZE]; /* of plan.json's exact bytes and of every input file it names */
};

/* Reads plan.json and the inputs it names. Errors: ERR_INPUT with place, ERR_PLAN, ERR_INCOMPLETE.
 */
int plan_load(struct store *s, struct plan **out, struct err *e);
void plan_free(struct plan *p); /* NULL-safe */
/* The holder's index, or -1. */
long plan_holder_find(const struct plan *p, const char *name);

/* Rules that a plan is held against: rows of a table in lint.c. */
enum finding_level { FINDING_NOTE, FINDING_WARNING, FINDING_REFUSAL };

struct finding {
    enum finding_level level;
    const char *rule; /* short name, such as "threshold-one" */
    char text[400];   /* in words: what, and what follows */
    char todo[200];
};

struct findings {
    struct finding *items;
    size_t n;
};

int finding_add(struct findings *f, enum finding_level level, const char *rule, const char *todo,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void findings_clear(struct findings *f);
bool findings_refused(const struct findings *f);

/* All rules over a plan at `now`. Errors: ERR_INTERNAL; what is wrong with the plan is a finding.
 */
int plan_lint(const struct plan *p, utc_t now, struct findings *out, struct err *e);

/* What `new` is asked for. */
struct plan_wish {
    const char *preset; /* "root-3of5", "root-2of4": rows of a table */
    const char *title;  /* or NULL */
    bool rehearsal;
    const char *const *holders; /* exactly as many as the preset's n */
    size_t nholders;
    const char *key_type; /* or NULL: ecdsa-p256 */
    const char *expires;  /* or NULL: 1 year */
    const char *online;   /* file name in inputs/ of the online key */
};

struct plan_preset {
    const char *name;
    const char *summary;
    unsigned threshold, holders;
};

const struct plan_preset *plan_preset_find(const char *name); /* or NULL */
const struct plan_preset *plan_preset_at(size_t i);           /* NULL behind the last */

/* The text of a plan.json. Errors: ERR_USAGE (names, count), ERR_INTERNAL. */
int plan_from_preset(const struct plan_wish *wish, struct bytes *out, struct err *e);

#endif
