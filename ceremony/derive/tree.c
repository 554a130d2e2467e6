/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/derive/tree.h"

#include <stdbool.h>
#include <string.h>

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
static void add_people(cJSON *item, const cJSON *signers, const char *expires)
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
    add_people(item, signers, "1 year");
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
    add_people(item, signers, "1 year");
    add_bins(delegations, "bins", online);
}

/* PEP 480: projects whose developers sign (claimed, offline; new ones wait in recently-claimed,
 * online), then all others, in bins. */
static void add_pep480(cJSON *delegations, cJSON *signers, const char *online)
{
    cJSON *item = entry(delegations, "claimed", "targets");

    add_everything(item);
    cJSON_AddBoolToObject(item, "terminating", false);
    add_people(item, signers, "1 month");
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
