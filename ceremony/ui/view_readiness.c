/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "ceremony/ui/view.h"

static int readiness_enter(struct walk *w, struct err *e)
{
    struct readiness r;

    if (ceremony_check(w->c, w->t, w->o->network, &r, e) != 0)
        return -1;
    readiness_clear(&w->ready);
    w->ready = r;
    w->renewed++;
    return 0;
}

static void readiness_draw(const struct walk *w, struct page *p)
{
    static const struct {
        const char *word;
        enum ink ink;
    } levels[] = {[CHECK_PASS] = {"ok  ", INK_GOOD},
                  [CHECK_WARN] = {"note", INK_WARN},
                  [CHECK_FAIL] = {"FAIL", INK_BAD}};
    bool failed = readiness_failed(&w->ready);

    page_paragraph(p, INK_STRONG, "Is this machine fit for the ceremony?");
    if (w->ready.n == 0) { /* drawn while the first check still runs */
        page_line(p, INK_PLAIN, "Checking ...");
        return;
    }
    for (size_t i = 0; i < w->ready.n; i++) {
        const struct check *c = &w->ready.items[i];

        page_line(p, levels[c->level].ink, "%s  %s: %s", levels[c->level].word, c->title, c->text);
        if (c->level != CHECK_PASS)
            page_indented(p, INK_PLAIN, 6, "to do: %s", c->todo);
    }
    page_gap(p);
    page_line(p, INK_PLAIN, failed ? "Fix the lines with FAIL, then press c." : "It is ready.");
    if (!failed)
        page_key(p, "Enter", "continue");
    page_key(p, "c", "check again");
}

static int readiness_key(struct walk *w, int key, struct err *e)
{
    const struct session *s;

    if (key == 'c')
        return readiness_enter(w, e);
    if (key != TERM_ENTER || readiness_failed(&w->ready))
        return 0;
    if (act_readiness(w->c, &w->ready, e) != 0)
        return -1;
    w->fit = true;
    s = walk_session(w);
    return s->date_confirmed && !s->date_again && session_signed_anything(s)
               ? walk_go(w, STATION_PLAN, e)
               : walk_show(w, VIEW_DATE, e);
}

const struct view view_readiness = {
    .name = "readiness",
    .parent = VIEWS,
    .draw = readiness_draw,
    .enter = readiness_enter,
    .key = readiness_key,
    .help =
        "The machine must be cut off from every network and keep nothing in swap or core dumps, "
        "so that no PIN can leak. Each line passes (ok), warns (note) or fails (FAIL) and shows "
        "what to do. In a rehearsal some failures are only notes. It is looked at again, and "
        "recorded, "
        "whenever the ceremony continues after the program was left.",
};

static void date_draw(const struct walk *w, struct page *p)
{
    const struct utc_text now = utc_text(w->now);
    const struct session *s = walk_session(w);

    page_paragraph(p, INK_STRONG, "What is today's date, in UTC?");
    page_paragraph(p, INK_PLAIN,
                   "This machine's clock shows %s, %.5s UTC. An air-gapped machine's clock may "
                   "be wrong: look at a watch.",
                   now.day, now.time);
    if (session_signed_anything(s))
        page_line(p, INK_PLAIN, "What is signed here stays: it was made on %s.",
                  utc_text(s->date).day);
    else
        page_line(p, INK_PLAIN,
                  "How long the metadata is valid is counted from the date that you type.");
    page_gap(p);
    page_field(p, true, "The date (year-month-day):", w->input.text);
    page_gap(p);
    if (w->notice[0] != '\0')
        page_line(p, INK_WARN, "%s", w->notice);
    page_key(p, "Enter", "confirm the date");
}

static int date_key(struct walk *w, int key, struct err *e)
{
    utc_t date;
    int64_t days;
    bool again;

    if (input_key(&w->input, key)) {
        w->sure = false;
        w->notice[0] = '\0';
    }
    if (key != TERM_ENTER || w->input.n == 0)
        return 0;
    if (utc_parse_day(span_str(w->input.text), &date, e) != 0)
        return -1;
    days = date_differs(date, w->now);
    if (days > 0 && !w->sure) {
        w->sure = true;
        w->renewed++;
        walk_notice(w,
                    "That is %" PRId64 " days from this machine's date. Compare with another "
                    "watch; if the room is sure, press Enter again.",
                    days);
        return 0;
    }
    again = walk_session(w)->date_again;
    if (act_confirm_date(w->c, date, e) != 0)
        return -1;
    walk_notice(w, "The date is confirmed: %.10s.", w->input.text);
    return walk_go(w, again ? session_station(walk_session(w)) : STATION_PLAN, e);
}

const struct view view_date = {
    .name = "date",
    .parent = VIEW_READINESS,
    .types = TYPE_LINE,
    .draw = date_draw,
    .key = date_key,
    .help = "Metadata that is signed today expires a fixed time after this date. A date too early "
            "makes it expire too early; too late, and clients trust it for too long. It can be "
            "changed until something is signed: press b on later screens to come back.",
};
