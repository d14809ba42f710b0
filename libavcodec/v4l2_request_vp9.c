/*
 * VP9 decoding with V4L2 stateless decoders
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

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>
#include <string.h>

#include "libavutil/error.h"
#include "libavutil/log.h"
#include "libavutil/macros.h"
#include "libavutil/pixdesc.h"

#include "hwaccel_internal.h"
#include "internal.h"
#include "v4l2_request.h"
#include "v4l2_request_vp9.h"

typedef struct V4L2RequestVP9Context {
    V4L2RequestContext base;
    AVFrame *previous;                  ///< last frame that was decoded
    V4L2RequestVP9History *history;     ///< of that frame, counted
} V4L2RequestVP9Context;

typedef struct V4L2RequestVP9Picture {
    V4L2RequestPicture base;
    struct v4l2_ctrl_vp9_frame frame;
    struct v4l2_ctrl_vp9_compressed_hdr compressed_hdr;
    V4L2RequestVP9History *history;     ///< counted
} V4L2RequestVP9Picture;

static void v4l2_request_vp9_free_frame_priv(V4L2RefStructOpaque hwctx, void *data)
{
    V4L2RequestVP9Picture *pic = data;

    v4l2_refstruct_unref(&pic->history);
    ff_v4l2_request_free_frame_priv(hwctx, data);
}

/** FFmpeg leaves intraonly as it was when it reads a key frame. */
static int is_intra(const VP9BitstreamHeader *h)
{
    return h->keyframe || h->intraonly;
}

static void fill_loop_filter(struct v4l2_vp9_loop_filter *lf, const VP9BitstreamHeader *h)
{
    *lf = (struct v4l2_vp9_loop_filter) {
        .level     = h->filter.level,
        .sharpness = h->filter.sharpness,
        .flags     =
            (h->lf_delta.enabled ? V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED : 0) |
            (h->lf_delta.enabled && h->lf_delta.updated ? V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE : 0),
    };
    memcpy(lf->ref_deltas,  h->lf_delta.ref,  sizeof(lf->ref_deltas));
    memcpy(lf->mode_deltas, h->lf_delta.mode, sizeof(lf->mode_deltas));
}

static void fill_segmentation(struct v4l2_vp9_segmentation *seg, const VP9BitstreamHeader *h)
{
    int update_map = h->segmentation.enabled && h->segmentation.update_map;
    int temporal   = update_map && h->segmentation.temporal;

    *seg = (struct v4l2_vp9_segmentation) { 0 };
    /* 255 is what the specification has where nothing is coded. */
    memset(seg->tree_probs, 255, sizeof(seg->tree_probs));
    memset(seg->pred_probs, 255, sizeof(seg->pred_probs));
    if (!h->segmentation.enabled)
        return;

    for (int i = 0; i < MAX_SEGMENT; i++) {
        seg->feature_data[i][V4L2_VP9_SEG_LVL_ALT_Q]     = h->segmentation.feat[i].q_val;
        seg->feature_data[i][V4L2_VP9_SEG_LVL_ALT_L]     = h->segmentation.feat[i].lf_val;
        seg->feature_data[i][V4L2_VP9_SEG_LVL_REF_FRAME] = h->segmentation.feat[i].ref_val;
        seg->feature_enabled[i] =
            (h->segmentation.feat[i].q_enabled    ? 1 << V4L2_VP9_SEG_LVL_ALT_Q     : 0) |
            (h->segmentation.feat[i].lf_enabled   ? 1 << V4L2_VP9_SEG_LVL_ALT_L     : 0) |
            (h->segmentation.feat[i].ref_enabled  ? 1 << V4L2_VP9_SEG_LVL_REF_FRAME : 0) |
            (h->segmentation.feat[i].skip_enabled ? 1 << V4L2_VP9_SEG_LVL_SKIP      : 0);
        /* FFmpeg keeps the value of a feature that was switched off. */
        for (int j = 0; j < V4L2_VP9_SEG_LVL_MAX; j++) {
            if (!(seg->feature_enabled[i] >> j & 1))
                seg->feature_data[i][j] = 0;
        }
    }
    if (update_map)
        memcpy(seg->tree_probs, h->segmentation.prob, sizeof(seg->tree_probs));
    if (temporal)
        memcpy(seg->pred_probs, h->segmentation.pred_prob, sizeof(seg->pred_probs));
    seg->flags = V4L2_VP9_SEGMENTATION_FLAG_ENABLED |
                 (update_map ? V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP : 0) |
                 (temporal   ? V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE : 0) |
                 (h->segmentation.absolute_vals ? V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE : 0);
}

