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

#ifndef AVCODEC_V4L2_REQUEST_HEVC_H
#define AVCODEC_V4L2_REQUEST_HEVC_H

#include <linux/v4l2-controls.h>

#include "hevc/hevcdec.h"
#include "v4l2_request.h"

/**
 * The controls of the picture that is being filled; only one is at a time. The
 * arrays grow with the slices of a picture and stay.
 */
typedef struct V4L2RequestHEVCContext {
    V4L2RequestContext base;
    struct v4l2_ctrl_hevc_sps sps;
    struct v4l2_ctrl_hevc_pps pps;
    struct v4l2_ctrl_hevc_scaling_matrix scaling_matrix;
    struct v4l2_ctrl_hevc_decode_params decode_params;

    struct v4l2_ctrl_hevc_slice_params *slice_params;
    unsigned slice_params_size;     ///< of the allocation
    unsigned nb_slices;             ///< of this request
    uint32_t *entry_points;
    unsigned entry_points_size;     ///< of the allocation
    unsigned nb_entry_points;       ///< of all slices of this request

    /* Syntax of the SPS that the hwaccel was initialised with. */
    struct v4l2_ctrl_hevc_ext_sps_st_rps st_rps[HEVC_MAX_SHORT_TERM_REF_PIC_SETS];
    struct v4l2_ctrl_hevc_ext_sps_lt_rps lt_rps[HEVC_MAX_LONG_TERM_REF_PICS];

    /// pictures in decode_params.dpb; valid while the picture is parsed
    const HEVCFrame *dpb[V4L2_HEVC_DPB_ENTRIES_NUM_MAX];
    unsigned missing;               ///< bit n: another picture stands in for dpb[n]
} V4L2RequestHEVCContext;

void ff_v4l2_request_hevc_fill_sps(struct v4l2_ctrl_hevc_sps *ctrl, const HEVCPPS *pps);
void ff_v4l2_request_hevc_fill_pps(struct v4l2_ctrl_hevc_pps *ctrl, const HEVCPPS *pps);

/**
 * Whether the hwaccel has frames of this stream, but a PPS has come that the
 * controls cannot say. Asked by hevcdec.c where a sequence begins, s->pps is set.
 */
int ff_v4l2_request_hevc_is_beyond(const HEVCContext *h);

/** Of the PPS or, if it has none, the SPS's or the default lists. */
void ff_v4l2_request_hevc_fill_scaling_matrix(struct v4l2_ctrl_hevc_scaling_matrix *ctrl,
                                              const HEVCPPS *pps);

/**
 * Fill decode_params with the reference picture set of the current picture.
 */
void ff_v4l2_request_hevc_fill_references(V4L2RequestHEVCContext *ctx, V4L2RequestPicture *pic,
                                          const HEVCContext *h);

/**
 * Fill the reference lists of a slice, and tell what it is predicted from.
 *
 * @return AVERROR_INVALIDDATA if there is nothing to predict from
 */
int ff_v4l2_request_hevc_fill_lists(struct v4l2_ctrl_hevc_slice_params *ctrl,
                                    const V4L2RequestHEVCContext *ctx,
                                    V4L2RequestPicture *pic, const HEVCContext *h);

/**
 * Add an element to slice_params, and its entry points, for a slice segment
 * whose NAL unit has just been appended to the request.
 *
 * @param nal,size the NAL unit, as decode_slice() gets it
 */
int ff_v4l2_request_hevc_add_slice(V4L2RequestHEVCContext *ctx, AVCodecContext *avctx,
                                   V4L2RequestPicture *pic, const uint8_t *nal, uint32_t size);

/** Whether the parsed slice segment has to go into another request. */
int ff_v4l2_request_hevc_is_full(const V4L2RequestHEVCContext *ctx, AVCodecContext *avctx);

/**
 * Read the candidate reference picture sets of an SPS, as they were coded, into
 * st_rps and lt_rps. Needed for V4L2_CID_STATELESS_HEVC_EXT_SPS_*_RPS.
 */
int ff_v4l2_request_hevc_parse_rps(V4L2RequestHEVCContext *ctx, const HEVCSPS *sps);

#endif /* AVCODEC_V4L2_REQUEST_HEVC_H */
