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
 * A plan that builds on metadata in force says so, and who holds its keys:
 *
 *       "trusted": {"root": 4, "targets": 7, "day": "2026-11-24"},
 *       "next_ceremony": "2027-11-01",
 *       "keyholders": [{"name": "Alice", "keys": {"root": "<keyid>"}},
 *                      {"name": "Bob", "keys": {"root": "<keyid>"}, "key_is": "replaced"}, ...],
 *       "online_keys": [{"name": "online", "keyid": "<keyid>"}],
 *
 * A first root where there was a repository before, whose clients can't follow any more, says
 * instead which version it gets (above all that were served), and which targets go on under it:
 *
 *       "first_root": {"version": 5, "targets": 7},
 *
 * "targets" and "day" (when that metadata was signed), and "next_ceremony", are optional. "key_is"
 * is "kept" (when not said), "replaced" (the old key signs once more, a new one is enrolled) or
 * "lost" (the old key can't sign any more). Who leaves stays among the keyholders, in no role.
 *
 * A *seat* is one key that one keyholder brings: a keyholder in a role that has keys of its own, or
 * a key of the root in force that the new root does not have any more ("leaving"). A role with
 * "same_keys_as" shares the seats of that role.
 */
#ifndef CEREMONY_PLAN_H
#define CEREMONY_PLAN_H

#include "ceremony/store.h"
#include "ceremony/trusted.h"
#include "metadata/key.h"
#include "metadata/signed.h"
#include "metadata/utc.h"

enum key_fate { KEY_KEPT, KEY_REPLACED, KEY_LOST };

struct plan_holder {
    char *name;
    char *keyids[SIGNED_TYPES]; /* or NULL: of the root in force, by role */
    enum key_fate fate;         /* of those */
    char *bag;                  /* or NULL: the number of the tamper-evident bag */
    char *token;                /* or NULL: a pkcs11: URI (RFC 7512) that the token must match */
    char *key_file;             /* or NULL: PEM in inputs/ */
    struct key *key;            /* of that file; loaded by plan_load */
};

struct plan_online {
    char *name;
    char *file;      /* in inputs/; NULL when it is a key of the root in force */
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
    enum signed_type role;  /* whose keys these are */
    enum key_type key_type; /* of a key to be enrolled */
    const struct key *key;  /* borrowed; NULL when it is to be enrolled */
    bool leaving;           /* a key of the root in force that goes */
    bool lost;              /* and that can't sign any more */
};

struct plan {
    char *title;
    bool rehearsal;
    struct plan_holder *holders;
    size_t nholders;
    struct plan_online *online;
    size_t nonline;
    struct plan_role roles[SIGNED_TYPES];
    struct plan_seat *seats; /* those of roles, then those that leave */
    size_t nseats;
    struct trusted *trusted;  /* NULL: a first root */
    int64_t first_version;    /* of a first root: 1 when the plan does not say */
    struct envelope *content; /* targets that go on under a first root, or NULL */
    int64_t content_version;
    bool has_day, has_next;
    utc_t day;                   /* when the metadata in force was signed */
    utc_t next;                  /* when the committee means to meet again */
    uint8_t sha256[SHA256_SIZE]; /* of plan.json's exact bytes and of every input file it names */
};

/* Reads plan.json and the inputs it names. Errors: ERR_INPUT with place, ERR_PLAN, ERR_INCOMPLETE.
 */
int plan_load(struct store *s, struct plan **out, struct err *e);
void plan_free(struct plan *p); /* NULL-safe */
/* The version that a role's metadata gets: one above the one in force. */
int64_t plan_version(const struct plan *p, enum signed_type type);
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
