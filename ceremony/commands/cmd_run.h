/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_run.h - the walk through a folder, as 'run' and 'rehearse' begin it.
 */
#ifndef CEREMONY_CLI_CMD_RUN_H
#define CEREMONY_CLI_CMD_RUN_H

#include "ceremony/cli/command.h"

int walk_dir(const struct invocation *in, const char *dir, struct err *e);

#endif
