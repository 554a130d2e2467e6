/* SPDX-License-Identifier: Apache-2.0 */
/* Moving between views, and the keys that mean the same everywhere. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/ui/view.h"
#include "ceremony/ui/view_token.h"

static const enum view_id first_views[] = {
    [STATION_READINESS] = VIEW_READINESS, [STATION_PLAN] = VIEW_PLAN,
    [STATION_ROLL_CALL] = VIEW_ROLL_CALL, [STATION_ENROLMENT] = VIEW_ENROLMENT,
    [STATION_REVIEW] = VIEW_REVIEW,       [STATION_SIGNATURES] = VIEW_SIGNATURES,
    [STATION_CLIENT_VIEW] = VIEW_CLIENT,  [STATION_ONE_TIME] = VIEW_ONE_TIME,
    [STATION_BUNDLE] = VIEW_BUNDLE,       [STATION_CLOSING] = VIEW_CLOSING,
};

static bool is_overlay(enum view_id id)
{
    return id == VIEW_HELP || id == VIEW_ERROR || id == VIEW_LEAVE;
}

/* To the top of what is shown, and nothing found in it. What lay below the view's own lines is
 * dropped. */
static void walk_rewind(struct walk *w)
{
    lines_free(w->lines);
    w->lines = NULL;
    w->scroll = (struct page_spot){0};
    w->scrolled = false;
    w->search = (struct input){0};
    w->asking = ASKING_NOTHING;
    w->missed = false;
    w->marked = 0;
}

int walk_show(struct walk *w, enum view_id id, struct err *e)
{
    const struct view *v = view_of(id);

    if (v->types == TYPE_NOTHING || w->view != id || is_overlay(w->view)) {
        w->input = (struct input){0};
        if (id != w->under) /* back from what lay over it, the cursor is where it was */
            w->choice = 0;
    }
    walk_rewind(w);
    w->renewed++;
    w->sure = false;
    if (v->enter != NULL) {
        enum view_id before = w->view;

        w->view = id;
        if (v->enter(w, e) != 0) {
            if (w->view == id)
                w->view = before;
            return -1;
        }
        return 0;
    }
    w->view = id;
    return 0;
}

int walk_go(struct walk *w, enum station st, struct err *e)
{
    if (walk_session(w)->closed) {
        w->station = STATION_CLOSING;
        return walk_show(w, VIEW_CLOSED, e);
    }
    if (!w->fit)
        st = STATION_READINESS;
    else if (!station_open(walk_session(w), st))
        st = session_station(walk_session(w));
    w->station = st;
    return walk_show(w, first_views[st], e);
}

int walk_begin(struct walk *w, struct err *e)
{
    w->station = STATION_READINESS;
    if (ceremony_unknown(w->c) && !walk_session(w)->closed)
        return walk_show(w, VIEW_RESUME, e);
    if (!ceremony_changed(w->c))
        return walk_go(w, session_station(walk_session(w)), e);
    w->station = STATION_PLAN;
    return walk_show(w, VIEW_REPLAN, e);
}

void walk_report_resumed(struct walk *w)
{
    const struct journal *j = ceremony_journal(w->c);
    const char *warning = ceremony_warning(w->c);
    struct utc_text begun;

    if (journal_count(j) == 0) {
        if (warning != NULL)
            walk_notice(w, "%s", warning);
        return;
    }
    begun = utc_text(journal_event(j, 0)->time);
    walk_notice(w, "Resuming a ceremony begun %s %.5s UTC, %zu lines%s.%s%s", begun.day, begun.time,
                journal_count(j),
                ceremony_unknown(w->c) ? ", which this machine does not know"
                                       : ", as this machine remembers it",
                warning != NULL ? " And " : "", warning != NULL ? warning : "");
}

int walk_back(struct walk *w, struct err *e)
{
    unsigned st = w->station;

    if (st == STATION_READINESS)
        return 0;
    do
        st--;
    while (!station_matters(walk_session(w), (enum station)st));
    return walk_go(w, (enum station)st, e);
}

static void fail(struct walk *w, const struct err *why)
{
    w->err = *why;
    if (!is_overlay(w->view) && w->under == VIEWS)
        w->under = w->view;
    w->view = VIEW_ERROR;
}

