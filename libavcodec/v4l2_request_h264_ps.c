/*
 * H.264 parameter sets for V4L2 stateless decoders
 *
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

#include <string.h>

#include "libavutil/log.h"
#include "libavutil/macros.h"

#include "h264dec.h"
#include "v4l2_request_h264.h"

void ff_v4l2_request_h264_fill_sps(struct v4l2_ctrl_h264_sps *ctrl, const SPS *sps)
{
    *ctrl = (struct v4l2_ctrl_h264_sps) {
        .profile_idc                           = sps->profile_idc,
        .constraint_set_flags                  = sps->constraint_set_flags,
        .level_idc                             = sps->level_idc,
        .seq_parameter_set_id                  = sps->sps_id,
        .chroma_format_idc                     = sps->chroma_format_idc,
        .bit_depth_luma_minus8                 = sps->bit_depth_luma - 8,
        .bit_depth_chroma_minus8               = sps->bit_depth_chroma - 8,
        .log2_max_frame_num_minus4             = sps->log2_max_frame_num - 4,
        .pic_order_cnt_type                    = sps->poc_type,
        .log2_max_pic_order_cnt_lsb_minus4     = FFMAX(sps->log2_max_poc_lsb - 4, 0),
        .max_num_ref_frames                    = sps->ref_frame_count,
        .num_ref_frames_in_pic_order_cnt_cycle = sps->poc_cycle_length,
        .offset_for_non_ref_pic                = sps->offset_for_non_ref_pic,
        .offset_for_top_to_bottom_field        = sps->offset_for_top_to_bottom_field,
        .pic_width_in_mbs_minus1               = sps->mb_width - 1,
        .pic_height_in_map_units_minus1        = sps->mb_height / (2 - sps->frame_mbs_only_flag) - 1,
        .flags =
            (sps->residual_color_transform_flag ? V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE : 0) |
            (sps->transform_bypass ? V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS : 0) |
            (sps->delta_pic_order_always_zero_flag ? V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO : 0) |
            (sps->gaps_in_frame_num_allowed_flag ? V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED : 0) |
            (sps->frame_mbs_only_flag ? V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY : 0) |
            (sps->mb_aff ? V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD : 0) |
            (sps->direct_8x8_inference_flag ? V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE : 0),
    };
    for (int i = 0; i < FFMIN(sps->poc_cycle_length, FF_ARRAY_ELEMS(ctrl->offset_for_ref_frame)); i++)
        ctrl->offset_for_ref_frame[i] = sps->offset_for_ref_frame[i];
}

static void fill_pps(struct v4l2_ctrl_h264_pps *ctrl, const PPS *pps, const SPS *sps)
{
    int qp_offset = 26 + 6 * (sps->bit_depth_luma - 8);

    *ctrl = (struct v4l2_ctrl_h264_pps) {
        .pic_parameter_set_id                 = pps->pps_id,
        .seq_parameter_set_id                 = pps->sps_id,
        .num_slice_groups_minus1              = pps->slice_group_count - 1,
        .num_ref_idx_l0_default_active_minus1 = pps->ref_count[0] - 1,
        .num_ref_idx_l1_default_active_minus1 = pps->ref_count[1] - 1,
        .weighted_bipred_idc                  = pps->weighted_bipred_idc,
        .pic_init_qp_minus26                  = pps->init_qp - qp_offset,
        .pic_init_qs_minus26                  = pps->init_qs - qp_offset,
        .chroma_qp_index_offset               = pps->chroma_qp_index_offset[0],
        .second_chroma_qp_index_offset        = pps->chroma_qp_index_offset[1],
        .flags =
            (pps->cabac ? V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE : 0) |
            (pps->pic_order_present ? V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT : 0) |
            (pps->weighted_pred ? V4L2_H264_PPS_FLAG_WEIGHTED_PRED : 0) |
            (pps->deblocking_filter_parameters_present ? V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT : 0) |
            (pps->constrained_intra_pred ? V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED : 0) |
            (pps->redundant_pic_cnt_present ? V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT : 0) |
            (pps->transform_8x8_mode ? V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE : 0) |
            (sps->scaling_matrix_present || pps->pic_scaling_matrix_present_flag ?
             V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT : 0),
    };
}

static void fill_scaling_matrix(struct v4l2_ctrl_h264_scaling_matrix *ctrl, const PPS *pps)
{
    /* Raster order on both sides. FFmpeg keeps the intra lists of Y, Cb, Cr
     * before the inter ones, the control has the pairs of each component. */
    static const uint8_t order8[6] = { 0, 3, 1, 4, 2, 5 };

    memcpy(ctrl->scaling_list_4x4, pps->scaling_matrix4, sizeof(ctrl->scaling_list_4x4));
    for (int i = 0; i < FF_ARRAY_ELEMS(order8); i++)
        memcpy(ctrl->scaling_list_8x8[i], pps->scaling_matrix8[order8[i]],
               sizeof(ctrl->scaling_list_8x8[i]));
}

int ff_v4l2_request_h264_fill_pps(AVCodecContext *avctx, V4L2RequestH264Picture *pic, const PPS *pps)
{
    struct v4l2_ctrl_h264_scaling_matrix matrix;
    struct v4l2_ctrl_h264_pps ctrl;

    fill_pps(&ctrl, pps, pps->sps);
    fill_scaling_matrix(&matrix, pps);

    /* hantro and mediatek program one PPS for all slices, and rkvdec's hardware
     * looks it up by the number in the slice header, where only one is filled. */
    if (pic->base.slices && !ff_v4l2_request_is_slice_based(avctx) &&
        (memcmp(&ctrl, &pic->pps, sizeof(ctrl)) ||
         memcmp(&matrix, &pic->scaling_matrix, sizeof(matrix)))) {
        av_log(avctx, AV_LOG_ERROR, "The slices of a picture have different picture parameter sets "
               "(%d and %d), a device that decodes whole pictures is told of one only\n",
               pic->pps.pic_parameter_set_id, ctrl.pic_parameter_set_id);
        return AVERROR_PATCHWELCOME;
    }
    pic->pps            = ctrl;
    pic->scaling_matrix = matrix;
    return 0;
}
