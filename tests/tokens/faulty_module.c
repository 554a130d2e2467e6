/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faulty_module.c - a PKCS#11 module for tests: SoftHSM, with faults by script.
 *
 * The environment names the real module (FAULTY_MODULE) and a script (FAULTY_SCRIPT) that is read
 * at every call, one fault a line:
 *
 *     C_Sign 0x30      the call is not made and returns that value (0: it says that it was)
 *     C_Sign crash     abort()
 *     C_Sign hang      never returns
 *     C_Sign corrupt   a bit of what it gives is flipped
 *     C_Sign short     it gives one byte or item less
 *     C_Sign long      it claims far more than there is room for
 *     C_Sign reach:80  it connects to that port of this machine first, or fails with DEVICE_ERROR
 *     C_Sign flood     it gives as much as there is room for, at each call, and babbles on stdout
 *                      and stderr
 *
 *     C_GetAttributeValue always   CKA_ALWAYS_AUTHENTICATE is true of every key
 *     C_Sign always                USER_NOT_LOGGED_IN without C_Login(CONTEXT_SPECIFIC) before
 *     C_SignInit hashes            MECHANISM_INVALID for CKM_ECDSA, CKM_RSA_PKCS and
 *                                  CKM_RSA_PKCS_PSS; CKM_ECDSA_SHA256 and the like work, and hash the message
 *     C_GetMechanismList hashes    the first three are not in the list, CKM_ECDSA_SHA256/384 are
 *     C_GetMechanismList none      nothing that signs is in the list
 *     C_GetAttributeValue verifies CKA_SIGN is false of every key
 *     C_GetTokenInfo low           CKF_USER_PIN_COUNT_LOW; final, locked likewise
 *     C_GetTokenInfo rude          it writes to the terminal, in broken UTF-8, and knows no limits
 *     C_Login locks                PIN_INCORRECT, and CKF_USER_PIN_LOCKED from then on, also for
 *                                  the next process: SCRIPT.locked says so
 *     C_GetTokenInfo pad           CKF_PROTECTED_AUTHENTICATION_PATH; the PIN that is typed there
 *                                  is FAULTY_PIN, as it is for CONTEXT_SPECIFIC
 *
 * Each call is noted in SCRIPT.log, a name a line. The variables of this file are what makes it
 * a module: Cryptoki knows no handle.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum kind {
    NOTHING,
    RETURNS,
    CORRUPT,
    SHORT,
    LONG,
    FLOOD,
    ALWAYS,
    FLAGS,
    LOCKS,
    RUDE,
    HASHES,
    NONE,
    VERIFIES
};

struct fault {
    enum kind kind;
    CK_RV rv;
};

static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST ours;
static bool authenticated;                  /* for the signature that was begun */
static const EVP_MD *(*hashes_first)(void); /* the same; or NULL */

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list);

/* A file beside the script, for what the next process is to know. */
static FILE *beside(const char *ending, const char *mode)
{
    const char *script = getenv("FAULTY_SCRIPT");
    char path[512];

    snprintf(path, sizeof path, "%s%s", script != NULL ? script : "", ending);
    return script != NULL ? fopen(path, mode) : NULL;
}

static void note(const char *name)
{
    FILE *f = beside(".log", "ae");

    if (f == NULL)
        return;
    fprintf(f, "%s\n", name);
    fclose(f);
}

static void lock(void)
{
    FILE *f = beside(".locked", "we");

    if (f != NULL)
        fclose(f);
}

static bool is_locked(void)
{
    FILE *f = beside(".locked", "re");

    if (f != NULL)
        fclose(f);
    return f != NULL;
}

static bool reaches(const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((unsigned short)atoi(port)),
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0;

    if (fd >= 0)
        close(fd);
    return ok;
}

