/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_line.h - command lines that people are shown: what is printed works when it is pasted
 * into a POSIX shell in the folder where the program was started.
 */
#ifndef CEREMONY_COMMAND_LINE_H
#define CEREMONY_COMMAND_LINE_H

#include "ceremony/acts/ceremony.h"

/* Appends a blank and the word, in single quotes where the shell would read it otherwise (POSIX.1,
 * Shell Command Language, 2.2). */
void command_line_word(struct bytes *out, const char *word);
/* Appends the command that checks the bundle, which is written, from the root that clients have:
 * the one in force when the ceremony began, or the first root that it made. */
void command_line_verify(const struct ceremony *c, struct bytes *out);

#endif
