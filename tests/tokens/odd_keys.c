/* SPDX-License-Identifier: Apache-2.0 */
#include "odd_keys.h"

const struct odd_key odd_keys[] = {
    {"plain", "plain", 5, 20, ODD_NAME, "plain"},
    {"a label in Latin-1", "Schl\xfcssel", 9, 20, ODD_NAME, "Schl?ssel"},
    {"a label with control characters", "a\0b\033[2Jc", 8, 20, ODD_NAME, "a?b?[2Jc"},
    {"a long label", NULL, ODD_LONGEST, 20, ODD_NAME, NULL},
    {"no CKA_ID", "no id", 5, 0, ODD_NAME, "no id"},
    {"a CKA_ID of 255 bytes", "id of 255", 9, 255, ODD_NAME, "id of 255"},
    {"a CKA_ID of 3000 bytes", "id of 3000", 10, ODD_LONGEST, ODD_NAME, "id of 3000"},
    {"CKA_SIGN is false", "signs not", 9, 20, ODD_SIGNS_NOT, "signs not"},
    {"secp256k1", "secp256k1", 9, 20, ODD_OTHER_CURVE, "secp256k1"},
    {"imported", "imported", 8, 20, ODD_IMPORTED, "imported"},
    {"imported, explicit parameters", "explicit", 8, 20, ODD_EXPLICIT, "explicit"},
    {.name = NULL},
};
