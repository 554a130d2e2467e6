/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_odd_keys MODULE SLOT user|so PIN ec|rsa - makes odd_keys on a token, as another program
 * would, and prints for each what the module returned (CK_RV, a line each). Only for tests: the PIN
 * stands in the command line.
 */
#include <dlfcn.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "odd_keys.h"

#define P256_SIZE  32
#define PARAMS_MAX 512

struct token {
    CK_FUNCTION_LIST *f;
    CK_SESSION_HANDLE h;
    bool rsa;
};

/* What the module is given of one key. */
struct making {
    uint8_t label[ODD_LONGEST], id[ODD_LONGEST], params[PARAMS_MAX];
    CK_ULONG nlabel, nid, nparams;
};

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

/* Both spellings of P-256. */
static CK_ULONG p256_params(bool explicit, uint8_t out[PARAMS_MAX])
{
    EC_GROUP *g = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    unsigned char *p = out;
    int n;

    EC_GROUP_set_asn1_flag(g, explicit ? OPENSSL_EC_EXPLICIT_CURVE : OPENSSL_EC_NAMED_CURVE);
    n = i2d_ECPKParameters(g, NULL);
    if (n > 0 && n <= PARAMS_MAX)
        i2d_ECPKParameters(g, &p);
    EC_GROUP_free(g);
    return n > 0 && n <= PARAMS_MAX ? (CK_ULONG)n : 0;
}

static void begin(struct making *m, const struct odd_key *o, size_t number)
{
    static const uint8_t k256[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a};

    memset(m->label, 'x', sizeof m->label);
    if (o->label != NULL)
        memcpy(m->label, o->label, o->label_size);
    memset(m->id, (int)number, sizeof m->id);
    m->nlabel = o->label_size;
    m->nid = o->id_size;
    m->nparams = p256_params(o->kind == ODD_EXPLICIT, m->params);
    if (o->kind == ODD_OTHER_CURVE)
        memcpy(m->params, k256, m->nparams = sizeof k256);
}

static CK_RV generate(const struct token *t, struct making *m, const struct odd_key *o)
{
    bool rsa = t->rsa && o->kind != ODD_OTHER_CURVE, signs = o->kind != ODD_SIGNS_NOT;
    CK_MECHANISM how = {rsa ? CKM_RSA_PKCS_KEY_PAIR_GEN : CKM_EC_KEY_PAIR_GEN, NULL, 0};
    uint8_t exponent[] = {1, 0, 1};
    CK_ULONG bits = 2048;
    CK_ATTRIBUTE pub[6] = {
        {CKA_TOKEN, &yes, sizeof yes},
        {CKA_VERIFY, signs ? &yes : &no, sizeof yes},
        {CKA_LABEL, m->label, m->nlabel},
        {CKA_EC_PARAMS, m->params, m->nparams},
    };
    CK_ATTRIBUTE priv[7] = {
        {CKA_TOKEN, &yes, sizeof yes},     {CKA_PRIVATE, &yes, sizeof yes},
        {CKA_SENSITIVE, &yes, sizeof yes}, {CKA_SIGN, signs ? &yes : &no, sizeof yes},
        {CKA_LABEL, m->label, m->nlabel},
    };
    CK_ULONG npub = 4, npriv = 5;
    CK_OBJECT_HANDLE a, b;

    if (rsa) {
        pub[3] = (CK_ATTRIBUTE){CKA_MODULUS_BITS, &bits, sizeof bits};
        pub[npub++] = (CK_ATTRIBUTE){CKA_PUBLIC_EXPONENT, exponent, sizeof exponent};
    }
    if (m->nid > 0)
        pub[npub++] = priv[npriv++] = (CK_ATTRIBUTE){CKA_ID, m->id, m->nid};
    if (!signs)
        priv[npriv++] = (CK_ATTRIBUTE){rsa ? CKA_DECRYPT : CKA_DERIVE, &yes, sizeof yes};
    return t->f->C_GenerateKeyPair(t->h, &how, pub, npub, priv, npriv, &a, &b);
}

