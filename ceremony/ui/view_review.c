/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <strings.h>

#include "ceremony/base/words.h"
#include "ceremony/review/review.h"
#include "ceremony/ui/view.h"

static int review_enter(struct walk *w, struct err *e)
{
    const struct session *s = walk_session(w);

    (void)e;
    for (size_t i = 0; i < s->ngroups; i++)
        if (!s->groups[i].reviewed) {
            w->choice = i;
            break;
        }
    return 0;
}

static void review_draw(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);
    bool all = session_all_reviewed(s);

    page_paragraph(p, INK_STRONG, all ? "Everything is reviewed." : "What will be signed?");
    for (size_t i = 0; i < s->ngroups; i++) {
        const struct proposal_group *g = &s->groups[i];
        char which[48];

        if (g->n == 1)
            snprintf(which, sizeof which, "version %" PRId64, s->proposals[g->first].version);
        else
            snprintf(which, sizeof which, "%zu files", g->n);
        page_choice(p, w->choice == i, g->reviewed ? INK_GOOD : INK_PLAIN, "%s %s, %s%s",
                    g->reviewed ? "ok" : "  ", session_group_name(s, i), which,
                    g->reviewed ? ", reviewed" : ", not looked at yet");
    }
    page_gap(p);
    page_line(p, INK_PLAIN,
              all ? "Look again as often as you like; then continue."
                  : "Look at each of them together, before anybody signs.");
    if (all)
        page_key(p, "g", "continue");
    page_key(p, "Enter", "look at it");
    page_key(p, "Up/Down", "move");
}

static int review_key(struct walk *w, int key, struct err *e)
{
    const struct session *s = walk_session(w);

    if (view_choose(w, key, s->ngroups))
        return 0;
    if (key == 'g' && session_all_reviewed(s))
        return walk_go(w, STATION_SIGNATURES, e);
    if (key != TERM_ENTER)
        return 0;
    w->group = w->choice;
    w->raw = false;
    return walk_show(w, VIEW_PROPOSAL, e);
}

const struct view view_review = {
    .name = "review",
    .parent = VIEWS,
    .draw = review_draw,
    .enter = review_enter,
    .key = review_key,
    .help =
        "Each file is shown in words, made from the very bytes that the tokens will sign. Nobody "
        "can sign before the room has looked at all of them.",
};

static int proposal_enter(struct walk *w, struct err *e)
{
    const struct session *s = walk_session(w);

    lines_free(w->lines);
    w->lines = NULL;
    return w->raw ? review_raw(s, w->group, &w->lines, e) : review_lines(s, w->group, &w->lines, e);
}

static void put_context(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);
    const struct proposal_group *g = &s->groups[w->group];

    if (g->n == 1)
        page_context(p, "%s v%" PRId64, session_group_name(s, w->group),
                     s->proposals[g->first].version);
    else
        page_context(p, "%s", session_group_name(s, w->group));
}

static void proposal_draw(const struct walk *w, struct page *p)
{
    bool many = w->lines != NULL && lines_entries(w->lines) > VIEW_MANY;

    put_context(w, p);
    page_paragraph(p, INK_STRONG,
                   w->raw ? "The bytes that will be signed, laid out:"
                          : "This is what will be signed:");
    p->rest = w->lines;
    p->marked = w->marked > 0 ? p->n + w->marked : 0;
    page_key(p, "Enter", many ? "digest" : "compare its digest");
    page_key(p, "r", w->raw ? "in words" : many ? "raw" : "raw bytes");
    page_key(p, "/", "search");
    if (many) {
        page_key(p, "j", "jump");
        page_key(p, "s", "sample");
    }
}

/* To the next part of the text: what changes, what the rules say, the entries, the delegations. */
static void next_part(struct walk *w)
{
    size_t own = 2, at = w->scroll.line > own ? w->scroll.line - own : 0;
    size_t next = lines_next_part(w->lines, at);
    bool last = next >= lines_count(w->lines) || w->scroll.line >= w->seen.end.line;

    w->scroll = (struct page_spot){last ? 0 : next + own, 0};
}

static int proposal_key(struct walk *w, int key, struct err *e)
{
    if (key == 'r') {
        w->raw = !w->raw;
        w->scroll = (struct page_spot){0};
        w->marked = 0;
        return proposal_enter(w, e);
    }
    if (key == 's' && lines_entries(w->lines) > VIEW_MANY) {
        uint64_t dice;

        /* An entry that nobody chose. */
        if (ceremony_random(w->c, (uint8_t *)&dice, sizeof dice, e) != 0)
            return -1;
        walk_mark(w, lines_entry(w->lines, (size_t)(dice % lines_entries(w->lines))));
        return 0;
    }
    if (key == TERM_TAB) {
        next_part(w);
        return 0;
    }
    return key == TERM_ENTER ? walk_show(w, VIEW_REVIEW_WORD, e) : 0;
}

const struct view view_proposal = {
    .name = "proposal",
    .parent = VIEW_REVIEW,
    .draw = proposal_draw,
    .enter = proposal_enter,
    .key = proposal_key,
    .help =
        "PgUp, PgDn, Home and End scroll, Tab goes to the next part. / searches, n finds the next. "
        "In a long file j jumps to the entry that begins with what you type, and s shows one that "
        "nobody chose. r shows the JSON itself; nothing in it is hidden by the words, and members "
        "that this program does not know are named.",
};

static void word_draw(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);
    const struct proposal_group *g = &s->groups[w->group];

    put_context(w, p);
    if (g->n == 1)
        page_line(p, INK_STRONG, "The digest of %s, version %" PRId64 ":",
                  session_group_name(s, w->group), s->proposals[g->first].version);
    else
        page_line(p, INK_STRONG, "The digest of the list of %zu files of %s:", g->n,
                  session_group_name(s, w->group));
    page_gap(p);
    page_digest(p, g->digest, 8);
    page_gap(p);
    page_paragraph(p, INK_PLAIN,
                   "Witnesses write down the first line. Each keyholder will see the same "
                   "digest before signing.");
    page_field(p, true, "If this is to be signed, type the first word:", w->input.text);
    page_key(p, "Enter", "it is reviewed");
}

static int word_key(struct walk *w, int key, struct err *e)
{
    const struct proposal_group *g = &walk_session(w)->groups[w->group];

    if (!view_entered(w, key, NULL))
        return 0;
    if (!input_is(&w->input, word_of(g->digest[0], 0))) {
        err_set(e, ERR_INPUT, "'%s' is not the first word", w->input.text);
        return err_todo(e, "type the first word, or press Esc to look again");
    }
    if (act_review(w->c, w->group, e) != 0)
        return -1;
    walk_notice(w, "Reviewed: %s.", session_group_name(walk_session(w), w->group));
    return walk_go(w, STATION_REVIEW, e);
}

const struct view view_review_word = {
    .name = "review_word",
    .parent = VIEW_PROPOSAL,
    .types = TYPE_LINE,
    .draw = word_draw,
    .key = word_key,
    .help = "The digest is the SHA-256 of the bytes that will be signed. 'tuf-ceremony canonical "
            "--signed FILE | sha256sum' gives the same for the published file.",
};
