/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/ceremony.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/act.h"
#include "ceremony/acts/journal_rules.h"
#include "ceremony/base/words.h"
#include "ceremony/session/session_fold.h"

struct ceremony {
    struct store *store;
    struct env env;
    enum ceremony_mode mode;
    struct plan *plan;
    struct journal *journal;
    struct session *session;
    char *warning;
    bool walk;                /* each start is recorded */
    enum journal_known known; /* how this start knows the journal */
    bool forgetful;           /* this machine could not remember its last line */
    bool held;                /* the next act is not written before the one after it */
    size_t start; /* the line that records this start; 0, or behind the last one: there is none */
};

void ceremony_free(struct ceremony *c)
{
    if (c == NULL)
        return;
    session_free(c->session);
    journal_free(c->journal);
    plan_free(c->plan);
    store_free(c->store);
    free(c->warning);
    free(c);
}

bool ceremony_changed(const struct ceremony *c)
{
    for (size_t i = journal_count(c->journal); i-- > 0;) {
        const struct event *ev = journal_event(c->journal, i);

        if (ev->type == EVENT_OPENED || ev->type == EVENT_PLAN_CHANGED)
            return !fold_is_digest(ev->data, "plan", c->plan->sha256);
    }
    return false;
}

static bool is_closed(const struct ceremony *c)
{
    for (size_t i = 0; i < journal_count(c->journal); i++)
        if (journal_event(c->journal, i)->type == EVENT_CLOSED)
            return true;
    return false;
}

