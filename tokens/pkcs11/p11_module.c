/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pkcs11/p11_module.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokens/advisory.h"
#include "tokens/kind.h"
#include "tokens/pkcs11/ckr.h"

#define SLOTS_MAX 256

static int refuse_load(const char *path, const char *why, struct err *e)
{
    ERR_clear_error();
    err_set(e, ERR_TOKEN, "module '%s' can't be loaded: %s", path, why);
    return err_todo(e, "check that the module is installed and belongs to this machine");
}

static int open_library(const char *path, struct p11_module *m, struct err *e)
{
    CK_C_GetFunctionList get = NULL;
    const char *why;

    if ((m->dl = dlopen(path, RTLD_NOW | RTLD_LOCAL)) == NULL) {
        why = dlerror();
        return refuse_load(path, why != NULL ? why : "no reason given", e);
    }
    *(void **)&get = dlsym(m->dl, "C_GetFunctionList"); /* POSIX's way to say it */
    if (get == NULL)
        return refuse_load(path, "it is no PKCS#11 module", e);
    if (get(&m->f) != CKR_OK || m->f == NULL)
        return refuse_load(path, "it gives no function list", e);
    if (m->f->version.major < 2)
        return refuse_load(path, "it speaks a version before 2", e);
    return 0;
}

/* p11-kit's client makes a new list, with a connection of its own, at each C_GetFunctionList: what
 * libp11 has initialised is another one than ours. */
static int initialise_own(struct p11_module *m, struct err *e)
{
    CK_RV rv = m->f->C_Initialize(NULL);

    m->own = rv == CKR_OK;
    if (m->own || rv == CKR_CRYPTOKI_ALREADY_INITIALIZED)
        return 0;
    return refuse_load(m->path, "it can't be initialised", e);
}

int p11_module_load(const char *path, struct p11_module *out, struct err *e)
{
    struct p11_module m = {0};

    memset(out, 0, sizeof *out);
    if (path[0] != '/' || strlen(path) >= sizeof m.path || realpath(path, m.real) == NULL)
        return refuse_load(path, "there is no such file (an absolute path is needed)", e);
    memcpy(m.path, path, strlen(path) + 1);
    if (open_library(path, &m, e) != 0)
        goto fail;
    if ((m.ctx = PKCS11_CTX_new()) == NULL) {
        err_oom(e);
        goto fail;
    }
    if (PKCS11_CTX_load(m.ctx, path) != 0) {
        refuse_load(path, "it can't be initialised", e);
        PKCS11_CTX_free(m.ctx); /* PKCS11_CTX_unload would crash */
        goto fail;
    }
    if (initialise_own(&m, e) != 0) {
        PKCS11_CTX_unload(m.ctx);
        PKCS11_CTX_free(m.ctx);
        goto fail;
    }
    ERR_clear_error();
    *out = m;
    return 0;
fail:
    if (m.dl != NULL)
        dlclose(m.dl);
    return -1;
}

void p11_module_clear(struct p11_module *m)
{
    if (m->own)
        m->f->C_Finalize(NULL);
    if (m->ctx != NULL) {
        PKCS11_CTX_unload(m->ctx);
        PKCS11_CTX_free(m->ctx);
        ERR_clear_error();
    }
    if (m->dl != NULL)
        dlclose(m->dl);
    memset(m, 0, sizeof *m);
}

/* Fixed-size text, padded with blanks (v2.40, section 3.2); control bytes of a hostile token become
 * question marks, broken UTF-8 too. */
void p11_text(char out[TOKEN_TEXT], const unsigned char *in, size_t n)
{
    size_t at = 0, put = 0;

    while (n > 0 && (in[n - 1] == ' ' || in[n - 1] == '\0'))
        n--;
    while (at < n && put + 4 < TOKEN_TEXT) {
        size_t step = utf8_next(span_of(in + at, n - at), NULL);
        bool plain = step > 1 || (step == 1 && in[at] >= 0x20 && in[at] != 0x7f);

        if (step == 0)
            step = 1;
        if (plain)
            memcpy(out + put, in + at, step);
        else
            out[put] = '?';
        put += plain ? step : 1;
        at += step;
    }
    out[put] = '\0';
}

