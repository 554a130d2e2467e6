/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/plan/plan_edit.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* The plan while it is changed. cJSON finds members in any case, but plan_load refuses those that
 * are not spelt right, before and after. */
struct editing {
    cJSON *plan;
    enum plan_verb verb;
    struct err *e;
};

/* Sets ERR_USAGE: "'subject' what". Returns -1. */
static int edit_usage(const struct editing *ed, const char *todo, const char *what,
                      const char *subject)
{
    err_set(ed->e, ERR_USAGE, "'%s' %s", subject, what);
    return err_todo(ed->e, "%s", todo);
}

/* The i-th role, with its name: top-level roles, then delegated ones; NULL behind the last. */
static cJSON *edit_role_at(const struct editing *ed, int i, const char **name)
{
    cJSON *roles = cJSON_GetObjectItem(ed->plan, "roles"), *role;
    int n = cJSON_GetArraySize(roles); /* members of an object are counted as well */

    role = i < n ? cJSON_GetArrayItem(roles, i)
                 : cJSON_GetArrayItem(cJSON_GetObjectItem(ed->plan, "delegations"), i - n);
    *name = i < n ? role->string : cJSON_GetStringValue(cJSON_GetObjectItem(role, "name"));
    return *name != NULL ? role : NULL;
}

/* Splits "ROLE=VALUE": the role, and behind it the value; NULL when there is no such role. */
static cJSON *edit_role_of(const struct editing *ed, const char *text, const char **name,
                           const char **value)
{
    const char *at;
    cJSON *role;

    for (int i = 0; (role = edit_role_at(ed, i, &at)) != NULL; i++)
        if (strncmp(text, at, strlen(at)) == 0 && text[strlen(at)] == '=') {
            *name = at;
            *value = text + strlen(at) + 1;
            return role;
        }
    return NULL;
}

static cJSON *holder_find(const struct editing *ed, const char *name)
{
    cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItem(ed->plan, "keyholders"))
    {
        const char *is = cJSON_GetStringValue(cJSON_GetObjectItem(item, "name"));

        if (is != NULL && strcmp(is, name) == 0)
            return item;
    }
    return NULL;
}

/* The place of a holder among the keyholders; behind all of them when there is none. */
static int rank(const struct editing *ed, const char *name)
{
    cJSON *item;
    int at = 0;

    cJSON_ArrayForEach(item, cJSON_GetObjectItem(ed->plan, "keyholders"))
    {
        const char *is = cJSON_GetStringValue(cJSON_GetObjectItem(item, "name"));

        if (is != NULL && strcmp(is, name) == 0)
            break;
        at++;
    }
    return at;
}

/* The keyholders that a role names itself, or NULL. */
static cJSON *seats_of(const cJSON *role)
{
    return cJSON_GetObjectItem(role, "keyholders");
}

static int seat_find(const cJSON *seats, const char *name)
{
    for (int i = 0; i < cJSON_GetArraySize(seats); i++) {
        const char *is = cJSON_GetStringValue(cJSON_GetArrayItem(seats, i));

        if (is != NULL && strcmp(is, name) == 0)
            return i;
    }
    return -1;
}

/* Seats keep the order of the plan's keyholders: who comes behind is put behind again.
 * (cJSON_InsertItemInArray of Debian's 1.7.15 inserts nothing in the middle.) */
static void seat(const struct editing *ed, cJSON *seats, const char *name)
{
    int n = cJSON_GetArraySize(seats), mine = rank(ed, name), at = 0;

    if (seat_find(seats, name) >= 0)
        return;
    cJSON_AddItemToArray(seats, cJSON_CreateString(name));
    for (int i = 0; i < n; i++) {
        const char *other = cJSON_GetStringValue(cJSON_GetArrayItem(seats, at));

        if (other != NULL && rank(ed, other) > mine)
            cJSON_AddItemToArray(seats, cJSON_DetachItemFromArray(seats, at));
        else
            at++;
    }
}

/* Takes a name out of a list of names. */
static void edit_unseat(cJSON *seats, const char *name)
{
    int at = seat_find(seats, name);

    if (at >= 0)
        cJSON_DeleteItemFromArray(seats, at);
}

