/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/record/transcript.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/words.h"
#include "ceremony/publication/publication.h"
#include "ceremony/record/transcript_event.h"
#include "ceremony/record/transcript_part.h"
#include "ceremony/session/attest.h"
#include "metadata/base/plain.h"

#define RULE  "------------------------------------------------------------------------\n"
#define FRAME "========================================================================\n"

void transcript_digest(const uint8_t digest[SHA256_SIZE], const char *indent, struct bytes *out)
{
    for (size_t i = 0; i < SHA256_SIZE; i += 16) {
        bytes_put_str(out, indent);
        words_hex(digest, i, 16, out);
        bytes_put_u8(out, '\n');
    }
    for (size_t i = 0; i < SHA256_SIZE; i += 4) {
        bytes_put_str(out, i % 8 == 0 ? indent : "  ");
        words_text(digest, i, 4, out);
        if (i % 8 == 4)
            bytes_put_u8(out, '\n');
    }
}

static void put_head(const struct ceremony *c, struct bytes *out)
{
    const struct plan *p = ceremony_plan(c);
    const struct session *s = ceremony_session(c);

    bytes_put_str(out, FRAME "TRANSCRIPT OF A KEY CEREMONY\n");
    plain_put_str(out, p->title);
    bytes_put_str(out, "\n");
    if (p->rehearsal)
        bytes_put_str(out, "\nREHEARSAL - REHEARSAL - REHEARSAL: these keys are worthless\n");
    bytes_put_str(out, FRAME "\n");
    bytes_printf(out, "Date (UTC), confirmed by the room   %s\n",
                 s->date_confirmed ? utc_text(s->date).day : "not yet");
    bytes_put_str(out, station_done(s, STATION_PLAN) ? "Plan digest (SHA-256)\n"
                                                     : "Plan digest (SHA-256), not accepted yet\n");
    transcript_digest(p->sha256, "    ", out);
}

static void put_people(const struct ceremony *c, struct bytes *out)
{
    const struct plan *p = ceremony_plan(c);
    const struct session *s = ceremony_session(c);

    bytes_put_str(out, "\nPEOPLE\n" RULE "Ceremony administrator   ");
    plain_put_str(out, s->administrator != NULL ? s->administrator : "-");
    for (size_t i = 0; i < s->nwitnesses; i++) {
        bytes_put_str(out, i == 0 ? "\nWitnesses                " : ", ");
        plain_put_str(out, s->witnesses[i]);
    }
    bytes_put_u8(out, '\n');
    if (!s->roll_called)
        bytes_put_str(out, "The roll was not called yet.\n");
    for (size_t i = 0; i < p->nholders; i++) {
        bytes_put_str(out, i == 0 ? "Keyholders               " : "                         ");
        plain_put_str(out, p->holders[i].name);
        if (s->roll_called)
            bytes_put_str(out, s->holders[i].present ? ", present" : ", not present");
        if (p->holders[i].bag != NULL) {
            bytes_put_str(out, ", bag ");
            plain_put_str(out, p->holders[i].bag);
        }
        if (s->holders[i].bag != NULL) {
            bytes_put_str(out, ", new bag ");
            plain_put_str(out, s->holders[i].bag);
        }
        bytes_put_u8(out, '\n');
    }
}

/* A key that the plan gives. */
static const char *given_words(const struct plan *p, size_t at)
{
    const struct plan_seat *seat = &p->seats[at];

    if (seat->lost)
        return "of the root before; lost, and gone from the new one";
    if (seat->leaving)
        return "of the root before; it signs once more, and is gone from the new one";
    if (!plan_seat_given(p, at))
        return "of the root before, and kept";
    return "a key that existed before, given as a file of the plan";
}

static void put_token(const struct seat_token *t, struct bytes *out)
{
    bytes_put_str(out, "    token ");
    plain_put_str(out, t->model);
    bytes_put_str(out, ", serial ");
    plain_put_str(out, t->serial);
    bytes_put_str(out, ", \"");
    plain_put_str(out, t->label);
    bytes_put_str(out, "\"\n");
}

/* Where a key comes from, and the token that it is on as far as a token was seen. */
static void put_origin(const struct session *s, size_t i, struct bytes *out)
{
    const struct seat_state *seat = &s->seats[i];

    if (seat->token.serial != NULL)
        put_token(&seat->token, out);
    bytes_printf(out, "    %s\n",
                 seat->from_file        ? given_words(s->plan, i)
                 : seat->elsewhere      ? "as a journal reports that this machine did not know"
                 : seat->generated_here ? "made on the token in this ceremony"
                                        : "was on the token before this ceremony");
}

static int put_keys(const struct ceremony *c, struct bytes *out, struct err *e)
{
    const struct session *s = ceremony_session(c);
    uint8_t id[SHA256_SIZE];

    bytes_put_str(out, "\nKEYS\n" RULE
                       "Model, serial number and label are what a token reports of itself.\n");
    for (size_t i = 0; i < s->plan->nseats; i++) {
        const struct seat_state *seat = &s->seats[i];
        struct attestation a;

        if (seat->key == NULL)
            continue;
        if (sha256(key_object(seat->key), id) != 0)
            return err_oom(e);
        plain_put_str(out, session_holder_name(s, i));
        bytes_printf(out, ", %s, %s\n", s->plan->roles[s->plan->seats[i].role].name,
                     key_type_words(key_type(seat->key)));
        put_origin(s, i, out);
        if (attest_seat(s, i, &a, e) != 0)
            return -1;
        attest_words(&a, "    ", out);
        attestation_clear(&a);
        if (!s->plan->seats[i].lost)
            bytes_printf(out, "    %s\n",
                         transcript_signed(s, i) ? "signed in this ceremony"
                                                 : "did not sign in this ceremony");
        transcript_digest(id, "    ", out);
    }
    return 0;
}

