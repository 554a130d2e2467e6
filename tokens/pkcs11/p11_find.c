/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pkcs11/p11.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "tuf-ceremony" /* as enable-in and disable-in of pkcs11.conf(5) name it */

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
    "/usr/lib/libeToken.so",
    "/usr/safenet/lunaclient/lib/libCryptoki2_64.so",
    "/opt/nfast/toolkits/pkcs11/libcknfast.so",
    "/opt/utimaco/lib/libcs_pkcs11_R3.so",
    "/opt/cloudhsm/lib/libcloudhsm_pkcs11.so",
    NULL,
};

static const struct p11_places places_here = {"/usr/share/p11-kit/modules", "/etc/pkcs11/modules",
                                              well_known};

/* Certificates, a relay and a logger (pkcs11-spy writes PINs in clear): they hold no keys. */
static const char *const keyless[] = {"p11-kit-trust.so", "p11-kit-client.so",
                                      "p11-kit-proxy.so", "pkcs11-spy.so",
                                      "libnssckbi.so",    "onepin-opensc-pkcs11.so"};

struct paths {
    char **p;
    size_t n;
    struct token_list *left_out;
    bool failed;
};

static void leave_out(struct paths *found, const char *path, const char *why)
{
    struct bytes line = {0};
    struct err e;

    if (found->left_out == NULL)
        return;
    bytes_printf(&line, "module '%s': %s", path, why);
    found->failed = found->failed || bytes_failed(&line) ||
                    token_list_problem(found->left_out, bytes_str(&line), &e) != 0;
    bytes_clear(&line);
}

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
    if (known(found, real))
        return true;
    if (!holds_keys(path) || !holds_keys(real)) {
        leave_out(found, path, "it keeps no keys (certificates, a relay or a logger)");
        return true;
    }
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

    if (add(found, name))
        return;
    for (size_t i = 0; name[0] != '/' && i < sizeof module_folders / sizeof module_folders[0];
         i++) {
        int n = snprintf(path, sizeof path, "%s%s", module_folders[i], name);

        if (n > 0 && (size_t)n < sizeof path && add(found, path))
            return;
    }
    leave_out(found, name, "p11-kit's configuration names it, but it is not there");
}

/* What the files of one name say together: the administrator's goes over the package's. */
struct config {
    char module[PATH_MAX], enable[1024], disable[1024];
};

static void read_field(const char *line, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);

    if (strncmp(line, name, n) != 0)
        return;
    line += n + strspn(line + n, " \t");
    snprintf(out, size, "%.*s", (int)strcspn(line, "\r\n"), line);
    for (n = strlen(out); n > 0 && (out[n - 1] == ' ' || out[n - 1] == '\t'); n--)
        out[n - 1] = '\0';
}

static void read_config(const char *folder, const char *file, struct config *out)
{
    char path[PATH_MAX], line[PATH_MAX + 64];
    int n = snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *f = n > 0 && (size_t)n < sizeof path ? fopen(path, "re") : NULL;

    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        const char *at = line + strspn(line, " \t");

        read_field(at, "module:", out->module, sizeof out->module);
        read_field(at, "enable-in:", out->enable, sizeof out->enable);
        read_field(at, "disable-in:", out->disable, sizeof out->disable);
    }
    if (f != NULL)
        fclose(f);
}

/* Names with commas or blanks between them. */
static bool names_us(const char *list)
{
    size_t n = strlen(PROGRAM);

    for (list += strspn(list, " ,\t"); *list != '\0'; list += strspn(list, " ,\t")) {
        size_t word = strcspn(list, " ,\t");

        if (word == n && strncmp(list, PROGRAM, n) == 0)
            return true;
        list += word;
    }
    return false;
}

static void add_config(struct paths *found, const struct p11_places *places, const char *file)
{
    struct config c = {0};

    read_config(places->package_config, file, &c);
    read_config(places->admin_config, file, &c);
    if (c.module[0] == '\0') /* an administrator's empty name switches a package's module off */
        return;
    if ((c.enable[0] != '\0' && !names_us(c.enable)) || names_us(c.disable))
        leave_out(found, c.module, "p11-kit's configuration does not enable it in " PROGRAM);
    else
        add_name(found, c.module);
}

static int is_config(const struct dirent *d)
{
    size_t n = strlen(d->d_name);

    return n > 7 && strcmp(d->d_name + n - 7, ".module") == 0;
}

/* `but_not_in`: files that are there too were read already. */
static void read_folder(struct paths *found, const struct p11_places *places, const char *folder,
                        const char *but_not_in)
{
    struct dirent **files = NULL;
    int n = scandir(folder, &files, is_config, alphasort);
    char path[PATH_MAX];

    for (int i = 0; i < n; i++) {
        if (but_not_in == NULL ||
            snprintf(path, sizeof path, "%s/%s", but_not_in, files[i]->d_name) < 0 ||
            access(path, F_OK) != 0)
            add_config(found, places, files[i]->d_name);
        free(files[i]);
    }
    free(files);
}

char **p11_modules_find(const struct p11_places *places, struct token_list *left_out)
{
    struct paths found = {calloc(1, sizeof *found.p), 0, left_out, false};

    if (places == NULL)
        places = &places_here;
    if (found.p == NULL)
        return NULL;
    read_folder(&found, places, places->package_config, NULL);
    read_folder(&found, places, places->admin_config, places->package_config);
    for (size_t i = 0; places->well_known[i] != NULL; i++)
        add(&found, places->well_known[i]);
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
