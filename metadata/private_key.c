/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/private_key.h"

#include <string.h>

#define LABEL_MAX 40 /* bytes between "-----BEGIN " and "PRIVATE KEY" */

static const uint8_t *find(struct span in, const char *what)
{
    return in.n > 0 ? memmem(in.p, in.n, what, strlen(what)) : NULL;
}

struct label_row {
    const char *label, *words;
};

static const struct label_row labels[] = {
    {"-----BEGIN PRIVATE KEY", "a private key (PKCS #8)"},
    {"-----BEGIN ENCRYPTED PRIVATE KEY", "an encrypted private key (PKCS #8)"},
    {"-----BEGIN RSA PRIVATE KEY", "an RSA private key"},
    {"-----BEGIN EC PRIVATE KEY", "an EC private key"},
    {"-----BEGIN OPENSSH PRIVATE KEY", "an OpenSSH private key"},
    {"-----BEGIN PGP PRIVATE KEY BLOCK", "an OpenPGP private key"},
    {"PuTTY-User-Key-File-", "a PuTTY private key"},
};

static const char *pem_private(struct span bytes)
{
    static const char begin[] = "-----BEGIN ";
    const uint8_t *at;

    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (find(bytes, labels[i].label) != NULL)
            return labels[i].words;
    while ((at = find(bytes, begin)) != NULL) { /* DSA, and what is yet to come */
        bytes = span_of(at + sizeof begin - 1, bytes.n - (size_t)(at - bytes.p) - sizeof begin + 1);
        if (find(span_of(bytes.p, bytes.n < LABEL_MAX ? bytes.n : LABEL_MAX), "PRIVATE KEY"))
            return "a private key";
    }
    return NULL;
}

/* What is inside the SEQUENCE that these bytes are; empty when they are none (X.690). */
static struct span sequence(struct span der)
{
    size_t head = 2, n;

    if (der.n < 2 || der.p[0] != 0x30)
        return span_of(NULL, 0);
    n = der.p[1];
    if (n > 0x80 && n <= 0x83) {
        size_t more = n - 0x80;

        if (der.n < 2 + more)
            return span_of(NULL, 0);
        n = 0;
        for (size_t i = 0; i < more; i++)
            n = n << 8 | der.p[2 + i];
        head += more;
    }
    return n == der.n - head ? span_of(der.p + head, n) : span_of(NULL, 0);
}

static bool begins(struct span s, const uint8_t *with, size_t n)
{
    return s.n >= n && memcmp(s.p, with, n) == 0;
}

static const char *der_private(struct span bytes)
{
    static const uint8_t version0[] = {2, 1, 0}, version1[] = {2, 1, 1}, version3[] = {2, 1, 3};
    static const uint8_t pbes2[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                    0xf7, 0x0d, 0x01, 0x05, 0x0d}; /* RFC 8018, appendix A.4 */
    struct span in = sequence(bytes);

    if (begins(in, version0, sizeof version0) || begins(in, version1, sizeof version1))
        return "a private key (DER)";
    if (begins(in, version3, sizeof version3))
        return "a PKCS #12 file, which carries private keys";
    if (in.n > 4 && in.p[0] == 0x30 && memmem(in.p, in.n < 32 ? in.n : 32, pbes2, sizeof pbes2))
        return "an encrypted private key (DER)";
    return NULL;
}

const char *private_key_in(struct span bytes)
{
    const char *words = pem_private(bytes);

    return words != NULL ? words : der_private(bytes);
}

static bool is_empty(struct json v)
{
    return json_kind(v) == JSON_STRING && json_span(v).n == 2;
}

/* The member `private` of an object that is called `keyval`, whose kind is asked for. */
static bool private_half(struct json name, struct json value, bool empty, struct json *at)
{
    return name.n > 0 && json_text_is(name, "keyval") && json_get(value, "private", at) &&
           is_empty(*at) == empty;
}

static bool walk(struct json v, bool empty, struct json *at)
{
    enum json_kind kind = json_kind(v);
    struct json name = {0}, value;

    if (kind == JSON_STRING && !empty && pem_private(json_span(v)) != NULL) {
        *at = v;
        return true;
    }
    if (kind != JSON_OBJECT && kind != JSON_ARRAY)
        return false;
    for (struct json_iter it = json_iter_of(v);
         json_next(&it, kind == JSON_OBJECT ? &name : NULL, &value);)
        if (private_half(name, value, empty, at) || walk(value, empty, at))
            return true;
    return false;
}

/* Most files have neither word in them, and a file may have 180 MB. */
static bool may_have_private(struct json v)
{
    struct span all = json_span(v);

    return find(all, "\"private\":") != NULL || find(all, "PRIVATE KEY") != NULL ||
           find(all, "PuTTY-User-Key-File-") != NULL;
}

bool private_key_find(struct json v, struct json *at)
{
    return may_have_private(v) && walk(v, false, at);
}

bool private_key_member(struct json name, struct json v)
{
    struct json at;

    return (name.n > 0 && json_text_is(name, "private") && !is_empty(v)) ||
           private_key_find(v, &at);
}

bool private_key_empty(struct json v)
{
    struct json at;

    return find(json_span(v), "\"private\":\"\"") != NULL && walk(v, true, &at);
}

int private_key_refused(const char *what, struct err *e)
{
    err_set(e, ERR_SECRET, "this is %s, where only a public one may be", what);
    return err_todo(e, "this key counts as stolen, and must not be on this machine: replace it by "
                       "a new one wherever it is trusted, and give the public key of the new one");
}

int private_key_refuse(struct json v, struct err *e)
{
    struct json at;

    if (!private_key_find(v, &at))
        return 0;
    json_refuse(at, e, "a private key is in this file, where only public ones may be");
    e->code = ERR_SECRET;
    return err_todo(e,
                    "whoever read this file can sign with that key: it counts as stolen; replace "
                    "it by a new key in every role that lists it");
}
