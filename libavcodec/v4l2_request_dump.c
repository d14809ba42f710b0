/*
 * This file is part of FFmpeg.
 *
 * FFmpeg is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * FFmpeg is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with FFmpeg; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA
 */

/**
 * @file
 * Requests in files, to be attached to bug reports and compared: the format is
 * described in doc/dump.md, tools/v4l2request-dump reads it.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "libavutil/avstring.h"
#include "libavutil/avutil.h"
#include "libavutil/error.h"
#include "libavutil/log.h"
#include "libavutil/mem.h"

#include "v4l2_request_internal.h"

/** What a request's file begins with; in the machine's byte order. */
typedef struct DumpHeader {
    char magic[8];
    uint32_t byte_order;
    uint32_t pixelformat;           ///< of the bitstream
    uint32_t width;                 ///< of the coded format
    uint32_t height;
    uint64_t timestamp;             ///< of the OUTPUT buffer, ns; 0: never queued
    int32_t result;                 ///< of queueing it: 0 or -errno
    uint32_t flags;
    uint32_t nb_controls;
    uint32_t nb_bytes;              ///< of bitstream
} DumpHeader;

#define DUMP_MAGIC      "V4L2RQ\1\n"
#define DUMP_BYTE_ORDER UINT32_C(0x01020304)
#define DUMP_HOLD       1           ///< the CAPTURE buffer stays open for another job

/** More sessions than that in one directory are a mistake. */
#define MAX_SESSIONS 10000

static void give_up(V4L2RequestSession *s, const char *path, int err)
{
    av_log(s, AV_LOG_ERROR, "Cannot write %s: %s. There will be no further dump.\n",
           path, av_err2str(err));
    av_freep(&s->dump);
}

/** Directories with numbers: no two sessions, of whatever process, get the same one. */
static char *make_directory(const char *parent, int *err)
{
    if (mkdir(parent, 0777) < 0 && errno != EEXIST) {
        *err = AVERROR(errno);
        return NULL;
    }

    for (int i = 0; i < MAX_SESSIONS; i++) {
        char *path = av_asprintf("%s/session-%04d", parent, i);

        if (!path) {
            *err = AVERROR(ENOMEM);
            return NULL;
        }
        if (!mkdir(path, 0777))
            return path;
        *err = AVERROR(errno);
        av_free(path);
        if (*err != AVERROR(EEXIST))
            return NULL;
    }
    return NULL;
}

static int close_file(FILE *file, int err)
{
    if (fclose(file) && err >= 0)
        err = AVERROR(errno);
    return err;
}

static int write_session(FILE *file, const V4L2RequestSession *s)
{
    struct utsname system = { .release = "unknown" };
    char output[AV_FOURCC_MAX_STRING_SIZE], capture[AV_FOURCC_MAX_STRING_SIZE];

    uname(&system);
    av_fourcc_make_string(output, s->codec->pixelformat);
    av_fourcc_make_string(capture, s->format->pixelformat);
    if (fprintf(file, "ffmpeg: %s\nkernel: %s %s %s\ndevice: %s\ncodec: %s\nprofile: %d\n"
                "size: %dx%d\nbits: %d\nbased on: %s\nstart codes: %s\n"
                "coded format: %s\nframe format: %s\n",
                av_version_info(), system.sysname, system.release, system.machine, s->name,
                s->codec->name, s->profile, s->coded_width, s->coded_height, s->bit_depth,
                s->slice_based ? "slices" : "frames", s->start_code ? "yes" : "no",
                output, capture) < 0)
        return AVERROR(errno);
    return 0;
}

void ff_v4l2_request_dump_open(V4L2RequestSession *s, const char *directory)
{
    char *path;
    FILE *file;
    int err = 0;

    s->dump = make_directory(directory, &err);
    if (!s->dump) {
        give_up(s, directory, err);
        return;
    }

    path = av_asprintf("%s/session", s->dump);
    file = path ? fopen(path, "wx") : NULL;
    if (file)
        err = close_file(file, write_session(file, s));
    else
        err = path ? AVERROR(errno) : AVERROR(ENOMEM);
    if (err < 0)
        give_up(s, path ? path : directory, err);
    else
        av_log(s, AV_LOG_VERBOSE, "Requests are written to %s.\n", s->dump);
    av_free(path);
}

static int put(FILE *file, const void *data, size_t size)
{
    return !size || fwrite(data, size, 1, file) == 1 ? 0 : AVERROR(errno);
}

static int put_control(FILE *file, const struct v4l2_ext_control *control)
{
    const void *payload = control->size ? control->ptr : (const void *)&control->value;
    uint32_t size = control->size ? control->size : sizeof(control->value);
    int ret;

    if ((ret = put(file, &control->id, sizeof(control->id))) < 0 ||
        (ret = put(file, &size, sizeof(size))) < 0)
        return ret;
    return put(file, payload, size);
}

void ff_v4l2_request_dump(V4L2RequestSession *s, const V4L2RequestSlot *slot,
                          const struct v4l2_ext_control *controls, int nb_controls,
                          uint64_t timestamp, int hold, int result)
{
    DumpHeader header = {
        .magic       = DUMP_MAGIC,
        .byte_order  = DUMP_BYTE_ORDER,
        .pixelformat = s->codec->pixelformat,
        .timestamp   = timestamp,
        .result      = result,
        .flags       = hold ? DUMP_HOLD : 0,
        .nb_controls = nb_controls,
        .nb_bytes    = slot->used,
    };
    char *path;
    FILE *file;
    int err;

    if (!s->dump)
        return;

    ff_v4l2request_format_size(&s->output, &header.width, &header.height);
    path = av_asprintf("%s/%06u", s->dump, s->dumped++);
    file = path ? fopen(path, "wx") : NULL;
    if (!file) {
        err = path ? AVERROR(errno) : AVERROR(ENOMEM);
        goto end;
    }

    err = put(file, &header, sizeof(header));
    for (int i = 0; i < nb_controls && err >= 0; i++)
        err = put_control(file, &controls[i]);
    if (err >= 0)
        err = put(file, slot->data, slot->used);
    err = close_file(file, err);

end:
    if (err < 0)
        give_up(s, path ? path : s->dump, err);
    av_free(path);
}
