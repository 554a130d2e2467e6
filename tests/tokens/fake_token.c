/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_state.h"
#include "tokens/kind.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int removed(struct fake *f, struct err *e)
{
    f->session = NULL;
    err_set(e, ERR_TOKEN, "the token was removed");
    return err_todo(e, "put the token back in and log in again");
}

/* Counts a call and plays what the script has for it. */
static int play(struct fake *f, enum fake_call call, bool *corrupt, bool *forged, struct err *e)
{
    unsigned nth = ++f->calls[call];

    for (size_t i = 0; i < f->nscript; i++) {
        if (f->script[i].call != call || (f->script[i].nth != 0 && f->script[i].nth != nth))
            continue;
        switch (f->script[i].event) {
        case FAKE_REMOVED:
            if (f->session != NULL)
                f->session->in = false;
            return removed(f, e);
        case FAKE_CORRUPT:
            *corrupt = true;
            break;
        case FAKE_FORGED:
            *forged = true;
            break;
        case FAKE_HANG:
            for (;;)
                pause();
        case FAKE_CRASH:
            abort();
        case FAKE_SLOW:
            usleep(15000);
            break;
        case FAKE_FAILS:
            err_set(e, ERR_TOKEN, "the token or its reader failed");
            return err_todo(e, "take the token out, put it back in, and log in again");
        }
    }
    return 0;
}

static int begin(struct fake *f, enum fake_call call, struct err *e)
{
    bool corrupt, forged;

    return play(f, call, &corrupt, &forged, e);
}

static int need(struct fake *f, struct err *e)
{
    if (f->session != NULL && !f->session->in)
        return removed(f, e);
    if (f->session != NULL)
        return 0;
    err_set(e, ERR_TOKEN, "no token is logged in");
    return err_todo(e, "put the token in and log in again");
}

static struct fake_token *find(struct fake *f, const struct token_id *id, struct err *e)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->tokens[i].in && token_id_eq(&f->tokens[i].info.id, id))
            return &f->tokens[i];
    err_set(e, ERR_TOKEN, "token '%s' (serial %s) is not there", id->label, id->serial);
    err_todo(e, "put that token in; another one does not do");
    return NULL;
}

static void free_keys(struct fake_token *t)
{
    for (size_t i = 0; i < t->nkeys; i++) {
        EVP_PKEY_free(t->keys[i].pkey);
        key_free(t->keys[i].key);
    }
    t->nkeys = 0;
}

static void fake_free(void *self)
{
    struct fake *f = self;

    for (size_t i = 0; i < f->n; i++)
        free_keys(&f->tokens[i]);
    free(f);
}

static int fake_list(void *self, struct token_list *out, struct err *e)
{
    struct fake *f = self;

    memset(out, 0, sizeof *out);
    if (begin(f, FAKE_LIST, e) != 0)
        return -1;
    for (size_t i = 0; i < f->n; i++)
        if (f->tokens[i].in && token_list_add(out, &f->tokens[i].info, e) != 0) {
            token_list_clear(out);
            return -1;
        }
    return 0;
}

struct fake_token *fake_begin_at(struct fake *f, enum fake_call call, const struct token_id *id,
                                 struct err *e)
{
    f->session = NULL;
    return begin(f, call, e) == 0 ? find(f, id, e) : NULL;
}

static int fake_public_keys(void *self, const struct token_id *id, struct token_key_list *out,
                            struct err *e)
{
    struct fake *f = self;
    struct fake_token *t = fake_begin_at(f, FAKE_LOOK, id, e);

    memset(out, 0, sizeof *out);
    if (t == NULL)
        return -1;
    for (size_t i = 0; i < t->nkeys && !t->hides; i++) {
        struct token_key k = {0};

        memcpy(k.label, t->keys[i].label, sizeof k.label);
        memcpy(k.cka_id, t->keys[i].id, sizeof t->keys[i].id);
        k.cka_id_size = sizeof t->keys[i].id;
        k.key = key_copy(t->keys[i].key);
        if (token_key_list_take(out, &k, e) != 0) {
            token_key_list_clear(out);
            return err_oom(e);
        }
    }
    return 0;
}

static int fake_login(void *self, const struct token_id *id, const struct secret *pin,
                      enum pin_state *state, struct err *e)
{
    struct fake *f = self;
    struct fake_token *t;

    *state = PIN_OK;
    f->so = false;
    f->session = NULL;
    if (begin(f, FAKE_LOGIN, e) != 0 || (t = find(f, id, e)) == NULL)
        return -1;
    *state = t->info.pin;
    if (t->info.pin == PIN_LOCKED || t->info.pin == PIN_UNSET) {
        err_set(e, ERR_PIN, "token '%s' can't be logged in: %s", id->label,
                pin_state_words(t->info.pin));
        return err_todo(e, "use another keyholder's token; no try was made");
    }
    if (t->info.pin == PIN_MUST_CHANGE) {
        err_set(e, ERR_PIN, "the PIN has expired");
        return err_todo(e, "change it first; no try was made");
    }
    if (fake_try(f, t, PIN_OF_USER, pin, e) == 0)
        f->session = t;
    *state = t->info.pin;
    return f->session != NULL ? 0 : -1;
}

