/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pkcs11/p11_key.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "tokens/kind.h"
#include "tokens/mechanism.h"
#include "tokens/pkcs11/ckr.h"
#include "tokens/pkcs11/p11_object.h"

#define NAMESAKES_MAX 8 /* public keys with one CKA_ID; a module that shows more floods */

static int read_claim(struct p11_session *s, CK_OBJECT_HANDLE h, CK_ATTRIBUTE_TYPE type,
                      enum claim *out, struct err *e)
{
    struct p11_attribute a;

    *out = CLAIM_UNKNOWN;
    if (p11_object_attribute(s, h, type, &a, e) != 0)
        return -1;
    if (a.n == sizeof(CK_BBOOL))
        *out = a.p[0] == CK_FALSE ? CLAIM_NO : CLAIM_YES;
    return 0;
}

static int read_ulong(struct p11_session *s, CK_OBJECT_HANDLE h, CK_ATTRIBUTE_TYPE type,
                      CK_ULONG *out, struct err *e)
{
    struct p11_attribute a;

    *out = CK_UNAVAILABLE_INFORMATION;
    if (p11_object_attribute(s, h, type, &a, e) != 0)
        return -1;
    if (a.n == sizeof *out)
        memcpy(out, a.p, sizeof *out);
    return 0;
}

static struct span value(const struct p11_attribute *a)
{
    return span_of(a->p, a->n);
}

/* The TUF key of a public key object; *out stays NULL for what TUF has no name for. */
static int read_public(struct p11_session *s, CK_OBJECT_HANDLE h, struct key **out, struct err *e)
{
    struct p11_attribute a, b;
    const struct mechanism *m;
    struct err unreadable;
    CK_ULONG ck;

    *out = NULL;
    if (read_ulong(s, h, CKA_KEY_TYPE, &ck, e) != 0 ||
        p11_object_attribute(s, h, ck == CKK_RSA ? CKA_MODULUS : CKA_EC_PARAMS, &a, e) != 0 ||
        p11_object_attribute(s, h, ck == CKK_RSA ? CKA_PUBLIC_EXPONENT : CKA_EC_POINT, &b, e) != 0)
        return -1;
    m = mechanism_of_object(ck, value(&a));
    if (m == NULL || a.n == 0 || b.n == 0)
        return 0;
    if (ck == CKK_RSA)
        mechanism_rsa(value(&a), value(&b), out, &unreadable);
    else
        mechanism_point(m, value(&b), out, &unreadable);
    return 0;
}

/* What a key is called on its token. */
struct names {
    struct p11_attribute id, label;
};

/* Public key objects of that CKA_ID; where the key has none, those without one of its label. */
static int find_namesakes(struct p11_session *s, const struct names *names, struct p11_objects *out,
                          struct err *e)
{
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    bool by_id = names->id.n > 0;
    struct p11_attribute copy = by_id ? names->id : names->label;
    CK_ATTRIBUTE filter[] = {{CKA_CLASS, &class, sizeof class},
                             {by_id ? CKA_ID : CKA_LABEL, copy.p, copy.n}};
    struct p11_attribute id;
    CK_ULONG n = 0;

    out->n = 0;
    if (copy.n == 0)
        return 0;
    if (p11_object_find(s, filter, 2, out, e) != 0)
        return -1;
    for (CK_ULONG i = 0; !by_id && i < out->n; i++) {
        if (p11_object_attribute(s, out->h[i], CKA_ID, &id, e) != 0)
            return -1;
        if (id.n == 0)
            out->h[n++] = out->h[i];
    }
    if (!by_id)
        out->n = n;
    return 0;
}

/* The public half: the one that is called so; two that differ say nothing. */
static int find_public(struct p11_session *s, const struct names *names, struct key **out,
                       struct err *e)
{
    struct p11_objects found;
    struct key *k = NULL;

    *out = NULL;
    if (find_namesakes(s, names, &found, e) != 0)
        return -1;
    for (CK_ULONG i = 0; found.n <= NAMESAKES_MAX && i < found.n; i++) {
        if (read_public(s, found.h[i], &k, e) != 0)
            goto fail;
        if (k != NULL && *out != NULL && !key_same_material(k, *out)) {
            key_free(k);
            key_free(*out);
            *out = NULL;
            return 0;
        }
        if (*out == NULL)
            *out = k;
        else
            key_free(k);
    }
    return 0;
fail:
    key_free(*out);
    *out = NULL;
    return -1;
}

static int read_claims(struct p11_session *s, CK_OBJECT_HANDLE h, struct token_key *k,
                       struct err *e)
{
    const struct {
        CK_ATTRIBUTE_TYPE type;
        enum claim *claim;
    } rows[] = {
        {CKA_LOCAL, &k->local},
        {CKA_SENSITIVE, &k->sensitive},
        {CKA_ALWAYS_SENSITIVE, &k->always_sensitive},
        {CKA_EXTRACTABLE, &k->extractable},
        {CKA_NEVER_EXTRACTABLE, &k->never_extractable},
        {CKA_ALWAYS_AUTHENTICATE, &k->always_authenticate},
        {CKA_SIGN, &k->signs},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (read_claim(s, h, rows[i].type, rows[i].claim, e) != 0)
            return -1;
    return 0;
}

static int read_names(struct p11_session *s, CK_OBJECT_HANDLE h, struct token_key *k,
                      struct names *out, struct err *e)
{
    if (p11_object_attribute(s, h, CKA_ID, &out->id, e) != 0 ||
        p11_object_attribute(s, h, CKA_LABEL, &out->label, e) != 0)
        return -1;
    p11_text(k->label, out->label.p, out->label.n);
    memcpy(k->cka_id, out->id.p, out->id.n);
    k->cka_id_size = out->id.n;
    return 0;
}

int p11_key_pair(struct p11_session *s, CK_OBJECT_HANDLE private, CK_OBJECT_HANDLE public,
                 struct token_key *out, struct err *e)
{
    struct token_key k = {0};
    struct names names;