/* A new key's two halves: the secret number, and the point in its OCTET STRING. */
static bool p256_key(uint8_t secret[P256_SIZE], uint8_t point[2 + 1 + 2 * P256_SIZE])
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIGNUM *d = NULL;
    size_t n = 0;
    bool ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
              BN_bn2binpad(d, secret, P256_SIZE) == P256_SIZE &&
              EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point + 2,
                                              1 + 2 * P256_SIZE, &n) == 1;

    point[0] = 0x04;
    point[1] = (uint8_t)n;
    BN_free(d);
    EVP_PKEY_free(key);
    return ok && n == 1 + 2 * P256_SIZE;
}

static CK_RV import(const struct token *t, struct making *m)
{
    CK_OBJECT_CLASS public = CKO_PUBLIC_KEY, private = CKO_PRIVATE_KEY;
    CK_KEY_TYPE ec = CKK_EC;
    uint8_t secret[P256_SIZE], point[2 + 1 + 2 * P256_SIZE];
    CK_ATTRIBUTE priv[] = {
        {CKA_CLASS, &private, sizeof private},  {CKA_KEY_TYPE, &ec, sizeof ec},
        {CKA_TOKEN, &yes, sizeof yes},          {CKA_PRIVATE, &yes, sizeof yes},
        {CKA_SENSITIVE, &yes, sizeof yes},      {CKA_SIGN, &yes, sizeof yes},
        {CKA_LABEL, m->label, m->nlabel},       {CKA_ID, m->id, m->nid},
        {CKA_EC_PARAMS, m->params, m->nparams}, {CKA_VALUE, secret, sizeof secret},
    };
    CK_ATTRIBUTE pub[] = {
        {CKA_CLASS, &public, sizeof public},    {CKA_KEY_TYPE, &ec, sizeof ec},
        {CKA_TOKEN, &yes, sizeof yes},          {CKA_VERIFY, &yes, sizeof yes},
        {CKA_LABEL, m->label, m->nlabel},       {CKA_ID, m->id, m->nid},
        {CKA_EC_PARAMS, m->params, m->nparams}, {CKA_EC_POINT, point, sizeof point},
    };
    CK_OBJECT_HANDLE a;
    CK_RV rv;

    if (!p256_key(secret, point))
        return CKR_HOST_MEMORY;
    rv = t->f->C_CreateObject(t->h, priv, sizeof priv / sizeof priv[0], &a);
    return rv == CKR_OK ? t->f->C_CreateObject(t->h, pub, sizeof pub / sizeof pub[0], &a) : rv;
}

/* Opens a session and logs in; what the module returned. */
static CK_RV log_in(struct token *t, char **argv)
{
    void *module = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    CK_USER_TYPE user = strcmp(argv[3], "so") == 0 ? CKU_SO : CKU_USER;
    CK_SLOT_ID slot = strtoul(argv[2], NULL, 10);
    CK_C_GetFunctionList get = NULL;
    CK_ULONG n = 0;
    CK_RV rv;

    if (module != NULL)
        *(void **)&get = dlsym(module, "C_GetFunctionList");
    if (get == NULL)
        return CKR_GENERAL_ERROR;
    if ((rv = get(&t->f)) == CKR_OK && (rv = t->f->C_Initialize(NULL)) == CKR_OK &&
        (rv = t->f->C_GetSlotList(CK_TRUE, NULL, &n)) == CKR_OK && /* ykcs11 knows no slot before */
        (rv = t->f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &t->h)) ==
            CKR_OK)
        rv = t->f->C_Login(t->h, user, (CK_UTF8CHAR *)argv[4], strlen(argv[4]));
    return rv;
}

int main(int argc, char **argv)
{
    struct token t = {.rsa = argc == 6 && strcmp(argv[5], "rsa") == 0};
    struct making m;
    CK_RV rv;

    if (argc != 6) {
        fprintf(stderr, "usage: make_odd_keys MODULE SLOT user|so PIN ec|rsa\n");
        return 2;
    }
    if ((rv = log_in(&t, argv)) != CKR_OK) {
        fprintf(stderr, "make_odd_keys: no login: 0x%lx\n", rv);
        return 1;
    }
    for (size_t i = 0; odd_keys[i].name != NULL; i++) {
        begin(&m, &odd_keys[i], i + 1);
        printf("0x%lx\n",
               odd_keys[i].kind >= ODD_IMPORTED ? import(&t, &m) : generate(&t, &m, &odd_keys[i]));
    }
    (void)t.f->C_Finalize(NULL);
    fflush(stdout);
    _exit(0); /* what the module did not free is not looked at */
}
