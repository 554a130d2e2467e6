/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/file_name.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/json/json.h"
#include "metadata/signed.h"

int64_t file_name_split(const char *name, struct span *role)
{
    size_t digits = strspn(name, "0123456789"), n;
    int64_t version = 0;

    if (name[0] != '0' && name[digits] == '.')
        version = strtoll(name, NULL, 10); /* INT64_MAX for what is more */
    if (version > JSON_MAX_INTEGER)
        version = 0;
    name += version > 0 ? digits + 1 : 0;
    n = strlen(name);
    *role = span_of(name, n > 5 && strcmp(name + n - 5, ".json") == 0 ? n - 5 : 0);
    return version;
}

void file_name_put(struct bytes *out, int64_t version, const char *role)
{
    if (version > 0)
        bytes_printf(out, "%" PRId64 ".", version);
    bytes_printf(out, "%s.json", role);
}

void file_name_encode(const char *role, struct bytes *out)
{
    for (; *role != '\0'; role++) {
        bool plain = strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~",
                            *role) != NULL;

        if (plain)
            bytes_put_u8(out, (uint8_t)*role);
        else
            bytes_printf(out, "%%%02X", (unsigned char)*role);
    }
}

void file_name_decode(struct span name, struct bytes *out)
{
    uint8_t byte;

    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '%' && name.n - i > 2 && hex_read(span_of(name.p + i + 1, 2), &byte, 1)) {
            bytes_put_u8(out, byte);
            i += 2;
        } else
            bytes_put_u8(out, name.p[i]);
    }
}

/* The algorithms of metadata's hashes: python-tuf takes the names of Python's hashlib, tuf-js those
 * of OpenSSL. All stock clients but tough check every hash that is listed, and refuse the file for
 * one that they do not know. */
static const struct {
    const char *name, *openssl;
} algorithms[] = {{"sha256", "SHA2-256"}, {"sha512", "SHA2-512"},     {"sha384", "SHA2-384"},
                  {"sha224", "SHA2-224"}, {"blake2b", "BLAKE2B-512"}, {"blake2s", "BLAKE2S-256"}};

static const char *openssl_name(const char *name)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (strcmp(algorithms[i].name, name) == 0)
            return algorithms[i].openssl;
    return NULL;
}

static int hash_fits(const char *name, struct json listed, struct span text, struct err *e)
{
    const char *openssl = openssl_name(name);
    uint8_t digest[EVP_MAX_MD_SIZE];
    struct bytes hex = {0}, raw = {0};
    size_t n;
    bool same, failed;

    if (openssl == NULL)
        return err_set(e, ERR_INPUT, "a hash by '%.40s' is listed, which clients do not know",
                       name);
    if (EVP_Q_digest(NULL, openssl, NULL, text.p, text.n, digest, &n) != 1)
        return err_oom(e);
    json_text(listed, &hex);
    same = hex_decode(bytes_span(&hex), &raw) == 0 && span_eq(bytes_span(&raw), span_of(digest, n));
    bytes_done(&hex, &raw);
    failed = bytes_failed(&raw);
    bytes_clear(&raw);
    if (failed)
        return err_oom(e);
    return same ? 0
                : err_set(e, ERR_SIGNATURE, "it has another hash than the one listed, by %s", name);
}

int file_meta_hashes(const struct file_meta *m, struct span text, struct err *e)
{
    struct json name, listed;
    int rc = 0;

    if (m->hashes.n == 0)
        return 0;
    for (struct json_iter it = json_iter_of(m->hashes);
         rc == 0 && json_next(&it, &name, &listed);) {
        char *algorithm = json_strdup(name);

        rc = algorithm != NULL ? hash_fits(algorithm, listed, text, e) : err_oom(e);
        free(algorithm);
    }
    return rc;
}
