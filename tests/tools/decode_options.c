/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of `decode`
 */

#include <libavutil/macros.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"

struct Options option = { .threads = 1 };

/* "--name=value" or "--name"; value 1 without one. */
static int parse_option(const char *arg)
{
    static const struct {
        const char *name;
        int *value;
    } numbers[] = {
        { "software", &option.software }, { "threads", &option.threads },
        { "hold", &option.hold }, { "close-after", &option.close_after },
        { "flush-at", &option.flush_at }, { "seek", &option.seek }, { "play", &option.play },
        { "map", &option.map }, { "planar", &option.planar }, { "explode", &option.explode },
        { "bench", &option.bench },
        { "no-read", &option.no_read }, { "max-frames", &option.max_frames },
        { "early", &option.early },
    };
    const char *value = strchr(arg, '=');
    size_t length = value ? (size_t)(value - arg) : strlen(arg);

    if (!strncmp(arg, "device=", 7))
        return !!(option.device = value + 1);
    if (!strncmp(arg, "device-options=", 15))
        return !!(option.device_options = value + 1);
    if (!strncmp(arg, "foreign=", 8))
        return !!(option.foreign = value + 1);
    if (!strncmp(arg, "raw=", 4))
        return !!(option.raw = value + 1);
    for (unsigned i = 0; i < FF_ARRAY_ELEMS(numbers); i++) {
        if (strlen(numbers[i].name) == length && !strncmp(arg, numbers[i].name, length)) {
            *numbers[i].value = value ? atoi(value + 1) : 1;
            return 1;
        }
    }
    return 0;
}

void parse_options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strncmp(argv[i], "--", 2) && parse_option(argv[i] + 2))
            continue;
        if (option.file || argv[i][0] == '-') {
            fprintf(stderr, "decode: bad option %s\n", argv[i]);
            exit(2);
        }
        option.file = argv[i];
    }
    if (!option.file || option.hold > MAX_HELD || option.close_after > MAX_HELD) {
        fprintf(stderr, "usage: decode [OPTION]... FILE (see its source)\n");
        exit(2);
    }
}
