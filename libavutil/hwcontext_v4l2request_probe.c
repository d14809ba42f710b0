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
 * Finds stateless decoders: decoder entities in the topology of media devices,
 * whose video node takes parsed pictures (kernel documentation,
 * dev-stateless-decoder.rst and media-controller).
 */

#define _GNU_SOURCE /* O_CLOEXEC */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/media.h>
#include <linux/videodev2.h>

#include "error.h"
#include "hwcontext_v4l2request_internal.h"
#include "hwcontext_v4l2request_nodes.h"
#include "hwcontext_v4l2request_topology.h"
#include "log.h"
#include "mem.h"

/** What is wanted, and why it has not been found so far. */
typedef struct Probe {
    AVHWDeviceContext *ctx;
    const char *wanted;         ///< as the user gave it, NULL for any
    dev_t wanted_number;        ///< if it is a device node
    int error;                  ///< of the most promising device that failed
    int explained;              ///< it has been said what the wanted node is
} Probe;

static int open_node(Probe *probe, const char *path)
{
    int level = probe->wanted ? AV_LOG_ERROR : AV_LOG_WARNING;
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0)
        return fd;

    probe->error = AVERROR(errno);
    switch (probe->error) {
    case AVERROR(EACCES):
    case AVERROR(EPERM):
        av_log(probe->ctx, level, "No permission to open %s: is the user in the "
               "group that owns it (\"video\" in most systems)?\n", path);
        break;
    case AVERROR(EBUSY):
        av_log(probe->ctx, level, "%s is busy: another program uses it.\n", path);
        break;
    default:
        av_log(probe->ctx, level, "Cannot open %s: %s.\n", path, av_err2str(probe->error));
    }
    return probe->error;
}

static int add_decoder(AVV4L2RequestDeviceContext *hwctx, const char *media,
                       const char *video, const char *driver)
{
    AVV4L2RequestDecoder *decoder = av_mallocz(sizeof(*decoder));
    int ret = AVERROR(ENOMEM);

    if (!decoder)
        return ret;

    decoder->media_path = av_strdup(media);
    decoder->video_path = av_strdup(video);
    decoder->driver     = av_strdup(driver);
    if (decoder->media_path && decoder->video_path && decoder->driver)
        ret = av_dynarray_add_nofree(&hwctx->decoders, &hwctx->nb_decoders, decoder);
    if (ret < 0) {
        av_free(decoder->media_path);
        av_free(decoder->video_path);
        av_free(decoder->driver);
        av_free(decoder);
    }
    return ret;
}

static int probe_video(Probe *probe, const char *media, const char *driver, dev_t number)
{
    AVV4L2RequestDeviceContext *hwctx = probe->ctx->hwctx;
    char *video = ff_v4l2_request_node_path(major(number), minor(number));
    const char *what;
    int fd, ret = 0;

    if (!video) {
        av_log(probe->ctx, AV_LOG_WARNING, "The video node %u:%u of %s does not exist in /dev.\n",
               major(number), minor(number), media);
        probe->error = AVERROR(ENOENT);
        return 0;
    }

    fd = open_node(probe, video);
    if (fd < 0)
        goto end;

    what = ff_v4l2_request_node_text(ff_v4l2_request_node_kind(fd));
    close(fd);
    if (what) {
        av_log(probe->ctx, probe->wanted ? AV_LOG_ERROR : AV_LOG_VERBOSE,
               "%s (%s) is %s.\n", video, driver, what);
        probe->explained |= probe->wanted && probe->wanted_number == number;
        goto end;
    }

    av_log(probe->ctx, AV_LOG_VERBOSE, "Found stateless decoder %s at %s and %s.\n",
           driver, media, video);
    ret = add_decoder(hwctx, media, video, driver);

end:
    av_free(video);
    return ret;
}

/** Whether the user asked for this media device or for this video node of it. */
static int is_wanted(const Probe *probe, dev_t media, const char *driver, dev_t video)
{
    return !probe->wanted ||
           (probe->wanted_number != V4L2_REQUEST_NO_DEVICE ?
            probe->wanted_number == media || probe->wanted_number == video :
            !strcmp(probe->wanted, driver));
}

/** Add the decoders of one media device. */
static int probe_media(Probe *probe, const char *path)
{
    struct media_device_info info = { 0 };
    struct stat st;
    V4L2RequestTopology t;
    int fd, ret;

    fd = open_node(probe, path);
    if (fd < 0)
        return 0;

    if (fstat(fd, &st) < 0 ||
        avpriv_v4l2request_ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info) < 0 ||
        ff_v4l2_request_topology_read(fd, &t) < 0) {
        av_log(probe->ctx, AV_LOG_VERBOSE, "%s is not a usable media device.\n", path);
        close(fd);
        return 0;
    }
    close(fd);

    ret = 0;
    for (unsigned i = 0; i < t.header.num_entities && ret >= 0; i++) {
        dev_t video;

        if (t.entities[i].function != MEDIA_ENT_F_PROC_VIDEO_DECODER)
            continue;
        video = ff_v4l2_request_decoder_node(&t, t.entities[i].id);
        if (video != V4L2_REQUEST_NO_DEVICE && is_wanted(probe, st.st_rdev, info.driver, video))
            ret = probe_video(probe, path, info.driver, video);
    }
    ff_v4l2_request_topology_free(&t);
    return ret;
}

/** Tell what is wrong with a node that belongs to no decoder entity. */
static void explain_wanted(Probe *probe)
{
    const char *what;
    int fd;

    if (probe->error || probe->explained)
        return;
    if (probe->wanted_number == V4L2_REQUEST_NO_DEVICE) {
        av_log(probe->ctx, AV_LOG_ERROR, "No stateless decoder has the driver \"%s\".\n",
               probe->wanted);
        return;
    }

    fd = open_node(probe, probe->wanted);
    if (fd < 0)
        return;
    what = ff_v4l2_request_node_text(ff_v4l2_request_node_kind(fd));
    close(fd);
    av_log(probe->ctx, AV_LOG_ERROR, "%s is %s.\n", probe->wanted,
           what ? what : "a stateless decoder without a media device");
}

int ff_v4l2_request_probe(AVHWDeviceContext *ctx, const char *device)
{
    AVV4L2RequestDeviceContext *hwctx = ctx->hwctx;
    Probe probe = { .ctx = ctx, .wanted = device && *device ? device : NULL };
    char **paths = NULL;
    int nb_paths = 0;
    int ret;

    if (probe.wanted && *probe.wanted == '/') {
        struct stat st;

        if (stat(probe.wanted, &st) < 0 || !S_ISCHR(st.st_mode)) {
            av_log(ctx, AV_LOG_ERROR, "There is no device %s.\n", probe.wanted);
            return AVERROR(ENODEV);
        }
        probe.wanted_number = st.st_rdev;
    }

    ret = ff_v4l2_request_list_media(ctx, &paths, &nb_paths);
    for (int i = 0; i < nb_paths && ret >= 0; i++)
        ret = probe_media(&probe, paths[i]);
    for (int i = 0; i < nb_paths; i++)
        av_free(paths[i]);
    av_free(paths);
    if (ret < 0 || hwctx->nb_decoders)
        return ret;

    if (probe.wanted)
        explain_wanted(&probe);
    else
        av_log(ctx, AV_LOG_ERROR, "No stateless V4L2 decoder %s.\n",
               probe.error ? "could be used" : "exists on this machine");
    return probe.error ? probe.error : AVERROR(ENODEV);
}
