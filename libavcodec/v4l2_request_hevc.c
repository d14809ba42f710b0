/*
 * HEVC decoding with V4L2 stateless decoders
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

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include "libavutil/buffer.h"
#include "libavutil/log.h"
#include "libavutil/macros.h"
#include "libavutil/mem.h"

#include "hevc/hevcdec.h"
#include "hwaccel_internal.h"
#include "internal.h"
#include "v4l2_request_hevc.h"

static void fill_decode_params(V4L2RequestHEVCContext *ctx, V4L2RequestPicture *pic,
                               const HEVCContext *h)
{
    const SliceHeader *sh = &h->sh;
    /* NULL in IDR pictures; slice_rps may be another picture's then. */
    int own_rps = sh->short_term_rps == &sh->slice_rps;

    ctx->decode_params = (struct v4l2_ctrl_hevc_decode_params) {
        .pic_order_cnt_val             = h->poc,
        .short_term_ref_pic_set_size   = own_rps ? sh->short_term_ref_pic_set_size : 0,
        .long_term_ref_pic_set_size    = sh->long_term_ref_pic_set_size,
        .num_delta_pocs_of_ref_rps_idx = own_rps && sh->slice_rps.rps_predict ?
                                         sh->slice_rps.rps_idx_num_delta_pocs : 0,
        .flags =
            (IS_IRAP(h) ? V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC : 0) |
            (IS_IDR(h) ? V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC : 0) |
            (sh->no_output_of_prior_pics_flag ? V4L2_HEVC_DECODE_PARAM_FLAG_NO_OUTPUT_OF_PRIOR : 0),
    };
    ff_v4l2_request_hevc_fill_references(ctx, pic, h);
}

static V4L2RequestHEVCContext *get_context(const AVCodecContext *avctx)
{
    return avctx->internal->hwaccel_priv_data;
}

static int start_request(AVCodecContext *avctx, V4L2RequestPicture *pic)
{
    const HEVCContext *h = avctx->priv_data;
    V4L2RequestHEVCContext *ctx = get_context(avctx);

    ctx->nb_slices = ctx->nb_entry_points = 0;
    return ff_v4l2_request_start_frame(avctx, pic, h->cur_frame->f, 0);
}

/** @return what the controls cannot say, NULL if all is well */
static const char *unknown_tool(const HEVCSPS *sps, const HEVCPPS *pps)
{
    if (sps->transform_skip_rotation_enabled || sps->transform_skip_context_enabled ||
        sps->implicit_rdpcm_enabled || sps->explicit_rdpcm_enabled ||
        sps->extended_precision_processing || sps->intra_smoothing_disabled ||
        sps->high_precision_offsets_enabled || sps->persistent_rice_adaptation_enabled ||
        sps->cabac_bypass_alignment_enabled || pps->log2_max_transform_skip_block_size > 2 ||
        pps->cross_component_prediction_enabled_flag || pps->chroma_qp_offset_list_enabled_flag ||
        pps->log2_sao_offset_scale_luma || pps->log2_sao_offset_scale_chroma)
        return "range extensions";
    if (sps->curr_pic_ref_enabled || sps->palette_mode_enabled ||
        sps->motion_vector_resolution_control_idc || sps->intra_boundary_filtering_disabled ||
        pps->pps_curr_pic_ref_enabled_flag || pps->residual_adaptive_colour_transform_enabled_flag)
        return "screen content coding";
    return NULL;
}

static int v4l2_request_hevc_start_frame(V4L2_REQUEST_START_FRAME_ARGS)
{
    const HEVCContext *h = avctx->priv_data;
    V4L2RequestHEVCContext *ctx = get_context(avctx);
    V4L2RequestPicture *pic = h->cur_frame->hwaccel_picture_private;
    const char *unknown = unknown_tool(h->pps->sps, h->pps);
    int ret = start_request(avctx, pic);

    if (ret >= 0 && unknown) {
        av_log(avctx, AV_LOG_ERROR, "A new PPS needs %s, which V4L2 has no controls for: the picture is "
               "lost. Software takes over at the next IDR picture.\n", unknown);
        ret = ff_v4l2_request_fail(pic, AVERROR_PATCHWELCOME);
    }
    if (ret < 0)
        return ret;

    ff_v4l2_request_hevc_fill_sps(&ctx->sps, h->pps);
    ff_v4l2_request_hevc_fill_pps(&ctx->pps, h->pps);
    if (h->pps->sps->scaling_list_enabled)
        ff_v4l2_request_hevc_fill_scaling_matrix(&ctx->scaling_matrix, h->pps);
    fill_decode_params(ctx, pic, h);
    return 0;
}

