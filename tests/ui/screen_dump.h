/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SCREEN_DUMP_H
#define TESTS_SCREEN_DUMP_H

#include "ceremony/ui/screen.h"

/* The grid as UTF-8 text, a line a row, blanks at the ends of lines removed; appended. */
void screen_dump(const struct screen *s, struct bytes *out);

#endif
