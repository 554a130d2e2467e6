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

/* Distinct keys of the root role of `by` that signed. */
static bool reached(const cJSON *by, const cJSON *file, struct span message)
{
    const cJSON *role = at(cJSON_GetObjectItem(by, "roles"), "root", "keyids"), *id, *sig;
    const cJSON *keys = cJSON_GetObjectItem(by, "keys");
    const cJSON *t = at(cJSON_GetObjectItem(by, "roles"), "root", "threshold");
    const char *seen[32];
    int n = 0;

    cJSON_ArrayForEach(id, role)
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

bool judge_root(struct span old, struct span next)
{
    struct envelope *env = NULL;
    struct err ignored;
    cJSON *a = old.n > 0 ? cJSON_ParseWithLength((const char *)old.p, old.n) : NULL;
    cJSON *b = cJSON_ParseWithLength((const char *)next.p, next.n);
    const cJSON *was = cJSON_GetObjectItem(a, "signed"), *is = cJSON_GetObjectItem(b, "signed");
    bool ok = b != NULL && envelope_read(next, "next", &env, &ignored) == 0 &&
              reached(is, b, envelope_signed(env));

    if (ok && old.n > 0)
        ok = cJSON_GetObjectItem(is, "version")->valueint ==
                 cJSON_GetObjectItem(was, "version")->valueint + 1 &&
             reached(was, b, envelope_signed(env));
    envelope_free(env);
    cJSON_Delete(a);
    cJSON_Delete(b);
    return ok;
}
