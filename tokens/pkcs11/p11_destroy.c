/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pkcs11/p11_destroy.h"

#include <openssl/err.h>

#include "tokens/kind.h"
#include "tokens/pkcs11/p11_key.h"

#define COPIES_MAX 16 /* objects of one key; a token has two */

static int destroy(struct p11_session *s, CK_OBJECT_HANDLE h, struct err *e)
{
    CK_RV rv = s->module->f->C_DestroyObject(s->h, h);

    ERR_clear_error();
    return rv == CKR_OK ? 0 : p11_session_failed(s, rv, "C_DestroyObject", e);
}

static int still_there(struct p11_session *s, const struct key *key, const char *what,
                       struct err *e)
{
    err_set(e, ERR_TOKEN, "the %s key %.16s... is still on token '%s'", what, key_id(key),
            s->token.id.label);
    return err_todo(e, "try again; if it stays, destroy the token");
}

/* Every object of that class with this public key; 1: one was destroyed, 0: there was none. */
static int destroy_all(struct p11_session *s, CK_OBJECT_CLASS class, const struct key *key,
                       const char *what, struct err *e)
{
    CK_OBJECT_HANDLE h;
    int found, any = 0;

    for (unsigned i = 0; i < COPIES_MAX; i++) {
        if ((found = p11_key_object(s, class, key, &h, e)) < 0)
            return -1;
        if (found == 0)
            return any;
        if (destroy(s, h, e) != 0)
            return -1;
        any = 1;
    }
    return still_there(s, key, what, e);
}

int p11_destroy(struct p11_session *s, const struct key *key, struct err *e)
{
    int found;

    if (p11_session_need(s, e) != 0 || token_can_destroy(&s->token, e) != 0)
        return -1;
    found = destroy_all(s, CKO_PRIVATE_KEY, key, "private", e);
    if (found > 0)
        return destroy_all(s, CKO_PUBLIC_KEY, key, "public", e) >= 0 ? 0 : -1;
    if (found == 0) {
        err_set(e, ERR_TOKEN, "key %.16s... is not on token '%s'", key_id(key), s->token.id.label);
        err_todo(e, "put in the token that holds this key");
    }
    return -1;
}
