/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/act.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ceremony/base/finding.h"
#include "ceremony/base/words.h"
#include "ceremony/rules/plan_rules.h"
#include "ceremony/rules/proposal_rules.h"

static const char *const level_names[] = {
    [CHECK_PASS] = "pass", [CHECK_WARN] = "warn", [CHECK_FAIL] = "fail"};

int act_need(const struct ceremony *c, enum station st, struct err *e)
{
    const struct session *s = ceremony_session(c);

    if (s->closed) {
        err_set(e, ERR_INCOMPLETE, "the ceremony is closed");
        return err_todo(e, "look at it with 'status' and 'transcript'; for new work, make a new "
                           "plan");
    }
    if (station_open(s, st))
        return 0;
    err_set(e, ERR_INCOMPLETE, "it is too early for '%s'", station_title(st));
    return err_todo(e, "do '%s' first", station_title(session_station(s)));
}

static int need_unsigned(const struct ceremony *c, const char *what, struct err *e)
{
    if (!session_signed_anything(ceremony_session(c)))
        return 0;
    err_set(e, ERR_INCOMPLETE, "%s can't be changed any more: something is signed", what);
    return err_todo(e, "go on with this ceremony, or start a new one in a new folder");
}

int act_readiness(struct ceremony *c, const struct readiness *r, struct err *e)
{
    cJSON *data, *checks;

    if (act_need(c, STATION_READINESS, e) != 0)
        return -1;
    data = cJSON_CreateObject();
    checks = cJSON_AddArrayToObject(data, "checks");
    for (size_t i = 0; i < r->n; i++) {
        cJSON *check = cJSON_CreateObject();

        cJSON_AddStringToObject(check, "name", r->items[i].name);
        cJSON_AddStringToObject(check, "level", level_names[r->items[i].level]);
        cJSON_AddStringToObject(check, "text", r->items[i].text);
        cJSON_AddItemToArray(checks, check);
    }
    return act_take(c, EVENT_READINESS, data, e);
}

int date_parse(const char *text, utc_t *out, struct err *e)
{
    struct bytes full;
    int rc;

    bytes_init(&full);
    bytes_printf(&full, "%sT00:00:00Z", text);
    rc = bytes_failed(&full) ? err_oom(e) : utc_parse(bytes_span(&full), out, e);
    bytes_clear(&full);
    if (rc == 0 || e->code != ERR_INPUT)
        return rc;
    err_set(e, ERR_INPUT, "'%s' is no date", text);
    return err_todo(e, "write it in UTC as year-month-day, for example 2026-11-23");
}

int64_t date_differs(utc_t date, utc_t now)
{
    utc_t today = now - now % UTC_DAY;
    int64_t days = (date > today ? date - today : today - date) / UTC_DAY;

    return days > 1 ? days : 0;
}

/* Metadata that was signed on a later day can't be in force. A day's grace, for time zones. */
static int not_before_history(const struct plan *p, utc_t date, struct err *e)
{
    char day[UTC_SIZE];

    if (!p->has_day || date + UTC_DAY > p->day)
        return 0;
    utc_format(p->day, day);
    err_set(e, ERR_PLAN, "that is before %.10s, when the metadata in force was signed", day);
    return err_todo(e, "look at another watch, and type the right date");
}

int act_confirm_date(struct ceremony *c, utc_t date, struct err *e)
{
    cJSON *data;
    char text[UTC_SIZE];

    if (need_unsigned(c, "the date", e) != 0 || not_before_history(ceremony_plan(c), date, e) != 0)
        return -1;
    utc_format(date, text);
    text[strlen("2026-11-23")] = '\0';
    data = cJSON_CreateObject();
    cJSON_AddStringToObject(data, "date", text);
    return act_take(c, EVENT_DATE_CONFIRMED, data, e);
}

/* What a rule refuses is not done; what it warns of, and is done all the same, is recorded in
 * `data`. */
static int allowed(const struct findings *f, const char *where, cJSON *data, struct err *e)
{
    cJSON *list = NULL, *item;

    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].level == FINDING_REFUSAL) {
            err_set(e, ERR_PLAN, "%s", f->items[i].text);
            err_in(e, "%s, rule '%s'", where, f->items[i].rule);
            return err_todo(e, "%s", f->items[i].todo);
        }
    for (size_t i = 0; i < f->n; i++) {
        if (f->items[i].level != FINDING_WARNING)
            continue;
        if (list == NULL)
            list = cJSON_AddArrayToObject(data, "in_spite_of");
        item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "rule", f->items[i].rule);
        cJSON_AddStringToObject(item, "text", f->items[i].text);
        cJSON_AddItemToArray(list, item);
    }
    return 0;
}

