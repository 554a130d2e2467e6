/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a file is the one that clients have, as far as the newest snapshot says. */
#include <inttypes.h>
#include <strings.h>

#include "ceremony/derive/derive_found.h"

/* Clients have seen the snapshot: what is older than it lists would be a rollback to them. */
static int older(const char *role, int64_t listed, const struct found_file *file, struct err *e)
{
    err_set(e, ERR_VERSION,
            "a snapshot in the folder lists %s v%" PRId64 ", and the newest that is there is "
            "v%" PRId64 ": clients would refuse what follows on it as a rollback",
            role, listed, file->version);
    return err_todo(e, "fetch the metadata of '%s' in force, and put it into the folder", role);
}

/* Metadata does not name its own role: of two roles with the same keys, each file verifies as the
 * other's. Where the snapshot lists digests, they tell. */
static int other_file(const char *role, const struct found_file *file, struct err *e)
{
    err_set(e, ERR_INPUT,
            "'%s' is not the file that the snapshot in the folder lists as %s v%" PRId64
            ": its SHA-256 differs",
            file->name, role, file->version);
    return err_todo(e, "fetch all metadata in force again; two files may have been swapped");
}

int found_check_file(const struct found_file *file, const char *role, struct span data,
                     struct err *e)
{
    char hex[SHA256_HEX_SIZE];

    if (file->listed > file->version)
        return older(role, file->listed, file, e);
    if (file->listed < file->version || file->sha256[0] == '\0')
        return 0;
    if (sha256_hex(data, hex) != 0)
        return err_oom(e);
    return strcasecmp(file->sha256, hex) == 0 ? 0 : other_file(role, file, e);
}
