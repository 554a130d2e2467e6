/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/record/transcript_event.h"

#include <assert.h>
#include <inttypes.h>

#include "ceremony/acts/ceremony.h"
#include "ceremony/acts/token_admin.h"
#include "ceremony/record/transcript_part.h"
#include "metadata/base/plain.h"

void transcript_member(struct json data, const char *member, struct bytes *out)
{
    struct json v;
    struct bytes text;

    if (!json_get(data, member, &v) || json_kind(v) != JSON_STRING) {
        bytes_put_u8(out, '?');
        return;
    }
    bytes_init(&text);
    json_text(v, &text);
    plain_put(out, bytes_span(&text));
    bytes_done(&text, out);
}

void transcript_start(struct json data, const char *member, size_t n, struct bytes *out)
{
    struct bytes text;

    bytes_init(&text);
    transcript_member(data, member, &text);
    bytes_put(out, text.p, text.n < n ? text.n : n);
    bytes_done(&text, out);
}

/* The program, and the SHA-256 of its file as far as it is recorded. */
static void put_program(struct json d, struct bytes *out)
{
    struct json binary;
    struct bytes hex;

    transcript_member(d, "program", out);
    if (!json_get(d, "binary", &binary))
        return;
    bytes_init(&hex);
    transcript_member(d, "binary", &hex);
    bytes_printf(out, ", SHA-256 of its file %.32s", bytes_str(&hex));
    if (hex.n > SHA256_SIZE) /* two halves, each on a line of its own */
        bytes_printf(out, " %s", bytes_str(&hex) + SHA256_SIZE);
    bytes_done(&hex, out);
}

static void tell_opened(struct json d, struct bytes *out)
{
    bytes_put_str(out, "ceremony opened with ");
    put_program(d, out);
}

static void tell_resumed(struct json d, struct bytes *out)
{
    bytes_put_str(out, "started again, with ");
    put_program(d, out);
}

/* What failed, what was warned of; what modules may connect to is always a warning. */
static void tell_readiness(struct json d, struct bytes *out)
{
    static const char *const levels[] = {"fail", "warn"};
    struct json checks, check, level;
    struct json_iter it;
    unsigned n[2] = {0, 0};
    struct bytes words;

    bytes_init(&words);
    for (size_t i = 0; i < 2; i++) {
        if (!json_get(d, "checks", &checks) || json_kind(checks) != JSON_ARRAY)
            break;
        json_iter_init(&it, checks);
        while (json_next(&it, NULL, &check))
            if (json_kind(check) == JSON_OBJECT && json_get(check, "level", &level) &&
                json_text_is(level, levels[i])) {
                bytes_put_str(&words, n[0] + n[1] == 0 ? ": " : "; ");
                transcript_member(check, "text", &words);
                n[i]++;
            }
    }
    bytes_printf(out, "machine checked: %u failed, %u warned", n[0], n[1]);
    bytes_put_span(out, bytes_span(&words));
    bytes_done(&words, out);
}

static void tell_date(struct json d, struct bytes *out)
{
    bytes_put_str(out, "the room confirmed the date ");
    transcript_member(d, "date", out);
}

void transcript_warning(struct json item, struct bytes *out)
{
    if (json_kind(item) == JSON_OBJECT) {
        transcript_member(item, "text", out);
        bytes_put_str(out, " (rule '");
        transcript_member(item, "rule", out);
        bytes_put_str(out, "')");
    } else /* journals of format 1 name the rule alone */
        plain_put(out, json_span(item));
}

/* Warnings that the room decided to pass. */
static void put_spite(struct json d, struct bytes *out)
{
    struct json list, item;
    struct json_iter it;
    bool first = true;

    if (!json_get(d, "in_spite_of", &list) || json_kind(list) != JSON_ARRAY)
        return;
    json_iter_init(&it, list);
    while (json_next(&it, NULL, &item)) {
        bytes_put_str(out, first ? ", in spite of: " : "; ");
        transcript_warning(item, out);
        first = false;
    }
}

static void tell_plan(struct json d, struct bytes *out)
{
    bytes_put_str(out, "plan accepted, by the word '");
    transcript_member(d, "word", out);
    bytes_put_str(out, "'");
    put_spite(d, out);
}

static void tell_roll_call(struct json d, struct bytes *out)
{
    struct json present;

    bytes_printf(out, "roll call: %zu keyholders present",
                 json_get(d, "present", &present) && json_kind(present) == JSON_ARRAY
                     ? json_count(present)
                     : (size_t)0);
}

