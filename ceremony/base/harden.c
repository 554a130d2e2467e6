/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/base/harden.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tokens/worker/sandbox.h"

#define CLEARED "TUF_CEREMONY_CLEARED" /* the names of those that were, for whoever asks later */

/* Is that the name of the variable "NAME=value"? A name that ends in * is a beginning. */
static bool is_named(const char *variable, const char *name)
{
    size_t n = strlen(name), end = strcspn(variable, "=");

    return name[n - 1] == '*' ? end >= n - 1 && strncmp(variable, name, n - 1) == 0
                              : end == n && strncmp(variable, name, n) == 0;
}

static bool is_unwanted(const char *variable)
{
    /* OpenSSL (config(5), openssl-env(7)); glibc (iconv, locales, catalogues, tunables); ncurses'
     * descriptions of terminals; what modules write down of what they are asked: OpenSC, ykcs11,
     * YubiHSM, tpm2-pkcs11 and its TSS, opencryptoki, p11-kit, pkcs11-spy, nCipher */
    static const char *const names[] = {"OPENSSL_*",
                                        "GCONV_PATH",
                                        "LOCPATH",
                                        "NLSPATH",
                                        "GLIBC_TUNABLES",
                                        "MALLOC_*",
                                        "TERMINFO*",
                                        "TERMCAP",
                                        "OPENSC_DEBUG",
                                        "YKCS11_DBG",
                                        "YKPIV_*",
                                        "YUBIHSM_PKCS11_D*",
                                        "TPM2_PKCS11_LOG_LEVEL",
                                        "TSS2_LOG*",
                                        "OPENCRYPTOKI_TRACE_LEVEL",
                                        "P11_KIT_DEBUG",
                                        "P11_KIT_STRICT",
                                        "P11_KIT_NO_USER_CONFIG",
                                        "PKCS11SPY*",
                                        "CKNFAST_DEBUG*",
                                        NULL};

    for (size_t i = 0; names[i] != NULL; i++)
        if (is_named(variable, names[i]))
            return true;
    return false;
}

void harden_environment(void)
{
    char name[128], cleared[240] = "";
    size_t i = 0, n = 0;

    while (environ != NULL && environ[i] != NULL) {
        size_t end = strcspn(environ[i], "=");

        snprintf(name, sizeof name, "%.*s", (int)(end < sizeof name ? end : sizeof name - 1),
                 environ[i]);
        if (is_unwanted(environ[i]) && unsetenv(name) == 0) { /* the next one is in its place */
            snprintf(cleared + n, sizeof cleared - n, "%s%.60s", n > 0 ? ", " : "", name);
            n = strlen(cleared);
        } else
            i++;
    }
    (void)setenv(CLEARED, cleared, 1);
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

const char *harden_cleared(void)
{
    const char *names = getenv(CLEARED);

    return names != NULL ? names : "";
}

const char *harden_loader(void)
{
    for (size_t i = 0; environ != NULL && environ[i] != NULL; i++)
        if (is_named(environ[i], "LD_*"))
            return environ[i];
    return NULL;
}

int harden_process(struct err *e)
{
    const struct rlimit none = {0, 0};

    umask(077);
    (void)signal(SIGPIPE, SIG_IGN); /* a dead agent is an error, not the end */
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
        err_system(e, errno, "core dumps can't be switched off");
        e->code = ERR_NOT_READY;
        return -1;
    }
    return sandbox_no_network(e);
}
