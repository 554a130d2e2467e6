/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/record/transcript_event.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/ceremony.h"
#include "ceremony/record/transcript_part.h"
#include "ceremony/session/token_act.h"
#include "metadata/base/plain.h"

/* What failed, what was warned of; what modules may connect to is always a warning. */
static void put_checks(struct json checks, struct bytes *out)
{
    static const char *const levels[] = {"fail", "warn"};
    struct json check, level;
    unsigned n[2] = {0, 0};
    struct bytes words = {0};

    for (size_t i = 0; i < 2; i++) {
        for (struct json_iter it = json_iter_of(checks); json_next(&it, NULL, &check);)
            if (json_get(check, "level", &level) && json_text_is(level, levels[i])) {
                bytes_put_str(&words, n[0] + n[1] == 0 ? ": " : "; ");
                transcript_put("{text}", check, &words);
                n[i]++;
            }
    }
    bytes_printf(out, "%u failed, %u warned", n[0], n[1]);
    bytes_put_span(out, bytes_span(&words));
    bytes_done(&words, out);
}

void transcript_warning(struct json item, struct bytes *out)
{
    transcript_put("{text} (rule '{rule}')", item, out);
}

static void put_warnings(struct json list, struct bytes *out)
{
    struct json item;
    struct json_iter it;
    const char *between = "";

    it = json_iter_of(list);
    for (; json_next(&it, NULL, &item); between = "; ") {
        bytes_put_str(out, between);
        transcript_warning(item, out);
    }
}

static void put_text(struct json v, size_t from, size_t to, struct bytes *out)
{
    struct bytes text = {0}, plain = {0};

    json_text(v, &text);
    plain_put(&plain, bytes_span(&text));
    if (plain.n > from)
        bytes_put(out, plain.p + from, (plain.n < to ? plain.n : to) - from);
    bytes_done(&text, out);
    bytes_done(&plain, out);
}

/* One member in words. */
static void put_value(const char *name, struct json v, size_t from, size_t to, struct bytes *out)
{
    enum json_kind kind = json_kind(v);

    if (kind == JSON_ARRAY && strcmp(name, "checks") == 0)
        put_checks(v, out);
    else if (kind == JSON_ARRAY && strcmp(name, "overridden") == 0)
        put_warnings(v, out);
    else if (kind == JSON_ARRAY)
        bytes_printf(out, "%zu", json_count(v));
    else if (kind == JSON_STRING && strcmp(name, "act") == 0)
        bytes_put_str(
            out, token_act_find(v) < 0 ? "?" : token_act_words((enum token_act)token_act_find(v)));
    else if (kind == JSON_STRING)
        put_text(v, from, to, out);
    else if (kind == JSON_INTEGER)
        bytes_printf(out, "%" PRId64, json_integer(v));
    else
        bytes_put_u8(out, '?');
}

/* "{token.serial:8}": appended, "?" when it is not there. Returns whether it is there. */
static bool put_member(const char *form, struct json data, struct bytes *out)
{
    char name[32];
    size_t n = strcspn(form, ".:+}"), from = 0, to = SIZE_MAX;

    snprintf(name, sizeof name, "%.*s", (int)n, form);
    if (!json_get(data, name, &data)) {
        bytes_put_u8(out, '?');
        return false;
    }
    if (form[n] == '.')
        return put_member(form + n + 1, data, out);
    if (form[n] == ':')
        to = strtoul(form + n + 1, NULL, 10);
    if (form[n] == '+')
        from = strtoul(form + n + 1, NULL, 10);
    put_value(name, data, from, to, out);
    return true;
}

void transcript_put(const char *form, struct json data, struct bytes *out)
{
    size_t optional = SIZE_MAX; /* where it began */
    bool there = true;

    for (; *form != '\0'; form++)
        if (*form == '[') {
            optional = out->n;
            there = true;
        } else if (*form == ']' && optional != SIZE_MAX) {
            if (!there)
                bytes_truncate(out, optional);
            optional = SIZE_MAX;
        } else if (*form == '{') {
            there = put_member(form + 1, data, out) && there;
            form += strcspn(form, "}");
        } else
            bytes_put_u8(out, (uint8_t)*form);
}

void transcript_clock(const struct event *ev, const char *before, struct bytes *out)
{
    struct json date;
    struct err ignored;
    utc_t day;

    if (json_get(ev->data, "date", &date) && json_kind(date) == JSON_STRING &&
        utc_parse_day(json_inside(date), &day, &ignored) == 0 && date_differs(day, ev->time) > 0)
        bytes_printf(out, "%s%" PRId64 " days from the machine's clock", before,
                     date_differs(day, ev->time));
}

int transcript_event(const struct event *ev, struct bytes *out, struct err *e)
{
    transcript_put(event_row(ev->type)->sentence, ev->data, out);
    if (ev->type == EVENT_DATE_CONFIRMED)
        transcript_clock(ev, ", ", out);
    return bytes_failed(out) ? err_oom(e) : 0;
}
