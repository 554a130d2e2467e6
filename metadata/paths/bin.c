/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/paths/bin.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool prefix_matches(struct span prefix, const char hash[SHA256_HEX_SIZE])
{
    return prefix.n < SHA256_HEX_SIZE && memcmp(hash, prefix.p, prefix.n) == 0;
}

uint64_t succinct_count(unsigned bits)
{
    return UINT64_C(1) << bits;
}

uint32_t succinct_bin(unsigned bits, const char hash[SHA256_HEX_SIZE])
{
    char first[9];

    memcpy(first, hash, 8);
    first[8] = '\0';
    return (uint32_t)(strtoul(first, NULL, 16) >> (BIN_BITS_MAX - bits));
}

void succinct_name(const char *prefix, unsigned bits, uint32_t bin, struct bytes *out)
{
    bytes_printf(out, "%s-%0*" PRIx32, prefix, (int)(bits + 3) / 4, bin);
}
