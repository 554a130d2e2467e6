/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that know nothing of what they say: text, entries of an object, raw bytes. */
#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"

#include "ceremony/changes/lines.h"

/* An index keeps every so many-th place. */
#define ENTRY_STEP 64
#define LINE_STEP  512

struct text {
    struct bytes text;
    size_t *starts; /* of lines; one more behind the last */
};

static void text_free(void *self)
{
    struct text *t = self;

    bytes_clear(&t->text);
    free(t->starts);
    free(t);
}

static void text_put(const void *self, size_t line, struct lines_place *place, struct bytes *out)
{
    const struct text *t = self;

    (void)place;
    bytes_put(out, t->text.p + t->starts[line], t->starts[line + 1] - t->starts[line] - 1);
}

int lines_add_text(struct lines *l, struct bytes *text, struct err *e)
{
    struct lines_part part = {.put = text_put, .free = text_free};
    struct text *t = calloc(1, sizeof *t);
    size_t n = 0;

    if (text->n > 0 && text->p[text->n - 1] != '\n')
        bytes_put_u8(text, '\n');
    for (size_t i = 0; i < text->n; i++)
        n += text->p[i] == '\n';
    if (t == NULL || bytes_failed(text) || (t->starts = calloc(n + 1, sizeof *t->starts)) == NULL) {
        bytes_clear(text);
        free(t);
        return err_oom(e);
    }
    t->text = *text;
    *text = (struct bytes){0};
    for (size_t i = 0; i < t->text.n; i++)
        if (t->text.p[i] == '\n')
            t->starts[++part.n] = i + 1;
    part.self = t;
    if (n > 0)
        return lines_add(l, &part, e);
    text_free(t);
    return 0;
}

struct entries {
    struct json object;
    entry_words *put;
    size_t *at; /* json_iter's, of every ENTRY_STEP-th member */
    size_t n;
};

static void entries_free(void *self)
{
    struct entries *x = self;

    free(x->at);
    free(x);
}

/* An iterator that gives that member next. */
static struct json_iter entries_iter(const struct entries *x, size_t entry)
{
    struct json_iter it = {x->object, x->at[entry / ENTRY_STEP]};

    for (size_t i = entry % ENTRY_STEP; i > 0; i--)
        (void)json_next(&it, NULL, NULL);
    return it;
}

static void entries_put(const void *self, size_t line, struct lines_place *place, struct bytes *out)
{
    const struct entries *x = self;
    struct json_iter it = {x->object, place->at};
    struct json name, value;

    if (!place->there || place->line != line)
        it = entries_iter(x, line);
    if (json_next(&it, &name, &value))
        x->put(name, value, out);
    place->there = true;
    place->line = line + 1;
    place->at = it.at;
}

/* How a member's name stands to the text: 0 when it begins with it. */
static int name_cmp(struct json name, struct span text)
{
    struct bytes plain = {0};
    struct span begin;
    int order;

    json_text(name, &plain);
    begin = span_of(plain.p, plain.n < text.n ? plain.n : text.n);
    order = span_cmp(begin, text);
    bytes_clear(&plain);
    return order;
}

static size_t entries_find(const void *self, struct span text, bool *begins)
{
    const struct entries *x = self;
    size_t from = 0, to = (x->n + ENTRY_STEP - 1) / ENTRY_STEP, entry;
    struct json_iter it;
    struct json name;
    int order = -1;

    while (from < to) { /* the last indexed name that is before the text */
        size_t middle = from + (to - from) / 2;

        it = entries_iter(x, middle * ENTRY_STEP);
        if (json_next(&it, &name, NULL) && name_cmp(name, text) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    entry = from > 0 ? (from - 1) * ENTRY_STEP : 0;
    it = entries_iter(x, entry);
    while (json_next(&it, &name, NULL) && (order = name_cmp(name, text)) < 0)
        entry++;
    *begins = order == 0;
    return entry;
}

int lines_add_entries(struct lines *l, struct json object, entry_words *put, struct err *e)
{
    struct entries *x = calloc(1, sizeof *x);
    struct lines_part part = {x, 0, entries_put, entries_free, 0, NULL, entries_find};
    struct json_iter it;

    if (x == NULL)
        return err_oom(e);
    *x = (struct entries){.object = object, .put = put, .n = json_count(object)};
    if ((x->at = calloc(x->n / ENTRY_STEP + 1, sizeof *x->at)) == NULL) {
        free(x);
        return err_oom(e);
    }
    it = json_iter_of(object);
    for (size_t i = 0; i < x->n; i++) {
        if (i % ENTRY_STEP == 0)
            x->at[i / ENTRY_STEP] = it.at;
        (void)json_next(&it, NULL, NULL);
    }
    part.n = part.entries = x->n;
    return lines_add(l, &part, e);
}

struct raw {
    struct span canonical;
    struct json_lines *at; /* before every LINE_STEP-th line */
    size_t n;
};

static void raw_free(void *self)
{
    struct raw *x = self;

    free(x->at);
    free(x);
}

static void raw_put(const void *self, size_t line, struct lines_place *place, struct bytes *out)
{
    const struct raw *x = self;
    struct json_lines at = {x->canonical, 1, place->depth, place->at};

    if (!place->there || place->line != line) {
        at = x->at[line / LINE_STEP];
        for (size_t i = line % LINE_STEP; i > 0; i--)
            (void)json_lines_next(&at, NULL);
    }
    (void)json_lines_next(&at, out);
    *place = (struct lines_place){true, line + 1, at.at, at.depth, 0, place->text};
}

int lines_add_json(struct lines *l, struct span canonical, struct err *e)
{
    struct raw *x = calloc(1, sizeof *x);
    struct lines_part part = {.self = x, .put = raw_put, .free = raw_free};
    struct json_lines at;

    if (x == NULL)
        return err_oom(e);
    x->canonical = canonical;
    json_lines_init(&at, canonical, 1);
    do {
        if (part.n % LINE_STEP == 0) {
            if (array_grow(&x->at, x->n, sizeof *x->at, e) != 0) {
                raw_free(x);
                return -1;
            }
            x->at[x->n++] = at;
        }
        part.n++;
    } while (json_lines_next(&at, NULL));
    part.n--; /* the last found none */
    return lines_add(l, &part, e);
}