static uint32_t frame_flags(const VP9BitstreamHeader *h, const AVCodecContext *avctx)
{
    const AVPixFmtDescriptor *pix = av_pix_fmt_desc_get(avctx->sw_pix_fmt);

    return (h->keyframe                                    ? V4L2_VP9_FRAME_FLAG_KEY_FRAME       : 0) |
           (!h->invisible                                  ? V4L2_VP9_FRAME_FLAG_SHOW_FRAME      : 0) |
           (h->errorres                                    ? V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT : 0) |
           (!h->keyframe && h->intraonly                   ? V4L2_VP9_FRAME_FLAG_INTRA_ONLY      : 0) |
           (!is_intra(h) && h->highprecisionmvs ? V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV         : 0) |
           (h->refreshctx                       ? V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX          : 0) |
           (h->parallelmode                     ? V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE          : 0) |
           (pix->log2_chroma_w                  ? V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING              : 0) |
           (pix->log2_chroma_h                  ? V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING              : 0) |
           (avctx->color_range == AVCOL_RANGE_JPEG ?
            V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING : 0);
}

/** The order of the first two is libvpx's, not the one of the bitstream. */
static int interpolation_filter(enum FilterMode mode)
{
    return mode == FILTER_8TAP_SMOOTH  ? V4L2_VP9_INTERP_FILTER_EIGHTTAP_SMOOTH :
           mode == FILTER_8TAP_REGULAR ? V4L2_VP9_INTERP_FILTER_EIGHTTAP : mode;
}

static void fill_frame(struct v4l2_ctrl_vp9_frame *ctrl, const AVCodecContext *avctx)
{
    const VP9SharedContext *s = avctx->priv_data;
    const VP9BitstreamHeader *h = &s->h;

    *ctrl = (struct v4l2_ctrl_vp9_frame) {
        .quant = {
            .base_q_idx    = h->yac_qi,
            .delta_q_y_dc  = h->ydc_qdelta,
            .delta_q_uv_dc = h->uvdc_qdelta,
            .delta_q_uv_ac = h->uvac_qdelta,
        },
        .flags                    = frame_flags(h, avctx),
        .compressed_header_size   = h->compressed_header_size,
        .uncompressed_header_size = h->uncompressed_header_size,
        .frame_width_minus_1      = avctx->coded_width - 1,
        .frame_height_minus_1     = avctx->coded_height - 1,
        .profile                  = h->profile,
        .bit_depth                = h->bpp,
        .tile_cols_log2           = h->tiling.log2_tile_cols,
        .tile_rows_log2           = h->tiling.log2_tile_rows,
    };
    fill_loop_filter(&ctrl->lf, h);
    fill_segmentation(&ctrl->seg, h);
    if (is_intra(h))
        return;

    ctrl->ref_frame_sign_bias  = (h->signbias[0] ? V4L2_VP9_SIGN_BIAS_LAST   : 0) |
                                 (h->signbias[1] ? V4L2_VP9_SIGN_BIAS_GOLDEN : 0) |
                                 (h->signbias[2] ? V4L2_VP9_SIGN_BIAS_ALT    : 0);
    ctrl->interpolation_filter = interpolation_filter(h->filtermode);
    ctrl->reference_mode       = h->comppredmode;
}

static int fill_references(AVCodecContext *avctx, V4L2RequestVP9Picture *pic)
{
    const VP9SharedContext *s = avctx->priv_data;
    const VP9BitstreamHeader *h = &s->h;
    const V4L2RequestVP9Context *ctx = avctx->internal->hwaccel_priv_data;
    int reset = h->keyframe || h->errorres || (h->intraonly && h->resetctx == 3);
    uint64_t timestamps[3] = { 0 };

    /* rkvdec reads the motion vectors of the frame before, and what the device
     * has adapted to it is in every frame that follows without a reset. If it
     * was never decoded, nobody else says so. */
    if (!reset && ctx->previous->buf[0] &&
        !ff_v4l2_request_reference(&pic->base, ctx->previous))
        pic->base.damaged = 1;

    for (int i = 0; i < 3 && !is_intra(h); i++) {
        timestamps[i] = ff_v4l2_request_reference(&pic->base, s->refs[h->refidx[i]].f);
        if (!timestamps[i]) {
            av_log(avctx, AV_LOG_ERROR, "The device does not have reference %d.\n",
                   h->refidx[i]);
            return AVERROR_INVALIDDATA;
        }
    }
    pic->frame.last_frame_ts   = timestamps[0];
    pic->frame.golden_frame_ts = timestamps[1];
    pic->frame.alt_frame_ts    = timestamps[2];
    return 0;
}

/* No call below fails: vp9.c would forget the frame, and refer to, or show, what its
 * slots held before. The core marks this picture and all its users. */
