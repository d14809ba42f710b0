/*
 * H.264 decoding with V4L2 stateless decoders
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

#include <limits.h>

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include "libavutil/common.h"
#include "libavutil/intmath.h"
#include "libavutil/macros.h"

#include "h264dec.h"
#include "hwaccel_internal.h"
#include "internal.h"
#include "v4l2_request_h264.h"

static int ue_bits(unsigned value)
{
    return 2 * av_log2(value + 1) + 1;
}

static int se_bits(int value)
{
    return ue_bits(value > 0 ? 2 * value - 1 : -2 * value);
}

/** Size of the syntax elements of 7.3.3 that the field's name stands for. */
static int pic_order_cnt_bits(const H264Context *h, const H264SliceContext *sl)
{
    const SPS *sps = h->ps.sps;
    int bottom = h->ps.pps->pic_order_present && !FIELD_PICTURE(h);

    if (sps->poc_type == 0)
        return sps->log2_max_poc_lsb + (bottom ? se_bits(sl->delta_poc_bottom) : 0);
    if (sps->poc_type == 1 && !sps->delta_pic_order_always_zero_flag)
        return se_bits(sl->delta_poc[0]) + (bottom ? se_bits(sl->delta_poc[1]) : 0);
    return 0;
}

/**
 * Size of dec_ref_pic_marking(), 7.3.3.3. Exp-Golomb codes have one form for
 * each value, so that the parsed values tell it.
 */
static int ref_pic_marking_bits(const H264Context *h, const H264SliceContext *sl)
{
    int bits = 1;

    if (!h->nal_ref_idc)
        return 0;
    if (h->nal_unit_type == H264_NAL_IDR_SLICE)
        return 2;
    if (!sl->explicit_ref_marking)
        return bits;

    for (int i = 0; i < sl->nb_mmco; i++) {
        const MMCO *mmco = &sl->mmco[i];

        bits += ue_bits(mmco->opcode);
        if (mmco->opcode == MMCO_SHORT2UNUSED || mmco->opcode == MMCO_SHORT2LONG)
            bits += ue_bits((sl->curr_pic_num - mmco->short_pic_num - 1) & (sl->max_pic_num - 1));
        if (mmco->opcode == MMCO_SHORT2LONG || mmco->opcode == MMCO_LONG2UNUSED ||
            mmco->opcode == MMCO_LONG || mmco->opcode == MMCO_SET_MAX_LONG)
            bits += ue_bits(mmco->long_arg);
    }
    return bits + ue_bits(MMCO_END);
}

static void fill_decode_params(V4L2RequestH264Picture *pic, const H264Context *h)
{
    const H264SliceContext *sl = &h->slice_ctx[0];
    const int *poc = h->cur_pic_ptr->field_poc;

    pic->decode_params = (struct v4l2_ctrl_h264_decode_params) {
        .nal_ref_idc                  = h->nal_ref_idc,
        .frame_num                    = h->poc.frame_num,
        .top_field_order_cnt          = poc[0] != INT_MAX ? poc[0] : 0,
        .bottom_field_order_cnt       = poc[1] != INT_MAX ? poc[1] : 0,
        .idr_pic_id                   = h->nal_unit_type == H264_NAL_IDR_SLICE ? sl->idr_pic_id : 0,
        .pic_order_cnt_lsb            = sl->poc_lsb,
        .delta_pic_order_cnt_bottom   = sl->delta_poc_bottom,
        .delta_pic_order_cnt0         = sl->delta_poc[0],
        .delta_pic_order_cnt1         = sl->delta_poc[1],
        .dec_ref_pic_marking_bit_size = ref_pic_marking_bits(h, sl),
        .pic_order_cnt_bit_size       = pic_order_cnt_bits(h, sl),
        .flags =
            (h->nal_unit_type == H264_NAL_IDR_SLICE ? V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC : 0) |
            (FIELD_PICTURE(h) ? V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC : 0) |
            (h->picture_structure == PICT_BOTTOM_FIELD ? V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD : 0),
    };
    ff_v4l2_request_h264_fill_dpb(pic, h);
}

/** tegra-vde decodes a picture as intra unless told otherwise. */
static void add_slice_type(struct v4l2_ctrl_h264_decode_params *ctrl, int slice_type)
{
    if (slice_type == AV_PICTURE_TYPE_B)
        ctrl->flags = (ctrl->flags & ~V4L2_H264_DECODE_PARAM_FLAG_PFRAME) |
                      V4L2_H264_DECODE_PARAM_FLAG_BFRAME;
    else if (slice_type == AV_PICTURE_TYPE_P && !(ctrl->flags & V4L2_H264_DECODE_PARAM_FLAG_BFRAME))
        ctrl->flags |= V4L2_H264_DECODE_PARAM_FLAG_PFRAME;
}

