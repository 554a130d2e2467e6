/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ceremony.h - a ceremony's folder, open: plan, journal, session; and the acts that move it on.
 *
 * An act checks that it is possible now, folds one journal line and writes it (fsync). When an act
 * fails, nothing has changed on disk. Screens and commands call the same acts.
 */
#ifndef CEREMONY_CEREMONY_H
#define CEREMONY_CEREMONY_H

#include "ceremony/acts/readiness.h"
#include "ceremony/base/env.h"
#include "ceremony/session/session.h"
#include "tokens/token.h"

/* REPLAN: plan or inputs changed since the journal began, and the room may decide to continue with
 * them: nothing but act_plan_changed is possible, after which the ceremony is open for work.
 * WALK: whichever of the two it is; a closed ceremony is closed, and has no new plan. */
enum ceremony_mode { CEREMONY_READ, CEREMONY_WORK, CEREMONY_REPLAN, CEREMONY_WALK };

struct ceremony;
struct client_report; /* metadata/client/client.h */
struct publication;   /* publication.h */

/* Opens the folder, in WORK mode under its lock, and writes nothing: EVENT_OPENED stands before the
 * first act in the journal, and EVENT_RESUMED before the first of a later start: of each walk, and
 * of a command whose program is not the one that the journal names last. Refused with ERR_JOURNAL
 * when plan or inputs are not those that the journal goes by. The store is moved in. */
int ceremony_open(struct store *store, const struct env *env, enum ceremony_mode mode,
                  struct ceremony **out, struct err *e);
void ceremony_free(struct ceremony *c);

/* Reads plan and inputs anew: in mode REPLAN when they are no more those that the journal goes by.
 * When it fails, the ceremony is as it was. */
int ceremony_reload(struct ceremony *c, struct err *e);
/* Is the plan another one than that which the journal goes by? An empty journal goes by any. */
bool ceremony_changed(const struct ceremony *c);
const struct plan *ceremony_plan(const struct ceremony *c);
/* Valid until the next act: a failed one folds the session anew. */
const struct session *ceremony_session(const struct ceremony *c);
const struct journal *ceremony_journal(const struct ceremony *c);
struct store *ceremony_store(const struct ceremony *c);
const char *ceremony_warning(const struct ceremony *c); /* torn line and the like; or NULL */
/* Is the journal none that this machine remembers? Its words are not believed then: no act is
 * possible before act_resume. See env.h, remember. */
bool ceremony_unknown(const struct ceremony *c);
/* Errors: ERR_JOURNAL when it is; for what writes before it acts. */
int ceremony_need_known(const struct ceremony *c, struct err *e);
/* Could this machine not remember the last line that was written? */
bool ceremony_forgetful(const struct ceremony *c);
/* The digest of the journal's last line: its first eight bytes are what the room writes down when
 * it leaves. False of an empty journal. */
bool ceremony_last_line(const struct ceremony *c, uint8_t digest[SHA256_SIZE]);
int ceremony_now(const struct ceremony *c, utc_t *out, struct err *e);
/* `c` is a ceremony: a pin_random (tokens/pin_new.h). */
int ceremony_random(void *c, uint8_t *out, size_t n, struct err *e);
int64_t ceremony_passed(const struct ceremony *c); /* milliseconds: see env.h */

/* Continues with a journal that this machine does not know: by what stands on paper (`words`,
 * or the hex digits, of the last line), or, where `words` is NULL, by confirming date,
 * plan, roll call and review again. Errors: ERR_JOURNAL when the words are others, ERR_USAGE when
 * the journal is known. */
int act_resume(struct ceremony *c, const char *words, struct err *e);
/* The next act is folded, and written together with the one after it or by act_commit: for what
 * belongs to an act that may still be refused. */
void act_defer(struct ceremony *c);
/* Is it time for this station: not closed, and everything before it done? The acts ask it too; who
 * has a token in hand asks first. Errors: ERR_INCOMPLETE. */
int act_need(const struct ceremony *c, enum station st, struct err *e);
/* Is this machine fit for this ceremony, now? Nothing is journaled. `network` as in readiness.h. */
int ceremony_check(const struct ceremony *c, struct tokens *t, bool network, struct readiness *out,
                   struct err *e);
int act_readiness(struct ceremony *c, const struct readiness *r, struct err *e);
/* How many days that date is from what a clock has, when that is more than one: it is asked twice
 * then, and the transcript names it. Else 0. */
int64_t date_differs(utc_t date, utc_t now);
int act_confirm_date(struct ceremony *c, utc_t date,
                     struct err *e); /* not after anything is signed */
/* `word` must be the first word of the plan's digest. Errors: ERR_PLAN. */
int act_accept_plan(struct ceremony *c, const char *word, struct err *e);
/* The changed plan is taken; what was done before is carried over as far as it fits (replan.h says
 * how far). `word` must be the first word of the new plan's digest. */
int act_plan_changed(struct ceremony *c, const char *word, struct err *e);
/* `present` by plan.holders. */
int act_roll_call(struct ceremony *c, const bool *present, const char *administrator,
                  const char *const *witnesses, size_t nwitnesses, struct err *e);
/* The token was handed a PIN, and `why` is the error: journals it when that is ERR_PIN, `holder`
 * (or -1) and the reason with it, never the PIN. Always -1; `why` stays, or becomes that of the
 * disk. */
int act_pin_refused(struct ceremony *c, const struct token_info *token, long holder,
                    struct err *why);
/* The holder's token goes into a new bag with that number. */
int act_bag(struct ceremony *c, size_t holder, const char *bag, struct err *e);
/* The files of one role of the plan. */
int act_review(struct ceremony *c, size_t group, struct err *e);
/* Writes the signatures that are not on disk. On error they are gone, and the session is folded
 * anew from what is on disk. */
int act_commit(struct ceremony *c, struct err *e);
int act_skip(struct ceremony *c, size_t holder, const char *reason, struct err *e);
/* Plays the client over what will be published: the proposals as they stand, laid over the files in
 * force that were given and need not be made anew. Journals only an acceptance. Errors:
 * ERR_SIGNATURE and others with the client's reason. `report` and `files` (cleared by the caller)
 * are filled both ways. */
int act_client_view(struct ceremony *c, struct client_report *report, struct publication *files,
                    struct err *e);
/* The same, and nothing is journaled: no bundle is made on the word of a line. */
int client_view_play(const struct ceremony *c, struct client_report *report,
                     struct publication *files, struct err *e);
int client_view_check(const struct ceremony *c, struct err *e); /* whether it accepts */
/* `transcript` and `manifest` are SHA-256 in hex: what the room wrote down. */
int act_close(struct ceremony *c, const char *transcript, const char *manifest, struct err *e);

#endif
