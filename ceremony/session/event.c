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

static int check_token(struct json data, struct err *e)
{
    struct seat_state told = {0};
    int rc = fold_token(data, &told.token, e);

    seat_state_clear(&told);
    return rc;
}

int event_check(const struct event *ev, struct err *e)
{
    static const char marks[] = "{[#?";
    static const enum json_kind kinds[] = {JSON_OBJECT, JSON_ARRAY, JSON_INTEGER, JSON_BOOL};
    const char *next = rows[ev->type].needs;

    for (size_t n; *next != '\0'; next += n + (next[n] == ' ')) {
        char name[24];
        const char *mark;
        struct json ignored;

        n = strcspn(next, " ");
        snprintf(name, sizeof name, "%.*s", (int)n, next);
        if (name[n - 1] == '@') {
            if (check_token(ev->data, e) != 0)
                return -1;
            continue;
        }
        if ((mark = strchr(marks, name[n - 1])) != NULL)
            name[n - 1] = '\0';
        if (json_need(ev->data, name, mark != NULL ? kinds[mark - marks] : JSON_STRING, &ignored,
                      e) != 0)
            return -1;
    }
    return 0;
}

struct json event_member(const struct event *ev, const char *name)
{
    struct json v = {0};

    (void)json_get(ev->data, name, &v);
    return v;
}
