/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/p11.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* pkcs11.conf(5): one *.module file a module; a name without folder is looked for in p11-kit's. */
static const char *const config_folders[] = {"/etc/pkcs11/modules", "/usr/share/p11-kit/modules"};

#if defined(__x86_64__)
#define MULTIARCH "/usr/lib/x86_64-linux-gnu/"
#elif defined(__aarch64__)
#define MULTIARCH "/usr/lib/aarch64-linux-gnu/"
#else
#define MULTIARCH "/usr/lib/"
#endif

static const char *const module_folders[] = {MULTIARCH "pkcs11/", MULTIARCH, "/usr/lib/pkcs11/",
                                             "/usr/lib64/pkcs11/"};

static const char *const well_known[] = {
    MULTIARCH "opensc-pkcs11.so",
    MULTIARCH "libykcs11.so.2",
    MULTIARCH "libykcs11.so",
    MULTIARCH "pkcs11/yubihsm_pkcs11.so",
    "/usr/local/lib/libykcs11.so",
    "/usr/local/lib/pkcs11/yubihsm_pkcs11.so",
    MULTIARCH "softhsm/libsofthsm2.so",
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    MULTIARCH "libtpm2_pkcs11.so.1",
    MULTIARCH "pkcs11/libtpm2_pkcs11.so",
    MULTIARCH "opencryptoki/libopencryptoki.so",
    "/usr/lib/opencryptoki/libopencryptoki.so",
    "/usr/lib/nitrokey/libnethsm_pkcs11.so",
    "/usr/local/lib/libsc-hsm-pkcs11.so",
};

/* Certificates, a relay and a logger (pkcs11-spy writes PINs in clear): they hold no keys. */
static const char *const keyless[] = {"p11-kit-trust.so", "p11-kit-client.so",
                                      "p11-kit-proxy.so", "pkcs11-spy.so",
                                      "libnssckbi.so",    "onepin-opensc-pkcs11.so"};

struct paths {
    char **p;
    size_t n;
    bool failed;
};

static bool holds_keys(const char *path)
{
    const char *name = strrchr(path, '/') + 1;

    for (size_t i = 0; i < sizeof keyless / sizeof keyless[0]; i++)
        if (strcmp(name, keyless[i]) == 0)
            return false;
    return true;
}

static bool known(const struct paths *found, const char *real)
{
    char other[PATH_MAX];

    for (size_t i = 0; i < found->n; i++)
        if (realpath(found->p[i], other) != NULL && strcmp(other, real) == 0)
            return true;
    return false;
}

/* Adds an absolute path that exists, once. */
static bool add(struct paths *found, const char *path)
{
    char real[PATH_MAX];
    char **more;

    if (path[0] != '/' || realpath(path, real) == NULL)
        return false;
    if (!holds_keys(path) || !holds_keys(real) || known(found, real))
        return true;
    more = realloc(found->p, (found->n + 2) * sizeof *more);
    if (more == NULL || (found->p = more, more[found->n] = strdup(path)) == NULL) {
        found->failed = true;
        return true;
    }
    more[++found->n] = NULL;
    return true;
}

static void add_name(struct paths *found, const char *name)
{
    char path[PATH_MAX];

    if (add(found, name) || name[0] == '/')
        return;
    for (size_t i = 0; i < sizeof module_folders / sizeof module_folders[0]; i++) {
        int n = snprintf(path, sizeof path, "%s%s", module_folders[i], name);

        if (n > 0 && (size_t)n < sizeof path && add(found, path))
            return;
    }
}

static void read_config(struct paths *found, const char *folder, const char *file)
{
    char path[PATH_MAX], line[PATH_MAX + 64], name[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *f = n > 0 && (size_t)n < sizeof path ? fopen(path, "re") : NULL;

    if (f == NULL)
        return;
    while (fgets(line, sizeof line, f) != NULL) {
        char *at = line + strspn(line, " \t");

        if (strncmp(at, "module:", 7) != 0)
            continue;
        at += 7 + strspn(at + 7, " \t");
        at[strcspn(at, "\r\n")] = '\0';
        snprintf(name, sizeof name, "%s", at);
        add_name(found, name);
    }
    fclose(f);
}

static int is_config(const struct dirent *d)
{
    size_t n = strlen(d->d_name);

    return n > 7 && strcmp(d->d_name + n - 7, ".module") == 0;
}

static void read_folder(struct paths *found, const char *folder)
{
    struct dirent **files = NULL;
    int n = scandir(folder, &files, is_config, alphasort);

    for (int i = 0; i < n; i++) {
        read_config(found, folder, files[i]->d_name);
        free(files[i]);
    }
    free(files);
}

char **p11_modules_find(void)
{
    struct paths found = {calloc(1, sizeof *found.p), 0, false};

    if (found.p == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof config_folders / sizeof config_folders[0]; i++)
        read_folder(&found, config_folders[i]);
    for (size_t i = 0; i < sizeof well_known / sizeof well_known[0]; i++)
        add(&found, well_known[i]);
    if (!found.failed)
        return found.p;
    p11_modules_free(found.p);
    return NULL;
}

void p11_modules_free(char **modules)
{
    for (size_t i = 0; modules != NULL && modules[i] != NULL; i++)
        free(modules[i]);
    free(modules);
}
