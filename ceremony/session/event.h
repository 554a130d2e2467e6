/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h - the events of the journal, a row each. To add one: its row, its fold in fold*.c, and
 * the act that writes it.
 *
 * The columns of a row:
 *  - its number here, and its name in the journal;
 *  - the members of its data, all of them; behind | those that may be missing. Each is a string, or
 *    # an integer, ? a boolean, {...} an object with these members ({}: its fold judges it), [] a
 *    list of strings, [...] a list of objects with these members;
 *  - the station that must be open for it;
 *  - the fold;
 *  - whether it is applied again when the plan changes later;
 *  - its sentence in the transcript: {member}, {token.serial}, {member:8} the first bytes,
 *    {member+8} those behind them; what stands in [ ] only when its members are there.
 */
#ifndef CEREMONY_EVENT_H
#define CEREMONY_EVENT_H

#include "metadata/base/utc.h"
#include "metadata/json/json.h"

/* The stations of the walk. */
enum station {
    STATION_READINESS,
    STATION_PLAN,
    STATION_ROLL_CALL,
    STATION_ENROLMENT,
    STATION_REVIEW,
    STATION_SIGNATURES,
    STATION_CLIENT_VIEW,
    STATION_ONE_TIME, /* of plans with keys that are destroyed; done by itself in others */
    STATION_BUNDLE,
    STATION_CLOSING,
    STATIONS
};

/* clang-format off */
#define OVERRIDDEN "[, overriding: {overridden}]"
/* Warnings that the room decided to override. */
#define WARNINGS "overridden[rule text]"
#define TOKEN_MEMBERS "token{manufacturer model serial label firmware module}"
#define CLAIM_MEMBERS "local sensitive always_sensitive extractable never_extractable signs"
#define EVENTS(X)                                                                                   \
    X(EVENT_OPENED, "opened", "plan program binary format# rehearsal?", STATION_READINESS,          \
      fold_opened, CARRY_NOT,                                                                       \
      "ceremony opened with {program}[, SHA-256 of its file {binary:32} {binary+32}]")              \
    X(EVENT_READINESS, "readiness", "checks[name level text]", STATION_READINESS, fold_readiness,   \
      CARRY_STATE, "machine checked: {checks}")                                                     \
    X(EVENT_DATE_CONFIRMED, "date-confirmed", "date", STATION_READINESS, fold_date, CARRY_STATE,    \
      "the room confirmed the date {date}")                                                         \
    X(EVENT_PLAN_ACCEPTED, "plan-accepted", "plan word | " WARNINGS, STATION_PLAN, fold_plan,       \
      CARRY_NOT, "plan accepted, by the word '{word}'" OVERRIDDEN)                                  \
    X(EVENT_ROLL_CALL, "roll-call", "present[] administrator witnesses[]", STATION_ROLL_CALL,       \
      fold_roll_call, CARRY_STATE, "roll call: {present} keyholders present")                       \
    X(EVENT_KEY_ENROLLED, "key-enrolled", "role holder key{} " TOKEN_MEMBERS                        \
      " claims{" CLAIM_MEMBERS "} generated_here? | attestation{form | pem cvc}",                   \
      STATION_ENROLMENT, fold_enrolled, CARRY_STATE, /* cvc: hex */                                 \
      "{holder}: key enrolled, token {token.serial}")                                               \
    X(EVENT_KEY_WITHDRAWN, "key-withdrawn", "role holder", STATION_ENROLMENT, fold_withdrawn,       \
      CARRY_STATE, "{holder}: key withdrawn")                                                       \
    X(EVENT_REVIEWED, "reviewed", "role sha256 | version# files# " WARNINGS, STATION_REVIEW,        \
      fold_reviewed, CARRY_REVIEW, /* version of one file, files of a role template */              \
      "reviewed {role}[, {files} files][ v{version}], {sha256:16}..." OVERRIDDEN)                   \
    X(EVENT_SIGNATURE, "signature", "role version# sha256 keyid sig holder | " TOKEN_MEMBERS,       \
      STATION_SIGNATURES, fold_signature, CARRY_SIGNATURE, /* the token where it is not known yet */ \
      "{holder} signed {role} v{version}, key {keyid:8}[, token {token.serial}]")                   \
    X(EVENT_SKIPPED, "skipped", "holder reason", STATION_ROLL_CALL, fold_skipped, CARRY_NOT,        \
      "{holder} skipped: {reason}")                                                                 \
    X(EVENT_CLIENT_VIEW, "client-view", "sha256", STATION_READINESS, fold_client_view, CARRY_NOT,   \
      "a client accepts all that was signed") /* sha256: session_digest */                          \
    X(EVENT_BUNDLE_WRITTEN, "bundle-written", "destination manifest", STATION_BUNDLE, fold_bundle,  \
      CARRY_NOT, "bundle written, manifest {manifest:16}...")                                       \
    X(EVENT_CLOSED, "closed", "transcript manifest", STATION_CLOSING, fold_closed, CARRY_NOT,       \
      "ceremony closed")                                                                            \
    X(EVENT_PLAN_CHANGED, "plan-changed", "plan", STATION_READINESS, fold_plan_changed, CARRY_NOT,  \
      "THE PLAN CHANGED; from here on it is {plan:16}...")                                          \
    X(EVENT_KEY_DESTROYED, "key-destroyed", "role holder keyid", STATION_ONE_TIME, fold_destroyed,  \
      CARRY_NOT,                                                                                    \
      "the key of {holder} for {role}, {keyid:16}..., was destroyed on its token, and is gone")     \
    X(EVENT_TOKEN_ADMINISTERED, "token-administered", "act " TOKEN_MEMBERS " | holder",             \
      STATION_READINESS, fold_administered, CARRY_NOT,                                              \
      "token {token.serial} \"{token.label}\": {act}")                                              \
    X(EVENT_KEY_DESTROYING, "key-destroying", "role holder keyid", STATION_ONE_TIME,                \
      fold_destroying, CARRY_STATE,                                                                 \
      "the key of {holder} for {role}, {keyid:16}..., was seen on its token, to be destroyed")      \
    X(EVENT_RESUMED, "resumed", "program binary format# journal", STATION_READINESS, fold_resumed,  \
      CARRY_NOT, /* journal: how it was known, see journal_known_name */                            \
      "started again, with {program}[, SHA-256 of its file {binary:32} {binary+32}]; "              \
      "the journal was {journal}")                                                                  \
    X(EVENT_KEY_GENERATING, "key-generating", "role holder " TOKEN_MEMBERS " label keys_before[]",  \
      STATION_ENROLMENT, fold_generating, CARRY_NOT,                                                \
      "{holder}: a key is about to be made, token {token.serial}")                                  \
    X(EVENT_PIN_REFUSED, "pin-refused", TOKEN_MEMBERS " reason | holder", STATION_READINESS,        \
      fold_pin_refused, CARRY_NOT,                                                                  \
      "[{holder}: ]a PIN was refused, token {token.serial}: {reason}")                              \
    X(EVENT_BAGGED, "bagged", "holder bag", STATION_SIGNATURES, fold_bagged, CARRY_STATE,           \
      "the token of {holder} goes into bag {bag}")                                                  \
    X(EVENT_UNUSED_DESTROYED, "unused-key-destroyed", "holder keyid " TOKEN_MEMBERS,                \
      STATION_ENROLMENT, fold_unused, CARRY_NOT,                                                    \
      "a key that was made here and not used, {keyid:8}, was destroyed on {holder}'s "              \
      "token {token.serial}")                                                                       \
    X(EVENT_TOKEN_REPLACED, "token-replaced", "holder keyid " TOKEN_MEMBERS " before",              \
      STATION_SIGNATURES, fold_replaced, CARRY_STATE, /* before: the serial, or the module */       \
      "{holder}'s key {keyid:8} was used on another token or by another module, serial "            \
      "{token.serial}, {token.module}, instead of {before}: decided by the room")

