/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.h - spans (borrowed bytes) and growable buffers (owned bytes).
 *
 * Invariants of struct bytes:
 *  - p[n] is always readable and NUL once anything was appended, so that text can be printed;
 *  - an append that runs out of memory changes nothing and makes the buffer "failed"; every later
 *    append is then a no-op, so that a writer checks bytes_failed() once, at its end;
 *  - buffers do not hold secrets: those live in tokens/secret.h.
 */
#ifndef METADATA_BYTES_H
#define METADATA_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes; the owner outlives the span. */
struct span {
    const uint8_t *p;
    size_t n;
};

struct bytes {
    uint8_t *p;
    size_t n;
    size_t cap;
    bool failed;
};

#define SHA256_SIZE     32
#define SHA256_HEX_SIZE 65 /* with the NUL */

struct span span_of(const void *p, size_t n);
struct span span_str(const char *s); /* without the NUL */
bool span_eq(struct span a, struct span b);
bool span_is(struct span a, const char *s);
int span_cmp(struct span a, struct span b); /* bytewise, then by length: <0, 0, >0 */

void bytes_clear(struct bytes *b); /* frees and initialises again */
struct span bytes_span(const struct bytes *b);
const char *bytes_str(const struct bytes *b); /* never NULL; valid until the next append */
bool bytes_failed(const struct bytes *b);
/* Clears a part that went into the whole: when the part failed, so has the whole. */
void bytes_done(struct bytes *part, struct bytes *whole);

void bytes_reserve(struct bytes *b, size_t more);
void bytes_put(struct bytes *b, const void *p, size_t n);
void bytes_put_span(struct bytes *b, struct span s);
void bytes_put_str(struct bytes *b, const char *s);
void bytes_put_u8(struct bytes *b, uint8_t c);
void bytes_printf(struct bytes *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void bytes_put_hex(struct bytes *b, struct span s); /* lower case */
void bytes_truncate(struct bytes *b, size_t n);     /* n <= b->n */

/* Moves the text out as a heap string that the caller frees, and initialises `b`; NULL if failed.
 */
char *bytes_take_str(struct bytes *b);

/* Hex of either case, nothing else, even length. Returns 0, or -1 and leaves `out` as it was. */
int hex_decode(struct span hex, struct bytes *out);

/* Exactly `n` bytes, from 2n hex digits of either case; takes no memory. */
bool hex_read(struct span hex, uint8_t *out, size_t n);

/* SHA-256 of bytes that come in parts. `_end` frees it. NULL and -1 when OpenSSL refuses. */
struct sha256_run;
struct sha256_run *sha256_begin(void);
int sha256_put(struct sha256_run *r, struct span part);         /* NULL-safe: -1 */
int sha256_end(struct sha256_run *r, uint8_t out[SHA256_SIZE]); /* NULL-safe: -1 */

/* SHA-256. They return 0, or -1 when OpenSSL refuses (out of memory). */
int sha256(struct span s, uint8_t out[SHA256_SIZE]);
int sha256_hex(struct span s, char out[SHA256_HEX_SIZE]);
void hex_of(const uint8_t *p, size_t n, char *out); /* out holds 2n + 1 */

/* The length of the valid UTF-8 sequence at the start of `s`: 1 to 4, or 0 when there is none
 * (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). `cp` may be NULL. */
size_t utf8_next(struct span s, uint32_t *cp);
/* The UTF-8 of a code point up to U+10FFFF: its length, 1 to 4. */
size_t utf8_put(uint32_t cp, uint8_t out[4]);

#endif
