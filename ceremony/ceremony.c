/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/ceremony.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/act.h"
#include "ceremony/session_fold.h"

struct ceremony {
    struct store *store;
    struct env env;
    enum ceremony_mode mode;
    struct plan *plan;
    struct journal *journal;
    struct session *session;
    char *warning;
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

/* What does not verify is an error of the file here, not of a token. */
static int changed(struct err *e)
{
    if (e->code == ERR_SIGNATURE)
        e->code = ERR_JOURNAL;
    return -1;
}

/* The session anew, from what is on disk and the drafts behind it. */
static int refold(struct ceremony *c, struct err *e)
{
    size_t count = journal_count(c->journal) + journal_drafts(c->journal), from = 0;
    struct session *s;

    if (c->mode == CEREMONY_WALK)
        c->mode = ceremony_changed(c) && !is_closed(c) ? CEREMONY_REPLAN : CEREMONY_WORK;
    if (session_new(c->plan, &s, e) != 0)
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
            return changed(e);
        }
    session_free(c->session);
    c->session = s;
    return 0;
}

static int opened(struct ceremony *c, struct err *e)
{
    cJSON *data = cJSON_CreateObject();
    char hex[SHA256_HEX_SIZE];

    hex_of(c->plan->sha256, SHA256_SIZE, hex);
    cJSON_AddStringToObject(data, "plan", hex);
    cJSON_AddStringToObject(data, "program", "tuf-ceremony " TC_VERSION);
    cJSON_AddBoolToObject(data, "rehearsal", c->plan->rehearsal);
    return act_take(c, EVENT_OPENED, data, e);
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
    if ((mode != CEREMONY_READ && store->ops->lock(store->self, e) != 0) ||
        plan_load(store, &c->plan, e) != 0 ||
        journal_open(store, mode != CEREMONY_READ, &c->journal, &c->warning, e) != 0 ||
        refold(c, e) != 0 ||
        (c->mode == CEREMONY_WORK && journal_count(c->journal) == 0 && opened(c, e) != 0)) {
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

static int failed(struct ceremony *c, struct err *e)
{
    struct err again;

    if (refold(c, &again) != 0)
        *e = again;
    return -1;
}

/* The event is folded before it is written, so that nothing gets on disk that could not be read
 * again; when either fails, the session is folded anew. */
int act_draft(struct ceremony *c, enum event_type type, struct span data, struct err *e)
{
    const struct event *ev;
    utc_t now;

    if (c->mode == CEREMONY_READ)
        return err_set(e, ERR_INTERNAL, "the ceremony is open for reading only");
    if (ceremony_now(c, &now, e) != 0 || journal_draft(c->journal, now, type, data, &ev, e) != 0)
        return -1;
    if (session_apply(c->session, ev, e) == 0)
        return 0;
    journal_undraft(c->journal);
    return failed(c, e);
}

int act_commit(struct ceremony *c, struct err *e)
{
    if (journal_drafts(c->journal) == 0)
        return 0;
    if (journal_commit(c->journal, e) != 0)
        return failed(c, e);
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
    return act_draft(c, type, data, e) == 0 ? act_commit(c, e) : -1;
}
