/* SPDX-License-Identifier: Apache-2.0 */
#include "apdu.h"

#include <string.h>

static size_t two(const uint8_t *p)
{
    return (size_t)p[0] << 8 | p[1];
}

/* Extended lengths: a zero byte, then two bytes each for data and answer. */
static int parse_extended(struct span s, struct apdu *out)
{
    size_t n;

    if (s.n == 3) {
        out->expected = two(s.p + 1) != 0 ? two(s.p + 1) : 65536;
        return 0;
    }
    if (s.n < 3 || (n = two(s.p + 1)) > s.n - 3)
        return -1;
    out->data = span_of(s.p + 3, n);
    if (s.n >= n + 5)
        out->expected = two(s.p + 3 + n) != 0 ? two(s.p + 3 + n) : 65536;
    return 0;
}

int apdu_parse(struct span command, struct apdu *out)
{
    struct span s;

    memset(out, 0, sizeof *out);
    if (command.n < 4)
        return -1;
    out->class = command.p[0];
    out->ins = command.p[1];
    out->p1 = command.p[2];
    out->p2 = command.p[3];
    s = span_of(command.p + 4, command.n - 4);
    if (s.n == 0)
        return 0;
    if (s.n == 1) {
        out->expected = s.p[0] != 0 ? s.p[0] : 256;
        return 0;
    }
    if (s.p[0] == 0)
        return parse_extended(s, out);
    if ((size_t)s.p[0] > s.n - 1)
        return -1;
    out->data = span_of(s.p + 1, s.p[0]);
    if (s.n > out->data.n + 1)
        out->expected = s.p[out->data.n + 1] != 0 ? s.p[out->data.n + 1] : 256;
    return 0;
}
