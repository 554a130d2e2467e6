/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - where the ceremony stands: a fold over the journal, and nothing else.
 *
 * Plain data, read by screens, commands, bundle and transcript; changed only by session_apply. What
 * a screen shows and a token signs is `proposal.envelope`, made from plan and journal alone.
 */
#ifndef CEREMONY_SESSION_H
#define CEREMONY_SESSION_H

#include "ceremony/plan/plan.h"
#include "ceremony/session/journal.h"
#include "metadata/envelope.h"
#include "metadata/obligation.h"

/* The token a key is on, as it was at enrolment; of a key that the plan gives, as it was when the
 * key first signed, and NULL before. */
struct seat_token {
    char *manufacturer, *model, *serial, *label, *firmware, *module;
};

struct seat_state {
    struct key *key; /* NULL until enrolled; one that the plan gives: set from the start */
    bool from_file;  /* the plan gives it: from a file, or from the root in force */
    bool generated_here;
    bool elsewhere; /* enrolled before a start that did not know the journal */
    struct seat_token token;
    struct json claims; /* what the token says of the key; n == 0 when from a file */
    /* An attestation that was there at enrolment, with its chain; empty: none. See attest.h. */
    struct bytes evidence;
    utc_t enrolled_at;
    bool destroying; /* seen on its token, when it was to be destroyed */
    bool destroyed;  /* on its token, and seen to be gone */
};

struct holder_state {
    bool present;
    bool skipped; /* since the last signature of theirs */
    char *skip_reason;
    char *bag; /* the new one; NULL: none was recorded */
};

struct signed_entry { /* one collected signature */
    size_t proposal;
    size_t seat;
    char *keyid;
    utc_t at;
};

struct proposal {
    size_t group;    /* index into session.groups */
    size_t instance; /* of the plan's role */
    enum signed_type type;
    const char *role; /* "root"; the plan's */
    int64_t version;
    utc_t expires;
    struct envelope *envelope;    /* with the signatures collected so far */
    char sha256[SHA256_HEX_SIZE]; /* of the signed bytes */
    uint8_t digest[SHA256_SIZE];
    struct targets targets; /* parsed from the proposal's own bytes; empty for other types */
    struct obligation obligations[OBLIGATIONS_MAX];
    size_t nobligations;
    unsigned reached[OBLIGATIONS_MAX]; /* valid signatures, by obligation */
    uint8_t *seats;                    /* by plan.seats: enum seat_flag */
};

/* The proposals of one role of the plan, next to each other: one, or those of a role template. They
 * are looked at and reviewed together. */
struct proposal_group {
    size_t role; /* index into plan.roles */
    size_t first, n;
    uint8_t digest[SHA256_SIZE]; /* of one file: its signed bytes; of several: session_group_list */
    char sha256[SHA256_HEX_SIZE];
    bool reviewed;
    utc_t reviewed_at;
};

/* What a seat is to a proposal, worked out once. */
enum seat_flag {
    SEAT_SIGNS = 1,  /* its key is there, can sign, and counts for an obligation */
    SEAT_SIGNED = 2, /* its key's signature is collected */
    SEAT_COUNTS = 4, /* for the first obligation; shifted left by one for the second */
};

struct session {
    const struct plan *plan;
    const struct journal *journal; /* for the rules: the lines before; or NULL */
    /* What rules of rooms above ask of an event before it is folded, also of one that is carried
     * over; or NULL. */
    int (*follows)(const struct session *s, const struct event *ev, struct err *e);
    bool opened;
    bool readiness_done; /* the last check had no failure */
    bool date_confirmed;
    utc_t date;  /* the confirmed day, at 00:00:00Z: what is signed counts from it */
    utc_t today; /* the same, as it was confirmed last */
    bool plan_accepted;
    bool date_again;      /* a start asks for today's date again; `date` may have to stay */
    bool plan_again;      /* the word of the plan is asked for again: see JOURNAL_UNKNOWN */
    bool journal_unknown; /* the journal began elsewhere, as far as this room knows */
    bool roll_called;
    char *administrator;
    char **witnesses;
    size_t nwitnesses;
    struct holder_state *holders; /* by plan.holders */
    struct seat_state *seats;     /* by plan.seats */
    struct proposal *proposals;   /* empty until everything they need is known */
    size_t nproposals;
    size_t *by_role; /* indices of proposals, by the names of their roles */
    struct proposal_group *groups;
    size_t ngroups;
    struct root root;        /* the proposed root, parsed from its own bytes */
    const struct root *next; /* the root that will be in force: that, or the plan's trusted one */
    struct signed_entry *signatures; /* in the order of collection */
    size_t nsignatures;
    bool client_accepted; /* over exactly the signatures collected so far */
    bool bundle_written;  /* over exactly the journal so far */
    char *bundle_destination;
    char bundle_manifest[SHA256_HEX_SIZE];
    bool closed;
    char transcript[SHA256_HEX_SIZE]; /* of transcript.txt, as it was closed */
    bool carrying;                    /* folding one of those before */
    struct event *before;             /* events from before the plan changed last; copies */
    size_t nbefore;
    size_t covered; /* journal lines that a bundle made now covers: see bundle.h */
};

