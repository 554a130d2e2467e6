/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/base/bytes.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct span span_of(const void *p, size_t n)
{
    return (struct span){p, n};
}

struct span span_str(const char *s)
{
    return span_of(s, strlen(s));
}

bool span_eq(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool span_is(struct span a, const char *s)
{
    return span_eq(a, span_str(s));
}

int span_cmp(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int d = n == 0 ? 0 : memcmp(a.p, b.p, n);

    return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

void bytes_clear(struct bytes *b)
{
    free(b->p);
    *b = (struct bytes){0};
}

struct span bytes_span(const struct bytes *b)
{
    return span_of(b->p, b->n);
}

const char *bytes_str(const struct bytes *b)
{
    return b->p ? (const char *)b->p : "";
}

bool bytes_failed(const struct bytes *b)
{
    return b->failed;
}

void bytes_done(struct bytes *part, struct bytes *whole)
{
    if (part->failed)
        whole->failed = true;
    bytes_clear(part);
}

#define HUGE_PAGE ((uintptr_t)2 << 20)

/* A package index has metadata of 200 MB: asks the system for large pages, without which a third of
 * the time goes into page faults. It may say no. */
static void prefer_large_pages(uint8_t *p, size_t cap)
{
    size_t skip = (HUGE_PAGE - (uintptr_t)p % HUGE_PAGE) % HUGE_PAGE;

    if (cap >= 8 * HUGE_PAGE)
        madvise(p + skip, cap - skip, MADV_HUGEPAGE);
}

void bytes_reserve(struct bytes *b, size_t more)
{
    size_t cap = b->cap;
    uint8_t *p;

    if (b->failed)
        return;
    if (more >= SIZE_MAX / 4 - b->n) {
        b->failed = true;
        return;
    }
    if (b->n + more + 1 <= cap)
        return;
    cap = cap + cap / 2 > b->n + more + 1 ? cap + cap / 2 : b->n + more + 1;
    p = realloc(b->p, cap);
    if (p == NULL) {
        b->failed = true;
        return;
    }
    b->p = p;
    b->cap = cap;
    prefer_large_pages(p, cap);
}

void bytes_put(struct bytes *b, const void *p, size_t n)
{
    bytes_reserve(b, n);
    if (b->failed)
        return;
    if (n > 0)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = 0;
}

void bytes_put_span(struct bytes *b, struct span s)
{
    bytes_put(b, s.p, s.n);
}

void bytes_put_str(struct bytes *b, const char *s)
{
    bytes_put(b, s, strlen(s));
}

void bytes_put_u8(struct bytes *b, uint8_t c)
{
    bytes_put(b, &c, 1);
}

void bytes_printf(struct bytes *b, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        b->failed = true;
        return;
    }
    bytes_reserve(b, (size_t)n);
    if (b->failed)
        return;
    va_start(ap, fmt);
    vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->n += (size_t)n;
}

void hex_of(const uint8_t *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = '\0';
}

void bytes_put_hex(struct bytes *b, struct span s)
{
    if (s.n > SIZE_MAX / 4) {
        b->failed = true;
        return;
    }
    bytes_reserve(b, 2 * s.n);
    if (b->failed)
        return;
    hex_of(s.p, s.n, (char *)b->p + b->n);
    b->n += 2 * s.n;
}

void bytes_truncate(struct bytes *b, size_t n)
{
    if (n >= b->n)
        return;
    b->n = n;
    b->p[n] = 0;
}

char *bytes_take_str(struct bytes *b)
{
    char *s;

    bytes_put(b, "", 0);
    s = b->failed ? NULL : (char *)b->p;
    if (s == NULL)
        free(b->p);
    *b = (struct bytes){0};
    return s;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hex_read(struct span hex, uint8_t *out, size_t n)
{
    if (hex.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(hex.p[2 * i]);
        int low = hex_digit(hex.p[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

int hex_decode(struct span hex, struct bytes *out)
{
    size_t start = out->n;

    if (hex.n % 2 != 0)
        return -1;
    for (size_t i = 0; i < hex.n; i += 2) {
        int high = hex_digit(hex.p[i]);
        int low = hex_digit(hex.p[i + 1]);

        if (high < 0 || low < 0) {
            bytes_truncate(out, start);
            return -1;
        }
        bytes_put_u8(out, (uint8_t)(high << 4 | low));
    }
    return out->failed ? -1 : 0;
}

struct sha256_run {
    EVP_MD_CTX *ctx;
};

struct sha256_run *sha256_begin(void)
{
    struct sha256_run *r = calloc(1, sizeof *r);

    if (r != NULL && ((r->ctx = EVP_MD_CTX_new()) == NULL ||
                      EVP_DigestInit_ex(r->ctx, EVP_sha256(), NULL) != 1)) {
        EVP_MD_CTX_free(r->ctx);
        free(r);
        r = NULL;
    }
    return r;
}

int sha256_put(struct sha256_run *r, struct span part)
{
    return r != NULL && EVP_DigestUpdate(r->ctx, part.p, part.n) == 1 ? 0 : -1;
}

int sha256_end(struct sha256_run *r, uint8_t out[SHA256_SIZE])
{
    int rc;

    if (r == NULL)
        return -1;
    rc = EVP_DigestFinal_ex(r->ctx, out, NULL) == 1 ? 0 : -1;
    EVP_MD_CTX_free(r->ctx);
    free(r);
    return rc;
}

int sha256(struct span s, uint8_t out[SHA256_SIZE])
{
    return EVP_Digest(s.p, s.n, out, NULL, EVP_sha256(), NULL) == 1 ? 0 : -1;
}

int sha256_hex(struct span s, char out[SHA256_HEX_SIZE])
{
    uint8_t digest[SHA256_SIZE];

    if (sha256(s, digest) != 0)
        return -1;
    hex_of(digest, sizeof digest, out);
    return 0;
}

size_t utf8_next(struct span s, uint32_t *cp)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t c;
    size_t n;

    if (s.n == 0)
        return 0;
    c = s.p[0];
    n = c < 0x80                ? 1
        : c >= 0xF0 && c < 0xF8 ? 4
        : c >= 0xE0 && c < 0xF0 ? 3
        : c >= 0xC0 && c < 0xE0 ? 2
                                : 0;
    if (n == 0 || n > s.n)
        return 0;
    if (n > 1)
        c &= 0x7FU >> n;
    for (size_t i = 1; i < n; i++) {
        if ((s.p[i] & 0xC0U) != 0x80U)
            return 0;
        c = c << 6 | (s.p[i] & 0x3FU);
    }
    if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    if (cp != NULL)
        *cp = c;
    return n;
}

size_t utf8_put(uint32_t cp, uint8_t out[4])
{
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

    for (size_t i = n; i-- > 1; cp >>= 6)
        out[i] = (uint8_t)(0x80 | (cp & 0x3F));
    out[0] = (uint8_t)(lead[n] | cp);
    return n;
}
