/*
 * VP8 decoding with V4L2 stateless decoders
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

#include "libavutil/macros.h"

#include "hwaccel_internal.h"
#include "internal.h"
#include "v4l2_request.h"
#include "vp8.h"

typedef struct V4L2RequestVP8Context {
    V4L2RequestContext base;
    uint8_t scale[2];   ///< of the last key frame: FFmpeg does not keep it
} V4L2RequestVP8Context;

typedef struct V4L2RequestVP8Picture {
    V4L2RequestPicture base;
    struct v4l2_ctrl_vp8_frame frame;
} V4L2RequestVP8Picture;

static void fill_segment(struct v4l2_vp8_segment *ctrl, const VP8Context *s)
{
    ctrl->flags = (s->segmentation.enabled        ? V4L2_VP8_SEGMENT_FLAG_ENABLED          : 0) |
                  (s->segmentation.update_map     ? V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP       : 0) |
                  (!s->segmentation.absolute_vals ? V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE : 0);
    /* FFmpeg keeps that of an earlier frame when there is no segmentation. */
    if (s->segmentation.enabled && s->segmentation.update_feature_data)
        ctrl->flags |= V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA;

    memcpy(ctrl->quant_update,  s->segmentation.base_quant,   sizeof(ctrl->quant_update));
    memcpy(ctrl->lf_update,     s->segmentation.filter_level, sizeof(ctrl->lf_update));
    memcpy(ctrl->segment_probs, s->prob->segmentid,           sizeof(ctrl->segment_probs));
}

static void fill_loop_filter(struct v4l2_vp8_loop_filter *ctrl, const VP8Context *s)
{
    ctrl->sharpness_level = s->filter.sharpness;
    ctrl->level           = s->filter.level;
    ctrl->flags           = (s->lf_delta.enabled ? V4L2_VP8_LF_ADJ_ENABLE         : 0) |
                            (s->filter.simple    ? V4L2_VP8_LF_FILTER_TYPE_SIMPLE : 0);
    /* As above; cedrus parses the header again by this flag. */
    if (s->lf_delta.enabled && s->lf_delta.update)
        ctrl->flags |= V4L2_VP8_LF_DELTA_UPDATE;

    memcpy(ctrl->ref_frm_delta, s->lf_delta.ref,               sizeof(ctrl->ref_frm_delta));
    memcpy(ctrl->mb_mode_delta, s->lf_delta.mode + MODE_I4x4,  sizeof(ctrl->mb_mode_delta));
}

static void fill_entropy(struct v4l2_vp8_entropy *ctrl, const VP8Context *s)
{
    /* 13.3: a position of each band; FFmpeg has the table by position. */
    static const uint8_t position[8] = { 0, 1, 2, 3, 5, 6, 4, 15 };
    /* 11.2: key frames have fixed ones, of which FFmpeg's header parser does
     * not know; hantro_vp8.c loads what it is given in any case. */
    static const uint8_t key_y_mode[4]  = { 145, 156, 163, 128 };
    static const uint8_t key_uv_mode[3] = { 142, 114, 183 };

    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 8; j++)
            memcpy(ctrl->coeff_probs[i][j], s->prob->token[i][position[j]],
                   sizeof(ctrl->coeff_probs[i][j]));
    }
    memcpy(ctrl->y_mode_probs,  s->keyframe ? key_y_mode  : s->prob->pred16x16, 4);
    memcpy(ctrl->uv_mode_probs, s->keyframe ? key_uv_mode : s->prob->pred8x8c,  3);
    memcpy(ctrl->mv_probs, s->prob->mvc, sizeof(ctrl->mv_probs));
}

