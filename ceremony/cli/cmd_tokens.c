/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/desk.h"
#include "ceremony/cli/out.h"
#include "tokens/uri.h"

static int print(const struct token_list *l, struct err *e)
{
    struct bytes uri, words;

    for (size_t i = 0; i < l->n; i++) {
        const struct token_info *t = &l->items[i];

        bytes_init(&uri);
        bytes_init(&words);
        token_words(t, &words);
        if (token_uri_put(t, NULL, &uri, e) != 0) {
            bytes_clear(&words);
            bytes_clear(&uri);
            return -1;
        }
        out_line("%s", bytes_str(&words));
        out_line("    firmware %s, slot %lu, %s", t->firmware, t->slot,
                 t->initialised ? pin_state_words(t->pin) : "not initialised");
        out_line("    module %s", t->id.module);
        out_line("    %s", bytes_str(&uri));
        bytes_clear(&words);
        bytes_clear(&uri);
    }
    if (l->n == 0)
        out_line("no token is inserted");
    for (size_t i = 0; i < l->nproblems; i++)
        out_line("left out: %s", l->problems[i]);
    return 0;
}

static int print_json(const struct token_list *l, struct err *e)
{
    cJSON *tree = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(tree, "tokens");

    for (size_t i = 0; i < l->n; i++) {
        const struct token_info *t = &l->items[i];
        cJSON *item = cJSON_CreateObject();
        struct bytes uri;

        bytes_init(&uri);
        if (token_uri_put(t, NULL, &uri, e) == 0)
            cJSON_AddStringToObject(item, "uri", bytes_str(&uri));
        bytes_clear(&uri);
        cJSON_AddStringToObject(item, "manufacturer", t->manufacturer);
        cJSON_AddStringToObject(item, "model", t->model);
        cJSON_AddStringToObject(item, "serial", t->id.serial);
        cJSON_AddStringToObject(item, "label", t->id.label);
        cJSON_AddStringToObject(item, "firmware", t->firmware);
        cJSON_AddStringToObject(item, "module", t->id.module);
        cJSON_AddNumberToObject(item, "slot", (double)t->slot);
        cJSON_AddBoolToObject(item, "initialised", t->initialised);
        cJSON_AddBoolToObject(item, "pin_pad", t->pin_pad);
        cJSON_AddStringToObject(item, "pin", pin_state_words(t->pin));
        cJSON_AddItemToArray(list, item);
    }
    list = cJSON_AddArrayToObject(tree, "left_out");
    for (size_t i = 0; i < l->nproblems; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(l->problems[i]));
    return out_json(tree, e);
}

static int run(const struct invocation *in, struct err *e)
{
    struct desk d = {0};
    struct token_list l = {0};
    int rc = -1;

    if (desk_tokens(&d, in, e) == 0 && d.t->driver->list(d.t->self, &l, e) == 0)
        rc = in_has(in, "json") ? print_json(&l, e) : print(&l, e);
    token_list_clear(&l);
    desk_close(&d);
    return rc;
}

const struct command cmd_tokens = {
    .name = "tokens",
    .args = "",
    .summary = "which tokens are inserted, and what was left out and why",
    .options = {DESK_MODULE},
    .run = run,
};
