/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/session/session.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/session/session_fold.h"

static const char *const titles[] = {
    [STATION_READINESS] = "Readiness",
    [STATION_PLAN] = "The plan",
    [STATION_ROLL_CALL] = "Roll call",
    [STATION_ENROLMENT] = "Enrolment",
    [STATION_REVIEW] = "Review",
    [STATION_SIGNATURES] = "Signatures",
    [STATION_CLIENT_VIEW] = "Client's view",
    [STATION_ONE_TIME] = "One-time keys",
    [STATION_BUNDLE] = "The bundle",
    [STATION_CLOSING] = "Closing",
};
static_assert(sizeof titles / sizeof titles[0] == STATIONS, "every station has a title");

const char *station_title(enum station st)
{
    return (unsigned)st < STATIONS ? titles[st] : "";
}

void seat_token_clear(struct seat_token *t)
{
    free(t->manufacturer);
    free(t->model);
    free(t->serial);
    free(t->label);
    free(t->firmware);
    free(t->module);
    *t = (struct seat_token){0};
}

void seat_state_clear(struct seat_state *seat)
{
    key_free(seat->key);
    seat_token_clear(&seat->token);
    bytes_clear(&seat->evidence);
    *seat = (struct seat_state){0};
}

void session_free(struct session *s)
{
    if (s == NULL)
        return;
    session_proposals_clear(s);
    for (size_t i = 0; s->seats != NULL && i < s->plan->nseats; i++)
        seat_state_clear(&s->seats[i]);
    for (size_t i = 0; s->holders != NULL && i < s->plan->nholders; i++) {
        free(s->holders[i].skip_reason);
        free(s->holders[i].bag);
    }
    for (size_t i = 0; i < s->nsignatures; i++)
        free(s->signatures[i].keyid);
    for (size_t i = 0; i < s->nwitnesses; i++)
        free(s->witnesses[i]);
    free(s->before);
    free(s->witnesses);
    free(s->administrator);
    free(s->signatures);
    free(s->seats);
    free(s->holders);
    free(s->bundle_destination);
    free(s);
}

int session_new(const struct plan *plan, struct session **out, struct err *e)
{
    struct session *s = calloc(1, sizeof *s);

    *out = NULL;
    if (s == NULL)
        return err_oom(e);
    s->plan = plan;
    s->holders = calloc(plan->nholders + 1, sizeof *s->holders);
    s->seats = calloc(plan->nseats + 1, sizeof *s->seats);
    if (s->holders == NULL || s->seats == NULL) {
        session_free(s);
        return err_oom(e);
    }
    for (size_t i = 0; i < plan->nseats; i++) {
        const struct key *given = plan->seats[i].key;

        if (given == NULL)
            continue;
        s->seats[i].from_file = true;
        s->seats[i].key = key_copy(given);
    }
    *out = s;
    return 0;
}

bool session_seat_one_time(const struct session *s, size_t seat)
{
    return !s->plan->seats[seat].leaving && s->plan->roles[s->plan->seats[seat].role].one_time;
}

static bool one_time_left(const struct session *s)
{
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (session_seat_one_time(s, i) && !s->seats[i].destroyed)
            return true;
    return false;
}

bool station_matters(const struct session *s, enum station st)
{
    if (st != STATION_ONE_TIME)
        return true;
    for (size_t i = 0; i < s->plan->nroles; i++)
        if (s->plan->roles[i].one_time)
            return true;
    return false;
}

bool station_done(const struct session *s, enum station st)
{
    switch (st) {
    case STATION_READINESS:
        return s->readiness_done && s->date_confirmed && !s->date_again;
    case STATION_PLAN:
        return s->plan_accepted && !s->plan_again;
    case STATION_ROLL_CALL:
        return s->roll_called;
    case STATION_ENROLMENT:
        return s->plan_accepted && session_enrolled(s);
    case STATION_REVIEW:
        return session_all_reviewed(s);
    case STATION_SIGNATURES:
        return session_complete(s);
    case STATION_CLIENT_VIEW:
        return s->client_accepted;
    case STATION_ONE_TIME:
        return s->client_accepted && !one_time_left(s);
    case STATION_BUNDLE:
        return s->bundle_written;
    case STATION_CLOSING:
        return s->closed;
    case STATIONS:
        break;
    }
    return false;
}

enum station session_station(const struct session *s)
{
    unsigned st = 0;

    while (st < STATION_CLOSING && station_done(s, (enum station)st))
        st++;
    return (enum station)st;
}

bool station_open(const struct session *s, enum station st)
{
    for (unsigned before = 0; before < st; before++)
        if (!station_done(s, (enum station)before))
            return false;
    return true;
}

bool session_signed_anything(const struct session *s)
{
    return s->nsignatures > 0;
}

bool session_enrolled(const struct session *s)
{
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->seats[i].key == NULL)
            return false;
    return s->plan->nseats > 0;
}

bool session_all_reviewed(const struct session *s)
{
    for (size_t i = 0; i < s->ngroups; i++)
        if (!s->groups[i].reviewed)
            return false;
    return s->ngroups > 0;
}

