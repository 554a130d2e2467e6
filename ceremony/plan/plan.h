/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - plan.json: the state that is wanted. The program changes it in one way only, as a whole
 * and before it is accepted: see draft.h.
 *
 *     {
 *       "tuf-ceremony-plan": 1,
 *       "title": "PyPI root key ceremony 2026",
 *       "rehearsal": false,
 *       "keyholders": [{"name": "Alice", "bag": "4471", "token": "pkcs11:serial=DENK0102947"},
 *                      ...],
 *       "online_keys": [{"name": "online", "file": "online.pem"}],
 *       "roles": {
 *         "root":      {"keyholders": ["Alice", ...], "threshold": 3, "key_type": "ecdsa-p256",
 *                       "expires": "1 year"},
 *         "targets":   {"same_keys_as": "root", "threshold": 3, "expires": "1 year"},
 *         "snapshot":  {"online_keys": ["online"], "threshold": 1},
 *         "timestamp": {"online_keys": ["online"], "threshold": 1}
 *       },
 *       "sign": ["root", "targets"]
 *     }
 *
 * "bag", "token", "token_is" (what was recorded of the token of a key in force: "manufacturer",
 * "model", "serial", "firmware") and a keyholder's "key" (a file in inputs/ of a key that exists
 * already, in any form; or one for each role: {"root": "FILE", ...}) are optional; unknown members
 * are refused, so that a typo can't be silent. Files are in inputs/. "attestation_roots": see
 * plan_attest.h.
 *
 * A plan that builds on metadata in force says so, and who holds its keys:
 *
 *       "trusted": {"root": 4, "targets": 7, "day": "2026-11-24"},
 *       "next_ceremony": "2027-11-01",
 *       "keyholders": [{"name": "Alice", "keys": {"root": "<keyid>"}},
 *                      {"name": "Bob", "keys": {"root": "<keyid>"}, "key_is": "replaced"}, ...],
 *       "online_keys": [{"name": "online", "keyid": "<keyid>"}],
 *
 * An online key from a "file" that takes the place of one in force says so: "replaces": "<keyid>".
 * It then replaces that key in every delegation of what is signed, too. "key_is": "stolen" of it
 * refuses a plan that leaves the old key trusted by a role of people; else that is a warning.
 *
 * Keys that stay keep the keyids that clients know, whatever these are hashes of. "correct_keyids":
 * true (beside "trusted") gives those of root and of the plan's delegations the ids of the
 * specification instead: every role that lists such a key must then be signed anew.
 *
 * "first_root": true (beside "trusted") makes a new first root, for clients that can't follow the
 * one in force any more: no old key signs ("key_is" is "kept" or "lost"), and the root must be
 * shipped by another way. All the rest of the repository goes on under it, as in a rotation.
 *
 * "targets" and "day" (when that metadata was signed), and "next_ceremony", are optional. "key_is"
 * is "kept" (when not said), "replaced" (the old key signs once more, a new one is enrolled) or
 * "lost" (the old key can't sign any more). Who leaves stays among the keyholders, in no role.
 *
 * "delegations" lists delegated roles, each with who signs it, and by which role it is delegated
 * to ("targets" when not said). What the role in force delegates to and the plan does not name is
 * kept; "remove" of a role names delegations that go:
 *
 *       "delegations": [
 *         {"name": "targets/simple", "keyholders": ["Alice", "Bo", "Chen"], "threshold": 2,
 *          "expires": "1 year", "paths": [...], "terminating": false},
 *         {"name": "targets/packages/{version}/{letter}", "same_keys_as": "targets/simple",
 *          "each": {"version": ["2.7", "source"], "letter": ["A", "B"]}, "threshold": 2,
 *          "expires": "1 year", "paths": ["packages/{version}/{letter}/...", ...]},
 *         {"name": "bins", ..., "hash_prefixes": ["0", "1", ..., "f"]},
 *         {"name": "bin-{bin}", "by": "bins", "bins": 16384, "online_keys": ["online"], ...}]
 *
 * A *role template* is an entry with "each" or "bins": many roles, its *instances*, with the same
 * keys. "contents" of a role that is signed says where its files and delegations come from:
 * {"file": "simple.json"}, metadata without signatures from the online side, and {"moves":
 * "moves.csv"}, see moves.h; else they are those in force. Names of files may hold the variables of
 * the template. "one_time": true of targets or a delegated role says that its keys are destroyed
 * after they signed: see one_time.h.
 *
 * One PKCS#11 module may connect to this machine itself, named by its path or its file's name. It
 * needs the switch --network as well.
 *
 *       "loopback": "yubihsm_pkcs11.so"
 *
 * A *seat* is one key that one keyholder brings: a keyholder in a role that has keys of its own, or
 * a key of the root in force that the new root does not have any more ("leaving"). A role with
 * "same_keys_as" shares the seats of that role.
 */
#ifndef CEREMONY_PLAN_H
#define CEREMONY_PLAN_H

#include "ceremony/plan/plan_attest.h"
#include "ceremony/repository/trusted.h"
#include "ceremony/store/store.h"
#include "metadata/base/utc.h"
#include "metadata/key.h"
#include "metadata/signed.h"

enum key_fate { KEY_KEPT, KEY_REPLACED, KEY_LOST };

/* A key that a holder has for a delegated role. */
struct plan_held {
    char *role; /* as the plan names it */
    char *keyid;
};

/* A key that exists already, from a file in inputs/; loaded by plan_load. */
struct plan_given {
    char *role; /* as the plan names it; NULL: whatever roles the holder has */
    char *file;
    struct key *key;
};

/* What was recorded of a token when the key in force was made; each or NULL. */
struct plan_token {
    char *manufacturer, *model, *serial, *firmware;
};

struct plan_holder {
    char *name;
    char *keyids[SIGNED_TYPES]; /* or NULL: of the root in force, by role */
    struct plan_held *held;     /* the same, of delegated roles */
    size_t nheld;
    enum key_fate fate;         /* of those */
    char *bag;                  /* or NULL: the number of the tamper-evident bag */
    char *token;                /* or NULL: a pkcs11: URI (RFC 7512) that the token must match */
    struct plan_token token_is; /* of the key in force */
    struct plan_given *given;   /* keys that exist already */
    size_t ngiven;
};

struct plan_online {
    char *name;
    char *file;      /* in inputs/; NULL when it is a key of the root in force */
    struct key *key; /* loaded by plan_load */
    struct key *old; /* that it replaces wherever that is trusted; NULL: none */
    bool stolen;     /* the old one is in wrong hands */
};

/* One value of "each": what {name} stands for. */
struct plan_variable {
    char *name;
    char **values;
    size_t n;
};

/* One entry of "delegations". */
struct plan_delegation {
    size_t by; /* index into plan.roles; not a role template */
    bool terminating;
    char **paths; /* as the plan writes them, with variables */
    size_t npaths;
    char **prefixes; /* hash prefixes; none of a template of bins, which has them by number */
    size_t nprefixes;
    unsigned bit_length; /* 2^bit_length bins; 0: no bins */
    bool succinct;       /* TAP 15: one row stands for all bins */
    struct plan_variable *variables;
    size_t nvariables;
    bool is_template;
};

/* Contents of a role from the online side. */
struct plan_contents {
    struct json_doc *doc;
    struct json object; /* `signed` */
};

struct plan_role {
    char *name; /* as the plan writes it: "root", "targets/simple", "bin-{bin}" */
    enum signed_type type;
    struct plan_delegation *delegation; /* NULL: a top-level role */
    char **instances; /* the names of its roles: one, or those of a role template */
    size_t ninstances;
    unsigned threshold;
    bool sign;     /* named in "sign" */
    bool one_time; /* its keys are made here, and destroyed afterwards: see one_time.h */
    bool has_expires;
    bool expires_is_date;
    utc_t expires_at;
    struct duration expires_in; /* from the confirmed date */
    size_t *seats;              /* indices into plan.seats; offline roles */
    size_t nseats;
    size_t *online; /* indices into plan.online; online roles */
    size_t nonline;
    char *file;                     /* "contents": in inputs/, with variables; or NULL */
    struct plan_contents *contents; /* by instance, of those files; NULL: there is none */
    char *moves;                    /* "contents": in inputs/; or NULL */
    char **removed;                 /* delegations that go */
    size_t nremoved;
};

struct plan_seat {
    size_t holder;
    size_t role;            /* whose keys these are: index into plan.roles */
    enum key_type key_type; /* of a key to be enrolled */
    const struct key *key;  /* borrowed; NULL when it is to be enrolled */
    bool leaving;           /* a key of the root in force that goes */
    bool lost;              /* and that can't sign any more */
};

struct plan_moves; /* see plan_moves.h */

struct plan {
    char *title;
    bool rehearsal;
    struct plan_holder *holders;
    size_t nholders;
    struct plan_online *online;
    size_t nonline;
    struct plan_role *roles; /* the top-level roles by signed_type, then those of "delegations" */
    size_t nroles;
    struct plan_seat *seats; /* those of roles, then those that leave */
    size_t nseats;
    struct trusted *trusted;  /* NULL: there is no repository yet */
    bool first_root;          /* no client follows from the root in force */
    struct plan_moves *moves; /* of the lists that roles name; NULL: there is none */
    char *loopback;           /* the module that may connect to this machine, or NULL */
    bool correct_keyids;
    bool has_day, has_next;
    utc_t day;  /* when the metadata in force was signed */
    utc_t next; /* when the committee means to meet again */
    struct plan_attest attest;
    uint8_t sha256[SHA256_SIZE]; /* of plan.json's exact bytes and of every input file it names */
};

/* Reads plan.json and the inputs it names. Errors: ERR_INPUT with place, ERR_PLAN, ERR_INCOMPLETE.
 */
int plan_load(struct store *s, struct plan **out, struct err *e);
void plan_free(struct plan *p); /* NULL-safe */
/* The root in force whose clients must be able to follow; NULL: there is none. */
const struct root *plan_followed_root(const struct plan *p);
/* The version that a role's metadata gets: one above the one in force. `instance` is 0 for a role
 * that is no role template. */
int64_t plan_version(const struct plan *p, size_t role, size_t instance);
/* The i-th role in the order that people read: root, targets, snapshot, timestamp, delegations. */
const struct plan_role *plan_role_at(const struct plan *p, size_t i);
/* The role of that name as the plan writes it, or -1. */
long plan_role_find(const struct plan *p, const char *name);
/* The role that has this among its instances, or NULL. */
const struct plan_role *plan_role_of(const struct plan *p, const char *instance);
/* Is the seat's key one that the plan gives as a file? */
bool plan_seat_given(const struct plan *p, size_t seat);
/* The holder's index, or -1. */
long plan_holder_find(const struct plan *p, const char *name);

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
    unsigned threshold, holders; /* of root and targets */
    const char *tree;            /* delegated roles: see tree.h; or NULL */
};

const struct plan_preset *plan_preset_find(const char *name); /* or NULL */

/* The text of a plan.json. Errors: ERR_USAGE (names, count), ERR_INTERNAL. */
int plan_from_preset(const struct plan_wish *wish, struct bytes *out, struct err *e);

#endif
