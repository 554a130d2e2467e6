/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ceremony/base/memory.h"
#include "ceremony/ui/view_token.h"
#include "metadata/base/plain.h"

#define SIGNED_SHOWN 40

/* Those who could sign come first in Enter's way: somebody who is needed and here, or going on. */
static int signatures_enter(struct walk *w, struct err *e)
{
    const struct session *s = walk_session(w);

    (void)e;
    w->choice = s->plan->nholders;
    for (size_t i = 0; i < s->plan->nholders; i++)
        if (session_signatures_left(s, i) > 0 && s->holders[i].present && !s->holders[i].skipped) {
            w->choice = i;
            break;
        }
    return 0;
}

/* "still needs two of Chen, Dee, Ee" */
static void put_needed(const struct session *s, size_t proposal, size_t obligation,
                       struct bytes *out)
{
    const struct obligation *o = &s->proposals[proposal].obligations[obligation];
    unsigned reached = session_reached(s, proposal, obligation), n = 0;

    if (reached >= o->role->threshold) {
        bytes_put_str(out, "ok");
        return;
    }
    bytes_printf(out, "still needs %u of ", o->role->threshold - reached);
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (!session_has_signed(s, proposal, i) && session_seat_signs(s, proposal, i) &&
            session_seat_counts(s, proposal, obligation, i))
            bytes_printf(out, "%s%s", n++ > 0 ? ", " : "", session_holder_name(s, i));
}

static void draw_gauge(const struct session *s, size_t proposal, size_t obligation, struct page *p)
{
    const struct proposal *pr = &s->proposals[proposal];
    const struct obligation *o = &pr->obligations[obligation];
    unsigned reached = session_reached(s, proposal, obligation), t = o->role->threshold;
    char bar[17];
    struct bytes needed = {0};

    for (unsigned i = 0; i < 16; i++)
        bar[i] = i < t ? i < reached ? '#' : '.' : '\0';
    bar[16] = '\0';
    put_needed(s, proposal, obligation, &needed);
    page_line(p, reached >= t ? INK_GOOD : INK_PLAIN, "%s v%" PRId64 "  %s  %s  %u%s%u%s  %s",
              pr->role, pr->version, o->label, bar, reached, reached > t ? " (" : " of ", t,
              reached > t ? " needed)" : "", memory_text(&needed));
    bytes_clear(&needed);
}

/* A role template: the bar shows its signatures, the words how many of its files are done, and what
 * the first that is not still needs. */
static void draw_template(const struct session *s, size_t group, struct page *p)
{
    const struct proposal_group *g = &s->groups[group];
    size_t done = session_group_complete(s, group), first = g->first, needed_all;
    size_t given = session_group_signed(s, group, &needed_all);
    struct bytes needed = {0};
    char bar[17];

    while (first + 1 < g->first + g->n &&
           session_reached(s, first, 0) >= s->proposals[first].obligations[0].role->threshold)
        first++;
    for (unsigned i = 0; i < 16; i++)
        bar[i] = i < given * 16 / needed_all ? '#' : '.';
    bar[16] = '\0';
    put_needed(s, first, 0, &needed);
    page_line(p, done == g->n ? INK_GOOD : INK_PLAIN, "%s  %s  %zu of %zu files  %s",
              session_group_name(s, group), bar, done, g->n, memory_text(&needed));
    bytes_clear(&needed);
}

static void draw_gauges(const struct session *s, struct page *p)
{
    for (size_t i = 0; i < s->ngroups; i++)
        if (s->groups[i].n > 1)
            draw_template(s, i, p);
        else
            for (size_t k = 0; k < s->proposals[s->groups[i].first].nobligations; k++)
                draw_gauge(s, s->groups[i].first, k, p);
}

/* Has a key signed some of what it signs, and not all? */
static bool in_the_middle(const struct session *s, size_t holder)
{
    for (size_t k = 0; k < s->plan->nseats; k++) {
        if (s->plan->seats[k].holder != holder || !session_seat_can_sign(s, k))
            continue;
        for (size_t i = 0; i < s->nproposals; i++)
            if (session_has_signed(s, i, k))
                return true;
    }
    return false;
}

