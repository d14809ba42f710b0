/*
 * HEVC parameter sets for V4L2 stateless decoders
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

#include "libavutil/macros.h"

#include "hevc/hevcdec.h"
#include "v4l2_request_hevc.h"

/** Of the highest sub-layer, since all are decoded. */
void ff_v4l2_request_hevc_fill_sps(struct v4l2_ctrl_hevc_sps *ctrl, const HEVCPPS *pps)
{
    const HEVCSPS *sps = pps->sps;
    int last = sps->max_sub_layers - 1;

    *ctrl = (struct v4l2_ctrl_hevc_sps) {
        .video_parameter_set_id                       = sps->vps_id,
        .seq_parameter_set_id                         = pps->sps_id,
        .pic_width_in_luma_samples                    = sps->width,
        .pic_height_in_luma_samples                   = sps->height,
        .bit_depth_luma_minus8                        = sps->bit_depth - 8,
        .bit_depth_chroma_minus8                      = sps->bit_depth_chroma - 8,
        .log2_max_pic_order_cnt_lsb_minus4            = sps->log2_max_poc_lsb - 4,
        .sps_max_dec_pic_buffering_minus1             = sps->temporal_layer[last].max_dec_pic_buffering - 1,
        .sps_max_num_reorder_pics                     = sps->temporal_layer[last].num_reorder_pics,
        .sps_max_latency_increase_plus1               = sps->temporal_layer[last].max_latency_increase + 1,
        .log2_min_luma_coding_block_size_minus3       = sps->log2_min_cb_size - 3,
        .log2_diff_max_min_luma_coding_block_size     = sps->log2_diff_max_min_coding_block_size,
        .log2_min_luma_transform_block_size_minus2    = sps->log2_min_tb_size - 2,
        .log2_diff_max_min_luma_transform_block_size  = sps->log2_diff_max_min_transform_block_size,
        .max_transform_hierarchy_depth_inter          = sps->max_transform_hierarchy_depth_inter,
        .max_transform_hierarchy_depth_intra          = sps->max_transform_hierarchy_depth_intra,
        .num_short_term_ref_pic_sets                  = sps->nb_st_rps,
        .num_long_term_ref_pics_sps                   = sps->num_long_term_ref_pics_sps,
        .chroma_format_idc                            = sps->chroma_format_idc,
        .sps_max_sub_layers_minus1                    = last,
        .flags =
            (sps->separate_colour_plane ? V4L2_HEVC_SPS_FLAG_SEPARATE_COLOUR_PLANE : 0) |
            (sps->scaling_list_enabled ? V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED : 0) |
            (sps->amp_enabled ? V4L2_HEVC_SPS_FLAG_AMP_ENABLED : 0) |
            (sps->sao_enabled ? V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET : 0) |
            (sps->pcm_enabled ? V4L2_HEVC_SPS_FLAG_PCM_ENABLED : 0) |
            (sps->pcm_loop_filter_disabled ? V4L2_HEVC_SPS_FLAG_PCM_LOOP_FILTER_DISABLED : 0) |
            (sps->long_term_ref_pics_present ? V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT : 0) |
            (sps->temporal_mvp_enabled ? V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED : 0) |
            (sps->strong_intra_smoothing_enabled ? V4L2_HEVC_SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED : 0),
    };
    if (sps->pcm_enabled) {
        ctrl->pcm_sample_bit_depth_luma_minus1             = sps->pcm.bit_depth - 1;
        ctrl->pcm_sample_bit_depth_chroma_minus1           = sps->pcm.bit_depth_chroma - 1;
        ctrl->log2_min_pcm_luma_coding_block_size_minus3   = sps->pcm.log2_min_pcm_cb_size - 3;
        ctrl->log2_diff_max_min_pcm_luma_coding_block_size = sps->pcm.log2_max_pcm_cb_size -
                                                             sps->pcm.log2_min_pcm_cb_size;
    }
}

/** rk3399's rkvdec-hevc.c and cedrus_h265.c read the sizes of uniform tiles, too. */
static void fill_tiles(struct v4l2_ctrl_hevc_pps *ctrl, const HEVCPPS *pps)
{
    if (!pps->tiles_enabled_flag)
        return;

    ctrl->num_tile_columns_minus1 = pps->num_tile_columns - 1;
    ctrl->num_tile_rows_minus1    = pps->num_tile_rows - 1;
    for (int i = 0; i < FFMIN(pps->num_tile_columns, FF_ARRAY_ELEMS(ctrl->column_width_minus1)); i++)
        ctrl->column_width_minus1[i] = pps->column_width[i] - 1;
    for (int i = 0; i < FFMIN(pps->num_tile_rows, FF_ARRAY_ELEMS(ctrl->row_height_minus1)); i++)
        ctrl->row_height_minus1[i] = pps->row_height[i] - 1;
}

