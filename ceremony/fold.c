/* SPDX-License-Identifier: Apache-2.0 */
/* One handler an event: a row of `folds`. A handler believes nothing: what could not follow from
 * the state before is refused, and the line is named. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/session_fold.h"

static int impossible(struct err *e, const char *why)
{
    return err_set(e, ERR_JOURNAL, "%s", why);
}

/* A string member as a heap string in place of what `*slot` held. */
static int text_of(struct json data, const char *member, char **slot, struct err *e)
{
    struct json v;
    char *text;

    if (json_need(data, member, JSON_STRING, &v, e) != 0)
        return -1;
    if ((text = json_strdup(v)) == NULL)
        return err_oom(e);
    free(*slot);
    *slot = text;
    return 0;
}

static bool is_digest(struct json data, const char *member, const uint8_t digest[SHA256_SIZE])
{
    char hex[SHA256_HEX_SIZE];
    struct json v;

    hex_of(digest, SHA256_SIZE, hex);
    return json_get(data, member, &v) && json_text_is(v, hex);
}

static int fold_opened(struct session *s, const struct event *ev, struct err *e)
{
    if (ev->n != 1)
        return impossible(e, "a ceremony is opened once, by the first line");
    if (!is_digest(ev->data, "plan", s->plan->sha256)) {
        impossible(e,
                   "plan.json or a file in 'inputs' is not the one that this ceremony began with");
        return err_todo(e, "put the plan and the inputs back as they were, or start a new ceremony "
                           "in a new folder");
    }
    s->opened = true;
    return 0;
}

static int fold_readiness(struct session *s, const struct event *ev, struct err *e)
{
    struct json checks, check, level;
    struct json_iter it;

    if (json_need(ev->data, "checks", JSON_ARRAY, &checks, e) != 0)
        return -1;
    s->readiness_done = true;
    json_iter_init(&it, checks);
    while (json_next(&it, NULL, &check)) {
        if (json_need(check, "level", JSON_STRING, &level, e) != 0)
            return -1;
        if (json_text_is(level, "fail"))
            s->readiness_done = false;
    }
    return 0;
}

static int fold_date(struct session *s, const struct event *ev, struct err *e)
{
    struct json date;
    struct bytes text;
    int rc;

    if (session_signed_anything(s))
        return impossible(e, "the date was changed after something was signed");
    if (json_need(ev->data, "date", JSON_STRING, &date, e) != 0)
        return -1;
    bytes_init(&text);
    json_text(date, &text);
    bytes_put_str(&text, "T00:00:00Z");
    rc = bytes_failed(&text) ? err_oom(e) : utc_parse(bytes_span(&text), &s->date, e);
    bytes_clear(&text);
    if (rc != 0)
        return -1;
    s->date_confirmed = true;
    return session_propose(s, e);
}

static int fold_plan(struct session *s, const struct event *ev, struct err *e)
{
    if (!is_digest(ev->data, "plan", s->plan->sha256))
        return impossible(e, "another plan was accepted");
    if (!s->date_confirmed)
        return impossible(e, "the plan was accepted before the date was confirmed");
    s->plan_accepted = true;
    return session_propose(s, e);
}

static int names_of(struct json list, char ***out, size_t *n, struct err *e)
{
    struct json_iter it;
    struct json item;

    if ((*out = calloc(json_count(list) + 1, sizeof **out)) == NULL)
        return err_oom(e);
    json_iter_init(&it, list);
    while (json_next(&it, NULL, &item)) {
        if (json_kind(item) != JSON_STRING)
            return json_refuse(item, e, "a name is expected");
        if (((*out)[*n] = json_strdup(item)) == NULL)
            return err_oom(e);
        (*n)++;
    }
    return 0;
}

