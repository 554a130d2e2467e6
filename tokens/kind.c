/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/kind.h"

#include <string.h>

/* 9c first: it wants the PIN before each signature. */
static const struct token_place piv_places[] = {
    {2, "9c"},  {1, "9a"},  {3, "9d"},  {4, "9e"},  {5, "82"},  {6, "83"},  {7, "84"},
    {8, "85"},  {9, "86"},  {10, "87"}, {11, "88"}, {12, "89"}, {13, "8a"}, {14, "8b"},
    {15, "8c"}, {16, "8d"}, {17, "8e"}, {18, "8f"}, {19, "90"}, {20, "91"}, {21, "92"},
    {22, "93"}, {23, "94"}, {24, "95"}, {0, NULL}};

static const struct token_kind rows[] = {
    {.manufacturer = "Yubico", .model = "YubiHSM", .form = "yubihsm2"},
    {.manufacturer = "Yubico",
     .model = "YubiKey",
     .form = "yubikey-piv",
     .pin_min = 6,
     .pin_max = 8,
     .factory_pin = "123456",
     .management_digits = 48,
     .places = piv_places,
     .attester = 25},
};

const struct token_kind *token_kind_of(const char *manufacturer, const char *model)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strstr(manufacturer, rows[i].manufacturer) != NULL &&
            strstr(model, rows[i].model) != NULL)
            return &rows[i];
    return NULL;
}

const struct token_kind *token_piv(const struct token_info *t)
{
    const struct token_kind *k = token_kind_of(t->manufacturer, t->model);

    return k != NULL && k->places != NULL ? k : NULL;
}

bool token_attester(const struct token_info *t, struct span cka_id)
{
    const struct token_kind *piv = token_piv(t);

    return piv != NULL && cka_id.n == 1 && cka_id.p[0] == piv->attester;
}

int token_can_destroy(const struct token_info *t, struct err *e)
{
    if (token_piv(t) == NULL)
        return 0;
    err_set(e, ERR_TOKEN, "token '%s' can't destroy a key: its module removes the certificate only",
            t->id.label);
    return err_todo(e, "use a token of another kind for keys that sign once; on this one the "
                       "maker's tool makes another key in the slot, or resets the application");
}

static bool is_hex(const struct secret *s)
{
    for (size_t i = 0; i < secret_size(s); i++)
        if (strchr("0123456789abcdefABCDEF", secret_data(s)[i]) == NULL || secret_data(s)[i] == 0)
            return false;
    return true;
}

int token_so_pin_check(const struct token_info *t, const struct secret *so_pin, struct err *e)
{
    const struct token_kind *piv = token_piv(t);

    if (piv == NULL ||
        (so_pin != NULL && secret_size(so_pin) == piv->management_digits && is_hex(so_pin)))
        return 0;
    err_set(e, ERR_PIN, "a management key has %u hex digits; this is none", piv->management_digits);
    err_in(e, "token '%s'", t->id.label);
    return err_todo(e, "type it again; nothing was sent to the token");
}

const char *token_pin_words(const struct token_info *t, enum pin_owner whose)
{
    if (whose == PIN_OF_USER)
        return "PIN";
    return token_piv(t) != NULL ? "PUK" : "SO PIN";
}

bool token_key_unseen(const struct token_info *t, const struct token_key *k)
{
    return token_piv(t) != NULL && k->local != CLAIM_YES;
}

const char *token_key_place(const struct token_info *t, const struct token_key *k)
{
    const struct token_kind *piv = token_piv(t);

    for (size_t i = 0; piv != NULL && k->cka_id_size == 1 && piv->places[i].name != NULL; i++)
        if (piv->places[i].id == k->cka_id[0])
            return piv->places[i].name;
    return NULL;
}

static bool is_named(const struct token_info *t, const char *name)
{
    const char *slash = strrchr(t->id.module, '/');

    return slash != NULL && strstr(slash, name) != NULL;
}

/* Whether the other one is the same device, by its maker's own module: OpenSC shows the PIV
 * application of a YubiKey as well, with fewer of its ways. No other module takes a token out of the
 * list by what it says. */
static bool is_shown_better(const struct token_info *t, const struct token_info *other)
{
    return strcmp(t->manufacturer, "piv_II") == 0 && token_piv(other) != NULL &&
           is_named(t, "opensc") && is_named(other, "ykcs11") && t->slot_description[0] != '\0' &&
           strcmp(t->slot_description, other->slot_description) == 0;
}

int token_list_each_once(struct token_list *l, struct err *e)
{
    for (size_t i = l->n; i-- > 0;)
        for (size_t k = 0; k < l->n; k++) {
            struct bytes line = {0};
            int rc;

            if (!is_shown_better(&l->items[i], &l->items[k]))
                continue;
            bytes_printf(&line, "module '%s': it shows token %s as well, which is used by '%s'",
                         l->items[i].id.module, l->items[k].id.serial, l->items[k].id.module);
            rc = bytes_failed(&line) ? err_oom(e) : token_list_problem(l, bytes_str(&line), e);
            bytes_clear(&line);
            if (rc != 0)
                return -1;
            memmove(l->items + i, l->items + i + 1, (--l->n - i) * sizeof *l->items);
            break;
        }
    return 0;
}