static const char *holder_state(const struct session *s, size_t i)
{
    const struct holder_state *h = &s->holders[i];
    bool signed_some = false, lost = false;

    for (size_t k = 0; k < s->nsignatures; k++)
        signed_some = signed_some || s->plan->seats[s->signatures[k].seat].holder == i;
    for (size_t k = 0; k < s->plan->nseats; k++)
        lost = lost || (s->plan->seats[k].holder == i && s->plan->seats[k].lost);
    if (session_signatures_left(s, i) == 0)
        return signed_some ? "has signed everything"
               : lost      ? "has lost the key"
                           : "has nothing to sign";
    if (!h->present)
        return "not in the room";
    if (h->skipped)
        return "skipped for now";
    if (in_the_middle(s, i))
        return "has signed some: continues with the next";
    if (signed_some)
        return "one more token to sign with";
    return session_needed(s, i) ? "has not signed" : "could sign too: shows that the key works";
}

static void draw_holder(const struct walk *w, size_t i, struct page *p)
{
    const struct session *s = walk_session(w);
    size_t left = session_signatures_left(s, i);
    const char *state = holder_state(s, i);
    struct bytes token = {0}, other = {0};
    int widest = 0;

    token_put(s, i, &token);
    for (size_t k = 0; k < s->plan->nholders; k++) {
        bytes_truncate(&other, 0);
        token_put(s, k, &other);
        if (plain_width(memory_text(&other)) > widest)
            widest = plain_width(memory_text(&other));
    }
    page_choice(p, w->choice == i, left == 0 ? INK_GOOD : INK_PLAIN, "%s%*s  %s%*s%s",
                walk_holder(w, i), plain_pad(walk_holder(w, i), view_names(s->plan)), "",
                memory_text(&token), widest > 0 ? plain_pad(memory_text(&token), widest) + 2 : 0,
                "", state);
    bytes_clear(&token);
    bytes_clear(&other);
}

/* How many signatures up to and with the i-th are one holder's of one role template. */
static size_t one_sitting(const struct session *s, size_t i)
{
    const struct proposal *last = &s->proposals[s->signatures[i].proposal];
    size_t n = 1;

    for (; n <= i; n++) {
        const struct proposal *pr = &s->proposals[s->signatures[i - n].proposal];

        if (pr->group != last->group || s->signatures[i - n].seat != s->signatures[i].seat)
            break;
    }
    return n;
}

/* The latest first, a role template's in one line; a long list's end is in the transcript. */
static void draw_signed(const struct session *s, struct page *p)
{
    size_t left = s->nsignatures;

    if (left > 0)
        page_line(p, INK_PLAIN, "Signed so far, verified and on disk:");
    for (size_t shown = 0; left > 0 && shown < SIGNED_SHOWN; shown++) {
        const struct signed_entry *sig = &s->signatures[left - 1];
        const struct proposal *pr = &s->proposals[sig->proposal];
        size_t n = one_sitting(s, left - 1);
        const struct utc_text at = utc_text(sig->at);
        const char *who = session_holder_name(s, sig->seat);

        if (n == 1)
            page_indented(p, INK_PLAIN, 2, "%.5s  %s  %s v%" PRId64, at.time, who, pr->role,
                          pr->version);
        else
            page_indented(p, INK_PLAIN, 2, "%.5s  %s  %zu files of %s", at.time, who, n,
                          s->plan->roles[s->groups[pr->group].role].name);
        left -= n;
    }
    if (left > 0)
        page_indented(p, INK_FAINT, 2, "and %zu before", left);
}

static void signatures_draw(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);
    bool complete = session_complete(s);

    page_paragraph(p, INK_STRONG,
                   complete ? "The signatures are complete. Who else signs?"
                            : "Whose signature next?");
    draw_gauges(s, p);
    page_gap(p);
    for (size_t i = 0; i < s->plan->nholders; i++)
        draw_holder(w, i, p);
    if (complete)
        page_choice(p, w->choice == s->plan->nholders, INK_STRONG, "continue to the client's view");
    page_gap(p);
    draw_signed(s, p);
    if (w->choice >= s->plan->nholders)
        page_key(p, "Enter", complete ? "continue" : "");
    else if (session_signatures_left(s, w->choice) > 0) {
        page_key(p, "Enter", "they sign now");
        page_key(p, "x", "skip them");
    }
    page_key(p, "Up/Down", "move");
}

