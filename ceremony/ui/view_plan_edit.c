/* SPDX-License-Identifier: Apache-2.0 */
/* The plan is changed in the room: a draft, which is written when it is taken. */
#include <stdio.h>
#include <string.h>

#include "ceremony/plan_change.h"
#include "ceremony/ui/view.h"

/* The rows: a person each, then these. */
enum row {
    ROW_JOIN,
    ROW_ROOT_T,
    ROW_TARGETS_T,
    ROW_ROOT_EXPIRES,
    ROW_TARGETS_EXPIRES,
    ROW_TARGETS_SIGN,
    ROW_TAKE
};

static const struct {
    enum signed_type role;
    enum plan_verb verb;
    const char *label;
} fields[] = {
    [ROW_JOIN] = {SIGNED_ROOT, PLAN_JOIN, "Somebody joins, by the name of:"},
    [ROW_ROOT_T] = {SIGNED_ROOT, PLAN_THRESHOLD, "How many must sign root:"},
    [ROW_TARGETS_T] = {SIGNED_TARGETS, PLAN_THRESHOLD, "How many must sign targets:"},
    [ROW_ROOT_EXPIRES] = {SIGNED_ROOT, PLAN_EXPIRES, "Root is valid for (or until):"},
    [ROW_TARGETS_SIGN] = {SIGNED_TARGETS, PLAN_SIGN, "Is targets signed in this ceremony:"},
    [ROW_TARGETS_EXPIRES] = {SIGNED_TARGETS, PLAN_EXPIRES, "Targets is valid for (or until):"},
};

/* What a role says in the draft, as it can be typed. */
static void value_of(const struct walk *w, size_t row, char *out, size_t size)
{
    const struct plan_role *r = &w->draft.plan->roles[fields[row].role];
    char at[UTC_SIZE];

    out[0] = '\0';
    if (fields[row].verb == PLAN_THRESHOLD)
        snprintf(out, size, "%u", r->threshold);
    else if (fields[row].verb == PLAN_SIGN)
        snprintf(out, size, "%s", r->sign ? "yes" : "no");
    else if (fields[row].verb == PLAN_EXPIRES && r->expires_is_date) {
        utc_format(r->expires_at, at);
        snprintf(out, size, "%.*s", r->expires_at % 86400 == 0 ? 10 : UTC_SIZE, at);
    } else if (fields[row].verb == PLAN_EXPIRES && r->has_expires)
        duration_format(r->expires_in, out, size);
}

static size_t people(const struct walk *w)
{
    return w->draft.plan->nholders;
}

/* A field's row, ROW_TAKE, or -1 on a person. */
static long row_of(const struct walk *w)
{
    return w->choice < people(w) ? -1 : (long)(w->choice - people(w));
}

/* The cursor comes to a field: what is there can be typed over. */
static void arrive(struct walk *w)
{
    long row = row_of(w);

    w->input = (struct input){0};
    if (row >= 0 && row != ROW_TAKE) {
        value_of(w, (size_t)row, w->input.text, sizeof w->input.text);
        w->input.n = strlen(w->input.text);
    }
}

static int edit_enter(struct walk *w, struct err *e)
{
    if (w->draft.plan == NULL &&
        draft_begin(&w->draft, ceremony_store(w->c), walk_session(w)->date, e) != 0)
        return -1;
    if (w->choice == 0)
        w->notice[0] = '\0';
    arrive(w);
    return 0;
}

static void draw_fields(const struct walk *w, struct page *p)
{
    for (size_t row = 0; row < ROW_TAKE; row++) {
        bool here = w->choice == people(w) + row;
        char text[sizeof w->input.text];

        value_of(w, row, text, sizeof text);
        if (here || fields[row].verb == PLAN_JOIN ||
            w->draft.plan->roles[fields[row].role].nseats > 0)
            page_field(p, here, fields[row].label, here ? w->input.text : text);
    }
}

