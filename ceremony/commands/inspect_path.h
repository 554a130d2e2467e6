/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect_path.h - 'inspect --path': whom a client would ask for one target path, and who can sign.
 */
#ifndef CEREMONY_CLI_INSPECT_PATH_H
#define CEREMONY_CLI_INSPECT_PATH_H

#include "ceremony/cli/command.h"
#include "metadata/base/utc.h"

/* Over the repository args[0], with --path, --trusted-root and --at. */
int inspect_path(const struct invocation *in, utc_t now, struct err *e);

#endif