#define EVENT_NUMBER(number, ...) number,
enum event_type { EVENTS(EVENT_NUMBER) EVENT_TYPES };
#undef EVENT_NUMBER
/* clang-format on */

/* How a start knew the journal that it continued. */
enum journal_known {
    JOURNAL_REMEMBERED, /* this machine has its last line: "remembered" */
    JOURNAL_ON_PAPER,   /* the room typed that line's words: "compared with paper" */
    JOURNAL_UNKNOWN,    /* neither; its words are confirmed again: "not known here" */
    JOURNAL_KNOWN
};
const char *journal_known_name(enum journal_known k);

/* When an event from before a change of plan is folded again, as far as it fits. */
enum carry {
    CARRY_NOT,
    CARRY_STATE,     /* when the plan changes */
    CARRY_REVIEW,    /* whenever proposals are made anew */
    CARRY_SIGNATURE, /* the same, behind the reviews */
};

struct session;

struct event {
    enum event_type type;
    size_t n; /* from 1 */
    utc_t time;
    struct json data; /* an object */
    char hash[SHA256_HEX_SIZE];
};

/* A fold believes nothing: what could not follow from the state before is refused, with
 * ERR_JOURNAL; the required members are there, of their kinds. */
typedef int fold_fn(struct session *s, const struct event *ev, struct err *e);
#define EVENT_FOLD(number, name, members, station, fold, ...) fold_fn fold;
EVENTS(EVENT_FOLD)
#undef EVENT_FOLD

struct event_row {
    const char *name, *members;
    enum station station;
    fold_fn *fold;
    enum carry carry;
    const char *sentence;
};

const struct event_row *event_row(enum event_type t);
/* The event of that name, or -1. */
int event_find(struct json name);
/* Has the event the members of its row, and no others? Errors: ERR_INPUT. */
int event_check(const struct event *ev, struct err *e);
/* A member that the event's row requires. */
struct json event_member(const struct event *ev, const char *name);

#endif
