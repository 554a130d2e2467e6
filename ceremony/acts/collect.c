/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/collect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/act.h"
#include "ceremony/acts/owner.h"
#include "ceremony/session/attest.h"

/* A token that shows no public keys is asked all the same. */
static bool is_on(const struct token_key_list *keys, const struct key *key)
{
    for (size_t i = 0; key != NULL && i < keys->n; i++)
        if (keys->items[i].key == NULL || key_same_material(keys->items[i].key, key))
            return true;
    return false;
}

int collect_check_attested(const struct session *s, size_t seat, const struct token_info *token,
                           struct err *e)
{
    const struct seat_state *st = &s->seats[seat];
    const struct span beside = bytes_span(&st->evidence);
    const struct attest_evidence evidence = {.beside = &beside, .nbeside = beside.n > 0};
    struct attestation a;
    int rc = 0;

    if (attest_key(s->plan, s->date, st->key, &evidence, token->id.serial, token->firmware, &a,
                   e) != 0)
        return -1;
    if (a.form != NULL && a.answers[ATTESTED_SERIAL].is == ATTESTED_FAILS) {
        err_set(e, ERR_TOKEN, "%s", a.answers[ATTESTED_SERIAL].words);
        err_in(e, "signing for keyholder '%s'", session_holder_name(s, seat));
        rc = err_todo(e, "insert the token that the attestation is about, or find out why another "
                         "one has its key");
    }
    attestation_clear(&a);
    return rc;
}

/* Is this the token of that key, as record, plan and attestation say? */
static int check_bound(const struct session *s, size_t seat, const struct token_info *token,
                       struct err *e)
{
    char serial[TOKEN_TEXT];
    const struct owner copy = {.is = OWNER_COPY,
                               .elsewhere = true,
                               .other_module = owner_before(s, seat, token, serial) != serial};

    return owner_bound(s, seat, token) != BOUND_ELSEWHERE
               ? collect_check_attested(s, seat, token, e)
               : owner_check(s, s->plan->seats[seat].holder, OWNER_SIGNS, &copy, token, false, e);
}

/* The room decided that this token, a backup with the seat's key or the same by another module, takes
 * the place of the one that record or plan name. */
static int replaced(struct ceremony *c, size_t seat, const struct token_info *token, struct err *e)
{
    const struct session *s = ceremony_session(c);
    char serial[TOKEN_TEXT];
    cJSON *data;

    if (act_need(c, STATION_SIGNATURES, e) != 0)
        return -1;
    data = act_data("holder", session_holder_name(s, seat), "keyid", key_id(s->seats[seat].key),
                    "before", owner_before(s, seat, token, serial), NULL);
    data = act_add(data, "token", act_token(token));
    return act_take(c, EVENT_TOKEN_REPLACED, data, e);
}

static int replace_all(struct ceremony *c, size_t holder, const struct token_key_list *keys,
                       const struct token_info *token, struct err *e)
{
    const struct session *s = ceremony_session(c);
    size_t n = 0;

    for (size_t k = 0; k < s->plan->nseats; k++) {
        if (s->plan->seats[k].holder != holder || !session_seat_can_sign(s, k) ||
            owner_bound(s, k, token) != BOUND_ELSEWHERE ||
            !token_key_list_has(keys, s->seats[k].key))
            continue;
        if (collect_check_attested(s, k, token, e) != 0 || replaced(c, k, token, e) != 0)
            return -1;
        s = ceremony_session(c);
        n++;
    }
    if (n > 0)
        return 0;
    err_set(e, ERR_TOKEN, "the token with serial %s has no key of '%s' that is on another token",
            token->id.serial, s->plan->holders[holder].name);
    return err_todo(e, "insert the token that has the key, or its backup; nothing was recorded");
}

int collect_replace(struct ceremony *c, size_t holder, struct tokens *t,
                    const struct token_info *token, struct err *e)
{
    struct token_key_list keys;
    int rc;

    if (t->driver->keys(t->self, &keys, e) != 0)
        return -1;
    rc = replace_all(c, holder, &keys, token, e);
    token_key_list_clear(&keys);
    return rc;
}

struct due {
    size_t proposal, seat;
};

/* A holder's turn: what this token signs, in order, and how far it is. */
struct turn {
    struct ceremony *c;
    size_t holder;
    const struct token_info *token;
    const struct collect_watch *watch;
    struct due *due;
    size_t n, asked, taken;
    struct collect_progress progress;
    int64_t began, committed; /* as of ceremony_passed */
    bool paused, disk_failed;
};

#define COMMIT_MS 100