static void edit_draw(const struct walk *w, struct page *p)
{
    const struct plan *plan = w->draft.plan;
    long row = row_of(w);
    struct bytes text;

    page_line(p, INK_STRONG, "What changes? Nothing is written before you take it.");
    page_gap(p);
    for (size_t i = 0; i < people(w); i++)
        page_choice(p, w->choice == i, INK_PLAIN, "%-8s %s", plan->holders[i].name,
                    plan_part_words(plan_part(plan, i)));
    draw_fields(w, p);
    page_choice(p, row == ROW_TAKE, INK_PLAIN, "take this plan");
    page_gap(p);
    if (plan->trusted != NULL) {
        bytes_init(&text);
        plan_change_words(plan, &text);
        page_line(p, INK_PLAIN, "Against the metadata in force:");
        page_text(p, INK_PLAIN, 0, bytes_span(&text));
        bytes_clear(&text);
    }
    view_findings(&w->draft.findings, p);
    if (row < 0)
        page_key(p, "Space", "change");
    else
        page_key(p, "Enter", row == ROW_TAKE ? "write it" : "set");
    page_key(p, "Up/Down", "move");
    page_key(p, "?", "help");
    page_key(p, "Esc", "forget it");
}

/* What Space makes of a person: the next thing that can be said of them. */
static enum plan_verb next_part(const struct plan *p, size_t holder)
{
    static const enum plan_verb after[] = {
        [PLAN_KEEP] = PLAN_REPLACE,     [PLAN_REPLACE] = PLAN_LOSE,    [PLAN_LOSE] = PLAN_LEAVE,
        [PLAN_LEAVE] = PLAN_LEAVE_LOST, [PLAN_LEAVE_LOST] = PLAN_KEEP, [PLAN_JOIN] = PLAN_LEAVE};

    return p->trusted == NULL ? PLAN_LEAVE : after[plan_part(p, holder)];
}

static int change_person(struct walk *w, struct err *e)
{
    char name[64];
    struct plan_edit edit = {.verb = next_part(w->draft.plan, w->choice), .value = name};

    snprintf(name, sizeof name, "%s", w->draft.plan->holders[w->choice].name);
    return draft_edit(&w->draft, &edit, e);
}

static int set_field(struct walk *w, enum row row, struct err *e)
{
    char text[sizeof w->input.text + 16];
    struct plan_edit edit = {.verb = fields[row].verb, .value = text};

    if (edit.verb == PLAN_JOIN && w->input.n == 0)
        return 0;
    snprintf(text, sizeof text, "%s%s%s",
             edit.verb == PLAN_JOIN ? "" : signed_type_name(fields[row].role),
             edit.verb == PLAN_JOIN ? "" : "=", w->input.text);
    if (draft_edit(&w->draft, &edit, e) != 0)
        return -1;
    w->choice += edit.verb == PLAN_JOIN ? 1 : 0; /* the new person is above */
    arrive(w);
    return 0;
}

static int take(struct walk *w, struct err *e)
{
    struct err why = {0};
    int rc = 0;

    if (w->draft.changed) {
        rc = draft_take(&w->draft, w->c, &why);
        walk_forget_plan(w);
        if (w->o->replan != NULL && w->o->replan(w->t, ceremony_plan(w->c), e) != 0)
            return -1;
    }
    if (rc != 0) {
        *e = why;
        return -1;
    }
    if (w->draft.changed)
        walk_notice(w, "The plan is changed, and the journal says so.");
    draft_clear(&w->draft);
    return walk_go(w, STATION_PLAN, e);
}

static int edit_key(struct walk *w, int key, struct err *e)
{
    long row;

    if (view_choose(w, key, people(w) + ROW_TAKE + 1)) {
        arrive(w);
        return 0;
    }
    row = row_of(w);
    if (row < 0)
        return key == ' ' ? change_person(w, e) : 0;
    if (key == TERM_ENTER)
        return row == ROW_TAKE ? take(w, e) : set_field(w, (enum row)row, e);
    if (row != ROW_TAKE)
        (void)input_key(&w->input, key);
    return 0;
}

const struct view view_plan_edit = {
    .name = "plan_edit",
    .parent = VIEW_PLAN,
    .types = TYPE_LINE,
    .draw = edit_draw,
    .enter = edit_enter,
    .key = edit_key,
    .help = "Space goes through what can be said of a person: stays, gets a new key, has lost the "
            "key, leaves. In a field, type, and press Enter. What would change, and what the rules "
            "say of it, stands below. The plan is written when it is taken; a plan that a rule "
            "refuses is not. Its digest is a new one then, which everybody must be told.",
};