#define ARRAY_CONTROL(id_, array, count) \
    { .id = (id_), .size = (count) * sizeof(*(array)), .ptr = (array) }

static int queue_request(AVCodecContext *avctx, V4L2RequestPicture *pic, int flags)
{
    V4L2RequestHEVCContext *ctx = get_context(avctx);
    const struct v4l2_ext_control all[] = {
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_HEVC_SPS,           ctx->sps),
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_HEVC_PPS,           ctx->pps),
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, ctx->decode_params),
        ARRAY_CONTROL(V4L2_CID_STATELESS_HEVC_SLICE_PARAMS, ctx->slice_params, ctx->nb_slices),
        { .id = V4L2_CID_STATELESS_HEVC_SCALING_MATRIX, .ptr = &ctx->scaling_matrix,
          .size = ctx->sps.flags & V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED ?
                  sizeof(ctx->scaling_matrix) : 0 },
        ARRAY_CONTROL(V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS, ctx->entry_points,
                      ctx->nb_entry_points),
        /* The rkvdec of RK3576 fails and the one of RK3588 decodes wrongly without these. */
        ARRAY_CONTROL(V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS, ctx->st_rps,
                      ctx->sps.num_short_term_ref_pic_sets),
        ARRAY_CONTROL(V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS, ctx->lt_rps,
                      ctx->sps.num_long_term_ref_pics_sps),
    };
    struct v4l2_ext_control controls[FF_ARRAY_ELEMS(all)];
    int count = 0;

    /* There are no empty arrays (v4l2-ctrls-api.c refuses a size of 0). */
    for (int i = 0; i < FF_ARRAY_ELEMS(all); i++) {
        if (all[i].size)
            controls[count++] = all[i];
    }
    return ff_v4l2_request_queue(avctx, pic, controls, count, flags);
}

static int v4l2_request_hevc_decode_slice(AVCodecContext *avctx, const uint8_t *buffer,
                                          uint32_t size)
{
    const HEVCContext *h = avctx->priv_data;
    V4L2RequestHEVCContext *ctx = get_context(avctx);
    V4L2RequestPicture *pic = h->cur_frame->hwaccel_picture_private;
    int ret = 0;

    /* Some files have zero bytes behind a NAL unit, which are no part of it (7.4.1). */
    while (size && !buffer[size - 1])
        size--;

    if (ff_v4l2_request_hevc_is_full(ctx, avctx)) {
        ret = queue_request(avctx, pic, V4L2_REQUEST_MORE);
        if (ret >= 0)
            ret = start_request(avctx, pic);
    }
    if (ret >= 0)
        ret = ff_v4l2_request_append_slice(avctx, pic, buffer, size);
    if (ret < 0)
        return ret;

    ret = ff_v4l2_request_hevc_add_slice(ctx, avctx, pic, buffer, size);
    return ret < 0 ? ff_v4l2_request_fail(pic, ret) : 0;
}

static int v4l2_request_hevc_end_frame(AVCodecContext *avctx)
{
    const HEVCContext *h = avctx->priv_data;
    V4L2RequestPicture *pic = h->cur_frame->hwaccel_picture_private;

    if (!get_context(avctx)->nb_slices)
        return ff_v4l2_request_fail(pic, AVERROR_INVALIDDATA);
    return queue_request(avctx, pic, 0);
}

static const V4L2RequestControlInfo hevc_controls[] = {
    { V4L2_CID_STATELESS_HEVC_SPS,                 sizeof(struct v4l2_ctrl_hevc_sps),
      0, "HEVC_SPS" },
    { V4L2_CID_STATELESS_HEVC_PPS,                 sizeof(struct v4l2_ctrl_hevc_pps),
      0, "HEVC_PPS" },
    { V4L2_CID_STATELESS_HEVC_DECODE_PARAMS,       sizeof(struct v4l2_ctrl_hevc_decode_params),
      0, "HEVC_DECODE_PARAMS" },
    /* Hardware that reads slice headers itself lacks some of the others. */
    { V4L2_CID_STATELESS_HEVC_SLICE_PARAMS,        sizeof(struct v4l2_ctrl_hevc_slice_params),
      1, "HEVC_SLICE_PARAMS" },
    { V4L2_CID_STATELESS_HEVC_SCALING_MATRIX,      sizeof(struct v4l2_ctrl_hevc_scaling_matrix),
      1, "HEVC_SCALING_MATRIX" },
    { V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS, sizeof(uint32_t),
      1, "HEVC_ENTRY_POINT_OFFSETS" },
    { V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS,      sizeof(struct v4l2_ctrl_hevc_ext_sps_st_rps),
      1, "HEVC_EXT_SPS_ST_RPS" },
    { V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS,      sizeof(struct v4l2_ctrl_hevc_ext_sps_lt_rps),
      1, "HEVC_EXT_SPS_LT_RPS" },
    { 0 }
};

