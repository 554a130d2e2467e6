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

const char *token_pin_words(const struct token_info *t, enum pin_owner whose)
{
    if (whose == PIN_OF_USER)
        return "PIN";
    return token_piv(t) != NULL ? "PUK" : "SO PIN";
}

const char *token_place_name(const struct token_kind *k, struct span cka_id)
{
    for (size_t i = 0; cka_id.n == 1 && k->places != NULL && k->places[i].name != NULL; i++)
        if (k->places[i].id == cka_id.p[0])
            return k->places[i].name;
    return NULL;
}