int session_new(const struct plan *plan, struct session **out, struct err *e);
void session_free(struct session *s);
/* An event from before the plan changed last: kept, to be carried over by EVENT_PLAN_CHANGED.
 * Only before anything is applied. */
int session_remember(struct session *s, const struct event *ev, struct err *e);
/* The one place where a signature is verified on its way to being counted. Errors: ERR_JOURNAL when
 * the event can't follow from what is there (names the line), ERR_SIGNATURE when its signature does
 * not verify. */
int session_apply(struct session *s, const struct event *ev, struct err *e);

/* Stations. A station is done, open (can be worked on now) or not yet. */
bool station_done(const struct session *s, enum station st);
bool station_open(const struct session *s, enum station st);
enum station
session_station(const struct session *s); /* the first that is not done; CLOSING at the end */
const char *station_title(enum station st);
/* Is there anything to do there in this ceremony? */
bool station_matters(const struct session *s, enum station st);

/* Questions that screens and commands ask. */
bool session_signed_anything(const struct session *s);
bool session_enrolled(const struct session *s); /* every seat has its key */
bool session_all_reviewed(const struct session *s);
bool session_complete(const struct session *s); /* every obligation is reached */
/* Is its key to be destroyed after it signed? */
bool session_seat_one_time(const struct session *s, size_t seat);
/* The first seat with that key, or -1. */
long session_seat_of(const struct session *s, const struct key *key);
/* Does this seat's key count for the proposal? */
bool session_seat_signs(const struct session *s, size_t proposal, size_t seat);
bool session_has_signed(const struct session *s, size_t proposal, size_t seat);
/* Does this seat's key count for that obligation? */
bool session_seat_counts(const struct session *s, size_t proposal, size_t obligation, size_t seat);
/* Could this seat still give a signature? */
bool session_seat_can_sign(const struct session *s, size_t seat);
/* How many of the group's files have all their signatures. */
size_t session_group_complete(const struct session *s, size_t group);
/* How many of the signatures that the group's files need are given, and in *needed how many that
 * are (at least 1). */
size_t session_group_signed(const struct session *s, size_t group, size_t *needed);
/* Signatures that this holder could still give. */
size_t session_signatures_left(const struct session *s, size_t holder);
/* Is one of them still needed for a threshold? */
bool session_needed(const struct session *s, size_t holder);
/* Valid signatures of an obligation, from those collected. */
unsigned session_reached(const struct session *s, size_t proposal, size_t obligation);
long session_proposal_find(const struct session *s, const char *role); /* -1: none */
/* The group of that role, as the plan names it; -1: none. */
long session_group_find(const struct session *s, const char *role);
const char *session_group_name(const struct session *s, size_t group);
/* What the digest of a role template is over: a line a file, "<sha256>  4.targets/simple".
 * Appended. */
void session_group_list(const struct session *s, size_t group, struct bytes *out);
/* The SHA-256 of such lists of all groups, one behind the other. Errors: ERR_INTERNAL. */
int session_digest(const struct session *s, uint8_t digest[SHA256_SIZE], struct err *e);
const char *session_holder_name(const struct session *s, size_t seat);
/* The number of the bag that the holder's token is in: the new one, else the plan's; or NULL. */
const char *session_bag(const struct session *s, size_t holder);

#endif
