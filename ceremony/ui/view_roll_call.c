/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

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
    struct bytes names;

    if (w->present == NULL && (w->present = calloc(holders(w) + 1, sizeof *w->present)) == NULL)
        return err_oom(e);
    if (!s->roll_called)
        return 0;
    for (size_t i = 0; i < holders(w); i++)
        w->present[i] = s->holders[i].present;
    take_over(&w->administrator, s->administrator);
    bytes_init(&names);
    for (size_t i = 0; i < s->nwitnesses; i++)
        bytes_printf(&names, "%s%s", i > 0 ? ", " : "", s->witnesses[i]);
    take_over(&w->witnesses, bytes_str(&names));
    bytes_clear(&names);
    return 0;
}

static size_t missing(const struct walk *w)
{
    size_t n = 0;

    for (size_t i = 0; i < holders(w); i++)
        n += !w->present[i];
    return n;
}

static void roll_draw(const struct walk *w, struct page *p)
{
    size_t n = holders(w);

    view_notice(w, p);
    page_line(p, INK_STRONG, "Who is in the room?");
    page_gap(p);
    for (size_t i = 0; i < n; i++)
        page_choice(
            p, w->choice == i, INK_PLAIN, "[%c] %s%s%s", w->present[i] ? 'x' : ' ',
            walk_holder(w, i), ceremony_plan(w->c)->holders[i].bag != NULL ? ", bag " : "",
            ceremony_plan(w->c)->holders[i].bag != NULL ? ceremony_plan(w->c)->holders[i].bag : "");
    page_gap(p);
    page_field(p, w->choice == n, "Ceremony administrator:", w->administrator.text);
    page_field(p, w->choice == n + 1, "Witnesses (with commas):", w->witnesses.text);
    page_gap(p);
    if (missing(w) == 0)
        page_line(p, INK_GOOD, "All keyholders are here.");
    else
        page_line(p, INK_WARN,
                  "%zu of %zu keyholders are not here. Keys can be made only by those "
                  "who are; every key of a first root is needed.",
                  missing(w), n);
    page_key(p, "Up/Down", "move");
    if (w->choice < n)
        page_key(p, "Space", "here or not");
    page_key(p, "Enter", w->choice <= n ? "next" : "record");
    page_key(p, "?", "help");
    page_key(p, "Esc", "leave (safe)");
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
