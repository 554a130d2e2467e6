/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/file_name.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/json/json.h"

int64_t file_name_split(const char *name, struct span *role)
{
    size_t digits = strspn(name, "0123456789"), n;
    int64_t version = 0;

    if (name[0] != '0' && name[digits] == '.')
        version = strtoll(name, NULL, 10); /* INT64_MAX for what is more */
    if (version > JSON_MAX_INTEGER)
        version = 0;
    name += version > 0 ? digits + 1 : 0;
    n = strlen(name);
    *role = span_of(name, n > 5 && strcmp(name + n - 5, ".json") == 0 ? n - 5 : 0);
    return version;
}

void file_name_put(struct bytes *out, int64_t version, const char *role)
{
    if (version > 0)
        bytes_printf(out, "%" PRId64 ".", version);
    bytes_printf(out, "%s.json", role);
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
    struct bytes byte = {0};

    for (size_t i = 0; i < name.n; i++) {
        bytes_truncate(&byte, 0);
        if (name.p[i] == '%' && name.n - i > 2 &&
            hex_decode(span_of(name.p + i + 1, 2), &byte) == 0) {
            bytes_put_span(out, bytes_span(&byte));
            i += 2;
        } else
            bytes_put_u8(out, name.p[i]);
    }
    bytes_done(&byte, out);
}