static int v4l2_request_vp9_start_frame(V4L2_REQUEST_START_FRAME_ARGS)
{
    const VP9SharedContext *s = avctx->priv_data;
    V4L2RequestVP9Picture *pic = s->frames[CUR_FRAME].hwaccel_picture_private;
    V4L2RequestVP9Context *ctx = avctx->internal->hwaccel_priv_data;
    AVFrame *frame = s->frames[CUR_FRAME].tf.f;
    int ret = ff_v4l2_request_start_frame(avctx, &pic->base, frame,
                                          s->h.invisible ? V4L2_REQUEST_HIDDEN : 0);

    if (ret >= 0) {
        fill_frame(&pic->frame, avctx);
        ret = fill_references(avctx, pic);
    }

    /* Also a frame that failed: the next ones are wrong for that. */
    av_frame_unref(ctx->previous);
    if (av_frame_ref(ctx->previous, frame) < 0)
        ret = AVERROR(ENOMEM);
    return ret < 0 ? ff_v4l2_request_fail(&pic->base, 0) : 0;
}

/** What FFmpeg's parser drops. */
static int fill_from_header(V4L2RequestVP9Picture *pic, const AVCodecContext *avctx,
                            const uint8_t *buffer, uint32_t size)
{
    const VP9SharedContext *s = avctx->priv_data;
    const VP9BitstreamHeader *h = &s->h;
    V4L2RequestVP9Header header;
    int ret = ff_v4l2_request_vp9_parse_header(&header, buffer, size, avctx->coded_width,
                                               avctx->coded_height);

    if (ret < 0)
        return ret;

    pic->frame.render_width_minus_1  = header.render_width  - 1;
    pic->frame.render_height_minus_1 = header.render_height - 1;
    /* 0 and 1 mean the same in the bitstream, and are 0 in the uAPI. */
    pic->frame.reset_frame_context   = FFMAX(header.reset_frame_context - 1, 0);
    pic->frame.frame_context_idx     = header.frame_context_idx;
    /* The features are always complete. hantro copies them only when told so,
     * and does not see that such a frame has reset them. */
    if (h->segmentation.enabled &&
        (header.segmentation_update_data || is_intra(h) || h->errorres))
        pic->frame.seg.flags |= V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA;
    return 0;
}

static int v4l2_request_vp9_decode_slice(AVCodecContext *avctx, const uint8_t *buffer,
                                         uint32_t size)
{
    const VP9SharedContext *s = avctx->priv_data;
    const VP9BitstreamHeader *h = &s->h;
    V4L2RequestVP9Picture *pic = s->frames[CUR_FRAME].hwaccel_picture_private;
    V4L2RequestVP9Context *ctx = avctx->internal->hwaccel_priv_data;

    if (fill_from_header(pic, avctx, buffer, size) < 0)
        return ff_v4l2_request_fail(&pic->base, 0);

    pic->history = ff_v4l2_request_vp9_remember(ctx->history, h->keyframe, buffer, size);
    v4l2_refstruct_replace(&ctx->history, pic->history);

    if (ff_v4l2_request_has_control(avctx, V4L2_CID_STATELESS_VP9_COMPRESSED_HDR))
        ff_v4l2_request_vp9_parse_compressed(&pic->compressed_hdr,
                                             buffer + h->uncompressed_header_size,
                                             h->compressed_header_size, h);
    ff_v4l2_request_append(avctx, &pic->base, buffer, size);
    return 0;
}

static int v4l2_request_vp9_end_frame(AVCodecContext *avctx)
{
    const VP9SharedContext *s = avctx->priv_data;
    V4L2RequestVP9Picture *pic = s->frames[CUR_FRAME].hwaccel_picture_private;
    const struct v4l2_ext_control controls[] = {
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_VP9_FRAME,          pic->frame),
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, pic->compressed_hdr),
    };

    ff_v4l2_request_queue(avctx, &pic->base, controls, FF_ARRAY_ELEMS(controls), 0);
    return 0;
}

static const V4L2RequestControlInfo vp9_controls[] = {
    { V4L2_CID_STATELESS_VP9_FRAME,          sizeof(struct v4l2_ctrl_vp9_frame),
      0, "VP9_FRAME" },
    /* mediatek's firmware reads the compressed header itself. */
    { V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, sizeof(struct v4l2_ctrl_vp9_compressed_hdr),
      1, "VP9_COMPRESSED_HDR" },
    { 0 }
};

static int vp9_profile(const AVCodecContext *avctx)
{
    return avctx->profile; /* V4L2_MPEG_VIDEO_VP9_PROFILE_0 to 3 */
}

