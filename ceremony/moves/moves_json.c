/* SPDX-License-Identifier: Apache-2.0 */
/* A list of moves in JSON. */
#include <limits.h>

#include "ceremony/moves/move_list.h"

static int text_read(struct move_list *l, struct json at, const char *member, const char **out,
                     struct err *e)
{
    struct bytes text;

    if (json_kind(at) != JSON_STRING)
        return json_refuse(at, e, "'%s' is %s, not a string", member,
                           json_kind_name(json_kind(at)));
    bytes_init(&text);
    json_text(at, &text);
    *out = bytes_failed(&text) ? NULL : pool_str(&l->pool, bytes_span(&text));
    bytes_clear(&text);
    return *out != NULL ? 0 : err_oom(e);
}

/* Absent and "" both say nothing. */
static int member_read(struct move_list *l, struct json object, const char *member,
                       const char **out, struct err *e)
{
    struct json at;

    if (!json_get(object, member, &at))
        return 0;
    if (text_read(l, at, member, out, e) != 0)
        return -1;
    if ((*out)[0] == '\0')
        *out = NULL;
    return 0;
}

static int strings_read(struct move_list *l, struct json object, const char *member,
                        const char ***out, size_t *n, struct err *e)
{
    struct json list, item;
    struct json_iter it;

    if (!json_get(object, member, &list))
        return 0;
    if (json_kind(list) != JSON_ARRAY)
        return json_refuse(list, e, "'%s' is an array of strings", member);
    if ((*out = pool_take(&l->pool, json_count(list) + 1, sizeof **out)) == NULL)
        return err_oom(e);
    json_iter_init(&it, list);
    while (json_next(&it, NULL, &item))
        if (text_read(l, item, member, &(*out)[(*n)++], e) != 0)
            return -1;
    return 0;
}

static int action_read(struct json object, enum move_action *out, struct err *e)
{
    struct json at;

    if (json_need(object, "action", JSON_STRING, &at, e) != 0)
        return -1;
    for (unsigned a = 0; a < MOVE_ACTIONS; a++)
        if (json_text_is(at, move_action_name((enum move_action)a))) {
            *out = (enum move_action)a;
            return 0;
        }
    json_refuse(at, e, "no action has this name");
    return err_todo(e, "an action is add, change, remove, hand-over or move");
}

static int threshold_read(struct json object, unsigned *out, struct err *e)
{
    struct json at;

    if (!json_get(object, "threshold", &at))
        return 0;
    if (json_kind(at) != JSON_INTEGER || json_integer(at) < 1 || json_integer(at) > INT_MAX) {
        json_refuse(at, e, "'threshold' is the number of developers who must sign, from 1");
        return err_todo(e, "write it as a number, not above the number of keys");
    }
    *out = (unsigned)json_integer(at);
    return 0;
}

static int one_read(struct move_list *l, size_t file, struct json object, struct err *e)
{
    static const char *const known[] = {"action",    "project", "in",    "to",
                                        "threshold", "keys",    "paths", NULL};
    struct move m = {.in = l->files[file].home, .file = file, .at = object};
    struct json ignored;

    if (json_kind(object) != JSON_OBJECT)
        return json_refuse(object, e, "a move is an object, this is %s",
                           json_kind_name(json_kind(object)));
    if (json_only(object, known, e) != 0 || action_read(object, &m.action, e) != 0 ||
        json_need(object, "project", JSON_STRING, &ignored, e) != 0 ||
        text_read(l, ignored, "project", &m.project, e) != 0)
        return -1;
    if (member_read(l, object, "in", &m.in, e) != 0 || member_read(l, object, "to", &m.to, e) != 0)
        return -1;
    if (m.in == NULL)
        m.in = l->files[file].home;
    if (threshold_read(object, &m.threshold, e) != 0 ||
        strings_read(l, object, "keys", &m.keys, &m.nkeys, e) != 0 ||
        strings_read(l, object, "paths", &m.paths, &m.npaths, e) != 0)
        return -1;
    return move_add(l, &m, e);
}

int moves_read_json(struct move_list *l, size_t file, struct bytes *text, struct err *e)
{
    struct json_iter it;
    struct json root, item;
    struct bytes name;
    int rc;

    bytes_init(&name);
    bytes_printf(&name, MOVES_DIR "%s", l->files[file].name);
    rc = bytes_failed(&name) ? err_oom(e)
                             : json_doc_take(text, bytes_str(&name), JSON_TEXT, &l->docs[file], e);
    bytes_clear(&name);
    if (rc != 0)
        return -1;
    root = json_root(l->docs[file]);
    if (json_kind(root) != JSON_ARRAY) {
        json_refuse(root, e, "a list of moves is an array, this is %s",
                    json_kind_name(json_kind(root)));
        return err_todo(e, "write [{\"action\": \"add\", \"project\": ...}, ...]");
    }
    json_iter_init(&it, root);
    while (json_next(&it, NULL, &item))
        if (one_read(l, file, item, e) != 0)
            return -1;
    return 0;
}
