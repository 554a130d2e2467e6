/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/changes/value.h"

#include <inttypes.h>

#include "ceremony/base/words.h"
#include "metadata/base/plain.h"
#include "metadata/private_key.h"

#define SHOWN  160 /* bytes of a value */
#define BEFORE 32  /* of them in front of the first byte that differs */

/* `from` or the beginning of the character that it lies in. */
static size_t character(struct json v, size_t from)
{
    while (from > 0 && (v.p[from] & 0xC0) == 0x80)
        from--;
    return from;
}

/* From that byte on. */
static void put_from(struct json name, struct json v, size_t from, struct bytes *out)
{
    char sha256[SHA256_HEX_SIZE];
    size_t end;

    if (private_key_member(name, v)) {
        bytes_put_str(out, "a private key, which is not shown");
        return;
    }
    if (v.n <= SHOWN) {
        plain_put_exact(out, json_span(v));
        return;
    }
    from = character(v, from < v.n ? from : v.n - 1);
    end = v.n - from > SHOWN ? character(v, from + SHOWN) : v.n;
    bytes_put_str(out, from > 0 ? "..." : "");
    plain_put_exact(out, span_of(v.p + from, end - from));
    bytes_put_str(out, end < v.n ? "..." : "");
    if (sha256_hex(json_span(v), sha256) == 0)
        bytes_printf(out, " (%zu bytes, SHA-256 %s)", v.n, sha256);
    else
        out->failed = true;
}

void value_put(struct json name, struct json v, struct bytes *out)
{
    put_from(name, v, 0, out);
}

void value_put_was(struct json name, struct json new, struct json old, struct bytes *out)
{
    size_t same = 0;

    while (same < new.n && same < old.n &&new.p[same] == old.p[same])
        same++;
    same = same > BEFORE ? same - BEFORE : 0;
    put_from(name, new, same, out);
    bytes_put_str(out, ", it was ");
    put_from(name, old, same, out);
}

static bool is_hex(struct span s)
{
    size_t i = 0;

    while (i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
        i++;
    return s.n > 0 && i == s.n;
}

static void put_hashes(struct json hashes, struct bytes *out)
{
    struct json_iter it = json_iter_of(hashes);
    struct json algorithm, hash;

    while (json_next(&it, &algorithm, &hash)) {
        bool hex = json_kind(hash) == JSON_STRING && is_hex(json_inside(hash));

        bytes_put_str(out, "  ");
        plain_put_exact(out, json_inside(algorithm));
        bytes_put_u8(out, ' ');
        if (hex)
            bytes_put_span(out, json_inside(hash));
        else
            value_put(algorithm, hash, out);
    }
}

void value_put_entry(struct json entry, struct bytes *out)
{
    struct json_iter it = json_iter_of(entry);
    struct json name, v;

    if (json_get(entry, "length", &v) && json_kind(v) == JSON_INTEGER)
        bytes_printf(out, "  %" PRId64 " bytes", json_integer(v));
    while (json_next(&it, &name, &v)) {
        if (json_text_is(name, "length") && json_kind(v) == JSON_INTEGER)
            continue;
        if (json_text_is(name, "hashes") && json_kind(v) == JSON_OBJECT) {
            put_hashes(v, out);
            continue;
        }
        bytes_put_str(out, "  ");
        plain_put_exact(out, json_inside(name));
        bytes_put_u8(out, ' ');
        value_put(name, v, out);
    }
}

void value_put_key(const char *holder, const char *keyid, struct bytes *out)
{
    uint8_t raw[SHA256_SIZE];

    plain_put_str(out, holder != NULL ? holder : "key");
    bytes_put_str(out, "  ");
    if (holder != NULL && hex_read(span_str(keyid), raw, sizeof raw)) {
        words_hex(raw, 0, 8, out);
        bytes_put_str(out, " ... ");
        words_text(raw, 0, 3, out);
    } else
        plain_put_exact(out, span_str(keyid));
}
