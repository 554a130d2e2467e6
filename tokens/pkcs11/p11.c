/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pkcs11/p11.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "tokens/kind.h"
#include "tokens/mechanism.h"
#include "tokens/pkcs11/p11_key.h"
#include "tokens/pkcs11/p11_module.h"
#include "tokens/pkcs11/p11_object.h"
#include "tokens/pkcs11/p11_pin.h"
#include "tokens/pkcs11/p11_session.h"
#include "tokens/pkcs11/p11_sign.h"

/*
 * What a token says that it can sign with: its list of mechanisms (PKCS#11 v2.40, section 5.5). A
 * token that gives no list says nothing; one that gives a list without the mechanism says no.
 */
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

/* By CKM_ECDSA and the like, or the one that hashes too. Errors: ERR_TOKEN: it says that it can't
 * sign with keys of that type. */
static int p11_able_check(struct p11_session *s, enum key_type type, struct err *e)
{
    if (s->module == NULL || is_able(s, type))
        return 0; /* who is not logged in hears of it from the next call */
    err_set(e, ERR_TOKEN, "the token reports that it can't sign with %s", key_type_words(type));
    err_in(e, "token '%s'", s->token.id.label);
    return err_todo(e, "use another token, or plan another type of key; none was made");
}

/* Sets `signs` of the keys that the token has no mechanism for. */
static void p11_able_mark(struct p11_session *s, struct token_key_list *keys)
{
    for (size_t i = 0; i < keys->n; i++)
        if (keys->items[i].key != NULL && !is_able(s, key_type(keys->items[i].key)))
            keys->items[i].signs = CLAIM_NO;
}

#define COPIES_MAX 16 /* objects of one key; a token has two */

static int destroy(struct p11_session *s, CK_OBJECT_HANDLE h, struct err *e)
{
    CK_RV rv = s->module->f->C_DestroyObject(s->h, h);

    ERR_clear_error();
    return rv == CKR_OK ? 0 : p11_session_failed(s, rv, "C_DestroyObject", e);
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
    err_set(e, ERR_TOKEN, "the %s key %.16s... is still on token '%s'", what, key_id(key),
            s->token.id.label);
    return err_todo(e, "try again; if it stays, destroy the token");
}

struct p11 {
    struct p11_module *modules;
    size_t n;
    struct token_list refused; /* only its problem lines: modules that were not loaded */
    struct p11_session session;
};

static void p11_free(void *self)
{
    struct p11 *p = self;
    struct err ignored;

    p11_session_logout(&p->session, &ignored);
    for (size_t i = 0; i < p->n; i++)
        p11_module_clear(&p->modules[i]);
    token_list_clear(&p->refused);
    free(p->modules);
    free(p);
}

static int p11_list(void *self, struct token_list *out, struct err *e)
{
    struct p11 *p = self;
    struct token_list list = {0};

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < p->refused.nproblems; i++)
        if (token_list_problem(&list, p->refused.problems[i], e) != 0)
            goto fail;
    for (size_t i = 0; i < p->n; i++)
        if (p11_module_list(&p->modules[i], p->session.module != &p->modules[i], &list, e) != 0)
            goto fail;
    *out = list;
    return 0;
fail:
    token_list_clear(&list);
    return -1;
}

static struct p11_module *module_of(struct p11 *p, const struct token_id *id, struct err *e)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->modules[i].path, id->module) == 0)
            return &p->modules[i];
    err_set(e, ERR_TOKEN, "token '%s' belongs to module '%s', which is not loaded", id->label,
            id->module);
    err_todo(e, "start again with that module");
    return NULL;
}

static int p11_login(void *self, const struct token_id *id, const struct secret *pin,
                     enum pin_state *state, struct err *e)
{
    struct p11 *p = self;
    struct p11_module *m = module_of(p, id, e);
    struct err ignored;

    *state = PIN_OK;
    if (m == NULL || p11_session_login(&p->session, m, id, pin, state, e) != 0)
        return -1;
    if (pin == NULL || !p11_sign_asks(&p->session) || secret_copy(pin, &p->session.again, e) == 0)
        return 0;
    p11_session_logout(&p->session, &ignored);
    return -1;
}

static int p11_login_so(void *self, const struct secret *so_pin, enum pin_state *state,
                        struct err *e)
{
    struct p11 *p = self;

    *state = PIN_OK;
    return p11_session_login_so(&p->session, so_pin, state, e);
}

static int p11_logout(void *self, struct err *e)
{
    struct p11 *p = self;

    return p11_session_logout(&p->session, e);
}

static int p11_keys(void *self, struct token_key_list *out, struct err *e)
{
    struct p11 *p = self;

    if (p11_key_list(&p->session, out, e) != 0)
        return -1;
    p11_able_mark(&p->session, out);
    return 0;
}

static int p11_certificates_of(void *self, struct span cka_id, struct token_certificates *out,
                               struct err *e)
{
    struct p11 *p = self;

    return p11_certificates(&p->session, cka_id, out, e);
}

static int p11_generate(void *self, enum key_type type, const char *label, struct token_key *out,
                        struct err *e)
{
    struct p11 *p = self;

