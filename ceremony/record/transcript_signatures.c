/* SPDX-License-Identifier: Apache-2.0 */
/* A sitting in one sentence. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/record/transcript_part.h"

/* A signature over a file of a role template. */
struct file_signed {
    const struct event *ev;
    size_t proposal;
    int64_t version;
};

/* Is the event one over a file of a role template of this plan? */
static bool read_signature(const struct session *s, const struct event *ev, struct file_signed *out,
                           struct bytes *text)
{
    struct json role, version;
    struct bytes name = {0};
    long at;

    if (ev->type != EVENT_SIGNATURE || !json_get(ev->data, "role", &role) ||
        json_kind(role) != JSON_STRING || !json_get(ev->data, "version", &version) ||
        json_kind(version) != JSON_INTEGER)
        return false;
    json_text(role, &name);
    at = session_proposal_find(s, bytes_str(&name));
    bytes_done(&name, text);
    if (at < 0 || s->groups[s->proposals[at].group].n == 1)
        return false;
    *out = (struct file_signed){ev, (size_t)at, json_integer(version)};
    return true;
}

static bool same_member(struct json a, struct json b, const char *name)
{
    struct json x, y;
    bool in_a = json_get(a, name, &x), in_b = json_get(b, name, &y);

    return in_a == in_b && (!in_a || span_eq(json_span(x), json_span(y)));
}

/* By the same holder, key and token, over the next file of the same role template. */
static bool continues(const struct session *s, const struct file_signed *last,
                      const struct file_signed *next)
{
    return next->proposal == last->proposal + 1 &&
           s->proposals[next->proposal].group == s->proposals[last->proposal].group &&
           same_member(last->ev->data, next->ev->data, "holder") &&
           same_member(last->ev->data, next->ev->data, "keyid") &&
           same_member(last->ev->data, next->ev->data, "token");
}

/* "until 14:12:09", with its day when that is another. */
static void put_until(const struct event *first, const struct event *last, struct bytes *out)
{
    const struct utc_text from = utc_text(first->time), to = utc_text(last->time);

    bytes_put_str(out, ", until ");
    if (strcmp(from.day, to.day) != 0)
        bytes_printf(out, "%s ", to.day);
    bytes_printf(out, "%s; lines %zu to %zu of the journal", to.time, first->n, last->n);
}

size_t transcript_signatures(const struct session *s, const struct journal *j, size_t at,
                             size_t end, struct bytes *out)
{
    struct file_signed first, last, next;
    int64_t least, most;
    size_t n = 1;

    if (!read_signature(s, journal_event(j, at), &first, out))
        return 0;
    least = most = first.version;
    for (last = first; at + n < end && read_signature(s, journal_event(j, at + n), &next, out) &&
                       continues(s, &last, &next);
         last = next, n++) {
        least = next.version < least ? next.version : least;
        most = next.version > most ? next.version : most;
    }
    if (n == 1)
        return 0;
    transcript_put("{holder} signed {role} to ", first.ev->data, out);
    transcript_put("{role}", last.ev->data, out);
    if (least == most)
        bytes_printf(out, " v%" PRId64, most);
    else
        bytes_printf(out, " in versions from v%" PRId64 " to v%" PRId64, least, most);
    bytes_printf(out, ", %zu files, ", n);
    transcript_put(TRANSCRIPT_SIGNER, first.ev->data, out);
    put_until(first.ev, last.ev, out);
    return n;
}
