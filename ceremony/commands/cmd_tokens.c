/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/act.h"
#include "ceremony/base/memory.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"
#include "tokens/uri.h"

/* The URI of a token, or of a key on it; appended. "?" when memory is short. */
static void put_uri(const struct token_info *t, const struct token_key *k, struct bytes *out)
{
    struct err ignored;

    if (token_uri_put(t, k, out, &ignored) != 0)
        bytes_put_u8(out, '?');
}

static void print_keys(const struct context *d, const struct token_info *t)
{
    struct token_key_list keys = {0};
    struct bytes uri = {0};
    struct err why;

    if (d->t->driver->public_keys(d->t->self, &t->id, &keys, &why) != 0)
        out_line("    its keys can't be read: %s", why.what);
    else if (keys.n == 0)
        out_line("    shows no keys without the PIN");
    for (size_t i = 0; i < keys.n; i++) {
        const struct token_key *k = &keys.items[i];

        put_uri(t, k, &uri);
        if (k->key != NULL)
            out_line("    key \"%s\", %s, %.16s", k->label, key_type_words(key_type(k->key)),
                     key_id(k->key));
        else
            out_line("    key \"%s\", of a kind that TUF has no name for", k->label);
        out_line("      %s", memory_text(&uri));
        bytes_clear(&uri);
    }
    token_key_list_clear(&keys);
}

static void print_token(const struct context *d, const struct token_info *t)
{
    struct bytes uri = {0}, words = {0};

    token_words(t, &words);
    put_uri(t, NULL, &uri);
    out_line("%s", memory_text(&words));
    out_line("    firmware %s, slot %lu, %s", t->firmware, t->slot,
             t->initialised ? pin_state_words(t->pin) : "not initialised");
    if (t->initialised && t->so_pin != PIN_OK)
        out_line("    SO PIN: %s", pin_state_words(t->so_pin));
    if (t->pin_pad)
        out_line("    its PIN is typed on the reader");
    out_line("    module %s", t->id.module);
    out_line("    %s", memory_text(&uri));
    bytes_clear(&words);
    bytes_clear(&uri);
    if (t->initialised)
        print_keys(d, t);
}

static void add_uri(cJSON *item, const struct token_info *t, const struct token_key *k)
{
    struct bytes uri = {0};

    put_uri(t, k, &uri);
    cJSON_AddStringToObject(item, "uri", memory_text(&uri));
    bytes_clear(&uri);
}

static void add_keys(const struct context *d, const struct token_info *t, cJSON *item)
{
    cJSON *list = cJSON_AddArrayToObject(item, "keys");
    struct token_key_list keys = {0};
    struct err why;

    if (d->t->driver->public_keys(d->t->self, &t->id, &keys, &why) != 0)
        cJSON_AddItemToObject(item, "keys_error", out_err_json(&why));
    for (size_t i = 0; i < keys.n; i++) {
        const struct token_key *k = &keys.items[i];
        cJSON *key = cJSON_CreateObject();

        cJSON_AddStringToObject(key, "label", k->label);
        if (k->key != NULL) {
            cJSON_AddStringToObject(key, "type", key_type_words(key_type(k->key)));
            cJSON_AddStringToObject(key, "keyid", key_id(k->key));
        }
        add_uri(key, t, k);
        cJSON_AddItemToArray(list, key);
    }
    token_key_list_clear(&keys);
}

static cJSON *token_json(const struct context *d, const struct token_info *t)
{
    cJSON *item = act_token(t);

    add_uri(item, t, NULL);
    cJSON_AddNumberToObject(item, "slot", (double)t->slot);
    cJSON_AddBoolToObject(item, "initialised", t->initialised);
    cJSON_AddBoolToObject(item, "pin_pad", t->pin_pad);
    cJSON_AddStringToObject(item, "pin", pin_state_words(t->pin));
    cJSON_AddStringToObject(item, "so_pin", pin_state_words(t->so_pin));
    if (t->initialised)
        add_keys(d, t, item);
    return item;
}

static void add_lines(cJSON *tree, const char *name, char *const *lines, size_t n)
{
    cJSON *list = cJSON_AddArrayToObject(tree, name);

    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(lines[i]));
}

static int print_json(const struct context *d, const struct token_list *l, struct err *e)
{
    cJSON *tree = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(tree, "tokens");

    for (size_t i = 0; i < l->n; i++)
        cJSON_AddItemToArray(list, token_json(d, &l->items[i]));
    list = cJSON_AddArrayToObject(tree, "modules");
    for (size_t i = 0; i < d->nmodules; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(d->modules[i]));
    add_lines(tree, "left_out", l->problems, l->nproblems);
    add_lines(tree, "not_loaded", d->left_out.problems, d->left_out.nproblems);
    return out_json(tree, e);
}

static int run(const struct invocation *in, struct err *e)
{
    struct context d = {0};
    struct token_list l = {0};
    int rc = -1;

    if ((in->nargs == 0 || context_open(&d, in, in->args[0], CEREMONY_READ, e) == 0) &&
        context_tokens(&d, in, e) == 0 && (rc = d.t->driver->list(d.t->self, &l, e)) == 0) {
        if (in_has(in, "json"))
            rc = print_json(&d, &l, e);
        else {
            for (size_t i = 0; i < l.n; i++)
                print_token(&d, &l.items[i]);
            if (l.n == 0)
                out_line("no token is inserted");
            for (size_t i = 0; i < d.nmodules; i++)
                out_line("looked through module '%s'", d.modules[i]);
            for (size_t i = 0; i < l.nproblems; i++)
                out_line("left out: %s", l.problems[i]);
            for (size_t i = 0; i < d.left_out.nproblems; i++)
                out_line("not loaded: %s", d.left_out.problems[i]);
        }
    }
    token_list_clear(&l);
    context_close(&d);
    return rc;
}

const struct command cmd_tokens = {
    .name = "tokens",
    .args = "[DIR]",
    .summary = "which tokens are inserted with which keys, and what was left out and why",
    .details =
        "With DIR and --network, the module that its plan names may connect to this machine.",
    .options = {OPTION_MODULE, OPTION_NETWORK},
    .run = run,
};
