/* SPDX-License-Identifier: Apache-2.0 */
#include "screen_dump.h"

#include "metadata/base/plain.h"

void screen_dump(const struct screen *s, struct bytes *out)
{
    uint8_t utf8[4];

    for (int row = 0; row < s->rows; row++) {
        size_t end = out->n; /* behind the last character that is no blank */

        for (int col = 0; col < s->cols; col++) {
            uint32_t cp = s->cells[(size_t)row * (size_t)s->cols + (size_t)col].cp;

            if (cp != 0)
                bytes_put(out, utf8, utf8_put(cp, utf8));
            if (cp != 0 && cp != ' ')
                end = out->n;
        }
        if (!bytes_failed(out))
            bytes_truncate(out, end);
        bytes_put_u8(out, '\n');
    }
}
