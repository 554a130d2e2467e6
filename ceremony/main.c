/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>

#include "ceremony/cli/cli.h"
#include "ceremony/ui/walk.h"

int main(int argc, char **argv)
{
    (void)setlocale(LC_CTYPE, "");
    return cli_main(argc, argv, walk_run);
}
