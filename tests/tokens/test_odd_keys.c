/* SPDX-License-Identifier: Apache-2.0 */
/* Keys with odd names, and tokens that sign in odd ways: as SoftHSM has them, through the agent. */
#include "contract_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdlib.h>
#include <string.h>

#include "faulty.h"
#include "pile.h"
#include "tokens/pkcs11/p11.h"
#include "tokens/pkcs11/softhsm.h"
#include "tokens/worker/agent.h"

#define LONGEST 3000

/* What is on the token besides: P-256, and the last one on a curve that TUF has no name for. */
static const struct odd {
    const char *label;
    size_t label_size, id_size;
    bool other_curve;
    const char *shown;
} odd[] = {
    {"plain", 5, 20, false, "plain"},           {"Schl\xfcssel", 9, 20, false, "Schl?ssel"},
    {"a\0b\033[2Jc", 8, 20, false, "a?b?[2Jc"}, {"without an id", 13, 0, false, "without an id"},
    {"id of 255", 9, 255, false, "id of 255"},  {"id of 3000", 10, LONGEST, false, "id of 3000"},
    {NULL, LONGEST, 20, false, NULL},           {"secp256k1", 9, 20, true, "secp256k1"},
};
#define ODD (sizeof odd / sizeof odd[0])

struct odd_world {
    struct faulty f;
    struct tokens *t;
};

static int make(void *arg, struct tokens **out, struct err *e)
{
    const char *module = FAULTY_MODULE_PATH;

    (void)arg;
    return p11_open(&module, 1, out, e);
}

static CK_FUNCTION_LIST *functions(void)
{
    void *module = dlopen(softhsm_module(), RTLD_NOW | RTLD_LOCAL);
    CK_C_GetFunctionList get;
    CK_FUNCTION_LIST *f = NULL;

    assert_non_null(module);
    *(void **)&get = dlsym(module, "C_GetFunctionList");
    assert_int_equal(get(&f), CKR_OK);
    return f;
}

static void make_odd(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE h, size_t i)
{
    static uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    static uint8_t k256[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a};
    const struct odd *o = &odd[i];
    uint8_t id[LONGEST], label[LONGEST];
    CK_BBOOL yes = CK_TRUE;
    CK_MECHANISM how = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_ATTRIBUTE pub[] = {
        {CKA_TOKEN, &yes, sizeof yes},
        {CKA_LABEL, label, o->label_size},
        {CKA_EC_PARAMS, o->other_curve ? k256 : p256, o->other_curve ? sizeof k256 : sizeof p256},
        {CKA_ID, id, o->id_size}};
    CK_ATTRIBUTE priv[] = {{CKA_TOKEN, &yes, sizeof yes},
                           {CKA_PRIVATE, &yes, sizeof yes},
                           {CKA_SIGN, &yes, sizeof yes},
                           {CKA_LABEL, label, o->label_size},
                           {CKA_ID, id, o->id_size}};
    CK_OBJECT_HANDLE a, b;

    memset(id, (int)i + 1, sizeof id);
    memset(label, 'x', sizeof label);
    if (o->label != NULL)
        memcpy(label, o->label, o->label_size);
    assert_int_equal(f->C_GenerateKeyPair(h, &how, pub, 4, priv, 5, &a, &b), CKR_OK);
}

static void log_in(struct tokens *t)
{
    struct token_id id = id_of(t, CONTRACT_A);
    struct secret *pin = secret_of(CONTRACT_PIN);
    enum pin_state state;
    struct err e;

    if (t->driver->login(t->self, &id, pin, &state, &e) != 0)
        fail_msg("%s", e.what);
    secret_free(pin);
}

/* As another program would, behind the driver's back. */
static void make_all(struct tokens *plain)
{
    CK_FUNCTION_LIST *f = functions();
    CK_SESSION_HANDLE h;
    struct token_list all;
    CK_SLOT_ID slot = 0;
    struct err e;

    assert_int_equal(plain->driver->list(plain->self, &all, &e), 0);
    for (size_t i = 0; i < all.n; i++)
        if (strcmp(all.items[i].id.label, CONTRACT_A) == 0)
            slot = all.items[i].slot;
    token_list_clear(&all);
    log_in(plain);
    assert_int_equal(f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &h),
                     CKR_OK);
    for (size_t i = 0; i < ODD; i++)
        make_odd(f, h, i);
    assert_int_equal(f->C_CloseSession(h), CKR_OK);
    assert_int_equal(plain->driver->logout(plain->self, &e), 0);
}

static int set_up(void **state)
{
    struct odd_world *w = calloc(1, sizeof *w);
    struct tokens *plain;
    struct err e;

    *state = w;
    if (faulty_begin(&w->f, &plain, &e) != 0)
        return -1;
    make_all(plain);
    tokens_free(plain);
    return agent_start(make, NULL, NULL, &w->t, &e);
}

static int tear_down(void **state)
{
    struct odd_world *w = *state;
    int rc;

    tokens_free(w->t);
    rc = faulty_end(&w->f);
    free(w);
    return rc;
}

static int sign(struct tokens *t, const struct key *key, size_t size, struct err *e)
{
    struct bytes message, sig;
    int rc;

    bytes_init(&message);
    bytes_init(&sig);
    for (size_t i = 0; i < size; i++)
        bytes_put_u8(&message, (uint8_t)i);
    rc = t->driver->sign(t->self, key, bytes_span(&message), &sig, e);
    if (rc == 0)
        assert_int_equal(key_verify(key, bytes_span(&message), bytes_span(&sig), e), 0);
    bytes_clear(&message);
    bytes_clear(&sig);
    return rc;
}