static void put_token(struct json d, struct bytes *out)
{
    struct json token;

    bytes_put_str(out, "token ");
    if (json_get(d, "token", &token) && json_kind(token) == JSON_OBJECT)
        transcript_member(token, "serial", out);
}

static void tell_generating(struct json d, struct bytes *out)
{
    transcript_member(d, "holder", out);
    bytes_put_str(out, ": a key is about to be made, ");
    put_token(d, out);
}

static void tell_pin_refused(struct json d, struct bytes *out)
{
    struct json holder;

    if (json_get(d, "holder", &holder)) {
        transcript_member(d, "holder", out);
        bytes_put_str(out, ": ");
    }
    bytes_put_str(out, "a PIN was refused, ");
    put_token(d, out);
    bytes_put_str(out, ": ");
    transcript_member(d, "reason", out);
}

static void tell_bagged(struct json d, struct bytes *out)
{
    bytes_put_str(out, "the token of ");
    transcript_member(d, "holder", out);
    bytes_put_str(out, " goes into bag ");
    transcript_member(d, "bag", out);
}

static void tell_enrolled(struct json d, struct bytes *out)
{
    transcript_member(d, "holder", out);
    bytes_put_str(out, ": key enrolled, ");
    put_token(d, out);
}

static void tell_withdrawn(struct json d, struct bytes *out)
{
    transcript_member(d, "holder", out);
    bytes_put_str(out, ": key withdrawn");
}

static void put_about(struct json d, struct bytes *out)
{
    struct json version, files;

    transcript_member(d, "role", out);
    if (json_get(d, "files", &files) && json_kind(files) == JSON_INTEGER)
        bytes_printf(out, ", %" PRId64 " files", json_integer(files));
    if (json_get(d, "version", &version) && json_kind(version) == JSON_INTEGER)
        bytes_printf(out, " v%" PRId64, json_integer(version));
}

static void put_one_time_key(struct json d, struct bytes *out)
{
    bytes_put_str(out, "the key of ");
    transcript_member(d, "holder", out);
    bytes_put_str(out, " for ");
    transcript_member(d, "role", out);
    bytes_put_str(out, ", ");
    transcript_start(d, "keyid", 16, out);
    bytes_put_str(out, "..., ");
}

static void tell_destroying(struct json d, struct bytes *out)
{
    put_one_time_key(d, out);
    bytes_put_str(out, "was seen on its token, to be destroyed");
}

static void tell_destroyed(struct json d, struct bytes *out)
{
    put_one_time_key(d, out);
    bytes_put_str(out, "was destroyed on its token, and is gone");
}

static void tell_reviewed(struct json d, struct bytes *out)
{
    bytes_put_str(out, "reviewed ");
    put_about(d, out);
    bytes_put_str(out, ", ");
    transcript_start(d, "sha256", 16, out);
    bytes_put_str(out, "...");
    put_spite(d, out);
}

void transcript_signer(struct json d, struct bytes *out)
{
    struct json token;

    bytes_put_str(out, "key ");
    transcript_start(d, "keyid", 8, out);
    if (json_get(d, "token", &token) && json_kind(token) == JSON_OBJECT) {
        bytes_put_str(out, ", token ");
        transcript_member(token, "serial", out);
    }
}

static void tell_signature(struct json d, struct bytes *out)
{
    transcript_member(d, "holder", out);
    bytes_put_str(out, " signed ");
    put_about(d, out);
    bytes_put_str(out, ", ");
    transcript_signer(d, out);
}

static void tell_skipped(struct json d, struct bytes *out)
{
    transcript_member(d, "holder", out);
    bytes_put_str(out, " skipped: ");
    transcript_member(d, "reason", out);
}

static void tell_client(struct json d, struct bytes *out)
{
    (void)d;
    bytes_put_str(out, "a client accepts all that was signed");
}

static void tell_bundle(struct json d, struct bytes *out)
{
    bytes_put_str(out, "bundle written, manifest ");
    transcript_start(d, "manifest", 16, out);
    bytes_put_str(out, "...");
}

static void tell_closed(struct json d, struct bytes *out)
{
    (void)d;
    bytes_put_str(out, "ceremony closed");
}

