/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/uri.h"

#include <p11-kit/uri.h>
#include <stdlib.h>
#include <string.h>

struct token_uri {
    P11KitUri *uri;
};

static int refuse(struct err *e, const char *what)
{
    err_set(e, ERR_USAGE, "%s", what);
    return err_todo(e, "write it as the command `tokens` shows it, such as "
                       "pkcs11:serial=DENK0102947;token=root%%204");
}

static int check(P11KitUri *uri, struct err *e)
{
    const char *source = p11_kit_uri_get_pin_source(uri);

    if (p11_kit_uri_get_pin_value(uri) != NULL) {
        err_set(e, ERR_USAGE, "the URI has a pin-value");
        return err_todo(e, "every process can read it there: change that PIN, then name a file "
                           "that only you can read with pin-source");
    }
    if (p11_kit_uri_any_unrecognized(uri))
        return refuse(e, "the URI has a part that RFC 7512 does not know, so it matches nothing");
    if (source != NULL && source[0] != '/' && strncmp(source, "file:/", 6) != 0)
        return refuse(e, "the URI's pin-source is no absolute path to a file");
    return 0;
}

int token_uri_parse(const char *text, struct token_uri **out, struct err *e)
{
    struct token_uri *u = calloc(1, sizeof *u);
    int rc = -1;

    *out = NULL;
    if (u == NULL || (u->uri = p11_kit_uri_new()) == NULL) {
        err_oom(e);
        goto out;
    }
    if (p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, u->uri) != P11_KIT_URI_OK) {
        refuse(e, "that is no pkcs11: URI");
        goto out;
    }
    if (check(u->uri, e) != 0)
        goto out;
    *out = u;
    u = NULL; /* moved */
    rc = 0;
out:
    token_uri_free(u);
    return rc;
}

void token_uri_free(struct token_uri *u)
{
    if (u == NULL)
        return;
    p11_kit_uri_free(u->uri);
    free(u);
}

/* Cryptoki's text: blanks behind, no NUL. */
static void pad(unsigned char *out, size_t size, const char *text)
{
    size_t n = strlen(text);

    memset(out, ' ', size);
    memcpy(out, text, n < size ? n : size);
}

static CK_TOKEN_INFO cryptoki(const struct token_info *t)
{
    CK_TOKEN_INFO info = {0};

    pad(info.label, sizeof info.label, t->id.label);
    pad(info.serialNumber, sizeof info.serialNumber, t->id.serial);
    pad(info.manufacturerID, sizeof info.manufacturerID, t->manufacturer);
    pad(info.model, sizeof info.model, t->model);
    return info;
}

bool token_uri_matches(struct token_uri *u, const struct token_info *t)
{
    CK_TOKEN_INFO info = cryptoki(t);
    const char *path = p11_kit_uri_get_module_path(u->uri);
    CK_SLOT_ID slot = p11_kit_uri_get_slot_id(u->uri);

    return p11_kit_uri_match_token_info(u->uri, &info) == 1 &&
           (path == NULL || strcmp(path, t->id.module) == 0) &&
           (slot == (CK_SLOT_ID)-1 || slot == t->slot);
}

bool token_uri_matches_key(struct token_uri *u, const struct token_key *k)
{
    const CK_ATTRIBUTE *id = p11_kit_uri_get_attribute(u->uri, CKA_ID);
    const CK_ATTRIBUTE *label = p11_kit_uri_get_attribute(u->uri, CKA_LABEL);
    const CK_ATTRIBUTE *class = p11_kit_uri_get_attribute(u->uri, CKA_CLASS);
    CK_OBJECT_CLASS wanted = CKO_PRIVATE_KEY;

    if (class != NULL && class->ulValueLen == sizeof wanted)
        memcpy(&wanted, class->pValue, sizeof wanted);
    if (id != NULL &&
        !span_eq(span_of(id->pValue, id->ulValueLen), span_of(k->cka_id, k->cka_id_size)))
        return false;
    if (label != NULL && !span_is(span_of(label->pValue, label->ulValueLen), k->label))
        return false;
    return wanted == CKO_PRIVATE_KEY || wanted == CKO_PUBLIC_KEY;
}

void token_uri_serial(const char *text, char out[TOKEN_TEXT])
{
    struct token_uri *u = NULL;
    struct err ignored;
    size_t n = 0;

    if (token_uri_parse(text, &u, &ignored) == 0) {
        const CK_TOKEN_INFO *info = p11_kit_uri_get_token_info(u->uri);

        while (n < sizeof info->serialNumber && info->serialNumber[n] != '\0')
            n++;
        while (n > 0 && info->serialNumber[n - 1] == ' ')
            n--;
        memcpy(out, info->serialNumber, n);
    }
    out[n] = '\0';
    token_uri_free(u);
}

const char *token_uri_pin_source(const struct token_uri *u)
{
    const char *source = p11_kit_uri_get_pin_source(u->uri);

    if (source == NULL || source[0] == '/')
        return source;
    source += strlen("file:");
    return strncmp(source, "///", 3) == 0 ? source + 2 : source;
}

static int set_key(P11KitUri *uri, const struct token_key *k)
{
    struct token_key copy = *k;
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE all[] = {{CKA_CLASS, &class, sizeof class},
                          {CKA_LABEL, copy.label, strlen(copy.label)},
                          {CKA_ID, copy.cka_id, copy.cka_id_size}};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof all / sizeof all[0]; i++)
        if (all[i].ulValueLen > 0)
            rc = p11_kit_uri_set_attribute(uri, &all[i]);
    return rc;
}

int token_uri_put(const struct token_info *t, const struct token_key *k, struct bytes *out,
                  struct err *e)
{
    P11KitUri *uri = p11_kit_uri_new();
    char *text = NULL;
    int rc = -1;

    if (uri != NULL) {
        *p11_kit_uri_get_token_info(uri) = cryptoki(t);
        if ((k == NULL || set_key(uri, k) == 0) &&
            p11_kit_uri_format(uri,
                               k == NULL ? P11_KIT_URI_FOR_TOKEN : P11_KIT_URI_FOR_OBJECT_ON_TOKEN,
                               &text) == P11_KIT_URI_OK) {
            bytes_put_str(out, text);
            rc = bytes_failed(out) ? -1 : 0;
        }
    }
    free(text);
    p11_kit_uri_free(uri);
    return rc == 0 ? 0 : err_oom(e);
}