static int fold_roll_call(struct session *s, const struct event *ev, struct err *e)
{
    struct json present, witnesses, item;
    struct json_iter it;
    char *name;
    long holder;

    if (json_need(ev->data, "present", JSON_ARRAY, &present, e) != 0 ||
        json_need(ev->data, "witnesses", JSON_ARRAY, &witnesses, e) != 0 ||
        text_of(ev->data, "administrator", &s->administrator, e) != 0)
        return -1;
    for (size_t i = 0; i < s->plan->nholders; i++)
        s->holders[i].present = false;
    json_iter_init(&it, present);
    while (json_next(&it, NULL, &item)) {
        if (json_kind(item) != JSON_STRING || (name = json_strdup(item)) == NULL)
            return json_refuse(item, e, "a name is expected");
        holder = plan_holder_find(s->plan, name);
        free(name);
        if (holder < 0)
            return impossible(e, "somebody is present who is no keyholder of the plan");
        s->holders[holder].present = true;
    }
    for (size_t i = 0; i < s->nwitnesses; i++)
        free(s->witnesses[i]);
    free(s->witnesses);
    s->witnesses = NULL;
    s->nwitnesses = 0;
    s->roll_called = true;
    return names_of(witnesses, &s->witnesses, &s->nwitnesses, e);
}

/* The seat that an event names, by number and holder. */
static int seat_of(const struct session *s, struct json data, size_t *out, struct err *e)
{
    struct json seat, holder;

    if (json_need(data, "seat", JSON_INTEGER, &seat, e) != 0 ||
        json_need(data, "holder", JSON_STRING, &holder, e) != 0)
        return -1;
    if (json_integer(seat) < 0 || (uint64_t)json_integer(seat) >= s->plan->nseats ||
        !json_text_is(holder, session_holder_name(s, (size_t)json_integer(seat))))
        return impossible(e, "a key is enrolled for a seat that the plan does not have");
    *out = (size_t)json_integer(seat);
    return 0;
}

static int token_of(struct json data, struct seat_token *t, struct err *e)
{
    struct json token;

    if (json_need(data, "token", JSON_OBJECT, &token, e) != 0)
        return -1;
    return text_of(token, "manufacturer", &t->manufacturer, e) == 0 &&
                   text_of(token, "model", &t->model, e) == 0 &&
                   text_of(token, "serial", &t->serial, e) == 0 &&
                   text_of(token, "label", &t->label, e) == 0 &&
                   text_of(token, "firmware", &t->firmware, e) == 0 &&
                   text_of(token, "module", &t->module, e) == 0
               ? 0
               : -1;
}

static int fold_enrolled(struct session *s, const struct event *ev, struct err *e)
{
    struct json key, here;
    struct seat_state new = {.enrolled_at = ev->time};
    size_t seat;

    if (session_signed_anything(s))
        return impossible(e, "a key was enrolled after something was signed");
    if (!s->plan_accepted || seat_of(s, ev->data, &seat, e) != 0)
        return s->plan_accepted ? -1
                                : impossible(e, "a key was enrolled before the plan was accepted");
    if (s->seats[seat].key != NULL)
        return impossible(e, "a key was enrolled for a seat that has one");
    if (json_need(ev->data, "key", JSON_OBJECT, &key, e) != 0 ||
        json_need(ev->data, "claims", JSON_OBJECT, &new.claims, e) != 0 ||
        json_need(ev->data, "generated_here", JSON_BOOL, &here, e) != 0 ||
        key_from_json(key, &new.key, e) != 0)
        return -1;
    new.generated_here = json_true(here);
    if (token_of(ev->data, &new.token, e) != 0 ||
        key_type(new.key) != s->plan->seats[seat].key_type) {
        seat_state_clear(&new);
        return e->code != ERR_NONE
                   ? -1
                   : impossible(e, "a key of another type than the plan's was enrolled");
    }
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->seats[i].key != NULL && key_same_material(s->seats[i].key, new.key)) {
            seat_state_clear(&new);
            return impossible(e, "one key was enrolled for two seats");
        }
    s->seats[seat] = new;
    return session_propose(s, e);
}

