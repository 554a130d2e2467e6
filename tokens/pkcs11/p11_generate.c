/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/err.h>
#include <openssl/rand.h>
#include <string.h>

#include "tokens/kind.h"
#include "tokens/mechanism.h"
#include "tokens/pkcs11/ckr.h"
#include "tokens/pkcs11/p11_key.h"
#include "tokens/pkcs11/p11_object.h"

#define CKA_ID_SIZE 20

/* How much of the template for the private key is given: the strict one first, then the one that
 * fewer tokens refuse (tpm2-pkcs11 knows no DECRYPT=false, and says GENERAL_ERROR); ykcs11 refuses
 * EXTRACTABLE as well. What came of it is read back. */
enum { PRIVATE_PLACED = 6, PRIVATE_LEAN, PRIVATE_STRICT = 10 };

struct making {
    const struct mechanism *m;
    const char *label;
    uint8_t id[CKA_ID_SIZE];
    size_t nid;
};

static CK_RV try_generate(struct p11_session *s, struct making *k, const struct ec_params *params,
                          CK_ULONG nprivate, CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private)
{
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ULONG bits = MECHANISM_RSA_BITS;
    uint8_t exponent[] = {1, 0, 1}, curve[32];
    char name[TOKEN_TEXT] = "";
    size_t n = strnlen(k->label, sizeof name - 1);
    bool rsa = k->m->ck_type == CKK_RSA;
    CK_MECHANISM how = {k->m->generate, NULL, 0};
    CK_ATTRIBUTE pub[] = {
        {CKA_TOKEN, &yes, sizeof yes},
        {CKA_VERIFY, &yes, sizeof yes},
        {CKA_LABEL, name, n},
        {CKA_ID, k->id, k->nid},
        {CKA_EC_PARAMS, curve, params->n},
        {CKA_PUBLIC_EXPONENT, exponent, sizeof exponent},
    };
    CK_ATTRIBUTE priv[] = {
        {CKA_TOKEN, &yes, sizeof yes},
        {CKA_PRIVATE, &yes, sizeof yes},
        {CKA_SENSITIVE, &yes, sizeof yes},
        {CKA_SIGN, &yes, sizeof yes},
        {CKA_LABEL, name, n},
        {CKA_ID, k->id, k->nid},
        {CKA_EXTRACTABLE, &no, sizeof no},
        {CKA_DECRYPT, &no, sizeof no},
        {CKA_UNWRAP, &no, sizeof no},
        {CKA_DERIVE, &no, sizeof no},
    };

    if (params->n > sizeof curve)
        return CKR_HOST_MEMORY;
    memcpy(name, k->label, n);
    if (params->n > 0)
        memcpy(curve, params->p, params->n);
    if (rsa)
        pub[4] = (CK_ATTRIBUTE){CKA_MODULUS_BITS, &bits, sizeof bits};
    return s->module->f->C_GenerateKeyPair(s->h, &how, pub, rsa ? 6 : 5, priv, nprivate, public,
                                           private);
}

/* CKA_LOCAL is true of a new pair. Where it isn't, the module has not read the key back (OpenSC
 * 0.23, until it is started again), and what it says means nothing but "it may leave". */
static void correct_claims(struct token_key *k)
{
    if (k->local != CLAIM_NO)
        return;
    k->local = k->sensitive = k->always_sensitive = k->never_extractable = CLAIM_UNKNOWN;
    if (k->extractable == CLAIM_NO)
        k->extractable = CLAIM_UNKNOWN;
}

/* 1: nothing on the token has that CKA_ID, 0: something has. */
static int is_free(struct p11_session *s, uint8_t id, struct err *e)
{
    CK_ATTRIBUTE filter[] = {{CKA_ID, &id, 1}};
    struct p11_objects found;

    return p11_object_find(s, filter, 1, &found, e) != 0 ? -1 : found.n == 0;
}

/* A CKA_ID at random, or a place. */
static int choose_id(struct p11_session *s, struct making *k, struct err *e)
{
    const struct token_kind *piv = token_piv(&s->token);

    if (piv != NULL && !s->so) {
        err_set(e, ERR_TOKEN, "token '%s' makes keys only with its management key",
                s->token.id.label);
        return err_todo(e, "give the management key, or make the key with the maker's own tool "
                           "and take it with --key");
    }
    if (piv != NULL) {
        /* The first place that holds nothing: a key, or a certificate, would be overwritten. */
        for (const struct token_place *p = piv->places; p->name != NULL; p++) {
            int is = is_free(s, p->id, e);

            if (is < 0)
                return -1;
            if (is == 0)
                continue;
            k->id[0] = p->id;
            k->nid = 1;
            return 0;
        }
        err_set(e, ERR_TOKEN, "every slot of token '%s' holds a key or a certificate",
                s->token.id.label);
        return err_todo(e, "empty one with the maker's own tool, or use another token");
    }
    k->nid = sizeof k->id;
    return RAND_bytes(k->id, sizeof k->id) == 1 ? 0 : err_oom(e);
}

/* Spellings of the curve, and for each the templates. */
static CK_RV try_all(struct p11_session *s, struct making *k, CK_OBJECT_HANDLE *public,
                     CK_OBJECT_HANDLE *private)
{
    static const CK_ULONG templates[] = {PRIVATE_STRICT, PRIVATE_LEAN};
    bool placed = token_piv(&s->token) != NULL;
    CK_RV rv = CKR_MECHANISM_INVALID;

    for (size_t i = 0; i < 2 * MECHANISM_CURVES; i++) {
        if (i >= 2 && k->m->params[i / 2].n == 0)
            break;
        rv = try_generate(s, k, &k->m->params[i / 2], placed ? PRIVATE_PLACED : templates[i % 2],
                          public, private);
        ERR_clear_error();
        if (rv == CKR_OK || placed || (!ckr_refuses_template(rv) && rv != CKR_GENERAL_ERROR))
            break;
    }
    return rv;
}

int p11_key_generate(struct p11_session *s, enum key_type type, const char *label,
                     struct token_key *out, struct err *e)
{
    struct making k = {.m = mechanism_of(type), .label = label};
    CK_OBJECT_HANDLE public = 0, private = 0;
    CK_RV rv;

    memset(out, 0, sizeof *out);
    if (p11_session_need(s, e) != 0)
        return -1;
    if (k.m == NULL) {
        err_set(e, ERR_TOKEN, "keys of this type can't be generated");
        return err_todo(e, "choose one of " KEY_TYPES_SIGNING);
    }
    if (choose_id(s, &k, e) != 0)
        return err_in(e, "generating %s", key_type_words(type));
    rv = try_all(s, &k, &public, &private);
    if (rv != CKR_OK) {
        p11_session_failed(s, rv, "C_GenerateKeyPair", e);
        return err_in(e, "generating %s", key_type_words(type));
    }
    if (p11_key_pair(s, private, public, out, e) != 0) {
        err_in(e, "reading back the new key '%s'", label);
        return err_todo(e,
                        "log in again; a key '%s' may be on the token now, look before "
                        "generating another",
                        label);
    }
    s->module->stale = true; /* the next login is to see the key as the token has it */
    correct_claims(out);
    return 0;
}
