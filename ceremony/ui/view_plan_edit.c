/* SPDX-License-Identifier: Apache-2.0 */
/* The plan is changed in the room: a draft, which is written when it is taken. */
#include <stdio.h>
#include <string.h>

#include "ceremony/base/memory.h"
#include "ceremony/plan/plan_change.h"
#include "ceremony/ui/view.h"
#include "metadata/base/plain.h"

/* The rows: a person each, these, an online key each, and the last takes the plan. */
enum field {
    FIELD_JOIN,
    FIELD_ROOT_T,
    FIELD_TARGETS_T,
    FIELD_ROOT_EXPIRES,
    FIELD_TARGETS_EXPIRES,
    FIELD_TARGETS_SIGN,
    FIELD_KEY_TYPE,
    FIELD_NEXT,
    FIELDS
};

static const struct {
    enum signed_type role;
    enum plan_verb verb;
    const char *label;
} fields[FIELDS] = {
    [FIELD_JOIN] = {SIGNED_ROOT, PLAN_JOIN, "Somebody joins, by the name of:"},
    [FIELD_ROOT_T] = {SIGNED_ROOT, PLAN_THRESHOLD, "How many must sign root:"},
    [FIELD_TARGETS_T] = {SIGNED_TARGETS, PLAN_THRESHOLD, "How many must sign targets:"},
    [FIELD_ROOT_EXPIRES] = {SIGNED_ROOT, PLAN_EXPIRES, "Root is valid for (or until):"},
    [FIELD_TARGETS_SIGN] = {SIGNED_TARGETS, PLAN_SIGN, "Is targets signed in this ceremony:"},
    [FIELD_TARGETS_EXPIRES] = {SIGNED_TARGETS, PLAN_EXPIRES, "Targets is valid for (or until):"},
    [FIELD_KEY_TYPE] = {SIGNED_ROOT, PLAN_KEY_TYPE, "Root keys made here are of type:"},
    [FIELD_NEXT] = {SIGNED_ROOT, PLAN_NEXT, "The committee meets again on (a day):"},
};

static void day_put(utc_t when, char *out, size_t size)
{
    char at[UTC_SIZE];

    utc_format(when, at);
    snprintf(out, size, "%.*s", when % UTC_DAY == 0 ? 10 : UTC_SIZE, at);
}

/* What a field says in the draft, as it can be typed. */
static void value_of(const struct plan *p, size_t field, char *out, size_t size)
{
    const struct plan_role *r = &p->roles[fields[field].role];
    enum plan_verb verb = fields[field].verb;

    out[0] = '\0';
    if (verb == PLAN_THRESHOLD)
        snprintf(out, size, "%u", r->threshold);
    else if (verb == PLAN_SIGN)
        snprintf(out, size, "%s", r->sign ? "yes" : "no");
    else if (verb == PLAN_KEY_TYPE && r->nseats > 0)
        snprintf(out, size, "%s", key_type_name(p->seats[r->seats[0]].key_type));
    else if (verb == PLAN_EXPIRES && r->expires_is_date)
        day_put(r->expires_at, out, size);
    else if (verb == PLAN_EXPIRES && r->has_expires)
        duration_format(r->expires_in, out, size);
    else if (verb == PLAN_NEXT && p->has_next)
        day_put(p->next, out, size);
}

static size_t people(const struct walk *w)
{
    return w->draft.plan->nholders;
}

/* Where the cursor is. */
enum place { ON_PERSON, ON_FIELD, ON_ONLINE, ON_TAKE };

static enum place place_of(const struct walk *w, size_t *i)
{
    const size_t n[] = {people(w), FIELDS, w->draft.plan->nonline};
    unsigned place = ON_PERSON;

    for (*i = w->choice; place < ON_TAKE && *i >= n[place]; place++)
        *i -= n[place];
    return (enum place)place;
}

/* The cursor comes to a row: what is there can be typed over. */
static void arrive(struct walk *w)
{
    const struct plan *plan = w->draft.plan;
    size_t i;
    enum place place = place_of(w, &i);

    w->input = (struct input){0};
    if (place == ON_FIELD)
        value_of(plan, i, w->input.text, sizeof w->input.text);
    else if (place == ON_ONLINE && plan->online[i].file != NULL)
        snprintf(w->input.text, sizeof w->input.text, "%s", plan->online[i].file);
    w->input.n = strlen(w->input.text);
}

static int edit_enter(struct walk *w, struct err *e)
{
    if (w->draft.plan == NULL &&
        draft_begin(&w->draft, ceremony_store(w->c), walk_session(w)->date, e) != 0)
        return -1;
    arrive(w);
    return 0;
}

static void draw_fields(const struct walk *w, struct page *p)
{
    const struct plan *plan = w->draft.plan;

    for (size_t i = 0; i < FIELDS; i++) {
        bool here = w->choice == people(w) + i;
        char text[sizeof w->input.text];

        value_of(plan, i, text, sizeof text);
        if (here || fields[i].verb == PLAN_JOIN || plan->roles[fields[i].role].nseats > 0)
            page_field(p, here, fields[i].label, here ? w->input.text : text);
    }
}

