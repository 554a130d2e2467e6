/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/session/event.h"

#include <string.h>

#include "ceremony/session/session_fold.h"

#define ROW(number, ...) [number] = {__VA_ARGS__},
static const struct event_row rows[EVENT_TYPES] = {EVENTS(ROW)};

const struct event_row *event_row(enum event_type t)
{
    return &rows[t];
}

int event_find(struct json name)
{
    for (int t = 0; t < EVENT_TYPES; t++)
        if (json_text_is(name, rows[t].name))
            return t;
    return -1;
}

/* One member as a row has it: its name, and where what is written behind that begins. */
struct member {
    char name[24];
    const char *shape; /* at '#', '?', '{' or '[', or at what ends the name of a string */
};

static const char *skip(const char *shape)
{
    for (unsigned depth = 0; *shape != '\0'; shape++) {
        depth += *shape == '{' || *shape == '[';
        if ((*shape == '}' || *shape == ']' || *shape == ' ') && depth == 0)
            break;
        depth -= *shape == '}' || *shape == ']';
    }
    return shape;
}

/* The next member from `*at` on; false at the end of the list. `*optional` from a | on. */
static bool next_member(const char **at, bool *optional, struct member *out)
{
    size_t n;

    *at += strspn(*at, " ");
    if (**at == '|') {
        *optional = true;
        *at += strspn(*at, "| ");
    }
    if (**at == '\0' || **at == '}' || **at == ']')
        return false;
    n = strcspn(*at, " #?{}[]|");
    snprintf(out->name, sizeof out->name, "%.*s", (int)n, *at);
    out->shape = *at + n;
    *at = skip(*at);
    return true;
}

static int check_members(struct json object, const char *shape, struct err *e);

static int check_elements(struct json list, const char *shape, struct err *e)
{
    struct json v;

    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &v);)
        if (*shape == ']') {
            if (json_kind(v) != JSON_STRING)
                return json_refuse(v, e, "a string is expected");
        } else if (json_kind(v) != JSON_OBJECT)
            return json_refuse(v, e, "an object is expected");
        else if (check_members(v, shape, e) != 0)
            return -1;
    return 0;
}

static int check_member(struct json object, const struct member *m, struct err *e)
{
    const enum json_kind kind = *m->shape == '{'   ? JSON_OBJECT
                                : *m->shape == '[' ? JSON_ARRAY
                                : *m->shape == '#' ? JSON_INTEGER
                                : *m->shape == '?' ? JSON_BOOL
                                                   : JSON_STRING;
    struct json v;

    if (json_need(object, m->name, kind, &v, e) != 0)
        return -1;
    if (kind == JSON_ARRAY)
        return check_elements(v, m->shape + 1, e);
    return kind == JSON_OBJECT && m->shape[1] != '}' ? check_members(v, m->shape + 1, e) : 0;
}

/* Which of the object's members are none of the list. */
static int check_known(struct json object, const char *shape, struct err *e)
{
    struct json name, v;

    for (struct json_iter it = json_iter_of(object); json_next(&it, &name, &v);) {
        const char *at = shape;
        bool optional, known = false;
        struct member m;

        while (!known && next_member(&at, &optional, &m))
            known = json_text_is(name, m.name);
        if (!known)
            return json_refuse(v, e, "the member %.*s is not known here",
                               (int)(name.n > 80 ? 80 : name.n), (const char *)name.p);
    }
    return 0;
}

static int check_members(struct json object, const char *shape, struct err *e)
{
    const char *at = shape;
    bool optional = false;
    size_t n = 0;
    struct member m;

    while (next_member(&at, &optional, &m)) {
        struct json v;

        if (optional && !json_get(object, m.name, &v))
            continue;
        if (check_member(object, &m, e) != 0)
            return -1;
        n++;
    }
    return n == json_count(object) ? 0 : check_known(object, shape, e);
}

int event_check(const struct event *ev, struct err *e)
{
    return check_members(ev->data, rows[ev->type].members, e);
}

struct json event_member(const struct event *ev, const char *name)
{
    struct json v = {0};

    (void)json_get(ev->data, name, &v);
    return v;
}