/** Where the macroblocks begin: 7.3, state of the decoder behind the header */
static void fill_coder_state(struct v4l2_ctrl_vp8_frame *ctrl, const VP8Context *s,
                             const uint8_t *first_part)
{
    ctrl->coder_state = (struct v4l2_vp8_entropy_coder_state) {
        .range     = s->coder_state_at_header_end.range,
        .value     = s->coder_state_at_header_end.value,
        /* negative at the end of the partition */
        .bit_count = s->coder_state_at_header_end.bit_count & 7,
    };
    /* One byte is in value: hantro_g1_vp8_dec.c adds 8 again. */
    ctrl->first_part_header_bits = 8 * (s->coder_state_at_header_end.input - first_part) -
                                   s->coder_state_at_header_end.bit_count - 8;
}

static void fill_frame(struct v4l2_ctrl_vp8_frame *ctrl, const AVCodecContext *avctx)
{
    const V4L2RequestVP8Context *ctx = avctx->internal->hwaccel_priv_data;
    const VP8Context *s = avctx->priv_data;

    *ctrl = (struct v4l2_ctrl_vp8_frame) {
        .quant = {
            .y_ac_qi     = s->quant.yac_qi,
            .y_dc_delta  = s->quant.ydc_delta,
            .y2_dc_delta = s->quant.y2dc_delta,
            .y2_ac_delta = s->quant.y2ac_delta,
            .uv_dc_delta = s->quant.uvdc_delta,
            .uv_ac_delta = s->quant.uvac_delta,
        },
        .width            = avctx->coded_width,
        .height           = avctx->coded_height,
        .horizontal_scale = ctx->scale[0],
        .vertical_scale   = ctx->scale[1],
        .version          = s->profile,
        .prob_skip_false  = s->mbskip_enabled ? s->prob->mbskip : 0,
        .num_dct_parts    = s->num_coeff_partitions,
        .first_part_size  = s->header_partition_size,
        .flags = (s->keyframe       ? V4L2_VP8_FRAME_FLAG_KEY_FRAME        : 0) |
                 (s->profile > 3    ? V4L2_VP8_FRAME_FLAG_EXPERIMENTAL     : 0) |
                 (!s->invisible     ? V4L2_VP8_FRAME_FLAG_SHOW_FRAME       : 0) |
                 (s->mbskip_enabled ? V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF : 0),
    };
    fill_segment(&ctrl->segment, s);
    fill_loop_filter(&ctrl->lf, s);
    fill_entropy(&ctrl->entropy, s);
    for (int i = 0; i < s->num_coeff_partitions; i++)
        ctrl->dct_part_sizes[i] = s->coeff_partition_size[i];
}

/** What a key frame does not have; FFmpeg's state is from the frame before it. */
static void fill_inter(struct v4l2_ctrl_vp8_frame *ctrl, const VP8Context *s,
                       V4L2RequestPicture *pic)
{
    ctrl->prob_intra = s->prob->intra;
    ctrl->prob_last  = s->prob->last;
    ctrl->prob_gf    = s->prob->golden;
    ctrl->flags |= (s->sign_bias[VP8_FRAME_GOLDEN] ? V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN : 0) |
                   (s->sign_bias[VP8_FRAME_ALTREF] ? V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT    : 0);

    ctrl->last_frame_ts   = ff_v4l2_request_reference(pic, s->framep[VP8_FRAME_PREVIOUS]->tf.f);
    ctrl->golden_frame_ts = ff_v4l2_request_reference(pic, s->framep[VP8_FRAME_GOLDEN]->tf.f);
    ctrl->alt_frame_ts    = ff_v4l2_request_reference(pic, s->framep[VP8_FRAME_ALTREF]->tf.f);
}

/*
 * vp8.c drops a frame when a call below returns an error, and goes on with the
 * references of before: the pictures that follow would be wrong without a mark.
 * So a failure is left to the core, which marks this picture and all its users.
 */
