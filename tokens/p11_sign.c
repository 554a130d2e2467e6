/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/p11_sign.h"

#include <openssl/err.h>
#include <string.h>

#include "tokens/ckr.h"
#include "tokens/mechanism.h"
#include "tokens/p11_key.h"

#define SIGNATURE_MAX 1024 /* bytes; RSA-4096 gives 512 */

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
    return 0;
}

static int raw_sign(struct p11_session *s, const struct mechanism *m, CK_OBJECT_HANDLE object,
                    struct bytes *input, uint8_t *out, size_t *n, struct err *e)
{
    CK_FUNCTION_LIST *f = s->module->f;
    CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, SHA256_SIZE};
    CK_MECHANISM how = {m->sign, NULL, 0};
    CK_ULONG size = SIGNATURE_MAX;
    CK_RV rv;

    if (m->sign == CKM_RSA_PKCS_PSS)
        how = (CK_MECHANISM){m->sign, &pss, sizeof pss};
    if ((rv = f->C_SignInit(s->h, &how, object)) != CKR_OK)
        return p11_session_failed(s, rv, "C_SignInit", e);
    rv = f->C_Sign(s->h, input->p, input->n, out, &size);
    ERR_clear_error();
    if (rv == CKR_OK && size > SIGNATURE_MAX)
        rv = CKR_BUFFER_TOO_SMALL;
    if (rv != CKR_OK)
        return p11_session_failed(s, rv, "C_Sign", e);
    *n = size;
    return 0;
}

/* A token's faulty signature comes back as success: none counts before OpenSSL has checked it. */
static int check(struct p11_session *s, const struct key *key, struct span message, struct span sig,
                 struct err *e)
{
    struct err why;

    if (key_verify(key, message, sig, &why) == 0)
        return 0;
    ERR_clear_error();
    s->has_signer = false;
    err_set(e, ERR_TOKEN, "token '%s' gave a signature that is not by the key that was asked for",
            s->token.id.label);
    return err_todo(e, "try again; if it happens twice, use another token and keep this one aside");
}

/* The signature in TUF's form, appended, as the token gave it. */
static int unchecked(struct p11_session *s, const struct key *key, struct span message,
                     struct bytes *sig, struct err *e)
{
    const struct mechanism *m = mechanism_of(key_type(key));
    uint8_t raw[SIGNATURE_MAX];
    struct bytes input;
    CK_OBJECT_HANDLE object;
    size_t n = 0;
    int rc = -1;

    bytes_init(&input);
    if (p11_session_need(s, e) != 0)
        goto out;
    if (m == NULL) {
        err_set(e, ERR_TOKEN, "key %.16s... is of a type that no token signs with", key_id(key));
        err_todo(e, "use a key of a known type");
        goto out;
    }
    if (signer(s, key, &object, e) != 0 || mechanism_input(m, message, &input, e) != 0 ||
        raw_sign(s, m, object, &input, raw, &n, e) != 0)
        goto out;
    rc = mechanism_signature(m, span_of(raw, n), sig, e);
out:
    bytes_clear(&input);
    return rc == 0 ? 0 : err_in(e, "signing");
}

int p11_sign(struct p11_session *s, const struct key *key, struct span message, struct bytes *sig,
             struct err *e)
{
    struct bytes fresh;
    int rc;

    bytes_init(&fresh);
    rc = unchecked(s, key, message, &fresh, e);
    if (rc == 0 && (rc = check(s, key, message, bytes_span(&fresh), e)) != 0)
        err_in(e, "signing");
    if (rc == 0) {
        bytes_put_span(sig, bytes_span(&fresh));
        rc = bytes_failed(sig) ? err_oom(e) : 0;
    }
    bytes_clear(&fresh);
    return rc;
}

static int sign_one(void *self, const struct key *key, struct span message, struct bytes *sig,
                    struct err *e)
{
    return unchecked(self, key, message, sig, e);
}

int p11_sign_all(struct p11_session *s, const struct token_batch *b, struct err *e)
{
    s->has_signer = false; /* looked up anew: the last batch may have ended with a bad signature */
    return token_sign_each(s, sign_one, b, e);
}
