/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - digests for people: groups of four hex digits, and words to read aloud.
 *
 * The words are the PGP word list (P. Juola and P. Zimmermann, 1995): two-syllable words for bytes
 * at even offsets, three-syllable words at odd ones, so that a swapped, doubled or lost word is
 * noticed. The same digest looks the same on every screen and page.
 */
#ifndef CEREMONY_WORDS_H
#define CEREMONY_WORDS_H

#include <stdbool.h>

#include "metadata/base/bytes.h"

/* The word of byte `value` at offset `at`. */
const char *word_of(uint8_t value, size_t at);
/* "9b07 393d 073d 7c3c" for bytes [from, from + n) of `digest`, appended. */
void words_hex(const uint8_t *digest, size_t from, size_t n, struct bytes *out);
/* "puppy amulet ..." for the same bytes, appended. */
void words_text(const uint8_t *digest, size_t from, size_t n, struct bytes *out);
/* Is `typed` the first `n` bytes of `digest`, as words or as hex digits? Case, blanks and commas do
 * not matter. */
bool words_are(const char *typed, const uint8_t *digest, size_t n);

#endif
