/* SPDX-License-Identifier: Apache-2.0 */
/* Folds that open and end the ceremony, and what is true of every fold. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/session/session_fold.h"

#include "metadata/base/array.h"

int fold_refuse(struct err *e, const char *why)
{
    return err_set(e, ERR_JOURNAL, "%s", why);
}

int fold_text(struct json data, const char *member, char **slot, struct err *e)
{
    struct json v;
    char *text;

    if (json_need(data, member, JSON_STRING, &v, e) != 0 || json_take_text(v, "", &text, e) != 0)
        return -1;
    free(*slot);
    *slot = text;
    return 0;
}

long fold_holder(const struct session *s, struct json name)
{
    for (size_t i = 0; i < s->plan->nholders; i++)
        if (json_text_is(name, s->plan->holders[i].name))
            return (long)i;
    return -1;
}

int fold_holder_named(const struct session *s, const struct event *ev, struct err *e)
{
    struct json name;

    return !json_get(ev->data, "holder", &name) || fold_holder(s, name) >= 0
               ? 0
               : fold_refuse(e, "somebody is named who is no keyholder of the plan");
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
    fold_refuse(e, "plan.json or a file in 'inputs' is not the one that this ceremony uses");
    return err_todo(e, "restore the plan and the inputs; or see with 'tuf-ceremony "
                       "replan DIR' what the change would void");
}

int fold_opened(struct session *s, const struct event *ev, struct err *e)
{
    if (ev->n != 1)
        return fold_refuse(e, "a ceremony is opened once, by the first line");
    if (!fold_is_digest(ev->data, "plan", s->plan->sha256))
        return fold_plan_differs(e);
    if (json_true(event_member(ev, "rehearsal")) != s->plan->rehearsal)
        return fold_refuse(e, "the line and the plan differ in whether this is a rehearsal");
    s->opened = true;
    return 0;
}

int fold_pin_refused(struct session *s, const struct event *ev, struct err *e)
{
    return fold_holder_named(s, ev, e);
}

const char *journal_known_name(enum journal_known k)
{
    static const char *const names[] = {"remembered", "compared with paper", "not known here"};

    return names[k];
}

/* The machine may be another one, and so may be the day. Of a journal that nobody knows, what the
 * room says is asked for again; what is enrolled and signed stays, for it is looked at again. */
int fold_resumed(struct session *s, const struct event *ev, struct err *e)
{
    struct json known = event_member(ev, "journal");
    unsigned k = 0;

    while (k < JOURNAL_KNOWN && !json_text_is(known, journal_known_name((enum journal_known)k)))
        k++;
    if (k == JOURNAL_KNOWN)
        return fold_refuse(e, "'journal' has a value that this program does not know");
    s->readiness_done = false;
    s->date_again = s->date_confirmed;
    if (k != JOURNAL_UNKNOWN)
        return 0;
    s->journal_unknown = true;
    s->plan_again = s->plan_accepted;
    s->roll_called = false;
    s->client_accepted = false;
    s->bundle_written = false;
    for (size_t g = 0; g < s->ngroups; g++)
        s->groups[g].reviewed = false;
    for (size_t i = 0; i < s->plan->nholders; i++) {
        free(s->holders[i].bag);
        free(s->holders[i].skip_reason);
        s->holders[i] = (struct holder_state){0};
    }
    for (size_t i = 0; i < s->plan->nseats; i++) {
        s->seats[i].elsewhere = s->seats[i].key != NULL;
        s->seats[i].destroying = s->seats[i].destroyed = false;
        if (s->seats[i].from_file)
            seat_token_clear(&s->seats[i].token);
    }
    return 0;
}

int fold_readiness(struct session *s, const struct event *ev, struct err *e)
{
    struct json check, level;

    s->readiness_done = true;
    for (struct json_iter it = json_iter_of(event_member(ev, "checks"));
         json_next(&it, NULL, &check);) {
        if (json_need(check, "level", JSON_STRING, &level, e) != 0)
            return -1;
        if (json_text_is(level, "fail"))
            s->readiness_done = false;
    }
    return 0;
}

/* Expiry is counted from the date: by another one it is another plan that was accepted. */
int fold_date(struct session *s, const struct event *ev, struct err *e)
{
    bool again = s->date_again, same;
    utc_t date;

    if (utc_parse_day(json_inside(event_member(ev, "date")), &date, e) != 0)
        return -1;
    same = s->date_confirmed && date == s->date;
    if (session_signed_anything(s) && !again)
        return fold_refuse(e, "the date was changed after something was signed");
    if (session_signed_anything(s) && date < s->date)
        return fold_refuse(e, "something is signed that was made on a later day");
    s->date_again = false;
    s->date_confirmed = true;
    s->today = date;
    if (same || session_signed_anything(s))
        return 0;
    s->date = date;
    s->plan_accepted = s->plan_again = false;
    return session_propose(s, e);
}

