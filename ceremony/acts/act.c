/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/act.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "ceremony/acts/journal_rules.h"
#include "ceremony/base/words.h"

cJSON *act_data(const char *member, ...)
{
    cJSON *data = cJSON_CreateObject();
    va_list ap;

    va_start(ap, member);
    for (; member != NULL; member = va_arg(ap, const char *))
        data = act_add(data, member, cJSON_CreateString(va_arg(ap, const char *)));
    va_end(ap);
    return data;
}

cJSON *act_add(cJSON *data, const char *member, cJSON *value)
{
    if (data != NULL && value != NULL && cJSON_AddItemToObject(data, member, value))
        return data;
    cJSON_Delete(value);
    cJSON_Delete(data);
    return NULL;
}

cJSON *act_seat(const struct ceremony *c, size_t seat)
{
    const struct plan *p = ceremony_plan(c);

    return act_data("role", p->roles[p->seats[seat].role].name, "holder",
                    session_holder_name(ceremony_session(c), seat), NULL);
}

int act_need(const struct ceremony *c, enum station st, struct err *e)
{
    static const char *const commands[STATIONS] = {[STATION_READINESS] = "doctor --record",
                                                   [STATION_PLAN] = "accept",
                                                   [STATION_ROLL_CALL] = "roll-call",
                                                   [STATION_ENROLMENT] = "enrol",
                                                   [STATION_REVIEW] = "review",
                                                   [STATION_SIGNATURES] = "sign",
                                                   [STATION_CLIENT_VIEW] = "bundle",
                                                   [STATION_ONE_TIME] = "destroy",
                                                   [STATION_BUNDLE] = "bundle",
                                                   [STATION_CLOSING] = "close"};
    const struct session *s = ceremony_session(c);
    enum station missing;

    if (s->closed) {
        err_set(e, ERR_INCOMPLETE, "the ceremony is closed");
        return err_todo(e, "look at it with 'status' and 'transcript'; for new work, make a new "
                           "plan");
    }
    if (station_open(s, st))
        return 0;
    err_set(e, ERR_INCOMPLETE, "it is too early for '%s'", station_title(st));
    missing = session_station(s);
    return err_todo(e, "do '%s' first: in the walk, or by the command '%s'", station_title(missing),
                    missing == STATION_READINESS && s->readiness_done ? "accept --date"
                                                                      : commands[missing]);
}

int act_need_unsigned(const struct ceremony *c, const char *what, struct err *e)
{
    if (!session_signed_anything(ceremony_session(c)))
        return 0;
    err_set(e, ERR_INCOMPLETE, "%s can't be changed any more: something is signed", what);
    return err_todo(e, "continue this ceremony, or start a new one in a new folder");
}

/* Something is signed, and it is not asked for again. */
static bool is_fixed(bool again, const struct ceremony *c, const char *what, struct err *e)
{
    return !again && act_need_unsigned(c, what, e) != 0;
}

int act_readiness(struct ceremony *c, const struct readiness *r, struct err *e)
{
    cJSON *data, *checks;

    if (act_need(c, STATION_READINESS, e) != 0)
        return -1;
    data = cJSON_CreateObject();
    checks = cJSON_AddArrayToObject(data, "checks");
    for (size_t i = 0; i < r->n; i++)
        cJSON_AddItemToArray(checks, act_data("name", r->items[i].name, "level",
                                              check_level_name(r->items[i].level), "text",
                                              r->items[i].text, NULL));
    return act_take(c, EVENT_READINESS, data, e);
}

int64_t date_differs(utc_t date, utc_t now)
{
    utc_t today = now - now % UTC_DAY;
    int64_t days = (date > today ? date - today : today - date) / UTC_DAY;

    return days > 1 ? days : 0;
}

/* What is signed was made on the ceremony's date. */
static int not_before_signing(const struct session *s, utc_t date, struct err *e)
{
    if (!session_signed_anything(s) || date >= s->date)
        return 0;
    err_set(e, ERR_PLAN, "that is before %s, the date of what is signed here",
            utc_text(s->date).day);
    return err_todo(e, "look at another watch, and type the right date");
}

int act_confirm_date(struct ceremony *c, utc_t date, struct err *e)
{
    if (is_fixed(ceremony_session(c)->date_again, c, "the date", e) ||
        date_possible(ceremony_plan(c), date, e) != 0 ||
        not_before_signing(ceremony_session(c), date, e) != 0)
        return -1;
    return act_take(c, EVENT_DATE_CONFIRMED, act_data("date", utc_text(date).day, NULL), e);
}

