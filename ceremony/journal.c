/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/journal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define JOURNAL_FILE "journal.jsonl"

static const char *const names[] = {
    [EVENT_OPENED] = "opened",
    [EVENT_READINESS] = "readiness",
    [EVENT_DATE_CONFIRMED] = "date-confirmed",
    [EVENT_PLAN_ACCEPTED] = "plan-accepted",
    [EVENT_ROLL_CALL] = "roll-call",
    [EVENT_KEY_ENROLLED] = "key-enrolled",
    [EVENT_KEY_WITHDRAWN] = "key-withdrawn",
    [EVENT_REVIEWED] = "reviewed",
    [EVENT_SIGNATURE] = "signature",
    [EVENT_SKIPPED] = "skipped",
    [EVENT_CLIENT_VIEW] = "client-view",
    [EVENT_BUNDLE_WRITTEN] = "bundle-written",
    [EVENT_CLOSED] = "closed",
    [EVENT_PLAN_CHANGED] = "plan-changed",
    [EVENT_KEY_DESTROYED] = "key-destroyed",
    [EVENT_TOKEN_CARED] = "token-cared",
};
static_assert(sizeof names / sizeof names[0] == EVENT_TYPES, "every event has a name");

struct entry {
    struct event event;
    struct json_doc *doc; /* of the line */
    size_t end;           /* of the line in the text, behind its newline */
};

struct journal {
    struct store *store;
    struct bytes text; /* what is on disk, and a draft's line behind it */
    struct entry *entries;
    size_t n;
    bool drafted; /* entries[n] is a draft */
    bool broken;  /* the file could not be brought back to what memory says */
};

const char *event_name(enum event_type t)
{
    return (unsigned)t < EVENT_TYPES ? names[t] : "unknown";
}

static size_t committed(const struct journal *j)
{
    return j->n > 0 ? j->entries[j->n - 1].end : 0;
}

static void draft_drop(struct journal *j)
{
    if (!j->drafted)
        return;
    json_doc_free(j->entries[j->n].doc);
    bytes_truncate(&j->text, committed(j));
    j->drafted = false;
}

void journal_free(struct journal *j)
{
    if (j == NULL)
        return;
    draft_drop(j);
    for (size_t i = 0; i < j->n; i++)
        json_doc_free(j->entries[i].doc);
    free(j->entries);
    bytes_clear(&j->text);
    free(j);
}

static int changed(struct err *e, size_t line, const char *why)
{
    err_set(e, ERR_JOURNAL, "line %zu of the journal was changed: %s", line, why);
    err_in(e, JOURNAL_FILE);
    return err_todo(e, "stop, and find out who or what wrote to the file; the record of this "
                       "ceremony can't be trusted as it is");
}

static int type_of(struct json name, enum event_type *out)
{
    for (unsigned t = 0; t < EVENT_TYPES; t++)
        if (json_text_is(name, names[t])) {
            *out = (enum event_type)t;
            return 0;
        }
    return -1;
}

static int time_of(struct json text, utc_t *out)
{
    struct bytes b;
    struct err ignored;
    int rc;

    bytes_init(&b);
    json_text(text, &b);
    rc = utc_parse(bytes_span(&b), out, &ignored);
    bytes_clear(&b);
    return rc;
}

static const char *last_hash(const struct journal *j)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

    return j->n > 0 ? j->entries[j->n - 1].event.hash : zeros;
}

/* Reads what a line says into entry n; its text is behind the committed text. */
static const char *line_read(const struct journal *j, struct json line, struct event *ev)
{
    static const char *const members[] = {"data", "event", "n", "prev", "time", NULL};
    struct json event, n, prev, time;
    struct err ignored;

    if (json_only(line, members, &ignored) != 0 ||
        json_need(line, "data", JSON_OBJECT, &ev->data, &ignored) != 0 ||
        json_need(line, "event", JSON_STRING, &event, &ignored) != 0 ||
        json_need(line, "n", JSON_INTEGER, &n, &ignored) != 0 ||
        json_need(line, "prev", JSON_STRING, &prev, &ignored) != 0 ||
        json_need(line, "time", JSON_STRING, &time, &ignored) != 0)
        return "its members are not those of an event";
    if (!json_text_is(prev, last_hash(j)))
        return "it does not carry the hash of the line before";
    if (json_integer(n) != (int64_t)j->n + 1)
        return "its number does not follow";
    if (type_of(event, &ev->type) != 0)
        return "its event is not known to this version of the program";
    if (time_of(time, &ev->time) != 0)
        return "its time is no time";
    ev->n = j->n + 1;
    return NULL;
}

/* Makes entry n of the line that begins behind the committed text and is `size` bytes long without
 * its newline. The entry is not counted yet. */
static int entry_read(struct journal *j, size_t size, struct err *e)
{
    struct span line = span_of(j->text.p + committed(j), size);
    struct entry *more = realloc(j->entries, (j->n + 1) * sizeof *more), *new;
    struct bytes copy;
    struct err why;
    const char *fault;

    if (more == NULL)
        return err_oom(e);
    j->entries = more;
    new = &more[j->n];
    *new = (struct entry){.end = committed(j) + size + 1};
    bytes_init(&copy);
    bytes_put_span(&copy, line);
    if (sha256_hex(line, new->event.hash) != 0)
        return err_oom(e);
    err_clear(&why);
    if (json_doc_take(&copy, JOURNAL_FILE, JSON_TEXT, &new->doc, &why) != 0) {
        if (why.code == ERR_INTERNAL) {
            *e = why;
            return -1;
        }
        return changed(e, j->n + 1, why.what);
    }
    fault = json_kind(json_root(new->doc)) == JSON_OBJECT
                ? line_read(j, json_root(new->doc), &new->event)
                : "it is no object";
    if (fault == NULL)
        return 0;
    json_doc_free(new->doc);
    return changed(e, j->n + 1, fault);
}

