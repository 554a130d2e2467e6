/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain.h - foreign text for people: no byte of it can move a cursor, hide or reorder what stands
 * beside it.
 *
 * Made harmless: control characters (C0, DEL, C1), characters that are not seen or change the
 * direction of text (Unicode's Default_Ignorable_Code_Point and Bidi_Control, line and paragraph
 * separators, interlinear annotations), and bytes that are no UTF-8. Each becomes one U+FFFD.
 */
#ifndef METADATA_PLAIN_H
#define METADATA_PLAIN_H

#include "metadata/base/bytes.h"

#define PLAIN_REPLACEMENT 0xFFFD

/* The next character of `s` (not empty), harmless, in `cp`; the number of bytes taken, 1 to 4. */
size_t plain_next(struct span s, uint32_t *cp);
/* Whether nothing in `s` had to be replaced. */
bool plain_is(struct span s);
/* The cells of a terminal that a character of plain_next takes in this locale: 0, 1 or 2. */
int plain_cells(uint32_t cp);
/* The cells of a text, and how many blanks behind it are missing to `cells` (for "%*s"). */
int plain_width(const char *s);
int plain_pad(const char *s, int cells);
/* Appends the text, harmless, as UTF-8. */
void plain_put(struct bytes *out, struct span s);
void plain_put_str(struct bytes *out, const char *s);
/* The same, and texts that differ stay different: what would be replaced is written as \uXXXX, a
 * byte that is no UTF-8 as \xXX. Of canonical JSON, where a backslash is written twice. */
void plain_put_exact(struct bytes *out, struct span s);
/* Appends JSON text, which means the same and is harmless: what plain_put replaces is written as
 * \uXXXX. Line ends and tabs stay: in JSON they are between its parts. */
void plain_put_json(struct bytes *out, struct span json);

#endif
