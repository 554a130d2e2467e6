/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/signed.h"

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