/* In every role of which they have a key in force; who has none, in root. */
static void seat_again(const struct editing *ed, const cJSON *holder, const char *name)
{
    const cJSON *keys = cJSON_GetObjectItem(holder, "keys");
    const char *role_name;
    cJSON *role;
    bool seated = false;

    for (int i = 0; (role = edit_role_at(ed, i, &role_name)) != NULL; i++) {
        if (seats_of(role) != NULL && cJSON_HasObjectItem(keys, role_name))
            seat(ed, seats_of(role), name);
        seated = seated || seat_find(seats_of(role), name) >= 0;
    }
    for (int i = 0; !seated && (role = edit_role_at(ed, i, &role_name)) != NULL; i++)
        if (strcmp(role_name, "root") == 0 && seats_of(role) != NULL)
            seat(ed, seats_of(role), name);
}

static void leave(const struct editing *ed, const cJSON *holder, const char *name)
{
    cJSON *holders = cJSON_GetObjectItem(ed->plan, "keyholders"), *role;
    const char *role_name;

    for (int i = 0; (role = edit_role_at(ed, i, &role_name)) != NULL; i++)
        edit_unseat(seats_of(role), name);
    if (!cJSON_HasObjectItem(holder, "keys")) /* no old key: nothing is left to do for them */
        cJSON_DeleteItemFromArray(holders, rank(ed, name));
}

/* PLAN_KEEP to PLAN_LEAVE_LOST, PLAN_JOIN, PLAN_RENAME. */
static int edit_part(const struct editing *ed, const char *name)
{
    static const char *const fates[] = {
        [PLAN_REPLACE] = "replaced", [PLAN_LOSE] = "lost", [PLAN_LEAVE_LOST] = "lost"};
    cJSON *holder = holder_find(ed, name);
    const char *fate = (size_t)ed->verb < sizeof fates / sizeof fates[0] ? fates[ed->verb] : NULL;

    if (holder == NULL)
        return edit_usage(ed, "name one of the plan's keyholders; who comes new joins",
                          "is nobody's name in the plan", name);
    if (fate != NULL && !cJSON_HasObjectItem(holder, "keys"))
        return edit_usage(ed, "they keep, or leave",
                          "has no key in force that could be replaced or lost", name);
    cJSON_DeleteItemFromObject(holder, "key_is");
    if (fate != NULL)
        cJSON_AddStringToObject(holder, "key_is", fate);
    if (ed->verb == PLAN_LEAVE || ed->verb == PLAN_LEAVE_LOST)
        leave(ed, holder, name);
    else
        seat_again(ed, holder, name);
    return 0;
}

static int edit_join(const struct editing *ed, const char *text)
{
    cJSON *role = cJSON_GetObjectItem(cJSON_GetObjectItem(ed->plan, "roles"), "root");
    const char *role_name = "root", *name = text, *value;
    cJSON *seats, *holder, *named = edit_role_of(ed, text, &role_name, &value);

    if (named != NULL) {
        role = named;
        name = value;
    }
    if ((seats = seats_of(role)) == NULL)
        return edit_usage(ed, "name a role that has keyholders of its own",
                          "shares the keys of another role, or is signed online", role_name);
    holder = holder_find(ed, name);
    if (seat_find(seats, name) >= 0 ||
        cJSON_HasObjectItem(cJSON_GetObjectItem(holder, "keys"), role_name))
        return edit_usage(ed, "for another person of that name, add an initial",
                          "is among the keyholders already", name);
    if (holder == NULL) {
        holder = cJSON_CreateObject();
        cJSON_AddStringToObject(holder, "name", name);
        cJSON_AddItemToArray(cJSON_GetObjectItem(ed->plan, "keyholders"), holder);
    }
    seat(ed, seats, name);
    return 0;
}

/* "OLD=NEW", where OLD is a keyholder's name: names may hold '=', too. */
static cJSON *holder_of(const struct editing *ed, const char *text, const char **new)
{
    cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItem(ed->plan, "keyholders"))
    {
        const char *is = cJSON_GetStringValue(cJSON_GetObjectItem(item, "name"));
        size_t n = is != NULL ? strlen(is) : 0;

        if (n > 0 && strncmp(text, is, n) == 0 && text[n] == '=') {
            *new = text + n + 1;
            return item;
        }
    }
    return NULL;
}

static int edit_rename(const struct editing *ed, const char *text)
{
    const char *new, *role_name;
    cJSON *holder = holder_of(ed, text, &new), *role;
    cJSON *name = cJSON_GetObjectItem(holder, "name");

    if (holder == NULL || new[0] == '\0')
        return edit_usage(ed, "give it as OLD=NEW, where OLD is one of the plan's keyholders",
                          "names nobody in the plan and a new name", text);
    if (holder_find(ed, new) != NULL)
        return edit_usage(ed, "for another person of that name, add an initial",
                          "is among the keyholders already", new);
    for (int i = 0; (role = edit_role_at(ed, i, &role_name)) != NULL; i++) {
        int at = seat_find(seats_of(role), cJSON_GetStringValue(name));

        if (at >= 0)
            cJSON_SetValuestring(cJSON_GetArrayItem(seats_of(role), at), new);
    }
    return cJSON_SetValuestring(name, new) != NULL ? 0 : err_oom(ed->e);
}

