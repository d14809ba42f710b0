/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HEVC parameter sets: controls -> bits -> libavcodec's parser
 *
 * The bits are only a way to construct libavcodec's structures; the stream's
 * own parameter sets never come here. What the uAPI does not have (VUI,
 * cropping) stays at its default. Slice headers are not parsed by libavcodec,
 * so that reference picture sets can be left out.
 */

#include <string.h>

#include "libavcodec/put_bits.h"
#include "libavcodec/put_golomb.h"

#include "check.h"
#include "hevc_state.h"

/* Scaling lists are the most: 24 lists with 65 codes of up to 17 bits. */
#define MAX_BYTES	8192
#define PROFILE_MAIN	1
#define LEVEL		153

static void put_flag(PutBitContext *pb, uint64_t flags, uint64_t flag)
{
    put_bits(pb, 1, !!(flags & flag));
}

/* profile_tier_level(), 7.3.3 */
static void put_profile(PutBitContext *pb)
{
    put_bits(pb, 8, PROFILE_MAIN);
    put_bits32(pb, 0);
    put_bits32(pb, 0);
    put_bits(pb, 16, 0);
    put_bits(pb, 8, LEVEL);
}

static void put_dpb(PutBitContext *pb, const struct v4l2_ctrl_hevc_sps *sps)
{
    put_bits(pb, 1, 1);
    set_ue_golomb(pb, sps->sps_max_dec_pic_buffering_minus1);
    set_ue_golomb(pb, sps->sps_max_num_reorder_pics);
    set_ue_golomb(pb, sps->sps_max_latency_increase_plus1);
}

/* video_parameter_set_rbsp(), 7.3.2.1 */
static void put_vps(PutBitContext *pb, const struct v4l2_ctrl_hevc_sps *sps)
{
    put_bits(pb, 4, 0);
    put_bits(pb, 2, 3);
    put_bits(pb, 6, 0);
    put_bits(pb, 3, 0);
    put_bits(pb, 1, 1);
    put_bits(pb, 16, 0xffff);
    put_profile(pb);
    put_dpb(pb, sps);
    put_bits(pb, 6, 0);
    set_ue_golomb(pb, 0);
    put_bits(pb, 2, 0);		/* timing, extension */
    put_bits(pb, 1, 1);		/* rbsp_stop_one_bit */
}

/* Up-right diagonal scan, 6.5.3; the control has raster order */
static void make_scan(uint8_t *scan, int side)
{
    int n = 0;

    for (int sum = 0; sum < 2 * side - 1; sum++)
        for (int x = 0; x <= sum; x++)
            if (x < side && sum - x < side)
                scan[n++] = (sum - x) * side + x;
}

static void put_list(PutBitContext *pb, const uint8_t *list, int side, int dc)
{
    uint8_t scan[64];
    int last = dc ? dc : 8;

    make_scan(scan, side);
    put_bits(pb, 1, 1);
    if (dc)
        set_se_golomb(pb, dc - 8);
    for (int i = 0; i < side * side; i++) {
        set_se_golomb(pb, (int8_t)(list[scan[i]] - last));
        last = list[scan[i]];
    }
}

/* scaling_list_data(), 7.3.4 */
static void put_scaling(PutBitContext *pb, const struct v4l2_ctrl_hevc_scaling_matrix *scaling)
{
    for (int i = 0; i < 6; i++)
        put_list(pb, scaling->scaling_list_4x4[i], 4, 0);
    for (int i = 0; i < 6; i++)
        put_list(pb, scaling->scaling_list_8x8[i], 8, 0);
    for (int i = 0; i < 6; i++)
        put_list(pb, scaling->scaling_list_16x16[i], 8, scaling->scaling_list_dc_coef_16x16[i]);
    for (int i = 0; i < 2; i++)
        put_list(pb, scaling->scaling_list_32x32[i], 8, scaling->scaling_list_dc_coef_32x32[i]);
}