/* Two seats of one key sign a proposal once. */
static bool signs_too(const struct session *s, size_t proposal, const size_t *seats, size_t n,
                      size_t seat)
{
    for (size_t i = 0; i < n; i++)
        if (session_seat_signs(s, proposal, seats[i]) &&
            key_same_material(s->seats[seats[i]].key, s->seats[seat].key))
            return true;
    return false;
}

/* The seats whose keys are on the token. */
static size_t seats_here(const struct session *s, size_t holder, const struct token_key_list *keys,
                         size_t *out)
{
    size_t n = 0;

    for (size_t k = 0; k < s->plan->nseats; k++)
        if (s->plan->seats[k].holder == holder && !s->seats[k].destroyed &&
            is_on(keys, s->seats[k].key))
            out[n++] = k;
    return n;
}

/* Each key once, before anything is asked of the token. */
static int check_token(const struct turn *t, struct err *e)
{
    const struct session *s = ceremony_session(t->c);

    for (size_t k = 0; k < s->plan->nseats; k++)
        for (size_t i = 0; i < t->n; i++)
            if (t->due[i].seat == k) {
                if (check_bound(s, k, t->token, e) != 0)
                    return -1;
                break;
            }
    return 0;
}

static int turn_plan(struct turn *t, size_t holder, const struct token_key_list *keys,
                     struct err *e)
{
    const struct session *s = ceremony_session(t->c);
    size_t *seats = calloc(s->plan->nseats + 1, sizeof *seats), n;

    n = seats != NULL ? seats_here(s, holder, keys, seats) : 0;
    t->due = calloc(s->nproposals * n + 1, sizeof *t->due);
    if (seats == NULL || t->due == NULL) {
        free(seats);
        return err_oom(e);
    }
    for (size_t i = 0; i < s->nproposals; i++)
        for (size_t k = 0; k < n; k++) {
            if (!session_seat_signs(s, i, seats[k]) || signs_too(s, i, seats, k, seats[k]))
                continue;
            if (session_has_signed(s, i, seats[k]))
                t->progress.before++;
            else
                t->due[t->n++] = (struct due){i, seats[k]};
        }
    free(seats);
    if (t->n > 0)
        return check_token(t, e);
    err_set(e, ERR_TOKEN, "this token has no key with which '%s' signs",
            s->plan->holders[holder].name);
    return err_todo(e, "use the token on which the key was enrolled");
}

static void report_progress(struct turn *t)
{
    t->progress.passed = ceremony_passed(t->c) - t->began;
    if (t->watch != NULL && t->watch->done != NULL)
        t->watch->done(t->watch->self, &t->progress);
}

/* Nothing is told before it is on disk. */
static int commit(struct turn *t, struct err *e)
{
    if (t->taken == t->progress.done - t->progress.before)
        return 0;
    if (act_commit(t->c, e) != 0) {
        t->disk_failed = true;
        return -1;
    }
    t->progress.done = t->progress.before + t->taken;
    t->progress.proposal = t->due[t->taken < t->n ? t->taken : t->n - 1].proposal;
    t->committed = ceremony_passed(t->c);
    report_progress(t);
    return 0;
}

static bool turn_next(void *self, const struct key **key, struct span *message)
{
    struct turn *t = self;
    const struct session *s = ceremony_session(t->c);

    t->paused = t->asked < t->n && t->watch != NULL && t->watch->pause != NULL &&
                t->watch->pause(t->watch->self);
    if (t->asked == t->n || t->paused)
        return false;
    *key = s->seats[t->due[t->asked].seat].key;
    *message = envelope_signed(s->proposals[t->due[t->asked].proposal].envelope);
    t->asked++;
    return true;
}

/* The token, where it is not known yet: of the first signature by a key that the plan gives. */
static void put_first_token(const struct seat_state *seat, const struct token_info *token,
                            struct bytes *out)
{
    cJSON *tree;
    char *text;

    if (!seat->from_file || seat->token.serial != NULL)
        return;
    tree = act_token(token);
    text = cJSON_PrintUnformatted(tree);
    if (text != NULL)
        json_add_raw(out, "token", span_str(text));
    else
        bytes_reserve(out, SIZE_MAX / 2); /* fails for good */
    cJSON_free(text);
    cJSON_Delete(tree);
}