static const struct {
    const char *name;
    CK_FLAGS flag;
} shown[] = {{"pad", CKF_PROTECTED_AUTHENTICATION_PATH},
             {"low", CKF_USER_PIN_COUNT_LOW},
             {"final", CKF_USER_PIN_FINAL_TRY},
             {"locked", CKF_USER_PIN_LOCKED}};

static struct fault babble(void)
{
    for (int i = 0; i < 10000; i++) {
        fputs("a module that talks too much, on standard output\n", stdout);
        fputs("and on standard error\n", stderr);
    }
    return (struct fault){NOTHING, CKR_OK};
}

static struct fault act(const char *what)
{
    if (strncmp(what, "reach:", 6) == 0)
        return reaches(what + 6) ? (struct fault){NOTHING, CKR_OK}
                                 : (struct fault){RETURNS, CKR_DEVICE_ERROR};
    if (strcmp(what, "crash") == 0)
        abort();
    while (strcmp(what, "hang") == 0)
        pause();
    if (strcmp(what, "corrupt") == 0)
        return (struct fault){CORRUPT, CKR_OK};
    if (strcmp(what, "always") == 0)
        return (struct fault){ALWAYS, CKR_OK};
    if (strcmp(what, "hashes") == 0)
        return (struct fault){HASHES, CKR_OK};
    if (strcmp(what, "none") == 0)
        return (struct fault){NONE, CKR_OK};
    if (strcmp(what, "verifies") == 0)
        return (struct fault){VERIFIES, CKR_OK};
    if (strcmp(what, "rude") == 0)
        return (struct fault){RUDE, CKR_OK};
    if (strcmp(what, "locks") == 0)
        return (struct fault){LOCKS, CKR_OK};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        if (strcmp(what, shown[i].name) == 0)
            return (struct fault){FLAGS, shown[i].flag};
    if (strcmp(what, "short") == 0)
        return (struct fault){SHORT, CKR_OK};
    if (strcmp(what, "long") == 0)
        return (struct fault){LONG, CKR_OK};
    if (strcmp(what, "flood") == 0)
        return (struct fault){FLOOD, CKR_OK};
    if (strcmp(what, "babble") == 0)
        return babble();
    return (struct fault){RETURNS, strtoul(what, NULL, 0)};
}

static struct fault fault_of(const char *name)
{
    struct fault fault = {NOTHING, CKR_OK};
    char call[64], what[64];
    FILE *f;

    note(name);
    if ((f = beside("", "re")) == NULL)
        return fault;
    while (fscanf(f, "%63s %63s", call, what) == 2)
        if (strcmp(call, name) == 0)
            fault = act(what);
    fclose(f);
    return fault;
}

/* Spoils what a call gave: `n` items of `size` bytes at `p`, where `room` of them fit. */
static void spoil(struct fault fault, CK_RV rv, void *p, CK_ULONG *n, CK_ULONG room, size_t size)
{
    if (rv != CKR_OK || p == NULL || n == NULL)
        return;
    if (fault.kind == CORRUPT && *n > 0 && *n != CK_UNAVAILABLE_INFORMATION)
        ((unsigned char *)p)[*n * size / 2] ^= 1;
    if (fault.kind == SHORT && *n > 0)
        --*n;
    if (fault.kind == LONG)
        *n += 100000;
    if (fault.kind == FLOOD && *n != CK_UNAVAILABLE_INFORMATION) {
        unsigned char *at = p;

        for (CK_ULONG i = *n * size; i < room * size; i++) /* the last item again and again */
            at[i] = i >= size ? at[i - size] : 1;
        *n = room;
    }
}

