/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/derive/tree.h"
#include "ceremony/plan/plan.h"

/* An entry of "delegations" that is delegated by `by`. */
static cJSON *entry(cJSON *delegations, const char *name, const char *by)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "name", name);
    cJSON_AddStringToObject(item, "by", by);
    cJSON_AddItemToArray(delegations, item);
    return item;
}

static void add_texts(cJSON *item, const char *member, const char *const *texts, size_t n)
{
    cJSON *list = cJSON_AddArrayToObject(item, member);

    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(texts[i]));
}

/* More than half of them: both of two, two of three. */
static int majority(const cJSON *signers)
{
    return cJSON_GetArraySize(signers) / 2 + 1;
}

/* Signed by people, with keys of their own for this role. */
static void add_tree_people(cJSON *item, const cJSON *signers, const char *expires)
{
    cJSON_AddItemToObject(item, "keyholders", cJSON_Duplicate(signers, true));
    cJSON_AddNumberToObject(item, "threshold", majority(signers));
    cJSON_AddStringToObject(item, "key_type", "ecdsa-p256");
    cJSON_AddStringToObject(item, "expires", expires);
}

static void add_same(cJSON *item, const char *role, const cJSON *signers, const char *expires)
{
    cJSON_AddStringToObject(item, "same_keys_as", role);
    cJSON_AddNumberToObject(item, "threshold", majority(signers));
    cJSON_AddStringToObject(item, "expires", expires);
}

/* Signed by the first online key of the plan, elsewhere. */
static void add_online(cJSON *item, const char *key)
{
    add_texts(item, "online_keys", &key, 1);
    cJSON_AddNumberToObject(item, "threshold", 1);
}

/* Every path: hashes begin with one of sixteen digits. */
static void add_everything(cJSON *item)
{
    static const char *const digits[] = {"0", "1", "2", "3", "4", "5", "6", "7",
                                         "8", "9", "a", "b", "c", "d", "e", "f"};

    add_texts(item, "hash_prefixes", digits, sizeof digits / sizeof digits[0]);
}

/* The tree of 2013: a role for the index pages, and one for each Python version and first letter of
 * the files; projects are delegated to below. Letters are small, as in normalised names (PEP 503).
 */
static void add_2013(cJSON *delegations, cJSON *signers, const char *online)
{
    static const char *const simple[] = {"simple/*/*"}, *const files[] = {
                                                            "packages/{version}/{letter}/*/*"};
    static const char *const versions[] = {"2.7", "3.12", "any", "py2.py3", "py3", "source"};
    const char *name = "targets/packages/{version}/{letter}", *c;
    cJSON *item = entry(delegations, "targets/simple", "targets"), *each, *letters;
    char letter[2] = "";

    (void)online;
    add_texts(item, "paths", simple, 1);
    cJSON_AddBoolToObject(item, "terminating", false);
    add_tree_people(item, signers, "1 year");
    item = entry(delegations, name, "targets");
    each = cJSON_AddObjectToObject(item, "each");
    add_texts(each, "version", versions, sizeof versions / sizeof versions[0]);
    letters = cJSON_AddArrayToObject(each, "letter");
    for (c = "abcdefghijklmnopqrstuvwxyz0123456789"; *c != '\0'; c++) {
        letter[0] = *c;
        cJSON_AddItemToArray(letters, cJSON_CreateString(letter));
    }
    add_texts(item, "paths", files, 1);
    cJSON_AddBoolToObject(item, "terminating", false);
    add_same(item, "targets/simple", signers, "1 year");
}

static void add_bins(cJSON *delegations, const char *by, const char *online)
{
    cJSON *item = entry(delegations, "bin-{bin}", by);

    cJSON_AddNumberToObject(item, "bins", 16384);
    cJSON_AddBoolToObject(item, "succinct", false);
    add_online(item, online);
}

/* PEP 458: targets -> bins, offline, -> 16,384 roles by hash prefix, online. */
static void add_pep458(cJSON *delegations, cJSON *signers, const char *online)
{
    cJSON *item = entry(delegations, "bins", "targets");

    add_everything(item);
    cJSON_AddBoolToObject(item, "terminating", false);
    add_tree_people(item, signers, "1 year");
    add_bins(delegations, "bins", online);
}