static int signatures_key(struct walk *w, int key, struct err *e)
{
    const struct session *s = walk_session(w);
    size_t n = s->plan->nholders;

    if (view_choose(w, key, n + (session_complete(s) ? 1 : 0)))
        return 0;
    if (key == TERM_ENTER && w->choice >= n && session_complete(s))
        return walk_go(w, STATION_CLIENT_VIEW, e);
    if (w->choice >= n || session_signatures_left(s, w->choice) == 0)
        return 0;
    w->holder = w->choice;
    if (key == 'x') {
        w->purpose = PURPOSE_SIGN;
        return walk_show(w, VIEW_SKIP, e);
    }
    if (key != TERM_ENTER)
        return 0;
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->plan->seats[i].holder == w->holder && session_seat_can_sign(s, i))
            return token_begin(w, PURPOSE_SIGN, w->holder, i, e);
    return 0;
}

const struct view view_signatures = {
    .name = "signatures",
    .parent = VIEWS,
    .draw = signatures_draw,
    .enter = signatures_enter,
    .key = signatures_key,
    .help =
        "Keyholders sign one after the other, in any order. Each bar shows how many signatures a "
        "set of keys has given, and how many it must give. One PIN signs all files that a holder's "
        "keys sign. In a first ceremony let everybody sign, so that each new key was seen to work.",
};

/* How many of the group's files this keyholder can still sign. */
static size_t left_in(const struct session *s, size_t holder, size_t group)
{
    const struct proposal_group *g = &s->groups[group];
    size_t n = 0;

    for (size_t i = g->first; i < g->first + g->n; i++) {
        bool open = false;

        for (size_t k = 0; k < s->plan->nseats; k++)
            open = open || (s->plan->seats[k].holder == holder && session_seat_signs(s, i, k) &&
                            !session_has_signed(s, i, k));
        n += open;
    }
    return n;
}

static void draw_group(const struct session *s, size_t group, size_t left, struct page *p)
{
    const struct proposal_group *g = &s->groups[group];
    const struct proposal *pr = &s->proposals[g->first];
    char some[48] = "";
    struct bytes expiry = {0};

    utc_put_expiry_day(s->today, pr->expires, &expiry);
    if (left < g->n)
        snprintf(some, sizeof some, "the last %zu of ", left);
    page_gap(p);
    if (g->n == 1)
        page_line(p, INK_PLAIN, "%s v%" PRId64 ", %s", pr->role, pr->version, memory_text(&expiry));
    else
        page_line(p, INK_PLAIN, "%s, %s%zu files, %s", session_group_name(s, group), some, g->n,
                  memory_text(&expiry));
    bytes_clear(&expiry);
    page_digest(p, g->digest, 2);
}

void token_draw_what(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);

    page_line(p, INK_STRONG,
              "%s, this is what your token will sign, as reviewed:", walk_holder(w, w->holder));
    p->pinned = p->n;
    for (size_t i = 0; i < s->ngroups; i++) {
        size_t left = left_in(s, w->holder, i);

        if (left > 0)
            draw_group(s, i, left, p);
    }
    page_gap(p);
}

static void skip_draw(const struct walk *w, struct page *p)
{
    struct bytes token = {0};

    token_put(walk_session(w), w->holder, &token);
    page_paragraph(p, INK_STRONG, "Why does %s not sign now?", walk_holder(w, w->holder));
    if (token.n > 0)
        page_line(p, INK_PLAIN, "Token: %s", memory_text(&token));
    bytes_clear(&token);
    page_paragraph(p, INK_PLAIN,
                   "The reason goes into the transcript. %s can sign later all the same.",
                   walk_holder(w, w->holder));
    page_field(p, true, "Because:", w->input.text);
    page_key(p, "Enter", "skip for now");
}

static int skip_key(struct walk *w, int key, struct err *e)
{
    if (!view_entered(w, key, NULL))
        return 0;
    if (act_skip(w->c, w->holder, w->input.text, e) != 0)
        return -1;
    walk_notice(w, "%s is skipped for now.", walk_holder(w, w->holder));
    return token_back(w, e);
}

const struct view view_skip = {
    .name = "skip",
    .parent = VIEW_SIGNATURES,
    .types = TYPE_TEXT,
    .draw = skip_draw,
    .key = skip_key,
    .help = "Somebody who is absent, or whose token is locked or broken, is skipped. The threshold "
            "counts, not the number of people.",
};
