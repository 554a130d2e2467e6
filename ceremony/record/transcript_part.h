/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transcript_part.h - what the files behind transcript.h share.
 */
#ifndef CEREMONY_TRANSCRIPT_PART_H
#define CEREMONY_TRANSCRIPT_PART_H

#include "ceremony/review/delegation_review.h"

/* A digest in two lines of hex and four of words. */
void transcript_digest(const uint8_t digest[SHA256_SIZE], const char *indent, struct bytes *out);

/* What was signed: one file, or all those of a role template, of which a few are listed and many
 * counted.
 */
int transcript_file(const struct session *s, size_t proposal, const struct delegation_review *r,
                    struct bytes *out, struct err *e);
int transcript_template(const struct session *s, size_t group, const struct delegation_review *r,
                        struct bytes *out, struct err *e);

/* Signatures of one holder, one key and one token over files of a role template that follow each
 * other there, told in one sentence from event `at` on. Returns how many events before `end` it
 * tells; 0: there is no such row. */
size_t transcript_signatures(const struct session *s, const struct journal *j, size_t at,
                             size_t end, struct bytes *out);

/* Appends the text with its lines folded at 80 columns, each with a hanging indent. */
void transcript_fold(struct span text, struct bytes *out);
/* Was that seat's key seen to sign in this ceremony? */
bool transcript_signed(const struct session *s, size_t seat);
/* Warnings passed, refused PINs, starts, keys that did not sign; a line each. */
void transcript_notes(const struct session *s, const struct journal *j, size_t count,
                      struct bytes *out);
/* One of "overridden": the warning's rule, and its text where the journal has it. */
void transcript_warning(struct json item, struct bytes *out);
/* "3 days from the machine's clock" of a confirmed date, behind `before`; nothing
 * when it is not. */
void transcript_clock(const struct event *ev, const char *before, struct bytes *out);

/* Appends a sentence as event.h has it, with the members of `data` as harmless text, and "?" for
 * one that is not there. */
void transcript_put(const char *form, struct json data, struct bytes *out);
#define TRANSCRIPT_SIGNER "key {keyid:8}[, token {token.serial}]"

#endif