static void fill_slice_params(V4L2RequestH264Picture *pic, const H264SliceContext *sl, const PPS *pps)
{
    pic->slice_params = (struct v4l2_ctrl_h264_slice_params) {
        .header_bit_size               = get_bits_count(&sl->gb),
        .first_mb_in_slice             = sl->first_mb_addr,
        .slice_type                    = ff_h264_get_slice_type(sl),
        .redundant_pic_cnt             = sl->redundant_pic_count,
        .cabac_init_idc                = pps->cabac && sl->slice_type_nos != AV_PICTURE_TYPE_I ?
                                         sl->cabac_init_idc : 0,
        .slice_qp_delta                = sl->qscale - pps->init_qp,
        /* FFmpeg exchanges 0 and 1. */
        .disable_deblocking_filter_idc = sl->deblocking_filter < 2 ? !sl->deblocking_filter :
                                                                     sl->deblocking_filter,
        .slice_alpha_c0_offset_div2    = sl->slice_alpha_c0_offset / 2,
        .slice_beta_offset_div2        = sl->slice_beta_offset / 2,
        .num_ref_idx_l0_active_minus1  = sl->list_count > 0 ? sl->ref_count[0] - 1 : 0,
        .num_ref_idx_l1_active_minus1  = sl->list_count > 1 ? sl->ref_count[1] - 1 : 0,
        .flags = sl->slice_type_nos == AV_PICTURE_TYPE_B && sl->direct_spatial_mv_pred ?
                 V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED : 0,
    };
    if (sl->list_count > 0)
        ff_v4l2_request_h264_fill_ref_list(pic->slice_params.ref_pic_list0, pic, sl, 0);
    if (sl->list_count > 1)
        ff_v4l2_request_h264_fill_ref_list(pic->slice_params.ref_pic_list1, pic, sl, 1);
}

static void fill_pred_weights(struct v4l2_ctrl_h264_pred_weights *ctrl, const H264SliceContext *sl)
{
    const H264PredWeightTable *pwt = &sl->pwt;

    *ctrl = (struct v4l2_ctrl_h264_pred_weights) {
        .luma_log2_weight_denom   = pwt->luma_log2_weight_denom,
        .chroma_log2_weight_denom = pwt->chroma_log2_weight_denom,
    };
    for (int list = 0; list < sl->list_count; list++) {
        struct v4l2_h264_weight_factors *factors = &ctrl->weight_factors[list];

        for (int i = 0; i < FFMIN(sl->ref_count[list], 32); i++) {
            factors->luma_weight[i] = pwt->luma_weight[i][list][0];
            factors->luma_offset[i] = pwt->luma_weight[i][list][1];
            for (int j = 0; j < 2; j++) {
                factors->chroma_weight[i][j] = pwt->chroma_weight[i][list][j][0];
                factors->chroma_offset[i][j] = pwt->chroma_weight[i][list][j][1];
            }
        }
    }
}

/**
 * Whether a picture is from between the message that announces a recovery point and
 * that point: all that is decoded there has to be right, but is referred to as if it
 * did not matter (ff_v4l2_request_h264_add_dependencies()).
 */
static int refreshes(const H264Context *h)
{
    return !h->cur_pic_ptr->recovered && h->recovery_frame >= 0;
}

static int v4l2_request_h264_start_frame(V4L2_REQUEST_START_FRAME_ARGS)
{
    const H264Context *h = avctx->priv_data;
    V4L2RequestH264Picture *pic = h->cur_pic_ptr->hwaccel_picture_private;
    int flags = (h->cur_pic_ptr->sei_recovery_frame_cnt ? 0 : V4L2_REQUEST_RESTART) |
                (refreshes(h) ? V4L2_REQUEST_RECOVERING : 0);
    int ret = ff_v4l2_request_start_frame(avctx, &pic->base, h->cur_pic_ptr->f, flags);

    if (ret < 0)
        return ret;

    /* All now: end_frame of a first field is called when the decoder has gone
     * on to the second one, and after the marking of references. */
    ff_v4l2_request_h264_fill_sps(&pic->sps, h->ps.sps);
    fill_decode_params(pic, h);
    pic->first_field = FIELD_PICTURE(h) && h->first_field;
    return 0;
}

