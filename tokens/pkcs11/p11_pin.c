/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pkcs11/p11_pin.h"

#include <openssl/err.h>
#include <string.h>

#include "tokens/kind.h"
#include "tokens/pkcs11/ckr.h"
#include "tokens/pkcs11/p11_key.h"

/* A session of its own, for one act. */
struct visit {
    struct p11_module *m;
    struct token_info t;
    CK_SESSION_HANDLE h;
    enum pin_owner whose;
};

static enum pin_state state_of(const struct visit *v, const struct token_info *t)
{
    return v->whose == PIN_OF_SO ? t->so_pin : t->pin;
}

static const char *owner_words(const struct visit *v)
{
    return token_pin_words(&v->t, v->whose);
}

static int fail_call(const struct visit *v, CK_RV rv, const char *call, struct err *e)
{
    v->m->stale = v->m->stale || rv == CKR_GENERAL_ERROR;
    ckr_err(e, rv, call);
    return err_in(e, "token '%s'", v->t.id.label);
}

static int visit_open(struct visit *v, const struct token_id *id, struct err *e)
{
    CK_RV rv;

    if (p11_module_find(v->m, id, &v->t, e) != 0)
        return -1;
    rv = p11_open_session(v->m, v->t.slot, &v->h);
    return rv == CKR_OK ? 0 : fail_call(v, rv, "C_OpenSession", e);
}

/* Ends the session and the login, on every way. */
static void visit_close(struct visit *v)
{
    v->m->f->C_Logout(v->h);
    if (v->m->f->C_CloseSession(v->h) != CKR_OK) {
        v->m->f->C_CloseAllSessions(v->t.slot);
        v->m->stale = true;
    }
    ERR_clear_error();
}

/* Flags first, then what the return value alone says. */
static enum pin_state state_after(struct visit *v, CK_RV rv)
{
    struct token_info now;
    enum pin_state state = state_of(v, &v->t);

    if (rv == CKR_PIN_LOCKED)
        return PIN_LOCKED;
    if (p11_module_token(v->m, v->t.slot, &now) == CKR_OK &&
        strcmp(now.id.serial, v->t.id.serial) == 0)
        state = state_of(v, &now);
    return state;
}

/* Whether it is a PUK: a YubiKey has one in an SO PIN's place, and its module has a way of its own
 * to use it. */
static bool is_puk(const struct visit *v)
{
    return v->whose == PIN_OF_SO && token_piv(&v->t) != NULL;
}

static int wrong_pin(const struct visit *v, enum pin_state state, struct err *e)
{
    err_set(e, ERR_PIN, "the %s is wrong", owner_words(v));
    err_in(e, "token '%s'", v->t.id.label);
    if (state == PIN_LOCKED)
        return err_todo(
            e, is_puk(v) ? "it is locked now: when the PIN is locked as well, only resetting "
                           "the application with the maker's tool opens the token, without keys"
               : v->whose == PIN_OF_SO
                   ? "it is locked now: the token can't be unblocked any more; its keys "
                     "can be used as long as the PIN is known"
               : token_piv(&v->t) != NULL ? "it is locked now: set a new one with the PUK"
                                          : "it is locked now: set a new one with the SO PIN");
    if (state == PIN_LAST_TRY)
        return err_todo(e, "one try is left: be sure of the %s before you type it again",
                        owner_words(v));
    return err_todo(e, "type it again, slowly; too many wrong ones lock it");
}

/* `expired`: the token refuses the login until the PIN is changed, and that is what comes next. */
static int visit_login(struct visit *v, const struct secret *pin, enum pin_state *state,
                       bool *expired, struct err *e)
{
    CK_USER_TYPE user = v->whose == PIN_OF_SO ? CKU_SO : CKU_USER;
    CK_RV rv = v->m->f->C_Login(v->h, user, p11_pin_bytes(pin), p11_pin_size(pin));

    ERR_clear_error();
    *expired = rv == CKR_PIN_EXPIRED;
    *state = state_after(v, rv);
    if (rv == CKR_OK || *expired)
        return 0;
    if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED)
        return wrong_pin(v, *state, e);
    return fail_call(v, rv, "C_Login", e);
}

/* What needs no try to be refused. */
static int check(const struct visit *v, const struct secret *old, const struct secret *pin,
                 struct err *e)
{
    enum pin_state state = state_of(v, &v->t);

    if (!v->t.initialised) {
        err_set(e, ERR_TOKEN, "the token with serial '%s' is not initialised", v->t.id.serial);
        return err_todo(e, "initialise it first: that sets its PINs");
    }
    if (state == PIN_LOCKED || (state == PIN_UNSET && v->whose == PIN_OF_USER)) {
        err_set(e, ERR_PIN, "the %s of token '%s' can't be used: %s", owner_words(v), v->t.id.label,
                pin_state_words(state));
        return err_todo(e, v->whose == PIN_OF_SO
                               ? "use another token; no try was made"
                               : "set a new one with the SO PIN or PUK; no try was made");
    }
    if ((old == NULL || pin == NULL) && !v->t.pin_pad) {
        err_set(e, ERR_PIN, "token '%s' has no keys to type a PIN on", v->t.id.label);
        return err_todo(e, "type the PINs here");
    }
    return 0;
}