/* PEP 480: projects whose developers sign (claimed, offline; new ones wait in recently-claimed,
 * online), then all others, in bins. */
static void add_pep480(cJSON *delegations, cJSON *signers, const char *online)
{
    cJSON *item = entry(delegations, "claimed", "targets");

    add_everything(item);
    cJSON_AddBoolToObject(item, "terminating", false);
    add_tree_people(item, signers, "1 month");
    item = entry(delegations, "recently-claimed", "targets");
    add_everything(item);
    cJSON_AddBoolToObject(item, "terminating", false);
    add_online(item, online);
    item = entry(delegations, "unclaimed", "targets");
    add_everything(item);
    cJSON_AddBoolToObject(item, "terminating", false);
    add_same(item, "claimed", signers, "1 year");
    add_bins(delegations, "unclaimed", online);
}

static const struct tree trees[] = {
    {"delegations-2013",
     "targets/simple, and targets/packages/<version>/<letter>; projects below them", add_2013},
    {"pep458", "targets -> bins -> 16384 bins by hash prefix (PEP 458)", add_pep458},
    {"pep480", "claimed, recently-claimed, unclaimed -> bins (PEP 480)", add_pep480},
};

const struct tree *tree_at(size_t i)
{
    return i < sizeof trees / sizeof trees[0] ? &trees[i] : NULL;
}

const struct tree *tree_find(const char *name)
{
    for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++)
        if (strcmp(trees[i].name, name) == 0)
            return &trees[i];
    return NULL;
}

static bool is_holder(const cJSON *holders, const char *name)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, holders)
    {
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(item, "name")), name) == 0)
            return true;
    }
    return false;
}

/* Names of those who sign; new people become keyholders. */
static cJSON *signers_of(cJSON *plan, const char *const *names, size_t n)
{
    cJSON *holders = cJSON_GetObjectItem(plan, "keyholders"), *signers = cJSON_CreateArray(), *item;

    for (size_t i = 0; i < n; i++) {
        cJSON_AddItemToArray(signers, cJSON_CreateString(names[i]));
        if (is_holder(holders, names[i]))
            continue;
        item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", names[i]);
        cJSON_AddItemToArray(holders, item);
    }
    for (int i = 0; n == 0 && i < TREE_HOLDERS && i < cJSON_GetArraySize(holders); i++)
        cJSON_AddItemToArray(
            signers,
            cJSON_Duplicate(cJSON_GetObjectItem(cJSON_GetArrayItem(holders, i), "name"), true));
    return signers;
}

/* Root only when it was to be signed as a first one; targets, and all that people sign. */
static void sign(cJSON *plan, const cJSON *delegations)
{
    cJSON *list = cJSON_CreateArray();
    const cJSON *item;

    if (cJSON_GetObjectItem(plan, "trusted") == NULL)
        cJSON_AddItemToArray(list, cJSON_CreateString("root"));
    cJSON_AddItemToArray(list, cJSON_CreateString("targets"));
    cJSON_ArrayForEach(item, delegations)
    {
        if (cJSON_GetObjectItem(item, "online_keys") == NULL)
            cJSON_AddItemToArray(list, cJSON_Duplicate(cJSON_GetObjectItem(item, "name"), true));
    }
    cJSON_DeleteItemFromObject(plan, "sign");
    cJSON_AddItemToObject(plan, "sign", list);
}

void tree_add(const struct tree *tree, cJSON *plan, const char *const *holders, size_t n)
{
    cJSON *signers = signers_of(plan, holders, n), *delegations;
    const char *online = cJSON_GetStringValue(cJSON_GetObjectItem(
        cJSON_GetArrayItem(cJSON_GetObjectItem(plan, "online_keys"), 0), "name"));

    delegations = cJSON_AddArrayToObject(plan, "delegations");
    tree->add(delegations, signers, online != NULL ? online : "online");
    sign(plan, delegations);
    cJSON_Delete(signers);
}

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
