/* SPDX-License-Identifier: Apache-2.0 */
/* Data objects by their tag (SP 800-73-4, part 1, table 3): certificates, and what tools keep. */
#include "tlv.h"
#include "yubikey.h"

#define OBJECT_MAX 3063 /* bytes; what a YubiKey takes */

enum { TAG_NAME = 0x5C, TAG_DATA = 0x53, DISCOVERY = 0x7E };

struct yubikey_object *yubikey_object(struct yubikey *y, unsigned id)
{
    for (size_t i = 0; i < y->nobjects; i++)
        if (y->objects[i].id == id)
            return &y->objects[i];
    return NULL;
}

int yubikey_object_put(struct yubikey *y, unsigned id, struct span data)
{
    struct yubikey_object *o = yubikey_object(y, id);

    if (data.n == 0) {
        if (o != NULL) {
            bytes_clear(&o->data);
            *o = y->objects[--y->nobjects];
        }
        return 0;
    }
    if (o == NULL) {
        if (y->nobjects == YUBIKEY_OBJECTS)
            return -1;
        o = &y->objects[y->nobjects++];
        o->id = id;
        o->data = (struct bytes){0};
    }
    bytes_truncate(&o->data, 0);
    bytes_put_span(&o->data, data);
    return bytes_failed(&o->data) ? -1 : 0;
}

/* Those that want the PIN: fingerprints, printed information, facial image, iris. */
static bool is_private(unsigned id)
{
    return id == 0x5FC103 || id == 0x5FC108 || id == 0x5FC109 || id == 0x5FC121;
}

unsigned yubikey_get_data(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    static const uint8_t discovery[] = {0x7E, 0x12, 0x4F, 0x0B, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00,
                                        0x00, 0x10, 0x00, 0x01, 0x00, 0x5F, 0x2F, 0x02, 0x40, 0x00};
    unsigned id = (unsigned)tlv_number(a->data, TAG_NAME, 0);
    struct yubikey_object *o = yubikey_object(y, id);

    if (id == DISCOVERY) {
        bytes_put(out, discovery, sizeof discovery);
        return SW_OK;
    }
    if (is_private(id) && !y->verified)
        return SW_NOT_LOGGED_IN;
    if (o == NULL)
        return SW_NOT_FOUND;
    tlv_put(out, TAG_DATA, bytes_span(&o->data));
    return SW_OK;
}

unsigned yubikey_put_data(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    unsigned id = (unsigned)tlv_number(a->data, TAG_NAME, 0);
    struct span data;

    (void)out;
    if (!y->managed)
        return SW_NOT_LOGGED_IN;
    if (id == 0 || !tlv_find(a->data, TAG_DATA, &data))
        return SW_DATA;
    if (data.n > OBJECT_MAX)
        return SW_LENGTH;
    return yubikey_object_put(y, id, data) == 0 && yubikey_save(y) == 0 ? SW_OK : SW_FULL;
}
