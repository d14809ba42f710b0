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
 * Topology of media devices, and what their video nodes are. The tool
 * v4l2request-info is compiled with this file, too.
 */

#include <stdint.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <linux/media.h>
#include <linux/videodev2.h>

#include "error.h"
#include "hwcontext_v4l2request_internal.h"
#include "hwcontext_v4l2request_topology.h"
#include "mem.h"

void ff_v4l2_request_topology_free(V4L2RequestTopology *t)
{
    av_freep(&t->entities);
    av_freep(&t->interfaces);
    av_freep(&t->pads);
    av_freep(&t->links);
}

/* The first call tells the sizes, the second one fills the arrays. */
int ff_v4l2_request_topology_read(int fd, V4L2RequestTopology *t)
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
        ff_v4l2_request_topology_free(t);
        return AVERROR(ENOMEM);
    }

    t->header.ptr_entities   = (uintptr_t)t->entities;
    t->header.ptr_interfaces = (uintptr_t)t->interfaces;
    t->header.ptr_pads       = (uintptr_t)t->pads;
    t->header.ptr_links      = (uintptr_t)t->links;
    ret = avpriv_v4l2request_ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &t->header);
    if (ret < 0)
        ff_v4l2_request_topology_free(t);
    return ret;
}

static uint32_t pad_entity(const V4L2RequestTopology *t, uint32_t pad_id)
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
static dev_t entity_video_node(const V4L2RequestTopology *t, uint32_t entity)
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
    return V4L2_REQUEST_NO_DEVICE;
}

/* v4l2_m2m_register_media_controller() puts an I/O entity at each end of the
 * processing entity, and both belong to the same node. */
dev_t ff_v4l2_request_decoder_node(const V4L2RequestTopology *t, uint32_t decoder)
{
    for (unsigned i = 0; i < t->header.num_links; i++) {
        const struct media_v2_link *link = &t->links[i];

        if (link_type(link) == MEDIA_LNK_FL_DATA_LINK &&
            pad_entity(t, link->sink_id) == decoder) {
            dev_t number = entity_video_node(t, pad_entity(t, link->source_id));

            if (number != V4L2_REQUEST_NO_DEVICE)
                return number;
        }
    }
    return V4L2_REQUEST_NO_DEVICE;
}

/** What formats of a queue tell of its device. */
enum {
    HAS_COMPRESSED = 1,
    HAS_STATELESS  = 2,
};

static int queue_formats(int fd, uint32_t type)
{
    int found = 0;

    for (unsigned i = 0;; i++) {
        struct v4l2_fmtdesc desc = { .index = i, .type = type };

        if (avpriv_v4l2request_ioctl(fd, VIDIOC_ENUM_FMT, &desc) < 0)
            return found;
        if (desc.flags & V4L2_FMT_FLAG_COMPRESSED)
            found |= HAS_COMPRESSED;
        if (avpriv_v4l2request_is_stateless(desc.pixelformat))
            found |= HAS_STATELESS;
    }
}

/** What tells a stateless decoder of an unknown codec from a stateful one. */
static int takes_requests(int fd, uint32_t type)
{
    struct v4l2_requestbuffers none = { .type = type, .memory = V4L2_MEMORY_MMAP };

    return avpriv_v4l2request_ioctl(fd, VIDIOC_REQBUFS, &none) >= 0 &&
           none.capabilities & V4L2_BUF_CAP_SUPPORTS_REQUESTS;
}

enum V4L2RequestNodeKind ff_v4l2_request_node_kind(int fd)
{
    struct media_device_info info = { 0 };
    struct v4l2_capability cap = { 0 };
    uint32_t caps, type;
    int mplane, output, capture;

    if (!avpriv_v4l2request_ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info))
        return V4L2_REQUEST_NODE_MEDIA;
    if (avpriv_v4l2request_ioctl(fd, VIDIOC_QUERYCAP, &cap) < 0)
        return V4L2_REQUEST_NODE_FOREIGN;

    caps = cap.capabilities & V4L2_CAP_DEVICE_CAPS ? cap.device_caps : cap.capabilities;
    if (!(caps & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE)) ||
        !(caps & V4L2_CAP_STREAMING))
        return V4L2_REQUEST_NODE_OTHER;

    mplane = !!(caps & V4L2_CAP_VIDEO_M2M_MPLANE);
    type   = mplane ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
    output = queue_formats(fd, type);
    if (output & HAS_STATELESS)
        return V4L2_REQUEST_NODE_STATELESS;
    if (output & HAS_COMPRESSED)
        return takes_requests(fd, type) ? V4L2_REQUEST_NODE_UNKNOWN
                                        : V4L2_REQUEST_NODE_STATEFUL;
    capture = queue_formats(fd, mplane ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
                                       : V4L2_BUF_TYPE_VIDEO_CAPTURE);
    return capture & HAS_COMPRESSED ? V4L2_REQUEST_NODE_ENCODER
                                    : V4L2_REQUEST_NODE_PROCESSOR;
}

const char *ff_v4l2_request_node_text(enum V4L2RequestNodeKind kind)
{
    static const char *const texts[] = {
        [V4L2_REQUEST_NODE_STATELESS] = NULL,
        [V4L2_REQUEST_NODE_UNKNOWN]   = "a stateless decoder of none of FFmpeg's codecs",
        [V4L2_REQUEST_NODE_STATEFUL]  = "a stateful decoder: use the *_v4l2m2m decoders with it",
        [V4L2_REQUEST_NODE_ENCODER]   = "not a decoder (an encoder)",
        [V4L2_REQUEST_NODE_PROCESSOR] = "not a decoder (an image processor)",
        [V4L2_REQUEST_NODE_OTHER]     = "not a decoder (a camera, a tuner or an overlay)",
        [V4L2_REQUEST_NODE_MEDIA]     = "a media device without a stateless decoder",
        [V4L2_REQUEST_NODE_FOREIGN]   = "not a V4L2 device",
    };

    return texts[kind];
}
