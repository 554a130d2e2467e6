/* SPDX-License-Identifier: Apache-2.0 */
/* Edits about people: who stays, leaves, joins, and what they are called. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/plan/plan_edit_part.h"

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

void edit_unseat(cJSON *seats, const char *name)
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

int edit_part(const struct editing *ed, const char *name)
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

int edit_join(const struct editing *ed, const char *text)
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

int edit_rename(const struct editing *ed, const char *text)
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
