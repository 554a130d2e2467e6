/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pkcs11/p11_session.h"

#include <openssl/err.h>
#include <string.h>

#include "tokens/kind.h"
#include "tokens/pkcs11/ckr.h"

#define LABEL_SIZE 32 /* C_InitToken, PKCS#11 v2.40, section 5.5 */

CK_UTF8CHAR *p11_pin_bytes(const struct secret *pin)
{
    union {
        const uint8_t *in;
        CK_UTF8CHAR *out;
    } p = {.in = pin != NULL ? secret_data(pin) : NULL};

    return p.out;
}

CK_ULONG p11_pin_size(const struct secret *pin)
{
    return pin != NULL ? secret_size(pin) : 0;
}

static int refuse_pin(enum pin_state state, const struct token_info *t, struct err *e)
{
    err_set(e, ERR_PIN, "token '%s' can't be logged in: %s", t->id.label, pin_state_words(state));
    if (state == PIN_LOCKED)
        return err_todo(e,
                        "unblock it with its %s, or continue with the next keyholder; no try was "
                        "made",
                        token_pin_words(t, PIN_OF_SO));
    return err_todo(e, "give it a PIN with its SO PIN (unblock); no try was made");
}

int p11_pin_check_length(const struct token_info *t, const struct secret *pin, struct err *e)
{
    size_t n = p11_pin_size(pin);

    if (t->pin_pad && pin == NULL)
        return 0;
    if (n > 0 && n >= t->pin_min && (t->pin_max == 0 || n <= t->pin_max))
        return 0;
    err_set(e, ERR_PIN, "a PIN of token '%s' has %u to %u characters", t->id.label,
            t->pin_min == 0 ? 1 : t->pin_min, t->pin_max == 0 ? SECRET_MAX : t->pin_max);
    return err_todo(e, "type it again; no try was used");
}

CK_RV p11_open_session(struct p11_module *m, CK_SLOT_ID slot, CK_SESSION_HANDLE *h)
{
    CK_RV rv = m->f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, h);

    if (rv == CKR_TOKEN_WRITE_PROTECTED)
        rv = m->f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, h);
    ERR_clear_error();
    return rv;
}

/* After a try: flags first, then what the return value alone says (a TPM sets no flags). */
static enum pin_state state_after(struct p11_module *m, const struct token_info *before, CK_RV rv)
{
    struct token_info now;
    enum pin_state state = before->pin;

    if (p11_module_token(m, before->slot, &now) == CKR_OK && token_id_eq(&now.id, &before->id))
        state = now.pin;
    if (rv == CKR_PIN_LOCKED)
        return PIN_LOCKED;
    if (rv == CKR_PIN_EXPIRED)
        return PIN_MUST_CHANGE;
    if (rv == CKR_USER_PIN_NOT_INITIALIZED)
        return PIN_UNSET;
    return state;
}

static int login_failed(struct p11_module *m, const struct token_info *t, CK_RV rv,
                        enum pin_state *state, struct err *e)
{
    *state = state_after(m, t, rv);
    ckr_err(e, rv, "C_Login");
    err_in(e, "logging in to token '%s'", t->id.label);
    if (rv == CKR_GENERAL_ERROR) /* a SmartCard-HSM from the factory, which OpenSC shows as any */
        return err_todo(e, "a brand-new token must be set up first; otherwise take it out, put it "
                           "back in, and log in again");
    if (e->code != ERR_PIN)
        return -1;
    if (*state == PIN_LOCKED) {
        err_set(e, ERR_PIN, "token '%s' refused the PIN and is locked now", t->id.label);
        return err_todo(e, "unblock it with its %s, or continue with the next keyholder",
                        token_pin_words(t, PIN_OF_SO));
    }
    if (*state == PIN_LAST_TRY)
        return err_todo(e, "one try is left: be sure of the PIN before you type it again");
    if (rv == CKR_PIN_INCORRECT)
        return err_todo(e,
                        "type it again, slowly; the token does not report how many tries are left");
    return -1;
}

/* A management key counts no tries. */
static int so_login_failed(struct p11_module *m, const struct token_info *t, CK_RV rv,
                           enum pin_state *state, struct err *e)
{
    struct token_info now;

