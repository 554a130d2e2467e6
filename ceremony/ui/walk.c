/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/ui/walk.h"

#include "ceremony/ui/term.h"
#include "ceremony/ui/view.h"
#include "tokens/worker/agent.h"

/* Draws as large as the terminal is now. */
static int draw(struct walk *w, struct err *e)
{
    struct screen s;
    int rows, cols;

    if (ceremony_now(w->c, &w->now, e) != 0)
        return -1;
    term_size(&rows, &cols);
    if (screen_init(&s, rows, cols, term_ascii()) != 0)
        return err_oom(e);
    if (!walk_is_drawn(w))
        term_forget();
    walk_draw(w, &s);
    term_draw(&s);
    screen_clear(&s);
    return 0;
}

#define MOMENT 10 /* rounds of 120 ms */

/* A key while a token works. Esc gives up waiting; a turn of signatures pauses first. */
static bool cancels(struct walk *w, int key)
{
    if (w->seen.too_small)
        return false;
    if (w->view != VIEW_SIGNING || w->pausing)
        return key == TERM_ESC;
    w->pausing = key == 'p' || key == TERM_ESC;
    return false;
}

/* While signatures come one after the other. */
static void keep_responsive(struct walk *w)
{
    struct err ignored;

    w->spin++;
    (void)draw(w, &ignored);
    (void)cancels(w, term_key(-1, 0));
}

/* A token works: the screen lives meanwhile, and Esc gives up. */
static int wait_for_token(void *self, int fd, const struct token_doing *doing)
{
    struct walk *w = self;
    struct err ignored;
    unsigned rounds = 0;
    int key;

    w->busy = doing->now;
    while ((key = term_key(fd, 120)) != TERM_READY && !cancels(w, key)) {
        w->spin++;
        walk_typed(w, key);
        if (rounds >= MOMENT && doing->later != NULL)
            w->busy = doing->later;
        if (rounds++ > 0 || key == TERM_RESIZE)
            (void)draw(w, &ignored);
    }
    w->busy = NULL;
    return key == TERM_READY ? 0 : -1;
}

static int loop(struct walk *w, struct err *e)
{
    while (!w->left) {
        int key;

        if (draw(w, e) != 0)
            return -1;
        key = term_key(-1, 1000);
        if (key == TERM_NONE)
            walk_tick(w);
        else
            walk_key(w, key);
        walk_follow(w);
    }
    return 0;
}

int walk_run(struct ceremony *c, struct tokens *t, const struct walk_options *o, struct err *e)
{
    struct walk w = {.c = c, .t = t, .o = o, .live = keep_responsive};
    const struct token_wait wait = {&w, wait_for_token};
    int rc;

    if (term_open(o->ascii, o->no_colour, e) != 0)
        return -1;
    o->set_wait(t, &wait);
    walk_report_resumed(&w);
    rc = ceremony_now(c, &w.now, e);
    if (rc == 0)
        rc = walk_begin(&w, e);
    /* A start on a machine that is not fit is recorded as that; one that is fit when the room
     * goes on from it. */
    if (rc == 0)
        rc = w.view == VIEW_READINESS && readiness_failed(&w.ready)
                 ? act_readiness(w.c, &w.ready, e)
                 : 0;
    if (rc == 0)
        rc = loop(&w, e);
    walk_clear(&w);
    o->set_wait(t, NULL);
    term_close();
    return rc;
}
