/* SPDX-License-Identifier: Apache-2.0 */
/* harness.h - what libFuzzer calls; every harness is one file named after what it feeds. */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <stddef.h>
#include <stdint.h>

/* A harness aborts when what must hold does not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