static int check_word(const struct plan *p, const char *word, const char *whose, struct err *e)
{
    if (strcasecmp(word, word_of(p->sha256[0], 0)) == 0)
        return 0;
    err_set(e, ERR_PLAN, "'%s' is not the first word of the %s's digest", word, whose);
    return err_todo(e,
                    "compare the digest with the one that was sent beforehand, then type its first "
                    "word");
}

int act_accept_plan(struct ceremony *c, const char *word, struct err *e)
{
    const struct session *s = ceremony_session(c);
    struct bytes data = {0};
    int rc = -1;

    if (act_need(c, STATION_PLAN, e) == 0 && !is_fixed(s->plan_again, c, "the plan", e) &&
        plan_accepted_data(s, &data, e) == 0 && check_word(s->plan, word, "plan", e) == 0)
        rc = act_span(c, EVENT_PLAN_ACCEPTED, bytes_span(&data), e);
    bytes_clear(&data);
    return rc;
}

int act_plan_changed(struct ceremony *c, const char *word, struct err *e)
{
    const struct plan *p = ceremony_plan(c);
    char hex[SHA256_HEX_SIZE];

    hex_of(p->sha256, SHA256_SIZE, hex);
    return check_word(p, word, "new plan", e) == 0
               ? act_take(c, EVENT_PLAN_CHANGED, act_data("plan", hex, NULL), e)
               : -1;
}

int act_roll_call(struct ceremony *c, const bool *present, const char *administrator,
                  const char *const *witnesses, size_t nwitnesses, struct err *e)
{
    const struct plan *p = ceremony_plan(c);
    cJSON *data, *list;

    if (act_need(c, STATION_ROLL_CALL, e) != 0)
        return -1;
    if (administrator[0] == '\0') {
        err_set(e, ERR_INCOMPLETE, "the ceremony administrator is not named");
        return err_todo(e, "name who leads the room");
    }
    if (room_possible(p, administrator, witnesses, nwitnesses, e) != 0)
        return -1;
    data = act_data("administrator", administrator, NULL);
    list = cJSON_AddArrayToObject(data, "present");
    for (size_t i = 0; i < p->nholders; i++)
        if (present[i])
            cJSON_AddItemToArray(list, cJSON_CreateString(p->holders[i].name));
    list = cJSON_AddArrayToObject(data, "witnesses");
    for (size_t i = 0; i < nwitnesses; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(witnesses[i]));
    return act_take(c, EVENT_ROLL_CALL, data, e);
}

int act_review(struct ceremony *c, size_t group, struct err *e)
{
    struct bytes data = {0};
    int rc = -1;

    if (act_need(c, STATION_REVIEW, e) == 0 &&
        reviewed_data(ceremony_session(c), group, &data, e) == 0)
        rc = act_span(c, EVENT_REVIEWED, bytes_span(&data), e);
    bytes_clear(&data);
    return rc;
}

cJSON *act_token(const struct token_info *t)
{
    return act_data("manufacturer", t->manufacturer, "model", t->model, "serial", t->id.serial,
                    "label", t->id.label, "firmware", t->firmware, "module", t->id.module, NULL);
}

int act_skip(struct ceremony *c, size_t holder, const char *reason, struct err *e)
{
    return act_need(c, STATION_ROLL_CALL, e) == 0
               ? act_take(c, EVENT_SKIPPED,
                          act_data("holder", ceremony_plan(c)->holders[holder].name, "reason",
                                   reason, NULL),
                          e)
               : -1;
}

int act_close(struct ceremony *c, const char *transcript, const char *manifest, struct err *e)
{
    return act_need(c, STATION_CLOSING, e) == 0
               ? act_take(c, EVENT_CLOSED,
                          act_data("transcript", transcript, "manifest", manifest, NULL), e)
               : -1;
}

int act_pin_refused(struct ceremony *c, const struct token_info *token, long holder,
                    struct err *why)
{
    struct err disk;
    cJSON *data;

    if (why->code != ERR_PIN || ceremony_session(c)->closed)
        return -1;
    data = act_data("reason", why->what, NULL);
    if (holder >= 0)
        data = act_add(data, "holder", cJSON_CreateString(ceremony_plan(c)->holders[holder].name));
    data = act_add(data, "token", act_token(token));
    if (act_take(c, EVENT_PIN_REFUSED, data, &disk) != 0) {
        *why = disk;
        err_in(why, "recording that a PIN was refused");
    }
    return -1;
}

int act_bag(struct ceremony *c, size_t holder, const char *bag, struct err *e)
{
    return bag_possible(bag, e) == 0 && act_need(c, STATION_SIGNATURES, e) == 0
               ? act_take(
                     c, EVENT_BAGGED,
                     act_data("holder", ceremony_plan(c)->holders[holder].name, "bag", bag, NULL),
                     e)
               : -1;
}
