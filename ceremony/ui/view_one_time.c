/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that signed once leave their tokens. */
#include "ceremony/acts/one_time.h"
#include "ceremony/ui/view_token.h"

static bool has_one_time(const struct session *s, size_t holder)
{
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->plan->seats[i].holder == holder && session_seat_one_time(s, i))
            return true;
    return false;
}

static int one_time_enter(struct walk *w, struct err *e)
{
    const struct session *s = walk_session(w);
    size_t ignored;

    (void)e;
    for (size_t i = s->plan->nholders; i-- > 0;)
        if (has_one_time(s, i) && (one_time_next(s, i, &ignored) || w->choice >= s->plan->nholders))
            w->choice = i;
    for (size_t i = s->plan->nholders; i-- > 0;)
        if (one_time_next(s, i, &ignored))
            w->choice = i;
    return 0;
}

static void one_time_draw(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);
    bool all = station_done(s, STATION_ONE_TIME);
    const char *bag;
    size_t seat;

    page_paragraph(p, INK_STRONG,
                   all ? "Every one-time key is destroyed."
                       : "Whose one-time key is destroyed next?");
    for (size_t i = 0; i < s->plan->nholders; i++) {
        if (!has_one_time(s, i))
            continue;
        bag = session_bag(s, i);
        if (one_time_next(s, i, &seat))
            page_choice(p, w->choice == i, INK_PLAIN, "   %s, key for %s, on token %s%s%s",
                        walk_holder(w, i), s->plan->roles[s->plan->seats[seat].role].name,
                        s->seats[seat].token.serial, bag != NULL ? ", bag " : "",
                        bag != NULL ? bag : "");
        else
            page_choice(p, w->choice == i, INK_GOOD, "ok %s, destroyed and seen to be gone",
                        walk_holder(w, i));
    }
    page_gap(p);
    page_line(p, INK_PLAIN,
              all ? "Nobody can sign with them again."
                  : "They signed, and a client accepts it. Nobody shall sign with them "
                    "again: their holders insert their tokens once more.");
    if (all)
        page_key(p, "g", "continue to the bundle");
    else
        page_key(p, "Enter", "destroy it");
    page_key(p, "Up/Down", "move");
}

/* Up and Down among holders with such keys. */
static bool choose(struct walk *w, int key)
{
    const struct session *s = walk_session(w);
    size_t at = w->choice;

    if (!view_choose(w, key, s->plan->nholders))
        return false;
    while (w->choice != at && !has_one_time(s, w->choice)) {
        size_t before = w->choice;

        (void)view_choose(w, key, s->plan->nholders);
        if (w->choice == before)
            w->choice = at;
    }
    return true;
}

static int one_time_key(struct walk *w, int key, struct err *e)
{
    const struct session *s = walk_session(w);
    size_t seat;

    if (choose(w, key))
        return 0;
    if (key == 'g' && station_done(s, STATION_ONE_TIME))
        return walk_go(w, STATION_BUNDLE, e);
    if (key != TERM_ENTER || !one_time_next(s, w->choice, &seat))
        return 0;
    w->holder = w->choice;
    w->seat = seat;
    return walk_show(w, VIEW_DESTROY_WORD, e);
}

const struct view view_one_time = {
    .name = "one_time",
    .parent = VIEWS,
    .draw = one_time_draw,
    .enter = one_time_enter,
    .key = one_time_key,
    .help = "By the plan these keys are used once. Each is destroyed on the token that it "
            "was made on; the program logs in again, checks that it is gone, and records it. Other "
            "keys on the token stay. The next version needs new keys, which the role above signs.",
};

static void word_draw(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);
    const struct seat_token *token = &s->seats[w->seat].token;
    const char *bag = session_bag(s, w->holder);

    page_paragraph(p, INK_STRONG, "Destroy %s's key for %s?", walk_holder(w, w->holder),
                   s->plan->roles[s->plan->seats[w->seat].role].name);
    page_line(p, INK_PLAIN, "It is on the %s with serial %s, \"%s\"%s%s. Other keys on it stay.",
              token->model, token->serial, token->label, bag != NULL ? ", bag " : "",
              bag != NULL ? bag : "");
    page_paragraph(p, INK_WARN, "This can't be undone.");
    page_field(p, true, "Type 'destroy':", w->input.text);
    page_key(p, "Enter", "continue to the token");
}

static int word_key(struct walk *w, int key, struct err *e)
{
    if (!view_entered(w, key, "destroy"))
        return 0;
    return token_begin(w, PURPOSE_DESTROY, w->holder, w->seat, e);
}

const struct view view_destroy_word = {
    .name = "destroy_word",
    .parent = VIEW_ONE_TIME,
    .types = TYPE_LINE,
    .draw = word_draw,
    .key = word_key,
    .help =
        "The key has signed what it was made for. Destroyed, it can't be stolen, and nobody can "
        "be made to use it.",
};

int token_destroy(struct walk *w, struct err *e)
{
    size_t seat, n = 0;
    int rc = 0;

    while (rc == 0 && one_time_next(walk_session(w), w->holder, &seat)) {
        rc = one_time_destroy(w->c, seat, &w->token, w->token.pin_pad ? NULL : w->pin, w->t, e);
        n += rc == 0;
    }
    if (rc != 0) {
        token_done(w);
        w->under = VIEW_ONE_TIME;
        return -1;
    }
    walk_notice(w, "%zu key%s of %s %s destroyed, and seen to be gone. Remove the token.", n,
                n == 1 ? "" : "s", walk_holder(w, w->holder), n == 1 ? "is" : "are");
    return token_back(w, e);
}
