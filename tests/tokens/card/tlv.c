/* SPDX-License-Identifier: Apache-2.0 */
#include "tlv.h"

void tlv_put(struct bytes *out, unsigned tag, struct span value)
{
    if (tag > 0xff)
        bytes_put_u8(out, (uint8_t)(tag >> 8));
    bytes_put_u8(out, (uint8_t)tag);
    if (value.n > 0xff) {
        bytes_put_u8(out, 0x82);
        bytes_put_u8(out, (uint8_t)(value.n >> 8));
    } else if (value.n > 0x7f)
        bytes_put_u8(out, 0x81);
    bytes_put_u8(out, (uint8_t)value.n);
    bytes_put_span(out, value);
}

/* The next byte, or 0 at the end with *bad set. */
static unsigned take(struct span *in, bool *bad)
{
    unsigned c;

    if (in->n == 0) {
        *bad = true;
        return 0;
    }
    c = in->p[0];
    *in = span_of(in->p + 1, in->n - 1);
    return c;
}

static size_t take_length(struct span *in, bool *bad)
{
    size_t n = take(in, bad);

    if (n == 0x81)
        n = take(in, bad);
    else if (n == 0x82) {
        n = (size_t)take(in, bad) << 8;
        n |= take(in, bad);
    }
    return n;
}

bool tlv_find(struct span in, unsigned tag, struct span *value)
{
    bool bad = false;

    while (in.n > 0) {
        unsigned t = take(&in, &bad);
        size_t n;

        if ((t & 0x1f) == 0x1f)
            t = t << 8 | take(&in, &bad);
        n = take_length(&in, &bad);
        if (bad || n > in.n)
            return false;
        if (t == tag) {
            *value = span_of(in.p, n);
            return true;
        }
        in = span_of(in.p + n, in.n - n);
    }
    return false;
}

size_t tlv_number(struct span in, unsigned tag, size_t otherwise)
{
    struct span v;
    size_t n = 0;

    if (!tlv_find(in, tag, &v))
        return otherwise;
    for (size_t i = 0; i < v.n; i++)
        n = n << 8 | v.p[i];
    return n;
}