static int escape(struct walk *w, struct err *e)
{
    enum view_id parent = view_of(w->view)->parent;

    if (w->view == VIEW_HELP || w->view == VIEW_LEAVE) {
        w->view = w->under;
        return 0;
    }
    if (w->view == VIEW_INSERT || w->view == VIEW_TOKEN_ADMIN || w->view == VIEW_LAST_TRY ||
        w->view == VIEW_BACKUP || w->view == VIEW_PIN || w->view == VIEW_KEYS ||
        w->view == VIEW_MANAGEMENT_KEY || w->view == VIEW_FINGERPRINT || w->view == VIEW_SKIP)
        return token_back(w, e);
    if (parent != VIEWS)
        return walk_show(w, parent, e);
    w->under = w->view;
    w->view = VIEW_LEAVE;
    return 0;
}

/* The first view of a station, where 'b' is no character of a field. */
static bool may_go_back(const struct walk *w)
{
    return w->view == first_views[w->station] && w->station != STATION_READINESS &&
           view_of(w->view)->types == TYPE_NOTHING;
}

/* What the view shows, below the notice where a station begins. */
static void put_page(const struct walk *w, struct page *p)
{
    const struct view *v = view_of(w->view);

    if (w->view == first_views[w->station] || w->view == VIEW_REPLAN)
        view_notice(w, p);
    v->draw(w, p);
    if (is_overlay(w->view) || v->works)
        return;
    if (may_go_back(w))
        page_key(p, "b", "back");
    page_key(p, v->types == TYPE_NOTHING || v->types == TYPE_LINE ? "?" : "F1", "help");
    if (v->esc == NULL || v->esc[0] != '\0')
        page_key(p, "Esc", v->esc != NULL ? v->esc : v->parent == VIEWS ? "leave" : "back");
}

void walk_mark(struct walk *w, size_t line)
{
    struct page p = {0};

    put_page(w, &p);
    w->marked = line + 1;
    w->scroll = (struct page_spot){p.n + line, 0};
    page_clear(&p);
}

static void search(struct walk *w, bool next)
{
    struct page p = {0};
    long at;

    put_page(w, &p);
    at = page_find(&p, w->search.text, w->scroll.line + (next ? 1 : 0));
    w->missed = at < 0 && w->search.n > 0;
    if (at >= 0)
        w->scroll = (struct page_spot){(size_t)at, 0};
    if (at >= 0 && (size_t)at < p.n && p.lines[at].choice > 0)
        w->choice = p.lines[at].choice - 1;
    if (p.rest == NULL && w->scroll.line > w->seen.end.line)
        w->scroll = w->seen.end;
    page_clear(&p);
}

static void jump(struct walk *w)
{
    long line = w->search.n > 0 ? lines_jump(w->lines, w->search.text) : -1;

    w->missed = line < 0 && w->search.n > 0;
    if (line >= 0)
        walk_mark(w, (size_t)line);
}

static void ask_key(struct walk *w, int key)
{
    bool jumps = w->asking == ASKING_NAME;

    if (key == TERM_ESC || (key == TERM_ENTER && !w->missed))
        w->asking = ASKING_NOTHING;
    else if (!input_key(&w->search, key))
        return;
    else if (jumps)
        jump(w);
    else
        search(w, false);
    if (w->asking == ASKING_NOTHING && (jumps || key == TERM_ESC)) {
        w->search = (struct input){0};
        w->missed = false;
    }
}

static bool scroll_key(struct walk *w, int key)
{
    switch (key) {
    case TERM_PAGE_UP:
        w->scroll = w->seen.back;
        return true;
    case TERM_PAGE_DOWN:
        w->scroll = w->seen.forward;
        return true;
    case TERM_HOME:
        w->scroll = (struct page_spot){0};
        return true;
    case TERM_END:
        w->scroll = w->seen.end;
        return true;
    default:
        return false;
    }
}

/* Asks for a text at the bottom, when there is something to find. */
static bool ask(struct walk *w, int key)
{
    if (w->seen.whole || (key != '/' && key != 'j'))
        return false;
    if (key == 'j' && (w->lines == NULL || lines_entries(w->lines) <= VIEW_MANY))
        return false;
    w->asking = key == '/' ? ASKING_TEXT : ASKING_NAME;
    w->search = (struct input){0};
    return true;
}