static int threshold(const struct editing *ed, const char *text)
{
    const char *name, *value;
    cJSON *role = edit_role_of(ed, text, &name, &value), *number;

    if (role == NULL || strlen(value) > 4 || value[0] == '\0' ||
        strspn(value, "0123456789") != strlen(value))
        return edit_usage(ed, "give it as ROLE=NUMBER, for example root=3", "is no threshold",
                          text);
    number = cJSON_GetObjectItem(role, "threshold");
    if (number == NULL)
        return edit_usage(ed, "fix plan.json in an editor", "has no threshold in the plan", name);
    cJSON_SetNumberValue(number, strtod(value, NULL));
    return 0;
}

static int expires(const struct editing *ed, const char *text)
{
    const char *name, *value;
    cJSON *role = edit_role_of(ed, text, &name, &value);

    if (role == NULL || value[0] == '\0')
        return edit_usage(ed, "give it as ROLE=WHEN, for example root=1 year", "is no expiry",
                          text);
    if (cJSON_HasObjectItem(role, "online_keys"))
        return edit_usage(ed, "name root or targets", "is signed online, and gets its expiry there",
                          name);
    cJSON_DeleteItemFromObject(role, "expires");
    cJSON_AddStringToObject(role, "expires", value);
    return 0;
}

static int key_type_of(const struct editing *ed, const char *text)
{
    const char *name, *value;
    cJSON *role = edit_role_of(ed, text, &name, &value);

    if (role == NULL || value[0] == '\0')
        return edit_usage(ed, "give it as ROLE=TYPE, for example root=ed25519", "is no key type",
                          text);
    if (!cJSON_HasObjectItem(role, "keyholders"))
        return edit_usage(ed, "name a role that has keyholders of its own",
                          "shares the keys of another role, or is signed online", name);
    cJSON_DeleteItemFromObject(role, "key_type");
    cJSON_AddStringToObject(role, "key_type", value);
    return 0;
}

static int sign(const struct editing *ed, const char *text)
{
    const char *name, *value;
    cJSON *role = edit_role_of(ed, text, &name, &value);
    cJSON *list = cJSON_GetObjectItem(ed->plan, "sign");

    if (role == NULL || (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0))
        return edit_usage(ed, "give it as ROLE=yes or ROLE=no, for example targets=no",
                          "does not state whether a role is signed", text);
    edit_unseat(list, name);
    if (strcmp(value, "yes") == 0)
        cJSON_AddItemToArray(list, cJSON_CreateString(name));
    return 0;
}

/* Where the files and delegations of a role come from. */
static int contents(const struct editing *ed, const char *text)
{
    const char *name, *value;
    cJSON *role = edit_role_of(ed, text, &name, &value), *from;

    if (role == NULL || value[0] == '\0')
        return edit_usage(ed, "give it as ROLE=FILE, where inputs/ holds the file",
                          "does not name a role of the plan and a file", text);
    cJSON_DeleteItemFromObject(role, "contents");
    from = cJSON_AddObjectToObject(role, "contents");
    cJSON_AddStringToObject(from, ed->verb == PLAN_MOVES ? "moves" : "file", value);
    return 0;
}

static int next(const struct editing *ed, const char *day)
{
    cJSON_DeleteItemFromObject(ed->plan, "next_ceremony");
    cJSON_AddStringToObject(ed->plan, "next_ceremony", day);
    return 0;
}

static int keyids(const struct editing *ed, const char *text)
{
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        return edit_usage(ed, "give it as yes or no", "does not state whether keyids are corrected",
                          text);
    cJSON_DeleteItemFromObject(ed->plan, "correct_keyids");
    if (strcmp(text, "yes") == 0)
        cJSON_AddTrueToObject(ed->plan, "correct_keyids");
    return 0;
}

static int online(const struct editing *ed, const char *text)
{
    cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItem(ed->plan, "online_keys"))
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(item, "name"));

        if (name == NULL || strncmp(text, name, strlen(name)) != 0 || text[strlen(name)] != '=')
            continue;
        cJSON_AddItemToObject(item, "replaces", cJSON_DetachItemFromObject(item, "keyid"));
        cJSON_DeleteItemFromObject(item, "file");
        cJSON_DeleteItemFromObject(item, "key_is");
        cJSON_AddStringToObject(item, "file", text + strlen(name) + 1);
        if (ed->verb == PLAN_STOLEN)
            cJSON_AddStringToObject(item, "key_is", "stolen");
        return 0;
    }
    return edit_usage(ed, "name one of the plan's online keys, and a file in inputs/: NAME=FILE",
                      "is no online key of the plan", text);
}

