/* SPDX-License-Identifier: Apache-2.0 */
/* The plan changed since the ceremony began: what that keeps and voids, before the room decides. */
#include "ceremony/ui/view.h"

static int replan_enter(struct walk *w, struct err *e)
{
    struct replan r;

    if (replan_preview(w->c, &r, e) != 0)
        return -1;
    replan_clear(&w->replan);
    w->replan = r;
    return 0;
}

static void draw_items(const struct walk *w, struct page *p, bool kept)
{
    for (size_t i = 0; i < w->replan.n; i++)
        if (w->replan.items[i].kept == kept)
            page_indented(p, kept ? INK_PLAIN : INK_BAD, 2, "%s  %s", kept ? "stays" : "VOID ",
                          w->replan.items[i].text);
}

static void replan_draw(const struct walk *w, struct page *p)
{
    page_paragraph(p, INK_STRONG,
                   "The plan has changed since the ceremony began. Continue with it?");
    if (w->replan.n == 0)
        page_line(p, INK_GOOD, "No key is made and nothing is signed yet: nothing is lost.");
    else if (w->replan.voids == 0)
        page_line(p, INK_GOOD, "Every key and every signature stays valid:");
    else
        page_line(p, INK_WARN, "%zu of %zu become void, because what they were given for changes:",
                  w->replan.voids, w->replan.n);
    draw_items(w, p, false);
    draw_items(w, p, true);
    page_gap(p);
    page_line(p, INK_PLAIN, "To continue as before, leave, and restore plan.json and inputs/.");
    page_key(p, "Enter", "compare its digest");
}

static int replan_key(struct walk *w, int key, struct err *e)
{
    return key == TERM_ENTER ? walk_show(w, VIEW_REPLAN_WORD, e) : 0;
}

const struct view view_replan = {
    .name = "replan",
    .parent = VIEWS,
    .draw = replan_draw,
    .enter = replan_enter,
    .key = replan_key,
    .help = "plan.json or a file in inputs/ is not what it was when the ceremony began. Nothing is "
            "changed until a word is typed. A signature over bytes that stay the same stays "
            "valid; one over bytes that change is void, and its holder signs again.",
};

static void word_draw(const struct walk *w, struct page *p)
{
    page_paragraph(p, INK_STRONG, "Is this the changed plan that everybody agreed on?");
    if (w->replan.voids > 0)
        page_line(p, INK_WARN, "%zu of %zu keys and signatures become void.", w->replan.voids,
                  w->replan.n);
    page_paragraph(p, INK_PLAIN, "Its digest, to be read aloud and compared:");
    view_plan_digest(w, p, "To continue with this plan, type the first word:", "take the change");
}

static int word_key(struct walk *w, int key, struct err *e)
{
    if (!view_entered(w, key, NULL))
        return 0;
    if (act_plan_changed(w->c, w->input.text, e) != 0)
        return -1;
    walk_notice(w, "The change is recorded. The plan must be accepted again.");
    return walk_go(w, session_station(walk_session(w)), e);
}

const struct view view_replan_word = {
    .name = "replan_word",
    .parent = VIEW_REPLAN,
    .types = TYPE_LINE,
    .draw = word_draw,
    .key = word_key,
    .help = "The digest is that of plan.json and of every file in 'inputs', as they are now. "
            "'tuf-ceremony check' prints the same one on any machine. Its first word records the "
            "change, and the plan is accepted again.",
};
