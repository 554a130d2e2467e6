/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - journal.jsonl: the truth. Append-only, hash-chained, one event a line.
 *
 *     {"data":{...},"event":"signature","n":17,"prev":"<sha256 of line 16>",
 *      "time":"2026-11-23T14:07:00Z"}      (on one line)
 *
 * Invariants:
 *  - a line's hash is the SHA-256 of its bytes without the newline; `prev` of line 1 is 64 zeros;
 *  - an event counts as on disk (journal_count) only after fsync; several may share one;
 *  - a torn last line (no newline: the power went) is moved to journal.torn.<n> with a warning; any
 *    other line that does not parse, count or chain is refused by its number (ERR_JOURNAL) and
 *    nothing changes.
 */
#ifndef CEREMONY_JOURNAL_H
#define CEREMONY_JOURNAL_H

#include "ceremony/session/event.h"
#include "ceremony/store/store.h"

/* What a journal's first line calls its format; one without it is of format 1. Any other format is
 * refused by that: its events and members have other names. */
#define JOURNAL_FORMAT 4

struct journal;

/* Reads and checks the whole chain; `*torn` (heap string or NULL) names what was set aside.
 * Read-only (`repair` false) never changes a file and reports a torn line without moving it. */
int journal_open(struct store *s, bool repair, struct journal **out, char **torn, struct err *e);
void journal_free(struct journal *j);
size_t journal_count(const struct journal *j); /* on disk */
/* From 0; those on disk, and the drafts behind them. */
const struct event *journal_event(const struct journal *j, size_t i);
/* Clocks jump; of the first `count` lines each that is earlier than the one before it, in words, a
 * line each: "line 17 is earlier than line 16 by 2 h". Appended. */
void journal_put_backward(const struct journal *j, size_t count, struct bytes *out);
/* The exact bytes of the first `count` lines. */
struct span journal_text(const struct journal *j, size_t count);
/* New events in two steps. A draft chains to the last event or draft and is in memory only (`data`
 * is the JSON text of an object; `*out` is valid until the next draft). */
int journal_draft(struct journal *j, utc_t time, enum event_type type, struct span data,
                  const struct event **out, struct err *e);
size_t journal_drafts(const struct journal *j);
void journal_undraft(struct journal *j); /* drops the last one */
/* Writes all drafts, with one fsync; without any it does nothing. On error the file is as it was
 * before and the drafts are dropped; when even that can't be done, every later commit fails (start
 * the program again). */
int journal_commit(struct journal *j, struct err *e);

#endif
