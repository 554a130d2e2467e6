/* SPDX-License-Identifier: Apache-2.0 */
#include "sign_one.h"

struct one {
    const struct key *key;
    struct span message;
    struct bytes *sig;
    bool given;
};

static bool one_next(void *self, const struct key **key, struct span *message)
{
    struct one *one = self;

    if (one->given)
        return false;
    one->given = true;
    *key = one->key;
    *message = one->message;
    return true;
}

static int one_take(void *self, struct span sig, struct err *e)
{
    struct one *one = self;
    struct err why;

    if (key_verify(one->key, one->message, sig, &why) != 0) {
        err_set(e, ERR_TOKEN, "the token gave a signature that is not by the key");
        return err_todo(e, "try again; if it happens twice, use another token");
    }
    bytes_put_span(one->sig, sig);
    return bytes_failed(one->sig) ? err_oom(e) : 0;
}

int sign_one(struct tokens *t, const struct key *key, struct span message, struct bytes *sig,
             struct err *e)
{
    struct one one = {.key = key, .message = message, .sig = sig};
    const struct token_batch b = {&one, one_next, one_take};

    return t->driver->sign_all(t->self, &b, e);
}