/* seq_parameter_set_rbsp(), 7.3.2.2.1 */
static void put_sps(PutBitContext *pb, const struct v4l2_ctrl_hevc_sps *sps,
                    const struct v4l2_ctrl_hevc_scaling_matrix *scaling)
{
    put_bits(pb, 4, 0);
    put_bits(pb, 3, 0);
    put_bits(pb, 1, 1);
    put_profile(pb);
    set_ue_golomb(pb, 0);
    set_ue_golomb(pb, sps->chroma_format_idc);
    set_ue_golomb_long(pb, sps->pic_width_in_luma_samples);
    set_ue_golomb_long(pb, sps->pic_height_in_luma_samples);
    put_bits(pb, 1, 0);
    set_ue_golomb(pb, sps->bit_depth_luma_minus8);
    set_ue_golomb(pb, sps->bit_depth_chroma_minus8);
    set_ue_golomb(pb, sps->log2_max_pic_order_cnt_lsb_minus4);
    put_dpb(pb, sps);
    set_ue_golomb(pb, sps->log2_min_luma_coding_block_size_minus3);
    set_ue_golomb(pb, sps->log2_diff_max_min_luma_coding_block_size);
    set_ue_golomb(pb, sps->log2_min_luma_transform_block_size_minus2);
    set_ue_golomb(pb, sps->log2_diff_max_min_luma_transform_block_size);
    set_ue_golomb(pb, sps->max_transform_hierarchy_depth_inter);
    set_ue_golomb(pb, sps->max_transform_hierarchy_depth_intra);
    put_bits(pb, 1, !!scaling);
    put_bits(pb, !!scaling, !!scaling);
    if (scaling)
        put_scaling(pb, scaling);
    put_flag(pb, sps->flags, V4L2_HEVC_SPS_FLAG_AMP_ENABLED);
    put_flag(pb, sps->flags, V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET);
    put_flag(pb, sps->flags, V4L2_HEVC_SPS_FLAG_PCM_ENABLED);
    if (sps->flags & V4L2_HEVC_SPS_FLAG_PCM_ENABLED) {
        put_bits(pb, 4, sps->pcm_sample_bit_depth_luma_minus1 & 15);
        put_bits(pb, 4, sps->pcm_sample_bit_depth_chroma_minus1 & 15);
        set_ue_golomb(pb, sps->log2_min_pcm_luma_coding_block_size_minus3);
        set_ue_golomb(pb, sps->log2_diff_max_min_pcm_luma_coding_block_size);
        put_flag(pb, sps->flags, V4L2_HEVC_SPS_FLAG_PCM_LOOP_FILTER_DISABLED);
    }
    set_ue_golomb(pb, 0);	/* num_short_term_ref_pic_sets */
    put_bits(pb, 1, 0);		/* long_term_ref_pics_present_flag */
    put_flag(pb, sps->flags, V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED);
    put_flag(pb, sps->flags, V4L2_HEVC_SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED);
    put_bits(pb, 2, 0);		/* VUI, extension */
    put_bits(pb, 1, 1);
}

/* The sizes of the control count, also where they are said to be uniform. */
static void put_tiles(PutBitContext *pb, const struct v4l2_ctrl_hevc_pps *pps)
{
    set_ue_golomb(pb, pps->num_tile_columns_minus1);
    set_ue_golomb(pb, pps->num_tile_rows_minus1);
    put_bits(pb, 1, 0);
    for (int i = 0; i < pps->num_tile_columns_minus1; i++)
        set_ue_golomb(pb, pps->column_width_minus1[i]);
    for (int i = 0; i < pps->num_tile_rows_minus1; i++)
        set_ue_golomb(pb, pps->row_height_minus1[i]);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED);
}

static void put_deblocking(PutBitContext *pb, const struct v4l2_ctrl_hevc_pps *pps)
{
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT);
    if (!(pps->flags & V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT))
        return;
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER);
    if (pps->flags & V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER)
        return;
    set_se_golomb(pb, pps->pps_beta_offset_div2);
    set_se_golomb(pb, pps->pps_tc_offset_div2);
}

