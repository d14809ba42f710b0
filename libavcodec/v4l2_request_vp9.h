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

#ifndef AVCODEC_V4L2_REQUEST_VP9_H
#define AVCODEC_V4L2_REQUEST_VP9_H

/**
 * @file
 * What the files of the VP9 hwaccel know of each other.
 */

#include <linux/v4l2-controls.h>
#include <stddef.h>
#include <stdint.h>

#include "avcodec.h"
#include "vp9shared.h"

/**
 * What FFmpeg's parser reads and does not keep, in all versions alike. Names
 * are those of the VP9 bitstream specification, 6.2.
 */
typedef struct V4L2RequestVP9Header {
    int render_width;
    int render_height;
    int reset_frame_context;
    int frame_context_idx;          ///< as signalled; FFmpeg's is 0 in intra frames
    int segmentation_update_data;
} V4L2RequestVP9Header;

/**
 * Read the uncompressed header.
 *
 * @param data a frame whose header FFmpeg has accepted
 * @param width,height of the frame, which may be those of a reference
 */
int ff_v4l2_request_vp9_parse_header(V4L2RequestVP9Header *header, const uint8_t *data,
                                     size_t size, int width, int height);

/**
 * Read the compressed header: probabilities as they are coded, not applied to
 * anything; 0 stands for "no change".
 *
 * @param data,size the compressed header alone
 * @param h what FFmpeg knows of the frame
 */
void ff_v4l2_request_vp9_parse_compressed(struct v4l2_ctrl_vp9_compressed_hdr *ctrl,
                                          const uint8_t *data, size_t size,
                                          const VP9BitstreamHeader *h);

/** Frames since the last key frame, a counted object. */
typedef struct V4L2RequestVP9History V4L2RequestVP9History;

/**
 * Keep a frame's data, in case that software has to go on.
 *
 * @param previous what the frame before has, or NULL
 * @return new reference, NULL if there is no memory
 */
V4L2RequestVP9History *ff_v4l2_request_vp9_remember(V4L2RequestVP9History *previous, int keyframe,
                                                    const uint8_t *data, size_t size);

/**
 * Give the decoder the state that software needs to go on without a key frame.
 * To be called by FFHWAccel.init before it fails.
 */
int ff_v4l2_request_vp9_take_over(AVCodecContext *avctx, const V4L2RequestVP9History *history);

#endif /* AVCODEC_V4L2_REQUEST_VP9_H */