/* What is to be published with it. */
static int put_publication(const struct session *s, struct bytes *out, struct err *e)
{
    struct publication files = {0};

    if (s->nproposals > 0 && publication_check(s, &files, e) != 0)
        return -1;
    publication_words(&files, out);
    publication_clear(&files);
    return 0;
}

static int put_metadata(const struct ceremony *c, struct bytes *out, struct err *e)
{
    const struct session *s = ceremony_session(c);
    struct delegation_review *r;
    int rc = delegation_review_new(s, &r, e);

    bytes_put_str(out, "\nMETADATA\n" RULE);
    for (size_t i = 0; rc == 0 && i < s->ngroups; i++)
        rc = s->groups[i].n == 1 ? transcript_file(s, s->groups[i].first, r, out, e)
                                 : transcript_template(s, i, r, out, e);
    delegation_review_free(r);
    return rc == 0 ? put_publication(s, out, e) : -1;
}

/* What was warned of is told again when it is something else. */
static int put_event(const struct event *ev, struct bytes *readiness, struct bytes *out,
                     struct err *e)
{
    struct bytes words = {0};
    int rc;

    if (ev->type != EVENT_READINESS)
        return transcript_event(ev, out, e);
    rc = transcript_event(ev, &words, e);
    if (rc == 0 && readiness->n > 0 && span_eq(bytes_span(&words), bytes_span(readiness)))
        bytes_put_str(out, "machine checked again: as before");
    else if (rc == 0)
        bytes_put_span(out, bytes_span(&words));
    bytes_clear(readiness);
    *readiness = words;
    return rc;
}

static int put_events(const struct ceremony *c, size_t count, struct bytes *out, struct err *e)
{
    const struct session *s = ceremony_session(c);
    const struct journal *j = ceremony_journal(c);
    struct bytes readiness = {0};
    int rc = 0;

    bytes_put_str(out,
                  "\nWHAT HAPPENED (UTC, by the machine's clock)\n" RULE
                  "The rules were run again for this page over plan, keys and metadata, and\n"
                  "every signature was verified. That people were here and looked, reasons, bags,\n"
                  "the machine's checks and what tokens report is the word of the record.\n");
    if (s->nbefore > 0)
        bytes_printf(out,
                     "Lines 1 to %zu are of a plan before, which is not kept: they are the\n"
                     "journal's word alone. What of them still holds is above.\n",
                     s->nbefore);
    for (size_t i = 0, told; rc == 0 && i < count; i += told) {
        const struct event *ev = journal_event(j, i);
        const struct utc_text at = utc_text(ev->time);

        bytes_printf(out, "%s %s  ", at.day, at.time);
        if ((told = transcript_signatures(s, j, i, count, out)) == 0) {
            rc = put_event(ev, &readiness, out, e);
            told = 1;
        }
        bytes_put_u8(out, '\n');
    }
    bytes_clear(&readiness);
    return rc;
}

static void put_line_to_sign(struct bytes *out, const char *role, const char *name)
{
    bytes_printf(out, "\n%-14s", role);
    plain_put_str(out, name);
    bytes_put_str(out, "\n\n    signature ______________________________  date ______________\n");
}

static void put_signing(const struct ceremony *c, size_t count, struct bytes *out)
{
    const struct session *s = ceremony_session(c);

    bytes_put_str(out, "\nTHE RECORD\n" RULE);
    bytes_printf(out, "The journal has %zu lines up to here; the SHA-256 of the last is\n    %s\n",
                 count, journal_event(ceremony_journal(c), count - 1)->hash);
    bytes_put_str(out, "\nTO BE SIGNED BY HAND\n" RULE
                       "We were in the room. The digests above are those that we saw on the\n"
                       "screen and wrote down.\n");
    put_line_to_sign(out, "Administrator", s->administrator != NULL ? s->administrator : "");
    for (size_t i = 0; i < s->nwitnesses; i++)
        put_line_to_sign(out, "Witness", s->witnesses[i]);
    for (size_t i = 0; i < s->plan->nholders; i++)
        if (s->holders[i].present)
            put_line_to_sign(out, "Keyholder", s->plan->holders[i].name);
    bytes_put_str(out, FRAME);
}

int transcript_write(const struct ceremony *c, size_t count, struct bytes *out, struct err *e)
{
    const struct journal *j = ceremony_journal(c);
    struct bytes text = {0};
    int rc = -1;

    /* a bundle is made before the line of the client's view is on disk, and refused or written */
    if (count == 0 || count > journal_count(j) + journal_drafts(j)) {
        err_set(e, ERR_INCOMPLETE, "there is nothing to print yet");
        return err_todo(e, "start the ceremony with 'run'");
    }
    put_head(c, &text);
    put_people(c, &text);
    bytes_put_str(&text, "\nTO NOTE\n" RULE);
    transcript_notes(ceremony_session(c), ceremony_journal(c), count, &text);
    if (put_keys(c, &text, e) == 0 && put_metadata(c, &text, e) == 0 &&
        put_events(c, count, &text, e) == 0) {
        put_signing(c, count, &text);
        transcript_fold(bytes_span(&text), out);
        rc = bytes_failed(&text) || bytes_failed(out) ? err_oom(e) : 0;
    }
    bytes_clear(&text);
    return rc;
}
