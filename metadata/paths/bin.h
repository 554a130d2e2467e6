/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bin.h - shares of a delegation by the hash of the path: hash prefixes (specification 1.0.31,
 * section 4.5, "path_hash_prefixes"), and succinct roles (TAP 15).
 *
 * The hash is SHA-256 of the path's UTF-8 bytes; prefixes are of its lower-case hex digits, and
 * clients compare them by case: a prefix with A to F never matches.
 */
#ifndef METADATA_BIN_H
#define METADATA_BIN_H

#include "metadata/base/bytes.h"

#define BIN_BITS_MAX 32

/* Whether the hash of a path (SHA-256 hex) begins with that prefix, as clients compare. */
bool prefix_matches(struct span prefix, const char hash[SHA256_HEX_SIZE]);

/* Succinct roles of 2^bits bins, bits from 1 to 32. */
uint64_t succinct_count(unsigned bits);
/* The bin that a path goes to: the first bits of its hash. */
uint32_t succinct_bin(unsigned bits, const char hash[SHA256_HEX_SIZE]);
/* "prefix-3f": the number in hex, padded to the width of the largest; appended. */
void succinct_name(const char *prefix, unsigned bits, uint32_t bin, struct bytes *out);

#endif