static int plan_allowed(const struct session *s, cJSON *data, struct err *e)
{
    struct findings f;
    int rc;

    if (plan_rules_check(s->plan, s->date, &f, e) != 0)
        return -1;
    rc = allowed(&f, "plan.json", data, e);
    findings_clear(&f);
    return rc;
}

static int group_allowed(const struct session *s, size_t group, cJSON *data, struct err *e)
{
    struct findings f;
    int rc;

    if (proposal_rules_check(s, group, &f, e) != 0)
        return -1;
    rc = allowed(&f, session_group_name(s, group), data, e);
    findings_clear(&f);
    return rc;
}

int act_accept_plan(struct ceremony *c, const char *word, struct err *e)
{
    const struct plan *p = ceremony_plan(c);
    char hex[SHA256_HEX_SIZE];
    cJSON *data;

    if (act_need(c, STATION_PLAN, e) != 0 || need_unsigned(c, "the plan", e) != 0)
        return -1;
    data = cJSON_CreateObject();
    if (plan_allowed(ceremony_session(c), data, e) != 0) {
        cJSON_Delete(data);
        return -1;
    }
    if (strcasecmp(word, word_of(p->sha256[0], 0)) != 0) {
        cJSON_Delete(data);
        err_set(e, ERR_PLAN, "'%s' is not the first word of the plan's digest", word);
        return err_todo(e, "compare the digest with the one that was sent around, then type its "
                           "first word");
    }
    hex_of(p->sha256, SHA256_SIZE, hex);
    cJSON_AddStringToObject(data, "plan", hex);
    cJSON_AddStringToObject(data, "word", word_of(p->sha256[0], 0));
    return act_take(c, EVENT_PLAN_ACCEPTED, data, e);
}

int act_plan_changed(struct ceremony *c, const char *word, struct err *e)
{
    const struct plan *p = ceremony_plan(c);
    char hex[SHA256_HEX_SIZE];
    cJSON *data;

    if (strcasecmp(word, word_of(p->sha256[0], 0)) != 0) {
        err_set(e, ERR_PLAN, "'%s' is not the first word of the new plan's digest", word);
        return err_todo(e, "compare the digest with the one that was sent around, then type its "
                           "first word");
    }
    hex_of(p->sha256, SHA256_SIZE, hex);
    data = cJSON_CreateObject();
    cJSON_AddStringToObject(data, "plan", hex);
    return act_take(c, EVENT_PLAN_CHANGED, data, e);
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
        return err_todo(e, "say who leads the room");
    }
    data = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(data, "present");
    for (size_t i = 0; i < p->nholders; i++)
        if (present[i])
            cJSON_AddItemToArray(list, cJSON_CreateString(p->holders[i].name));
    cJSON_AddStringToObject(data, "administrator", administrator);
    list = cJSON_AddArrayToObject(data, "witnesses");
    for (size_t i = 0; i < nwitnesses; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(witnesses[i]));
    return act_take(c, EVENT_ROLL_CALL, data, e);
}

int act_enrol(struct ceremony *c, struct span data, struct err *e)
{
    return act_need(c, STATION_ENROLMENT, e) == 0 && need_unsigned(c, "the keys", e) == 0
               ? act_span(c, EVENT_KEY_ENROLLED, data, e)
               : -1;
}

int act_withdraw_key(struct ceremony *c, size_t seat, struct err *e)
{
    cJSON *data;

    if (act_need(c, STATION_ENROLMENT, e) != 0 || need_unsigned(c, "the keys", e) != 0)
        return -1;
    data = cJSON_CreateObject();
    cJSON_AddStringToObject(data, "role",
                            ceremony_plan(c)->roles[ceremony_plan(c)->seats[seat].role].name);
    cJSON_AddStringToObject(data, "holder", session_holder_name(ceremony_session(c), seat));
    return act_take(c, EVENT_KEY_WITHDRAWN, data, e);
}

static int destroy_event(struct ceremony *c, enum event_type type, size_t seat, struct err *e)
{
    const struct session *s = ceremony_session(c);
    cJSON *data;

    if (act_need(c, STATION_ONE_TIME, e) != 0)
        return -1;
    data = cJSON_CreateObject();
    cJSON_AddStringToObject(data, "role", s->plan->roles[s->plan->seats[seat].role].name);
    cJSON_AddStringToObject(data, "holder", session_holder_name(s, seat));
    cJSON_AddStringToObject(data, "keyid", key_id(s->seats[seat].key));
    return act_take(c, type, data, e);
}

int act_key_destroying(struct ceremony *c, size_t seat, struct err *e)
{
    return destroy_event(c, EVENT_KEY_DESTROYING, seat, e);
}

