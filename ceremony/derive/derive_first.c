/* SPDX-License-Identifier: Apache-2.0 */
/* A first root for the same people, where the threshold of the root in force can't be reached. */
#include <stdio.h>

#include "ceremony/derive/derive_found.h"

/* People bring new keys, on tokens that are new or are used anew: nothing old is asked for. */
static void forget_keys(cJSON *plan)
{
    cJSON *holder;

    cJSON_ArrayForEach(holder, cJSON_GetObjectItem(plan, "keyholders"))
    {
        cJSON_DeleteItemFromObject(holder, "keys");
        cJSON_DeleteItemFromObject(holder, "token");
        cJSON_DeleteItemFromObject(holder, "token_is");
    }
}

/* The online key that the plan knows by its id becomes a file. */
static int write_key(cJSON *item, int n, const struct trusted *t, struct store *to, struct err *e)
{
    const struct key *key =
        trusted_key(t, cJSON_GetStringValue(cJSON_GetObjectItem(item, "keyid")));
    struct bytes pem;
    char name[48], file[32];
    int rc = -1;

    if (n == 1)
        snprintf(file, sizeof file, "online.pem");
    else
        snprintf(file, sizeof file, "online-%d.pem", n);
    snprintf(name, sizeof name, "inputs/%s", file);
    bytes_init(&pem);
    if (key == NULL) {
        err_set(e, ERR_INPUT, "the root in force names an online key that it does not hold");
        err_todo(e, "repair the repository's root by hand first");
    } else if (key_put_pem(key, &pem, e) == 0)
        rc = to->ops->write(to->self, name, bytes_span(&pem), e);
    bytes_clear(&pem);
    cJSON_DeleteItemFromObject(item, "keyid");
    cJSON_AddStringToObject(item, "file", file);
    return rc;
}

/* Above every version that was served, so that clients with the new root ask for none of those. */
static void put_first(cJSON *plan, const struct trusted *t, bool offline)
{
    cJSON *first;

    cJSON_DeleteItemFromObject(plan, "trusted");
    first = cJSON_AddObjectToObject(plan, "first_root");
    cJSON_AddNumberToObject(first, "version", (double)t->root->head.version + 1);
    if (offline)
        cJSON_AddNumberToObject(first, "targets", (double)t->targets.head.version);
}

int derive_first(cJSON *plan, const struct trusted *t, struct store *to, struct err *e)
{
    cJSON *roles = cJSON_GetObjectItem(plan, "roles"), *item;
    bool offline = !cJSON_HasObjectItem(cJSON_GetObjectItem(roles, "targets"), "online_keys");
    int n = 0;

    if (offline && t->targets_envelope == NULL) {
        err_set(e, ERR_INCOMPLETE,
                "the targets in force are not in the folder: new clients would "
                "find no files");
        return err_todo(e, "give the folder of all of the repository's metadata");
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(plan, "online_keys"))
    {
        if (write_key(item, ++n, t, to, e) != 0)
            return -1;
    }
    forget_keys(plan);
    put_first(plan, t, offline);
    return 0;
}
