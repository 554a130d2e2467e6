/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/session/journal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"

#define JOURNAL_FILE "journal.jsonl"

struct entry {
    struct event event;
    struct json_doc *doc; /* of the line */
    size_t end;           /* of the line in the text, behind its newline */
};

struct journal {
    struct store *store;
    struct bytes text; /* what is on disk, and the drafts' lines behind it */
    struct entry *entries;
    size_t n;      /* on disk */
    size_t drafts; /* behind them */
    bool broken;   /* the file could not be brought back to what memory says */
};

/* Where the first `count` lines end. */
static size_t end_of(const struct journal *j, size_t count)
{
    return count > 0 ? j->entries[count - 1].end : 0;
}

static void drop_to(struct journal *j, size_t drafts)
{
    while (j->drafts > drafts)
        json_doc_free(j->entries[j->n + --j->drafts].doc);
    bytes_truncate(&j->text, end_of(j, j->n + drafts));
}

void journal_free(struct journal *j)
{
    if (j == NULL)
        return;
    for (size_t i = 0; i < j->n + j->drafts; i++)
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

static int time_of(struct json text, utc_t *out)
{
    struct err ignored;

    return utc_parse(json_inside(text), out, &ignored);
}

static const char *last_hash(const struct journal *j)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

    return j->n + j->drafts > 0 ? j->entries[j->n + j->drafts - 1].event.hash : zeros;
}

/* A line's members, in canonical order. */
enum member { MEMBER_DATA, MEMBER_EVENT, MEMBER_N, MEMBER_PREV, MEMBER_TIME, MEMBERS };

static bool members_read(struct json line, struct json out[MEMBERS])
{
    static const struct {
        const char *name;
        enum json_kind kind;
    } wanted[MEMBERS] = {[MEMBER_DATA] = {"data", JSON_OBJECT},
                         [MEMBER_EVENT] = {"event", JSON_STRING},
                         [MEMBER_N] = {"n", JSON_INTEGER},
                         [MEMBER_PREV] = {"prev", JSON_STRING},
                         [MEMBER_TIME] = {"time", JSON_STRING}};
    struct json name, more;
    struct json_iter it;

    it = json_iter_of(line);
    for (size_t i = 0; i < MEMBERS; i++)
        if (!json_next(&it, &name, &out[i]) || !json_text_is(name, wanted[i].name) ||
            json_kind(out[i]) != wanted[i].kind)
            return false;
    return !json_next(&it, NULL, &more);
}

/* Reads what the next line says. */
static const char *line_read(const struct journal *j, struct json line, struct event *ev)
{
    struct json m[MEMBERS];
    int type;

    if (!members_read(line, m))
        return "its members are not those of an event";
    if (!json_text_is(m[MEMBER_PREV], last_hash(j)))
        return "it does not carry the hash of the line before";
    if (json_integer(m[MEMBER_N]) != (int64_t)(j->n + j->drafts) + 1)
        return "its number does not follow";
    if ((type = event_find(m[MEMBER_EVENT])) < 0)
        return "its event is not known to this version of the program";
    if (time_of(m[MEMBER_TIME], &ev->time) != 0)
        return "its time is no time";
    ev->type = (enum event_type)type;
    ev->data = m[MEMBER_DATA];
    ev->n = j->n + j->drafts + 1;
    return NULL;
}

/* Another version of the program may have events that this one does not know. */
static bool has_other_format(const struct event *ev)
{
    struct json format;

    if (ev->type != EVENT_OPENED && ev->type != EVENT_RESUMED)
        return false;
    return !json_get(ev->data, "format", &format) || json_kind(format) != JSON_INTEGER ||
           json_integer(format) != JOURNAL_FORMAT;
}

static int other_format(struct err *e, size_t line)
{
    err_set(e, ERR_JOURNAL, "another version of this program wrote the journal, from line %zu on",
            line);
    err_in(e, JOURNAL_FILE);
    return err_todo(e, "use the version that the journal names there: this one (" TC_VERSION
                       ") does not know its format");
}

/* Makes the next entry of the line that begins behind the last one and is `size` bytes long without
 * its newline. The entry is not counted yet. */
