/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/old_form.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

#include "metadata/pem.h"

static EVP_PKEY *point_pkey(const char *group, struct span point)
{
    char name[32];
    OSSL_PARAM params[3];
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *pkey = NULL;

    snprintf(name, sizeof name, "%s", group);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                  (void *)(uintptr_t)point.p, point.n);
    params[2] = OSSL_PARAM_construct_end();
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

EVP_PKEY *old_form_pkey(const struct key_type_row *row, struct span text, const char **words)
{
    struct pem_fault ignored;
    struct bytes point = {0};
    EVP_PKEY *pkey = NULL;

    if (!row->pem) {
        *words = "an old form of an Ed25519 key, as PEM: only tuf-js reads it; python-tuf, go-tuf "
                 "and tough refuse it";
        return pem_pkey(text, &ignored);
    }
    *words = "an old form of an ECDSA key, its point as hex digits: tuf-js and tough read it; "
             "python-tuf and go-tuf refuse it";
    if (row->group != NULL && hex_decode(text, &point) == 0 && point.n > 0)
        pkey = point_pkey(row->group, bytes_span(&point));
    bytes_clear(&point);
    return pkey;
}

static bool is_digit(struct span s, size_t at)
{
    return at < s.n && s.p[at] >= '0' && s.p[at] <= '9';
}

/* "+02:00" in seconds, or "Z"; false when it is neither. */
static bool offset_read(struct span s, int64_t *seconds)
{
    *seconds = 0;
    if (span_is(s, "Z"))
        return true;
    if (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-') || s.p[3] != ':' || !is_digit(s, 1) ||
        !is_digit(s, 2) || !is_digit(s, 4) || !is_digit(s, 5))
        return false;
    *seconds =
        ((s.p[1] - '0') * 10 + s.p[2] - '0') * 3600 + ((s.p[4] - '0') * 10 + s.p[5] - '0') * 60;
    if (s.p[0] == '-')
        *seconds = -*seconds;
    return true;
}

int old_form_utc(struct span text, utc_t *out, struct err *e)
{
    const size_t whole = UTC_SIZE - 2; /* without "Z" */
    char utc[UTC_SIZE];
    size_t at = whole;
    int64_t offset;
    utc_t local;

    if (text.n > whole + 1 && text.p[at] == '.' && is_digit(text, at + 1))
        for (at++; is_digit(text, at);)
            at++;
    if (text.n <= whole || !offset_read(span_of(text.p + at, text.n - at), &offset))
        return utc_parse(text, out, e); /* refuses */
    snprintf(utc, sizeof utc, "%.*sZ", (int)whole, (const char *)text.p);
    if (utc_parse(span_str(utc), &local, e) != 0)
        return -1;
    *out = local - offset;
    return 0;
}

int old_form_judge(struct json at, const char *words, struct err *e)
{
    if (json_old_forms(at))
        return 0;
    (void)json_refuse(at, e, "%s", words);
    return err_todo(e, "the file may well be the correct one: clients that refuse it need a newer "
                       "version without; 'inspect' and 'diff' read this one");
}
