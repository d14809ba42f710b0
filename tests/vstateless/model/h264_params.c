/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.264 parameter sets: controls -> bits -> libavcodec's parser
 *
 * The bits are only a way to construct libavcodec's structures; the stream's
 * own parameter sets never come here. What the uAPI does not have (VUI,
 * cropping) stays at its default. Values that no pixel depends on (profile,
 * level, ids) are constants.
 */

#include <string.h>

#include "libavcodec/h264_ps.h"
#include "libavcodec/put_bits.h"
#include "libavcodec/put_golomb.h"
#include "libavcodec/mathops.h"

#include "check.h"
#include "h264_state.h"

/* 255 offsets of up to 63 bits are the most. */
#define MAX_BYTES	4096
/* High: the syntax has chroma format, bit depth and scaling lists. */
#define PROFILE_HIGH	100
#define LEVEL		51

static void put_flag(PutBitContext *pb, uint32_t flags, uint32_t flag)
{
    put_bits(pb, 1, !!(flags & flag));
}

/* se(v) of the whole 32 bit range but INT32_MIN */
static void put_se(PutBitContext *pb, int32_t value)
{
    uint32_t code = value > 0 ? 2 * (uint32_t)value - 1 : 2 * (0 - (uint32_t)value);

    set_ue_golomb_long(pb, code);
}

/* seq_parameter_set_data(), 7.3.2.1.1 */
static void put_sps(PutBitContext *pb, const struct v4l2_ctrl_h264_sps *sps)
{
    put_bits(pb, 8, PROFILE_HIGH);
    put_bits(pb, 8, 0);
    put_bits(pb, 8, LEVEL);
    set_ue_golomb(pb, 0);
    set_ue_golomb(pb, sps->chroma_format_idc);
    if (sps->chroma_format_idc == 3)
        put_flag(pb, sps->flags, V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE);
    set_ue_golomb(pb, sps->bit_depth_luma_minus8);
    set_ue_golomb(pb, sps->bit_depth_chroma_minus8);
    put_flag(pb, sps->flags, V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS);
    put_bits(pb, 1, 0);
    set_ue_golomb(pb, sps->log2_max_frame_num_minus4);
    set_ue_golomb(pb, sps->pic_order_cnt_type);
    if (sps->pic_order_cnt_type == 0)
        set_ue_golomb(pb, sps->log2_max_pic_order_cnt_lsb_minus4);
    if (sps->pic_order_cnt_type == 1) {
        put_flag(pb, sps->flags, V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO);
        put_se(pb, sps->offset_for_non_ref_pic);
        put_se(pb, sps->offset_for_top_to_bottom_field);
        set_ue_golomb(pb, sps->num_ref_frames_in_pic_order_cnt_cycle);
        for (int i = 0; i < sps->num_ref_frames_in_pic_order_cnt_cycle; i++)
            put_se(pb, sps->offset_for_ref_frame[i]);
    }
    set_ue_golomb(pb, sps->max_num_ref_frames);
    put_flag(pb, sps->flags, V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED);
    set_ue_golomb(pb, sps->pic_width_in_mbs_minus1);
    set_ue_golomb(pb, sps->pic_height_in_map_units_minus1);
    put_flag(pb, sps->flags, V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY);
    if (!(sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY))
        put_flag(pb, sps->flags, V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD);
    put_flag(pb, sps->flags, V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE);
    put_bits(pb, 2, 0);		/* cropping, VUI */
    put_bits(pb, 1, 1);		/* rbsp_stop_one_bit */
}

/* scaling_list(), 7.3.2.1.1.1; the control has raster order */
static void put_scaling_list(PutBitContext *pb, const uint8_t *list, const uint8_t *scan, int size)
{
    int last = 8;

    put_bits(pb, 1, 1);
    for (int i = 0; i < size; i++) {
        put_se(pb, (int8_t)(list[scan[i]] - last));
        last = list[scan[i]];
    }
}

/* Lists of the control in the order of table 7-2: 4x4 lists, then Y, Y, Cb, Cb, Cr, Cr. */
static void put_scaling(PutBitContext *pb, const struct v4l2_ctrl_h264_scaling_matrix *scaling,
                        bool transform_8x8, bool chroma_444)
{
    for (int i = 0; i < 6; i++)
        put_scaling_list(pb, scaling->scaling_list_4x4[i], ff_zigzag_scan, 16);
    for (int i = 0; transform_8x8 && i < (chroma_444 ? 6 : 2); i++)
        put_scaling_list(pb, scaling->scaling_list_8x8[i], ff_zigzag_direct, 64);
}