    *out = (struct token_key){0};
    return p11_able_check(&p->session, type, e) == 0
               ? p11_key_generate(&p->session, type, label, out, e)
               : -1;
}

static int p11_sign_batch(void *self, const struct token_batch *b, struct err *e)
{
    struct p11 *p = self;

    return p11_sign_all(&p->session, b, e);
}

static int p11_destroy_key(void *self, const struct key *key, struct err *e)
{
    struct p11 *p = self;
    int found;

    /* C_DestroyObject on every private key with this public key, then on its public halves, and
     * a look whether one is left. A private key whose public half the token does not show is not
     * touched. Errors: ERR_TOKEN when it is not there, can't be destroyed, or is there still. */
    if (p11_session_need(&p->session, e) != 0 || token_can_destroy(&p->session.token, e) != 0)
        return -1;
    found = destroy_all(&p->session, CKO_PRIVATE_KEY, key, "private", e);
    if (found > 0)
        return destroy_all(&p->session, CKO_PUBLIC_KEY, key, "public", e) >= 0 ? 0 : -1;
    if (found == 0) {
        err_set(e, ERR_TOKEN, "key %.16s... is not on token '%s'", key_id(key),
                p->session.token.id.label);
        err_todo(e, "put in the token that holds this key");
    }
    return -1;
}

static int p11_initialise(void *self, const struct token_id *id, const struct secret *so_pin,
                          const char *label, const struct secret *pin, struct err *e)
{
    struct p11 *p = self;
    struct p11_module *m = module_of(p, id, e);

    if (m == NULL || p11_session_logout(&p->session, e) != 0)
        return -1;
    return p11_session_initialise(m, id, so_pin, label, pin, e);
}

/* The module, with nobody logged in. */
static struct p11_module *quiet_module_of(struct p11 *p, const struct token_id *id, struct err *e)
{
    struct p11_module *m = module_of(p, id, e);

    return m != NULL && p11_session_logout(&p->session, e) == 0 ? m : NULL;
}

static int p11_public_keys(void *self, const struct token_id *id, struct token_key_list *out,
                           struct err *e)
{
    struct p11_module *m = quiet_module_of(self, id, e);

    memset(out, 0, sizeof *out);
    return m == NULL ? -1 : p11_session_public_keys(m, id, out, e);
}

static int p11_change(void *self, const struct token_id *id, enum pin_owner whose,
                      const struct secret *old, const struct secret *pin, enum pin_state *state,
                      struct err *e)
{
    struct p11_module *m = quiet_module_of(self, id, e);

    *state = PIN_OK;
    return m == NULL ? -1 : p11_pin_change(m, id, whose, old, pin, state, e);
}

static int p11_unblock(void *self, const struct token_id *id, const struct secret *so_pin,
                       const struct secret *pin, enum pin_state *state, struct err *e)
{
    struct p11_module *m = quiet_module_of(self, id, e);

    *state = PIN_OK;
    return m == NULL ? -1 : p11_pin_unblock(m, id, so_pin, pin, state, e);
}

static const struct token_driver driver = {
    .name = "PKCS#11",
    .free = p11_free,
    .list = p11_list,
    .login = p11_login,
    .login_so = p11_login_so,
    .logout = p11_logout,
    .keys = p11_keys,
    .certificates = p11_certificates_of,
    .generate = p11_generate,
    .sign_all = p11_sign_batch,
    .destroy = p11_destroy_key,
    .initialise = p11_initialise,
    .public_keys = p11_public_keys,
    .change_pin = p11_change,
    .unblock = p11_unblock,
};

/* The same library twice breaks; two names of it are one. */
static bool loaded(const struct p11 *p, const char *path)
{
    char real[PATH_MAX];

    if (realpath(path, real) == NULL)
        return false;
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->modules[i].real, real) == 0)
            return true;
    return false;
}

static int load_all(struct p11 *p, const char *const *modules, size_t n, struct err *e)
{
    struct err why;
    struct bytes line = {0};

    for (size_t i = 0; i < n; i++) {
        int rc;

        if (loaded(p, modules[i]))
            continue;
        if (p11_module_load(modules[i], &p->modules[p->n], &why) == 0) {
            p->n++;
            continue;
        }
        bytes_printf(&line, "%s; %s", why.what, err_todo_text(&why));
        rc = token_list_problem(&p->refused, bytes_str(&line), e);
        bytes_clear(&line);
        if (rc != 0)
            return -1;
    }
    return 0;
}

int p11_open(const char *const *modules, size_t n, struct tokens **out, struct err *e)
{
    struct tokens *t = calloc(1, sizeof *t);
    struct p11 *p = calloc(1, sizeof *p);

    *out = NULL;
    if (t == NULL || p == NULL || (p->modules = calloc(n + 1, sizeof *p->modules)) == NULL) {
        free(p);
        free(t);
        return err_oom(e);
    }
    t->driver = &driver;
    t->self = p;
    if (load_all(p, modules, n, e) != 0) {
        tokens_free(t);
        return -1;
    }
    *out = t;
    return 0;
}
