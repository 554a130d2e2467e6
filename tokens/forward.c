/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/forward.h"

static struct tokens *turn(void *self, const struct token_id *id, struct err *e)
{
    return ((const struct token_forward *)self)->turn(self, id, e);
}

int forward_login_so(void *self, const struct secret *so_pin, enum pin_state *state, struct err *e)
{
    struct tokens *t = turn(self, NULL, e);

    *state = PIN_OK;
    return t == NULL ? -1 : t->driver->login_so(t->self, so_pin, state, e);
}

int forward_keys(void *self, struct token_key_list *out, struct err *e)
{
    struct tokens *t = turn(self, NULL, e);

    *out = (struct token_key_list){0};
    return t == NULL ? -1 : t->driver->keys(t->self, out, e);
}

int forward_certificates(void *self, struct span cka_id, struct token_certificates *out,
                         struct err *e)
{
    struct tokens *t = turn(self, NULL, e);

    *out = (struct token_certificates){0};
    return t == NULL ? -1 : t->driver->certificates(t->self, cka_id, out, e);
}

int forward_generate(void *self, enum key_type type, const char *label, struct token_key *out,
                     struct err *e)
{
    struct tokens *t = turn(self, NULL, e);

    *out = (struct token_key){0};
    return t == NULL ? -1 : t->driver->generate(t->self, type, label, out, e);
}

int forward_sign_all(void *self, const struct token_batch *b, struct err *e)
{
    struct tokens *t = turn(self, NULL, e);

    return t == NULL ? -1 : t->driver->sign_all(t->self, b, e);
}

int forward_destroy(void *self, const struct key *key, struct err *e)
{
    struct tokens *t = turn(self, NULL, e);

    return t == NULL ? -1 : t->driver->destroy(t->self, key, e);
}

int forward_public_keys(void *self, const struct token_id *id, struct token_key_list *out,
                        struct err *e)
{
    struct tokens *t = turn(self, id, e);

    *out = (struct token_key_list){0};
    return t == NULL ? -1 : t->driver->public_keys(t->self, id, out, e);
}

int forward_initialise(void *self, const struct token_id *id, const struct secret *so_pin,
                       const char *label, const struct secret *pin, struct err *e)
{
    struct tokens *t = turn(self, id, e);

    return t == NULL ? -1 : t->driver->initialise(t->self, id, so_pin, label, pin, e);
}

int forward_change_pin(void *self, const struct token_id *id, enum pin_owner whose,
                       const struct secret *old, const struct secret *pin, enum pin_state *state,
                       struct err *e)
{
    struct tokens *t = turn(self, id, e);

    *state = PIN_OK;
    return t == NULL ? -1 : t->driver->change_pin(t->self, id, whose, old, pin, state, e);
}

int forward_unblock(void *self, const struct token_id *id, const struct secret *so_pin,
                    const struct secret *pin, enum pin_state *state, struct err *e)
{
    struct tokens *t = turn(self, id, e);

    *state = PIN_OK;
    return t == NULL ? -1 : t->driver->unblock(t->self, id, so_pin, pin, state, e);
}
