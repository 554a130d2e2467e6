/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h - the events of the journal, a row each. To add one: its row, its fold in fold*.c (none
 * when no state depends on it: fold_nothing), and the act that writes it.
 *
 * The columns of a row:
 *  - its number here, and its name in the journal;
 *  - the members that its data must have, each a string, or by the last character {} an object,
 *    [ an array, # an integer, ? a boolean, @ a token (struct seat_token). Others may follow;
 *  - the fold;
 *  - whether it is applied again when the plan changes later;
 *  - its sentence in the transcript: {member}, {token.serial}, {member:8} the first bytes,
 *    {member+8} those behind them; what stands in [ ] only when its members are there.
 */
#ifndef CEREMONY_EVENT_H
#define CEREMONY_EVENT_H

#include "metadata/base/utc.h"
#include "metadata/json/json.h"

/* clang-format off */
#define OVERRIDDEN "[, overriding: {overridden}]"
/* "overridden", where it is: [{rule, text}] of warnings that the room decided to override. */
#define EVENTS(X)                                                                                   \
    X(EVENT_OPENED, "opened", "plan program", fold_opened, CARRY_NOT, /* and format, rehearsal */    \
      "ceremony opened with {program}[, SHA-256 of its file {binary:32} {binary+32}]")              \
    X(EVENT_READINESS, "readiness", "checks[", fold_readiness, CARRY_STATE, /* {name, level, text} */ \
      "machine checked: {checks}")                                                                  \
    X(EVENT_DATE_CONFIRMED, "date-confirmed", "date", fold_date, CARRY_STATE,                       \
      "the room confirmed the date {date}")                                                         \
    X(EVENT_PLAN_ACCEPTED, "plan-accepted", "plan word", fold_plan, CARRY_NOT,                      \
      "plan accepted, by the word '{word}'" OVERRIDDEN)                                                  \
    X(EVENT_ROLL_CALL, "roll-call", "present[ administrator witnesses[", fold_roll_call,            \
      CARRY_STATE, "roll call: {present} keyholders present")                                       \
    X(EVENT_KEY_ENROLLED, "key-enrolled", "role holder key{ token@ claims{ generated_here?",        \
      fold_enrolled, CARRY_STATE, /* and attestation: {form, pem or cvc} */                         \
      "{holder}: key enrolled, token {token.serial}")                                               \
    X(EVENT_KEY_WITHDRAWN, "key-withdrawn", "role holder", fold_withdrawn, CARRY_STATE,             \
      "{holder}: key withdrawn")                                                                    \
    X(EVENT_REVIEWED, "reviewed", "role sha256", fold_reviewed, CARRY_REVIEW,                       \
      "reviewed {role}[, {files} files][ v{version}], {sha256:16}..." OVERRIDDEN)                        \
    X(EVENT_SIGNATURE, "signature", "role version# sha256 keyid sig holder", fold_signature,        \
      CARRY_SIGNATURE, /* and the token, where it is not known yet */                               \
      "{holder} signed {role} v{version}, key {keyid:8}[, token {token.serial}]")                   \
    X(EVENT_SKIPPED, "skipped", "holder reason", fold_skipped, CARRY_NOT,                           \
      "{holder} skipped: {reason}")                                                                 \
    X(EVENT_CLIENT_VIEW, "client-view", "accepted?", fold_client_view, CARRY_NOT,                   \
      "a client accepts all that was signed") /* and sha256 of each file by "2.root" */             \
    X(EVENT_BUNDLE_WRITTEN, "bundle-written", "destination manifest", fold_bundle, CARRY_NOT,       \
      "bundle written, manifest {manifest:16}...")                                                  \
    X(EVENT_CLOSED, "closed", "transcript manifest", fold_closed, CARRY_NOT, "ceremony closed")     \
    X(EVENT_PLAN_CHANGED, "plan-changed", "plan", fold_plan_changed, CARRY_NOT,                     \
      "THE PLAN CHANGED; from here on it is {plan:16}...")                                          \
    X(EVENT_KEY_DESTROYED, "key-destroyed", "role holder keyid", fold_destroyed, CARRY_NOT,         \
      "the key of {holder} for {role}, {keyid:16}..., was destroyed on its token, and is gone")     \
    X(EVENT_TOKEN_ADMINISTERED, "token-administered", "act token@", fold_administered,            \
      CARRY_NOT, /* and holder */                                                                   \
      "token {token.serial} \"{token.label}\": {act}")                                              \
    X(EVENT_KEY_DESTROYING, "key-destroying", "role holder keyid", fold_destroying, CARRY_STATE,    \
      "the key of {holder} for {role}, {keyid:16}..., was seen on its token, to be destroyed")      \
    X(EVENT_RESUMED, "resumed", "program", fold_nothing, CARRY_NOT, /* another start: as opened */  \
      "started again, with {program}[, SHA-256 of its file {binary:32} {binary+32}]")               \
    X(EVENT_KEY_GENERATING, "key-generating", "holder token@ label keys_before[",                   \
      fold_generating, CARRY_NOT, "{holder}: a key is about to be made, token {token.serial}")      \
    X(EVENT_PIN_REFUSED, "pin-refused", "token@ reason", fold_nothing, CARRY_NOT, /* and holder */  \
      "[{holder}: ]a PIN was refused, token {token.serial}: {reason}")                              \
    X(EVENT_BAGGED, "bagged", "holder bag", fold_bagged, CARRY_STATE,                               \
      "the token of {holder} goes into bag {bag}")                                                  \
    X(EVENT_UNUSED_DESTROYED, "unused-key-destroyed", "holder keyid token@", fold_unused,           \
      CARRY_NOT, "a key that was made here and not used, {keyid:8}, was destroyed on {holder}'s "   \
      "token {token.serial}")                                                                       \
    X(EVENT_TOKEN_REPLACED, "token-replaced", "holder keyid token@ before", fold_replaced,          \
      CARRY_STATE, "{holder}'s key {keyid:8} was used on another token, serial {token.serial} "     \
      "instead of {before}: a backup, decided by the room") /* before: the serial */

#define EVENT_NUMBER(number, ...) number,
enum event_type { EVENTS(EVENT_NUMBER) EVENT_TYPES };
#undef EVENT_NUMBER
/* clang-format on */

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
#define EVENT_FOLD(number, name, needs, fold, ...) fold_fn fold;
EVENTS(EVENT_FOLD)
#undef EVENT_FOLD

struct event_row {
    const char *name, *needs;
    fold_fn *fold;
    enum carry carry;
    const char *sentence;
};

const struct event_row *event_row(enum event_type t);
/* The event of that name, or -1. */
int event_find(struct json name);
/* Has the event the members of its row? Errors: ERR_INPUT. */
int event_check(const struct event *ev, struct err *e);
/* A member that the event's row requires. */
struct json event_member(const struct event *ev, const char *name);

#endif