static unsigned length(CK_ULONG n)
{
    return n == CK_UNAVAILABLE_INFORMATION || n > SECRET_MAX ? 0 : (unsigned)n;
}

/* A token that was never set up has no SO PIN yet, whatever its flags are (PKCS#11 v2.40, 5.5:
 * C_InitToken sets it). */
static enum pin_state so_pin_of(CK_FLAGS flags)
{
    if ((flags & CKF_TOKEN_INITIALIZED) == 0)
        return PIN_UNSET;
    if ((flags & CKF_SO_PIN_LOCKED) != 0)
        return PIN_LOCKED;
    if ((flags & CKF_SO_PIN_FINAL_TRY) != 0)
        return PIN_LAST_TRY;
    if ((flags & CKF_SO_PIN_COUNT_LOW) != 0)
        return PIN_LOW;
    return (flags & CKF_SO_PIN_TO_BE_CHANGED) != 0 ? PIN_MUST_CHANGE : PIN_OK;
}

static enum pin_state pin_of(CK_FLAGS flags)
{
    static const struct {
        CK_FLAGS flag;
        enum pin_state state;
    } worst_first[] = {
        {CKF_USER_PIN_LOCKED, PIN_LOCKED},
        {CKF_USER_PIN_FINAL_TRY, PIN_LAST_TRY},
        {CKF_USER_PIN_COUNT_LOW, PIN_LOW},
        {CKF_USER_PIN_TO_BE_CHANGED, PIN_MUST_CHANGE},
    };

    if ((flags & CKF_USER_PIN_INITIALIZED) == 0)
        return PIN_UNSET;
    for (size_t i = 0; i < sizeof worst_first / sizeof worst_first[0]; i++)
        if ((flags & worst_first[i].flag) != 0)
            return worst_first[i].state;
    return PIN_OK;
}

/* The firmware, and what a module says less well than its maker. */
static void put_kind(const CK_TOKEN_INFO *t, struct token_info *out)
{
    const struct token_kind *kind = token_kind_of(out->manufacturer, out->model);
    unsigned v[3] = {t->firmwareVersion.major, t->firmwareVersion.minor, 0};

    if (kind != NULL)
        advisory_unpack(kind->form, v);
    if (kind != NULL && kind->places != NULL) {
        snprintf(out->firmware, sizeof out->firmware, "%u.%u.%u", v[0] & 0xff, v[1] & 0xff, v[2]);
        out->pin_min = kind->pin_min;
        out->pin_max = kind->pin_max;
    } else
        snprintf(out->firmware, sizeof out->firmware, "%u.%u", v[0] & 0xff, v[1] & 0xff);
}