/* Keys that mean the same on every view; true when it was one. */
static bool common_key(struct walk *w, int key)
{
    const struct view *v = view_of(w->view);
    bool plain = v->types == TYPE_NOTHING;

    w->scrolled = scroll_key(w, key);
    if (w->scrolled)
        return true;
    if ((key == TERM_HELP || (key == '?' && (plain || v->types == TYPE_LINE))) &&
        !is_overlay(w->view)) {
        w->under = w->view;
        w->view = VIEW_HELP;
        return true;
    }
    if (plain && ask(w, key))
        return true;
    if (plain && key == 'n' && w->search.n > 0) {
        search(w, true);
        return true;
    }
    return false;
}

/* What the view does on a key, or on none. A notice was for the screen that is left by it; what
 * lies over a screen does not leave it. */
static void act(struct walk *w, int key)
{
    enum view_id before = w->view;
    struct err e;
    int rc;

    err_clear(&e);
    w->noticed = false;
    if (!is_overlay(w->view))
        w->under = VIEWS;
    rc = key == TERM_ESC && w->view != VIEW_ERROR ? escape(w, &e)
         : key == 'b' && may_go_back(w)           ? walk_back(w, &e)
                                                  : view_of(w->view)->key(w, key, &e);
    if (rc != 0)
        fail(w, &e);
    if (w->view != before && !w->noticed && !is_overlay(before) && !is_overlay(w->view))
        w->notice[0] = '\0';
}

void walk_key(struct walk *w, int key)
{
    if (key == TERM_NONE || key == TERM_RESIZE || w->seen.too_small)
        return;
    if (w->asking != ASKING_NOTHING)
        ask_key(w, key);
    else if (!common_key(w, key))
        act(w, key);
}

static bool is_now(const struct walk *w, const struct sight *at)
{
    return at->view == w->view && at->renewed == w->renewed;
}

bool walk_is_drawn(const struct walk *w)
{
    return is_now(w, &w->drawn);
}

void walk_typed(struct walk *w, int key)
{
    if (key < 0 || w->typed.n >= sizeof w->typed.keys / sizeof w->typed.keys[0])
        return;
    w->typed.keys[w->typed.n].key = key;
    w->typed.keys[w->typed.n++].at = w->drawn;
}

void walk_follow(struct walk *w)
{
    for (size_t i = 0; i < w->typed.n; i++)
        if (is_now(w, &w->typed.keys[i].at) && view_of(w->view)->types == TYPE_NOTHING)
            walk_key(w, w->typed.keys[i].key);
    w->typed.n = 0;
}

void walk_tick(struct walk *w)
{
    w->spin++;
    if (w->view == VIEW_INSERT)
        act(w, TERM_NONE);
}

void walk_draw(struct walk *w, struct screen *s)
{
    struct page p = {0};
    struct page_frame f = {.session = ceremony_unknown(w->c) ? NULL : walk_session(w),
                           .station = w->station,
                           .now = w->now,
                           .busy = view_of(w->view)->works ? NULL : w->busy,
                           .spin = w->spin,
                           .scroll = w->scroll,
                           .scrolled = w->scrolled,
                           .searched = view_of(w->view)->types == TYPE_NOTHING,
                           .search = w->asking == ASKING_NAME ? "" : w->search.text};

    w->drawn = (struct sight){w->view, w->renewed};
    put_page(w, &p);
    if (w->asking != ASKING_NOTHING) {
        p.nkeys = 0;
        page_key(&p, w->asking == ASKING_TEXT ? "/" : "to", w->search.text);
        page_key(&p, w->missed ? "is nowhere here" : "Enter", w->missed ? "" : "done");
        page_key(&p, "Esc", "forget");
    }
    page_draw(&p, &f, s, &w->seen);
    page_clear(&p);
}

void walk_forget_plan(struct walk *w)
{
    free(w->present);
    w->present = NULL;
    w->holder = w->seat = w->group = 0;
}

void walk_clear(struct walk *w)
{
    token_done(w);
    readiness_clear(&w->ready);
    findings_clear(&w->findings);
    client_report_clear(&w->report);
    publication_clear(&w->files);
    bundle_clear(&w->bundle);
    bytes_clear(&w->text);
    lines_free(w->lines);
    draft_clear(&w->draft);
    replan_clear(&w->replan);
    walk_forget_plan(w);
}