static int put_text(struct secret *s, const char *text, const struct secret *rest)
{
    int rc = 0;

    for (; rc == 0 && *text != '\0'; text++)
        rc = secret_put(s, (uint8_t)*text);
    for (size_t i = 0; rc == 0 && i < secret_size(rest); i++)
        rc = secret_put(s, secret_data(rest)[i]);
    return rc;
}

/* What ykcs11 takes for the PUK: C_SetPIN without a login, from "puk:PUK" to "puk:NEW" or to
 * "pin:NEW". */
static int use_puk(struct visit *v, const struct secret *puk, const char *becomes,
                   const struct secret *pin, enum pin_state *state, struct err *e)
{
    struct secret *old = NULL, *new = NULL;
    int rc = -1;
    CK_RV rv;

    if (p11_pin_check_length(&v->t, puk, e) != 0 || secret_new(&old, e) != 0)
        return -1;
    if (secret_new(&new, e) != 0)
        goto out;
    if (put_text(old, "puk:", puk) != 0 || put_text(new, becomes, pin) != 0) {
        err_set(e, ERR_PIN, "the PUK is too long");
        goto out;
    }
    rv = v->m->f->C_SetPIN(v->h, p11_pin_bytes(old), p11_pin_size(old), p11_pin_bytes(new),
                           p11_pin_size(new));
    ERR_clear_error();
    *state = state_after(v, rv);
    if (rv == CKR_OK)
        rc = 0;
    else if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED)
        wrong_pin(v, *state, e);
    else
        fail_call(v, rv, "C_SetPIN", e);
out:
    secret_free(old);
    secret_free(new);
    return rc;
}

static int set_pin(struct visit *v, const struct secret *old, const struct secret *pin,
                   enum pin_state *state, struct err *e)
{
    bool expired;
    CK_RV rv;

    if (visit_login(v, old, state, &expired, e) != 0)
        return -1;
    rv = v->m->f->C_SetPIN(v->h, p11_pin_bytes(old), p11_pin_size(old), p11_pin_bytes(pin),
                           p11_pin_size(pin));
    ERR_clear_error();
    *state = state_after(v, rv);
    if (rv == CKR_OK)
        return 0;
    fail_call(v, rv, "C_SetPIN", e);
    if (e->code == ERR_PIN)
        return err_todo(e, "the old %s still holds; choose another new one", owner_words(v));
    return rv == CKR_FUNCTION_NOT_SUPPORTED
               ? err_todo(e, "the old %s still holds; change it with the vendor's own tool",
                          owner_words(v))
               : -1;
}

int p11_pin_change(struct p11_module *m, const struct token_id *id, enum pin_owner whose,
                   const struct secret *old, const struct secret *pin, enum pin_state *state,
                   struct err *e)
{
    struct visit v = {.m = m, .whose = whose};
    int rc = -1;

    *state = PIN_OK;
    if (visit_open(&v, id, e) != 0)
        return -1;
    *state = state_of(&v, &v.t);
    if (check(&v, old, pin, e) == 0 &&
        ((whose == PIN_OF_SO && !is_puk(&v)) ||
         (p11_pin_check_length(&v.t, old, e) == 0 && p11_pin_check_length(&v.t, pin, e) == 0)))
        rc = is_puk(&v) ? use_puk(&v, old, "puk:", pin, state, e) : set_pin(&v, old, pin, state, e);
    visit_close(&v);
    return rc == 0 ? 0 : err_in(e, "changing the %s", owner_words(&v));
}

static int init_pin(struct visit *v, const struct secret *so_pin, const struct secret *pin,
                    enum pin_state *state, struct err *e)
{
    bool expired;
    CK_RV rv;

    if (visit_login(v, so_pin, state, &expired, e) != 0)
        return -1;
    if (expired)
        return fail_call(v, CKR_PIN_EXPIRED, "C_Login", e);
    rv = v->m->f->C_InitPIN(v->h, p11_pin_bytes(pin), p11_pin_size(pin));
    ERR_clear_error();
    return rv == CKR_OK ? 0 : fail_call(v, rv, "C_InitPIN", e);
}

int p11_pin_unblock(struct p11_module *m, const struct token_id *id, const struct secret *so_pin,
                    const struct secret *pin, enum pin_state *state, struct err *e)
{
    struct visit v = {.m = m, .whose = PIN_OF_SO};
    int rc = -1;

    *state = PIN_OK;
    if (visit_open(&v, id, e) != 0)
        return -1;
    *state = v.t.so_pin;
    if (check(&v, so_pin, pin, e) == 0 && p11_pin_check_length(&v.t, pin, e) == 0)
        rc = is_puk(&v) ? use_puk(&v, so_pin, "pin:", pin, state, e)
                        : init_pin(&v, so_pin, pin, state, e);
    visit_close(&v);
    return rc == 0 ? 0 : err_in(e, "setting a new PIN with the %s", owner_words(&v));
}

int p11_session_public_keys(struct p11_module *m, const struct token_id *id,
                            struct token_key_list *out, struct err *e)
{
    struct visit v = {.m = m};
    struct p11_session s = {.module = m};
    int rc;

    memset(out, 0, sizeof *out);
    if (visit_open(&v, id, e) != 0)
        return -1;
    s.token = v.t;
    s.h = v.h;
    rc = p11_key_public(&s, out, e);
    v.h = s.h; /* a failed call may have replaced the session */
    visit_close(&v);
    return rc;
}
