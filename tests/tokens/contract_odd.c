/* SPDX-License-Identifier: Apache-2.0 */
/* The contract about keys that another program left on a token, and about modules that sign in
 * their own way or not at all. */
#include "contract_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faulty.h"
#include "odd_keys.h"
#include "pile.h"
#include "sign_one.h"
#include "stacks.h"
#include "tokens/worker/agent.h"

/* Where a stack's module refuses an odd key, or keeps it otherwise than it was asked to. */
static const struct otherwise {
    const char *stack; /* its row in docs/tokens.md */
    const char *key;   /* its row in odd_keys.c */
    CK_RV refusal;     /* what the module returns; CKR_OK: it makes the key, with what follows */
    enum claim signs;  /* CLAIM_UNKNOWN, 0, NULL: as asked */
    size_t id_size;
    const char *shown;
    const char *why;
} otherwise[] = {
    {"TPM", "CKA_SIGN is false", CKR_GENERAL_ERROR, .why = "an EC key of a TPM signs"},
    {"TPM", "secp256k1", CKR_CURVE_NOT_SUPPORTED, .why = "the TPM has no such curve"},
    {"TPM", "imported", CKR_ATTRIBUTE_VALUE_INVALID, .why = "imports no private keys"},
    {"TPM", "imported, explicit parameters", CKR_ATTRIBUTE_VALUE_INVALID,
     .why = "imports no private keys"},
    {"SmartCard-HSM", "a label with control characters", .shown = "a", .why = "ends at the NUL"},
    {"SmartCard-HSM", "a long label", .shown = "Private Key", .why = "keeps short labels only"},
    {"SmartCard-HSM", "no CKA_ID", .id_size = 20, .why = "OpenSC gives it one"},
    {"SmartCard-HSM", "a CKA_ID of 3000 bytes", .id_size = 20, .why = "255 bytes at most"},
    {"SmartCard-HSM", "imported", CKR_FUNCTION_NOT_SUPPORTED, .why = "imports no private keys"},
    {"SmartCard-HSM", "imported, explicit parameters", CKR_ATTRIBUTE_VALUE_INVALID,
     .why = "reads no explicit parameters"},
    {"YubiKey", "no CKA_ID", CKR_TEMPLATE_INCOMPLETE, .why = "the CKA_ID is the slot"},
    {"YubiKey", "CKA_SIGN is false", .signs = CLAIM_YES, .why = "every key of a slot signs"},
    {"YubiKey", "secp256k1", CKR_ATTRIBUTE_VALUE_INVALID, .why = "PIV has no such curve"},
    {"YubiKey", "imported", CKR_ATTRIBUTE_VALUE_INVALID,
     .why = "the maker's tool imports: test_yubikey.c"},
    {"YubiKey", "imported, explicit parameters", CKR_ATTRIBUTE_VALUE_INVALID,
     .why = "the maker's tool imports: test_yubikey.c"},
    {"opencryptoki", "secp256k1", CKR_MECHANISM_INVALID, .why = "RSA only"},
    {"opencryptoki", "imported", .signs = CLAIM_NO, .why = "keeps it, and signs with RSA only"},
    {"opencryptoki", "imported, explicit parameters", .signs = CLAIM_NO,
     .why = "keeps it, and signs with RSA only"},
};

/* What the stack is expected to do with that key. */
static struct otherwise expected(const struct world *w, const struct odd_key *o)
{
    bool numbered = w->stack->management != NULL; /* a place has a name and a number of its own */
    struct otherwise x = {.signs = o->kind == ODD_SIGNS_NOT ? CLAIM_NO : CLAIM_YES,
                          .id_size = numbered ? 1 : o->id_size,
                          .shown = numbered ? "Private key for " : o->shown};

    for (size_t i = 0; i < sizeof otherwise / sizeof otherwise[0]; i++) {
        const struct otherwise *row = &otherwise[i];

        if (strcmp(row->stack, w->stack->row) != 0 || strcmp(row->key, o->name) != 0)
            continue;
        x.refusal = row->refusal;
        x.why = row->why;
        if (row->signs != CLAIM_UNKNOWN)
            x.signs = row->signs;
        if (row->id_size > 0)
            x.id_size = row->id_size;
        if (row->shown != NULL)
            x.shown = row->shown;
    }
    return x;
}

static unsigned long slot_of(struct tokens *t, const struct token_id *id)
{
    struct token_list all;
    unsigned long slot = 0;
    struct err e;

    assert_int_equal(t->driver->list(t->self, &all, &e), 0);
    for (size_t i = 0; i < all.n; i++)
        if (token_id_eq(&all.items[i].id, id))
            slot = all.items[i].slot;
    token_list_clear(&all);
    return slot;
}

