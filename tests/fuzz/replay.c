/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a harness over the files of a folder: what libFuzzer found once is an ordinary test. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "metadata/base/bytes.h"

static int replay(const char *dir, const char *name)
{
    struct bytes data;
    char path[600];
    uint8_t chunk[4096];
    size_t n;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    if ((f = fopen(path, "re")) == NULL)
        return -1;
    data = (struct bytes){0};
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        bytes_put(&data, chunk, n);
    fclose(f);
    /* also cut short at each of some places: the ends of inputs are where readers go wrong */
    for (size_t part = 0; part <= 16; part++)
        (void)LLVMFuzzerTestOneInput(data.p, data.n * part / 16);
    bytes_clear(&data);
    return 0;
}

int main(int argc, char **argv)
{
    const struct dirent *entry;
    unsigned files = 0;
    DIR *d = argc == 2 ? opendir(argv[1]) : NULL;

    while (d != NULL && (entry = readdir(d)) != NULL)
        if (entry->d_name[0] != '.') {
            if (replay(argv[1], entry->d_name) != 0)
                return 1;
            files++;
        }
    if (d != NULL)
        closedir(d);
    printf("%u inputs\n", files);
    return files > 0 ? 0 : 1;
}
