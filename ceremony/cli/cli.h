/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli.h - the command line: from argv to an exit status.
 */
#ifndef CEREMONY_CLI_CLI_H
#define CEREMONY_CLI_CLI_H

#include "ceremony/acts/walk.h"

int cli_main(int argc, char **argv, walk_fn walk);

#endif