static int fold_withdrawn(struct session *s, const struct event *ev, struct err *e)
{
    size_t seat;

    if (session_signed_anything(s))
        return impossible(e, "a key was withdrawn after something was signed");
    if (seat_of(s, ev->data, &seat, e) != 0)
        return -1;
    if (s->seats[seat].key == NULL || s->seats[seat].from_file)
        return impossible(e, "a key was withdrawn that was not enrolled");
    seat_state_clear(&s->seats[seat]);
    return session_propose(s, e);
}

/* The proposal that an event is about; its version and digest must be those we derived. */
static int proposal_of(struct session *s, struct json data, size_t *out, struct err *e)
{
    struct json role, version;
    long at = -1;

    if (json_need(data, "role", JSON_STRING, &role, e) != 0 ||
        json_need(data, "version", JSON_INTEGER, &version, e) != 0)
        return -1;
    for (size_t i = 0; i < s->nproposals; i++)
        if (json_text_is(role, s->proposals[i].role))
            at = (long)i;
    if (at < 0 || json_integer(version) != s->proposals[at].version)
        return impossible(e, "the line is about metadata that this ceremony does not propose");
    if (!is_digest(data, "sha256", s->proposals[at].digest))
        return impossible(e, "the line is about other bytes than those that plan and journal give");
    *out = (size_t)at;
    return 0;
}

static int fold_reviewed(struct session *s, const struct event *ev, struct err *e)
{
    size_t at;

    if (proposal_of(s, ev->data, &at, e) != 0)
        return -1;
    s->proposals[at].reviewed = true;
    s->proposals[at].reviewed_at = ev->time;
    return 0;
}

/* The seat whose key has that id. */
static long seat_by_keyid(const struct session *s, struct json keyid)
{
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->seats[i].key != NULL && json_text_is(keyid, key_id(s->seats[i].key)))
            return (long)i;
    return -1;
}

static int signature_add(struct session *s, size_t proposal, size_t seat, utc_t at, struct err *e)
{
    struct signed_entry *more = realloc(s->signatures, (s->nsignatures + 1) * sizeof *more);

    if (more == NULL)
        return err_oom(e);
    s->signatures = more;
    more[s->nsignatures] = (struct signed_entry){
        .proposal = proposal, .seat = seat, .at = at, .keyid = strdup(key_id(s->seats[seat].key))};
    return more[s->nsignatures].keyid != NULL ? (s->nsignatures++, 0) : err_oom(e);
}

static int signature_bytes(struct json data, struct bytes *out, struct err *e)
{
    struct json sig;
    struct bytes hex;
    int rc;

    if (json_need(data, "sig", JSON_STRING, &sig, e) != 0)
        return -1;
    bytes_init(&hex);
    json_text(sig, &hex);
    rc = hex_decode(bytes_span(&hex), out);
    bytes_clear(&hex);
    return rc == 0 ? 0 : impossible(e, "a signature is not hex");
}

static int fold_signature(struct session *s, const struct event *ev, struct err *e)
{
    struct json keyid;
    struct bytes sig;
    size_t at;
    long seat;
    int rc = -1;

    if (proposal_of(s, ev->data, &at, e) != 0 ||
        json_need(ev->data, "keyid", JSON_STRING, &keyid, e) != 0)
        return -1;
    seat = seat_by_keyid(s, keyid);
    if (seat < 0 || !session_seat_signs(s, at, (size_t)seat))
        return impossible(e, "a signature is by a key that has nothing to sign there");
    if (!session_all_reviewed(s))
        return impossible(e, "something was signed before everything was reviewed");
    if (session_has_signed(s, at, (size_t)seat))
        return impossible(e, "a key signed the same twice");
    bytes_init(&sig);
    if (signature_bytes(ev->data, &sig, e) != 0)
        goto out;
    if (key_verify(s->seats[seat].key, envelope_signed(s->proposals[at].envelope), bytes_span(&sig),
                   e) != 0) {
        impossible(e, "a signature does not verify");
        goto out;
    }
    if (envelope_set_signature(s->proposals[at].envelope, key_id(s->seats[seat].key),
                               bytes_span(&sig), e) != 0)
        goto out;
    s->holders[s->plan->seats[seat].holder].skipped = false;
    s->client_accepted = false;
    rc = signature_add(s, at, (size_t)seat, ev->time, e);
out:
    bytes_clear(&sig);
    return rc;
}

