/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - a file named on the command line; "-" is standard input.
 */
#ifndef CEREMONY_CLI_FILE_H
#define CEREMONY_CLI_FILE_H

#include "metadata/base/bytes.h"
#include "metadata/base/err.h"

/* Appends the bytes, at most 1 GiB. Errors: ERR_INPUT, ERR_IO. */
int file_read(const char *path, struct bytes *out, struct err *e);

#endif
