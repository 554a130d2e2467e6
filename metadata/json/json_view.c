/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents, and views of their values. Canonical bytes are known to be well-formed, so a view
 * walks them without checking.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "metadata/json/json_doc.h"

static int doc_make(struct json_doc *d, const char *name, enum json_form form, struct err *e)
{
    d->name = strdup(name);
    if (d->name == NULL)
        return err_oom(e);
    return json_scan(d->text, d->name, form, &d->canonical, e);
}

int json_doc_read(struct span text, const char *name, enum json_form form, struct json_doc **out,
                  struct err *e)
{
    struct json_doc *d = calloc(1, sizeof *d);

    *out = NULL;
    if (d == NULL)
        return err_oom(e);
    d->text = text;
    if (doc_make(d, name, form, e) != 0) {
        json_doc_free(d);
        return -1;
    }
    *out = d;
    return 0;
}

/* Canonical text is its own canonical form. On failure the text is as it was. */
static int take_canonical(struct bytes *text, const char *name, struct json_doc **out,
                          struct err *e)
{
    struct json_doc *d = calloc(1, sizeof *d);

    if (d == NULL || (d->name = strdup(name)) == NULL) {
        json_doc_free(d);
        return err_oom(e);
    }
    if (json_check(text, d->name, e) != 0) {
        json_doc_free(d);
        return -1;
    }
    d->canonical = *text;
    d->text = bytes_span(text);
    *text = (struct bytes){0};
    *out = d;
    return 0;
}

/* Worth a try: canonical text has no blank behind its first brace, other text mostly has. */
static bool looks_canonical(const struct bytes *text)
{
    return text->n > 2 && text->p[0] == '{' && text->p[1] == '"';
}

int json_doc_take(struct bytes *text, const char *name, enum json_form form, struct json_doc **out,
                  struct err *e)
{
    struct bytes owned = *text;
    struct err why = {0};
    bool canonical = form == JSON_CANONICAL;
    int rc = -1;

    *out = NULL;
    *text = (struct bytes){0};
    if (canonical || looks_canonical(&owned))
        rc = take_canonical(&owned, name, out, &why);
    if (rc != 0 && (canonical || why.code == ERR_INTERNAL)) /* what was not tried is not refused */
        *e = why;
    else if (rc != 0 && (rc = json_doc_read(bytes_span(&owned), name, form, out, e)) == 0) {
        (*out)->owned = owned;
        return 0;
    }
    bytes_clear(&owned);
    return rc;
}

void json_doc_free(struct json_doc *d)
{
    if (d == NULL)
        return;
    free(d->name);
    bytes_clear(&d->owned);
    bytes_clear(&d->canonical);
    free(d);
}

void json_doc_settle(struct json_doc *d)
{
    bytes_clear(&d->owned);
    d->text = bytes_span(&d->canonical);
}

struct json json_root(const struct json_doc *d)
{
    return (struct json){d, d->canonical.p, d->canonical.n};
}

void json_allow_old_forms(struct json v)
{
    struct json_doc *doc = (struct json_doc *)(uintptr_t)v.doc; /* a view has no other const */

    doc->old_forms = true;
}

bool json_old_forms(struct json v)
{
    return v.doc->old_forms;
}

const char *json_doc_name(const struct json_doc *d)
{
    return d->name;
}

struct span json_span(struct json v)
{
    return span_of(v.p, v.n);
}

enum json_kind json_kind(struct json v)
{
    switch (v.p[0]) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
    case 'f':
        return JSON_BOOL;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_INTEGER;
    }
}

const char *json_kind_name(enum json_kind kind)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object",   [JSON_ARRAY] = "a list",       [JSON_STRING] = "a string",
        [JSON_INTEGER] = "an integer", [JSON_BOOL] = "true or false", [JSON_NULL] = "null",
    };

    return names[kind];
}

/* A quote ends the string unless an odd number of backslashes stands before it. */
static size_t skip_string(const uint8_t *p, size_t at)
{
    const uint8_t *quote = p + at;
    size_t slashes;

    do {
        quote = rawmemchr(quote + 1, '"');
        for (slashes = 0; quote[-1 - (ptrdiff_t)slashes] == '\\';)
            slashes++;
    } while (slashes % 2 == 1);
    return (size_t)(quote - p) + 1;
}

/* In well-formed bytes only quotes and brackets matter inside of a container. */
static size_t skip_container(const uint8_t *p, size_t at)
{
    static const int8_t steps[256] = {['{'] = 1, ['['] = 1, ['}'] = -1, [']'] = -1};
    size_t depth = 0;

    do {
        if (p[at] == '"') {
            at = skip_string(p, at);
        } else {
            depth += (size_t)(ssize_t)steps[p[at]];
            at++;
        }
    } while (depth > 0);
    return at;
}

