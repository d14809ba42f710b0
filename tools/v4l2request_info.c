/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * v4l2request-info: which stateless decoders are there, what they can do, what
 * keeps this user from them, and whether they decode a file as software does.
 */

#define _GNU_SOURCE /* dl_iterate_phdr() */

#include <getopt.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "libavcodec/avcodec.h"
#include "libavformat/avformat.h"
#include "libavutil/avutil.h"
#include "libavutil/log.h"

#include "v4l2request_info.h"

static void usage(FILE *file)
{
    fputs("usage: v4l2request-info [OPTION]... [DEVICE]\n"
          "\n"
          "Shows the V4L2 stateless decoders of this machine, for -hwaccel v4l2request, and what\n"
          "each can do. DEVICE is a media or video node: show only that.\n"
          "\n"
          "    --json         JSON instead of text; a key or a value may be added in later versions\n"
          "    --test FILE    decode FILE by hardware and by software and compare the frames\n"
          "    --frames N     at most so many of them (default 100; 0: all)\n"
          "    --help         this text\n"
          "\n"
          "Exit status:\n"
          "    0   a decoder can be used; with --test: all frames are equal\n"
          "    1   there is no stateless decoder\n"
          "    2   wrong options, or no such device\n"
          "    3   there are devices, but none can be used by this user (see \"advice\")\n"
          "    4   --test: frames differ, or are missing, or marked as corrupt\n"
          "    5   --test: the hardware does not decode this file, or there is no software to compare with\n"
          "\n"
          "Levels and profiles are what a driver says, which may be more or less than the truth. Frame\n"
          "formats were found out by telling the driver of a stream, without decoding.\n", file);
}

static int write_library(struct dl_phdr_info *info, size_t size, void *opaque)
{
    Writer *w = opaque;
    const char *name = strrchr(info->dlpi_name, '/');

    name = name ? name + 1 : info->dlpi_name;
    (void)size;
    if (!strncmp(name, "libav", 5) || !strncmp(name, "libdrm", 6) || !strncmp(name, "libudev", 7) ||
        !strncmp(name, "libdav1d", 8)) {
        writer_string(w, NULL, info->dlpi_name);
    }
    return 0;
}

static void write_version(Writer *w, const char *key, unsigned version)
{
    writer_format(w, key, "%u.%u.%u", AV_VERSION_MAJOR(version), AV_VERSION_MINOR(version),
                  AV_VERSION_MICRO(version));
}

static void write_software(Writer *w)
{
    struct utsname system = { .release = "unknown" };

    uname(&system);
    writer_format(w, "kernel", "%s %s %s", system.sysname, system.release, system.machine);
    writer_string(w, "ffmpeg", av_version_info());
    write_version(w, "libavutil", avutil_version());
    write_version(w, "libavcodec", avcodec_version());
    write_version(w, "libavformat", avformat_version());
    /* What is loaded is not always what was meant: LD_LIBRARY_PATH, rpath, ... */
    writer_begin_array(w, "loaded_libraries");
    dl_iterate_phdr(write_library, w);
    writer_end(w);
}

static const char *verdict(const Found *found)
{
    if (found->decoders)
        return "can be used";
    return found->refused ? "devices exist, but none can be used: see advice" : "there is no stateless decoder";
}

static int run(Writer *w, const char *device, const char *file, int max_frames)
{
    Found found = { 0 };
    int status;

    writer_begin(w, NULL);
    write_software(w);
    info_nodes(w, device, &found);
    writer_number(w, "usable_decoders", found.decoders);
    writer_string(w, "verdict", verdict(&found));
    status = found.decoders ? INFO_OK : found.refused ? INFO_NOT_USABLE : INFO_NO_DECODER;
    if (!status && file)
        status = info_test(w, file, device, max_frames);
    writer_end(w);
    return status;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "json",   no_argument,       NULL, 'j' },
        { "test",   required_argument, NULL, 't' },
        { "frames", required_argument, NULL, 'n' },
        { "help",   no_argument,       NULL, 'h' },
        { 0 }
    };
    Writer w = { .file = stdout };
    const char *file = NULL, *device;
    int frames = 100, c, status;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
        switch (c) {
        case 'j': w.json = 1; break;
        case 't': file = optarg; break;
        case 'n': frames = atoi(optarg); break;
        case 'h': usage(stdout); return INFO_OK;
        default:  usage(stderr); return INFO_USAGE;
        }
    }
    device = argv[optind];
    if (argc - optind > 1 || frames < 0) {
        usage(stderr);
        return INFO_USAGE;
    }
    if (device && access(device, F_OK) < 0) {
        fprintf(stderr, "v4l2request-info: there is no device %s\n", device);
        return INFO_USAGE;
    }
    status = run(&w, device, file, frames);
    return fflush(stdout) || ferror(stdout) ? INFO_USAGE : status;
}