/* Another program makes them on token A; its module is started anew afterwards, at the login.
 * Returns how many are there. */
static size_t make_odd_keys(struct world *w, const struct token_id *a)
{
    unsigned long slot = slot_of(w->t, a);
    const char *so_pin = w->stack->management;
    char command[1024], line[64];
    size_t made = 0;
    struct err e;
    FILE *f;

    contract_log_in(w->t, CONTRACT_A);
    assert_int_equal(w->t->driver->logout(w->t->self, &e), 0);
    snprintf(command, sizeof command, "'%s' '%s' %lu %s %s %s", ODD_KEYS_MAKER, stack_module(),
             slot, so_pin != NULL ? "so" : "user", so_pin != NULL ? so_pin : CONTRACT_PIN,
             w->limits.has[KEY_P256] ? "ec" : "rsa");
    f = popen(command, "re");
    assert_non_null(f);
    for (size_t i = 0; odd_keys[i].name != NULL; i++) {
        const struct otherwise x = expected(w, &odd_keys[i]);
        CK_RV rv;

        if (fgets(line, sizeof line, f) == NULL)
            fail_msg("no answer about '%s'", odd_keys[i].name);
        if ((rv = strtoul(line, NULL, 0)) != x.refusal)
            fail_msg("%s, %s: 0x%lx instead of 0x%lx (%s)", w->stack->row, odd_keys[i].name, rv,
                     x.refusal, x.why != NULL ? x.why : "it makes such keys");
        made += rv == CKR_OK;
    }
    assert_int_equal(pclose(f), 0);
    return made;
}

static bool is_odd(const struct world *w, const struct token_key *k, size_t i, const char *shown)
{
    if (w->stack->management != NULL)
        return k->cka_id_size == 1 && k->cka_id[0] == i + 1;
    return shown != NULL ? strcmp(k->label, shown) == 0 : strncmp(k->label, "xxx", 3) == 0;
}

static void check_odd_key(struct world *w, size_t i, const struct token_key_list *keys)
{
    const struct otherwise x = expected(w, &odd_keys[i]);
    const struct token_key *k = NULL;
    struct bytes sig = {0};
    struct err e;

    for (size_t n = 0; n < keys->n; n++)
        if (is_odd(w, &keys->items[n], i, x.shown)) {
            assert_null(k);
            k = &keys->items[n];
        }
    if (k == NULL)
        fail_msg("%s: the key with %s is hidden", w->stack->row, odd_keys[i].name);
    assert_int_equal(k->cka_id_size, x.id_size);
    if (w->stack->management != NULL)
        assert_memory_equal(k->label, x.shown, strlen(x.shown));
    assert_int_equal(k->key == NULL, odd_keys[i].kind == ODD_OTHER_CURVE);
    assert_int_equal(k->signs, x.signs);
    if (k->key != NULL && k->signs == CLAIM_YES)
        contract_sign(w, k->key);
    else if (k->key != NULL)
        assert_int_equal(sign_one(w->t, k->key, span_str("x"), &sig, &e), -1);
    bytes_clear(&sig);
}

void an_odd_key_hides_no_other(void **state)
{
    struct world *w = *state;
    struct token_key_list keys;
    struct token_id a;
    struct err e;
    size_t made;

    if (w->stack->row == NULL) /* no module */
        return;
    a = id_of(w->t, CONTRACT_A);
    made = make_odd_keys(w, &a);
    assert_int_equal(w->t->driver->public_keys(w->t->self, &a, &keys, &e), 0);
    assert_int_equal(keys.n, made);
    token_key_list_clear(&keys);
    contract_log_in(w->t, CONTRACT_A);
    if (w->t->driver->keys(w->t->self, &keys, &e) != 0)
        fail_msg("%s", e.what);
    assert_int_equal(keys.n, made);
    for (size_t i = 0; odd_keys[i].name != NULL; i++)
        if (expected(w, &odd_keys[i]).refusal == CKR_OK)
            check_odd_key(w, i, &keys);
    token_key_list_clear(&keys);
}

/* The stack's own module, behind faulty_module.c; A is logged in to. */
static void go_behind_the_faulty_one(struct world *w, struct faulty *f)
{
    struct err e;

    tokens_free(w->t);
    w->t = NULL;
    faulty_over(f, w->dir, stack_module());
    if (faulty_start(f, NULL, &w->t, &e) != 0)
        fail_msg("%s", e.what);
    contract_log_in(w->t, CONTRACT_A);
}

