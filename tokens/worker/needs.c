/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/needs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum what {
    READS,
    WRITES,
    CONNECTS,  /* to a socket: a path, or an address with "path=" */
    CONFIGURES /* SoftHSM's configuration: it is read, and the folder that it names is written */
};

static const struct {
    const char *module;   /* in the name of its file; "": every module */
    const char *variable; /* of the environment, that says where; NULL: none does */
    const char *path;     /* where it is else; $HOME/... is below what HOME says; NULL: nowhere */
    enum what what;
    const char *tcti; /* only where TPM2_PKCS11_TCTI contains it; NULL: always */
} rows[] = {
    /* libraries, configuration, and what libc looks at */
    {"", NULL, "/usr", READS, NULL},
    {"", NULL, "/lib", READS, NULL},
    {"", NULL, "/lib64", READS, NULL},
    {"", NULL, "/opt", READS, NULL},
    {"", NULL, "/etc", READS, NULL},
    {"", NULL, "/sys", READS, NULL},
    {"", NULL, "/proc/self", READS, NULL},
    {"", NULL, "/proc/sys", READS, NULL},
    {"", NULL, "/proc/cpuinfo", READS, NULL},
    {"", NULL, "/proc/meminfo", READS, NULL},
    {"", NULL, "/dev/zero", READS, NULL},
    {"", NULL, "/dev/random", READS, NULL},
    {"", NULL, "/dev/urandom", READS, NULL},
    {"", NULL, "/dev/null", WRITES, NULL},
    /* readers of smart cards */
    {"", "PCSCLITE_CSOCK_NAME", "/run/pcscd/pcscd.comm", CONNECTS, NULL},
    {"opensc", "OPENSC_CONF", NULL, READS, NULL},
    {"softhsm", NULL, "/etc/softhsm/softhsm2.conf", CONFIGURES, NULL},
    {"softhsm", "SOFTHSM2_CONF", "$HOME/.config/softhsm2/softhsm2.conf", CONFIGURES, NULL},
    {"yubihsm", "YUBIHSM_PKCS11_CONF", NULL, READS, NULL},
    {"yubihsm", NULL, "/dev/bus/usb", WRITES, NULL},
    /* its store is a database; the TPM itself, or a resource manager on a D-Bus */
    {"tpm2_pkcs11", "TPM2_PKCS11_STORE", "$HOME/.tpm2_pkcs11", WRITES, NULL},
    {"tpm2_pkcs11", NULL, "/etc/tpm2_pkcs11", WRITES, NULL},
    {"tpm2_pkcs11", NULL, "/dev/tpm0", WRITES, NULL},
    {"tpm2_pkcs11", NULL, "/dev/tpmrm0", WRITES, NULL},
    {"tpm2_pkcs11", "TPM2_PKCS11_TCTI", NULL, CONNECTS, NULL},
    {"tpm2_pkcs11", "DBUS_SYSTEM_BUS_ADDRESS", "/run/dbus/system_bus_socket", CONNECTS, NULL},
    {"tpm2_pkcs11", "DBUS_SESSION_BUS_ADDRESS", NULL, CONNECTS, "bus_type=session"},
    /* tokens are files, and shared memory with its daemon */
    {"opencryptoki", NULL, "/var/lib/opencryptoki", WRITES, NULL},
    {"opencryptoki", NULL, "/run/lock/opencryptoki", WRITES, NULL},
    {"opencryptoki", NULL, "/dev/shm", WRITES, NULL},
    {"opencryptoki", NULL, "/run/pkcsslotd.socket", CONNECTS, NULL},
    {"p11-kit-client", "P11_KIT_SERVER_ADDRESS", "$XDG_RUNTIME_DIR/p11-kit/pkcs11", CONNECTS, NULL},
};

void needs_add(struct needs *n, const char *path, bool writes)
{
    if (n->npaths == NEEDS_PATHS || strlen(path) >= LANDLOCK_PATH || path[0] != '/')
        return;
    snprintf(n->paths[n->npaths].path, LANDLOCK_PATH, "%s", path);
    n->paths[n->npaths++].writes = writes;
}

static void add_socket(struct needs *n, const char *address)
{
    const char *path = strstr(address, "path=");
    size_t length;

    path = path != NULL ? path + strlen("path=") : address;
    length = strcspn(path, ",;");
    if (n->nsockets < NEEDS_SOCKETS && length < NEEDS_SOCKET && path[0] == '/')
        snprintf(n->sockets[n->nsockets++], NEEDS_SOCKET, "%.*s", (int)length, path);
}

/* softhsm2.conf(5): "directories.tokendir = PATH" */
static void add_token_folder(struct needs *n, const char *configuration)
{
    FILE *f = fopen(configuration, "re");
    char line[LANDLOCK_PATH + 64], path[LANDLOCK_PATH];

    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, " directories.tokendir = %511[^\n]", path) == 1) {
            for (size_t end = strlen(path); end > 0 && path[end - 1] == ' '; end--)
                path[end - 1] = '\0';
            needs_add(n, path, true);
        }
    if (f != NULL)
        fclose(f);
}

static void add(struct needs *n, const char *path, enum what what)
{
    if (what == CONNECTS)
        add_socket(n, path);
    else
        needs_add(n, path, what == WRITES);
    if (what == CONFIGURES)
        add_token_folder(n, path);
}

static bool applies(size_t row, const char *name)
{
    const char *tcti = getenv("TPM2_PKCS11_TCTI");

    return strstr(name, rows[row].module) != NULL &&
           (rows[row].tcti == NULL || (tcti != NULL && strstr(tcti, rows[row].tcti) != NULL));
}

/* Where it is on this machine; false: nowhere. */
static bool find(const char *variable, const char *path, char out[LANDLOCK_PATH])
{
    const char *value = variable != NULL ? getenv(variable) : NULL, *folder;
    char name[32];

    if (value == NULL)
        value = path;
    if (value == path && path != NULL && path[0] == '$') {
        snprintf(name, sizeof name, "%.*s", (int)(strcspn(path, "/") - 1), path + 1);
        folder = getenv(name);
        value = path + strcspn(path, "/");
    } else
        folder = "";
    return value != NULL && folder != NULL &&
           snprintf(out, LANDLOCK_PATH, "%s%s", folder, value) < LANDLOCK_PATH;
}

void needs_of(const char *module, struct needs *out)
{
    const char *slash = module != NULL ? strrchr(module, '/') : NULL;
    const char *name = slash != NULL ? slash + 1 : "";
    char path[LANDLOCK_PATH];

    *out = (struct needs){0};
    if (module != NULL)
        needs_add(out, module, false);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (applies(i, name) && find(rows[i].variable, rows[i].path, path))
            add(out, path, rows[i].what);
}

static const char *without_var(const char *path)
{
    return strncmp(path, "/var/run/", 9) == 0 ? path + 4 : path;
}

bool needs_socket(const struct needs *n, const char *path)
{
    for (size_t i = 0; i < n->nsockets; i++)
        if (strcmp(without_var(n->sockets[i]), without_var(path)) == 0)
            return true;
    return false;
}