static void draw_online(const struct walk *w, struct page *p)
{
    const struct plan *plan = w->draft.plan;

    for (size_t i = 0; i < plan->nonline; i++) {
        const char *file = plan->online[i].file;
        bool here = w->choice == people(w) + FIELDS + i;
        char label[160];

        snprintf(label, sizeof label, "New online key '%.60s', in inputs/:", plan->online[i].name);
        page_field(p, here, label, here ? w->input.text : file == NULL ? "" : file);
    }
}

static void edit_draw(const struct walk *w, struct page *p)
{
    const struct plan *plan = w->draft.plan;
    size_t i;
    enum place place = place_of(w, &i);
    int names = view_names(plan);
    struct bytes text = {0};

    page_paragraph(p, INK_STRONG, "What changes? Nothing is written before you take it.");
    for (i = 0; i < people(w); i++)
        page_choice(p, w->choice == i, INK_PLAIN, "%s%*s  %s", plan->holders[i].name,
                    plain_pad(plan->holders[i].name, names), "",
                    plan_part_words(plan_part(plan, i)));
    draw_fields(w, p);
    draw_online(w, p);
    page_choice(p, place == ON_TAKE, INK_PLAIN, "take this plan");
    page_gap(p);
    if (plan->trusted != NULL) {
        plan_change_words(plan, &text);
        page_line(p, INK_PLAIN, "Against the metadata in force:");
        page_text(p, INK_PLAIN, 0, span_str(memory_text(&text)));
        bytes_clear(&text);
    }
    view_findings(&w->draft.findings, p);
    if (place == ON_PERSON)
        page_key(p, "Space", "change");
    else
        page_key(p, "Enter", place == ON_TAKE ? "write it" : "set");
    page_key(p, "Up/Down", "move");
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
    return draft_edit(&w->draft, &edit, 1, e);
}

/* One edit, by what is typed: "WHOSE=VALUE", or the value alone when it is nobody's. */
static int set(struct walk *w, enum plan_verb verb, const char *whose, struct err *e)
{
    char text[sizeof w->input.text + 128];
    struct plan_edit edit = {.verb = verb, .value = text};

    if (w->input.n == 0 && (verb == PLAN_JOIN || verb == PLAN_NEXT || verb == PLAN_ONLINE))
        return 0; /* nothing is said */
    snprintf(text, sizeof text, "%s%s%s", whose, whose[0] != '\0' ? "=" : "", w->input.text);
    return draft_edit(&w->draft, &edit, 1, e);
}

static int set_row(struct walk *w, enum place place, size_t i, struct err *e)
{
    enum plan_verb verb = place == ON_FIELD ? fields[i].verb : PLAN_ONLINE;
    const char *whose = "";

    if (place == ON_ONLINE)
        whose = w->draft.plan->online[i].name;
    else if (verb != PLAN_JOIN && verb != PLAN_NEXT)
        whose = signed_type_name(fields[i].role);
    if (set(w, verb, whose, e) != 0)
        return -1;
    w->choice += verb == PLAN_JOIN && w->input.n > 0 ? 1 : 0; /* the new person is above */
    arrive(w);
    return 0;
}

static int take(struct walk *w, struct err *e)
{
    uint8_t before[SHA256_SIZE];
    struct err why = {0};
    int rc = 0;

    memcpy(before, ceremony_plan(w->c)->sha256, sizeof before);
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
    if (memcmp(before, ceremony_plan(w->c)->sha256, sizeof before) != 0)
        walk_notice(w, "The plan is changed, and the journal records it.");
    else if (w->draft.changed)
        walk_notice(w, "The plan is as it was.");
    draft_clear(&w->draft);
    return walk_go(w, STATION_PLAN, e);
}

static int edit_key(struct walk *w, int key, struct err *e)
{
    size_t i;
    enum place place;

    if (view_choose(w, key, people(w) + FIELDS + w->draft.plan->nonline + 1)) {
        arrive(w);
        return 0;
    }
    place = place_of(w, &i);
    if (place == ON_PERSON)
        return key == ' ' ? change_person(w, e) : 0;
    if (key == TERM_ENTER)
        return place == ON_TAKE ? take(w, e) : set_row(w, place, i, e);
    if (place != ON_TAKE)
        (void)input_key(&w->input, key);
    return 0;
}

const struct view view_plan_edit = {
    .name = "plan_edit",
    .parent = VIEW_PLAN,
    .esc = "forget it",
    .types = TYPE_LINE,
    .draw = edit_draw,
    .enter = edit_enter,
    .key = edit_key,
    .help = "Space changes what is planned for a person: stays, gets a new key, has lost the key, "
            "leaves. In a field, type, and press Enter. What would change, and what the rules "
            "report, is shown below. The plan is written when it is taken; a plan that a rule "
            "refuses is not. Its digest is then a new one: give it to everybody.",
};
