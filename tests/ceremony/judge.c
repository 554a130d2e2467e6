/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <cjson/cJSON.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "metadata/envelope.h"

static cJSON *at(const cJSON *object, const char *a, const char *b)
{
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(object, a), b);
}

static bool verifies(const char *pem, const char *hex, struct span message)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    long n = 0;
    unsigned char *sig = OPENSSL_hexstr2buf(hex, &n);
    bool ok = key != NULL && sig != NULL &&
              EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestVerify(ctx, sig, (size_t)n, message.p, message.n) == 1;

    OPENSSL_free(sig);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return ok;
}

/* Distinct keys of the role {keyids, threshold} that signed. */
static bool reached(const cJSON *role, const cJSON *keys, const cJSON *file, struct span message)
{
    const cJSON *t = cJSON_GetObjectItem(role, "threshold"), *id, *sig;
    const char *seen[32];
    int n = 0;

    cJSON_ArrayForEach(id, cJSON_GetObjectItem(role, "keyids"))
    {
        const cJSON *key = cJSON_GetObjectItemCaseSensitive(keys, cJSON_GetStringValue(id));
        const char *pem = cJSON_GetStringValue(at(key, "keyval", "public"));
        bool counted = pem == NULL;

        for (int i = 0; i < n; i++)
            counted = counted || strcmp(seen[i], pem) == 0;
        cJSON_ArrayForEach(sig, cJSON_GetObjectItem(file, "signatures"))
        {
            if (!counted &&
                strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(sig, "keyid")),
                       cJSON_GetStringValue(id)) == 0 &&
                verifies(pem, cJSON_GetStringValue(cJSON_GetObjectItem(sig, "sig")), message)) {
                seen[n++] = pem;
                counted = true;
            }
        }
    }
    return cJSON_IsNumber(t) && n >= t->valueint;
}

static bool root_reached(const cJSON *by, const cJSON *file, struct span message)
{
    return reached(at(by, "roles", "root"), cJSON_GetObjectItem(by, "keys"), file, message);
}

/* The entry of a list of delegations, or the one for succinct bins. */
static const cJSON *entry_of(const cJSON *delegations, const char *role)
{
    const cJSON *entry;

    cJSON_ArrayForEach(entry, cJSON_GetObjectItem(delegations, "roles"))
    {
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(entry, "name")), role) == 0)
            return entry;
    }
    return cJSON_GetObjectItem(delegations, "succinct_roles");
}

bool judge_delegated(struct span by, const char *role, struct span file)
{
    struct envelope *env = NULL;
    struct err ignored;
    cJSON *a = cJSON_ParseWithLength((const char *)by.p, by.n);
    cJSON *b = cJSON_ParseWithLength((const char *)file.p, file.n);
    const cJSON *delegations = at(a, "signed", "delegations");
    bool ok = b != NULL && envelope_read(file, "file", &env, &ignored) == 0 &&
              reached(entry_of(delegations, role), cJSON_GetObjectItem(delegations, "keys"), b,
                      envelope_signed(env));

    envelope_free(env);
    cJSON_Delete(a);
    cJSON_Delete(b);
    return ok;
}

bool judge_root(struct span old, struct span next)
{
    struct envelope *env = NULL;
    struct err ignored;
    cJSON *a = old.n > 0 ? cJSON_ParseWithLength((const char *)old.p, old.n) : NULL;
    cJSON *b = cJSON_ParseWithLength((const char *)next.p, next.n);
    const cJSON *was = cJSON_GetObjectItem(a, "signed"), *is = cJSON_GetObjectItem(b, "signed");
    bool ok = b != NULL && envelope_read(next, "next", &env, &ignored) == 0 &&
              root_reached(is, b, envelope_signed(env));

    if (ok && old.n > 0)
        ok = cJSON_GetObjectItem(is, "version")->valueint ==
                 cJSON_GetObjectItem(was, "version")->valueint + 1 &&
             root_reached(was, b, envelope_signed(env));
    envelope_free(env);
    cJSON_Delete(a);
    cJSON_Delete(b);
    return ok;
}
