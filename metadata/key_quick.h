/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_quick.h - the keys that nearly every developer has, in the form that nearly every tool
 * writes.
 *
 * A file may list 100,000 keys, and OpenSSL's decoders take half a millisecond for one on P-256.
 */
#ifndef METADATA_KEY_QUICK_H
#define METADATA_KEY_QUICK_H

#include "metadata/key.h"

/* Reads P-256 (PEM of a named curve and an uncompressed point, lines of 64) or Ed25519 (hex) and
 * appends its SPKI to `spki`. False for anything else and for anything that is not sound; the long
 * way finds out what it is. */
bool key_quick(enum key_type type, struct span text, struct bytes *spki);

#endif
