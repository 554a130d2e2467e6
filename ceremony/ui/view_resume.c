/* SPDX-License-Identifier: Apache-2.0 */
/* A ceremony whose journal this machine does not remember: nothing of it is shown before the room
 * has decided how it continues. */
#include "ceremony/ui/view.h"

static void resume_draw(const struct walk *w, struct page *p)
{
    const struct journal *j = ceremony_journal(w->c);
    struct utc_text begun = utc_text(journal_event(j, 0)->time);

    page_paragraph(p, INK_ALARM, "This machine does not remember this journal.");
    page_paragraph(
        p, INK_PLAIN,
        "It was begun %s %.5s UTC and has %zu lines. It may come from another machine, and "
        "somebody may have changed it.",
        begun.day, begun.time, journal_count(j));
    page_paragraph(
        p, INK_PLAIN,
        "Whoever left it wrote down eight words, or their 16 hex digits. Type them, and it "
        "continues where it stood.");
    page_paragraph(
        p, INK_PLAIN,
        "Without that paper type 'again': the date, the plan, the roll call and the review "
        "are asked for once more. Signatures that are there stay; each is verified.");
    page_field(p, true, "The eight words, or 'again':", w->input.text);
    page_key(p, "Enter", "continue");
}

static int resume_key(struct walk *w, int key, struct err *e)
{
    bool again;

    if (!view_entered(w, key, NULL))
        return 0;
    again = input_is(&w->input, "again");
    if (act_resume(w->c, again ? NULL : w->input.text, e) != 0)
        return -1;
    walk_notice(w, again
                       ? "The date, the plan, the roll call and the review are asked for once more."
                       : "These are the words of the journal's last line.");
    return walk_begin(w, e);
}

const struct view view_resume = {
    .name = "resume",
    .parent = VIEWS,
    .types = TYPE_LINE,
    .draw = resume_draw,
    .key = resume_key,
    .help = "A machine remembers the last line of each ceremony that was held on it, outside of "
            "the ceremony's folder. This folder's journal is not the one it remembers: it comes "
            "from another machine, this one keeps nothing when it is switched off, or somebody "
            "changed the folder. The words are those that were shown when the ceremony was left.",
};
