/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/store/file_name.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 15 /* of a version: 2^53 has 16 */

int64_t file_name_split(const char *name, struct span *role)
{
    size_t digits = strspn(name, "0123456789"), n;
    bool versioned = digits > 0 && digits <= DIGITS_MAX && name[0] != '0' && name[digits] == '.';
    const char *behind = versioned ? name + digits + 1 : name;

    n = strlen(behind);
    *role = span_of(behind, n > 5 && strcmp(behind + n - 5, ".json") == 0 ? n - 5 : 0);
    return versioned ? strtoll(name, NULL, 10) : 0;
}

void file_name_encode(const char *role, struct bytes *out)
{
    for (; *role != '\0'; role++) {
        bool plain = strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~",
                            *role) != NULL;

        if (plain)
            bytes_put_u8(out, (uint8_t)*role);
        else
            bytes_printf(out, "%%%02X", (unsigned char)*role);
    }
}

void file_name_decode(struct span name, struct bytes *out)
{
    struct bytes byte;

    bytes_init(&byte);
    for (size_t i = 0; i < name.n; i++) {
        bytes_truncate(&byte, 0);
        if (name.p[i] == '%' && name.n - i > 2 &&
            hex_decode(span_of(name.p + i + 1, 2), &byte) == 0) {
            bytes_put_span(out, bytes_span(&byte));
            i += 2;
        } else
            bytes_put_u8(out, name.p[i]);
    }
    bytes_clear(&byte);
}