CK_RV p11_module_token(struct p11_module *m, CK_SLOT_ID slot, struct token_info *out)
{
    CK_TOKEN_INFO t = {0};
    CK_RV rv = m->f->C_GetTokenInfo(slot, &t);

    memset(out, 0, sizeof *out);
    ERR_clear_error();
    if (rv != CKR_OK)
        return rv;
    memcpy(out->id.module, m->path, sizeof out->id.module);
    p11_text(out->id.serial, t.serialNumber, sizeof t.serialNumber);
    p11_text(out->id.label, t.label, sizeof t.label);
    p11_text(out->manufacturer, t.manufacturerID, sizeof t.manufacturerID);
    p11_text(out->model, t.model, sizeof t.model);
    out->slot = slot;
    out->initialised = (t.flags & CKF_TOKEN_INITIALIZED) != 0;
    out->pin_pad = (t.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
    out->needs_login = (t.flags & CKF_LOGIN_REQUIRED) != 0;
    out->pin = pin_of(t.flags);
    out->so_pin = so_pin_of(t.flags);
    out->pin_min = length(t.ulMinPinLen);
    out->pin_max = length(t.ulMaxPinLen);
    put_kind(&t, out);
    return CKR_OK;
}

static int problem(struct p11_module *m, CK_RV rv, const char *call, long slot,
                   struct token_list *out, struct err *e)
{
    struct err why;
    struct bytes line = {0};
    int rc;

    m->stale = m->stale || rv == CKR_GENERAL_ERROR || rv == CKR_CRYPTOKI_NOT_INITIALIZED ||
               rv == CKR_DEVICE_ERROR;
    ckr_err(&why, rv, call);
    bytes_printf(&line, "module '%s'", m->path);
    if (slot >= 0)
        bytes_printf(&line, ", slot %ld", slot);
    bytes_printf(&line, ": %s; %s", why.what, why.todo);
    rc = bytes_failed(&line) ? err_oom(e) : token_list_problem(out, bytes_str(&line), e);
    bytes_clear(&line);
    return rc;
}

/* "Rescan": a dead reader service, or tokens made since, show only after this. */
static CK_RV restart_module(struct p11_module *m)
{
    CK_RV rv;

    m->f->C_Finalize(NULL);
    rv = m->f->C_Initialize(NULL);
    ERR_clear_error();
    m->stale = rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED;
    return m->stale ? rv : CKR_OK;
}

static CK_RV slots_of(struct p11_module *m, CK_SLOT_ID slots[SLOTS_MAX], CK_ULONG *n)
{
    CK_RV rv;

    *n = 0;
    rv = m->f->C_GetSlotList(CK_TRUE, NULL, n); /* OpenSC looks for new readers at this call only */
    if (rv == CKR_OK) {
        *n = SLOTS_MAX;
        rv = m->f->C_GetSlotList(CK_TRUE, slots, n);
    }
    ERR_clear_error();
    if (rv == CKR_OK && *n > SLOTS_MAX)
        rv = CKR_BUFFER_TOO_SMALL;
    if (rv != CKR_OK)
        *n = 0;
    return rv;
}

static int list_slot(struct p11_module *m, CK_SLOT_ID slot, struct token_list *out, struct err *e)
{
    CK_SLOT_INFO s = {0};
    struct token_info t;
    CK_RV rv = m->f->C_GetSlotInfo(slot, &s);

    if (rv != CKR_OK)
        return problem(m, rv, "C_GetSlotInfo", (long)slot, out, e);
    if ((s.flags & CKF_TOKEN_PRESENT) == 0)
        return 0; /* left between the two calls */
    rv = p11_module_token(m, slot, &t);
    if (rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_DEVICE_REMOVED)
        return 0;
    if (rv != CKR_OK)
        return problem(m, rv, "C_GetTokenInfo", (long)slot, out, e);
    p11_text(t.slot_description, s.slotDescription, sizeof s.slotDescription);
    return token_list_add(out, &t, e);
}

int p11_module_list(struct p11_module *m, bool restart, struct token_list *out, struct err *e)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG n = 0;
    CK_RV rv = CKR_OK;

    if (m->stale && restart)
        rv = restart_module(m);
    if (rv != CKR_OK)
        return problem(m, rv, "C_Initialize", -1, out, e);
    if ((rv = slots_of(m, slots, &n)) != CKR_OK)
        return problem(m, rv, "C_GetSlotList", -1, out, e);
    m->stale = m->stale || (m->had && n == 0); /* all gone: it may be the service that died */
    m->had = n > 0;
    for (CK_ULONG i = 0; i < n; i++)
        if (list_slot(m, slots[i], out, e) != 0)
            return -1;
    return 0;
}

static int not_here(const struct token_id *id, struct err *e)
{
    err_set(e, ERR_TOKEN, "token '%s' (serial %s) is not there", id->label, id->serial);
    return err_todo(e, "put that token in; another one does not do");
}

int p11_module_find(struct p11_module *m, const struct token_id *id, struct token_info *out,
                    struct err *e)
{
    struct token_list all = {0};
    size_t matches = 0;
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (p11_module_list(m, false, &all, e) != 0)
        goto out;
    for (size_t i = 0; i < all.n; i++)
        if (token_id_eq(&all.items[i].id, id) && ++matches == 1)
            *out = all.items[i];
    if (matches == 1)
        rc = 0;
    else if (matches > 1) {
        err_set(e, ERR_TOKEN, "two tokens call themselves '%s' with serial '%s'", id->label,
                id->serial);
        err_todo(e, "leave only one of them in");
    } else if (all.nproblems > 0) {
        err_set(e, ERR_TOKEN, "token '%s' is not to be seen: %s", id->label, all.problems[0]);
        err_todo(e, "take the token out and put it back in; if that does not help, restart pcscd");
    } else
        not_here(id, e);
out:
    if (matches != 1)
        memset(out, 0, sizeof *out);
    token_list_clear(&all);
    return rc;
}
