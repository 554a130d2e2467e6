/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pkcs11/p11_object.h"

#include <openssl/err.h>
#include <string.h>

int p11_object_find(struct p11_session *s, CK_ATTRIBUTE *filter, CK_ULONG nfilter,
                    struct p11_objects *out, struct err *e)
{
    CK_FUNCTION_LIST *f = s->module->f;
    CK_RV rv = f->C_FindObjectsInit(s->h, filter, nfilter);
    CK_ULONG got = 0;

    out->n = 0;
    if (rv != CKR_OK)
        return p11_session_failed(s, rv, "C_FindObjectsInit", e);
    do {
        got = 0;
        rv = f->C_FindObjects(s->h, out->h + out->n, P11_OBJECTS_MAX - out->n, &got);
        if (rv == CKR_OK && got > P11_OBJECTS_MAX - out->n)
            rv = CKR_BUFFER_TOO_SMALL;
        if (rv != CKR_OK)
            return p11_session_failed(s, rv, "C_FindObjects", e);
        out->n += got;
    } while (got > 0 && out->n < P11_OBJECTS_MAX);
    if ((rv = f->C_FindObjectsFinal(s->h)) != CKR_OK)
        return p11_session_failed(s, rv, "C_FindObjectsFinal", e);
    ERR_clear_error();
    return 0;
}

/* Is it that attribute, or that object, which can't be read? */
static bool is_unreadable(CK_RV rv)
{
    return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE ||
           rv == CKR_ATTRIBUTE_VALUE_INVALID || rv == CKR_BUFFER_TOO_SMALL ||
           rv == CKR_OBJECT_HANDLE_INVALID;
}

int p11_object_attribute(struct p11_session *s, CK_OBJECT_HANDLE h, CK_ATTRIBUTE_TYPE type,
                         struct p11_attribute *out, struct err *e)
{
    CK_ATTRIBUTE a = {type, out->p, sizeof out->p};
    CK_RV rv = s->module->f->C_GetAttributeValue(s->h, h, &a, 1);

    ERR_clear_error();
    out->n = 0;
    if (is_unreadable(rv) || (rv == CKR_OK && a.ulValueLen > sizeof out->p))
        return 0;
    if (rv != CKR_OK)
        return p11_session_failed(s, rv, "C_GetAttributeValue", e);
    out->n = a.ulValueLen;
    return 0;
}

/* An attribute of up to `max` bytes, appended; one that is larger or not shown appends nothing. */
static int object_bytes(struct p11_session *s, CK_OBJECT_HANDLE h, CK_ATTRIBUTE_TYPE type,
                        size_t max, struct bytes *out, struct err *e)
{
    CK_ATTRIBUTE a = {type, NULL, 0};
    CK_RV rv;

    bytes_reserve(out, max);
    if (bytes_failed(out))
        return err_oom(e);
    a.pValue = out->p + out->n;
    a.ulValueLen = max;
    rv = s->module->f->C_GetAttributeValue(s->h, h, &a, 1);
    ERR_clear_error();
    if (is_unreadable(rv) ||
        (rv == CKR_OK && (a.ulValueLen == CK_UNAVAILABLE_INFORMATION || a.ulValueLen > max)))
        return 0;
    if (rv != CKR_OK)
        return p11_session_failed(s, rv, "C_GetAttributeValue", e);
    out->n += a.ulValueLen;
    out->p[out->n] = 0;
    return 0;
}

/* Adds those that `found` has and that are not there yet. */
static int add(struct p11_session *s, const struct p11_objects *found,
               struct token_certificates *out, struct err *e)
{
    struct bytes value = {0};
    int rc = 0;

    for (CK_ULONG i = 0; rc == 0 && i < found->n && out->n < TOKEN_CERTIFICATES; i++) {
        rc = object_bytes(s, found->h[i], CKA_VALUE, TOKEN_CERTIFICATE_MAX, &value, e);
        if (rc == 0 && value.n > 0)
            rc = token_certificates_add(out, bytes_span(&value), e);
        bytes_clear(&value);
    }
    return rc;
}

int p11_certificates(struct p11_session *s, struct span cka_id, struct token_certificates *out,
                     struct err *e)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    uint8_t id[TOKEN_KEY_ID_MAX];
    CK_ATTRIBUTE filter[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, id, cka_id.n}};
    struct p11_objects found;

    *out = (struct token_certificates){0};
    if (p11_session_need(s, e) != 0)
        return -1;
    if (cka_id.n > 0 && cka_id.n <= sizeof id) {
        memcpy(id, cka_id.p, cka_id.n);
        if (p11_object_find(s, filter, 2, &found, e) != 0 || add(s, &found, out, e) != 0)
            goto fail;
    }
    out->nbeside = out->n;
    if (p11_object_find(s, filter, 1, &found, e) == 0 && add(s, &found, out, e) == 0)
        return 0;
fail:
    token_certificates_clear(out);
    return err_in(e, "reading the certificates");
}
