/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/pem.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#define BEGIN    "-----BEGIN "
#define END      "-----END "
#define DASHES   "-----"
#define TEXT_MAX 8192 /* bytes; RSA-4096 has 800 */

struct label_row {
    const char *label;
    struct pem_fault fault; /* why NULL: it is read */
};

static const struct label_row labels[] = {
    {"PUBLIC KEY", {NULL, NULL}},
    {"RSA PUBLIC KEY", {NULL, NULL}},
    {"CERTIFICATE",
     {"it is a certificate",
      "take the public key out of it: openssl x509 -noout -pubkey -in FILE"}},
    {"CERTIFICATE REQUEST",
     {"it is a certificate request",
      "take the public key out of it: openssl req -noout -pubkey -in FILE"}},
    {"NEW CERTIFICATE REQUEST",
     {"it is a certificate request",
      "take the public key out of it: openssl req -noout -pubkey -in FILE"}},
    {"PGP PUBLIC KEY BLOCK", {"it is an OpenPGP key", NULL}},
    {"EC PARAMETERS", {"it has the parameters of a curve, and no key", NULL}},
};

static const struct pem_fault no_memory = {NULL, NULL};
static const struct pem_fault no_block = {"it is not PEM text", NULL};
static const struct pem_fault text_before = {"there is text before the block",
                                             "remove what is before '-----BEGIN PUBLIC KEY-----'"};
static const struct pem_fault text_after = {"there is text after the block",
                                            "remove what is after '-----END PUBLIC KEY-----'"};
static const struct pem_fault two_blocks = {"there are two blocks", "give one key in each file"};
static const struct pem_fault no_end = {"its block has no end", "get a whole copy of the file"};
static const struct pem_fault other_label = {"its block is of another kind than 'PUBLIC KEY'",
                                             NULL};
static const struct pem_fault damaged = {"the text in its block is damaged",
                                         "get a correct copy of the file"};
static const struct pem_fault too_long = {"it is too long for one", NULL};

static const uint8_t *find(struct span in, const char *what)
{
    return in.n > 0 ? memmem(in.p, in.n, what, strlen(what)) : NULL;
}

static struct span behind(struct span in, const uint8_t *at)
{
    return span_of(at, in.n - (size_t)(at - in.p));
}

bool pem_is(struct span text)
{
    return find(text, BEGIN) != NULL;
}

/* The label in the line that begins at `line` ("-----BEGIN X-----"); empty when it has no end. */
static struct span label_of(struct span line, const char *start)
{
    struct span rest = behind(line, line.p + strlen(start));
    const uint8_t *end = find(rest, DASHES);

    return span_of(rest.p, end != NULL ? (size_t)(end - rest.p) : 0);
}

/* One block from the first byte to the last, but for one line end. */
static bool one_block(struct span text, struct span *label, struct pem_fault *fault)
{
    const uint8_t *begin = find(text, BEGIN), *end;
    struct span rest, closing;

    *fault = no_block;
    if (begin == NULL)
        return false;
    *label = label_of(behind(text, begin), BEGIN);
    rest = behind(text, begin + strlen(BEGIN));
    end = find(rest, END);
    *fault = no_end;
    if (end == NULL || label->n == 0)
        return false;
    closing = label_of(behind(rest, end), END);
    rest = behind(rest, closing.p + closing.n);
    if (!span_eq(*label, closing) || rest.n < strlen(DASHES))
        return false;
    rest = behind(rest, rest.p + strlen(DASHES));
    *fault = find(rest, BEGIN) != NULL ? two_blocks : begin != text.p ? text_before : text_after;
    return begin == text.p && (rest.n == 0 || span_is(rest, "\n"));
}

/* Reading it as OpenSSL does; the whole of it is the key. */
static EVP_PKEY *block_read(struct span text, bool pkcs1)
{
    BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    const unsigned char *p;
    long n = 0;
    EVP_PKEY *pkey = NULL;

    if (bio != NULL && PEM_read_bio(bio, &name, &header, &der, &n) == 1 && header[0] == '\0') {
        p = der;
        pkey = pkcs1 ? d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, n) : d2i_PUBKEY(NULL, &p, n);
        if (pkey != NULL && p != der + n) {
            EVP_PKEY_free(pkey);
            pkey = NULL;
        }
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(bio);
    return pkey;
}

/* CR LF as LF. */
static void one_line_end(struct span text, struct bytes *out)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '\r' || i + 1 == text.n || text.p[i + 1] != '\n')
            bytes_put_u8(out, text.p[i]);
}

EVP_PKEY *pem_pkey(struct span text, struct pem_fault *fault)
{
    struct bytes lf = {0};
    struct span label = {0};
    EVP_PKEY *pkey = NULL;

    *fault = too_long;
    if (text.n > TEXT_MAX)
        return NULL;
    one_line_end(text, &lf);
    if (bytes_failed(&lf))
        *fault = no_memory;
    else if (one_block(bytes_span(&lf), &label, fault)) {
        *fault = other_label;
        for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
            if (span_is(label, labels[i].label))
                *fault = labels[i].fault;
        if (fault->why == NULL) {
            *fault = damaged;
            pkey = block_read(bytes_span(&lf), span_is(label, "RSA PUBLIC KEY"));
        }
    }
    bytes_clear(&lf);
    return pkey;
}