/* pic_parameter_set_rbsp(), 7.3.2.3.1 */
static void put_pps(PutBitContext *pb, const struct v4l2_ctrl_hevc_pps *pps)
{
    set_ue_golomb(pb, 0);
    set_ue_golomb(pb, 0);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT);
    put_bits(pb, 3, pps->num_extra_slice_header_bits & 7);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT);
    set_ue_golomb(pb, pps->num_ref_idx_l0_default_active_minus1);
    set_ue_golomb(pb, pps->num_ref_idx_l1_default_active_minus1);
    set_se_golomb(pb, pps->init_qp_minus26);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_CONSTRAINED_INTRA_PRED);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_TRANSFORM_SKIP_ENABLED);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED);
    if (pps->flags & V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED)
        set_ue_golomb(pb, pps->diff_cu_qp_delta_depth);
    set_se_golomb(pb, pps->pps_cb_qp_offset);
    set_se_golomb(pb, pps->pps_cr_qp_offset);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_TRANSQUANT_BYPASS_ENABLED);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_TILES_ENABLED);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED);
    if (pps->flags & V4L2_HEVC_PPS_FLAG_TILES_ENABLED)
        put_tiles(pb, pps);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED);
    put_deblocking(pb, pps);
    put_bits(pb, 1, 0);		/* scaling lists: always in the SPS */
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT);
    set_ue_golomb(pb, pps->log2_parallel_merge_level_minus2);
    put_flag(pb, pps->flags, V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT);
    put_bits(pb, 1, 0);
    put_bits(pb, 1, 1);
}

/* A coefficient of 0 cannot be coded, and a chip would scale by nothing. */
static int check_scaling(struct hevc *s)
{
    const uint8_t *value = (const uint8_t *)s->ctrl.scaling;

    for (size_t i = 0; value && i < sizeof(*s->ctrl.scaling); i++)
        if (!value[i])
            return model_fail(s->m, "scaling matrix with a 0");
    return 0;
}

enum kind { VPS, SPS, PPS };

static int parse(struct hevc *s, enum kind kind)
{
    uint8_t data[MAX_BYTES + AV_INPUT_BUFFER_PADDING_SIZE] = { 0 };
    HEVCParamSets *ps = &hevc_context(s)->ps;
    PutBitContext pb;
    GetBitContext gb;
    int bytes;

    init_put_bits(&pb, data, MAX_BYTES);
    if (kind == VPS)
        put_vps(&pb, s->ctrl.sps);
    else if (kind == SPS)
        put_sps(&pb, s->ctrl.sps, s->ctrl.scaling);
    else
        put_pps(&pb, s->ctrl.pps);
    flush_put_bits(&pb);
    bytes = put_bytes_output(&pb);
    if (init_get_bits8(&gb, data, bytes) < 0)
        return -1;
    return kind == VPS ? ff_hevc_decode_nal_vps(&gb, s->avctx, ps) :
           kind == SPS ? ff_hevc_decode_nal_sps(&gb, s->avctx, ps, 0, 0) :
                         ff_hevc_decode_nal_pps(&gb, s->avctx, ps);
}

static bool same_scaling(const struct hevc *s)
{
    return s->has_scaling == !!s->ctrl.scaling &&
           (!s->has_scaling || !memcmp(&s->scaling, s->ctrl.scaling, sizeof(s->scaling)));
}

/* Nothing to do as long as the controls stay the same, which they mostly do. */
int hevc_set_params(struct hevc *s)
{
    const struct hevc_controls *ctrl = &s->ctrl;
    bool new_sps = !s->has_params || memcmp(&s->sps, ctrl->sps, sizeof(s->sps)) || !same_scaling(s);

    if (!new_sps && !memcmp(&s->pps, ctrl->pps, sizeof(s->pps)))
        return 0;
    s->has_params = false;
    if (check_scaling(s) < 0)
        return AVERROR(EINVAL);
    if (new_sps && (parse(s, VPS) < 0 || parse(s, SPS) < 0))
        return model_fail(s->m, "SPS is not acceptable");
    if (parse(s, PPS) < 0)
        return model_fail(s->m, "PPS is not acceptable");
    s->sps = *ctrl->sps;
    s->pps = *ctrl->pps;
    s->has_scaling = ctrl->scaling;
    if (ctrl->scaling)
        s->scaling = *ctrl->scaling;
    s->has_params = true;
    return 0;
}
