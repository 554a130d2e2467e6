/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.h - the screens of the walk: one question each, a row of a table.
 *
 * `draw` is a pure function of the walk's state into a page: no curses, clock, disk or token
 * inside. `key` acts on a key; `enter` prepares what the view shows. Both may fail: the walk then
 * shows the error in its three parts and comes back.
 */
#ifndef CEREMONY_UI_VIEW_H
#define CEREMONY_UI_VIEW_H

#include "ceremony/acts/collect.h"
#include "ceremony/acts/draft.h"
#include "ceremony/acts/enrol.h"
#include "ceremony/acts/replan.h"
#include "ceremony/acts/token_admin.h"
#include "ceremony/acts/walk.h"
#include "ceremony/base/finding.h"
#include "ceremony/publication/publication.h"
#include "ceremony/record/bundle.h"
#include "ceremony/ui/page.h"
#include "ceremony/ui/term.h"
#include "metadata/client/client.h"
#include "tokens/pin_new.h"

/* A screen's number and its row, which is in its file. */
/* clang-format off */
#define VIEW_ROWS(X)                                        \
    X(VIEW_RESUME, view_resume)                             \
    X(VIEW_READINESS, view_readiness)                       \
    X(VIEW_DATE, view_date)                                 \
    X(VIEW_PLAN, view_plan)                                 \
    X(VIEW_PLAN_EDIT, view_plan_edit)                       \
    X(VIEW_PLAN_WORD, view_plan_word)                       \
    X(VIEW_REPLAN, view_replan)                             \
    X(VIEW_REPLAN_WORD, view_replan_word)                   \
    X(VIEW_ROLL_CALL, view_roll_call)                       \
    X(VIEW_ENROLMENT, view_enrolment)                       \
    X(VIEW_WITHDRAW, view_withdraw)                         \
    X(VIEW_INSERT, view_insert)                             \
    X(VIEW_BACKUP, view_backup)                             \
    X(VIEW_LAST_TRY, view_last_try)                         \
    X(VIEW_PIN, view_pin)                                   \
    X(VIEW_TOKEN_ADMIN, view_token_admin)                   \
    X(VIEW_ERASE, view_erase)                               \
    X(VIEW_TOKEN_ADMIN_LAST_TRY, view_token_admin_last_try) \
    X(VIEW_NEW_PIN, view_new_pin)                           \
    X(VIEW_DICE, view_dice)                                 \
    X(VIEW_SHOWN, view_shown)                               \
    X(VIEW_KEYS, view_keys)                                 \
    X(VIEW_MANAGEMENT_KEY, view_management_key)             \
    X(VIEW_FINGERPRINT, view_fingerprint)                   \
    X(VIEW_REVIEW, view_review)                             \
    X(VIEW_PROPOSAL, view_proposal)                         \
    X(VIEW_REVIEW_WORD, view_review_word)                   \
    X(VIEW_SIGNATURES, view_signatures)                     \
    X(VIEW_SIGNING, view_signing)                           \
    X(VIEW_SKIP, view_skip)                                 \
    X(VIEW_CLIENT, view_client)                             \
    X(VIEW_ONE_TIME, view_one_time)                         \
    X(VIEW_DESTROY_WORD, view_destroy_word)                 \
    X(VIEW_BUNDLE, view_bundle)                             \
    X(VIEW_BAGS, view_bags)                                 \
    X(VIEW_CLOSING, view_closing)                           \
    X(VIEW_CLOSE_WORD, view_close_word)                     \
    X(VIEW_CLOSED, view_closed)                             \
    X(VIEW_HELP, view_help)                                 \
    X(VIEW_ERROR, view_error)                               \
    X(VIEW_LEAVE, view_leave)
/* clang-format on */

#define VIEW_NUMBER(number, row) number,
enum view_id { VIEW_ROWS(VIEW_NUMBER) VIEWS };
#undef VIEW_NUMBER

enum purpose { PURPOSE_ENROL, PURPOSE_SIGN, PURPOSE_DESTROY };

/* More entries than that are jumped to, and sampled. */
#define VIEW_MANY 20

/* What a line at the bottom asks for. */
enum asking { ASKING_NOTHING, ASKING_TEXT, ASKING_NAME };

/* Which screen: another one is shown, or what this one shows to be decided on is another. */
struct sight {
    enum view_id view;
    unsigned renewed;
};

/* A line of text that is being typed. */
struct input {
    char text[200];
    size_t n; /* bytes */
};

struct walk {
    struct ceremony *c;
    struct tokens *t; /* NULL in tests of views */
    const struct walk_options *o;
    utc_t now;
    bool left; /* the loop ends */
    bool fit;  /* readiness is recorded since this start: before that nothing else is shown */

    enum view_id view, under; /* `under`: what help, error and leave lie over */
    enum station station;     /* looked at; not behind session_station */
    size_t choice;
    struct page_spot scroll;
    bool scrolled;         /* by the last key */
    struct page_view seen; /* what was drawn last */
    struct sight drawn;    /* the screen that it was part of */
    unsigned renewed;      /* of struct sight, as it is now */
    struct input input, search;
    enum asking asking; /* `search` is being typed */
    bool missed;        /* what it holds is nowhere */
    size_t marked;      /* a line of `lines`, counted from 1: jumped to; 0: none */
    bool raw, sure;     /* sure: Enter was pressed once on a warning */
    char notice[300];   /* what was just done; stays until another screen, or the next act */
    bool noticed;       /* by the key that is worked on */
    struct err err;