static int fake_logout(void *self, struct err *e)
{
    struct fake *f = self;

    f->session = NULL;
    return begin(f, FAKE_LOGOUT, e);
}

static int show(const struct fake_token *t, const struct fake_key *k, struct token_key *out,
                struct err *e)
{
    enum claim yes = t->hides ? CLAIM_UNKNOWN : CLAIM_YES;

    (void)e;

    memset(out, 0, sizeof *out);
    memcpy(out->label, k->label, sizeof out->label);
    memcpy(out->cka_id, k->id, sizeof k->id);
    out->cka_id_size = sizeof k->id;
    if (!t->hides)
        out->key = key_copy(k->key);
    out->local = out->sensitive = out->always_sensitive = out->never_extractable = yes;
    out->signs = yes;
    out->extractable = t->hides ? CLAIM_UNKNOWN : CLAIM_NO;
    return 0;
}

static int fake_keys(void *self, struct token_key_list *out, struct err *e)
{
    struct fake *f = self;
    struct token_key k;

    memset(out, 0, sizeof *out);
    if (begin(f, FAKE_KEYS, e) != 0 || need(f, e) != 0)
        return -1;
    for (size_t i = 0; i < f->session->nkeys; i++)
        if (show(f->session, &f->session->keys[i], &k, e) != 0 ||
            token_key_list_take(out, &k, e) != 0) {
            token_key_list_clear(out);
            return -1;
        }
    return 0;
}

static int fake_certificates(void *self, struct span cka_id, struct token_certificates *out,
                             struct err *e)
{
    struct fake *f = self;

    memset(out, 0, sizeof *out);
    if (begin(f, FAKE_CERTIFICATES, e) != 0 || need(f, e) != 0)
        return -1;
    for (unsigned beside = 2; beside-- > 0;) {
        for (size_t i = 0; i < f->session->ncertificates; i++) {
            const struct fake_certificate *c = &f->session->certificates[i];
            bool is = c->key < f->session->nkeys &&
                      span_eq(cka_id, span_of(f->session->keys[c->key].id, 4));

            if (is == (beside != 0) && token_certificates_add(out, c->value, e) != 0) {
                token_certificates_clear(out);
                return -1;
            }
        }
        if (beside != 0)
            out->nbeside = out->n;
    }
    return 0;
}

/* A function of how many were made before. */
static EVP_PKEY *make_repeatable(unsigned n)
{
    uint8_t secret[SHA256_SIZE];

    return sha256(span_of(&n, sizeof n), secret) == 0
               ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, sizeof secret)
               : NULL;
}

static bool makes(enum key_type type)
{
    return type == KEY_P256 || type == KEY_P384 || type == KEY_ED25519 || type == KEY_RSA ||
           type == KEY_RSA_V15_256;
}

static EVP_PKEY *make_pair(const struct fake *f, enum key_type type)
{
    if (f->repeatable && type == KEY_ED25519)
        return make_repeatable(f->next_id);
    switch (type) {
    case KEY_P256:
        return EVP_EC_gen("P-256");
    case KEY_P384:
        return EVP_EC_gen("P-384");
    case KEY_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case KEY_RSA:
    case KEY_RSA_V15_256:
        return EVP_RSA_gen(2048);
    default:
        return NULL;
    }
}

static struct key *public_of(EVP_PKEY *pkey, struct err *e)
{
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(pkey, &der);
    struct key *key = NULL;

    if (n <= 0)
        err_oom(e);
    else
        key_from_spki(span_of(der, (size_t)n), &key, e);
    OPENSSL_free(der);
    return key;
}

static int fake_generate(void *self, enum key_type type, const char *label, struct token_key *out,
                         struct err *e)
{
    struct fake *f = self;
    struct fake_token *t;
    struct fake_key k = {0};

    memset(out, 0, sizeof *out);
    if (begin(f, FAKE_GENERATE, e) != 0 || need(f, e) != 0)
        return -1;
    t = f->session;
    if (token_piv(&t->info) != NULL && !f->so) {
        err_set(e, ERR_TOKEN, "the token lets only its security officer (SO) do this");
        return err_todo(e, "make it with the maker's own tool, then take it with --key");
    }
    if (!makes(type) || t->lacks[type] || t->nkeys == KEYS_MAX) {
        err_set(e, ERR_TOKEN, "the token does not have this mechanism");
        return err_todo(e, "choose another key type, or use another token");
    }
    if ((k.pkey = make_pair(f, type)) == NULL || (k.key = public_of(k.pkey, e)) == NULL) {
        EVP_PKEY_free(k.pkey);
        return err_oom(e);
    }
    strncpy(k.label, label, sizeof k.label - 1);
    f->next_id++;
    memcpy(k.id, &f->next_id, sizeof k.id);
    t->keys[t->nkeys++] = k;
    return show(t, &k, out, e);
}