int fold_plan(struct session *s, const struct event *ev, struct err *e)
{
    if (!fold_is_digest(ev->data, "plan", s->plan->sha256))
        return fold_refuse(e, "another plan was accepted");
    if (s->plan_again) {
        s->plan_again = false;
        return 0;
    }
    if (session_signed_anything(s))
        return fold_refuse(e, "the plan was accepted again after something was signed");
    s->plan_accepted = true;
    return session_propose(s, e);
}

static int names_of(struct json list, char ***out, size_t *n, struct err *e)
{
    struct json item;

    if ((*out = calloc(json_count(list) + 1, sizeof **out)) == NULL)
        return err_oom(e);
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &item);) {
        if (json_take_text(item, "a name is expected", &(*out)[*n], e) != 0)
            return -1;
        (*n)++;
    }
    return 0;
}

int fold_roll_call(struct session *s, const struct event *ev, struct err *e)
{
    struct json item;
    long holder;

    if (fold_text(ev->data, "administrator", &s->administrator, e) != 0)
        return -1;
    for (size_t i = 0; i < s->plan->nholders; i++)
        s->holders[i].present = false;
    for (struct json_iter it = json_iter_of(event_member(ev, "present"));
         json_next(&it, NULL, &item);) {
        if ((holder = fold_holder(s, item)) >= 0)
            s->holders[holder].present = true;
        else if (!s->carrying)
            return fold_refuse(e, "somebody is present who is no keyholder of the plan");
    }
    for (size_t i = 0; i < s->nwitnesses; i++)
        free(s->witnesses[i]);
    free(s->witnesses);
    s->witnesses = NULL;
    s->nwitnesses = 0;
    s->roll_called = true;
    return names_of(event_member(ev, "witnesses"), &s->witnesses, &s->nwitnesses, e);
}

int fold_skipped(struct session *s, const struct event *ev, struct err *e)
{
    long holder = fold_holder(s, event_member(ev, "holder"));

    if (holder < 0)
        return fold_refuse(e, "somebody was skipped who is no keyholder of the plan");
    s->holders[holder].skipped = true;
    return fold_text(ev->data, "reason", &s->holders[holder].skip_reason, e);
}

int fold_bagged(struct session *s, const struct event *ev, struct err *e)
{
    long holder = fold_holder(s, event_member(ev, "holder"));

    return holder >= 0 ? fold_text(ev->data, "bag", &s->holders[holder].bag, e)
                       : fold_refuse(e, "somebody got a bag who is no keyholder of the plan");
}

int fold_client_view(struct session *s, const struct event *ev, struct err *e)
{
    uint8_t digest[SHA256_SIZE];

    if (!session_complete(s))
        return fold_refuse(e, "the client's view came before the signatures were complete");
    if (session_digest(s, digest, e) != 0)
        return -1;
    if (!fold_is_digest(ev->data, "sha256", digest))
        return fold_refuse(e, "the client saw other files than those that plan and journal give");
    s->client_accepted = true;
    return 0;
}

static void put_hex(struct json digest, char out[SHA256_HEX_SIZE])
{
    struct span text = json_inside(digest);

    snprintf(out, SHA256_HEX_SIZE, "%.*s", (int)text.n, (const char *)text.p);
}

int fold_bundle(struct session *s, const struct event *ev, struct err *e)
{
    if (fold_text(ev->data, "destination", &s->bundle_destination, e) != 0)
        return -1;
    put_hex(event_member(ev, "manifest"), s->bundle_manifest);
    s->bundle_written = true;
    return 0;
}

int fold_closed(struct session *s, const struct event *ev, struct err *e)
{
    if (!json_text_is(event_member(ev, "manifest"), s->bundle_manifest))
        return fold_refuse(e, "another bundle was closed than the one that was written");
    put_hex(event_member(ev, "transcript"), s->transcript);
    s->closed = true;
    return 0;
}

int fold_line(const struct event *ev, struct err *e)
{
    if (e->code != ERR_INTERNAL && e->code != ERR_SIGNATURE)
        e->code = ERR_JOURNAL;
    return err_in(e, "line %zu of the journal, event '%s'", ev->n, event_row(ev->type)->name);
}

/* Somebody continues to close what is written: that is no reason to write it anew. */
static bool is_start(enum event_type t)
{
    return t == EVENT_RESUMED || t == EVENT_READINESS || t == EVENT_DATE_CONFIRMED;
}