    if (p11_module_token(m, t->slot, &now) == CKR_OK && token_id_eq(&now.id, &t->id))
        *state = now.so_pin;
    ckr_err(e, rv, "C_Login");
    err_in(e, "logging in to token '%s' as its SO", t->id.label);
    if (rv != CKR_PIN_INCORRECT)
        return -1;
    if (token_piv(t) == NULL) {
        err_set(e, ERR_PIN, "the SO PIN is wrong");
        return err_todo(e, "type it again, slowly; too many wrong ones lock it");
    }
    err_set(e, ERR_PIN, "the management key is wrong, or of a kind that the module does not know");
    return err_todo(e, "type it again; one of the kind AES (a YubiKey's from firmware 5.7 on) is "
                       "changed to 3DES with the maker's tool first: ykcs11 knows no other");
}

static int open_and_login(struct p11_session *s, struct p11_module *m, const struct secret *pin,
                          enum pin_state *state, struct err *e)
{
    CK_RV rv = p11_open_session(m, s->token.slot, &s->h);

    if (rv != CKR_OK) {
        m->stale = m->stale || rv == CKR_GENERAL_ERROR;
        ckr_err(e, rv, "C_OpenSession");
        return err_in(e, "logging in to token '%s'", s->token.id.label);
    }
    rv = m->f->C_Login(s->h, s->so ? CKU_SO : CKU_USER, p11_pin_bytes(pin), p11_pin_size(pin));
    ERR_clear_error();
    if (rv == CKR_OK)
        return 0;
    if (s->so)
        so_login_failed(m, &s->token, rv, state, e);
    else
        login_failed(m, &s->token, rv, state, e);
    if (rv == CKR_USER_ALREADY_LOGGED_IN)
        m->f->C_Logout(s->h);
    if (m->f->C_CloseSession(s->h) != CKR_OK)
        m->f->C_CloseAllSessions(s->token.slot);
    ERR_clear_error();
    return -1;
}

int p11_session_login(struct p11_session *s, struct p11_module *m, const struct token_id *id,
                      const struct secret *pin, enum pin_state *state, struct err *e)
{
    struct p11_session fresh = {0};

    *state = PIN_OK;
    if (p11_session_logout(s, e) != 0 || p11_module_find(m, id, &fresh.token, e) != 0)
        return -1;
    *state = fresh.token.pin;
    if (!fresh.token.initialised) {
        err_set(e, ERR_TOKEN, "token '%s' is not initialised", id->label);
        return err_todo(e, "initialise it first, or use another token");
    }
    if (fresh.token.pin == PIN_LOCKED || fresh.token.pin == PIN_UNSET)
        return refuse_pin(fresh.token.pin, &fresh.token, e);
    if (p11_pin_check_length(&fresh.token, pin, e) != 0)
        return -1;
    if (open_and_login(&fresh, m, pin, state, e) != 0)
        return -1;
    *state = state_after(m, &fresh.token, CKR_OK);
    fresh.module = m;
    *s = fresh;
    return 0;
}

int p11_session_login_so(struct p11_session *s, const struct secret *so_pin, enum pin_state *state,
                         struct err *e)
{
    struct p11_session fresh = {.so = true};
    const struct token_id id = s->token.id;
    struct p11_module *m = s->module;

    *state = PIN_OK;
    if (p11_session_need(s, e) != 0 || token_so_pin_check(&s->token, so_pin, e) != 0 ||
        p11_session_logout(s, e) != 0 || p11_module_find(m, &id, &fresh.token, e) != 0)
        return -1;
    *state = fresh.token.so_pin;
    if (*state == PIN_LOCKED) {
        err_set(e, ERR_PIN, "the SO PIN of token '%s' is locked", id.label);
        return err_todo(e, "use another token; no try was made");
    }
    if (open_and_login(&fresh, m, so_pin, state, e) != 0)
        return -1;
    fresh.module = m;
    *s = fresh;
    return 0;
}

int p11_session_logout(struct p11_session *s, struct err *e)
{
    struct p11_module *m = s->module;
    CK_RV out, closed, all = CKR_OK;

    secret_free(s->again);
    s->again = NULL;
    if (m == NULL)
        return 0;
    out = m->f->C_Logout(s->h);
    closed = m->f->C_CloseSession(s->h);
    if (out != CKR_OK || closed != CKR_OK) {
        all = m->f->C_CloseAllSessions(s->token.slot); /* the last one closed logs out too */
        m->stale = true;
    }
    ERR_clear_error();
    s->module = NULL;
    s->has_signer = s->so = false;
    if (all == CKR_OK || ckr_lost(out) || ckr_lost(closed))
        return 0;
    ckr_err(e, out != CKR_OK ? out : closed, "C_Logout");
    err_in(e, "logging out of token '%s'", s->token.id.label);
    return err_todo(e, "take the token out: that ends the login");
}