void ff_v4l2_request_hevc_fill_pps(struct v4l2_ctrl_hevc_pps *ctrl, const HEVCPPS *pps)
{
    *ctrl = (struct v4l2_ctrl_hevc_pps) {
        .pic_parameter_set_id                 = pps->pps_id,
        .num_extra_slice_header_bits          = pps->num_extra_slice_header_bits,
        .num_ref_idx_l0_default_active_minus1 = pps->num_ref_idx_l0_default_active - 1,
        .num_ref_idx_l1_default_active_minus1 = pps->num_ref_idx_l1_default_active - 1,
        .init_qp_minus26                      = pps->pic_init_qp_minus26,
        .diff_cu_qp_delta_depth               = pps->diff_cu_qp_delta_depth,
        .pps_cb_qp_offset                     = pps->cb_qp_offset,
        .pps_cr_qp_offset                     = pps->cr_qp_offset,
        .pps_beta_offset_div2                 = pps->beta_offset / 2,
        .pps_tc_offset_div2                   = pps->tc_offset / 2,
        .log2_parallel_merge_level_minus2     = pps->log2_parallel_merge_level - 2,
        .flags =
            (pps->dependent_slice_segments_enabled_flag ?
             V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED : 0) |
            (pps->output_flag_present_flag ? V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT : 0) |
            (pps->sign_data_hiding_flag ? V4L2_HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED : 0) |
            (pps->cabac_init_present_flag ? V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT : 0) |
            (pps->constrained_intra_pred_flag ? V4L2_HEVC_PPS_FLAG_CONSTRAINED_INTRA_PRED : 0) |
            (pps->transform_skip_enabled_flag ? V4L2_HEVC_PPS_FLAG_TRANSFORM_SKIP_ENABLED : 0) |
            (pps->cu_qp_delta_enabled_flag ? V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED : 0) |
            (pps->pic_slice_level_chroma_qp_offsets_present_flag ?
             V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT : 0) |
            (pps->weighted_pred_flag ? V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED : 0) |
            (pps->weighted_bipred_flag ? V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED : 0) |
            (pps->transquant_bypass_enable_flag ? V4L2_HEVC_PPS_FLAG_TRANSQUANT_BYPASS_ENABLED : 0) |
            (pps->tiles_enabled_flag ? V4L2_HEVC_PPS_FLAG_TILES_ENABLED : 0) |
            (pps->entropy_coding_sync_enabled_flag ? V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED : 0) |
            (pps->loop_filter_across_tiles_enabled_flag ?
             V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED : 0) |
            (pps->seq_loop_filter_across_slices_enabled_flag ?
             V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED : 0) |
            (pps->deblocking_filter_override_enabled_flag ?
             V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED : 0) |
            (pps->disable_dbf ? V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER : 0) |
            (pps->lists_modification_present_flag ? V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT : 0) |
            (pps->slice_header_extension_present_flag ?
             V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT : 0) |
            (pps->deblocking_filter_control_present_flag ?
             V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT : 0) |
            (pps->uniform_spacing_flag ? V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING : 0),
    };
    fill_tiles(ctrl, pps);
}

/** Raster order and DC coefficients as they are, on both sides. */
void ff_v4l2_request_hevc_fill_scaling_matrix(struct v4l2_ctrl_hevc_scaling_matrix *ctrl,
                                              const HEVCPPS *pps)
{
    const ScalingList *list = pps->scaling_list_data_present_flag ? &pps->scaling_list :
                                                                    &pps->sps->scaling_list;

    for (int i = 0; i < 6; i++) {
        memcpy(ctrl->scaling_list_4x4[i],   list->sl[0][i], sizeof(ctrl->scaling_list_4x4[i]));
        memcpy(ctrl->scaling_list_8x8[i],   list->sl[1][i], sizeof(ctrl->scaling_list_8x8[i]));
        memcpy(ctrl->scaling_list_16x16[i], list->sl[2][i], sizeof(ctrl->scaling_list_16x16[i]));
        ctrl->scaling_list_dc_coef_16x16[i] = list->sl_dc[0][i];
    }
    /* 4:4:4 aside there is one list for intra and one for inter blocks. */
    for (int i = 0; i < 2; i++) {
        memcpy(ctrl->scaling_list_32x32[i], list->sl[3][3 * i], sizeof(ctrl->scaling_list_32x32[i]));
        ctrl->scaling_list_dc_coef_32x32[i] = list->sl_dc[1][3 * i];
    }
}
