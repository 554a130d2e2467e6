/* SPDX-License-Identifier: Apache-2.0 */
/* Folds: what is signed is reviewed, signed, or left to others. */
#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"

#include "ceremony/session/session_fold.h"

/* The proposal that an event is about; its version and digest must be those we derived. */
static int proposal_of(struct session *s, const struct event *ev, size_t *out, struct err *e)
{
    char *role = NULL;
    long at;

    if (fold_text(ev->data, "role", &role, e) != 0)
        return -1;
    at = session_proposal_find(s, role);
    free(role);
    if (at < 0 || json_integer(event_member(ev, "version")) != s->proposals[at].version)
        return fold_refuse(e, "the line is about metadata that this ceremony does not propose");
    if (!fold_is_digest(ev->data, "sha256", s->proposals[at].digest))
        return fold_refuse(e,
                           "the line is about other bytes than those that plan and journal give");
    *out = (size_t)at;
    return 0;
}

/* One role of the plan: its digest is that of the file, or of a role template's list of files. */
int fold_reviewed(struct session *s, const struct event *ev, struct err *e)
{
    char *role = NULL;
    long at;

    if (fold_text(ev->data, "role", &role, e) != 0)
        return -1;
    at = session_group_find(s, role);
    free(role);
    if (at < 0)
        return fold_refuse(e, "the line is about metadata that this ceremony does not propose");
    if (!fold_is_digest(ev->data, "sha256", s->groups[at].digest))
        return fold_refuse(e,
                           "the line is about other bytes than those that plan and journal give");
    s->groups[at].reviewed = true;
    s->groups[at].reviewed_at = ev->time;
    return 0;
}

long fold_seat_by_keyid(const struct session *s, struct json keyid)
{
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->seats[i].key != NULL && json_text_is(keyid, key_id(s->seats[i].key)))
            return (long)i;
    return -1;
}

/* What is known of the proposal once this seat's key signed it. */
static void count(const struct session *s, struct proposal *p, size_t seat)
{
    for (size_t o = 0; o < p->nobligations; o++)
        p->reached[o] += (p->seats[seat] & (SEAT_COUNTS << o)) != 0;
    for (size_t k = 0; k < s->plan->nseats; k++)
        if (s->seats[k].key != NULL && key_same_material(s->seats[k].key, s->seats[seat].key))
            p->seats[k] |= SEAT_SIGNED;
}

static int signature_add(struct session *s, size_t proposal, size_t seat, utc_t at, struct err *e)
{
    size_t n = s->nsignatures;

    if (array_grow(&s->signatures, n, sizeof *s->signatures, e) != 0)
        return -1;
    s->signatures[n] = (struct signed_entry){
        .proposal = proposal, .seat = seat, .at = at, .keyid = strdup(key_id(s->seats[seat].key))};
    if (s->signatures[n].keyid == NULL)
        return err_oom(e);
    s->nsignatures++;
    count(s, &s->proposals[proposal], seat);
    return 0;
}

static int signature_bytes(const struct event *ev, struct bytes *out, struct err *e)
{
    int rc = hex_decode(json_inside(event_member(ev, "sig")), out);

    if (bytes_failed(out))
        return err_oom(e);
    return rc == 0 ? 0 : fold_refuse(e, "a signature is not hex");
}

/* Under every id by which those who ask for it list the key. */
static int enter(struct proposal *p, const struct key *key, struct span sig, struct err *e)
{
    for (size_t i = 0; i < p->nobligations; i++) {
        const struct obligation *o = &p->obligations[i];

        for (size_t k = 0; k < o->role->n; k++) {
            const struct keyring_entry *entry = keyring_find(o->keys, o->role->keyids[k]);

            if (entry != NULL && key_same_material(entry->key, key) &&
                envelope_set_signature(p->envelope, entry->keyid, sig, e) != 0)
                return -1;
        }
    }
    return 0;
}

/* A key that the plan gives belongs to the token that first signed with it. */
static int bind(struct session *s, const struct event *ev, size_t seat, struct err *e)
{
    struct seat_state *st = &s->seats[seat];
    struct json token;

    if (!st->from_file || st->token.serial != NULL || !json_get(ev->data, "token", &token))
        return 0;
    return fold_token(ev->data, &st->token, e);
}

static int take(struct session *s, const struct event *ev, size_t at, size_t seat, struct err *e)
{
    struct bytes sig = {0};
    int rc = -1;

    if (session_has_signed(s, at, seat))
        return fold_refuse(e, "a key signed the same twice");
    if (s->seats[seat].destroyed)
        return fold_refuse(e, "a key signed after it was destroyed");
    if (signature_bytes(ev, &sig, e) != 0)
        goto out;
    if (key_verify(s->seats[seat].key, envelope_signed(s->proposals[at].envelope), bytes_span(&sig),
                   e) != 0) {
        err_set(e, ERR_SIGNATURE, "a signature does not verify");
        goto out;
    }
    if (enter(&s->proposals[at], s->seats[seat].key, bytes_span(&sig), e) != 0)
        goto out;
    s->holders[s->plan->seats[seat].holder].skipped = false;
    s->client_accepted = false;
    rc = bind(s, ev, seat, e) == 0 ? signature_add(s, at, seat, ev->time, e) : -1;
out:
    bytes_clear(&sig);
    return rc;
}

static int signer_of(struct session *s, const struct event *ev, size_t *at, size_t *seat,
                     struct err *e)
{
    long found = fold_seat_by_keyid(s, event_member(ev, "keyid"));

    if (proposal_of(s, ev, at, e) != 0)
        return -1;
    if (found < 0 || !session_seat_signs(s, *at, (size_t)found))
        return fold_refuse(e, "a signature is by a key that has nothing to sign there");
    *seat = (size_t)found;
    return 0;
}

/* Under another plan: a signature over the very bytes that are proposed now still counts. */
int fold_signature(struct session *s, const struct event *ev, struct err *e)
{
    size_t at = 0, seat = 0;

    if (signer_of(s, ev, &at, &seat, e) != 0)
        return -1;
    return take(s, ev, at, seat, e);
}