static int queue_request(AVCodecContext *avctx, V4L2RequestH264Picture *pic, int flags)
{
    const struct v4l2_ext_control controls[] = {
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_H264_SPS,            pic->sps),
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_H264_PPS,            pic->pps),
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_H264_SCALING_MATRIX, pic->scaling_matrix),
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_H264_DECODE_PARAMS,  pic->decode_params),
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_H264_SLICE_PARAMS,   pic->slice_params),
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_H264_PRED_WEIGHTS,   pic->pred_weights),
    };
    int count = FF_ARRAY_ELEMS(controls);

    if (!ff_v4l2_request_is_slice_based(avctx))
        count -= 2;
    else if (!V4L2_H264_CTRL_PRED_WEIGHTS_REQUIRED(&pic->pps, &pic->slice_params))
        count -= 1;
    return ff_v4l2_request_queue(avctx, &pic->base, controls, count, flags);
}

static int v4l2_request_h264_decode_slice(AVCodecContext *avctx, const uint8_t *buffer,
                                          uint32_t size)
{
    const H264Context *h = avctx->priv_data;
    V4L2RequestH264Picture *pic = h->cur_pic_ptr->hwaccel_picture_private;
    const H264SliceContext *sl = &h->slice_ctx[0];
    /* h->ps.pps is the first slice's. All have to have the same (7.4.3), but
     * what breaks that is decoded by software, and by single slices here, too. */
    const PPS *pps = h->ps.pps_list[sl->pps_id];
    int slice_based = ff_v4l2_request_is_slice_based(avctx);
    int ret;

    /* FFmpeg leaves trailing_zero_8bits and the zero_byte of the next start code
     * at the end of a NAL unit, whose own last byte is never 0 (7.4.1, B.1). */
    while (size > 1 && !buffer[size - 1])
        size--;

    if (slice_based && pic->base.slices) {
        ret = queue_request(avctx, pic, V4L2_REQUEST_MORE);
        if (ret >= 0)
            ret = ff_v4l2_request_start_frame(avctx, &pic->base, h->cur_pic_ptr->f, 0);
        if (ret < 0)
            return ret;
    } else if (!pic->base.jobs || !slice_based) {
        add_slice_type(&pic->decode_params, sl->slice_type_nos);
    }

    ret = ff_v4l2_request_h264_fill_pps(avctx, pic, pps);
    if (ret < 0)
        return ff_v4l2_request_fail(&pic->base, ret);
    ff_v4l2_request_h264_add_dependencies(pic, h, sl);
    if (slice_based) {
        fill_slice_params(pic, sl, pps);
        fill_pred_weights(&pic->pred_weights, sl);
    }
    return ff_v4l2_request_append_slice(avctx, &pic->base, buffer, size);
}

static int v4l2_request_h264_end_frame(AVCodecContext *avctx)
{
    const H264Context *h = avctx->priv_data;
    V4L2RequestH264Picture *pic = h->cur_pic_ptr->hwaccel_picture_private;

    return queue_request(avctx, pic, pic->first_field ? V4L2_REQUEST_MORE : 0);
}

static const V4L2RequestControlInfo h264_controls[] = {
    { V4L2_CID_STATELESS_H264_SPS,            sizeof(struct v4l2_ctrl_h264_sps),
      0, "H264_SPS" },
    { V4L2_CID_STATELESS_H264_PPS,            sizeof(struct v4l2_ctrl_h264_pps),
      0, "H264_PPS" },
    /* tegra-vde has no scaling matrices; the last two are for single slices. */
    { V4L2_CID_STATELESS_H264_SCALING_MATRIX, sizeof(struct v4l2_ctrl_h264_scaling_matrix),
      1, "H264_SCALING_MATRIX" },
    { V4L2_CID_STATELESS_H264_DECODE_PARAMS,  sizeof(struct v4l2_ctrl_h264_decode_params),
      0, "H264_DECODE_PARAMS" },
    { V4L2_CID_STATELESS_H264_SLICE_PARAMS,   sizeof(struct v4l2_ctrl_h264_slice_params),
      1, "H264_SLICE_PARAMS" },
    { V4L2_CID_STATELESS_H264_PRED_WEIGHTS,   sizeof(struct v4l2_ctrl_h264_pred_weights),
      1, "H264_PRED_WEIGHTS" },
    { 0 }
};

