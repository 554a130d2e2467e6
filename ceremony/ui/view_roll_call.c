/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/memory.h"
#include "ceremony/ui/view.h"

#define WITNESSES_MAX 16

static size_t holders(const struct walk *w)
{
    return ceremony_plan(w->c)->nholders;
}

static void take_over(struct input *in, const char *text)
{
    snprintf(in->text, sizeof in->text, "%s", text);
    in->n = strlen(in->text);
}

/* What was recorded before is where one goes on. */
static int roll_enter(struct walk *w, struct err *e)
{
    const struct session *s = walk_session(w);
    struct bytes names = {0};

    if (w->present == NULL && (w->present = calloc(holders(w) + 1, sizeof *w->present)) == NULL)
        return err_oom(e);
    if (!s->roll_called)
        return 0;
    for (size_t i = 0; i < holders(w); i++)
        w->present[i] = s->holders[i].present;
    take_over(&w->administrator, s->administrator);
    for (size_t i = 0; i < s->nwitnesses; i++)
        bytes_printf(&names, "%s%s", i > 0 ? ", " : "", s->witnesses[i]);
    take_over(&w->witnesses, memory_text(&names));
    bytes_clear(&names);
    return 0;
}

/* Of the seats with keys that count, those whose holders are marked as here. */
static size_t here(const struct walk *w, const struct plan_role *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->nseats; i++)
        n += w->present[ceremony_plan(w->c)->seats[r->seats[i]].holder];
    return n;
}

static bool signs_old_root(const struct plan *p, size_t holder)
{
    const struct plan_holder *h = &p->holders[holder];
    const struct root *old = plan_followed_root(p);

    return old != NULL && h->keyids[SIGNED_ROOT] != NULL && h->fate != KEY_LOST &&
           role_has(&old->roles[SIGNED_ROOT], h->keyids[SIGNED_ROOT]);
}

/* Does the ceremony need them, for a key that is made or for a signature? */
static bool is_needed(const struct session *s, size_t holder)
{
    const struct plan *p = s->plan;

    for (size_t i = 0; i < p->nseats; i++)
        if (p->seats[i].holder == holder && s->seats[i].key == NULL)
            return true;
    for (size_t i = 0; i < p->nroles; i++) {
        const struct plan_role *r = plan_role_at(p, i);

        for (size_t k = 0; r->sign && k < r->nseats; k++)
            if (p->seats[r->seats[k]].holder == holder)
                return true;
    }
    return p->roles[SIGNED_ROOT].sign && signs_old_root(p, holder);
}

static size_t here_of_old(const struct walk *w)
{
    const struct plan *p = ceremony_plan(w->c);
    size_t n = 0;

    for (size_t i = 0; i < p->nholders; i++)
        n += w->present[i] && signs_old_root(p, i);
    return n;
}

static void draw_quorum(struct page *p, const char *what, size_t n, unsigned t)
{
    page_line(p, n >= t ? INK_GOOD : INK_WARN, "%s %s: %zu here, %u must sign",
              n >= t ? "ok  " : "few ", what, n, t);
}

/* Somebody whose key is made here, and who is not here. */
static void draw_needed(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);

    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->seats[i].key == NULL && !w->present[s->plan->seats[i].holder]) {
            page_line(p, INK_WARN,
                      "Each key that is made here needs its holder: nothing can be signed before "
                      "%s has one.",
                      session_holder_name(s, i));
            return;
        }
}

static void draw_quorums(const struct walk *w, struct page *p)
{
    const struct plan *plan = ceremony_plan(w->c);
    const struct root *old = plan_followed_root(plan);
    char label[64];

    if (old != NULL && plan->roles[SIGNED_ROOT].sign) {
        snprintf(label, sizeof label, "root, keys of v%" PRId64, old->head.version);
        draw_quorum(p, label, here_of_old(w), old->roles[SIGNED_ROOT].threshold);
    }
    for (size_t i = 0; i < plan->nroles; i++) {
        const struct plan_role *r = plan_role_at(plan, i);

        if (r->type == SIGNED_ROOT && old != NULL)
            snprintf(label, sizeof label, "root, keys of v%" PRId64,
                     plan_version(plan, SIGNED_ROOT, 0));
        else
            snprintf(label, sizeof label, "%.60s", r->name);
        if (r->sign)
            draw_quorum(p, label, here(w, r), r->threshold);
    }
    draw_needed(w, p);
}

static void roll_draw(const struct walk *w, struct page *p)
{
    size_t n = holders(w);

    page_paragraph(p, INK_STRONG, "Who is in the room?");
    for (size_t i = 0; i < n; i++) {
        const char *bag = session_bag(walk_session(w), i);

        page_choice(p, w->choice == i, INK_PLAIN, "[%c] %s%s%s%s", w->present[i] ? 'x' : ' ',
                    walk_holder(w, i), bag != NULL ? ", bag " : "", bag != NULL ? bag : "",
                    is_needed(walk_session(w), i) ? "" : "  has nothing to sign");
    }
    page_gap(p);
    page_field(p, w->choice == n, "Ceremony administrator:", w->administrator.text);
    page_field(p, w->choice == n + 1, "Witnesses (with commas):", w->witnesses.text);
    page_gap(p);
    draw_quorums(w, p);
    page_key(p, "Up/Down", "move");
    if (w->choice < n)
        page_key(p, "Space", "here or not");
    page_key(p, "Enter", w->choice <= n ? "next" : "record");
    if (w->choice < n)
        page_key(p, "b", "back");
}

/* Splits at commas, in place. */
static size_t split(char *text, const char **out)
{
    size_t n = 0;
    char *rest = text, *part;

    while (n < WITNESSES_MAX && (part = strsep(&rest, ",")) != NULL) {
        size_t length;

        part += strspn(part, " ");
        length = strlen(part);
        while (length > 0 && part[length - 1] == ' ')
            part[--length] = '\0';
        if (length > 0)
            out[n++] = part;
    }
    return n;
}

static int record(struct walk *w, struct err *e)
{
    const char *names[WITNESSES_MAX];
    char text[sizeof w->witnesses.text];
    size_t n;

    memcpy(text, w->witnesses.text, sizeof text);
    n = split(text, names);
    if (act_roll_call(w->c, w->present, w->administrator.text, names, n, e) != 0)
        return -1;
    walk_notice(w, "Who is here is recorded.");
    return walk_go(w, STATION_ENROLMENT, e);
}

static int roll_key(struct walk *w, int key, struct err *e)
{
    size_t n = holders(w);

    if (view_choose(w, key, n + 2))
        return 0;
    if (key == TERM_ENTER && w->choice == n + 1)
        return record(w, e);
    if (key == TERM_ENTER || key == TERM_TAB)
        w->choice = w->choice < n ? n : n + 1;
    else if (w->choice < n && key == ' ')
        w->present[w->choice] = !w->present[w->choice];
    else if (w->choice < n && key == 'b')
        return walk_back(w, e);
    else if (w->choice == n)
        (void)input_key(&w->administrator, key);
    else if (w->choice == n + 1)
        (void)input_key(&w->witnesses, key);
    return 0;
}

const struct view view_roll_call = {
    .name = "roll_call",
    .parent = VIEWS,
    .types = TYPE_LINE,
    .draw = roll_draw,
    .enter = roll_enter,
    .key = roll_key,
    .help =
        "Mark the keyholders who are in the room, name who leads it and who watches. The names "
        "go into the transcript, which they sign by hand. It can be corrected later: press b on "
        "the next screen.",
};
