/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/derive/tree.h"
#include "ceremony/plan/plan.h"

static const struct plan_preset presets[] = {
    {.name = "root-3of5",
     .summary = "a first root and targets, any 3 of 5 keyholders sign",
     .threshold = 3,
     .holders = 5},
    {.name = "root-2of4",
     .summary = "a first root and targets, any 2 of 4 keyholders sign",
     .threshold = 2,
     .holders = 4},
    {.name = "delegations-2013",
     .summary = "root-3of5, with targets/simple and targets/packages/<version>/<letter>",
     .threshold = 3,
     .holders = 5,
     .tree = "delegations-2013"},
    {.name = "pep458",
     .summary = "root-3of5, with bins offline and 16384 bins online (PEP 458)",
     .threshold = 3,
     .holders = 5,
     .tree = "pep458"},
    {.name = "pep480",
     .summary = "root-3of5, with claimed, recently-claimed and unclaimed projects (PEP 480)",
     .threshold = 3,
     .holders = 5,
     .tree = "pep480"},
};

const struct plan_preset *plan_preset_find(const char *name)
{
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

static int wish_check(const struct plan_wish *w, const struct plan_preset *preset, struct err *e)
{
    enum key_type ignored;
    struct bytes known = {0};

    if (preset == NULL) {
        for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++)
            bytes_printf(&known, "%s%s", i > 0 ? ", " : "", presets[i].name);
        err_set(e, ERR_USAGE, "there is no preset '%s'", w->preset);
        err_todo(e, "use one of %s", bytes_str(&known));
        bytes_clear(&known);
        return -1;
    }
    if (w->nholders != preset->holders) {
        err_set(e, ERR_USAGE, "preset '%s' has %u keyholders, %zu are named", preset->name,
                preset->holders, w->nholders);
        return err_todo(e, "give --keyholder NAME once for each of the %u", preset->holders);
    }
    for (size_t i = 0; i < w->nholders; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(w->holders[i], w->holders[k]) == 0) {
                err_set(e, ERR_USAGE, "keyholder '%s' is named twice", w->holders[i]);
                return err_todo(e, "one person holds one key; name somebody else");
            }
    if (w->key_type != NULL && key_type_by_name(w->key_type, &ignored) != 0) {
        err_set(e, ERR_USAGE, "there is no key type '%s'", w->key_type);
        return err_todo(e, "use one of " KEY_TYPES_SIGNING);
    }
    return 0;
}

static void add_people(cJSON *plan, const struct plan_wish *w)
{
    cJSON *holders = cJSON_AddArrayToObject(plan, "keyholders");
    cJSON *online = cJSON_AddArrayToObject(plan, "online_keys"), *key = cJSON_CreateObject();

    for (size_t i = 0; i < w->nholders; i++) {
        cJSON *holder = cJSON_CreateObject();

        cJSON_AddStringToObject(holder, "name", w->holders[i]);
        cJSON_AddItemToArray(holders, holder);
    }
    cJSON_AddStringToObject(key, "name", "online");
    cJSON_AddStringToObject(key, "file", w->online);
    cJSON_AddItemToArray(online, key);
}

static void add_online_role(cJSON *roles, const char *name)
{
    cJSON *role = cJSON_AddObjectToObject(roles, name);
    cJSON *keys = cJSON_AddArrayToObject(role, "online_keys");

    cJSON_AddItemToArray(keys, cJSON_CreateString("online"));
    cJSON_AddNumberToObject(role, "threshold", 1);
}

static void add_roles(cJSON *plan, const struct plan_wish *w, const struct plan_preset *preset)
{
    const char *expires = w->expires != NULL ? w->expires : "1 year";
    cJSON *roles = cJSON_AddObjectToObject(plan, "roles"), *sign;
    cJSON *root = cJSON_AddObjectToObject(roles, "root");
    cJSON *holders = cJSON_AddArrayToObject(root, "keyholders");
    cJSON *targets = cJSON_AddObjectToObject(roles, "targets");

    for (size_t i = 0; i < w->nholders; i++)
        cJSON_AddItemToArray(holders, cJSON_CreateString(w->holders[i]));
    cJSON_AddNumberToObject(root, "threshold", preset->threshold);
    cJSON_AddStringToObject(root, "key_type", w->key_type != NULL ? w->key_type : "ecdsa-p256");
    cJSON_AddStringToObject(root, "expires", expires);
    cJSON_AddStringToObject(targets, "same_keys_as", "root");
    cJSON_AddNumberToObject(targets, "threshold", preset->threshold);
    cJSON_AddStringToObject(targets, "expires", expires);
    add_online_role(roles, "snapshot");
    add_online_role(roles, "timestamp");
    sign = cJSON_AddArrayToObject(plan, "sign");
    cJSON_AddItemToArray(sign, cJSON_CreateString("root"));
    cJSON_AddItemToArray(sign, cJSON_CreateString("targets"));
}

int plan_from_preset(const struct plan_wish *wish, struct bytes *out, struct err *e)
{
    const struct plan_preset *preset = plan_preset_find(wish->preset);
    struct json_doc *doc = NULL;
    cJSON *plan;
    char *text;
    int rc = -1;

    if (wish_check(wish, preset, e) != 0)
        return -1;
    plan = cJSON_CreateObject();
    cJSON_AddNumberToObject(plan, "tuf-ceremony-plan", 1);
    cJSON_AddStringToObject(plan, "title", wish->title != NULL ? wish->title : "Root key ceremony");
    cJSON_AddBoolToObject(plan, "rehearsal", wish->rehearsal);
    add_people(plan, wish);
    add_roles(plan, wish, preset);
    if (preset->tree != NULL)
        tree_add(tree_find(preset->tree), plan, NULL, 0);
    text = cJSON_Print(plan);
    cJSON_Delete(plan);
    if (text == NULL)
        return err_oom(e);
    /* what we write must be what we read */
    if (json_doc_read(span_str(text), "the new plan", JSON_TEXT, &doc, e) == 0) {
        bytes_put_str(out, text);
        bytes_put_u8(out, '\n');
        rc = bytes_failed(out) ? err_oom(e) : 0;
    } else if (e->code == ERR_INPUT)
        e->code = ERR_USAGE;
    json_doc_free(doc);
    cJSON_free(text);
    return rc;
}