static int fold_skipped(struct session *s, const struct event *ev, struct err *e)
{
    struct json name;

    if (json_need(ev->data, "holder", JSON_STRING, &name, e) != 0)
        return -1;
    for (size_t i = 0; i < s->plan->nholders; i++)
        if (json_text_is(name, s->plan->holders[i].name)) {
            s->holders[i].skipped = true;
            return text_of(ev->data, "reason", &s->holders[i].skip_reason, e);
        }
    return impossible(e, "somebody was skipped who is no keyholder of the plan");
}

static int fold_client_view(struct session *s, const struct event *ev, struct err *e)
{
    struct json accepted;

    if (!session_complete(s))
        return impossible(e, "the client's view came before the signatures were complete");
    if (json_need(ev->data, "accepted", JSON_BOOL, &accepted, e) != 0)
        return -1;
    s->client_accepted = json_true(accepted);
    return 0;
}

static int fold_bundle(struct session *s, const struct event *ev, struct err *e)
{
    struct json manifest;
    struct bytes hex;

    if (!s->client_accepted)
        return impossible(e, "the bundle was written before the client's view accepted it");
    if (text_of(ev->data, "destination", &s->bundle_destination, e) != 0 ||
        json_need(ev->data, "manifest", JSON_STRING, &manifest, e) != 0)
        return -1;
    bytes_init(&hex);
    json_text(manifest, &hex);
    snprintf(s->bundle_manifest, sizeof s->bundle_manifest, "%s", bytes_str(&hex));
    bytes_clear(&hex);
    s->bundle_written = true;
    return 0;
}

static int fold_closed(struct session *s, const struct event *ev, struct err *e)
{
    (void)ev;
    if (!s->bundle_written)
        return impossible(e, "the ceremony was closed before the bundle was written");
    s->closed = true;
    return 0;
}

static int (*const folds[])(struct session *s, const struct event *ev, struct err *e) = {
    [EVENT_OPENED] = fold_opened,           [EVENT_READINESS] = fold_readiness,
    [EVENT_DATE_CONFIRMED] = fold_date,     [EVENT_PLAN_ACCEPTED] = fold_plan,
    [EVENT_ROLL_CALL] = fold_roll_call,     [EVENT_KEY_ENROLLED] = fold_enrolled,
    [EVENT_KEY_WITHDRAWN] = fold_withdrawn, [EVENT_REVIEWED] = fold_reviewed,
    [EVENT_SIGNATURE] = fold_signature,     [EVENT_SKIPPED] = fold_skipped,
    [EVENT_CLIENT_VIEW] = fold_client_view, [EVENT_BUNDLE_WRITTEN] = fold_bundle,
    [EVENT_CLOSED] = fold_closed,
};
static_assert(sizeof folds / sizeof folds[0] == EVENT_TYPES, "every event has a fold");

int session_apply(struct session *s, const struct event *ev, struct err *e)
{
    bool product = ev->type == EVENT_BUNDLE_WRITTEN || ev->type == EVENT_CLOSED;

    err_clear(e);
    if (!s->opened && ev->type != EVENT_OPENED)
        impossible(e, "the first line does not open the ceremony");
    else if (s->closed)
        impossible(e, "the ceremony is closed, and yet it goes on");
    else if (folds[ev->type](s, ev, e) == 0) {
        if (!product) {
            s->bundle_written = false;
            s->covered = ev->n;
        }
        return 0;
    }
    if (e->code != ERR_INTERNAL)
        e->code = ERR_JOURNAL;
    return err_in(e, "line %zu of the journal, event '%s'", ev->n, event_name(ev->type));
}
