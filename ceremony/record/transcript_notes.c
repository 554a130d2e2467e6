/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader of the transcript should not have to search for. */
#include <string.h>

#include "ceremony/record/transcript_event.h"
#include "ceremony/record/transcript_part.h"
#include "ceremony/session/session_fold.h"
#include "metadata/base/plain.h"

bool transcript_signed(const struct session *s, size_t seat)
{
    for (size_t i = 0; i < s->nproposals; i++)
        if (session_has_signed(s, i, seat))
            return true;
    return false;
}

/* The serial of the token at which a PIN was refused. */
static bool refused_at(const struct event *ev, struct json *serial)
{
    struct json token;

    return ev->type == EVENT_PIN_REFUSED && json_get(ev->data, "token", &token) &&
           json_kind(token) == JSON_OBJECT && json_get(token, "serial", serial);
}

/* How many of the lines from..end are PINs refused at that token. */
static size_t refusals(const struct journal *j, size_t from, size_t end, struct json serial)
{
    struct json other;
    size_t n = 0;

    for (size_t i = from; i < end; i++)
        n +=
            refused_at(journal_event(j, i), &other) && span_eq(json_span(other), json_span(serial));
    return n;
}

static void put_refusals(const struct journal *j, size_t count, struct bytes *out)
{
    struct json serial;

    for (size_t i = 0; i < count; i++) {
        const struct event *ev = journal_event(j, i);

        if (!refused_at(ev, &serial) || refusals(j, 0, i, serial) > 0)
            continue;
        bytes_printf(out, "PINs refused: %zu, by token ", refusals(j, i, count, serial));
        transcript_put("{token.serial} \"{token.label}\"\n", ev->data, out);
    }
}

static void put_starts(const struct journal *j, size_t count, struct bytes *out)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += journal_event(j, i)->type == EVENT_RESUMED;
    if (n > 0)
        bytes_printf(out, "The program was started again %zu time%s; see below\n", n,
                     n == 1 ? "" : "s");
}

static void put_date(const struct journal *j, size_t count, struct bytes *out)
{
    struct bytes words = {0};

    for (size_t i = 0; i < count; i++)
        if (journal_event(j, i)->type == EVENT_DATE_CONFIRMED) {
            bytes_truncate(&words, 0); /* the last one counts */
            transcript_clock(journal_event(j, i), "", &words);
        }
    if (words.n > 0)
        bytes_printf(out, "The confirmed date is %s\n", bytes_str(&words));
    bytes_done(&words, out);
}

/* Warnings that the room passed, each once for what it was passed by. */
static void put_passed(const struct journal *j, size_t count, struct bytes *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct event *ev = journal_event(j, i);
        struct json list, item;

        if (!json_get(ev->data, "overridden", &list) || json_kind(list) != JSON_ARRAY)
            continue;
        for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &item);) {
            bytes_put_str(out, ev->type == EVENT_REVIEWED ? "Warning overridden at review: "
                                                          : "Warning overridden at the plan: ");
            transcript_warning(item, out);
            bytes_put_u8(out, '\n');
        }
    }
}

static void put_backward(const struct journal *j, size_t count, struct bytes *out)
{
    struct bytes lines = {0};

    journal_put_backward(j, count, &lines);
    if (lines.n > 0)
        bytes_printf(out, "The machine's clock went back:\n%s", bytes_str(&lines));
    bytes_done(&lines, out);
}

static void put_unseen(const struct session *s, struct bytes *out)
{
    for (size_t i = 0; i < s->plan->nseats; i++) {
        if (s->seats[i].key == NULL || s->plan->seats[i].lost || transcript_signed(s, i))
            continue;
        bytes_put_str(out, "Not seen to sign in this ceremony: the key of ");
        plain_put_str(out, session_holder_name(s, i));
        bytes_printf(out, " for %s\n", s->plan->roles[s->plan->seats[i].role].name);
    }
}

/* What the machine was warned of, as often as that changed. */
static void put_machine(const struct journal *j, size_t count, struct bytes *out)
{
    struct bytes before = {0}, now;
    struct err ignored;

    for (size_t i = 0; i < count; i++) {
        const struct event *ev = journal_event(j, i);

        if (ev->type != EVENT_READINESS)
            continue;
        now = (struct bytes){0};
        (void)transcript_event(ev, &now, &ignored);
        if (strstr(bytes_str(&now), "warned: ") != NULL &&
            !span_eq(bytes_span(&now), bytes_span(&before)))
            bytes_printf(out, "%s\n", bytes_str(&now));
        bytes_done(&before, out);
        before = now;
    }
    bytes_done(&before, out);
}

/* Starts that did not know what stands before them. */
static void put_unknown(const struct journal *j, size_t count, struct bytes *out)
{
    for (size_t i = 0; i < count; i++)
        if (fold_is_unknown_start(journal_event(j, i)))
            bytes_printf(
                out,
                "This machine did not know the journal's first %zu lines: what people said "
                "there (the date, plan, roll call, reviews, bags, backups, destroyed keys) "
                "does not count; signatures do, for they were verified again\n",
                i);
}

void transcript_notes(const struct session *s, const struct journal *j, size_t count,
                      struct bytes *out)
{
    size_t begin = out->n;

    put_date(j, count, out);
    put_machine(j, count, out);
    put_passed(j, count, out);
    put_refusals(j, count, out);
    put_starts(j, count, out);
    put_unknown(j, count, out);
    put_backward(j, count, out);
    put_unseen(s, out);
    if (out->n == begin)
        bytes_put_str(out, "No warning was passed, no PIN refused; every key signed.\n");
}
