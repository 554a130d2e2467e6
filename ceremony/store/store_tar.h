/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_tar.h - a tar file as a store that is only read.
 *
 * Its bytes are held in memory, at most 2 GiB. A folder that everything in the tar lies in
 * ("bundle/") is no part of the names, unless it is "metadata". Refused, because what is unpacked
 * would depend on who unpacks it: an entry that is there twice, a name that is absolute or has a
 * "..".
 */
#ifndef CEREMONY_STORE_TAR_H
#define CEREMONY_STORE_TAR_H

#include "ceremony/store/store.h"

/* Opens a folder as store_open does, or a tar file. Errors: ERR_INPUT naming the entry, ERR_IO. */
int store_open_given(const char *path, struct store **out, struct err *e);
/* Is it a folder (true also when nothing is there), so that it is no tar? */
bool store_is_folder(const char *path);

#endif