int session_fold(struct session *s, const struct event *ev, struct err *e)
{
    if (s->follows != NULL && s->follows(s, ev, e) != 0)
        return -1;
    return event_row(ev->type)->fold(s, ev, e);
}

/* Each event has its station, open when all those before it are done. */
static int in_time(const struct session *s, const struct event *ev, struct err *e)
{
    enum station st = event_row(ev->type)->station;

    return station_open(s, st)
               ? 0
               : err_set(e, ERR_JOURNAL, "it is too early for '%s': '%s' is not done",
                         station_title(st), station_title(session_station(s)));
}

int session_apply(struct session *s, const struct event *ev, struct err *e)
{
    bool product = ev->type == EVENT_BUNDLE_WRITTEN || ev->type == EVENT_CLOSED ||
                   (s->bundle_written && is_start(ev->type));

    err_clear(e);
    if (!s->opened && ev->type != EVENT_OPENED && ev->type != EVENT_PLAN_CHANGED)
        fold_refuse(e, "the first line does not open the ceremony");
    else if (s->closed)
        fold_refuse(e, "the ceremony is closed, and more events follow");
    else if (event_check(ev, e) == 0 && in_time(s, ev, e) == 0 && session_fold(s, ev, e) == 0) {
        if (!product) {
            s->bundle_written = false;
            s->covered = ev->n;
        }
        return 0;
    }
    return fold_line(ev, e);
}

/* Folds: the plan changes after the ceremony began. What was done before is carried over as far as
 * it fits: nothing valid is thrown away, and nothing is believed that was not verified again. */

int session_remember(struct session *s, const struct event *ev, struct err *e)
{
    if (s->nbefore == 0 && ev->type != EVENT_OPENED)
        return fold_refuse(e, "the first line does not open the ceremony");
    if (event_check(ev, e) != 0)
        return fold_line(ev, e);
    if (array_grow(&s->before, s->nbefore, sizeof *s->before, e) != 0)
        return -1;
    s->before[s->nbefore++] = *ev;
    return 0;
}

bool fold_is_unknown_start(const struct event *ev)
{
    struct json known;

    return ev->type == EVENT_RESUMED && json_get(ev->data, "journal", &known) &&
           json_text_is(known, journal_known_name(JOURNAL_UNKNOWN));
}

/* The first of them that this room knows: what people said before a start that did not know the
 * journal is not carried. */
static size_t known_from(const struct session *s)
{
    for (size_t i = s->nbefore; i-- > 0;)
        if (fold_is_unknown_start(&s->before[i]))
            return i;
    return 0;
}

/* What people vouch for: not carried over a start that did not know the journal. */
static bool is_vouched_for(enum event_type t)
{
    return t == EVENT_READINESS || t == EVENT_ROLL_CALL || t == EVENT_REVIEWED ||
           t == EVENT_BAGGED || t == EVENT_TOKEN_REPLACED || t == EVENT_KEY_DESTROYING;
}

static int carry(struct session *s, enum carry when, struct err *e)
{
    size_t known = known_from(s);
    int rc = 0;

    s->carrying = true;
    for (size_t i = 0; rc == 0 && i < s->nbefore; i++) {
        const struct event_row *row = event_row(s->before[i].type);

        if (i < known && is_vouched_for(s->before[i].type))
            continue;
        /* what does not fit any more is left */
        if (row->carry == when && session_fold(s, &s->before[i], e) != 0 && e->code == ERR_INTERNAL)
            rc = -1;
        for (size_t k = 0; i < known && k < s->plan->nseats; k++)
            s->seats[k].elsewhere = s->seats[k].key != NULL;
    }
    s->carrying = false;
    return rc;
}

int carry_onto_proposals(struct session *s, struct err *e)
{
    return carry(s, CARRY_REVIEW, e) == 0 ? carry(s, CARRY_SIGNATURE, e) : -1;
}

int fold_plan_changed(struct session *s, const struct event *ev, struct err *e)
{
    if (s->nbefore == 0 || s->opened)
        return fold_refuse(e, "the plan can't have changed there");
    for (size_t i = 0; i < s->nbefore; i++)
        if (s->before[i].type == EVENT_CLOSED)
            return fold_refuse(e, "the ceremony is closed, and more events follow");
    if (!fold_is_digest(ev->data, "plan", s->plan->sha256))
        return fold_plan_differs(e);
    s->opened = true;
    s->journal_unknown = known_from(s) > 0;
    if (carry(s, CARRY_STATE, e) != 0)
        return -1;
    s->date_again = s->journal_unknown && s->date_confirmed;
    return 0;
}
