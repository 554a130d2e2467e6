/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apdu.h - a smart card's command, taken apart, and the words it answers with (ISO/IEC
 * 7816-4, 5.1).
 */
#ifndef TESTS_CARD_APDU_H
#define TESTS_CARD_APDU_H

#include "metadata/base/bytes.h"

/* Status words (ISO/IEC 7816-4, 5.1.3). */
enum {
    SW_OK = 0x9000,
    SW_MORE = 0x6100,  /* and how many bytes follow; 0: 256 or more */
    SW_TRIES = 0x63C0, /* and how many are left */
    SW_END_OF_FILE = 0x6282,
    SW_LENGTH = 0x6700,
    SW_NOT_LOGGED_IN = 0x6982,
    SW_LOCKED = 0x6983,
    SW_NOT_USABLE = 0x6984, /* there is no PIN yet */
    SW_CONDITIONS = 0x6985,
    SW_DATA = 0x6A80,
    SW_NOT_FOUND = 0x6A82,
    SW_FULL = 0x6A84,
    SW_PARAMETERS = 0x6A86,
    SW_NO_KEY = 0x6A88,
    SW_OFFSET = 0x6B00,
    SW_INSTRUCTION = 0x6D00,
    SW_UNKNOWN = 0x6F00
};

struct apdu {
    uint8_t class, ins, p1, p2;
    struct span data;
    size_t expected; /* bytes of an answer; 0: none */
};

/* 0, or -1 when the command is malformed. `data` points into it. */
int apdu_parse(struct span command, struct apdu *out);

#endif
