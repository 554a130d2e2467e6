/* SPDX-License-Identifier: Apache-2.0 */
/* A public key in whatever form a file has it. */
#include "metadata/key.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#include "metadata/pem.h"
#include "metadata/private_key.h"

#define FILE_MAX 65536 /* bytes */
#define SSH_TODO "write it as PEM: ssh-keygen -e -m PKCS8 -f FILE"

#define POINT_P256 65 /* bytes of an uncompressed point */
#define POINT_P384 97

/* A bare point says its curve by its length alone; what stands before it in a SubjectPublicKeyInfo
 * (RFC 5480, section 2) is always the same. */
static int key_from_point(struct span point, struct key **out, struct err *e)
{
    static const uint8_t p256[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
    static const uint8_t p384[] = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                   0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
                                   0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00};
    struct bytes spki = {0};
    int rc;

    bytes_put(&spki, point.n == POINT_P256 ? p256 : p384,
              point.n == POINT_P256 ? sizeof p256 : sizeof p384);
    bytes_put_span(&spki, point);
    rc = bytes_failed(&spki) ? err_oom(e) : key_from_spki(bytes_span(&spki), out, e);
    bytes_clear(&spki);
    return rc == 0 || e->code != ERR_INPUT
               ? rc
               : err_in(e, "a bare point of %s", point.n == POINT_P256 ? "P-256" : "P-384");
}

/* What a file without a PEM block is, told from its first bytes; NULL: nothing that is known. */
static const struct pem_fault *form_of(struct span file)
{
    static const struct {
        const char *begin;
        size_t n;
        struct pem_fault fault;
    } forms[] = {
        {"\xff\xfe", 2, {"it is UTF-16 text", "save it as plain text (ASCII)"}},
        {"\xfe\xff", 2, {"it is UTF-16 text", "save it as plain text (ASCII)"}},
        {"-\0", 2, {"it is UTF-16 text", "save it as plain text (ASCII)"}},
        {"\0-", 2, {"it is UTF-16 text", "save it as plain text (ASCII)"}},
        {"---- BEGIN SSH2", 15, {"it is an SSH public key", SSH_TODO}},
        {"ssh-", 4, {"it is an SSH public key", SSH_TODO}},
        {"ecdsa-sha2-", 11, {"it is an SSH public key", SSH_TODO}},
        {"sk-", 3, {"it is an SSH public key", SSH_TODO}},
        {"{", 1, {"it is JSON", "give the public key itself, as PEM"}},
    };
    static const struct pem_fault empty = {"the file is empty", "get a whole copy of the file"};

    if (file.n == 0)
        return &empty;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (file.n >= forms[i].n && memcmp(file.p, forms[i].begin, forms[i].n) == 0)
            return &forms[i].fault;
    return NULL;
}

/* DER that is no SubjectPublicKeyInfo. */
static const struct pem_fault *der_of(struct span file)
{
    static const struct pem_fault certificate = {
        "it is a certificate",
        "take the public key out of it: openssl x509 -inform DER -noout -pubkey -in FILE"};
    static const struct pem_fault request = {
        "it is a certificate request",
        "take the public key out of it: openssl req -inform DER -noout -pubkey -in FILE"};
    const unsigned char *p = file.p;
    X509 *cert = d2i_X509(NULL, &p, (long)file.n);
    X509_REQ *req = NULL;

    p = file.p;
    if (cert == NULL)
        req = d2i_X509_REQ(NULL, &p, (long)file.n);
    X509_free(cert);
    X509_REQ_free(req);
    ERR_clear_error();
    return cert != NULL ? &certificate : req != NULL ? &request : NULL;
}

static int refuse(const struct pem_fault *fault, struct err *e)
{
    err_set(e, ERR_INPUT, "this is no public key for TUF: %s",
            fault != NULL ? fault->why : "it is of no known form");
    return err_todo(e, "%s",
                    fault != NULL
                        ? fault->todo
                        : "give PEM ('PUBLIC KEY'), SubjectPublicKeyInfo in DER, or the bare point "
                          "of P-256 (65 bytes) or P-384 (97 bytes)");
}

int key_from_bytes(struct span file, struct key **out, struct err *e)
{
    static const uint8_t bom[] = {0xef, 0xbb, 0xbf};
    const char *secret = private_key_in(file);
    const struct pem_fault *fault;

    *out = NULL;
    if (secret != NULL)
        return private_key_refused(secret, e);
    if (file.n > sizeof bom && memcmp(file.p, bom, sizeof bom) == 0) /* of UTF-8: no text */
        file = span_of(file.p + sizeof bom, file.n - sizeof bom);
    if (pem_is(file))
        return key_from_pem(file, out, e);
    if ((fault = form_of(file)) != NULL)
        return refuse(fault, e);
    if ((file.n == POINT_P256 || file.n == POINT_P384) && file.p[0] == 0x04)
        return key_from_point(file, out, e);
    if (key_from_spki(file, out, e) == 0)
        return 0;
    if (e->code == ERR_INPUT && file.n <= FILE_MAX && (fault = der_of(file)) != NULL)
        return refuse(fault, e);
    return e->code != ERR_INPUT || file.p[0] == 0x30 ? -1 : refuse(NULL, e);
}
