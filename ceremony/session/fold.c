/* SPDX-License-Identifier: Apache-2.0 */
/* The table of folds, and those that open and end the ceremony. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/session/session_fold.h"

int fold_refuse(struct err *e, const char *why)
{
    return err_set(e, ERR_JOURNAL, "%s", why);
}

int fold_text(struct json data, const char *member, char **slot, struct err *e)
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

bool fold_is_digest(struct json data, const char *member, const uint8_t digest[SHA256_SIZE])
{
    char hex[SHA256_HEX_SIZE];
    struct json v;

    hex_of(digest, SHA256_SIZE, hex);
    return json_get(data, member, &v) && json_text_is(v, hex);
}

int fold_plan_differs(struct err *e)
{
    fold_refuse(e, "plan.json or a file in 'inputs' is not the one that this ceremony goes by");
    return err_todo(e, "put the plan and the inputs back as they were; or see with 'tuf-ceremony "
                       "replan DIR' what the change would void");
}

static int fold_opened(struct session *s, const struct event *ev, struct err *e)
{
    if (ev->n != 1)
        return fold_refuse(e, "a ceremony is opened once, by the first line");
    if (!fold_is_digest(ev->data, "plan", s->plan->sha256))
        return fold_plan_differs(e);
    s->opened = true;
    return 0;
}

/* Nothing of the state hangs on it. */
static int fold_resumed(struct session *s, const struct event *ev, struct err *e)
{
    struct json program;

    (void)s;
    return json_need(ev->data, "program", JSON_STRING, &program, e);
}

int fold_readiness(struct session *s, const struct event *ev, struct err *e)
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

int fold_date(struct session *s, const struct event *ev, struct err *e)
{
    struct json date;
    struct bytes text;
    int rc;

    if (session_signed_anything(s))
        return fold_refuse(e, "the date was changed after something was signed");
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
    if (!fold_is_digest(ev->data, "plan", s->plan->sha256))
        return fold_refuse(e, "another plan was accepted");
    if (!s->date_confirmed)
        return fold_refuse(e, "the plan was accepted before the date was confirmed");
    if (session_signed_anything(s))
        return fold_refuse(e, "the plan was accepted again after something was signed");
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
        if (json_take_text(item, "a name is expected", &(*out)[*n], e) != 0)
            return -1;
        (*n)++;
    }
    return 0;
}

int fold_roll_call(struct session *s, const struct event *ev, struct err *e)
{
    struct json present, witnesses, item;
    struct json_iter it;
    char *name;
    long holder;

    if (json_need(ev->data, "present", JSON_ARRAY, &present, e) != 0 ||
        json_need(ev->data, "witnesses", JSON_ARRAY, &witnesses, e) != 0 ||
        fold_text(ev->data, "administrator", &s->administrator, e) != 0)
        return -1;
    for (size_t i = 0; i < s->plan->nholders; i++)
        s->holders[i].present = false;
    json_iter_init(&it, present);
    while (json_next(&it, NULL, &item)) {
        if (json_take_text(item, "a name is expected", &name, e) != 0)
            return -1;
        holder = plan_holder_find(s->plan, name);
        free(name);
        if (holder < 0 && s->opened && s->nbefore == 0)
            return fold_refuse(e, "somebody is present who is no keyholder of the plan");
        if (holder >= 0)
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

static int fold_client_view(struct session *s, const struct event *ev, struct err *e)
{
    struct json accepted;

    if (!session_complete(s))
        return fold_refuse(e, "the client's view came before the signatures were complete");
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
        return fold_refuse(e, "the bundle was written before the client's view accepted it");
    if (fold_text(ev->data, "destination", &s->bundle_destination, e) != 0 ||
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
        return fold_refuse(e, "the ceremony was closed before the bundle was written");
    s->closed = true;
    return 0;
}

static int (*const folds[])(struct session *s, const struct event *ev, struct err *e) = {
    [EVENT_OPENED] = fold_opened,
    [EVENT_READINESS] = fold_readiness,
    [EVENT_DATE_CONFIRMED] = fold_date,
    [EVENT_PLAN_ACCEPTED] = fold_plan,
    [EVENT_ROLL_CALL] = fold_roll_call,
    [EVENT_KEY_ENROLLED] = fold_enrolled,
    [EVENT_KEY_WITHDRAWN] = fold_withdrawn,
    [EVENT_REVIEWED] = fold_reviewed,
    [EVENT_SIGNATURE] = fold_signature,
    [EVENT_SKIPPED] = fold_skipped,
    [EVENT_CLIENT_VIEW] = fold_client_view,
    [EVENT_BUNDLE_WRITTEN] = fold_bundle,
    [EVENT_CLOSED] = fold_closed,
    [EVENT_PLAN_CHANGED] = fold_plan_changed,
    [EVENT_KEY_DESTROYED] = fold_destroyed,
    [EVENT_TOKEN_ADMINISTERED] = fold_administered,
    [EVENT_KEY_DESTROYING] = fold_destroying,
    [EVENT_RESUMED] = fold_resumed,
    [EVENT_KEY_GENERATING] = fold_generating,
    [EVENT_PIN_REFUSED] = fold_pin_refused,
    [EVENT_BAGGED] = fold_bagged,
    [EVENT_UNUSED_DESTROYED] = fold_unused,
    [EVENT_TOKEN_REPLACED] = fold_replaced,
};
static_assert(sizeof folds / sizeof folds[0] == EVENT_TYPES, "every event has a fold");

/* Somebody goes on to close what is written: that is no reason to write it anew. */
static bool is_start(enum event_type t)
{
    return t == EVENT_RESUMED || t == EVENT_READINESS;
}

int session_apply(struct session *s, const struct event *ev, struct err *e)
{
    bool product = ev->type == EVENT_BUNDLE_WRITTEN || ev->type == EVENT_CLOSED ||
                   (s->bundle_written && is_start(ev->type));

    err_clear(e);
    if (!s->opened && ev->type != EVENT_OPENED && ev->type != EVENT_PLAN_CHANGED)
        fold_refuse(e, "the first line does not open the ceremony");
    else if (s->closed)
        fold_refuse(e, "the ceremony is closed, and yet it goes on");
    else if (folds[ev->type](s, ev, e) == 0) {
        if (!product) {
            s->bundle_written = false;
            s->covered = ev->n;
        }
        return 0;
    }
    if (e->code != ERR_INTERNAL && e->code != ERR_SIGNATURE)
        e->code = ERR_JOURNAL;
    return err_in(e, "line %zu of the journal, event '%s'", ev->n, event_name(ev->type));
}
