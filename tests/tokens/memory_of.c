/* SPDX-License-Identifier: Apache-2.0 */
/* memory_of PID PIN - says how many copies of the PIN are in the writable memory of that process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory.h"

int main(int argc, char **argv)
{
    struct masked m;

    if (argc != 3) {
        fprintf(stderr, "usage: memory_of PID PIN\n");
        return 2;
    }
    secret_free(memory_pin(&m, argv[2]));
    printf("%zu\n", memory_copies((pid_t)strtol(argv[1], NULL, 10), &m));
    return 0;
}
