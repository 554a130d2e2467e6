/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "ceremony/base/memory.h"
#include "ceremony/base/words.h"
#include "ceremony/ui/view.h"
#include "metadata/base/plain.h"

/* The first seat without a key, or 0. */
static int enrolment_enter(struct walk *w, struct err *e)
{
    const struct session *s = walk_session(w);

    (void)e;
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->seats[i].key == NULL) {
            w->choice = i;
            break;
        }
    return 0;
}

/* Where the key of a seat comes from. */
static const char *origin(const struct session *s, size_t i)
{
    const struct plan_seat *seat = &s->plan->seats[i];

    if (!s->seats[i].from_file)
        return s->seats[i].token.serial;
    if (seat->lost)
        return "the old key: lost";
    if (seat->leaving)
        return "the old key: signs once more";
    return plan_seat_given(s->plan, i) ? "key from the plan" : "keeps the key in force";
}

/* Does the token's maker vouch for the key? */
static bool is_attested(const struct session *s, size_t seat)
{
    struct attestation a;
    struct err ignored;
    bool vouches;

    if (attest_seat(s, seat, &a, &ignored) != 0)
        return false;
    vouches = attestation_vouches(&a);
    attestation_clear(&a);
    return vouches;
}

/* Has somebody keys for more than one role? Then each key says for which. */
static bool several_roles(const struct plan *p)
{
    for (size_t i = 1; i < p->nseats; i++)
        if (p->seats[i].role != p->seats[0].role)
            return true;
    return false;
}

static void seat_draw(const struct walk *w, size_t i, struct page *p)
{
    const struct session *s = walk_session(w);
    const struct seat_state *seat = &s->seats[i];
    const char *name = session_holder_name(s, i);
    const char *role = s->plan->roles[s->plan->seats[i].role].name;
    bool several = several_roles(s->plan);
    int pad = plain_pad(name, view_names(s->plan));
    struct bytes id = {0};
    uint8_t raw[SHA256_SIZE];

    if (seat->key == NULL) {
        page_choice(p, w->choice == i, INK_PLAIN, "   %s%*s  %s, no key yet%s", name, pad, "", role,
                    s->holders[s->plan->seats[i].holder].present ? "" : " (not in the room)");
        return;
    }
    if (hex_read(span_str(key_id(seat->key)), raw, sizeof raw)) {
        words_hex(raw, 0, 4, &id);
        bytes_put_str(&id, " ");
        words_text(raw, 0, 2, &id);
    }
    page_choice(p, w->choice == i, INK_GOOD, "ok %s%*s  %s%s%s, %s%s", name, pad, "",
                several ? role : "", several ? ", " : "", origin(s, i), memory_text(&id),
                is_attested(s, i) ? ", attested" : "");
    bytes_clear(&id);
}

static bool chosen_has_key(const struct walk *w)
{
    const struct session *s = walk_session(w);

    return w->choice < s->plan->nseats && s->seats[w->choice].key != NULL;
}

static void enrolment_draw(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);
    bool all = session_enrolled(s);

    page_paragraph(p, INK_STRONG, all ? "Every keyholder has a key." : "Whose key is made next?");
    for (size_t i = 0; i < s->plan->nseats; i++)
        seat_draw(w, i, p);
    page_gap(p);
    if (session_signed_anything(s))
        page_line(p, INK_PLAIN, "Something is signed: keys can't be changed any more.");
    else if (!all)
        page_line(p, INK_PLAIN, "Each key is made on its holder's token and never leaves it.");
    if (all)
        page_key(p, "Enter", "continue");
    else if (!chosen_has_key(w))
        page_key(p, "Enter", "make this key");
    if (chosen_has_key(w) && !s->seats[w->choice].from_file && !session_signed_anything(s))
        page_key(p, "x", "take it back");
    page_key(p, "Up/Down", "move");
}

static int enrolment_key(struct walk *w, int key, struct err *e)
{
    const struct session *s = walk_session(w);

    if (view_choose(w, key, s->plan->nseats))
        return 0;
    if (key == 'x' && chosen_has_key(w) && !s->seats[w->choice].from_file &&
        !session_signed_anything(s)) {
        w->seat = w->choice;
        return walk_show(w, VIEW_WITHDRAW, e);
    }
    if (key != TERM_ENTER)
        return 0;
    if (session_enrolled(s))
        return walk_go(w, STATION_REVIEW, e);
    if (chosen_has_key(w))
        return 0;
    return token_begin(w, PURPOSE_ENROL, s->plan->seats[w->choice].holder, w->choice, e);
}

const struct view view_enrolment = {
    .name = "enrolment",
    .parent = VIEWS,
    .draw = enrolment_draw,
    .enter = enrolment_enter,
    .key = enrolment_key,
    .help =
        "One keyholder after the other inserts their own token and types their own PIN; the key "
        "is made on the token, or one that is there is taken. A key can be taken back (x) as long "
        "as nothing is signed.",
};

static void withdraw_draw(const struct walk *w, struct page *p)
{
    page_paragraph(p, INK_STRONG, "Take the key of %s back?",
                   session_holder_name(walk_session(w), w->seat));
    page_paragraph(p, INK_PLAIN,
                   "The key will not be in the new root. It stays on the token. What was "
                   "reviewed must be reviewed again.");
    page_field(p, true, "To do it, type the word withdraw:", w->input.text);
    page_key(p, "Enter", "take it back");
}

static int withdraw_key(struct walk *w, int key, struct err *e)
{
    if (!view_entered(w, key, "withdraw"))
        return 0;
    if (enrol_withdraw(w->c, w->seat, e) != 0)
        return -1;
    walk_notice(w, "The key of %s is taken back.", session_holder_name(walk_session(w), w->seat));
    return walk_go(w, STATION_ENROLMENT, e);
}

const struct view view_withdraw = {
    .name = "withdraw",
    .parent = VIEW_ENROLMENT,
    .esc = "keep it",
    .types = TYPE_LINE,
    .draw = withdraw_draw,
    .key = withdraw_key,
    .help =
        "Use this when a fingerprint was wrong, or somebody used the wrong token. Nothing on the "
        "token is destroyed.",
};