bool session_seat_signs(const struct session *s, size_t proposal, size_t seat)
{
    return (s->proposals[proposal].seats[seat] & SEAT_SIGNS) != 0;
}

bool session_has_signed(const struct session *s, size_t proposal, size_t seat)
{
    return (s->proposals[proposal].seats[seat] & SEAT_SIGNED) != 0;
}

/* Every collected signature was verified when it was folded. */
unsigned session_reached(const struct session *s, size_t proposal, size_t obligation)
{
    return s->proposals[proposal].reached[obligation];
}

bool session_seat_counts(const struct session *s, size_t proposal, size_t obligation, size_t seat)
{
    return (s->proposals[proposal].seats[seat] & (SEAT_COUNTS << obligation)) != 0;
}

static bool obligation_open(const struct session *s, size_t proposal, size_t obligation)
{
    return session_reached(s, proposal, obligation) <
           s->proposals[proposal].obligations[obligation].role->threshold;
}

static bool is_complete(const struct session *s, size_t proposal)
{
    for (size_t k = 0; k < s->proposals[proposal].nobligations; k++)
        if (obligation_open(s, proposal, k))
            return false;
    return true;
}

size_t session_group_signed(const struct session *s, size_t group, size_t *needed)
{
    const struct proposal_group *g = &s->groups[group];
    size_t n = 0;

    *needed = 0;
    for (size_t i = g->first; i < g->first + g->n; i++)
        for (size_t k = 0; k < s->proposals[i].nobligations; k++) {
            unsigned t = s->proposals[i].obligations[k].role->threshold;
            unsigned reached = session_reached(s, i, k);

            n += reached < t ? reached : t;
            *needed += t;
        }
    return n;
}

size_t session_group_complete(const struct session *s, size_t group)
{
    const struct proposal_group *g = &s->groups[group];
    size_t n = 0;

    for (size_t i = g->first; i < g->first + g->n; i++)
        n += is_complete(s, i);
    return n;
}

bool session_complete(const struct session *s)
{
    for (size_t i = 0; i < s->nproposals; i++)
        if (!is_complete(s, i))
            return false;
    return s->nproposals > 0 && session_all_reviewed(s);
}

/* Could this seat's key still sign the proposal? */
static bool can_sign(const struct session *s, size_t proposal, size_t seat)
{
    return session_seat_signs(s, proposal, seat) && !session_has_signed(s, proposal, seat) &&
           !s->seats[seat].destroyed;
}

bool session_seat_can_sign(const struct session *s, size_t seat)
{
    for (size_t i = 0; i < s->nproposals; i++)
        if (can_sign(s, i, seat))
            return true;
    return false;
}

size_t session_signatures_left(const struct session *s, size_t holder)
{
    size_t n = 0;

    for (size_t i = 0; i < s->nproposals; i++)
        for (size_t k = 0; k < s->plan->nseats; k++)
            n += s->plan->seats[k].holder == holder && can_sign(s, i, k);
    return n;
}

bool session_needed(const struct session *s, size_t holder)
{
    for (size_t i = 0; i < s->nproposals; i++)
        for (size_t o = 0; o < s->proposals[i].nobligations; o++)
            for (size_t k = 0; k < s->plan->nseats; k++)
                if (s->plan->seats[k].holder == holder && can_sign(s, i, k) &&
                    obligation_open(s, i, o) && session_seat_counts(s, i, o, k))
                    return true;
    return false;
}

long session_proposal_find(const struct session *s, const char *role)
{
    size_t low = 0, high = s->nproposals;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(s->proposals[s->by_role[mid]].role, role);

        if (order == 0)
            return (long)s->by_role[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return -1;
}

long session_group_find(const struct session *s, const char *role)
{
    for (size_t i = 0; i < s->ngroups; i++)
        if (strcmp(session_group_name(s, i), role) == 0)
            return (long)i;
    return -1;
}

const char *session_group_name(const struct session *s, size_t group)
{
    return s->plan->roles[s->groups[group].role].name;
}

void session_group_list(const struct session *s, size_t group, struct bytes *out)
{
    const struct proposal_group *g = &s->groups[group];

    for (size_t i = g->first; i < g->first + g->n; i++)
        bytes_printf(out, "%s  %" PRId64 ".%s\n", s->proposals[i].sha256, s->proposals[i].version,
                     s->proposals[i].role);
}

int session_digest(const struct session *s, uint8_t digest[SHA256_SIZE], struct err *e)
{
    struct bytes list = {0};
    int rc;

    for (size_t i = 0; i < s->ngroups; i++)
        session_group_list(s, i, &list);
    rc = bytes_failed(&list) ? -1 : sha256(bytes_span(&list), digest);
    bytes_clear(&list);
    return rc == 0 ? 0 : err_oom(e);
}

const char *session_holder_name(const struct session *s, size_t seat)
{
    return s->plan->holders[s->plan->seats[seat].holder].name;
}

const char *session_bag(const struct session *s, size_t holder)
{
    return s->holders[holder].bag != NULL ? s->holders[holder].bag : s->plan->holders[holder].bag;
}

long session_seat_of(const struct session *s, const struct key *key)
{
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->seats[i].key != NULL && key_same_material(s->seats[i].key, key))
            return (long)i;
    return -1;
}