/**
 * Streams of other profiles are here because they use none of their tools, and
 * all decoders of Main take still pictures (A.3.4).
 */
static int hevc_profile(const AVCodecContext *avctx)
{
    const HEVCContext *h = avctx->priv_data;

    return h->pps->sps->bit_depth == 8  ? V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN :
           h->pps->sps->bit_depth == 10 ? V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10 : -1;
}

static const V4L2RequestCodec hevc_codec = {
    .pixelformat        = V4L2_PIX_FMT_HEVC_SLICE,
    .name               = "HEVC",
    .controls           = hevc_controls,
    .decode_mode_id     = V4L2_CID_STATELESS_HEVC_DECODE_MODE,
    .slice_based        = V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED,
    .frame_based        = V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED,
    .start_code_id      = V4L2_CID_STATELESS_HEVC_START_CODE,
    .start_code_none    = V4L2_STATELESS_HEVC_START_CODE_NONE,
    .start_code_annex_b = V4L2_STATELESS_HEVC_START_CODE_ANNEX_B,
    .slice_position_id  = V4L2_CID_STATELESS_HEVC_SLICE_PARAMS,
    .profile_id         = V4L2_CID_MPEG_VIDEO_HEVC_PROFILE,
    .profile            = hevc_profile,
};

/**
 * A picture of the sequence before that waits for its output. Not with other
 * reference picture sets: rkvdec-hevc-common.c looks at the first one only to
 * see whether they have changed.
 */
static const AVFrame *previous_frame(const HEVCContext *h)
{
    const HEVCSPS *sps = h->pps->sps;

    for (int i = 0; i < FF_ARRAY_ELEMS(h->layers[0].DPB); i++) {
        const HEVCFrame *frame = &h->layers[0].DPB[i];
        const HEVCSPS *old = frame->f && frame->pps ? frame->pps->sps : NULL;

        if (old && old->nb_st_rps == sps->nb_st_rps &&
            old->num_long_term_ref_pics_sps == sps->num_long_term_ref_pics_sps &&
            old->used_by_curr_pic_lt == sps->used_by_curr_pic_lt &&
            !memcmp(old->st_rps, sps->st_rps, sizeof(sps->st_rps)) &&
            !memcmp(old->lt_ref_pic_poc_lsb_sps, sps->lt_ref_pic_poc_lsb_sps,
                    sizeof(sps->lt_ref_pic_poc_lsb_sps)))
            return frame->f;
    }
    return NULL;
}

/** Any PPS of the sequence may be used by a later picture. */
static const char *unknown_tool_of_any(const HEVCContext *h)
{
    const HEVCSPS *sps = h->pps->sps;
    const char *unknown = NULL;

    for (int i = 0; i < FF_ARRAY_ELEMS(h->ps.pps_list) && !unknown; i++) {
        if (h->ps.pps_list[i] && h->ps.pps_list[i]->sps == sps)
            unknown = unknown_tool(sps, h->ps.pps_list[i]);
    }
    return unknown;
}

int ff_v4l2_request_hevc_is_beyond(const HEVCContext *h)
{
    return h->avctx->pix_fmt == AV_PIX_FMT_DRM_PRIME && unknown_tool_of_any(h);
}

static int check_stream(AVCodecContext *avctx, const HEVCContext *h)
{
    static const char *const chroma[4] = { "monochrome", NULL, "4:2:2", "4:4:4" };
    const HEVCSPS *sps = h->pps->sps;
    const char *unknown = chroma[sps->separate_colour_plane ? 3 : sps->chroma_format_idc];

    if (!unknown)
        unknown = unknown_tool_of_any(h);
    if (!unknown)
        return 0;
    av_log(avctx, AV_LOG_ERROR, "V4L2 has no controls for HEVC with %s.\n", unknown);
    return AVERROR(ENOSYS);
}

