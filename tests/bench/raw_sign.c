/* SPDX-License-Identifier: Apache-2.0 */
#include "raw_sign.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "contract.h"
#include "tokens/mechanism.h"

#define SLOTS_MAX 64
#define WARM_UP   10

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static CK_FUNCTION_LIST *load(const char *path)
{
    void *dl = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    CK_C_GetFunctionList get = NULL;
    CK_FUNCTION_LIST *f = NULL;

    if (dl != NULL)
        *(void **)&get = dlsym(dl, "C_GetFunctionList");
    return get != NULL && get(&f) == CKR_OK && f->C_Initialize(NULL) == CKR_OK ? f : NULL;
}

/* The slot whose token it is; opencryptoki's have one serial. */
static int find_slot(CK_FUNCTION_LIST *f, const struct token_id *id, CK_SLOT_ID *out)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG n = SLOTS_MAX;
    CK_TOKEN_INFO info;

    if (f->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
        return -1;
    for (CK_ULONG i = 0; i < n; i++)
        if (f->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
            memcmp(info.serialNumber, id->serial, strlen(id->serial)) == 0 &&
            memcmp(info.label, id->label, strlen(id->label)) == 0) {
            *out = slots[i];
            return 0;
        }
    return -1;
}

static int find_key(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE h, const struct mechanism *m,
                    CK_OBJECT_HANDLE *out)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = m->ck_type;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_KEY_TYPE, &type, sizeof type}};
    CK_ULONG n = 0;

    if (f->C_FindObjectsInit(h, wanted, 2) != CKR_OK || f->C_FindObjects(h, out, 1, &n) != CKR_OK ||
        f->C_FindObjectsFinal(h) != CKR_OK)
        return -1;
    return n == 1 ? 0 : -1;
}

static int sign(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE h, const struct mechanism *m,
                CK_OBJECT_HANDLE key)
{
    CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, SHA256_SIZE};
    CK_MECHANISM how = {m->sign, NULL, 0};
    CK_BYTE digest[48] = {1, 2, 3}, sig[1024];
    CK_ULONG n = sizeof sig;

    if (m->sign == CKM_RSA_PKCS_PSS)
        how = (CK_MECHANISM){m->sign, &pss, sizeof pss};
    return f->C_SignInit(h, &how, key) == CKR_OK &&
                   f->C_Sign(h, digest, m->type == KEY_P384 ? 48 : 32, sig, &n) == CKR_OK
               ? 0
               : -1;
}

/* Writes a byte to `ready` when it begins. */
static double measure(const struct token_id *id, enum key_type type, unsigned n, int ready)
{
    const struct mechanism *m = mechanism_of(type);
    CK_FUNCTION_LIST *f = load(id->module);
    CK_UTF8CHAR pin[] = CONTRACT_PIN;
    CK_SESSION_HANDLE h = 0;
    CK_OBJECT_HANDLE key = 0;
    CK_SLOT_ID slot = 0;
    double began = 0;

    if (f == NULL || find_slot(f, id, &slot) != 0 ||
        f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &h) != CKR_OK ||
        f->C_Login(h, CKU_USER, pin, sizeof pin - 1) != CKR_OK || find_key(f, h, m, &key) != 0)
        return -1;
    for (unsigned i = 0; i < n + WARM_UP; i++) {
        if (i == WARM_UP) {
            if (write(ready, "", 1) != 1)
                return -1;
            began = now_us();
        }
        if (sign(f, h, m, key) != 0)
            return -1;
    }
    return (now_us() - began) / n;
}

double raw_sign(const struct token_id *id, enum key_type type, unsigned n,
                void (*beside)(void *self), void *self)
{
    double took = -1;
    char ready;
    int ends[2];
    pid_t pid;

    if (pipe(ends) != 0 || (pid = fork()) < 0)
        return -1;
    if (pid == 0) {
        took = measure(id, type, n, ends[1]);
        _exit(write(ends[1], &took, sizeof took) == sizeof took ? 0 : 1);
    }
    close(ends[1]);
    if (read(ends[0], &ready, 1) == 1)
        beside(self);
    if (read(ends[0], &took, sizeof took) != sizeof took)
        took = -1;
    close(ends[0]);
    waitpid(pid, NULL, 0);
    return took;
}
