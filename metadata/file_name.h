/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_name.h - what the name of a metadata file says (TUF 1.0.31, 6.2): "4.targets/simple.json" is
 * version 4 of the role "targets/simple"; "timestamp.json" has no version.
 */
#ifndef METADATA_FILE_NAME_H
#define METADATA_FILE_NAME_H

#include "metadata/base/bytes.h"

/* The version in front of the name, or 0; `*role` is what is behind it, up to ".json": empty when
 * the name is none of metadata. */
int64_t file_name_split(const char *name, struct span *role);
/* "4.targets/simple.json", or without the version when that is 0: appended. */
void file_name_put(struct bytes *out, int64_t version, const char *role);
/* A role's name as one component of a URL, appended (RFC 3986: unreserved characters stay). */
void file_name_encode(const char *role, struct bytes *out);
/* The same back, appended; what is not encoded stays as it is. */
void file_name_decode(struct span name, struct bytes *out);

#endif