static const V4L2RequestCodec vp9_codec = {
    .pixelformat = V4L2_PIX_FMT_VP9_FRAME,
    .name        = "VP9",
    .controls    = vp9_controls,
    .profile_id  = V4L2_CID_MPEG_VIDEO_VP9_PROFILE,
    .profile     = vp9_profile,
};

static int v4l2_request_vp9_uninit(AVCodecContext *avctx)
{
    V4L2RequestVP9Context *ctx = avctx->internal->hwaccel_priv_data;

    av_frame_free(&ctx->previous);
    v4l2_refstruct_unref(&ctx->history);
    return ff_v4l2_request_uninit(avctx);
}

static void v4l2_request_vp9_flush(AVCodecContext *avctx)
{
    V4L2RequestVP9Context *ctx = avctx->internal->hwaccel_priv_data;

    av_frame_unref(ctx->previous);
    v4l2_refstruct_unref(&ctx->history);
    ff_v4l2_request_flush(avctx);
}

static const AVFrame *previous_frame(const VP9SharedContext *s)
{
    for (int i = 0; i < FF_ARRAY_ELEMS(s->refs); i++) {
        if (s->refs[i].f)
            return s->refs[i].f;
    }
    return NULL;
}

/**
 * Only a key frame can do without what the session has: references, and the
 * probabilities and the segment map that the device keeps.
 */
static int change_size(AVCodecContext *avctx, const AVFrame *previous,
                       struct v4l2_ext_control *control, int bit_depth, int chroma)
{
    const VP9SharedContext *s = avctx->priv_data;
    V4L2RequestVP9Context *ctx = avctx->internal->hwaccel_priv_data;
    /* FFmpeg has not yet begun the frame that has the new size. */
    const V4L2RequestVP9Picture *pic = s->frames[CUR_FRAME].hwaccel_picture_private;
    int ret = ff_v4l2_request_resize(avctx, &vp9_codec, previous, control, 1, bit_depth, chroma);

    if (!pic)
        return ret;
    if (ret < 0) {
        ff_v4l2_request_vp9_take_over(avctx, pic->history);
        return ret;
    }

    v4l2_refstruct_replace(&ctx->history, pic->history);
    return av_frame_ref(ctx->previous, s->frames[CUR_FRAME].tf.f);
}

/** FFmpeg calls get_format() for every change of the size. */
static int v4l2_request_vp9_init(AVCodecContext *avctx)
{
    const VP9SharedContext *s = avctx->priv_data;
    const AVPixFmtDescriptor *pix = av_pix_fmt_desc_get(avctx->sw_pix_fmt);
    int chroma = pix->log2_chroma_w << 4 | pix->log2_chroma_h;
    const AVFrame *previous = s->h.keyframe ? NULL : previous_frame(s);
    V4L2RequestVP9Context *ctx = avctx->internal->hwaccel_priv_data;
    struct v4l2_ctrl_vp9_frame frame;
    struct v4l2_ext_control control = V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_VP9_FRAME, frame);
    int ret;

    ctx->previous = av_frame_alloc();
    if (!ctx->previous)
        return AVERROR(ENOMEM);

    fill_frame(&frame, avctx);
    if (previous)
        ret = change_size(avctx, previous, &control, pix->comp[0].depth, chroma);
    else
        ret = ff_v4l2_request_init(avctx, &vp9_codec, &control, 1, pix->comp[0].depth, chroma);
    /* FFmpeg does not call uninit then. */
    if (ret < 0)
        v4l2_request_vp9_uninit(avctx);
    return ret;
}

const FFHWAccel ff_vp9_v4l2request_hwaccel = {
    .p.name               = "vp9_v4l2request",
    .p.type               = AVMEDIA_TYPE_VIDEO,
    .p.id                 = AV_CODEC_ID_VP9,
    .p.pix_fmt            = AV_PIX_FMT_DRM_PRIME,
    .alloc_frame          = ff_v4l2_request_alloc_frame,
    .start_frame          = v4l2_request_vp9_start_frame,
    .decode_slice         = v4l2_request_vp9_decode_slice,
    .end_frame            = v4l2_request_vp9_end_frame,
    .frame_params         = ff_v4l2_request_frame_params,
    .init                 = v4l2_request_vp9_init,
    .uninit               = v4l2_request_vp9_uninit,
    .flush                = v4l2_request_vp9_flush,
    .frame_priv_data_size = sizeof(V4L2RequestVP9Picture),
    .free_frame_priv      = v4l2_request_vp9_free_frame_priv,
    .priv_data_size       = sizeof(V4L2RequestVP9Context),
    .caps_internal        = HWACCEL_CAP_ASYNC_SAFE,
};
