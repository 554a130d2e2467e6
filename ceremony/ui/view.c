/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/ui/view.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "metadata/base/plain.h"

#define NAME_CELLS 25 /* a longer name has no column: its line goes on behind it */

#define ROW(number, row) [number] = &row,
static const struct view *const views[] = {VIEW_ROWS(ROW)};

const struct view *view_of(enum view_id id)
{
    return views[id];
}

const struct session *walk_session(const struct walk *w)
{
    return ceremony_session(w->c);
}

const char *walk_holder(const struct walk *w, size_t holder)
{
    return ceremony_plan(w->c)->holders[holder].name;
}

void walk_notice(struct walk *w, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(w->notice, sizeof w->notice, fmt, ap);
    va_end(ap);
    w->noticed = true;
}

void view_notice(const struct walk *w, struct page *p)
{
    if (w->notice[0] == '\0')
        return;
    page_paragraph(p, INK_GOOD, "%s", w->notice);
    p->pinned = p->n;
}

int view_names(const struct plan *p)
{
    int widest = 0;

    for (size_t i = 0; i < p->nholders; i++) {
        int cells = plain_width(p->holders[i].name);

        if (cells > widest && cells <= NAME_CELLS)
            widest = cells;
    }
    return widest;
}

bool view_choose(struct walk *w, int key, size_t n)
{
    if (n > 0 && w->choice >= n)
        w->choice = n - 1;
    if (key == TERM_UP && w->choice > 0)
        w->choice--;
    else if (key == TERM_DOWN && w->choice + 1 < n)
        w->choice++;
    if (key != TERM_UP && key != TERM_DOWN)
        return false;
    w->search = (struct input){0}; /* what is chosen is in sight again */
    return true;
}

bool input_key(struct input *in, int key)
{
    if (key == TERM_BACKSPACE && in->n > 0) {
        do
            in->n--;
        while (in->n > 0 && ((unsigned char)in->text[in->n] & 0xC0) == 0x80);
        in->text[in->n] = '\0';
        return true;
    }
    if (key < 0x20 || key > 0xFFFF || in->n + 4 > sizeof in->text || (in->n == 0 && key == ' '))
        return false;
    in->n += utf8_put((uint32_t)key, (uint8_t *)in->text + in->n);
    in->text[in->n] = '\0';
    return true;
}

bool input_is(const struct input *in, const char *word)
{
    size_t n = in->n;

    while (n > 0 && in->text[n - 1] == ' ')
        n--;
    return n == strlen(word) && strncasecmp(in->text, word, n) == 0;
}

void view_plan_digest(const struct walk *w, struct page *p, const char *ask, const char *does)
{
    page_digest(p, ceremony_plan(w->c)->sha256, 8);
    page_gap(p);
    page_field(p, true, ask, w->input.text);
    page_key(p, "Enter", does);
}

bool view_entered(struct walk *w, int key, const char *word)
{
    (void)input_key(&w->input, key);
    return key == TERM_ENTER && (word != NULL ? input_is(&w->input, word) : w->input.n > 0);
}

void view_findings(const struct findings *f, struct page *p)
{
    static const struct {
        const char *word;
        enum ink ink;
    } levels[] = {[FINDING_NOTE] = {"Note", INK_PLAIN},
                  [FINDING_WARNING] = {"Warning", INK_WARN},
                  [FINDING_REFUSAL] = {"Refused", INK_BAD}};

    for (size_t i = 0; i < f->n; i++) {
        page_line(p, levels[f->items[i].level].ink, "%s: %s.", levels[f->items[i].level].word,
                  f->items[i].text);
        if (f->items[i].todo[0] != '\0')
            page_indented(p, INK_PLAIN, 2, "to do: %s", f->items[i].todo);
    }
}