/* The last line has no newline: it was being written when the power went. */
static int set_aside(struct journal *j, bool repair, char **torn, struct err *e)
{
    size_t keep = committed(j);
    struct span rest = span_of(j->text.p + keep, j->text.n - keep);
    struct bytes words;
    char name[48];

    snprintf(name, sizeof name, "journal.torn.%zu", j->n + 1);
    bytes_init(&words);
    bytes_printf(&words, "the journal's last line (%zu) was torn, as by a power cut; ", j->n + 1);
    bytes_printf(&words, repair ? "it is set aside as '%s'" : "it does not count", name);
    bytes_put_str(&words, ". Nothing that was shown as done is lost.");
    if ((*torn = bytes_take_str(&words)) == NULL)
        return err_oom(e);
    if (repair && (j->store->ops->write(j->store->self, name, rest, e) != 0 ||
                   j->store->ops->truncate(j->store->self, JOURNAL_FILE, keep, e) != 0))
        return -1;
    bytes_truncate(&j->text, keep);
    return 0;
}

static int read_lines(struct journal *j, bool repair, char **torn, struct err *e)
{
    for (;;) {
        size_t at = committed(j);
        const uint8_t *end;

        if (at == j->text.n)
            return 0;
        end = memchr(j->text.p + at, '\n', j->text.n - at);
        if (end == NULL)
            return set_aside(j, repair, torn, e);
        if (entry_read(j, (size_t)(end - j->text.p) - at, e) != 0)
            return -1;
        j->n++;
    }
}

int journal_open(struct store *s, bool repair, struct journal **out, char **torn, struct err *e)
{
    struct journal *j = calloc(1, sizeof *j);
    char *words = NULL;

    *out = NULL;
    *torn = NULL;
    if (j == NULL)
        return err_oom(e);
    j->store = s;
    bytes_init(&j->text);
    if (s->ops->read(s->self, JOURNAL_FILE, STORE_MAX_FILE, &j->text, e) < 0 ||
        read_lines(j, repair, &words, e) != 0) {
        free(words);
        journal_free(j);
        return -1;
    }
    *out = j;
    *torn = words;
    return 0;
}

size_t journal_count(const struct journal *j)
{
    return j->n;
}

const struct event *journal_event(const struct journal *j, size_t i)
{
    return &j->entries[i].event;
}

struct span journal_text(const struct journal *j, size_t count)
{
    return span_of(j->text.p, count > 0 ? j->entries[count - 1].end : 0);
}

/* The line of a draft, its newline included, behind the committed text. */
static int put_line(struct journal *j, utc_t time, enum event_type type, struct span data,
                    struct err *e)
{
    struct bytes line;
    char at[UTC_SIZE];

    utc_format(time, at);
    bytes_init(&line);
    bytes_put_str(&line, "{\"data\":");
    bytes_put_span(&line, data);
    bytes_printf(&line, ",\"event\":\"%s\",\"n\":%zu,\"prev\":\"%s\",\"time\":\"%s\"}",
                 event_name(type), j->n + 1, last_hash(j), at);
    if (!bytes_failed(&line))
        json_print(bytes_span(&line), 0, &j->text);
    bytes_put_u8(&j->text, '\n');
    if (bytes_failed(&line) || bytes_failed(&j->text)) {
        bytes_clear(&line);
        return err_oom(e);
    }
    bytes_clear(&line);
    return 0;
}

int journal_draft(struct journal *j, utc_t time, enum event_type type, struct span data,
                  const struct event **out, struct err *e)
{
    struct json_doc *doc = NULL;

    *out = NULL;
    draft_drop(j);
    if (json_doc_read(data, "an event", JSON_TEXT, &doc, e) != 0)
        return -1;
    if (put_line(j, time, type, json_span(json_root(doc)), e) != 0 ||
        entry_read(j, j->text.n - committed(j) - 1, e) != 0) {
        json_doc_free(doc);
        j->text.failed = false;
        bytes_truncate(&j->text, committed(j));
        return -1;
    }
    json_doc_free(doc);
    j->drafted = true;
    *out = &j->entries[j->n].event;
    return 0;
}

int journal_commit(struct journal *j, struct err *e)
{
    size_t at = committed(j);
    struct err ignored;

    if (!j->drafted)
        return err_set(e, ERR_INTERNAL, "there is no event to write");
    if (j->broken) {
        draft_drop(j);
        err_set(e, ERR_IO, "the journal could not be brought back to its last whole line");
        return err_todo(e, "start the program again; nothing that was shown as done is lost");
    }
    if (j->store->ops->append(j->store->self, JOURNAL_FILE, span_of(j->text.p + at, j->text.n - at),
                              e) != 0) {
        if (j->store->ops->truncate(j->store->self, JOURNAL_FILE, at, &ignored) != 0 && at > 0)
            j->broken = true;
        draft_drop(j);
        return err_in(e, "writing line %zu of the journal", j->n + 1);
    }
    j->n++;
    j->drafted = false;
    return 0;
}
