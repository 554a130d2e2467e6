/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pkcs11/p11_able.h"

#include <openssl/err.h>

#include "tokens/mechanism.h"

#define MECHANISMS_MAX 1024 /* a longer list is not believed */

static enum claim lists(struct p11_session *s, CK_MECHANISM_TYPE type)
{
    CK_FUNCTION_LIST *f = s->module->f;
    CK_MECHANISM_TYPE all[MECHANISMS_MAX];
    CK_MECHANISM_INFO info = {0};
    CK_ULONG n = MECHANISMS_MAX;
    CK_RV rv = f->C_GetMechanismList(s->token.slot, all, &n);

    ERR_clear_error();
    if (rv != CKR_OK || n == 0 || n > MECHANISMS_MAX)
        return CLAIM_UNKNOWN;
    for (CK_ULONG i = 0; i < n; i++)
        if (all[i] == type) {
            rv = f->C_GetMechanismInfo(s->token.slot, type, &info);
            ERR_clear_error();
            return rv == CKR_OK && (info.flags & CKF_SIGN) != 0 ? CLAIM_YES : CLAIM_NO;
        }
    return CLAIM_NO;
}

/* Raw RSA is enough for any padding: a TPM's module lists CKM_RSA_X_509, makes PSS from it, and
 * does not list CKM_RSA_PKCS_PSS. */
static bool is_able(struct p11_session *s, enum key_type type)
{
    const struct mechanism *m = mechanism_of(type);

    return m == NULL || lists(s, m->sign) != CLAIM_NO ||
           lists(s, mechanism_hashing(m)) != CLAIM_NO ||
           (m->ck_type == CKK_RSA && lists(s, CKM_RSA_X_509) != CLAIM_NO);
}

int p11_able_check(struct p11_session *s, enum key_type type, struct err *e)
{
    if (s->module == NULL || is_able(s, type))
        return 0; /* who is not logged in hears of it from the next call */
    err_set(e, ERR_TOKEN, "the token reports that it can't sign with %s", key_type_words(type));
    err_in(e, "token '%s'", s->token.id.label);
    return err_todo(e, "use another token, or plan another type of key; none was made");
}

void p11_able_mark(struct p11_session *s, struct token_key_list *keys)
{
    for (size_t i = 0; i < keys->n; i++)
        if (keys->items[i].key != NULL && !is_able(s, key_type(keys->items[i].key)))
            keys->items[i].signs = CLAIM_NO;
}
