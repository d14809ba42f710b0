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

#ifndef AVUTIL_HWCONTEXT_V4L2REQUEST_TOPOLOGY_H
#define AVUTIL_HWCONTEXT_V4L2REQUEST_TOPOLOGY_H

/**
 * @file
 * Topology of media devices, and what their video nodes are.
 */

#include <stdint.h>
#include <sys/types.h>

#include <linux/media.h>

/** Device number of no device. */
#define V4L2_REQUEST_NO_DEVICE 0

typedef struct V4L2RequestTopology {
    struct media_v2_entity *entities;
    struct media_v2_interface *interfaces;
    struct media_v2_pad *pads;
    struct media_v2_link *links;
    struct media_v2_topology header;
} V4L2RequestTopology;

enum V4L2RequestNodeKind {
    V4L2_REQUEST_NODE_STATELESS,    ///< a stateless decoder of a codec that FFmpeg parses
    V4L2_REQUEST_NODE_UNKNOWN,      ///< a stateless decoder of other codecs
    V4L2_REQUEST_NODE_STATEFUL,
    V4L2_REQUEST_NODE_ENCODER,
    V4L2_REQUEST_NODE_PROCESSOR,
    V4L2_REQUEST_NODE_OTHER,        ///< no memory to memory device
    V4L2_REQUEST_NODE_MEDIA,
    V4L2_REQUEST_NODE_FOREIGN,      ///< not even of V4L2
};

/**
 * Read the topology of a media device.
 *
 * @param fd open media device
 * @param t  gets it; to be freed by the caller, but not after an error
 */
int ff_v4l2_request_topology_read(int fd, V4L2RequestTopology *t);

void ff_v4l2_request_topology_free(V4L2RequestTopology *t);

/**
 * The video node that feeds a processing entity.
 *
 * @return its device number or V4L2_REQUEST_NO_DEVICE
 */
dev_t ff_v4l2_request_decoder_node(const V4L2RequestTopology *t, uint32_t entity);

/** Find out what an open device node is. */
enum V4L2RequestNodeKind ff_v4l2_request_node_kind(int fd);

/** What it is, for the user; NULL for a stateless decoder. */
const char *ff_v4l2_request_node_text(enum V4L2RequestNodeKind kind);

#endif /* AVUTIL_HWCONTEXT_V4L2REQUEST_TOPOLOGY_H */