static int h264_profile(const AVCodecContext *avctx)
{
    switch (avctx->profile) {
    /* Streams that really use what only Baseline has (FMO, ASO) are refused by
     * FFmpeg's parser; many others are labelled so and are decoded by all. */
    case AV_PROFILE_H264_BASELINE:
    case AV_PROFILE_H264_CONSTRAINED_BASELINE:
        return V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE;
    case AV_PROFILE_H264_MAIN:
        return V4L2_MPEG_VIDEO_H264_PROFILE_MAIN;
    case AV_PROFILE_H264_EXTENDED:
        return V4L2_MPEG_VIDEO_H264_PROFILE_EXTENDED;
    case AV_PROFILE_H264_HIGH:
    case AV_PROFILE_H264_MULTIVIEW_HIGH: /* FFmpeg decodes its base view */
    case AV_PROFILE_H264_STEREO_HIGH:
        return V4L2_MPEG_VIDEO_H264_PROFILE_HIGH;
    case AV_PROFILE_H264_HIGH_10:
    case AV_PROFILE_H264_HIGH_10_INTRA:
        return V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10;
    case AV_PROFILE_H264_HIGH_422:
    case AV_PROFILE_H264_HIGH_422_INTRA:
        return V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_422;
    case AV_PROFILE_H264_HIGH_444:
    case AV_PROFILE_H264_HIGH_444_PREDICTIVE:
    case AV_PROFILE_H264_HIGH_444_INTRA:
    case AV_PROFILE_H264_CAVLC_444:
        return V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_444_PREDICTIVE;
    default:
        return -1;
    }
}

static const V4L2RequestCodec h264_codec = {
    .pixelformat        = V4L2_PIX_FMT_H264_SLICE,
    .name               = "H.264",
    .controls           = h264_controls,
    .decode_mode_id     = V4L2_CID_STATELESS_H264_DECODE_MODE,
    .slice_based        = V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED,
    .frame_based        = V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED,
    .start_code_id      = V4L2_CID_STATELESS_H264_START_CODE,
    .start_code_none    = V4L2_STATELESS_H264_START_CODE_NONE,
    .start_code_annex_b = V4L2_STATELESS_H264_START_CODE_ANNEX_B,
    .profile_id         = V4L2_CID_MPEG_VIDEO_H264_PROFILE,
    .profile            = h264_profile,
};

static const AVFrame *previous_frame(const H264Context *h)
{
    for (int i = 0; i < H264_MAX_PICTURE_COUNT; i++) {
        if (h->DPB[i].f && h->DPB[i].f->buf[0])
            return h->DPB[i].f;
    }
    return NULL;
}

static int v4l2_request_h264_init(AVCodecContext *avctx)
{
    /* log2_chroma_w << 4 | log2_chroma_h; no format has that of monochrome. */
    static const uint8_t chroma[4] = { 0xff, 0x11, 0x10, 0x00 };
    const H264Context *h = avctx->priv_data;
    const SPS *sps = h->ps.sps;
    struct v4l2_ctrl_h264_sps ctrl;
    struct v4l2_ext_control control = V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_H264_SPS, ctrl);

    if (ff_v4l2_request_reuse(avctx, &h264_codec, previous_frame(h), sps->bit_depth_luma,
                              chroma[sps->chroma_format_idc]))
        return 0;

    ff_v4l2_request_h264_fill_sps(&ctrl, sps);
    return ff_v4l2_request_init(avctx, &h264_codec, &control, 1, sps->bit_depth_luma,
                                chroma[sps->chroma_format_idc]);
}

const FFHWAccel ff_h264_v4l2request_hwaccel = {
    .p.name               = "h264_v4l2request",
    .p.type               = AVMEDIA_TYPE_VIDEO,
    .p.id                 = AV_CODEC_ID_H264,
    .p.pix_fmt            = AV_PIX_FMT_DRM_PRIME,
    .alloc_frame          = ff_v4l2_request_alloc_frame,
    .start_frame          = v4l2_request_h264_start_frame,
    .decode_slice         = v4l2_request_h264_decode_slice,
    .end_frame            = v4l2_request_h264_end_frame,
    .frame_params         = ff_v4l2_request_frame_params,
    .init                 = v4l2_request_h264_init,
    .uninit               = ff_v4l2_request_uninit,
    .flush                = ff_v4l2_request_flush,
    .frame_priv_data_size = sizeof(V4L2RequestH264Picture),
    .free_frame_priv      = ff_v4l2_request_free_frame_priv,
    .priv_data_size       = sizeof(V4L2RequestContext),
    .caps_internal        = HWACCEL_CAP_ASYNC_SAFE,
};