static int sign_with(EVP_PKEY *pkey, enum key_type type, struct span message, struct bytes *out,
                     struct err *e)
{
    const EVP_MD *md = type == KEY_ED25519 ? NULL : type == KEY_P384 ? EVP_sha384() : EVP_sha256();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how = NULL;
    uint8_t sig[1024];
    size_t n = sizeof sig;
    bool ok = ctx != NULL && EVP_DigestSignInit(ctx, &how, md, NULL, pkey) == 1;

    if (ok && type == KEY_RSA)
        ok = EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(how, SHA256_SIZE) == 1;
    ok = ok && EVP_DigestSign(ctx, sig, &n, message.p, message.n) == 1;
    if (ok)
        bytes_put(out, sig, n);
    EVP_MD_CTX_free(ctx);
    return ok && !bytes_failed(out) ? 0 : err_oom(e);
}

static int fake_sign(void *self, const struct key *key, struct span message, struct bytes *sig,
                     struct err *e)
{
    struct fake *f = self;
    bool corrupt = false, forged = false;

    if (play(f, FAKE_SIGN, &corrupt, &forged, e) != 0 || need(f, e) != 0)
        return -1;
    if (corrupt) {
        err_set(e, ERR_TOKEN, "token '%s' gave a signature that is not by the key",
                f->session->info.id.label);
        return err_todo(e, "try again; if it happens twice, use another token");
    }
    for (size_t i = 0; i < f->session->nkeys; i++) {
        const struct fake_key *k = &f->session->keys[i];
        int rc;

        if (!key_same_material(k->key, key))
            continue;
        rc = sign_with(k->pkey, key_type(key), message, sig, e);
        if (rc == 0 && forged)
            sig->p[sig->n - 1] ^= 1;
        return rc;
    }
    err_set(e, ERR_TOKEN, "key %.16s... is not on token '%s'", key_id(key),
            f->session->info.id.label);
    return err_todo(e, "put in the token that holds this key");
}

static int fake_sign_all(void *self, const struct token_batch *b, struct err *e)
{
    return token_sign_each(self, fake_sign, b, e);
}

static int fake_destroy(void *self, const struct key *key, struct err *e)
{
    struct fake *f = self;
    struct fake_token *t;
    bool found = false;

    if (begin(f, FAKE_DESTROY, e) != 0 || need(f, e) != 0)
        return -1;
    t = f->session;
    for (size_t i = 0; i < t->nkeys && !found; i++)
        if (key_same_material(t->keys[i].key, key)) {
            EVP_PKEY_free(t->keys[i].pkey);
            key_free(t->keys[i].key);
            memmove(&t->keys[i], &t->keys[i + 1], (t->nkeys - i - 1) * sizeof t->keys[i]);
            t->nkeys--;
            found = true;
        }
    if (found)
        return 0;
    err_set(e, ERR_TOKEN, "key %.16s... is not on token '%s'", key_id(key), t->info.id.label);
    return err_todo(e, "put in the token that holds this key");
}

static int fake_initialise(void *self, const struct token_id *id, const struct secret *so_pin,
                           const char *label, const struct secret *pin, struct err *e)
{
    struct fake *f = self;
    struct fake_token *t;

    if ((t = fake_begin_at(f, FAKE_INITIALISE, id, e)) == NULL)
        return -1;
    if (label[0] == '\0' || strlen(label) > 32) {
        err_set(e, ERR_TOKEN, "a token's label has 1 to 32 bytes");
        return err_todo(e, "choose another label");
    }
    if (t->so_pin[0] != '\0' && !(so_pin == NULL && t->info.pin_pad) &&
        !fake_pin_is(so_pin, t->so_pin)) {
        err_set(e, ERR_PIN, "the SO PIN is wrong");
        return err_todo(e, "type the SO PIN again");
    }
    free_keys(t);
    fake_text(t->info.id.label, sizeof t->info.id.label, label);
    fake_set_pin(t->so_pin, so_pin);
    fake_set_pin(t->pin, pin);
    t->info.initialised = true;
    t->left = t->so_left = 3;
    t->info.so_pin = PIN_OK;
    fake_pin_state(t, false);
    return 0;
}

const struct token_driver fake_driver = {
    .name = "fake",
    .free = fake_free,
    .list = fake_list,
    .login = fake_login,
    .login_so = fake_login_so,
    .logout = fake_logout,
    .keys = fake_keys,
    .certificates = fake_certificates,
    .generate = fake_generate,
    .sign_all = fake_sign_all,
    .destroy = fake_destroy,
    .initialise = fake_initialise,
    .public_keys = fake_public_keys,
    .change_pin = fake_change_pin,
    .unblock = fake_unblock,
};
