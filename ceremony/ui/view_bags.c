/* SPDX-License-Identifier: Apache-2.0 */
/* The new bags that the tokens go into, by the numbers on them. */
#include "ceremony/base/memory.h"
#include "ceremony/ui/view_token.h"
#include "metadata/base/plain.h"

static void bags_draw(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);
    struct bytes token = {0};

    view_notice(w, p);
    page_paragraph(p, INK_STRONG, "Which new bag does each token go into?");
    for (size_t i = 0; i < s->plan->nholders; i++) {
        const char *name = walk_holder(w, i);

        bytes_truncate(&token, 0);
        token_put(s, i, &token);
        page_choice(p, w->choice == i, s->holders[i].bag != NULL ? INK_GOOD : INK_PLAIN,
                    "%s %s%*s  %s", s->holders[i].bag != NULL ? "ok" : "  ", name,
                    plain_pad(name, view_names(s->plan)), "", memory_text(&token));
    }
    bytes_clear(&token);
    page_gap(p);
    page_field(p, true, "The number on the new bag:", w->input.text);
    page_line(p, INK_PLAIN, "It goes into the transcript, and into the plan of the next ceremony.");
    page_key(p, "Enter", "record it");
    page_key(p, "Up/Down", "move");
}

/* The first whose bag is still the old one. */
static int bags_enter(struct walk *w, struct err *e)
{
    const struct session *s = walk_session(w);

    (void)e;
    w->choice = 0;
    while (w->choice + 1 < s->plan->nholders && s->holders[w->choice].bag != NULL)
        w->choice++;
    return 0;
}

static int bags_key(struct walk *w, int key, struct err *e)
{
    size_t holder = w->choice;

    if (view_choose(w, key, walk_session(w)->plan->nholders)) {
        w->input = (struct input){0};
        return 0;
    }
    if (!view_entered(w, key, NULL))
        return 0;
    if (act_bag(w->c, holder, w->input.text, e) != 0)
        return -1;
    walk_notice(
        w, "Recorded: the token of %s goes into bag %s.%s", walk_holder(w, holder), w->input.text,
        walk_session(w)->bundle_written ? " Write the bundle again, for it names the bags." : "");
    w->input = (struct input){0};
    return walk_show(w, VIEW_BAGS, e);
}

const struct view view_bags = {
    .name = "bags",
    .parent = VIEW_BUNDLE,
    .types = TYPE_LINE,
    .draw = bags_draw,
    .enter = bags_enter,
    .key = bags_key,
    .help = "Before a token leaves the room it goes into a new tamper-evident bag. Its number is "
            "compared when the bag is opened, at the next ceremony. A number that was typed wrong "
            "is typed again: the last one counts.",
};
