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

#ifndef AVCODEC_V4L2_REQUEST_AV1_H
#define AVCODEC_V4L2_REQUEST_AV1_H

/**
 * @file
 * What the two parts of the AV1 hwaccel share.
 */

#include <linux/v4l2-controls.h>

#include "av1dec.h"
#include "v4l2_request.h"

typedef struct V4L2RequestAV1Picture {
    V4L2RequestPicture base;
    struct v4l2_ctrl_av1_sequence sequence;
    struct v4l2_ctrl_av1_frame frame;
    struct v4l2_ctrl_av1_film_grain film_grain;

    /// of the whole frame, in raster order
    struct v4l2_ctrl_av1_tile_group_entry tiles[V4L2_AV1_MAX_TILE_COUNT];
    int nb_tiles;       ///< of the tile groups so far
    uint32_t size;      ///< bytes of the tile groups so far
} V4L2RequestAV1Picture;

/** Fill pic->frame but for the references. */
void ff_v4l2_request_av1_fill_frame(struct v4l2_ctrl_av1_frame *ctrl, const AV1DecContext *s);

/** Fill the film grain control, for the device to apply it. */
void ff_v4l2_request_av1_fill_film_grain(struct v4l2_ctrl_av1_film_grain *ctrl,
                                         const AV1DecContext *s);

#endif /* AVCODEC_V4L2_REQUEST_AV1_H */
