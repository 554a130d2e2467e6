/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/advisory.h"

#include <stdlib.h>
#include <string.h>

#define ECDSA (1u << KEY_P256 | 1u << KEY_P384)
#define RSA   (1u << KEY_RSA)

/* YSA: https://www.yubico.com/support/security-advisories/ */
static const struct advisory rows[] = {
    {"YSA-2024-03",
     "yubihsm2",
     {0, 0, 0},
     {2, 4, 0},
     ECDSA,
     "a laboratory can take ECDSA keys out of the device"},
    {"YSA-2024-03",
     "yubikey-piv",
     {5, 0, 0},
     {5, 7, 0},
     ECDSA,
     "a laboratory can take ECDSA keys out of the device"},
    {"YSA-2019-02",
     "yubikey-piv",
     {4, 4, 2},
     {4, 4, 5},
     ECDSA | RSA,
     "its random numbers are partly predictable after power-up"},
    {"YSA-2017-01",
     "yubikey-piv",
     {4, 2, 6},
     {4, 3, 5},
     RSA,
     "RSA keys that it makes can be factored (ROCA)"},
};

bool advisory_version(const char *text, unsigned out[3])
{
    char *end;

    out[0] = out[1] = out[2] = 0;
    for (size_t i = 0; i < 3; i++) {
        if (*text < '0' || *text > '9')
            return false;
        out[i] = (unsigned)strtoul(text, &end, 10);
        if (out[i] > 65535)
            return false;
        if (*end == '\0')
            return i > 0;
        if (*end != '.')
            return false;
        text = end + 1;
    }
    return false;
}

void advisory_unpack(const char *form, unsigned version[3])
{
    if (strcmp(form, "yubikey-piv") != 0 || version[1] < 10)
        return;
    version[2] = version[1] % 10;
    version[1] /= 10;
}

static int compare(const unsigned a[3], const unsigned b[3])
{
    for (size_t i = 0; i < 3; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static bool is_about(const struct advisory *a, const char *form, enum key_type type)
{
    return strcmp(a->form, form) == 0 && (a->key_types >> type & 1) != 0;
}

const struct advisory *advisory_find(const char *form, const char *firmware, enum key_type type)
{
    unsigned v[3];

    if (!advisory_version(firmware, v))
        return NULL;
    advisory_unpack(form, v);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (is_about(&rows[i], form, type) && compare(v, rows[i].from) >= 0 &&
            compare(v, rows[i].until) < 0)
            return &rows[i];
    return NULL;
}

bool advisory_knows(const char *form, enum key_type type)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (is_about(&rows[i], form, type))
            return true;
    return false;
}
