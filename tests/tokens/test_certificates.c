/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that a token shows, as SoftHSM really gives them: beside the key first, and whole.
 */
#include "contract_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stacks.h"
#include "tokens/pkcs11/softhsm.h"

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

/* As a maker's tool would: behind the driver's back, on the token that is logged in. */
static void write_certificate(CK_SLOT_ID slot, const uint8_t *id, size_t nid, size_t size)
{
    CK_FUNCTION_LIST *f = functions();
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE;
    uint8_t copy[64], *value = calloc(1, size);
    CK_ATTRIBUTE a[] = {
        {CKA_CLASS, &class, sizeof class}, {CKA_CERTIFICATE_TYPE, &type, sizeof type},
        {CKA_TOKEN, &yes, sizeof yes},     {CKA_ID, copy, nid},
        {CKA_SUBJECT, copy, nid},          {CKA_VALUE, value, size}};
    CK_SESSION_HANDLE h;
    CK_OBJECT_HANDLE made;

    assert_non_null(value);
    memcpy(copy, id, nid);
    memset(value, (int)(size & 0xFF), size);
    assert_int_equal(f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &h),
                     CKR_OK);
    assert_int_equal(f->C_CreateObject(h, a, sizeof a / sizeof a[0], &made), CKR_OK);
    assert_int_equal(f->C_CloseSession(h), CKR_OK);
    free(value);
}

static CK_SLOT_ID slot_of(struct tokens *t)
{
    struct token_list all;
    CK_SLOT_ID slot = 0;
    struct err e;

    assert_int_equal(t->driver->list(t->self, &all, &e), 0);
    for (size_t i = 0; i < all.n; i++)
        if (strcmp(all.items[i].id.label, CONTRACT_A) == 0)
            slot = all.items[i].slot;
    token_list_clear(&all);
    return slot;
}

static void those_beside_the_key_come_first(void **state)
{
    static const uint8_t other[] = {9, 9};
    struct token_certificates all;
    struct token_key key;
    struct tokens *t;
    CK_SLOT_ID slot;
    char dir[] = "/tmp/tc-certificates-XXXXXX", command[80];
    struct err e;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(stack_softhsm(dir, &t, &e), 0);
    assert_int_equal(t->driver->certificates(t->self, span_of(other, 2), &all, &e), -1);
    slot = slot_of(t);
    log_in(t);
    assert_int_equal(t->driver->generate(t->self, KEY_P256, "k", &key, &e), 0);
    assert_int_equal(
        t->driver->certificates(t->self, span_of(key.cka_id, key.cka_id_size), &all, &e), 0);
    assert_int_equal(all.n, 0);
    write_certificate(slot, other, sizeof other, 700);
    write_certificate(slot, key.cka_id, key.cka_id_size, 800);
    write_certificate(slot, other, sizeof other, TOKEN_CERTIFICATE_MAX + 1);
    assert_int_equal(
        t->driver->certificates(t->self, span_of(key.cka_id, key.cka_id_size), &all, &e), 0);
    assert_int_equal(all.nbeside, 1);
    assert_int_equal(all.items[0].n, 800);
    assert_int_equal(all.items[0].p[799], 800 & 0xFF);
    assert_int_equal(all.n,
                     3); /* the one beside again, the other; the one that is too large: not */
    token_certificates_clear(&all);
    token_key_clear(&key);
    tokens_free(t);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_beside_the_key_come_first),
    };
    int missing = softhsm_missing();

    return missing != 0 ? missing : cmocka_run_group_tests(tests, NULL, NULL);
}
