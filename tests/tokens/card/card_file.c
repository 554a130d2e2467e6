/* SPDX-License-Identifier: Apache-2.0 */
/* Files: two bytes of name, some of which stand for keys (CCxx) and need a login (CDxx). */
#include <string.h>

#include "card.h"
#include "tlv.h"

static const uint8_t applet[] = {0xE8, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x81, 0xC3, 0x1F, 0x02, 0x01};
static const uint8_t applet_says[] = {0x82, 0x01, 0x78, 0x85, 0x05, 0x00, 0x00, 0xFF, 0x03, 0x05};

enum { KEYS = 0xCC, PRIVATE_DATA = 0xCD, NO_ANSWER = 0x0C, BY_NAME = 0x04 };

/* NULL when there is none. */
static struct card_file *card_file(struct key_record *c, uint16_t id)
{
    for (size_t i = 0; i < c->nfiles; i++)
        if (c->files[i].id == id)
            return &c->files[i];
    return NULL;
}

void card_file_remove(struct key_record *c, uint16_t id)
{
    struct card_file *f = card_file(c, id);

    if (f == NULL)
        return;
    bytes_clear(&f->data);
    *f = c->files[--c->nfiles];
}

int card_file_write(struct key_record *c, uint16_t id, size_t at, struct span data)
{
    struct card_file *f = card_file(c, id);

    if (f == NULL) {
        if (c->nfiles == CARD_FILES)
            return -1;
        f = &c->files[c->nfiles++];
        f->id = id;
        f->data = (struct bytes){0};
    }
    while (f->data.n < at + data.n && !bytes_failed(&f->data))
        bytes_put_u8(&f->data, 0);
    if (bytes_failed(&f->data))
        return -1;
    if (data.n > 0)
        memcpy(f->data.p + at, data.p, data.n);
    return 0;
}

static bool is_key(const struct key_record *c, uint16_t id)
{
    return id >> 8 == KEYS && c->keys[id & 0xff] != NULL;
}

static unsigned select_applet(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    if (!span_eq(a->data, span_of(applet, sizeof applet)))
        return SW_NOT_FOUND;
    c->logged_in = false;
    c->selected = 0;
    if (a->p2 != NO_ANSWER)
        tlv_put(out, 0x6F, span_of(applet_says, sizeof applet_says));
    return SW_OK;
}

unsigned card_select(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    uint8_t size[2], name[2], kind = 1;
    struct card_file *f;
    struct bytes says;
    size_t n = a->data.n;

    if (a->p1 == BY_NAME)
        return select_applet(c, a, out);
    if (n < 2)
        return SW_PARAMETERS;
    memcpy(name, a->data.p + n - 2, 2);
    f = card_file(c, (uint16_t)(name[0] << 8 | name[1]));
    if (f == NULL && !is_key(c, (uint16_t)(name[0] << 8 | name[1])))
        return SW_NOT_FOUND;
    c->selected = (uint16_t)(name[0] << 8 | name[1]);
    if (a->p2 == NO_ANSWER)
        return SW_OK;
    n = f != NULL ? f->data.n : 0;
    size[0] = (uint8_t)(n >> 8);
    size[1] = (uint8_t)n;
    says = (struct bytes){0};
    tlv_put(&says, 0x81, span_of(size, 2));
    tlv_put(&says, 0x82, span_of(&kind, 1));
    tlv_put(&says, 0x83, span_of(name, 2));
    tlv_put(out, 0x6F, bytes_span(&says));
    bytes_clear(&says);
    return SW_OK;
}

static uint16_t target(const struct key_record *c, const struct apdu *a)
{
    uint16_t id = (uint16_t)(a->p1 << 8 | a->p2);

    return id != 0 ? id : c->selected;
}

unsigned card_read(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    uint16_t id = target(c, a);
    struct card_file *f = card_file(c, id);
    size_t at = tlv_number(a->data, 0x54, 0), left;

    if (f == NULL)
        return SW_NOT_FOUND;
    if (id >> 8 == PRIVATE_DATA && !c->logged_in)
        return SW_NOT_LOGGED_IN;
    if (at > f->data.n)
        return SW_OFFSET;
    left = f->data.n - at;
    bytes_put(out, f->data.p + at, left < a->expected ? left : a->expected);
    return left < a->expected ? SW_END_OF_FILE : SW_OK;
}

unsigned card_update(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    uint16_t id = target(c, a);
    struct span data;

    (void)out;
    if (!tlv_find(a->data, 0x53, &data))
        return SW_DATA;
    c->selected = id;
    if (card_file_write(c, id, tlv_number(a->data, 0x54, 0), data) != 0 || card_save(c) != 0)
        return SW_FULL;
    return SW_OK;
}

unsigned card_list(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    (void)a;
    for (unsigned i = 0; i < CARD_KEYS; i++)
        if (c->keys[i] != NULL) {
            bytes_put_u8(out, KEYS);
            bytes_put_u8(out, (uint8_t)i);
        }
    for (size_t i = 0; i < c->nfiles; i++) {
        bytes_put_u8(out, (uint8_t)(c->files[i].id >> 8));
        bytes_put_u8(out, (uint8_t)c->files[i].id);
    }
    return SW_OK;
}

unsigned card_delete(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    uint16_t id;

    (void)out;
    if (a->data.n != 2)
        return SW_LENGTH;
    id = (uint16_t)(a->data.p[0] << 8 | a->data.p[1]);
    if (is_key(c, id)) {
        EVP_PKEY_free(c->keys[id & 0xff]);
        c->keys[id & 0xff] = NULL;
    } else if (card_file(c, id) != NULL)
        card_file_remove(c, id);
    else
        return SW_NOT_FOUND;
    return card_save(c) == 0 ? SW_OK : SW_FULL;
}