/* A message of that size; `refusal`: what its module answers instead of a signature, or NULL. */
static void sign_bytes(struct world *w, const struct key *key, size_t n, const char *refusal)
{
    struct bytes message = {0}, sig = {0};
    struct err e;
    int rc;

    for (size_t i = 0; i < n; i++)
        bytes_put_u8(&message, (uint8_t)i);
    rc = sign_one(w->t, key, bytes_span(&message), &sig, &e);
    if (rc != (refusal != NULL ? -1 : 0))
        fail_msg("%s of %zu bytes: %s", key_type_words(key_type(key)), n,
                 rc != 0 ? e.what : "signed");
    if (rc == 0)
        assert_int_equal(key_verify(key, bytes_span(&message), bytes_span(&sig), &e), 0);
    else
        assert_non_null(strstr(e.what, refusal));
    bytes_clear(&message);
    bytes_clear(&sig);
}

/* What a stack answers where RSA has nothing but CKM_SHA256_RSA_PKCS_PSS; NULL: a signature. */
static const char *refusal_to_hash(const struct world *w)
{
    if (strcmp(w->stack->row, "SmartCard-HSM") == 0)
        return "CKR_DATA_INVALID"; /* OpenSC 0.23 */
    if (strcmp(w->stack->row, "p11-kit remote") == 0)
        return "CKR_MECHANISM_INVALID"; /* p11-kit 0.24 does not carry its parameter */
    return NULL;
}

/* CKM_ECDSA_SHA256 and the like, where nothing else is there: one at a time, and in a batch. */
static void hashes_itself(struct world *w, struct faulty *f)
{
    static const enum key_type types[] = {KEY_P256, KEY_P384, KEY_RSA};
    struct pile p = {.n = 40, .size = 40, .large_at = 20};
    struct key *keys[3] = {NULL};
    struct token_batch batch;
    struct err e;

    for (size_t i = 0; i < 3; i++) {
        const char *refusal = types[i] == KEY_RSA ? refusal_to_hash(w) : NULL;

        if (!w->limits.has[types[i]])
            continue;
        faulty_script(f, "C_SignInit hashes\nC_GetMechanismList hashes\n");
        keys[i] = contract_generate(w, types[i]);
        for (size_t n = 0; n < 3; n++)
            sign_bytes(w, keys[i], n == 2 ? 3 << 20 : n, refusal);
        if (refusal != NULL)
            continue;
        p.keys[p.nkeys++] = keys[i];
        assert_int_equal(faulty_count(f, "C_Sign"), 3);
        faulty_script(f, "C_SignInit hashes\n"); /* a list that does not report it */
        sign_bytes(w, keys[i], 10, NULL);
    }
    faulty_script(f, "C_SignInit hashes\nC_GetMechanismList hashes\n");
    batch = pile_batch(&p);
    err_clear(&e);
    if (w->t->driver->sign_all(w->t->self, &batch, &e) != 0)
        fail_msg("%s", e.what);
    assert_int_equal(p.taken, 40);
    assert_int_equal(faulty_count(f, "C_Sign"), 40);
    pile_clear(&p);
    for (size_t i = 0; i < 3; i++)
        key_free(keys[i]);
}

/* What the token itself reports: no key is made, and one that is there is marked. */
static void can_not_sign(struct world *w, struct faulty *f)
{
    static const char *const scripts[] = {"C_GetMechanismList none\n", "C_GetMechanismInfo 0x70\n",
                                          "C_GetAttributeValue verifies\n"};
    struct token_key_list keys;
    struct token_key k;
    struct err e;

    for (size_t i = 0; i < 3; i++) {
        faulty_script(f, scripts[i]);
        assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), 0);
        assert_true(keys.n > 0);
        for (size_t n = 0; n < keys.n; n++)
            assert_int_equal(keys.items[n].signs, CLAIM_NO);
        token_key_list_clear(&keys);
        if (i == 2)
            continue;
        assert_int_equal(contract_make(w, contract_type(w), &k, &e), -1);
        contract_three_parts(&e, ERR_TOKEN);
        assert_non_null(strstr(e.what, "reports that it can't sign with"));
        assert_int_equal(faulty_count(f, "C_GenerateKeyPair"), 0);
    }
    faulty_script(f, "C_GetMechanismList 0x54\n"); /* it reports nothing: tried all the same */
    key_free(contract_generate(w, contract_type(w)));
}

void a_module_signs_in_its_own_way_or_not_at_all(void **state)
{
    struct world *w = *state;
    struct faulty f;

    if (w->stack->row == NULL)
        return;
    go_behind_the_faulty_one(w, &f);
    hashes_itself(w, &f);
    can_not_sign(w, &f);
}