    memset(out, 0, sizeof *out);
    if (read_names(s, private, &k, &names, e) != 0 || read_claims(s, private, &k, e) != 0)
        return -1;
    if (public != 0 ? read_public(s, public, &k.key, e) != 0
                    : find_public(s, &names, &k.key, e) != 0)
        return -1;
    if (k.key == NULL && read_public(s, private, &k.key, e) != 0) /* RSA shows both parts there */
        return -1;
    *out = k;
    return 0;
}

static int private_keys(struct p11_session *s, struct p11_objects *out, struct err *e)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE filter[] = {{CKA_CLASS, &class, sizeof class}};

    if (p11_session_need(s, e) != 0)
        return -1;
    return p11_object_find(s, filter, 1, out, e);
}

/* The key that attests others is none of the keyholder's. Moved in. */
static int keep(const struct p11_session *s, struct token_key_list *list, struct token_key *k,
                struct err *e)
{
    if (!token_attester(&s->token, span_of(k->cka_id, k->cka_id_size)))
        return token_key_list_take(list, k, e);
    token_key_clear(k);
    return 0;
}

int p11_key_list(struct p11_session *s, struct token_key_list *out, struct err *e)
{
    struct token_key_list list = {0};
    struct p11_objects found;
    struct token_key k;

    memset(out, 0, sizeof *out);
    if (private_keys(s, &found, e) != 0)
        return -1;
    for (CK_ULONG i = 0; i < found.n; i++)
        if (p11_key_pair(s, found.h[i], 0, &k, e) != 0 || keep(s, &list, &k, e) != 0) {
            token_key_list_clear(&list);
            return err_in(e, "reading the keys");
        }
    *out = list;
    return 0;
}

int p11_key_public(struct p11_session *s, struct token_key_list *out, struct err *e)
{
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_ATTRIBUTE filter[] = {{CKA_CLASS, &class, sizeof class}};
    struct token_key_list list = {0};
    struct names names;
    struct p11_objects found;

    memset(out, 0, sizeof *out);
    if (p11_object_find(s, filter, 1, &found, e) != 0)
        return -1;
    for (CK_ULONG i = 0; i < found.n; i++) {
        struct token_key k = {0};

        if (read_names(s, found.h[i], &k, &names, e) != 0 ||
            read_claim(s, found.h[i], CKA_LOCAL, &k.local, e) != 0 ||
            read_public(s, found.h[i], &k.key, e) != 0 || keep(s, &list, &k, e) != 0) {
            token_key_list_clear(&list);
            return err_in(e, "reading the public keys");
        }
    }
    *out = list;
    return 0;
}

int p11_key_object(struct p11_session *s, CK_OBJECT_CLASS class, const struct key *key,
                   CK_OBJECT_HANDLE *out, struct err *e)
{
    CK_ATTRIBUTE filter[] = {{CKA_CLASS, &class, sizeof class}};
    bool private = class == CKO_PRIVATE_KEY, hit = false;
    struct p11_objects found;
    struct token_key k;

    if (p11_object_find(s, filter, 1, &found, e) != 0)
        return -1;
    for (CK_ULONG i = 0; i < found.n && !hit; i++) {
        memset(&k, 0, sizeof k);
        if ((private ? p11_key_pair(s, found.h[i], 0, &k, e)
                     : read_public(s, found.h[i], &k.key, e)) != 0)
            return -1;
        hit = k.key != NULL && key_same_material(k.key, key);
        if (hit)
            *out = found.h[i];
        token_key_clear(&k);
    }
    return hit;
}

int p11_key_find(struct p11_session *s, const struct key *key, CK_OBJECT_HANDLE *out, struct err *e)
{
    CK_OBJECT_HANDLE nameless = 0;
    size_t nnameless = 0;
    struct p11_objects found;
    struct token_key k;
    bool hit = false;

    *out = 0;
    if (private_keys(s, &found, e) != 0)
        return -1;
    for (CK_ULONG i = 0; i < found.n && !hit; i++) {
        if (p11_key_pair(s, found.h[i], 0, &k, e) != 0)
            return -1;
        hit = k.key != NULL && key_same_material(k.key, key);
        if (hit)
            *out = found.h[i];
        if (k.key == NULL && ++nnameless == 1)
            nameless = found.h[i];
        token_key_clear(&k);
    }
    if (!hit && nnameless == 1) { /* the signature will show whether it is the one */
        *out = nameless;
        hit = true;
    }
    if (hit)
        return 0;
    err_set(e, ERR_TOKEN, "key %.16s... is not on token '%s'", key_id(key), s->token.id.label);
    return err_todo(e, "put in the token that holds this key");
}
