/* SPDX-License-Identifier: Apache-2.0 */
/* What lies over another view: help, an error, the question whether to leave. */
#include "ceremony/ui/view.h"

static void help_draw(const struct walk *w, struct page *p)
{
    page_paragraph(p, INK_STRONG, "Help: %s", station_title(w->station));
    page_paragraph(p, INK_PLAIN, "%s", view_of(w->under)->help);
    page_line(p, INK_PLAIN,
              "The bottom line names the keys that do something now; all others do "
              "nothing. Esc is always safe. What is shown as done is on disk: the "
              "program can be killed at any moment, and continues when it is started again.");
    page_key(p, "Enter", "back");
}

static int over_key(struct walk *w, int key, struct err *e)
{
    (void)e;
    if (key == TERM_ENTER)
        w->view = w->under;
    return 0;
}

const struct view view_help = {
    .name = "help", .parent = VIEW_HELP, .draw = help_draw, .key = over_key, .help = ""};

static void error_draw(const struct walk *w, struct page *p)
{
    page_paragraph(p, INK_BAD, "That did not work. Nothing that was shown as done is lost.");
    page_line(p, INK_STRONG, "what   %s", w->err.what);
    if (w->err.where[0] != '\0')
        page_line(p, INK_PLAIN, "where  %s", w->err.where);
    page_line(p, INK_PLAIN, "to do  %s", err_todo_text(&w->err));
    page_key(p, "Enter", "back");
}

static int error_key(struct walk *w, int key, struct err *e)
{
    return key == TERM_ENTER || key == TERM_ESC ? walk_show(w, w->under, e) : 0;
}

const struct view view_error = {
    .name = "error", .parent = VIEW_ERROR, .draw = error_draw, .key = error_key, .help = ""};

static void leave_draw(const struct walk *w, struct page *p)
{
    uint8_t last[SHA256_SIZE];

    page_paragraph(p, INK_STRONG, "Leave the ceremony for now?");
    page_line(
        p, INK_PLAIN,
        "Everything that was shown as done is on disk. The same command continues from here.");
    if (ceremony_last_line(w->c, last)) {
        page_gap(p);
        page_paragraph(
            p, INK_PLAIN, "%s",
            ceremony_forgetful(w->c)
                ? "This machine can't remember it, and will ask for these words. Write them "
                  "down:"
                : "Another machine asks for these words, and this one if it keeps nothing "
                  "when it is switched off. Write them down:");
        page_digest(p, last, 2);
    }
    page_key(p, "Enter", "leave");
    page_key(p, "Esc", "stay");
}

static int leave_key(struct walk *w, int key, struct err *e)
{
    (void)e;
    if (key == TERM_ENTER)
        w->left = true;
    return 0;
}

const struct view view_leave = {
    .name = "leave", .parent = VIEW_LEAVE, .draw = leave_draw, .key = leave_key, .help = ""};