/* pic_parameter_set_rbsp(), 7.3.2.2 */
static void put_pps(PutBitContext *pb, const struct v4l2_ctrl_h264_sps *sps,
                    const struct v4l2_ctrl_h264_pps *pps,
                    const struct v4l2_ctrl_h264_scaling_matrix *scaling)
{
    bool matrix = pps->flags & V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT;

    set_ue_golomb(pb, 0);
    set_ue_golomb(pb, 0);
    put_flag(pb, pps->flags, V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE);
    put_flag(pb, pps->flags, V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT);
    set_ue_golomb(pb, pps->num_slice_groups_minus1);
    set_ue_golomb(pb, pps->num_ref_idx_l0_default_active_minus1);
    set_ue_golomb(pb, pps->num_ref_idx_l1_default_active_minus1);
    put_flag(pb, pps->flags, V4L2_H264_PPS_FLAG_WEIGHTED_PRED);
    put_bits(pb, 2, pps->weighted_bipred_idc);
    put_se(pb, pps->pic_init_qp_minus26);
    put_se(pb, pps->pic_init_qs_minus26);
    put_se(pb, pps->chroma_qp_index_offset);
    put_flag(pb, pps->flags, V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT);
    put_flag(pb, pps->flags, V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED);
    put_flag(pb, pps->flags, V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT);
    put_flag(pb, pps->flags, V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE);
    put_bits(pb, 1, matrix);
    if (matrix)
        put_scaling(pb, scaling, pps->flags & V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE,
                    sps->chroma_format_idc == 3);
    put_se(pb, pps->second_chroma_qp_index_offset);
    put_bits(pb, 1, 1);
}

/* Ends a bit string; returns its length without the stop bit. */
static int finish(PutBitContext *pb)
{
    int bits = put_bits_count(pb) - 1;

    flush_put_bits(pb);
    return bits;
}

static int parse_sps(struct h264 *s, uint8_t *data, int bits)
{
    GetBitContext gb;
    int ret;

    ret = init_get_bits(&gb, data, bits);
    if (ret < 0)
        return ret;
    return ff_h264_decode_seq_parameter_set(&gb, s->avctx, &h264_context(s)->ps, 0);
}

static int parse_pps(struct h264 *s, uint8_t *data, int bits)
{
    GetBitContext gb;
    int ret;

    ret = init_get_bits(&gb, data, bits);
    if (ret < 0)
        return ret;
    return ff_h264_decode_picture_parameter_set(&gb, s->avctx, &h264_context(s)->ps, bits);
}

/*
 * A list with a 0 cannot be coded: the parser would take the default list, and
 * a chip would divide nothing by it.
 */
static int check_scaling(struct h264 *s)
{
    const uint8_t *value = (const uint8_t *)s->ctrl.scaling;
    size_t size = sizeof(*s->ctrl.scaling);

    /* The chroma lists of 8x8 blocks matter in 4:4:4 only. */
    if (s->ctrl.sps->chroma_format_idc != 3)
        size = offsetof(struct v4l2_ctrl_h264_scaling_matrix, scaling_list_8x8[2]);
    for (size_t i = 0; i < size; i++)
        if (!value[i])
            return model_fail(s->m, "scaling matrix with a 0");
    return 0;
}

/* Nothing to do as long as the controls stay the same, which they mostly do. */
int h264_set_params(struct h264 *s)
{
    uint8_t data[MAX_BYTES + AV_INPUT_BUFFER_PADDING_SIZE] = { 0 };
    const struct h264_controls *ctrl = &s->ctrl;
    bool new_sps = !s->has_params || memcmp(&s->sps, ctrl->sps, sizeof(s->sps));
    PutBitContext pb;
    int ret;

    if (!new_sps && !memcmp(&s->pps, ctrl->pps, sizeof(s->pps)) &&
        !memcmp(&s->scaling, ctrl->scaling, sizeof(s->scaling)))
        return 0;
    s->has_params = false;
    if (ctrl->pps->flags & V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT) {
        ret = check_scaling(s);
        if (ret < 0)
            return ret;
    }
    if (new_sps) {
        init_put_bits(&pb, data, MAX_BYTES);
        put_sps(&pb, ctrl->sps);
        if (parse_sps(s, data, finish(&pb)) < 0)
            return model_fail(s->m, "SPS is not acceptable");
    }
    memset(data, 0, sizeof(data));
    init_put_bits(&pb, data, MAX_BYTES);
    put_pps(&pb, ctrl->sps, ctrl->pps, ctrl->scaling);
    if (parse_pps(s, data, finish(&pb)) < 0)
        return model_fail(s->m, "PPS is not acceptable");
    s->sps = *ctrl->sps;
    s->pps = *ctrl->pps;
    s->scaling = *ctrl->scaling;
    s->has_params = true;
    return 0;
}