int act_key_destroyed(struct ceremony *c, size_t seat, struct err *e)
{
    return destroy_event(c, EVENT_KEY_DESTROYED, seat, e);
}

static cJSON *about(const struct proposal *p)
{
    cJSON *data = cJSON_CreateObject();

    cJSON_AddStringToObject(data, "role", p->role);
    cJSON_AddNumberToObject(data, "version", (double)p->version);
    cJSON_AddStringToObject(data, "sha256", p->sha256);
    return data;
}

int act_review(struct ceremony *c, size_t group, struct err *e)
{
    const struct session *s = ceremony_session(c);
    const struct proposal_group *g = &s->groups[group];
    cJSON *data;

    if (act_need(c, STATION_REVIEW, e) != 0)
        return -1;
    if (g->n == 1)
        data = about(&s->proposals[g->first]);
    else {
        data = cJSON_CreateObject();
        cJSON_AddStringToObject(data, "role", session_group_name(s, group));
        cJSON_AddNumberToObject(data, "files", (double)g->n);
        cJSON_AddStringToObject(data, "sha256", g->sha256);
    }
    if (group_allowed(s, group, data, e) != 0) {
        cJSON_Delete(data);
        return -1;
    }
    return act_take(c, EVENT_REVIEWED, data, e);
}

cJSON *act_token(const struct token_info *t)
{
    cJSON *token = cJSON_CreateObject();

    cJSON_AddStringToObject(token, "manufacturer", t->manufacturer);
    cJSON_AddStringToObject(token, "model", t->model);
    cJSON_AddStringToObject(token, "serial", t->id.serial);
    cJSON_AddStringToObject(token, "label", t->id.label);
    cJSON_AddStringToObject(token, "firmware", t->firmware);
    cJSON_AddStringToObject(token, "module", t->id.module);
    return token;
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
        bytes_printf(out, ",\"token\":%s", text);
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

    bytes_put_str(out, "{\"holder\":");
    json_put_string(out, span_str(session_holder_name(s, seat)));
    bytes_printf(out, ",\"keyid\":\"%s\",\"role\":", key_id(s->seats[seat].key));
    json_put_string(out, span_str(p->role));
    bytes_printf(out, ",\"sha256\":\"%s\",\"sig\":\"", p->sha256);
    bytes_put_hex(out, sig);
    bytes_put_u8(out, '"');
    put_first_token(&s->seats[seat], token, out);
    bytes_printf(out, ",\"version\":%" PRId64 "}", p->version);
}

int act_signature(struct ceremony *c, size_t proposal, size_t seat, const struct token_info *token,
                  struct span sig, struct err *e)
{
    struct bytes data;
    int rc;

    bytes_init(&data);
    put_signature(ceremony_session(c), proposal, seat, token, sig, &data);
    rc = bytes_failed(&data) ? err_oom(e) : act_draft(c, EVENT_SIGNATURE, bytes_span(&data), e);
    bytes_clear(&data);
    if (rc == 0 || e->code != ERR_SIGNATURE)
        return rc;
    err_set(e, ERR_SIGNATURE, "the token gave a signature that does not verify");
    return err_todo(e, "it is not counted; sign again, and if it happens twice use another token "
                       "and do not trust this one");
}

int act_skip(struct ceremony *c, size_t holder, const char *reason, struct err *e)
{
    cJSON *data;

    if (act_need(c, STATION_ROLL_CALL, e) != 0)
        return -1;
    data = cJSON_CreateObject();
    cJSON_AddStringToObject(data, "holder", ceremony_plan(c)->holders[holder].name);
    cJSON_AddStringToObject(data, "reason", reason);
    return act_take(c, EVENT_SKIPPED, data, e);
}

int act_bundle(struct ceremony *c, const char *destination, const char *manifest_sha256,
               struct err *e)
{
    cJSON *data;

    if (act_need(c, STATION_BUNDLE, e) != 0)
        return -1;
    data = cJSON_CreateObject();
    cJSON_AddStringToObject(data, "destination", destination);
    cJSON_AddStringToObject(data, "manifest", manifest_sha256);
    return act_take(c, EVENT_BUNDLE_WRITTEN, data, e);
}

int act_close(struct ceremony *c, const char *transcript, const char *manifest, struct err *e)
{
    cJSON *data;

    if (act_need(c, STATION_CLOSING, e) != 0)
        return -1;
    data = cJSON_CreateObject();
    cJSON_AddStringToObject(data, "transcript", transcript);
    cJSON_AddStringToObject(data, "manifest", manifest);
    return act_take(c, EVENT_CLOSED, data, e);
}