static const struct {
    const char *name;
    int (*edit)(const struct editing *ed, const char *value);
    const char *words;
} verbs[] = {
    [PLAN_KEEP] = {"keep", edit_part, "stays"},
    [PLAN_REPLACE] = {"replace", edit_part, "gets a new key; the old one signs once more"},
    [PLAN_LOSE] = {"lose", edit_part, "has lost the key, and gets a new one"},
    [PLAN_LEAVE] = {"leave", edit_part, "leaves; the old key signs once more"},
    [PLAN_LEAVE_LOST] = {"leave-lost", edit_part, "leaves, and has lost the key"},
    [PLAN_JOIN] = {"join", edit_join, "joins, with a key that is enrolled here"},
    [PLAN_RENAME] = {"rename", edit_rename, ""},
    [PLAN_THRESHOLD] = {"threshold", threshold, ""},
    [PLAN_EXPIRES] = {"expires", expires, ""},
    [PLAN_KEY_TYPE] = {"key-type", key_type_of, ""},
    [PLAN_SIGN] = {"sign", sign, ""},
    [PLAN_NEXT] = {"next-ceremony", next, ""},
    [PLAN_MOVES] = {"moves", contents, ""},
    [PLAN_CONTENTS] = {"contents", contents, ""},
    [PLAN_ONLINE] = {"online", online, ""},
    [PLAN_STOLEN] = {"stolen", online, ""},
    [PLAN_KEYIDS] = {"correct-keyids", keyids, ""},
};
static_assert(sizeof verbs / sizeof verbs[0] == PLAN_VERBS, "every verb has a row");

const char *plan_verb_name(enum plan_verb verb)
{
    return verbs[verb].name;
}

const char *plan_part_words(enum plan_verb part)
{
    return verbs[part].words;
}

enum plan_verb plan_part(const struct plan *p, size_t holder)
{
    const struct plan_holder *h = &p->holders[holder];
    bool seated = false, old = false;

    for (size_t i = 0; i < p->nseats; i++)
        seated = seated || (p->seats[i].holder == holder && !p->seats[i].leaving);
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        old = old || h->keyids[t] != NULL;
    if (!old && p->trusted != NULL)
        return PLAN_JOIN;
    if (!seated)
        return h->fate == KEY_LOST ? PLAN_LEAVE_LOST : PLAN_LEAVE;
    return h->fate == KEY_LOST ? PLAN_LOSE : h->fate == KEY_REPLACED ? PLAN_REPLACE : PLAN_KEEP;
}

static int put_plan(cJSON *plan, struct bytes *out, struct err *e)
{
    char *text = cJSON_Print(plan);

    if (text == NULL)
        return err_oom(e);
    bytes_put_str(out, text);
    bytes_put_u8(out, '\n');
    cJSON_free(text);
    return bytes_failed(out) ? err_oom(e) : 0;
}

/* Is it enough of a plan to be changed? plan_load says all the rest. */
static int need_plan(struct json root, struct err *e)
{
    struct json ignored;

    if (json_kind(root) != JSON_OBJECT)
        return json_refuse(root, e, "a plan is an object");
    return json_need(root, "keyholders", JSON_ARRAY, &ignored, e) == 0 &&
                   json_need(root, "online_keys", JSON_ARRAY, &ignored, e) == 0 &&
                   json_need(root, "sign", JSON_ARRAY, &ignored, e) == 0
               ? json_need(root, "roles", JSON_OBJECT, &ignored, e)
               : -1;
}

int plan_edit(struct span text, const struct plan_edit *edit, struct bytes *out, struct err *e)
{
    struct editing ed = {.verb = edit->verb, .e = e};
    struct json_doc *doc;
    int rc = -1;

    if (json_doc_read(text, "plan.json", JSON_TEXT, &doc, e) != 0)
        return -1;
    if (need_plan(json_root(doc), e) == 0 &&
        (ed.plan = cJSON_ParseWithLength((const char *)text.p, text.n)) == NULL)
        err_oom(e);
    else if (ed.plan != NULL && verbs[edit->verb].edit(&ed, edit->value) == 0)
        rc = put_plan(ed.plan, out, e);
    cJSON_Delete(ed.plan);
    json_doc_free(doc);
    return rc;
}
