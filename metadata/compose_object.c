/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/compose_object.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"

int compose_name_cmp(struct json name, const char *plain)
{
    const uint8_t *p = name.p + 1, *end = name.p + name.n - 1;

    for (; p < end; p++, plain++) {
        p += *p == '\\';
        if (*p != (uint8_t)*plain) /* names hold no NUL, so a shorter `plain` ends here too */
            return *p < (uint8_t)*plain ? -1 : 1;
    }
    return *plain == '\0' ? 0 : -1;
}

void compose_comma(struct bytes *out)
{
    if (out->n > 0 && out->p[out->n - 1] != '{' && out->p[out->n - 1] != '[')
        bytes_put_u8(out, ',');
}

void compose_string(struct bytes *out, const char *text)
{
    bytes_put_u8(out, '"');
    while (*text != '\0') {
        size_t n = strcspn(text, "\"\\");

        bytes_put(out, text, n);
        text += n;
        if (*text != '\0') {
            bytes_put_u8(out, '\\');
            bytes_put_u8(out, (uint8_t)*text++);
        }
    }
    bytes_put_u8(out, '"');
}

void compose_keyids(const struct compose_role *role, struct bytes *out)
{
    bytes_put_u8(out, '[');
    for (size_t i = 0; i < role->n; i++) {
        compose_comma(out);
        compose_string(out, compose_key_at(role, i).id);
    }
    bytes_put_u8(out, ']');
}

void compose_utc(utc_t at, struct bytes *out)
{
    char text[UTC_SIZE];

    utc_format(at, text);
    bytes_printf(out, "\"%s\"", text);
}

struct compose_key compose_key_at(const struct compose_role *role, size_t i)
{
    const char *listed = role->keyids != NULL ? role->keyids[i] : NULL;

    return (struct compose_key){listed != NULL ? listed : key_id(role->keys[i]), role->keys[i]};
}

int compose_keys_sort(struct compose_key *keys, size_t *n, struct err *e)
{
    size_t kept = 0;

    array_sort(keys, *n, sizeof *keys);
    for (size_t i = 0; i < *n; i++) {
        if (kept == 0 || strcmp(keys[kept - 1].id, keys[i].id) != 0)
            keys[kept++] = keys[i];
        else if (!span_eq(key_object(keys[kept - 1].key), key_object(keys[i].key))) {
            err_set(e, ERR_INPUT, "two different keys would have the keyid '%.64s'", keys[i].id);
            return err_todo(e, "find out who wrote the file that lists one of them by that id");
        }
    }
    *n = kept;
    return 0;
}

/* The value goes as soon as it is written: large ones are not held twice for long. */
static void put_member(struct compose_member *m, struct bytes *out)
{
    if (m->goes)
        return;
    compose_comma(out);
    bytes_printf(out, "\"%s\":", m->name);
    bytes_put_span(out, bytes_span(&m->value));
    out->failed = out->failed || bytes_failed(&m->value);
    bytes_clear(&m->value);
}

int compose_object(struct json base, struct compose_member *members, size_t n, struct bytes *out,
                   struct err *e)
{
    struct json name, value;
    size_t next = 0;

    array_sort(members, n, sizeof *members);
    bytes_reserve(out, base.n + 256); /* a large file is not moved about */
    bytes_put_u8(out, '{');
    for (struct json_iter it = json_iter_of(base);
         base.n > 0 && base.p[0] == '{' && json_next(&it, &name, &value);) {
        while (next < n && compose_name_cmp(name, members[next].name) > 0)
            put_member(&members[next++], out);
        if (next < n && json_text_is(name, members[next].name))
            continue; /* the new one takes its place */
        compose_comma(out);
        bytes_put_span(out, json_span(name));
        bytes_put_u8(out, ':');
        bytes_put_span(out, json_span(value));
    }
    while (next < n)
        put_member(&members[next++], out);
    bytes_put_u8(out, '}');
    return bytes_failed(out) ? err_oom(e) : 0;
}
