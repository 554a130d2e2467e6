/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tlv.h - tag, length, value, as smart cards write them (BER, ISO/IEC 7816-4, 5.2.2): tags of one
 * or two bytes, lengths below 65536.
 */
#ifndef TESTS_CARD_TLV_H
#define TESTS_CARD_TLV_H

#include "metadata/base/bytes.h"

void tlv_put(struct bytes *out, unsigned tag, struct span value);
/* The value of the first object with that tag at the top level of `in`; false when there is none.
 */
bool tlv_find(struct span in, unsigned tag, struct span *value);
/* The same as a number; `otherwise` when there is none. */
size_t tlv_number(struct span in, unsigned tag, size_t otherwise);

#endif