/* A call that gives nothing but its return value. */
#define PLAIN(name, params, args)                                                                  \
    static CK_RV faulty_##name params                                                              \
    {                                                                                              \
        struct fault fault = fault_of(#name);                                                      \
        return fault.kind == RETURNS ? fault.rv : real->name args;                                 \
    }

/* A call that gives `n` items at `p`. */
#define GIVES(name, params, args, p, n, has, size)                                                 \
    static CK_RV faulty_##name params                                                              \
    {                                                                                              \
        struct fault fault = fault_of(#name);                                                      \
        CK_ULONG room = (p) != NULL ? (has) : 0;                                                   \
        CK_RV rv = fault.kind == RETURNS ? fault.rv : real->name args;                             \
        spoil(fault, rv, p, n, room, size);                                                        \
        return rv;                                                                                 \
    }

PLAIN(C_Initialize, (void *args), (args))
PLAIN(C_Finalize, (void *args), (args))
GIVES(C_GetSlotList, (CK_BBOOL there, CK_SLOT_ID *list, CK_ULONG *n), (there, list, n), list, n, *n,
      sizeof *list)
PLAIN(C_InitToken, (CK_SLOT_ID slot, CK_UTF8CHAR *pin, CK_ULONG n, CK_UTF8CHAR *label),
      (slot, pin, n, label))
PLAIN(C_InitPIN, (CK_SESSION_HANDLE h, CK_UTF8CHAR *pin, CK_ULONG n), (h, pin, n))
PLAIN(C_SetPIN,
      (CK_SESSION_HANDLE h, CK_UTF8CHAR *old, CK_ULONG nold, CK_UTF8CHAR *pin, CK_ULONG n),
      (h, old, nold, pin, n))
PLAIN(C_OpenSession,
      (CK_SLOT_ID slot, CK_FLAGS flags, void *arg, CK_NOTIFY notify, CK_SESSION_HANDLE *h),
      (slot, flags, arg, notify, h))
PLAIN(C_CloseSession, (CK_SESSION_HANDLE h), (h))
PLAIN(C_CloseAllSessions, (CK_SLOT_ID slot), (slot))
PLAIN(C_Logout, (CK_SESSION_HANDLE h), (h))
PLAIN(C_FindObjectsInit, (CK_SESSION_HANDLE h, CK_ATTRIBUTE *a, CK_ULONG n), (h, a, n))
GIVES(C_FindObjects, (CK_SESSION_HANDLE h, CK_OBJECT_HANDLE *o, CK_ULONG max, CK_ULONG *n),
      (h, o, max, n), o, n, max, sizeof *o)
PLAIN(C_FindObjectsFinal, (CK_SESSION_HANDLE h), (h))
PLAIN(C_DestroyObject, (CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o), (h, o))
PLAIN(C_GenerateKeyPair,
      (CK_SESSION_HANDLE h, CK_MECHANISM *m, CK_ATTRIBUTE *a, CK_ULONG n, CK_ATTRIBUTE *b,
       CK_ULONG k, CK_OBJECT_HANDLE *pub, CK_OBJECT_HANDLE *priv),
      (h, m, a, n, b, k, pub, priv))

/* What is typed on the device, or asked for by its keys. */
static CK_RV login_by_itself(CK_SESSION_HANDLE h, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG n)
{
    char *typed = getenv("FAULTY_PIN");
    size_t size = strlen(typed);

    if (user != CKU_CONTEXT_SPECIFIC)
        return real->C_Login(h, user, (CK_UTF8CHAR *)typed, size);
    note("CONTEXT_SPECIFIC");
    authenticated = pin == NULL || (n == size && memcmp(pin, typed, n) == 0);
    return authenticated ? CKR_OK : CKR_PIN_INCORRECT;
}

static CK_RV faulty_C_Login(CK_SESSION_HANDLE h, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG n)
{
    struct fault fault = fault_of("C_Login");

    if (fault.kind == RETURNS)
        return fault.rv;
    if (fault.kind == LOCKS) {
        lock();
        return CKR_PIN_INCORRECT;
    }
    return getenv("FAULTY_PIN") != NULL && (user == CKU_CONTEXT_SPECIFIC || pin == NULL)
               ? login_by_itself(h, user, pin, n)
               : real->C_Login(h, user, pin, n);
}

static CK_RV faulty_C_GetAttributeValue(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *a,
                                        CK_ULONG n)
{
    struct fault fault = fault_of("C_GetAttributeValue");
    CK_ULONG room = a->pValue != NULL ? a->ulValueLen : 0;
    CK_RV rv = fault.kind == RETURNS ? fault.rv : real->C_GetAttributeValue(h, o, a, n);

    if (fault.kind == ALWAYS && a->type == CKA_ALWAYS_AUTHENTICATE && a->pValue != NULL) {
        *(CK_BBOOL *)a->pValue = CK_TRUE;
        a->ulValueLen = sizeof(CK_BBOOL);
        return CKR_OK;
    }
    if (fault.kind == VERIFIES && a->type == CKA_SIGN && rv == CKR_OK && a->pValue != NULL)
        *(CK_BBOOL *)a->pValue = CK_FALSE;
    spoil(fault, rv, a->pValue, &a->ulValueLen, room, 1);
    return rv;
}

static bool takes_a_digest(CK_MECHANISM_TYPE m)
{
    return m == CKM_ECDSA || m == CKM_RSA_PKCS || m == CKM_RSA_PKCS_PSS;
}

static bool signs(CK_SLOT_ID slot, CK_MECHANISM_TYPE m)
{
    CK_MECHANISM_INFO info;

    return real->C_GetMechanismInfo(slot, m, &info) != CKR_OK || (info.flags & CKF_SIGN) != 0;
}

/* SoftHSM 2.6 knows no ECDSA that hashes: it is added here. */
static CK_RV faulty_C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *n)
{
    struct fault fault = fault_of("C_GetMechanismList");
    CK_MECHANISM_TYPE all[512];
    CK_ULONG have = 510, kept = 0, room = *n;
    CK_RV rv;

    if (fault.kind == RETURNS)
        return fault.rv;
    if (fault.kind != HASHES && fault.kind != NONE)
        return real->C_GetMechanismList(slot, list, n);
    if ((rv = real->C_GetMechanismList(slot, all, &have)) != CKR_OK)
        return rv;
    for (CK_ULONG i = 0; i < have; i++)
        if (fault.kind == HASHES ? !takes_a_digest(all[i]) : !signs(slot, all[i]))
            all[kept++] = all[i];
    if (fault.kind == HASHES) {
        all[kept++] = CKM_ECDSA_SHA256;
        all[kept++] = CKM_ECDSA_SHA384;
    }
    *n = kept;
    if (list == NULL)
        return CKR_OK;
    if (kept > room)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(list, all, kept * sizeof *list);
    return CKR_OK;
}

static bool is_ecdsa_that_hashes(CK_MECHANISM_TYPE m)
{
    return m == CKM_ECDSA_SHA256 || m == CKM_ECDSA_SHA384;
}

static CK_RV faulty_C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE m, CK_MECHANISM_INFO *out)
{
    struct fault fault = fault_of("C_GetMechanismInfo");

    return fault.kind == RETURNS
               ? fault.rv
               : real->C_GetMechanismInfo(slot, is_ecdsa_that_hashes(m) ? CKM_ECDSA : m, out);
}

