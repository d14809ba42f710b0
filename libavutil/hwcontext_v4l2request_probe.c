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
#include "log.h"
#include "mem.h"

/** Device number of no device. */
#define NO_DEVICE 0

/** What is wanted, and why it has not been found so far. */
typedef struct Probe {
    AVHWDeviceContext *ctx;
    const char *wanted;         ///< as the user gave it, NULL for any
    dev_t wanted_number;        ///< if it is a device node
    int error;                  ///< of the most promising device that failed
} Probe;

typedef struct Topology {
    struct media_v2_entity *entities;
    struct media_v2_interface *interfaces;
    struct media_v2_pad *pads;
    struct media_v2_link *links;
    struct media_v2_topology header;
} Topology;

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

static void topology_free(Topology *t)
{
    av_freep(&t->entities);
    av_freep(&t->interfaces);
    av_freep(&t->pads);
    av_freep(&t->links);
}

/** The first call tells the sizes, the second one fills the arrays. */
static int topology_read(int fd, Topology *t)
{
    int ret;

    memset(t, 0, sizeof(*t));
    ret = avpriv_v4l2request_ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &t->header);
    if (ret < 0)
        return ret;

    t->entities   = av_calloc(t->header.num_entities + 1, sizeof(*t->entities));
    t->interfaces = av_calloc(t->header.num_interfaces + 1, sizeof(*t->interfaces));
    t->pads       = av_calloc(t->header.num_pads + 1, sizeof(*t->pads));
    t->links      = av_calloc(t->header.num_links + 1, sizeof(*t->links));
    if (!t->entities || !t->interfaces || !t->pads || !t->links) {
        topology_free(t);
        return AVERROR(ENOMEM);
    }

    t->header.ptr_entities   = (uintptr_t)t->entities;
    t->header.ptr_interfaces = (uintptr_t)t->interfaces;
    t->header.ptr_pads       = (uintptr_t)t->pads;
    t->header.ptr_links      = (uintptr_t)t->links;
    ret = avpriv_v4l2request_ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &t->header);
    if (ret < 0)
        topology_free(t);
    return ret;
}

static uint32_t pad_entity(const Topology *t, uint32_t pad_id)
{
    for (unsigned i = 0; i < t->header.num_pads; i++) {
        if (t->pads[i].id == pad_id)
            return t->pads[i].entity_id;
    }
    return 0;
}

/** MEDIA_LNK_FL_LINK_TYPE, the mask of these bits, shifts an int too far. */
static uint32_t link_type(const struct media_v2_link *link)
{
    return link->flags & UINT32_C(0xf0000000);
}

/** The video node through which an I/O entity is used. */
static dev_t entity_video_node(const Topology *t, uint32_t entity)
{
    for (unsigned i = 0; i < t->header.num_links; i++) {
        const struct media_v2_link *link = &t->links[i];

        if (link_type(link) != MEDIA_LNK_FL_INTERFACE_LINK ||
            link->sink_id != entity)
            continue;
        for (unsigned j = 0; j < t->header.num_interfaces; j++) {
            const struct media_v2_interface *intf = &t->interfaces[j];

            if (intf->id == link->source_id && intf->intf_type == MEDIA_INTF_T_V4L_VIDEO)
                return makedev(intf->devnode.major, intf->devnode.minor);
        }
    }
    return NO_DEVICE;
}

/**
 * The video node that feeds a processing entity: v4l2_m2m_register_media_controller()
 * puts an I/O entity at each end of it, and both belong to the same node.
 */
static dev_t decoder_video_node(const Topology *t, uint32_t decoder)
{
    for (unsigned i = 0; i < t->header.num_links; i++) {
        const struct media_v2_link *link = &t->links[i];

        if (link_type(link) == MEDIA_LNK_FL_DATA_LINK &&
            pad_entity(t, link->sink_id) == decoder) {
            dev_t number = entity_video_node(t, pad_entity(t, link->source_id));

            if (number != NO_DEVICE)
                return number;
        }
    }
    return NO_DEVICE;
}

/**
 * Say what a device node is.
 *
 * @param fd open node
 * @return NULL for a stateless decoder, else a description for the user
 */
static const char *describe_node(int fd)
{
    struct media_device_info info = { 0 };
    struct v4l2_capability cap = { 0 };
    uint32_t caps, type;
    int compressed = 0;

    if (!avpriv_v4l2request_ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info))
        return "a media device without a stateless decoder";
    if (avpriv_v4l2request_ioctl(fd, VIDIOC_QUERYCAP, &cap) < 0)
        return "not a V4L2 device";

    caps = cap.capabilities & V4L2_CAP_DEVICE_CAPS ? cap.device_caps : cap.capabilities;
    if (!(caps & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE)) ||
        !(caps & V4L2_CAP_STREAMING))
        return "not a decoder (a camera, a tuner or an overlay)";

    type = caps & V4L2_CAP_VIDEO_M2M_MPLANE ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
                                            : V4L2_BUF_TYPE_VIDEO_OUTPUT;
    for (unsigned i = 0;; i++) {
        struct v4l2_fmtdesc desc = { .index = i, .type = type };

        if (avpriv_v4l2request_ioctl(fd, VIDIOC_ENUM_FMT, &desc) < 0)
            break;
        if (avpriv_v4l2request_is_stateless(desc.pixelformat))
            return NULL;
        compressed |= desc.flags & V4L2_FMT_FLAG_COMPRESSED;
    }
    return compressed ? "a stateful decoder: use the *_v4l2m2m decoders with it"
                      : "not a decoder (an encoder or an image processor)";
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

    what = describe_node(fd);
    close(fd);
    if (what) {
        av_log(probe->ctx, probe->wanted ? AV_LOG_ERROR : AV_LOG_VERBOSE,
               "%s (%s) is %s.\n", video, driver, what);
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
           (probe->wanted_number != NO_DEVICE ? probe->wanted_number == media ||
                                                probe->wanted_number == video
                                              : !strcmp(probe->wanted, driver));
}

/** Add the decoders of one media device. */
static int probe_media(Probe *probe, const char *path)
{
    struct media_device_info info = { 0 };
    struct stat st;
    Topology t;
    int fd, ret;

    fd = open_node(probe, path);
    if (fd < 0)
        return 0;

    if (fstat(fd, &st) < 0 ||
        avpriv_v4l2request_ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info) < 0 ||
        topology_read(fd, &t) < 0) {
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
        video = decoder_video_node(&t, t.entities[i].id);
        if (video != NO_DEVICE && is_wanted(probe, st.st_rdev, info.driver, video))
            ret = probe_video(probe, path, info.driver, video);
    }
    topology_free(&t);
    return ret;
}

/** Tell what is wrong with a node that belongs to no decoder entity. */
static void explain_wanted(Probe *probe)
{
    const char *what;
    int fd;

    if (probe->error)
        return;
    if (probe->wanted_number == NO_DEVICE) {
        av_log(probe->ctx, AV_LOG_ERROR, "No stateless decoder has the driver \"%s\".\n",
               probe->wanted);
        return;
    }

    fd = open_node(probe, probe->wanted);
    if (fd < 0)
        return;
    what = describe_node(fd);
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
