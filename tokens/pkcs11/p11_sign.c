/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pkcs11/p11_sign.h"

#include <openssl/err.h>
#include <string.h>

#include "tokens/kind.h"
#include "tokens/mechanism.h"
#include "tokens/pkcs11/ckr.h"
#include "tokens/pkcs11/p11_key.h"

#define KEYS_MAX      256
#define SIGNATURE_MAX 1024 /* bytes; RSA-4096 gives 512 */

/* CKA_ALWAYS_AUTHENTICATE; what the token does not say is no. */
static bool asks(struct p11_session *s, CK_OBJECT_HANDLE private)
{
    CK_BBOOL yes = CK_FALSE;
    CK_ATTRIBUTE a = {CKA_ALWAYS_AUTHENTICATE, &yes, sizeof yes};
    CK_RV rv = s->module->f->C_GetAttributeValue(s->h, private, &a, 1);

    ERR_clear_error();
    return rv == CKR_OK && a.ulValueLen == sizeof yes && yes != CK_FALSE;
}

/* A failure here is no failure of the login: whoever needs the keys sees it. */
bool p11_sign_asks(struct p11_session *s)
{
    CK_FUNCTION_LIST *f = s->module->f;
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE filter[] = {{CKA_CLASS, &class, sizeof class}};
    CK_OBJECT_HANDLE h[KEYS_MAX];
    CK_ULONG n = 0;
    bool any = false;

    if (f->C_FindObjectsInit(s->h, filter, 1) != CKR_OK)
        return false;
    if (f->C_FindObjects(s->h, h, KEYS_MAX, &n) != CKR_OK || n > KEYS_MAX)
        n = 0;
    f->C_FindObjectsFinal(s->h);
    for (CK_ULONG i = 0; i < n && !any; i++)
        any = asks(s, h[i]);
    ERR_clear_error();
    return any;
}

static int signer(struct p11_session *s, const struct key *key, CK_OBJECT_HANDLE *out,
                  struct err *e)
{
    const uint8_t *material = key_material(key);

    if (s->has_signer && memcmp(s->signer, material, sizeof s->signer) == 0) {
        *out = s->signer_object;
        return 0;
    }
    if (p11_key_find(s, key, out, e) != 0)
        return -1;
    memcpy(s->signer, material, sizeof s->signer);
    s->signer_object = *out;
    s->has_signer = true;
    s->signer_hashes = false;
    s->signer_asks = asks(s, *out);
    return 0;
}

/* The PIN for this one signature, when the key wants it: the one that opened the token. One that is
 * refused is forgotten: no second try is made. */
static int authenticate(struct p11_session *s, struct err *e)
{
    CK_RV rv;

    if (!s->signer_asks)
        return 0;
    if (s->again == NULL && !s->token.pin_pad) {
        err_set(e, ERR_PIN, "the key wants the PIN before each signature");
        err_in(e, "token '%s'", s->token.id.label);
        return err_todo(e, "log in again: the PIN is then used for every signature of that login");
    }
    rv = s->module->f->C_Login(s->h, CKU_CONTEXT_SPECIFIC, p11_pin_bytes(s->again),
                               p11_pin_size(s->again));
    ERR_clear_error();
    if (rv == CKR_OK)
        return 0;
    secret_free(s->again);
    s->again = NULL;
    return p11_session_failed(s, rv, "C_Login", e);
}

/* ykcs11 says "not logged in" of a touch that it waited for in vain. */
static int sign_failed(struct p11_session *s, CK_RV rv, struct err *e)
{
    bool touch = rv == CKR_USER_NOT_LOGGED_IN && token_piv(&s->token) != NULL;
    bool sure = s->signer_asks; /* the PIN was taken just before */

    p11_session_failed(s, rv, "C_Sign", e);
    if (!touch)
        return -1;
    err_set(e, ERR_TOKEN, "token '%s' was not touched in time%s", s->token.id.label,
            sure ? "" : ", or another program reset it");
    return err_todo(e, "log in again, and touch it when it blinks");
}