static int entry_read(struct journal *j, size_t size, struct err *e)
{
    size_t at = j->n + j->drafts, begin = end_of(j, at);
    struct span line = span_of(j->text.p + begin, size);
    struct entry *new;
    struct bytes copy = {0};
    struct err why;
    const char *fault;

    if (array_grow(&j->entries, at, sizeof *j->entries, e) != 0)
        return -1;
    new = &j->entries[at];
    *new = (struct entry){.end = begin + size + 1};
    bytes_put_span(&copy, line);
    if (bytes_failed(&copy) || sha256_hex(line, new->event.hash) != 0) {
        bytes_clear(&copy);
        return err_oom(e);
    }
    err_clear(&why);
    if (json_doc_take(&copy, JOURNAL_FILE, JSON_TEXT, &new->doc, &why) != 0) {
        if (why.code == ERR_INTERNAL) {
            *e = why;
            return -1;
        }
        return changed(e, at + 1, why.what);
    }
    fault = json_kind(json_root(new->doc)) == JSON_OBJECT
                ? line_read(j, json_root(new->doc), &new->event)
                : "it is no object";
    if (fault == NULL && !has_other_format(&new->event))
        return 0;
    json_doc_free(new->doc);
    if (fault == NULL)
        return other_format(e, at + 1);
    return changed(e, at + 1, fault);
}

/* The last line has no newline: it was being written when the power went. */
static int set_aside(struct journal *j, bool repair, char **torn, struct err *e)
{
    size_t keep = end_of(j, j->n);
    struct span rest = span_of(j->text.p + keep, j->text.n - keep);
    struct bytes words = {0};
    char name[48];

    snprintf(name, sizeof name, "journal.torn.%zu", j->n + 1);
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
        size_t at = end_of(j, j->n);
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

size_t journal_drafts(const struct journal *j)
{
    return j->drafts;
}

const struct event *journal_event(const struct journal *j, size_t i)
{
    return &j->entries[i].event;
}

void journal_put_backward(const struct journal *j, size_t count, struct bytes *out)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{UTC_DAY, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};

    for (size_t i = 1; i < count; i++) {
        int64_t by = j->entries[i - 1].event.time - j->entries[i].event.time;
        size_t u = 0;

        if (by <= 0)
            continue;
        while (by < units[u].seconds)
            u++;
        bytes_printf(out, "line %zu is earlier than line %zu by %" PRId64 " %s\n", i + 1, i,
                     by / units[u].seconds, units[u].name);
    }
}

struct span journal_text(const struct journal *j, size_t count)
{
    return span_of(j->text.p, end_of(j, count));
}

/* The line of a draft, its newline included, behind the last one. */
static int put_line(struct journal *j, utc_t time, enum event_type type, struct span data,
                    struct err *e)
{
    struct bytes line = {0};
    char at[UTC_SIZE];

    utc_format(time, at);
    json_begin(&line, NULL, '{');
    json_add_raw(&line, "data", data);
    json_add_text(&line, "event", event_row(type)->name);
    json_add_integer(&line, "n", (int64_t)(j->n + j->drafts + 1));
    json_add_text(&line, "prev", last_hash(j));
    json_add_text(&line, "time", at);
    json_end(&line, '}');
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
    size_t begin = end_of(j, j->n + j->drafts);
    struct json_doc *doc = NULL;

    *out = NULL;
    if (json_doc_read(data, "an event", JSON_TEXT, &doc, e) != 0)
        return -1;
    if (put_line(j, time, type, json_span(json_root(doc)), e) != 0 ||
        entry_read(j, j->text.n - begin - 1, e) != 0) {
        json_doc_free(doc);
        j->text.failed = false;
        bytes_truncate(&j->text, begin);
        return -1;
    }
    json_doc_free(doc);
    *out = &j->entries[j->n + j->drafts++].event;
    return 0;
}

void journal_undraft(struct journal *j)
{
    if (j->drafts > 0)
        drop_to(j, j->drafts - 1);
}

int journal_commit(struct journal *j, struct err *e)
{
    size_t at = end_of(j, j->n);
    struct err ignored;

    if (j->drafts == 0)
        return 0;
    if (j->broken) {
        drop_to(j, 0);
        err_set(e, ERR_IO, "the journal could not be brought back to its last whole line");
        return err_todo(e, "start the program again; nothing that was shown as done is lost");
    }
    if (j->store->ops->append(j->store->self, JOURNAL_FILE, span_of(j->text.p + at, j->text.n - at),
                              e) != 0) {
        if (j->store->ops->truncate(j->store->self, JOURNAL_FILE, at, &ignored) != 0 && at > 0)
            j->broken = true;
        drop_to(j, 0);
        return err_in(e, "writing line %zu of the journal", j->n + 1);
    }
    j->n += j->drafts;
    j->drafts = 0;
    return 0;
}