/** MaxSliceSegmentsPerPicture of a level (table A.6), whose unit is 1/30. */
static int max_slices(int level_idc)
{
    static const struct {
        int level_idc, slices;
    } levels[] = { { 60, 16 }, { 63, 20 }, { 90, 30 }, { 93, 40 }, { 123, 75 }, { 156, 200 } };

    for (int i = 0; i < FF_ARRAY_ELEMS(levels); i++) {
        if (level_idc <= levels[i].level_idc)
            return levels[i].slices;
    }
    return 600;
}

/**
 * A device that decodes whole pictures but has room for fewer slices than the
 * first picture has. Later pictures with more of them take several requests,
 * for which it has to keep the picture in between: if it cannot, there may be no
 * such pictures.
 */
static int check_slices(AVCodecContext *avctx, const HEVCContext *h)
{
    int max = ff_v4l2_request_control_elems(avctx, V4L2_CID_STATELESS_HEVC_SLICE_PARAMS);
    int level = max_slices(h->pps->sps->ptl.general_ptl.level_idc);
    int count = 0;

    for (int i = 0; i < h->pkt.nb_nals; i++)
        count += h->pkt.nals[i].type < HEVC_NAL_VPS && !h->pkt.nals[i].nuh_layer_id;
    if (!max || ff_v4l2_request_is_slice_based(avctx))
        return 0;
    if (count > max) {
        av_log(avctx, AV_LOG_ERROR, "%d slices a picture; the device takes %d.\n", count, max);
        return AVERROR(ENOSYS);
    }
    if (level > max && !ff_v4l2_request_can_hold(avctx)) {
        av_log(avctx, AV_LOG_ERROR, "Up to %d slices a picture; the device takes %d, and "
               "cannot hold a CAPTURE buffer for the next ones.\n", level, max);
        return AVERROR(ENOSYS);
    }
    return 0;
}

static int v4l2_request_hevc_init(AVCodecContext *avctx)
{
    const HEVCContext *h = avctx->priv_data;
    V4L2RequestHEVCContext *ctx = get_context(avctx);
    const HEVCSPS *sps = h->pps->sps;
    struct v4l2_ext_control control = V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_HEVC_SPS, ctx->sps);
    int ret;

    if ((ret = check_stream(avctx, h)) < 0 ||
        (ret = ff_v4l2_request_hevc_parse_rps(ctx, sps)) < 0)
        return ret;

    ff_v4l2_request_hevc_fill_sps(&ctx->sps, h->pps);
    if (!ff_v4l2_request_reuse(avctx, &hevc_codec, previous_frame(h), sps->bit_depth, 0x11)) {
        ret = ff_v4l2_request_init(avctx, &hevc_codec, &control, 1, sps->bit_depth, 0x11);
        if (ret < 0)
            return ret;
    }

    ret = check_slices(avctx, h);
    if (ret < 0) {
        ff_v4l2_request_uninit(avctx);
        av_buffer_unref(&avctx->hw_frames_ctx);
    }
    return ret;
}

static int v4l2_request_hevc_uninit(AVCodecContext *avctx)
{
    V4L2RequestHEVCContext *ctx = get_context(avctx);

    av_freep(&ctx->slice_params);
    av_freep(&ctx->entry_points);
    return ff_v4l2_request_uninit(avctx);
}

const FFHWAccel ff_hevc_v4l2request_hwaccel = {
    .p.name               = "hevc_v4l2request",
    .p.type               = AVMEDIA_TYPE_VIDEO,
    .p.id                 = AV_CODEC_ID_HEVC,
    .p.pix_fmt            = AV_PIX_FMT_DRM_PRIME,
    .alloc_frame          = ff_v4l2_request_alloc_frame,
    .start_frame          = v4l2_request_hevc_start_frame,
    .decode_slice         = v4l2_request_hevc_decode_slice,
    .end_frame            = v4l2_request_hevc_end_frame,
    .frame_params         = ff_v4l2_request_frame_params,
    .init                 = v4l2_request_hevc_init,
    .uninit               = v4l2_request_hevc_uninit,
    .flush                = ff_v4l2_request_flush,
    .frame_priv_data_size = sizeof(V4L2RequestPicture),
    .free_frame_priv      = ff_v4l2_request_free_frame_priv,
    .priv_data_size       = sizeof(V4L2RequestHEVCContext),
    .caps_internal        = HWACCEL_CAP_ASYNC_SAFE,
};