static void tell_plan_changed(struct json d, struct bytes *out)
{
    bytes_put_str(out, "THE PLAN CHANGED; from here on it is ");
    transcript_start(d, "plan", 16, out);
    bytes_put_str(out, "...");
}

static void tell_administered(struct json d, struct bytes *out)
{
    struct json token, act;
    struct bytes name;

    bytes_init(&name);
    if (json_get(d, "act", &act) && json_kind(act) == JSON_STRING)
        json_text(act, &name);
    bytes_put_str(out, "token ");
    if (json_get(d, "token", &token) && json_kind(token) == JSON_OBJECT) {
        transcript_member(token, "serial", out);
        bytes_put_str(out, " \"");
        transcript_member(token, "label", out);
        bytes_put_u8(out, '"');
    }
    bytes_printf(out, ": %s", token_act_words(bytes_str(&name)));
    bytes_done(&name, out);
}

static void tell_unused(struct json d, struct bytes *out)
{
    struct json token;

    bytes_put_str(out, "a key that was made here and not used, ");
    transcript_start(d, "keyid", 8, out);
    bytes_put_str(out, ", was destroyed on ");
    transcript_member(d, "holder", out);
    bytes_put_str(out, "'s token ");
    if (json_get(d, "token", &token) && json_kind(token) == JSON_OBJECT)
        transcript_member(token, "serial", out);
}

static void tell_replaced(struct json d, struct bytes *out)
{
    struct json token;

    transcript_member(d, "holder", out);
    bytes_put_str(out, "'s key ");
    transcript_start(d, "keyid", 8, out);
    bytes_put_str(out, " was used on another token, serial ");
    if (json_get(d, "token", &token) && json_kind(token) == JSON_OBJECT)
        transcript_member(token, "serial", out);
    bytes_put_str(out, " instead of ");
    transcript_member(d, "before", out);
    bytes_put_str(out, ": a backup, decided by the room");
}

static void (*const tales[])(struct json data, struct bytes *out) = {
    [EVENT_OPENED] = tell_opened,
    [EVENT_READINESS] = tell_readiness,
    [EVENT_DATE_CONFIRMED] = tell_date,
    [EVENT_PLAN_ACCEPTED] = tell_plan,
    [EVENT_ROLL_CALL] = tell_roll_call,
    [EVENT_KEY_ENROLLED] = tell_enrolled,
    [EVENT_KEY_WITHDRAWN] = tell_withdrawn,
    [EVENT_REVIEWED] = tell_reviewed,
    [EVENT_SIGNATURE] = tell_signature,
    [EVENT_SKIPPED] = tell_skipped,
    [EVENT_CLIENT_VIEW] = tell_client,
    [EVENT_BUNDLE_WRITTEN] = tell_bundle,
    [EVENT_CLOSED] = tell_closed,
    [EVENT_PLAN_CHANGED] = tell_plan_changed,
    [EVENT_KEY_DESTROYED] = tell_destroyed,
    [EVENT_TOKEN_ADMINISTERED] = tell_administered,
    [EVENT_KEY_DESTROYING] = tell_destroying,
    [EVENT_RESUMED] = tell_resumed,
    [EVENT_KEY_GENERATING] = tell_generating,
    [EVENT_PIN_REFUSED] = tell_pin_refused,
    [EVENT_BAGGED] = tell_bagged,
    [EVENT_UNUSED_DESTROYED] = tell_unused,
    [EVENT_TOKEN_REPLACED] = tell_replaced,
};
static_assert(sizeof tales / sizeof tales[0] == EVENT_TYPES, "every event has a sentence");

void transcript_clock(const struct event *ev, const char *before, struct bytes *out)
{
    struct json date;
    struct bytes text;
    struct err ignored;
    utc_t day;

    if (!json_get(ev->data, "date", &date) || json_kind(date) != JSON_STRING)
        return;
    bytes_init(&text);
    json_text(date, &text);
    if (date_parse(bytes_str(&text), &day, &ignored) == 0 && date_differs(day, ev->time) > 0)
        bytes_printf(out, "%s%" PRId64 " days from what the machine's clock said", before,
                     date_differs(day, ev->time));
    bytes_done(&text, out);
}

int transcript_event(const struct event *ev, struct bytes *out, struct err *e)
{
    tales[ev->type](ev->data, out);
    if (ev->type == EVENT_DATE_CONFIRMED)
        transcript_clock(ev, ", ", out);
    return bytes_failed(out) ? err_oom(e) : 0;
}