size_t json_skip(struct span s, size_t at)
{
    if (s.p[at] == '"')
        return skip_string(s.p, at);
    if (s.p[at] == '{' || s.p[at] == '[')
        return skip_container(s.p, at);
    do
        at++;
    while (at < s.n && s.p[at] != ',' && s.p[at] != ':' && s.p[at] != ']' && s.p[at] != '}');
    return at;
}

struct json_iter json_iter_of(struct json container)
{
    return (struct json_iter){container, 1};
}

static struct json view_at(struct json in, size_t at, size_t *end)
{
    *end = json_skip(json_span(in), at);
    return (struct json){in.doc, in.p + at, *end - at};
}

struct json json_at(const struct json_doc *d, const uint8_t *at)
{
    size_t end;

    return view_at(json_root(d), (size_t)(at - d->canonical.p), &end);
}

bool json_next(struct json_iter *it, struct json *name, struct json *value)
{
    struct json in = it->in, first;
    size_t end;

    if (in.n == 0 || (in.p[0] != '{' && in.p[0] != '[') || it->at + 1 >= in.n)
        return false;
    first = view_at(in, it->at, &end);
    if (in.p[0] == '{') {
        if (name != NULL)
            *name = first;
        first = view_at(in, end + 1, &end);
    }
    if (value != NULL)
        *value = first;
    it->at = end + 1; /* behind the comma or the end */
    return true;
}

size_t json_count(struct json container)
{
    size_t n = 0;

    for (struct json_iter it = json_iter_of(container); json_next(&it, NULL, NULL);)
        n++;
    return n;
}

bool json_get(struct json object, const char *name, struct json *out)
{
    struct json key, value;

    if (object.n == 0 || json_kind(object) != JSON_OBJECT)
        return false;
    for (struct json_iter it = json_iter_of(object); json_next(&it, &key, &value);) {
        if (json_text_is(key, name)) {
            *out = value;
            return true;
        }
    }
    return false;
}

int json_need(struct json object, const char *name, enum json_kind kind, struct json *out,
              struct err *e)
{
    struct json v;

    if (json_kind(object) != JSON_OBJECT)
        return json_refuse(object, e, "%s where an object is expected",
                           json_kind_name(json_kind(object)));
    if (!json_get(object, name, &v))
        return json_refuse(object, e, "the member '%s' is missing", name);
    if (json_kind(v) != kind)
        return json_refuse(v, e, "'%s' is %s, not %s", name, json_kind_name(json_kind(v)),
                           json_kind_name(kind));
    *out = v;
    return 0;
}

int json_only(struct json object, const char *const *known, struct err *e)
{
    struct json key, value;

    for (struct json_iter it = json_iter_of(object); json_next(&it, &key, &value);) {
        size_t i = 0;

        while (known[i] != NULL && !json_text_is(key, known[i]))
            i++;
        if (known[i] == NULL)
            return json_refuse(value, e, "the member %.*s is not known here",
                               (int)(key.n > 80 ? 80 : key.n), (const char *)key.p);
    }
    return 0;
}

void json_text(struct json v, struct bytes *out)
{
    const uint8_t *p = v.p + 1, *end = v.p + v.n - 1;

    while (p < end) {
        const uint8_t *slash = memchr(p, '\\', (size_t)(end - p));

        bytes_put(out, p, (size_t)((slash ? slash : end) - p));
        if (slash == NULL)
            return;
        bytes_put_u8(out, slash[1]);
        p = slash + 2;
    }
}

struct span json_inside(struct json v)
{
    return span_of(v.p + 1, v.n - 2);
}

char *json_strdup(struct json v)
{
    struct bytes b = {0};

    json_text(v, &b);
    return bytes_take_str(&b);
}

int json_take_text(struct json v, const char *refusal, char **out, struct err *e)
{
    *out = NULL;
    if (json_kind(v) != JSON_STRING)
        return json_refuse(v, e, "%s", refusal);
    return (*out = json_strdup(v)) != NULL ? 0 : err_oom(e);
}

bool json_text_is(struct json v, const char *s)
{
    size_t at = 1;

    if (v.n < 2 || v.p[0] != '"')
        return false;
    for (; at < v.n - 1; at++, s++) {
        at += v.p[at] == '\\';
        if (*s == '\0' || v.p[at] != (uint8_t)*s)
            return false;
    }
    return *s == '\0';
}

int json_text_cmp(struct json a, struct json b)
{
    size_t i = 1, k = 1;

    for (; i < a.n - 1 && k < b.n - 1; i++, k++) {
        i += a.p[i] == '\\';
        k += b.p[k] == '\\';
        if (a.p[i] != b.p[k])
            return a.p[i] < b.p[k] ? -1 : 1;
    }
    return (int)(i < a.n - 1) - (int)(k < b.n - 1);
}

int64_t json_integer(struct json v)
{
    bool minus = v.p[0] == '-';
    int64_t value = 0;

    for (size_t i = minus; i < v.n; i++)
        value = value * 10 + (v.p[i] - '0');
    return minus ? -value : value;
}

bool json_true(struct json v)
{
    return v.n == 4 && v.p[0] == 't';
}
