/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - the end of a program that is out of memory.
 *
 * Whatever can be left undone is an error (err_oom). What is built by hundreds of calls whose results nobody
 * looks at, that is cJSON's trees and printed text, would become a record that is shorter, or another
 * answer, with nobody to report it: there the program ends, as if it were killed at that instant, with the
 * exit status and the words of that error.
 */
#ifndef CEREMONY_MEMORY_H
#define CEREMONY_MEMORY_H

#include "metadata/base/bytes.h"

/* From here on the program ends where cJSON gets no memory. Called once, by main. */
void memory_begin(void);
/* Prints the error, and ends with its exit status, by exit(3): a terminal is given back. */
_Noreturn void memory_end(void);
/* bytes_str of a text that is printed; memory_end when it could not be made. */
const char *memory_text(const struct bytes *b);

#endif
