/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/draft.h"

#include <string.h>

#include "ceremony/base/words.h"
#include "ceremony/rules/plan_rules.h"

/* The folder, with another plan.json. */
struct overlay {
    struct store *below;
    struct span plan;
};

static int overlay_read(void *self, const char *name, size_t limit, struct bytes *out,
                        struct err *e)
{
    const struct overlay *o = self;

    if (strcmp(name, "plan.json") != 0)
        return o->below->ops->read(o->below->self, name, limit, out, e);
    bytes_put_span(out, o->plan);
    return bytes_failed(out) ? err_oom(e) : 1;
}

static int overlay_list(void *self, const char *dir,
                        int (*each)(void *arg, const char *name, struct err *e), void *arg,
                        struct err *e)
{
    const struct overlay *o = self;

    return o->below->ops->list(o->below->self, dir, each, arg, e);
}

static const struct store_ops overlay_ops = {.read = overlay_read, .list = overlay_list};

/* Reads the text as the folder's plan, and holds it against the rules. */
static int load_and_check(const struct draft *d, struct span text, struct plan **plan,
                          struct findings *f, struct err *e)
{
    struct overlay o = {d->store, text};
    struct store s = {.ops = &overlay_ops, .self = &o, .path = d->store->path};

    if (plan_load(&s, plan, e) != 0)
        return -1;
    if (plan_rules_check(*plan, d->date, f, e) == 0)
        return 0;
    plan_free(*plan);
    *plan = NULL;
    return -1;
}

void draft_clear(struct draft *d)
{
    bytes_clear(&d->text);
    plan_free(d->plan);
    findings_clear(&d->findings);
    *d = (struct draft){0};
}

int draft_begin(struct draft *d, struct store *store, utc_t date, struct err *e)
{
    int found;

    *d = (struct draft){.store = store, .date = date};
    found = store->ops->read(store->self, "plan.json", STORE_MAX_SMALL, &d->text, e);
    if (found == 0) {
        err_set(e, ERR_INCOMPLETE, "folder '%s' has no plan.json", store->path);
        err_todo(e, "make a plan with 'tuf-ceremony new', or give the ceremony's folder");
    }
    if (found > 0 && load_and_check(d, bytes_span(&d->text), &d->plan, &d->findings, e) == 0)
        return 0;
    draft_clear(d);
    return -1;
}

/* One edit after the other; each takes the place of the text before it. */
static int edit_all(struct bytes *text, const struct plan_edit *edits, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        struct bytes after = {0};

        if (plan_edit(bytes_span(text), &edits[i], &after, e) != 0) {
            bytes_clear(&after);
            return err_in(e, "%s '%s'", plan_verb_name(edits[i].verb), edits[i].value);
        }
        bytes_clear(text);
        *text = after;
    }
    return 0;
}

int draft_edit(struct draft *d, const struct plan_edit *edits, size_t n, struct err *e)
{
    struct draft next = {.store = d->store, .date = d->date, .changed = true};
    int rc;

    bytes_put_span(&next.text, bytes_span(&d->text));
    rc = bytes_failed(&next.text) ? err_oom(e) : edit_all(&next.text, edits, n, e);
    if (rc == 0 && load_and_check(d, bytes_span(&next.text), &next.plan, &next.findings, e) != 0)
        rc = n == 1 ? err_in(e, "%s '%s'", plan_verb_name(edits->verb), edits->value)
                    : err_in(e, "the plan as it would be");
    if (rc != 0) {
        draft_clear(&next);
        return -1;
    }
    draft_clear(d);
    *d = next;
    return 0;
}

static int in_time(const struct ceremony *c, struct err *e)
{
    const struct journal *j = ceremony_journal(c);
    bool accepted = false, is_signed = false;

    for (size_t i = 0; i < journal_count(j); i++) {
        enum event_type type = journal_event(j, i)->type;

        is_signed = is_signed || type == EVENT_SIGNATURE;
        accepted = type != EVENT_PLAN_CHANGED && (accepted || type == EVENT_PLAN_ACCEPTED);
    }
    if (accepted || is_signed) {
        err_set(e, ERR_INCOMPLETE, "the plan is accepted, or something is signed");
        return err_todo(e, "edit plan.json, and see with 'tuf-ceremony replan DIR' what that "
                           "would void");
    }
    if (ceremony_changed(c)) {
        err_set(e, ERR_JOURNAL, "plan.json is not the one that this ceremony uses");
        return err_todo(e, "restore it, or accept the change with 'tuf-ceremony replan DIR' first");
    }
    return 0;
}

/* The journal says that the plan is another one now. */
static int record(struct ceremony *c, struct err *e)
{
    if (ceremony_reload(c, e) != 0)
        return -1;
    if (!ceremony_changed(c))
        return 0; /* not begun, or the same as before */
    return act_plan_changed(c, word_of(ceremony_plan(c)->sha256[0], 0), e);
}

int draft_take(const struct draft *d, struct ceremony *c, struct err *e)
{
    struct store *s = ceremony_store(c);
    struct bytes before = {0};
    struct err ignored;
    int rc = -1;

    if (findings_check(&d->findings, "the plan as it would be", e) != 0 || in_time(c, e) != 0)
        return -1;
    if (s->ops->read(s->self, "plan.json", STORE_MAX_SMALL, &before, e) < 0)
        goto out;
    if (s->ops->write(s->self, "plan.json", bytes_span(&d->text), e) != 0)
        goto out;
    rc = record(c, e);
    if (rc != 0 && s->ops->write(s->self, "plan.json", bytes_span(&before), &ignored) == 0)
        (void)ceremony_reload(c, &ignored);
out:
    bytes_clear(&before);
    return rc;
}
