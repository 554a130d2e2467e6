/* SPDX-License-Identifier: Apache-2.0 */
/* A keyholder's token signs: what is on disk, what is left, and a pause. */
#include <inttypes.h>

#include "ceremony/base/memory.h"
#include "ceremony/ui/view_token.h"

#define BAR          40
#define GUESS_FROM   3000 /* milliseconds; before that nobody knows how fast the token is */
#define MINUTE       60
#define TWO_HOURS    7200
#define WHOLE_HOUR   3600
#define PER_THOUSAND 1000

static void put_bar(const struct collect_progress *p, char out[BAR + 1])
{
    for (size_t i = 0; i < BAR; i++)
        out[i] = i < p->done * BAR / p->total ? '#' : '.';
    out[BAR] = '\0';
}

/* "about 3 minutes left" */
static void put_left(const struct collect_progress *p, struct bytes *out)
{
    int64_t now = (int64_t)(p->done - p->before), left;

    if (now == 0 || p->done == p->total || p->passed < GUESS_FROM)
        return;
    left = p->passed * (int64_t)(p->total - p->done) / now / PER_THOUSAND;
    if (left < MINUTE)
        bytes_put_str(out, "less than a minute left");
    else if (left < MINUTE + MINUTE / 2)
        bytes_put_str(out, "about a minute left");
    else if (left < TWO_HOURS)
        bytes_printf(out, "about %" PRId64 " minutes left", (left + MINUTE / 2) / MINUTE);
    else
        bytes_printf(out, "about %" PRId64 " hours left", (left + WHOLE_HOUR / 2) / WHOLE_HOUR);
}

static void signing_draw(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);
    const struct collect_progress *at = &w->progress;
    const struct proposal *now = &s->proposals[at->proposal];
    static const char spin[] = "-\\|/";
    struct bytes left = {0};
    char bar[BAR + 1];

    put_bar(at, bar);
    put_left(at, &left);
    page_paragraph(p, INK_STRONG, "%s signs. Leave the token in.", walk_holder(w, w->holder));
    page_line(p, INK_PLAIN, "%s  %zu %%", bar, at->done * 100 / at->total);
    page_line(p, INK_PLAIN, "%zu of %zu file%s signed, verified and on disk", at->done, at->total,
              at->total == 1 ? "" : "s");
    page_paragraph(p, INK_PLAIN, "%s", memory_text(&left));
    page_paragraph(p, INK_PLAIN, "Now: %s, version %" PRId64, now->role, now->version);
    if (w->busy != NULL)
        page_line(p, INK_FAINT, "%c %s", spin[w->spin % 4], w->busy);
    if (w->pausing) {
        page_line(p, INK_WARN, "It pauses as soon as the token has finished what it is at.");
        page_key(p, "Esc", "give up waiting for the token");
    } else
        page_key(p, "p", "pause: what is signed stays, the rest is signed later");
    bytes_clear(&left);
}

/* While the token works, walk.c looks at the keys. */
static int signing_key(struct walk *w, int key, struct err *e)
{
    (void)w;
    (void)key;
    (void)e;
    return 0;
}

const struct view view_signing = {
    .name = "signing",
    .parent = VIEW_SIGNATURES,
    .works = true,
    .draw = signing_draw,
    .key = signing_key,
    .help =
        "One PIN signs all files that this keyholder's keys sign. Each signature is verified and "
        "is on disk before it is shown.",
};

static void on_done(void *self, const struct collect_progress *p)
{
    struct walk *w = self;

    w->progress = *p;
    if (w->live != NULL)
        w->live(w);
}

static bool on_pause(void *self)
{
    const struct walk *w = self;

    return w->pausing;
}

static void show_result(struct walk *w, bool paused)
{
    const struct collect_progress *p = &w->progress;
    const char *name = walk_holder(w, w->holder);

    if (paused)
        walk_notice(w,
                    "%s paused: %zu of %zu files are signed, verified and on disk. Enter continues "
                    "with the next.",
                    name, p->done, p->total);
    else if (session_signatures_left(walk_session(w), w->holder) > 0)
        walk_notice(w, "%s signed: verified and on disk. Next: the other token of theirs.", name);
    else
        walk_notice(w, "%s signed %zu file%s: verified and on disk. Remove the token.", name,
                    p->total, p->total == 1 ? "" : "s");
}

int token_sign(struct walk *w, struct err *e)
{
    const struct collect_watch watch = {w, on_done, on_pause};
    int rc;

    w->pausing = false;
    w->progress =
        (struct collect_progress){.total = session_signatures_left(walk_session(w), w->holder)};
    if (walk_show(w, VIEW_SIGNING, e) != 0)
        return -1;
    rc = w->replaced ? collect_replace(w->c, w->holder, w->t, &w->token, e) : 0;
    if (rc == 0)
        rc = collect_sign(w->c, w->holder, w->t, &w->token, &watch, e);
    if (rc < 0) {
        token_done(w);
        w->under = VIEW_INSERT; /* it goes on with the next file */
        return -1;
    }
    show_result(w, rc > 0);
    return token_back(w, e);
}