/* tpm2-pkcs11 reads `pss` again at C_Sign: it lives until then. */
static CK_RV begin(struct p11_session *s, const struct mechanism *m, CK_OBJECT_HANDLE object,
                   CK_RSA_PKCS_PSS_PARAMS *pss)
{
    CK_MECHANISM how = {s->signer_hashes ? mechanism_hashing(m) : m->sign, NULL, 0};

    if (m->sign == CKM_RSA_PKCS_PSS) {
        how.pParameter = pss;
        how.ulParameterLen = sizeof *pss;
    }
    return s->module->f->C_SignInit(s->h, &how, object);
}

/* With the mechanism that every token has; one that refuses it may have the one that hashes too:
 * that gets the message itself, and is begun with from then on. */
static int begin_either(struct p11_session *s, const struct mechanism *m, CK_OBJECT_HANDLE object,
                        CK_RSA_PKCS_PSS_PARAMS *pss, struct err *e)
{
    CK_RV rv = begin(s, m, object, pss), refused = rv;

    if (rv == CKR_MECHANISM_INVALID && !s->signer_hashes && mechanism_hashing(m) != m->sign) {
        s->signer_hashes = true;
        if ((rv = begin(s, m, object, pss)) == CKR_MECHANISM_INVALID)
            rv = refused;
    }
    return rv == CKR_OK ? 0 : p11_session_failed(s, rv, "C_SignInit", e);
}

static int raw_sign(struct p11_session *s, const struct mechanism *m, CK_OBJECT_HANDLE object,
                    struct span message, uint8_t *out, size_t *n, struct err *e)
{
    CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, SHA256_SIZE};
    CK_ULONG size = SIGNATURE_MAX;
    struct bytes input = {0};
    int rc = -1;
    CK_RV rv;

    if (begin_either(s, m, object, &pss, e) != 0)
        goto out;
    if (s->signer_hashes)
        bytes_put_span(&input, message); /* Cryptoki takes no const */
    else if (mechanism_input(m, message, &input, e) != 0)
        goto out;
    if (bytes_failed(&input)) {
        err_oom(e);
        goto out;
    }
    if (authenticate(s, e) != 0)
        goto out;
    rv = s->module->f->C_Sign(s->h, input.p, input.n, out, &size);
    ERR_clear_error();
    if (rv == CKR_OK && size > SIGNATURE_MAX)
        rv = CKR_BUFFER_TOO_SMALL;
    rc = rv == CKR_OK ? 0 : sign_failed(s, rv, e);
    *n = size;
out:
    bytes_clear(&input);
    return rc;
}

/* The signature in TUF's form, appended, as the token gave it. */
static int sign_one(void *self, const struct key *key, struct span message, struct bytes *sig,
                    struct err *e)
{
    struct p11_session *s = self;
    const struct mechanism *m = mechanism_of(key_type(key));
    uint8_t raw[SIGNATURE_MAX];
    CK_OBJECT_HANDLE object;
    size_t n = 0;
    int rc = -1;

    if (p11_session_need(s, e) != 0)
        goto out;
    if (m == NULL) {
        err_set(e, ERR_TOKEN, "key %.16s... is of a type that no token signs with", key_id(key));
        err_todo(e, "use a key of a known type");
        goto out;
    }
    if (signer(s, key, &object, e) == 0 && raw_sign(s, m, object, message, raw, &n, e) == 0)
        rc = mechanism_signature(m, span_of(raw, n), sig, e);
out:
    return rc == 0 ? 0 : err_in(e, "signing");
}

int p11_sign_all(struct p11_session *s, const struct token_batch *b, struct err *e)
{
    s->has_signer = false; /* looked up anew: the last batch may have ended with a bad signature */
    return token_sign_each(s, sign_one, b, e);
}