static CK_RV faulty_C_SignInit(CK_SESSION_HANDLE h, CK_MECHANISM *m, CK_OBJECT_HANDLE k)
{
    struct fault fault = fault_of("C_SignInit");

    authenticated = false;
    hashes_first = NULL;
    if (fault.kind == HASHES && takes_a_digest(m->mechanism))
        return CKR_MECHANISM_INVALID;
    if (fault.kind == HASHES && is_ecdsa_that_hashes(m->mechanism)) {
        CK_MECHANISM bare = {CKM_ECDSA, NULL, 0};

        hashes_first = m->mechanism == CKM_ECDSA_SHA384 ? EVP_sha384 : EVP_sha256;
        return real->C_SignInit(h, &bare, k);
    }
    return fault.kind == RETURNS ? fault.rv : real->C_SignInit(h, m, k);
}

static CK_RV faulty_C_Sign(CK_SESSION_HANDLE h, CK_BYTE *in, CK_ULONG nin, CK_BYTE *out,
                           CK_ULONG *nout)
{
    struct fault fault = fault_of("C_Sign");
    CK_ULONG room = out != NULL ? *nout : 0;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    CK_RV rv;

    if (hashes_first != NULL && EVP_Digest(in, nin, digest, &n, hashes_first(), NULL) == 1) {
        in = digest;
        nin = n;
    }
    if (fault.kind == ALWAYS && !authenticated)
        return CKR_USER_NOT_LOGGED_IN;
    rv = fault.kind == RETURNS ? fault.rv : real->C_Sign(h, in, nin, out, nout);
    spoil(fault, rv, out, nout, room, 1);
    return rv;
}