int p11_session_need(const struct p11_session *s, struct err *e)
{
    if (s->module != NULL)
        return 0;
    err_set(e, ERR_TOKEN, "no token is logged in");
    return err_todo(e, "put the token in and log in again");
}

int p11_session_failed(struct p11_session *s, CK_RV rv, const char *call, struct err *e)
{
    struct p11_module *m = s->module;
    CK_SESSION_HANDLE old = s->h;
    struct err ignored;

    ckr_err(e, rv, call);
    err_in(e, "token '%s'", s->token.id.label);
    s->has_signer = false;
    if (rv == CKR_GENERAL_ERROR || rv == CKR_CRYPTOKI_NOT_INITIALIZED)
        m->stale = true;
    if (ckr_lost(rv) || p11_open_session(m, s->token.slot, &s->h) != CKR_OK) {
        s->h = old;
        p11_session_logout(s, &ignored);
        return -1;
    }
    m->f->C_CloseSession(old);
    ERR_clear_error();
    return -1;
}

static int fail_initialise(struct p11_module *m, CK_RV rv, const char *call,
                           const struct token_info *t, struct err *e)
{
    m->stale = true;
    ckr_err(e, rv, call);
    err_in(e, "initialising the token in slot %lu", t->slot);
    if (e->code == ERR_PIN && strcmp(call, "C_InitPIN") != 0)
        err_todo(e, "type the SO PIN again; too many wrong ones destroy the token");
    return -1;
}

static int set_user_pin(struct p11_module *m, const struct token_info *t,
                        const struct secret *so_pin, const struct secret *pin, struct err *e)
{
    CK_SESSION_HANDLE h = 0;
    CK_RV rv = p11_open_session(m, t->slot, &h);
    int rc = -1;

    if (rv != CKR_OK)
        return fail_initialise(m, rv, "C_OpenSession", t, e);
    if ((rv = m->f->C_Login(h, CKU_SO, p11_pin_bytes(so_pin), p11_pin_size(so_pin))) != CKR_OK)
        fail_initialise(m, rv, "C_Login", t, e);
    else if ((rv = m->f->C_InitPIN(h, p11_pin_bytes(pin), p11_pin_size(pin))) != CKR_OK)
        fail_initialise(m, rv, "C_InitPIN", t, e);
    else
        rc = 0;
    m->f->C_Logout(h);
    if (m->f->C_CloseSession(h) != CKR_OK)
        m->f->C_CloseAllSessions(t->slot);
    ERR_clear_error();
    return rc;
}

static int may_initialise(const struct token_info *t, struct err *e)
{
    if (token_piv(t) == NULL)
        return 0;
    err_set(e, ERR_TOKEN,
            "token '%s' is not initialised here: that would destroy its keys, and leave the "
            "factory's PIN",
            t->id.label);
    return err_todo(e, "change its PIN and its PUK instead; nothing was done");
}

int p11_session_initialise(struct p11_module *m, const struct token_id *id,
                           const struct secret *so_pin, const char *label, const struct secret *pin,
                           struct err *e)
{
    CK_UTF8CHAR padded[LABEL_SIZE + 1]; /* p11-kit's client reads on to a NUL */
    size_t n = strlen(label);
    struct token_info t;
    CK_RV rv;

    if (n == 0 || n > LABEL_SIZE) {
        err_set(e, ERR_TOKEN, "a token's label has 1 to %d bytes, '%s' has %zu", LABEL_SIZE, label,
                n);
        return err_todo(e, "choose another label");
    }
    if (p11_module_find(m, id, &t, e) != 0 || may_initialise(&t, e) != 0 ||
        (pin != NULL && p11_pin_check_length(&t, pin, e) != 0))
        return -1;
    memset(padded, ' ', LABEL_SIZE);
    padded[LABEL_SIZE] = '\0';
    memcpy(padded, label, n);
    rv = m->f->C_InitToken(t.slot, p11_pin_bytes(so_pin), p11_pin_size(so_pin), padded);
    ERR_clear_error();
    if (rv != CKR_OK)
        return fail_initialise(m, rv, "C_InitToken", &t, e);
    m->stale = true; /* new serial, and SoftHSM grows another free slot */
    return set_user_pin(m, &t, so_pin, pin, e);
}