/* The session anew, from what is on disk and the drafts behind it. */
static int refold(struct ceremony *c, struct err *e)
{
    size_t count = journal_count(c->journal) + journal_drafts(c->journal), from = 0;
    struct session *s;

    if (c->mode == CEREMONY_WALK)
        c->mode = ceremony_changed(c) && !is_closed(c) ? CEREMONY_REPLAN : CEREMONY_WORK;
    if (journal_session_new(c->plan, c->journal, &s, e) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (journal_event(c->journal, i)->type == EVENT_PLAN_CHANGED)
            from = i;
    if (c->mode == CEREMONY_REPLAN)
        from = count;
    for (size_t i = 0; i < count; i++)
        if ((i < from ? session_remember(s, journal_event(c->journal, i), e)
                      : session_apply(s, journal_event(c->journal, i), e)) != 0) {
            session_free(s);
            /* What does not verify is an error of the file here, not of a token. */
            if (e->code == ERR_SIGNATURE)
                e->code = ERR_JOURNAL;
            return -1;
        }
    session_free(c->session);
    c->session = s;
    return 0;
}

/* Does this machine remember the journal's last line? What can't be read is not remembered. */
static int recall(struct ceremony *c, struct err *e)
{
    size_t n = journal_count(c->journal);
    struct bytes text = {0};
    struct err why;
    bool there = n > 0;

    c->known = there ? JOURNAL_UNKNOWN : JOURNAL_REMEMBERED;
    err_clear(&why);
    if (there && c->env.recall(c->env.self, journal_event(c->journal, 0)->hash, &text, &why) > 0 &&
        strstr(bytes_str(&text), journal_event(c->journal, n - 1)->hash) != NULL)
        c->known = JOURNAL_REMEMBERED;
    if (bytes_failed(&text))
        err_oom(&why);
    bytes_clear(&text);
    if (why.code != ERR_INTERNAL)
        return 0;
    *e = why;
    return -1;
}

/* Before new lines are written: the last line of now, and each of the new ones, for the power may go
 * behind any of them. Afterwards the last one alone. */
static void remember(struct ceremony *c, bool before)
{
    size_t n = journal_count(c->journal), all = n + journal_drafts(c->journal);
    struct bytes text = {0};
    struct err ignored;

    for (size_t i = before && n > 0 ? n - 1 : all - 1; i < all; i++)
        bytes_printf(&text, "%s\n", journal_event(c->journal, i)->hash);
    c->forgetful =
        bytes_failed(&text) || c->env.remember(c->env.self, journal_event(c->journal, 0)->hash,
                                               bytes_span(&text), before, &ignored) != 0;
    bytes_clear(&text);
}

int ceremony_open(struct store *store, const struct env *env, enum ceremony_mode mode,
                  struct ceremony **out, struct err *e)
{
    struct ceremony *c = calloc(1, sizeof *c);

    *out = NULL;
    if (c == NULL) {
        store_free(store);
        return err_oom(e);
    }
    c->store = store;
    c->env = *env;
    c->mode = mode;
    c->walk = mode == CEREMONY_WALK;
    if ((mode != CEREMONY_READ && store->ops->lock(store->self, e) != 0) ||
        plan_load(store, &c->plan, e) != 0 ||
        journal_open(store, mode != CEREMONY_READ, &c->journal, &c->warning, e) != 0 ||
        refold(c, e) != 0 || recall(c, e) != 0) {
        ceremony_free(c);
        return -1;
    }
    *out = c;
    return 0;
}

int ceremony_reload(struct ceremony *c, struct err *e)
{
    struct plan *new, *old = c->plan;
    enum ceremony_mode mode = c->mode;

    if (plan_load(c->store, &new, e) != 0)
        return -1;
    c->plan = new;
    c->mode = journal_count(c->journal) > 0 ? CEREMONY_WALK : mode;
    if (refold(c, e) != 0) {
        c->plan = old;
        c->mode = mode;
        plan_free(new);
        return -1;
    }
    plan_free(old);
    return 0;
}

const struct plan *ceremony_plan(const struct ceremony *c)
{
    return c->plan;
}

const struct session *ceremony_session(const struct ceremony *c)
{
    return c->session;
}

const struct journal *ceremony_journal(const struct ceremony *c)
{
    return c->journal;
}

struct store *ceremony_store(const struct ceremony *c)
{
    return c->store;
}

const char *ceremony_warning(const struct ceremony *c)
{
    return c->warning;
}

int ceremony_now(const struct ceremony *c, utc_t *out, struct err *e)
{
    return c->env.now(c->env.self, out, e);
}

int ceremony_random(void *c, uint8_t *out, size_t n, struct err *e)
{
    const struct env *env = &((const struct ceremony *)c)->env;

    return env->random(env->self, out, n, e);
}

int64_t ceremony_passed(const struct ceremony *c)
{
    return c->env.passed(c->env.self);
}

int ceremony_check(const struct ceremony *c, struct tokens *t, bool network, struct readiness *out,
                   struct err *e)
{
    size_t n = journal_count(c->journal);

    return readiness_check(c->store, &c->env, t, c->plan,
                           n > 0 ? journal_event(c->journal, n - 1)->time : 0, network, out, e);
}

static size_t lines_of(const struct ceremony *c)
{
    return journal_count(c->journal) + journal_drafts(c->journal);
}

static bool has_started(const struct ceremony *c)
{
    return c->start > 0 && c->start <= lines_of(c);
}

int ceremony_need_known(const struct ceremony *c, struct err *e)
{
    if (!ceremony_unknown(c))
        return 0;
    err_set(e, ERR_JOURNAL, "this machine does not know the journal: it may be anybody's");
    return err_todo(e, "compare its last line with the paper, or confirm everything again: "
                       "see 'tuf-ceremony resume --help'");
}

bool ceremony_forgetful(const struct ceremony *c)
{
    return c->forgetful;
}

bool ceremony_unknown(const struct ceremony *c)
{
    return c->known == JOURNAL_UNKNOWN && !has_started(c);
}

static int failed(struct ceremony *c, struct err *e)
{
    struct err again;

    if (refold(c, &again) != 0)
        *e = again;
    return -1;
}

/* The event is folded before it is written, so that nothing gets on disk that could not be read
 * again; when either fails, the session is folded anew. */
static int draft(struct ceremony *c, enum event_type type, struct span data, struct err *e)
{
    const struct event *ev;
    utc_t now;

    if (ceremony_now(c, &now, e) != 0 || journal_draft(c->journal, now, type, data, &ev, e) != 0)
        return -1;
    /* behind a changed plan nothing is folded before the room takes it */
    if ((c->mode == CEREMONY_REPLAN && type == EVENT_RESUMED) ||
        session_apply(c->session, ev, e) == 0)
        return 0;
    journal_undraft(c->journal);
    return failed(c, e);
}

#define PROGRAM "tuf-ceremony " TC_VERSION

/* Was it this very program that the last line about a start names? */
static bool is_same_program(const struct ceremony *c, const char *binary)
{
    struct json was;

    for (size_t i = journal_count(c->journal); i-- > 0;) {
        const struct event *ev = journal_event(c->journal, i);

        if (ev->type == EVENT_OPENED || ev->type == EVENT_RESUMED)
            return json_get(ev->data, "binary", &was) && json_text_is(was, binary) &&
                   json_get(ev->data, "program", &was) && json_text_is(was, PROGRAM);
    }
    return false;
}

/* The line that records this start. */
static int draft_start_line(struct ceremony *c, const char *binary, struct err *e)
{
    size_t lines = lines_of(c);
    char plan[SHA256_HEX_SIZE];
    enum event_type type = lines == 0 ? EVENT_OPENED : EVENT_RESUMED;
    struct bytes data = {0};
    int rc;

    hex_of(c->plan->sha256, SHA256_SIZE, plan);
    json_begin(&data, NULL, '{');
    json_add_text(&data, "binary", binary);
    json_add_integer(&data, "format", JOURNAL_FORMAT);
    if (type == EVENT_OPENED) {
        json_add_text(&data, "plan", plan);
        json_add_bool(&data, "rehearsal", c->plan->rehearsal);
    } else
        json_add_text(&data, "journal", journal_known_name(c->known));
    json_add_text(&data, "program", PROGRAM);
    json_end(&data, '}');
    rc = bytes_failed(&data) ? err_oom(e) : draft(c, type, bytes_span(&data), e);
    bytes_clear(&data);
    if (rc == 0)
        c->start = lines + 1;
    return rc;
}

/* The same before the first act, where it is recorded. */
static int draft_start(struct ceremony *c, struct err *e)
{
    size_t lines = lines_of(c);
    char binary[SHA256_HEX_SIZE];

    /* what goes on by a changed plan begins with that */
    if (has_started(c) || (lines > 0 && c->mode == CEREMONY_REPLAN))
        return 0;
    if (c->env.binary(c->env.self, binary, e) != 0)
        return -1;
    if (lines == 0 || c->walk || !is_same_program(c, binary))
        return draft_start_line(c, binary, e);
    c->start = lines;
    return 0;
}

#define PAPER_BYTES 8 /* of the last line's digest: 64 bits, that nobody meets by trying */

bool ceremony_last_line(const struct ceremony *c, uint8_t digest[SHA256_SIZE])
{
    size_t n = journal_count(c->journal);

    return n > 0 && hex_read(span_str(journal_event(c->journal, n - 1)->hash), digest, SHA256_SIZE);
}

static int compare(struct ceremony *c, const char *words, struct err *e)
{
    uint8_t digest[SHA256_SIZE];

    if (!ceremony_last_line(c, digest))
        return err_oom(e);
    if (words_are(words, digest, PAPER_BYTES)) {
        c->known = JOURNAL_ON_PAPER;
        return 0;
    }
    err_set(e, ERR_JOURNAL, "these are not the words of the journal's last line");
    return err_todo(e, "compare them with the paper; if they are right, somebody changed the "
                       "folder: do not continue with it");
}

int act_resume(struct ceremony *c, const char *words, struct err *e)
{
    char binary[SHA256_HEX_SIZE];

    if (!ceremony_unknown(c) || is_closed(c)) {
        err_set(e, ERR_USAGE,
                is_closed(c) ? "the ceremony is closed"
                             : "this machine remembers the journal's last line");
        return err_todo(e, "look at 'status'");
    }
    return (words == NULL || compare(c, words, e) == 0) &&
                   c->env.binary(c->env.self, binary, e) == 0 && draft_start_line(c, binary, e) == 0
               ? act_commit(c, e)
               : -1;
}

int act_draft(struct ceremony *c, enum event_type type, struct span data, struct err *e)
{
    if (c->mode == CEREMONY_READ)
        return err_set(e, ERR_INTERNAL, "the ceremony is open for reading only");
    if (ceremony_need_known(c, e) != 0)
        return -1;
    return draft_start(c, e) == 0 ? draft(c, type, data, e) : -1;
}

void act_defer(struct ceremony *c)
{
    c->held = true;
}

int act_commit(struct ceremony *c, struct err *e)
{
    c->held = false;
    if (journal_drafts(c->journal) == 0)
        return 0;
    remember(c, true);
    if (journal_commit(c->journal, e) != 0)
        return failed(c, e);
    remember(c, false);
    if (c->mode == CEREMONY_REPLAN && ceremony_changed(c))
        return refold(c, e); /* the start alone was recorded */
    c->mode = CEREMONY_WORK; /* also after a change of plan */
    return 0;
}

int act_take(struct ceremony *c, enum event_type type, cJSON *data, struct err *e)
{
    char *text = data != NULL ? cJSON_PrintUnformatted(data) : NULL;
    int rc = text != NULL ? act_span(c, type, span_str(text), e) : err_oom(e);

    cJSON_free(text);
    cJSON_Delete(data);
    return rc;
}

int act_span(struct ceremony *c, enum event_type type, struct span data, struct err *e)
{
    bool held = c->held;

    c->held = false;
    if (act_draft(c, type, data, e) != 0)
        return -1;
    return held ? 0 : act_commit(c, e);
}
