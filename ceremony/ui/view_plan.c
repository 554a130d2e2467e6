/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/base/finding.h"
#include "ceremony/base/memory.h"
#include "ceremony/plan/plan_words.h"
#include "ceremony/rules/plan_rules.h"
#include "ceremony/ui/view.h"

static int plan_enter(struct walk *w, struct err *e)
{
    struct findings f;

    if (plan_rules_check(ceremony_plan(w->c), walk_session(w)->date, &f, e) != 0)
        return -1;
    findings_clear(&w->findings);
    w->findings = f;
    return 0;
}

/* Later it is `replan` that says what a change would void. */
static bool may_change(const struct walk *w)
{
    const struct session *s = walk_session(w);

    for (size_t i = 0; i < s->nbefore; i++)
        if (s->before[i].type == EVENT_SIGNATURE)
            return false;
    return !s->plan_accepted;
}

static void plan_draw(const struct walk *w, struct page *p)
{
    bool refused = findings_refused(&w->findings);
    struct bytes text = {0};

    page_paragraph(p, INK_STRONG, "This is the plan. Is it what you came for?");
    plan_words(ceremony_plan(w->c), walk_session(w)->date, &text);
    page_text(p, INK_PLAIN, 0, span_str(memory_text(&text)));
    bytes_clear(&text);
    page_gap(p);
    view_findings(&w->findings, p);
    if (refused)
        page_line(p, INK_BAD, "A refused plan can't be used. Change it, or leave and fix it.");
    else
        page_key(p, "Enter", "compare its digest");
    if (may_change(w))
        page_key(p, "e", "change it");
}

static int plan_key(struct walk *w, int key, struct err *e)
{
    if (key == 'e' && may_change(w)) {
        draft_clear(&w->draft);
        return walk_show(w, VIEW_PLAN_EDIT, e);
    }
    if (key != TERM_ENTER || findings_refused(&w->findings))
        return 0;
    return station_done(walk_session(w), STATION_PLAN) ? walk_go(w, STATION_ROLL_CALL, e)
                                                       : walk_show(w, VIEW_PLAN_WORD, e);
}

const struct view view_plan = {
    .name = "plan",
    .parent = VIEWS,
    .draw = plan_draw,
    .enter = plan_enter,
    .key = plan_key,
    .help =
        "The plan was made before the ceremony. It lists who holds a key, how many must sign, and "
        "what is signed until when. Until it is accepted, it can be changed here: press e. Later, "
        "leave, "
        "fix plan.json, and the walk asks about the change when it continues. Warnings are "
        "allowed, "
        "and recorded; refusals are not.",
};

static void word_draw(const struct walk *w, struct page *p)
{
    page_paragraph(p, INK_STRONG, "Is this the plan that everybody %s?",
                   walk_session(w)->nbefore > 0 ? "agreed on" : "was sent");
    if (walk_session(w)->nbefore > 0)
        page_line(p, INK_WARN,
                  "It was changed since the ceremony began: its digest is not the one that was "
                  "sent. One person reads it aloud; everybody compares it with the screen, and "
                  "writes it down.");
    else
        page_line(p, INK_PLAIN,
                  "One person reads the words aloud; everybody else compares them with "
                  "the digest they were sent.");
    page_gap(p);
    view_plan_digest(w, p, "If they are the same, type the first word:", "accept the plan");
}

static int word_key(struct walk *w, int key, struct err *e)
{
    if (!view_entered(w, key, NULL))
        return 0;
    if (act_accept_plan(w->c, w->input.text, e) != 0)
        return -1;
    walk_notice(w, "The plan is accepted.");
    return walk_go(w, STATION_ROLL_CALL, e);
}

const struct view view_plan_word = {
    .name = "plan_word",
    .parent = VIEW_PLAN,
    .types = TYPE_LINE,
    .draw = word_draw,
    .key = word_key,
    .help = "The digest is a fingerprint of plan.json and of every file in 'inputs'. 'tuf-ceremony "
            "check' prints the same one on any machine. If a single word differs, it is another "
            "plan: press Esc and find out why.",
};
