/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/changes/lines.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"

struct lines {
    struct lines_part *parts;
    size_t n;
};

struct lines *lines_new(void)
{
    return calloc(1, sizeof(struct lines));
}

void lines_free(struct lines *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->n; i++)
        l->parts[i].free(l->parts[i].self);
    free(l->parts);
    free(l);
}

int lines_add(struct lines *l, const struct lines_part *part, struct err *e)
{
    if (array_grow(&l->parts, l->n, sizeof *l->parts, e) != 0) {
        part->free(part->self);
        return -1;
    }
    l->parts[l->n++] = *part;
    return 0;
}

size_t lines_count(const struct lines *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++)
        n += l->parts[i].n;
    return n;
}

size_t lines_next_part(const struct lines *l, size_t line)
{
    size_t first = 0;

    for (size_t i = 0; i < l->n && first <= line; i++)
        first += l->parts[i].n;
    return first;
}

size_t lines_entries(const struct lines *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++)
        n += l->parts[i].entries;
    return n;
}

static size_t line_of(const struct lines_part *part, size_t entry)
{
    return part->entry_line != NULL ? part->entry_line(part->self, entry) : entry;
}

size_t lines_entry(const struct lines *l, size_t entry)
{
    size_t first = 0;

    for (size_t i = 0; i < l->n; i++) {
        if (entry < l->parts[i].entries)
            return first + line_of(&l->parts[i], entry);
        entry -= l->parts[i].entries;
        first += l->parts[i].n;
    }
    return first;
}

long lines_jump(const struct lines *l, const char *text)
{
    size_t first = 0;
    long near = -1;

    for (size_t i = 0; i < l->n; first += l->parts[i++].n) {
        const struct lines_part *part = &l->parts[i];
        bool begins = false;
        size_t entry;

        if (part->entries == 0)
            continue;
        entry = part->entry_find(part->self, span_str(text), &begins);
        if (entry >= part->entries)
            entry = part->entries - 1;
        if (begins || near < 0)
            near = (long)(first + line_of(part, entry));
        if (begins)
            break;
    }
    return near;
}

void lines_read(struct lines_reader *r, const struct lines *l, size_t from)
{
    *r = (struct lines_reader){.l = l, .line = from};
    while (r->part < l->n && from >= r->first + l->parts[r->part].n)
        r->first += l->parts[r->part++].n;
}

bool lines_read_next(struct lines_reader *r, struct bytes *out)
{
    const struct lines_part *part;

    while (r->part < r->l->n && r->line >= r->first + r->l->parts[r->part].n) {
        r->first += r->l->parts[r->part++].n;
        r->place.there = false;
    }
    if (r->part == r->l->n)
        return false;
    part = &r->l->parts[r->part];
    part->put(part->self, r->line - r->first, &r->place, out);
    r->line++;
    return true;
}

void lines_reader_clear(struct lines_reader *r)
{
    bytes_clear(&r->place.text);
    r->l = NULL;
}

/* The first in [from, to), or -1. */
static long search_range(const struct lines *l, const char *text, size_t from, size_t to)
{
    struct lines_reader r;
    struct bytes line = {0};
    long found = -1;

    lines_read(&r, l, from);
    while (found < 0 && r.line < to && lines_read_next(&r, &line)) {
        if (strcasestr(bytes_str(&line), text) != NULL)
            found = (long)r.line - 1;
        bytes_truncate(&line, 0);
    }
    lines_reader_clear(&r);
    bytes_clear(&line);
    return found;
}

long lines_search(const struct lines *l, const char *text, size_t from)
{
    size_t n = lines_count(l);
    long found;

    if (text[0] == '\0' || n == 0)
        return -1;
    from %= n;
    found = search_range(l, text, from, n);
    return found >= 0 ? found : search_range(l, text, 0, from);
}

void lines_text(const struct lines *l, struct bytes *out)
{
    struct lines_reader r;

    lines_read(&r, l, 0);
    while (!bytes_failed(out) && lines_read_next(&r, out))
        bytes_put_u8(out, '\n');
    lines_reader_clear(&r);
}

/* The parts that know nothing of what they say: text, entries of an object, raw bytes. */

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