static CK_RV faulty_C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    struct fault fault = fault_of("C_GetSlotInfo");
    CK_ULONG n = sizeof info->slotDescription;
    CK_RV rv = fault.kind == RETURNS ? fault.rv : real->C_GetSlotInfo(slot, info);

    spoil(fault, rv, info->slotDescription, &n, n, 1);
    return rv;
}

static void be_rude(CK_TOKEN_INFO *info)
{
    memset(info->model, 0xC3, sizeof info->model); /* each begins a character, none ends one */
    memset(info->manufacturerID, 0xFF, sizeof info->manufacturerID);
    memcpy(info->serialNumber, "\033[2J\r\n\x7f\0\b0123456", sizeof info->serialNumber);
    info->ulMaxPinLen = ~0UL;
    info->ulMinPinLen = 100000;
}

static CK_RV faulty_C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    struct fault fault = fault_of("C_GetTokenInfo");
    CK_ULONG n = 2; /* within the label */
    CK_RV rv = fault.kind == RETURNS ? fault.rv : real->C_GetTokenInfo(slot, info);

    if (fault.kind == FLAGS && rv == CKR_OK)
        info->flags |= fault.rv;
    if (fault.kind == RUDE && rv == CKR_OK)
        be_rude(info);
    if (is_locked() && rv == CKR_OK)
        info->flags |= CKF_USER_PIN_LOCKED;
    spoil(fault, rv, info->label, &n, n, 1);
    return rv;
}

static bool load_real(void)
{
    const char *path = getenv("FAULTY_MODULE");
    void *dl = path != NULL ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    CK_C_GetFunctionList get = NULL;

    if (dl != NULL)
        *(void **)&get = dlsym(dl, "C_GetFunctionList");
    return get != NULL && get(&real) == CKR_OK;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    if (real == NULL && !load_real())
        return CKR_GENERAL_ERROR;
    ours = *real;
    ours.C_GetFunctionList = C_GetFunctionList;
#define OURS(name) ours.name = faulty_##name
    OURS(C_Initialize);
    OURS(C_Finalize);
    OURS(C_GetSlotList);
    OURS(C_GetSlotInfo);
    OURS(C_GetTokenInfo);
    OURS(C_InitToken);
    OURS(C_InitPIN);
    OURS(C_SetPIN);
    OURS(C_OpenSession);
    OURS(C_CloseSession);
    OURS(C_CloseAllSessions);
    OURS(C_Login);
    OURS(C_Logout);
    OURS(C_FindObjectsInit);
    OURS(C_FindObjects);
    OURS(C_FindObjectsFinal);
    OURS(C_DestroyObject);
    OURS(C_GetAttributeValue);
    OURS(C_GenerateKeyPair);
    OURS(C_GetMechanismList);
    OURS(C_GetMechanismInfo);
    OURS(C_SignInit);
    OURS(C_Sign);
#undef OURS
    *list = &ours;
    return CKR_OK;
}
