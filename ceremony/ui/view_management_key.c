/* SPDX-License-Identifier: Apache-2.0 */
/* What a YubiKey wants before it makes a key. */
#include <string.h>

#include "ceremony/ui/view_token.h"
#include "tokens/kind.h"

static void management_key_draw(const struct walk *w, struct page *p)
{
    char stars[SECRET_MAX + 1] = "";

    memset(stars, '*', w->stars < SECRET_MAX ? w->stars : SECRET_MAX);
    page_paragraph(p, INK_STRONG, "%s, this token makes keys only with its management key.",
                   walk_holder(w, w->holder));
    page_paragraph(p, INK_PLAIN, "Token: %s, serial %s, \"%s\"", w->token.model, w->token.id.serial,
                   w->token.id.label);
    page_paragraph(
        p, INK_PLAIN,
        "It has 48 hex digits, and is no PIN: a wrong one costs no try. The key goes into "
        "the first slot that holds nothing, of 9c, 9a, 9d, 9e, 82 to 95.");
    page_field(p, true, "Management key:", stars);
    page_line(p, INK_PLAIN, "(%zu of 48 hex digits)", w->stars);
    page_key(p, "Enter", "make the key");
}

static int management_key_key(struct walk *w, int key, struct err *e)
{
    int rc;

    if (pin_typed(w, key, e) != 0)
        return -1;
    if (key != TERM_ENTER || w->stars == 0)
        return 0;
    rc = token_so_pin_check(&w->token, w->pin, e);
    if (rc == 0 && (rc = token_make_key(w, w->pin, e)) != 0)
        w->under = VIEW_INSERT; /* the keyholder is logged out: the PIN again */
    secret_free(w->pin);
    w->pin = NULL;
    w->stars = 0;
    return rc;
}

const struct view view_management_key = {
    .name = "management_key",
    .parent = VIEW_INSERT,
    .esc = "back, no key is made",
    .types = TYPE_PIN,
    .draw = management_key_draw,
    .enter = pin_empty,
    .key = management_key_key,
    .help = "A YubiKey's PIV application has a PIN to sign, a PUK for a new PIN, and a management "
            "key to make keys. From the factory it is 0102030405060708 three times, unless "
            "somebody changed it. Anything but 48 hex digits is not sent to the token. A key of "
            "the kind AES (firmware 5.7 and later, from the factory) is changed to 3DES with the "
            "maker's tool first.",
};
