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

#ifndef AVCODEC_V4L2_REQUEST_H264_H
#define AVCODEC_V4L2_REQUEST_H264_H

#include <linux/v4l2-controls.h>

#include "h264dec.h"
#include "v4l2_request.h"

typedef struct V4L2RequestH264Picture {
    V4L2RequestPicture base;
    struct v4l2_ctrl_h264_sps sps;
    struct v4l2_ctrl_h264_pps pps;
    struct v4l2_ctrl_h264_scaling_matrix scaling_matrix;
    struct v4l2_ctrl_h264_decode_params decode_params;
    struct v4l2_ctrl_h264_slice_params slice_params;
    struct v4l2_ctrl_h264_pred_weights pred_weights;
    /// pictures in decode_params.dpb; valid until the slices are parsed
    const H264Picture *dpb[V4L2_H264_NUM_DPB_ENTRIES];
    int nb_dpb;
    int first_field;    ///< of two, and the second one is still to come
} V4L2RequestH264Picture;

void ff_v4l2_request_h264_fill_sps(struct v4l2_ctrl_h264_sps *ctrl, const SPS *sps);

/**
 * Fill pps and scaling_matrix for a slice.
 *
 * @return 0, or AVERROR_PATCHWELCOME (logged) if the picture has begun with another
 *         PPS and cannot be decoded slice by slice
 */
int ff_v4l2_request_h264_fill_pps(AVCodecContext *avctx, V4L2RequestH264Picture *pic, const PPS *pps);

/**
 * Count POCs anew from the current picture, which has MMCO 5 (8.2.1). Called by
 * the marking of references (h264_refs.c) in software, too.
 */
void ff_v4l2_request_h264_reset_poc(H264Context *h);

/**
 * Fill decode_params.dpb with the pictures that are marked as references now.
 */
void ff_v4l2_request_h264_fill_dpb(V4L2RequestH264Picture *pic, const H264Context *h);

/**
 * Tell which of these the picture's slice is predicted from.
 */
void ff_v4l2_request_h264_add_dependencies(V4L2RequestH264Picture *pic, const H264Context *h,
                                           const H264SliceContext *sl);

/**
 * Fill a reference list of a slice.
 *
 * @param list  ref_pic_list0 or ref_pic_list1, zeroed
 * @param n     number of the list, 0 or 1
 */
void ff_v4l2_request_h264_fill_ref_list(struct v4l2_h264_reference *list,
                                        const V4L2RequestH264Picture *pic,
                                        const H264SliceContext *sl, int n);

#endif /* AVCODEC_V4L2_REQUEST_H264_H */
