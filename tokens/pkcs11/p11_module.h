/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p11_module.h - one PKCS#11 module: loaded by libp11, listed and called through Cryptoki.
 *
 * What libp11 0.4.12 (Debian 12's) was found to do, and which calls are raw for it:
 *  - loading (PKCS11_CTX_load) works and is libp11's; a failed load prints to stderr, so a module is
 *    first opened here, and PKCS11_CTX_unload after a failed load crashes, so it is not called then;
 *  - listing: one slot that fails makes the whole enumeration fail; zero slots come back as -1 with
 *    an empty error queue; PKCS11_release_all_slots closes every session on the slots it lists, the
 *    logged-in one too; PKCS11_update_slots uses freed memory; firmware and PIN lengths are missing.
 *    So listing is C_GetSlotList, C_GetSlotInfo, C_GetTokenInfo;
 *  - sessions and login: PKCS11_login hangs for ever when C_OpenSession fails (a pulled token), a
 *    slot that is logged in accepts any PIN, and a copy of the PIN stays on the heap. Raw;
 *  - keys: one Ed25519 key makes enumerating fail; no generation of EC keys; RSA generation sets
 *    DECRYPT and UNWRAP and omits EXTRACTABLE; a public key taken from a private one can be the
 *    wrong one. Raw.
 * libp11 never opens or closes a session here.
 */
#ifndef TOKENS_P11_MODULE_H
#define TOKENS_P11_MODULE_H

#include <libp11.h>
#include <limits.h>
#include <p11-kit/pkcs11.h>

#include "tokens/token.h"

struct p11_module {
    char path[512];      /* as given */
    char real[PATH_MAX]; /* the same file by its one true name */
    PKCS11_CTX *ctx;     /* libp11's */
    void *dl;            /* our own reference to the same library */
    CK_FUNCTION_LIST *f; /* the pointer that libp11 uses too, in most modules */
    bool own;            /* this list has a state of its own: initialised and finalised here */
    bool stale;          /* wants C_Finalize and C_Initialize before the next listing */
    bool had;            /* tokens at the last listing */
};

/* Errors: ERR_TOKEN, in words for a problem line. `m` is filled on success only. */
int p11_module_load(const char *path, struct p11_module *m, struct err *e);
void p11_module_clear(struct p11_module *m);

/* Appends the module's tokens and problems. `restart`: no session is open, so a stale module may be
 * restarted. Errors: ERR_INTERNAL. */
int p11_module_list(struct p11_module *m, bool restart, struct token_list *out, struct err *e);

/* Today's slot of that very token. Errors: ERR_TOKEN: not there, or two that look the same. */
int p11_module_find(struct p11_module *m, const struct token_id *id, struct token_info *out,
                    struct err *e);
/* A text of the module's: without the blanks behind; '?' for what is no UTF-8, and for control
 * characters; cut to fit. */
void p11_text(char out[TOKEN_TEXT], const unsigned char *in, size_t n);
/* The token in a slot, read now. */
CK_RV p11_module_token(struct p11_module *m, CK_SLOT_ID slot, struct token_info *out);

#endif