    struct readiness ready;
    struct findings findings;
    struct draft draft;   /* plan NULL: none */
    struct replan replan; /* what a changed plan would void */
    bool *present;        /* by plan.holders */
    struct input administrator, witnesses;

    enum purpose purpose;
    size_t holder, seat, group;
    struct token_list tokens;
    struct owner *owners; /* by `tokens`; NULL: none */
    struct token_info token;
    struct owner owner; /* of `token` */
    bool replaced;      /* the room decided that it replaces the one of record or plan */
    struct secret *pin;
    size_t stars; /* characters typed */
    struct token_key_list keys;
    struct candidate candidate;
    struct {
        enum token_act what;
        unsigned ask; /* which question comes next */
        struct secret *present, *so, *pin;
        struct pin_dice dice;
        bool done; /* something was done to the token that is inserted */
        struct token_id
            set_up; /* the token that was set up for this holder just now; or serial "" */
    } token_admin;
    struct collect_progress progress; /* of the turn that is signed */
    struct {
        struct {
            int key;
            struct sight at; /* the screen that it was typed on */
        } keys[8];
        size_t n;
    } typed;                      /* while a token works: see walk_typed */
    bool pausing;                 /* it stops as soon as the token has finished what it is at */
    void (*live)(struct walk *w); /* draws, and looks at the keys; NULL without a terminal */

    struct client_report report;
    struct publication files; /* that the client's view was about */
    struct bundle bundle;
    struct bytes text;   /* the transcript */
    struct lines *lines; /* a description, raw bytes: made of the session, dropped with the view */
    uint8_t digest[SHA256_SIZE];
    const char *busy;
    unsigned spin;
};

struct view {
    const char *name;    /* of its golden file */
    enum view_id parent; /* where Esc leads; VIEWS: to VIEW_LEAVE */
    const char *esc;     /* what Esc does; NULL: "leave", or "back" to a parent; "": not shown */
    enum { TYPE_NOTHING, TYPE_LINE, TYPE_TEXT, TYPE_PIN } types; /* TEXT: '?' is a character, too */
    bool works; /* a token works all the while: it says so itself, and its keys stay */
    void (*draw)(const struct walk *w, struct page *p);
    int (*enter)(struct walk *w, struct err *e); /* or NULL */
    int (*key)(struct walk *w, int key, struct err *e);
    const char *help;
};

const struct view *view_of(enum view_id id);

/* Shows that line of `lines` and marks it. */
void walk_mark(struct walk *w, size_t line);
/* Moves to a view; input, choice and scroll start anew. A failing `enter` leads back. */
int walk_show(struct walk *w, enum view_id id, struct err *e);
/* To where the ceremony stands: its station, or the question whether a changed plan is taken. */
int walk_begin(struct walk *w, struct err *e);
/* The notice that this ceremony was begun before, and when: a journal that came with the folder
 * could say that all was looked at. None for a journal that this start began. */
void walk_report_resumed(struct walk *w);
/* To the first view of a station. */
int walk_go(struct walk *w, enum station st, struct err *e);
/* One station back, when there is one. */
int walk_back(struct walk *w, struct err *e);
/* Draws the present view; `s` is as large as the terminal. */
void walk_draw(struct walk *w, struct screen *s);
/* What one key does. */
void walk_key(struct walk *w, int key);
/* The rule for keys that are typed early: a key counts for the screen that was drawn when it was
 * typed, and for no other. While a token works, walk_typed keeps a key; afterwards walk_follow
 * takes those whose screen is still the one that is asked for. None is taken into a field (a typed
 * word, a PIN), and none confirms what was not yet shown: a warning, a result, another token. What
 * waits in the terminal when another screen is drawn is dropped: see walk_is_drawn. */
void walk_typed(struct walk *w, int key);
void walk_follow(struct walk *w);
/* Is the screen that was drawn last still the one that is asked for? */
bool walk_is_drawn(const struct walk *w);
/* A short tick: about once a second while nobody types. */
void walk_tick(struct walk *w);
void walk_clear(struct walk *w);
/* The plan is another one: what was held by its people is dropped. */
void walk_forget_plan(struct walk *w);

const struct session *walk_session(const struct walk *w);
const char *walk_holder(const struct walk *w, size_t holder);
void walk_notice(struct walk *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The notice and a gap, when there is one. */
void view_notice(const struct walk *w, struct page *p);
/* The cells of a column with the names of the plan's people. */
int view_names(const struct plan *p);
/* Up and Down among `n` choices; true when the key was one. */
bool view_choose(struct walk *w, int key, size_t n);
bool input_key(struct input *in, int key);               /* true when the text changed */
bool input_is(const struct input *in, const char *word); /* no case */
/* The digest of the plan, and the field for its first word; `ask` names what that does. */
void view_plan_digest(const struct walk *w, struct page *p, const char *ask, const char *does);
/* A key in a field; true when it is Enter, and `word` (NULL: anything) is typed. */
bool view_entered(struct walk *w, int key, const char *word);
/* A finding in words, with what to do. */
void view_findings(const struct findings *f, struct page *p);

/* Ends a token's part: logout, PIN and candidate forgotten, rehearsal token out. */
void token_done(struct walk *w);
/* Begins it for a holder, at VIEW_INSERT. */
int token_begin(struct walk *w, enum purpose purpose, size_t holder, size_t seat, struct err *e);

#define VIEW_ROW(number, row) extern const struct view row;
VIEW_ROWS(VIEW_ROW)
#undef VIEW_ROW

#endif
