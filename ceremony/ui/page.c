/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/ui/page.h"
#include "metadata/base/array.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/words.h"

#define HANG        2
#define HANG_CHOICE 7 /* deeper than "> " and a mark of three columns */

void page_clear(struct page *p)
{
    for (size_t i = 0; i < p->n; i++) { /* a new PIN may have been among them */
        explicit_bzero(p->lines[i].text, strlen(p->lines[i].text));
        free(p->lines[i].text);
    }
    free(p->lines);
    *p = (struct page){0};
}

/* A new line; its text is moved in. NULL when out of memory. */
static struct page_line *add(struct page *p, enum ink ink, int indent, char *text)
{
    struct err ignored;

    if (text == NULL || array_grow(&p->lines, p->n, sizeof *p->lines, &ignored) != 0) {
        free(text);
        p->failed = true;
        return NULL;
    }
    p->lines[p->n] = (struct page_line){.ink = ink, .indent = indent, .hang = HANG, .text = text};
    return &p->lines[p->n++];
}

static char *format(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

static char *format(const char *fmt, va_list ap)
{
    char *text = NULL;

    return vasprintf(&text, fmt, ap) >= 0 ? text : NULL;
}

void page_line(struct page *p, enum ink ink, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)add(p, ink, 0, format(fmt, ap));
    va_end(ap);
}

void page_paragraph(struct page *p, enum ink ink, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)add(p, ink, 0, format(fmt, ap));
    va_end(ap);
    page_gap(p);
}

void page_indented(struct page *p, enum ink ink, int indent, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)add(p, ink, indent, format(fmt, ap));
    va_end(ap);
}

void page_gap(struct page *p)
{
    (void)add(p, INK_PLAIN, 0, strdup(""));
}

void page_text(struct page *p, enum ink ink, int indent, struct span text)
{
    while (text.n > 0) {
        const uint8_t *end = memchr(text.p, '\n', text.n);
        size_t n = end != NULL ? (size_t)(end - text.p) : text.n, blanks = 0;

        while (blanks < n && text.p[blanks] == ' ')
            blanks++;
        (void)add(p, ink, indent + (int)blanks, strndup((const char *)text.p + blanks, n - blanks));
        n += end != NULL;
        text = span_of(text.p + n, text.n - n);
    }
}

void page_choice(struct page *p, bool chosen, enum ink ink, const char *fmt, ...)
{
    struct page_line *line;
    char *text, *marked = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = format(fmt, ap);
    va_end(ap);
    if (text != NULL && asprintf(&marked, "%s %s", chosen ? ">" : " ", text) < 0)
        marked = NULL;
    free(text);
    line = add(p, chosen ? INK_CHOSEN : ink, 0, marked);
    if (line == NULL)
        return;
    line->choice = ++p->nchoices;
    line->chosen = chosen;
    line->hang = HANG_CHOICE;
}

void page_field(struct page *p, bool active, const char *label, const char *value)
{
    struct page_line *line;
    char *text = NULL;

    if (asprintf(&text, "%s %s", label, value) < 0)
        text = NULL;
    line = add(p, active ? INK_STRONG : INK_PLAIN, 0, text);
    if (line != NULL)
        line->field = active;
}

void page_digest(struct page *p, const uint8_t *digest, unsigned lines)
{
    for (unsigned i = 0; i < lines; i++) {
        struct bytes text = {0};

        words_hex(digest, (size_t)i * 4, 4, &text);
        bytes_put_str(&text, "   ");
        words_text(digest, (size_t)i * 4, 4, &text);
        (void)add(p, INK_STRONG, 2, bytes_take_str(&text));
    }
}

void page_key(struct page *p, const char *key, const char *does)
{
    if (p->nkeys == PAGE_KEYS)
        return;
    p->keys[p->nkeys].key = key;
    p->keys[p->nkeys++].does = does;
}

void page_context(struct page *p, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(p->context, sizeof p->context, fmt, ap);
    va_end(ap);
}
