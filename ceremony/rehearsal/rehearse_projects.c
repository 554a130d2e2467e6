/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/rehearsal/rehearse_projects.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#define SIMPLE   "simple.csv"
#define PACKAGES "packages.csv"
#define HEADER   "action,project,in,threshold,keys\n"

static const char simple_first[] = HEADER "add,django,,1,online.pem\n"
                                          "add,requests,,1,online.pem\n"
                                          "add,six,,1,online.pem\n";
static const char packages_first[] = HEADER "add,django,targets/packages/source/d,1,online.pem\n"
                                            "add,requests,targets/packages/py3/r,1,online.pem\n"
                                            "add,six,targets/packages/py2.py3/s,1,online.pem\n";
static const char simple_next[] =
    HEADER "hand-over,django,,2,django-1.pem django-2.pem django-3.pem\n"
           "hand-over,requests,,1,requests-1.pem\n";
static const char packages_next[] =
    HEADER "hand-over,django,targets/packages/source/d,2,django-1.pem django-2.pem django-3.pem\n"
           "hand-over,requests,targets/packages/py3/r,1,requests-1.pem\n";
static const char *const developers[] = {"django-1", "django-2", "django-3", "requests-1"};

static int put_pem(struct store *s, const char *name, BIO *bio, struct err *e)
{
    char *text;
    long n = BIO_get_mem_data(bio, &text);

    return s->ops->write(s->self, name, span_of(text, (size_t)n), e);
}

int rehearse_key(struct store *s, const char *private_name, const char *public_name, struct err *e)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *private = BIO_new(BIO_s_mem()), *public = BIO_new(BIO_s_mem());
    int rc = -1;

    if (key == NULL || private == NULL || public == NULL ||
        PEM_write_bio_PrivateKey(private, key, NULL, NULL, 0, NULL, NULL) != 1 ||
        PEM_write_bio_PUBKEY(public, key) != 1)
        err_oom(e);
    else if (put_pem(s, private_name, private, e) == 0)
        rc = put_pem(s, public_name, public, e);
    BIO_free(private);
    BIO_free(public);
    EVP_PKEY_free(key);
    return rc;
}

static int put_lists(struct store *s, const char *simple, const char *packages, struct err *e)
{
    return s->ops->write(s->self, "inputs/" SIMPLE, span_str(simple), e) == 0
               ? s->ops->write(s->self, "inputs/" PACKAGES, span_str(packages), e)
               : -1;
}

/* Names the lists in the plan: the entry of index pages comes first, then that of files. */
static void name_lists(cJSON *plan)
{
    cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItem(plan, "delegations"))
    {
        bool template = cJSON_HasObjectItem(item, "each");

        cJSON_AddStringToObject(cJSON_AddObjectToObject(item, "contents"), "moves",
                                template ? PACKAGES : SIMPLE);
    }
}

int rehearse_projects_add(struct store *s, cJSON *plan, struct err *e)
{
    struct bytes key = {0};
    int rc = -1;

    if (s->ops->read(s->self, "inputs/online.pem", 16384, &key, e) > 0 &&
        s->ops->write(s->self, "inputs/keys/online.pem", bytes_span(&key), e) == 0)
        rc = put_lists(s, simple_first, packages_first, e);
    bytes_clear(&key);
    name_lists(plan);
    return rc;
}

int rehearse_projects_files(struct store *s, struct err *e)
{
    char private[64], public[64];

    for (size_t i = 0; i < sizeof developers / sizeof developers[0]; i++) {
        snprintf(private, sizeof private, "REHEARSAL-developer-%s.pem", developers[i]);
        snprintf(public, sizeof public, "inputs/keys/%s.pem", developers[i]);
        if (rehearse_key(s, private, public, e) != 0)
            return -1;
    }
    return put_lists(s, simple_next, packages_next, e);
}

void rehearse_projects_hand_over(cJSON *plan)
{
    cJSON *sign = cJSON_GetObjectItem(plan, "sign");

    name_lists(plan);
    cJSON_DeleteItemFromArray(sign, 0); /* root stays as it is, and so does targets */
    cJSON_DeleteItemFromArray(sign, 0);
}