/* As the files of many delegated roles, by two keys in turn. */
static void sign_many(struct tokens *t, const struct key *a, const struct key *b)
{
    struct pile p = {.keys = {a, b}, .nkeys = 2, .n = 40, .size = 40, .large_at = 20};
    const struct token_batch batch = pile_batch(&p);
    struct err e;

    err_clear(&e);
    if (t->driver->sign_all(t->self, &batch, &e) != 0)
        fail_msg("%s", e.what);
    assert_int_equal(p.taken, 40);
    pile_clear(&p);
}

static const struct odd *named(const struct token_key *k)
{
    for (size_t i = 0; i < ODD; i++)
        if (odd[i].shown != NULL && strcmp(odd[i].shown, k->label) == 0)
            return &odd[i];
    if (k->label[0] != 'x') /* the longest, cut */
        fail_msg("'%s'", k->label);
    return &odd[6];
}

static void an_odd_name_hides_no_key(void **state)
{
    struct odd_world *w = *state;
    struct token_id id = id_of(w->t, CONTRACT_A);
    struct token_key_list keys;
    struct err e;

    assert_int_equal(w->t->driver->public_keys(w->t->self, &id, &keys, &e), 0);
    assert_int_equal(keys.n, ODD);
    token_key_list_clear(&keys);
    log_in(w->t);
    if (w->t->driver->keys(w->t->self, &keys, &e) != 0)
        fail_msg("%s", e.what);
    assert_int_equal(keys.n, ODD);
    for (size_t i = 0; i < keys.n; i++) {
        const struct token_key *k = &keys.items[i];
        const struct odd *o = named(k);

        assert_int_equal(k->cka_id_size, o->id_size);
        assert_int_equal(k->key == NULL, o->other_curve);
        if (k->key != NULL && sign(w->t, k->key, 100, &e) != 0)
            fail_msg("%s: %s", k->label, e.what);
    }
    token_key_list_clear(&keys);
}

/* CKM_ECDSA_SHA256 and the like, where nothing else is there: one at a time, and in a batch. */
static void a_token_that_hashes_itself(void **state)
{
    static const enum key_type types[] = {KEY_P256, KEY_P384, KEY_RSA};
    struct odd_world *w = *state;
    struct token_key k, other;
    struct err e;

    faulty_script(&w->f, "C_SignInit hashes\nC_GetMechanismList hashes\n");
    log_in(w->t);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (w->t->driver->generate(w->t->self, types[i], "hashes", &k, &e) != 0)
            fail_msg("%s", e.what);
        assert_int_equal(k.signs, CLAIM_YES);
        for (size_t n = 0; n < 3; n++)
            if (sign(w->t, k.key, n == 2 ? 3 << 20 : n, &e) != 0)
                fail_msg("type %zu: %s", i, e.what);
        token_key_clear(&k);
    }
    assert_int_equal(faulty_count(&w->f, "C_Sign"), 9);
    assert_int_equal(w->t->driver->generate(w->t->self, KEY_P256, "one", &k, &e), 0);
    assert_int_equal(w->t->driver->generate(w->t->self, KEY_P384, "two", &other, &e), 0);
    sign_many(w->t, k.key, other.key);
    assert_int_equal(faulty_count(&w->f, "C_Sign"), 9 + 40);
    token_key_clear(&k);
    token_key_clear(&other);
    faulty_script(&w->f, "C_SignInit hashes\n"); /* a list that does not say so */
    assert_int_equal(w->t->driver->generate(w->t->self, KEY_P256, "hashes", &k, &e), 0);
    assert_int_equal(sign(w->t, k.key, 10, &e), 0);
    token_key_clear(&k);
}

/* What the token itself says: no key is made, and one that is there is marked. */
static void a_token_that_can_not_sign(void **state)
{
    static const char *const scripts[] = {"C_GetMechanismList none\n", "C_GetMechanismInfo 0x70\n"};
    struct odd_world *w = *state;
    struct token_key_list keys;
    struct token_key k;
    struct err e;

    log_in(w->t);
    for (size_t i = 0; i < 2; i++) {
        faulty_script(&w->f, scripts[i]);
        assert_int_equal(w->t->driver->generate(w->t->self, KEY_P256, "k", &k, &e), -1);
        assert_int_equal(e.code, ERR_TOKEN);
        assert_non_null(strstr(e.what, "reports that it can't sign with"));
        assert_int_equal(faulty_count(&w->f, "C_GenerateKeyPair"), 0);
        assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), 0);
        for (size_t n = 0; n < keys.n; n++)
            assert_int_equal(keys.items[n].signs, keys.items[n].key != NULL ? CLAIM_NO : CLAIM_YES);
        token_key_list_clear(&keys);
    }
    faulty_script(&w->f, "C_GetAttributeValue verifies\n");
    assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), 0);
    assert_int_equal(keys.items[0].signs, CLAIM_NO);
    token_key_list_clear(&keys);
    faulty_script(&w->f, "C_GetMechanismList 0x54\n"); /* it says nothing: tried all the same */
    assert_int_equal(w->t->driver->generate(w->t->self, KEY_P256, "k", &k, &e), 0);
    token_key_clear(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_odd_name_hides_no_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_token_that_hashes_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_token_that_can_not_sign, set_up, tear_down),
    };
    int missing = softhsm_missing();

    return missing != 0 ? missing : cmocka_run_group_tests(tests, NULL, NULL);
}