/* The data of EVENT_SIGNATURE, written without a tree: there may be many thousands. */
static void put_signature(const struct session *s, size_t proposal, size_t seat,
                          const struct token_info *token, struct span sig, struct bytes *out)
{
    const struct proposal *p = &s->proposals[proposal];
    struct bytes hex = {0};

    bytes_put_hex(&hex, sig);
    json_begin(out, NULL, '{');
    json_add_text(out, "holder", session_holder_name(s, seat));
    json_add_text(out, "keyid", key_id(s->seats[seat].key));
    json_add_text(out, "role", p->role);
    json_add_text(out, "sha256", p->sha256);
    json_add_text(out, "sig", bytes_str(&hex));
    put_first_token(&s->seats[seat], token, out);
    json_add_integer(out, "version", p->version);
    json_end(out, '}');
    bytes_done(&hex, out);
}

/* Verified when it is folded, and not on disk before act_commit: many share one fsync. A failure
 * leaves those before it. */
static int signature(struct ceremony *c, size_t proposal, size_t seat,
                     const struct token_info *token, struct span sig, struct err *e)
{
    struct bytes data = {0};
    int rc;

    put_signature(ceremony_session(c), proposal, seat, token, sig, &data);
    rc = bytes_failed(&data) ? err_oom(e) : act_draft(c, EVENT_SIGNATURE, bytes_span(&data), e);
    bytes_clear(&data);
    if (rc == 0 || e->code != ERR_SIGNATURE)
        return rc;
    err_set(e, ERR_SIGNATURE, "the token gave a signature that does not verify");
    return err_todo(e, "it is not counted; sign again, and if it happens twice use another token "
                       "and do not trust this one");
}

static int turn_take(void *self, struct span sig, struct err *e)
{
    struct turn *t = self;
    const struct due *due = &t->due[t->taken];

    if (t->taken == t->asked) {
        err_set(e, ERR_TOKEN, "the token gave a signature that nobody asked for");
        return err_todo(e, "it is not counted; use another token, and do not trust this one");
    }
    if (signature(t->c, due->proposal, due->seat, t->token, sig, e) != 0)
        return -1;
    t->taken++;
    return ceremony_passed(t->c) - t->committed >= COMMIT_MS ? commit(t, e) : 0;
}

/* How far it came, in the error. */
static int stopped(const struct turn *t, struct err *e)
{
    const struct session *s = ceremony_session(t->c);
    size_t done = t->progress.done - t->progress.before;
    const struct due *due = &t->due[done < t->n ? done : t->n - 1];

    err_in(e, "signing %s v%lld for keyholder '%s'", s->proposals[due->proposal].role,
           (long long)s->proposals[due->proposal].version, session_holder_name(s, due->seat));
    return t->progress.total > 1 ? err_in(e, "%zu of %zu signed, verified and on disk",
                                          t->progress.done, t->progress.total)
                                 : -1;
}

/* What came before an error is still written. */
static int sign_all(struct turn *t, struct tokens *tokens, struct err *e)
{
    const struct token_batch batch = {t, turn_next, turn_take};
    struct err late;
    int rc;

    t->progress.done = t->progress.before;
    t->progress.total = t->progress.before + t->n;
    t->progress.proposal = t->due[0].proposal;
    t->began = t->committed = ceremony_passed(t->c);
    report_progress(t);
    rc = tokens->driver->sign_all(tokens->self, &batch, e);
    if (!t->disk_failed && commit(t, &late) != 0) {
        *e = late;
        rc = -1;
    }
    if (rc != 0) { /* some keys want a PIN for each signature */
        (void)act_pin_refused(t->c, t->token, (long)t->holder, e);
        return stopped(t, e);
    }
    if (t->paused)
        return 1;
    if (t->taken == t->n)
        return 0;
    err_set(e, ERR_TOKEN, "the token's driver stopped before everything was signed");
    err_todo(e, "log in again; if it happens twice, use another token");
    return stopped(t, e);
}

int collect_sign(struct ceremony *c, size_t holder, struct tokens *t,
                 const struct token_info *token, const struct collect_watch *watch, struct err *e)
{
    const struct session *s = ceremony_session(c);
    struct turn turn = {.c = c, .holder = holder, .token = token, .watch = watch};
    struct token_key_list keys;
    int rc;

    if (act_need(c, STATION_SIGNATURES, e) != 0)
        return -1;
    if (session_signatures_left(s, holder) == 0) {
        err_set(e, ERR_INCOMPLETE, "'%s' has nothing to sign", s->plan->holders[holder].name);
        return err_todo(e, "choose somebody whose signature is still missing");
    }
    if (t->driver->keys(t->self, &keys, e) != 0)
        return -1;
    rc = turn_plan(&turn, holder, &keys, e);
    if (rc == 0)
        rc = sign_all(&turn, t, e);
    free(turn.due);
    token_key_list_clear(&keys);
    return rc;
}
