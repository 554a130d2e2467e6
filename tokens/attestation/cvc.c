/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/attestation/cvc.h"

#include <string.h>

#define MEMBERS 8 /* of a body */

/* Tags of one or two bytes; lengths of up to 65535, in their shortest form (X.690, 10.1). */
bool cvc_element(struct span *rest, unsigned *tag, struct span *value, struct span *whole)
{
    const uint8_t *p = rest->p;
    size_t n = rest->n, at = 1, size;

    if (n < 2)
        return false;
    *tag = p[0];
    if ((p[0] & 0x1F) == 0x1F) {
        if (n < 3 || p[1] >= 0x80 || p[1] < 0x1F)
            return false;
        *tag = (unsigned)p[0] << 8 | p[1];
        at = 2;
    }
    size = p[at++];
    if (size > 0x80 && size <= 0x82) {
        size_t more = size - 0x80;

        if (n - at < more || p[at] == 0)
            return false;
        size = more == 1 ? p[at] : (size_t)p[at] << 8 | p[at + 1];
        at += more;
        if (size < 0x80)
            return false;
    } else if (size >= 0x80)
        return false;
    if (n - at < size)
        return false;
    *value = span_of(p + at, size);
    *whole = span_of(p, at + size);
    *rest = span_of(p + at + size, n - at - size);
    return true;
}

/* One element with that tag, and nothing behind it. */
static bool only(struct span all, unsigned wanted, struct span *value)
{
    struct span rest = all, whole;
    unsigned tag;

    return cvc_element(&rest, &tag, value, &whole) && tag == wanted && rest.n == 0;
}

struct member {
    unsigned tag;
    bool needed;
    struct span *to; /* NULL: not kept */
};

/* Members in their order, each at most once, and nothing else. */
static bool read_members(struct span value, const struct member *rows, size_t n)
{
    struct span rest = value, content, whole;
    size_t row = 0;
    unsigned tag;

    while (rest.n > 0) {
        if (!cvc_element(&rest, &tag, &content, &whole))
            return false;
        while (row < n && rows[row].tag != tag)
            if (rows[row++].needed)
                return false;
        if (row == n)
            return false;
        if (rows[row].to != NULL)
            *rows[row].to = content;
        row++;
    }
    while (row < n)
        if (rows[row++].needed)
            return false;
    return true;
}

/* TR-03110, D.3: RSA has modulus and exponent; EC a point and, in roots, the curve. */
static bool read_key(struct span value, struct cvc *c)
{
    struct span first = {0}, second = {0};
    const struct member ec[] = {{0x06, true, &c->oid},        {0x81, false, &c->domain[0]},
                                {0x82, false, &c->domain[1]}, {0x83, false, &c->domain[2]},
                                {0x84, false, &c->domain[3]}, {0x85, false, &c->domain[4]},
                                {0x86, true, &c->point},      {0x87, false, &c->domain[5]}};
    const struct member rsa[] = {
        {0x06, true, &c->oid}, {0x81, true, &first}, {0x82, true, &second}};
    size_t given = 0;

    if (read_members(value, rsa, 3)) {
        c->modulus = first;
        c->exponent = second;
        return true;
    }
    if (!read_members(value, ec, 8))
        return false;
    for (size_t i = 0; i < 6; i++)
        given += c->domain[i].n > 0;
    return given == 0 || given == 6;
}

/* Six digits, one a byte: YYMMDD of the years 2000 to 2099 (D.2.1.3). */
static bool read_day(struct span value, long *out)
{
    if (value.n != 6)
        return false;
    *out = 20;
    for (size_t i = 0; i < 6; i++) {
        if (value.p[i] > 9)
            return false;
        *out = *out * 10 + value.p[i];
    }
    return true;
}

/* The two highest bits of the authorisation (C.1.5): a root, an issuer (of either kind), or none.
 */
static bool read_role(struct span value, struct cvc *c)
{
    struct span oid, bits;
    const struct member rows[] = {{0x06, true, &oid}, {0x53, true, &bits}};

    if (value.p == NULL)
        return true;
    if (!read_members(value, rows, 2) || bits.n == 0)
        return false;
    c->role = (bits.p[0] & 0xC0) == 0xC0   ? CVC_ROOT
              : (bits.p[0] & 0xC0) == 0x00 ? CVC_DEVICE
                                           : CVC_ISSUER;
    return true;
}

/* Printable, without blanks; 1 to 20 bytes (a reference has at most 16). */
static bool is_name(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] >= 0x7F)
            return false;
    return s.n > 0 && s.n <= 20;
}

static bool read_body(struct span value, struct cvc *c)
{
    struct span version = {0}, key = {0}, role = {0}, from = {0}, to = {0};
    const struct member rows[MEMBERS] = {{0x5F29, true, &version}, {0x42, false, &c->car},
                                         {0x7F49, true, &key},     {0x5F20, true, &c->chr},
                                         {0x7F4C, false, &role},   {0x5F25, false, &from},
                                         {0x5F24, false, &to},     {0x65, false, NULL}};

    if (!read_members(value, rows, MEMBERS) || version.n != 1 || version.p[0] != 0 ||
        !is_name(c->chr) || (c->car.p != NULL && !is_name(c->car)) || !read_key(key, c) ||
        !read_role(role, c))
        return false;
    c->dated = from.p != NULL && to.p != NULL;
    return c->dated ? read_day(from, &c->from) && read_day(to, &c->to)
                    : from.p == NULL && to.p == NULL;
}

bool cvc_read(struct span whole, struct cvc *out)
{
    struct span value, content, rest;
    unsigned tag;

    *out = (struct cvc){.whole = whole};
    if (!only(whole, CVC_CERTIFICATE, &value))
        return false;
    rest = value;
    return cvc_element(&rest, &tag, &content, &out->body) && tag == 0x7F4E &&
           read_body(content, out) && only(rest, 0x5F37, &out->signature);
}

bool cvc_request_read(struct span whole, struct cvc_request *out)
{
    struct span value, content, inner, car, rest;
    unsigned tag;

    *out = (struct cvc_request){.whole = whole};
    if (!only(whole, CVC_REQUEST, &value))
        return false;
    rest = value;
    if (!cvc_element(&rest, &tag, &content, &inner) || !cvc_read(inner, &out->request) ||
        !cvc_element(&rest, &tag, &out->car, &car) || tag != 0x42 || !is_name(out->car))
        return false;
    out->signed_bytes = span_of(value.p, inner.n + car.n);
    return only(rest, 0x5F37, &out->signature);
}