static int v4l2_request_vp8_start_frame(V4L2_REQUEST_START_FRAME_ARGS)
{
    V4L2RequestVP8Context *ctx = avctx->internal->hwaccel_priv_data;
    const VP8Context *s = avctx->priv_data;
    const VP8Frame *cur = s->framep[VP8_FRAME_CURRENT];
    V4L2RequestVP8Picture *pic = cur->hwaccel_picture_private;

    if (ff_v4l2_request_start_frame(avctx, &pic->base, cur->tf.f, 0) < 0)
        return 0;

    /* 9.1: two bits above each of width and height */
    if (s->keyframe) {
        ctx->scale[0] = buf[7] >> 6;
        ctx->scale[1] = buf[9] >> 6;
    }
    fill_frame(&pic->frame, avctx);
    fill_coder_state(&pic->frame, s, buf + (s->keyframe ? 10 : 3));
    if (!s->keyframe)
        fill_inter(&pic->frame, s, &pic->base);
    return 0;
}

static int v4l2_request_vp8_decode_slice(AVCodecContext *avctx, const uint8_t *buffer,
                                         uint32_t size)
{
    const VP8Context *s = avctx->priv_data;
    V4L2RequestVP8Picture *pic = s->framep[VP8_FRAME_CURRENT]->hwaccel_picture_private;

    /* The frame tag is part of it: cedrus_vp8.c parses the header itself. */
    ff_v4l2_request_append(avctx, &pic->base, buffer, size);
    return 0;
}

static int v4l2_request_vp8_end_frame(AVCodecContext *avctx)
{
    const VP8Context *s = avctx->priv_data;
    V4L2RequestVP8Picture *pic = s->framep[VP8_FRAME_CURRENT]->hwaccel_picture_private;
    const struct v4l2_ext_control controls[] = {
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_VP8_FRAME, pic->frame),
    };

    ff_v4l2_request_queue(avctx, &pic->base, controls, FF_ARRAY_ELEMS(controls), 0);
    return 0;
}

static const V4L2RequestControlInfo vp8_controls[] = {
    { V4L2_CID_STATELESS_VP8_FRAME, sizeof(struct v4l2_ctrl_vp8_frame), 0, "VP8_FRAME" },
    { 0 }
};

static int vp8_profile(const AVCodecContext *avctx)
{
    const VP8Context *s = avctx->priv_data;

    return s->profile <= 3 ? V4L2_MPEG_VIDEO_VP8_PROFILE_0 + s->profile : -1;
}

static const V4L2RequestCodec vp8_codec = {
    .pixelformat = V4L2_PIX_FMT_VP8_FRAME,
    .name        = "VP8",
    .controls    = vp8_controls,
    .profile_id  = V4L2_CID_MPEG_VIDEO_VP8_PROFILE,
    .profile     = vp8_profile,
};

static int v4l2_request_vp8_init(AVCodecContext *avctx)
{
    return ff_v4l2_request_init(avctx, &vp8_codec, NULL, 0, 8, 0x11);
}

const FFHWAccel ff_vp8_v4l2request_hwaccel = {
    .p.name               = "vp8_v4l2request",
    .p.type               = AVMEDIA_TYPE_VIDEO,
    .p.id                 = AV_CODEC_ID_VP8,
    .p.pix_fmt            = AV_PIX_FMT_DRM_PRIME,
    .alloc_frame          = ff_v4l2_request_alloc_frame,
    .start_frame          = v4l2_request_vp8_start_frame,
    .decode_slice         = v4l2_request_vp8_decode_slice,
    .end_frame            = v4l2_request_vp8_end_frame,
    .frame_params         = ff_v4l2_request_frame_params,
    .init                 = v4l2_request_vp8_init,
    .uninit               = ff_v4l2_request_uninit,
    /* No .flush: update_dimensions() in vp8.c calls it at a change of size,
     * when there are still frames to be shown in flight. */
    .frame_priv_data_size = sizeof(V4L2RequestVP8Picture),
    .free_frame_priv      = ff_v4l2_request_free_frame_priv,
    .priv_data_size       = sizeof(V4L2RequestVP8Context),
    .caps_internal        = HWACCEL_CAP_ASYNC_SAFE,
};
