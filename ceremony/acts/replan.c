/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/replan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/journal_rules.h"
#include "ceremony/session/session_fold.h"
#include "metadata/base/array.h"

void replan_clear(struct replan *r)
{
    for (size_t i = 0; i < r->n; i++)
        free(r->items[i].text);
    free(r->items);
    *r = (struct replan){0};
}

static int add(struct replan *r, struct bytes *text, bool kept, struct err *e)
{
    if (array_grow(&r->items, r->n, sizeof *r->items, e) != 0 ||
        (r->items[r->n].text = bytes_take_str(text)) == NULL) {
        bytes_clear(text);
        return err_oom(e);
    }
    r->items[r->n++].kept = kept;
    r->voids += !kept;
    return 0;
}

static void put_text(struct json data, const char *member, struct bytes *out)
{
    struct json v;

    if (json_get(data, member, &v) && json_kind(v) == JSON_STRING)
        json_text(v, out);
}

/* Is the enrolled key of this event in a seat? */
static bool key_kept(const struct session *s, struct json data)
{
    struct json object;
    struct key *key;
    struct err ignored;
    bool kept;

    if (!json_get(data, "key", &object) || key_from_json(object, &key, &ignored) != 0)
        return false;
    kept = session_seat_of(s, key) >= 0;
    key_free(key);
    return kept;
}

static bool signature_kept(const struct session *s, struct json data)
{
    struct json keyid, digest;

    if (!json_get(data, "keyid", &keyid) || !json_get(data, "sha256", &digest))
        return false;
    for (size_t i = 0; i < s->nsignatures; i++)
        if (json_text_is(keyid, s->signatures[i].keyid) &&
            json_text_is(digest, s->proposals[s->signatures[i].proposal].sha256))
            return true;
    return false;
}

/* Was the key of this enrolment withdrawn later? */
static bool withdrawn(const struct session *s, size_t from)
{
    struct json role, holder, r, h;

    if (!json_get(s->before[from].data, "role", &role) ||
        !json_get(s->before[from].data, "holder", &holder))
        return false;
    for (size_t i = from + 1; i < s->nbefore; i++)
        if (s->before[i].type == EVENT_KEY_WITHDRAWN && json_get(s->before[i].data, "role", &r) &&
            json_get(s->before[i].data, "holder", &h) && span_eq(json_span(role), json_span(r)) &&
            span_eq(json_span(holder), json_span(h)))
            return true;
    return false;
}

static int put_items(const struct session *s, enum event_type type, struct replan *out,
                     struct err *e)
{
    for (size_t i = 0; i < s->nbefore; i++) {
        struct json data = s->before[i].data, version;
        struct bytes text = {0};
        bool key = type == EVENT_KEY_ENROLLED;

        if (s->before[i].type != type || (key && withdrawn(s, i)))
            continue;
        put_text(data, "holder", &text);
        bytes_put_str(&text, key ? "'s key for " : "'s signature of ");
        put_text(data, "role", &text);
        if (!key && json_get(data, "version", &version) && json_kind(version) == JSON_INTEGER)
            bytes_printf(&text, " v%" PRId64, json_integer(version));
        if (add(out, &text, key ? key_kept(s, data) : signature_kept(s, data), e) != 0)
            return -1;
    }
    return 0;
}

/* The session as it would be once the new plan is accepted. */
static int simulate(struct session *s, const struct journal *j, struct err *e)
{
    struct event ev = {.type = EVENT_PLAN_CHANGED, .n = journal_count(j) + 1};
    struct json_doc *doc = NULL;
    char hex[SHA256_HEX_SIZE];
    struct bytes text = {0};
    int rc = -1;

    for (size_t i = 0; i < journal_count(j); i++)
        if (session_remember(s, journal_event(j, i), e) != 0)
            return -1;
    hex_of(s->plan->sha256, SHA256_SIZE, hex);
    json_begin(&text, NULL, '{');
    json_add_text(&text, "plan", hex);
    json_end(&text, '}');
    if (json_doc_take(&text, "the change", JSON_TEXT, &doc, e) == 0) {
        ev.data = json_root(doc);
        rc = session_apply(s, &ev, e);
    }
    json_doc_free(doc);
    if (rc != 0)
        return -1;
    s->plan_accepted = true;
    return session_propose(s, e);
}

int replan_preview(const struct ceremony *c, struct replan *out, struct err *e)
{
    struct session *s = NULL;
    int rc = -1;

    *out = (struct replan){0};
    if (!ceremony_changed(c)) {
        err_set(e, ERR_INCOMPLETE, "the plan is the one that this ceremony uses");
        return err_todo(e, "continue with 'run'");
    }
    if (journal_session_new(ceremony_plan(c), ceremony_journal(c), &s, e) == 0 &&
        simulate(s, ceremony_journal(c), e) == 0 && put_items(s, EVENT_KEY_ENROLLED, out, e) == 0 &&
        put_items(s, EVENT_SIGNATURE, out, e) == 0)
        rc = 0;
    else
        replan_clear(out);
    session_free(s);
    return rc;
}
