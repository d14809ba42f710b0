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

/**
 * @file
 * AV1: sequence, tiles, references, and the callbacks.
 */

#include <linux/v4l2-controls.h>
#include <string.h>

#include "libavutil/macros.h"

#include "hwaccel_internal.h"
#include "internal.h"
#include "v4l2_request_av1.h"

/** What hardware has to know before it can say which frames it gives. */
#define IMAGE_FLAGS (V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME   | \
                     V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X | \
                     V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y | \
                     V4L2_AV1_SEQUENCE_FLAG_FILM_GRAIN_PARAMS_PRESENT)

typedef struct V4L2RequestAV1Context {
    V4L2RequestContext base;
    struct v4l2_ctrl_av1_sequence sequence; ///< of the session
    int warned;                             ///< that grain is missing
} V4L2RequestAV1Context;

#define FLAG(cond, flag) ((cond) ? (flag) : 0)

static uint32_t sequence_flags(const AV1RawSequenceHeader *seq)
{
    const AV1RawColorConfig *color = &seq->color_config;

    return
        FLAG(seq->still_picture,              V4L2_AV1_SEQUENCE_FLAG_STILL_PICTURE) |
        FLAG(seq->use_128x128_superblock,     V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK) |
        FLAG(seq->enable_filter_intra,        V4L2_AV1_SEQUENCE_FLAG_ENABLE_FILTER_INTRA) |
        FLAG(seq->enable_intra_edge_filter,   V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTRA_EDGE_FILTER) |
        FLAG(seq->enable_interintra_compound, V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTERINTRA_COMPOUND) |
        FLAG(seq->enable_masked_compound,     V4L2_AV1_SEQUENCE_FLAG_ENABLE_MASKED_COMPOUND) |
        FLAG(seq->enable_warped_motion,       V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION) |
        FLAG(seq->enable_dual_filter,         V4L2_AV1_SEQUENCE_FLAG_ENABLE_DUAL_FILTER) |
        FLAG(seq->enable_order_hint,          V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT) |
        FLAG(seq->enable_jnt_comp,            V4L2_AV1_SEQUENCE_FLAG_ENABLE_JNT_COMP) |
        FLAG(seq->enable_ref_frame_mvs,       V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS) |
        FLAG(seq->enable_superres,            V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES) |
        FLAG(seq->enable_cdef,                V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF) |
        FLAG(seq->enable_restoration,         V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION) |
        FLAG(color->mono_chrome,              V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME) |
        FLAG(color->color_range,              V4L2_AV1_SEQUENCE_FLAG_COLOR_RANGE) |
        FLAG(color->subsampling_x,            V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X) |
        FLAG(color->subsampling_y,            V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y) |
        FLAG(seq->film_grain_params_present,  V4L2_AV1_SEQUENCE_FLAG_FILM_GRAIN_PARAMS_PRESENT) |
        FLAG(color->separate_uv_delta_q,      V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q);
}

static void fill_sequence(struct v4l2_ctrl_av1_sequence *ctrl, const AV1RawSequenceHeader *seq)
{
    const AV1RawColorConfig *color = &seq->color_config;

    *ctrl = (struct v4l2_ctrl_av1_sequence) {
        .flags                    = sequence_flags(seq),
        .seq_profile              = seq->seq_profile,
        .order_hint_bits          = seq->enable_order_hint ? seq->order_hint_bits_minus_1 + 1 : 0,
        .bit_depth                = color->twelve_bit ? 12 : color->high_bitdepth ? 10 : 8,
        .max_frame_width_minus_1  = seq->max_frame_width_minus_1,
        .max_frame_height_minus_1 = seq->max_frame_height_minus_1,
    };
}

static const V4L2RequestControlInfo av1_controls[] = {
    { V4L2_CID_STATELESS_AV1_SEQUENCE,         sizeof(struct v4l2_ctrl_av1_sequence),
      0, "AV1_SEQUENCE" },
    { V4L2_CID_STATELESS_AV1_FRAME,            sizeof(struct v4l2_ctrl_av1_frame),
      0, "AV1_FRAME" },
    { V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY, sizeof(struct v4l2_ctrl_av1_tile_group_entry),
      0, "AV1_TILE_GROUP_ENTRY" },
    { V4L2_CID_STATELESS_AV1_FILM_GRAIN,       sizeof(struct v4l2_ctrl_av1_film_grain),
      1, "AV1_FILM_GRAIN" },
    { 0 }
};

/** V4L2_MPEG_VIDEO_AV1_PROFILE_* have the values of seq_profile. */
static int menu_profile(const AVCodecContext *avctx)
{
    return avctx->profile;
}

static const V4L2RequestCodec av1_codec = {
    .pixelformat = V4L2_PIX_FMT_AV1_FRAME,
    .name        = "AV1",
    .controls    = av1_controls,
    .profile_id  = V4L2_CID_MPEG_VIDEO_AV1_PROFILE,
    .profile     = menu_profile,
};

/**
 * Open a session for the sequence. Its buffers take the largest frame of the
 * sequence; the context has the size of the frame that comes next.
 */
static int open_session(AVCodecContext *avctx)
{
    const AV1DecContext *s = avctx->priv_data;
    const AV1RawColorConfig *color = &s->raw_seq->color_config;
    V4L2RequestAV1Context *ctx = avctx->internal->hwaccel_priv_data;
    struct v4l2_ctrl_av1_sequence sequence;
    struct v4l2_ext_control control = V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_AV1_SEQUENCE,
                                                           sequence);
    int width = avctx->width, height = avctx->height;
    int ret;

    fill_sequence(&ctx->sequence, s->raw_seq);
    sequence = ctx->sequence;

    ret = ff_set_dimensions(avctx, sequence.max_frame_width_minus_1 + 1,
                            sequence.max_frame_height_minus_1 + 1);
    if (ret < 0)
        return ret;
    /* Hardware has no frames without chroma; monochrome comes as 4:2:0. */
    ret = ff_v4l2_request_init(avctx, &av1_codec, &control, 1, sequence.bit_depth,
                               color->subsampling_x << 4 | color->subsampling_y);
    ff_set_dimensions(avctx, width, height);
    return ret;
}

static int sequence_fits(const struct v4l2_ctrl_av1_sequence *a,
                         const struct v4l2_ctrl_av1_sequence *b)
{
    return a->seq_profile              == b->seq_profile &&
           a->bit_depth                == b->bit_depth &&
           a->max_frame_width_minus_1  == b->max_frame_width_minus_1 &&
           a->max_frame_height_minus_1 == b->max_frame_height_minus_1 &&
           !((a->flags ^ b->flags) & IMAGE_FLAGS);
}

/**
 * av1dec.c asks for a format once and keeps the hwaccel when a new sequence
 * has another size or depth. Frames of the old session live on without it.
 */
static int follow_sequence(AVCodecContext *avctx)
{
    const AV1DecContext *s = avctx->priv_data;
    V4L2RequestAV1Context *ctx = avctx->internal->hwaccel_priv_data;
    struct v4l2_ctrl_av1_sequence sequence, old = ctx->sequence;
    V4L2RequestSession *session = ctx->base.session;
    AVBufferRef *frames = avctx->hw_frames_ctx;
    int ret;

    fill_sequence(&sequence, s->raw_seq);
    if (sequence_fits(&sequence, &old))
        return 0;

    av_log(avctx, AV_LOG_VERBOSE, "The sequence changes to %dx%d with %d bit.\n",
           sequence.max_frame_width_minus_1 + 1, sequence.max_frame_height_minus_1 + 1,
           sequence.bit_depth);
    ctx->base.session    = NULL;
    avctx->hw_frames_ctx = NULL;
    ret = open_session(avctx);
    if (ret < 0) {
        av_log(avctx, AV_LOG_ERROR, "The sequence changes to %dx%d with %d bit, "
               "which the device cannot decode. libdav1d can, in software.\n",
               sequence.max_frame_width_minus_1 + 1, sequence.max_frame_height_minus_1 + 1,
               sequence.bit_depth);
        ctx->base.session    = session;
        ctx->sequence        = old;
        avctx->hw_frames_ctx = frames;
        return ret;
    }

    FFSWAP(V4L2RequestSession *, ctx->base.session, session);
    ff_v4l2_request_uninit(avctx);
    ctx->base.session = session;
    ctx->warned       = 0;
    av_buffer_unref(&frames);
    avctx->sw_pix_fmt = s->pix_fmt;
    return 0;
}

static int v4l2_request_av1_alloc_frame(AVCodecContext *avctx, AVFrame *frame)
{
    int ret = follow_sequence(avctx);

    return ret < 0 ? ret : ff_v4l2_request_alloc_frame(avctx, frame);
}

/** What the controls have no room for. */
static int check_limits(AVCodecContext *avctx, const AV1RawFrameHeader *h)
{
    if (h->tile_cols * h->tile_rows > V4L2_AV1_MAX_TILE_COUNT || h->context_update_tile_id > 255) {
        av_log(avctx, AV_LOG_ERROR, "%dx%d tiles are more than a V4L2 decoder takes.\n",
               h->tile_cols, h->tile_rows);
        return AVERROR(ENOSYS);
    }
    return 0;
}

/**
 * All slots are listed, in intra frames too: drivers forget what they keep
 * with a reference when no slot names it.
 */
static void fill_references(V4L2RequestAV1Picture *pic, const AV1DecContext *s)
{
    const AV1RawFrameHeader *h = s->raw_frame_header;

    for (int i = 0; i < AV1_NUM_REF_FRAMES; i++) {
        if (s->ref[i].f)
            pic->frame.reference_frame_ts[i] = ff_v4l2_request_hold(&pic->base, s->ref[i].f);
    }
    if (h->frame_type == AV1_FRAME_KEY || h->frame_type == AV1_FRAME_INTRA_ONLY)
        return;
    for (int i = 0; i < AV1_REFS_PER_FRAME; i++) {
        if (s->ref[h->ref_frame_idx[i]].f)
            ff_v4l2_request_depend(&pic->base, s->ref[h->ref_frame_idx[i]].f);
    }
}

/**
 * The device applies the grain, unless the application wants to: FFmpeg then
 * exports the parameters (av1dec.c, set_output_frame()).
 */
static void fill_film_grain(AVCodecContext *avctx, V4L2RequestAV1Picture *pic)
{
    const AV1DecContext *s = avctx->priv_data;
    V4L2RequestAV1Context *ctx = avctx->internal->hwaccel_priv_data;

    ff_v4l2_request_av1_fill_film_grain(&pic->film_grain, s);
    if (avctx->export_side_data & AV_CODEC_EXPORT_DATA_FILM_GRAIN) {
        pic->film_grain.flags &= ~V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN;
    } else if (s->cur_frame.film_grain.apply_grain && !ctx->warned &&
               !ff_v4l2_request_has_control(avctx, V4L2_CID_STATELESS_AV1_FILM_GRAIN)) {
        av_log(avctx, AV_LOG_WARNING, "The device does not apply film grain: frames are shown "
               "without it. Applications get its parameters with export_side_data=film_grain.\n");
        ctx->warned = 1;
    }
}

/* No call below fails: av1dec.c would forget the frame and the rest of its packet, and
 * refer to, or show, what its slots held before. The core marks this picture and all
 * its users. */
static int v4l2_request_av1_start_frame(V4L2_REQUEST_START_FRAME_ARGS)
{
    const AV1DecContext *s = avctx->priv_data;
    V4L2RequestAV1Picture *pic = s->cur_frame.hwaccel_picture_private;
    int ret = ff_v4l2_request_start_frame(avctx, &pic->base, s->cur_frame.f,
                                          s->raw_frame_header->show_frame ? 0 : V4L2_REQUEST_HIDDEN);

    if (ret >= 0)
        ret = check_limits(avctx, s->raw_frame_header);
    if (ret < 0)
        return ff_v4l2_request_fail(&pic->base, 0);

    fill_sequence(&pic->sequence, s->raw_seq);
    ff_v4l2_request_av1_fill_frame(&pic->frame, s);
    fill_references(pic, s);
    fill_film_grain(avctx, pic);
    pic->nb_tiles = 0;
    pic->size     = 0;
    return 0;
}

/**
 * Called with the data of a tile group. FFmpeg's offsets are relative to it,
 * the device's to the whole frame.
 */
static int v4l2_request_av1_decode_slice(AVCodecContext *avctx, const uint8_t *buffer,
                                         uint32_t size)
{
    const AV1DecContext *s = avctx->priv_data;
    V4L2RequestAV1Picture *pic = s->cur_frame.hwaccel_picture_private;

    if (!pic->base.slot)
        return 0;
    if (s->tg_start != pic->nb_tiles || s->tg_end >= s->tile_num) {
        av_log(avctx, AV_LOG_ERROR, "Tiles %d to %d come where %d is due.\n",
               s->tg_start, s->tg_end, pic->nb_tiles);
        return ff_v4l2_request_fail(&pic->base, 0);
    }

    for (int i = s->tg_start; i <= s->tg_end; i++) {
        const TileGroupInfo *tile = &s->tile_group_info[i];

        pic->tiles[pic->nb_tiles++] = (struct v4l2_ctrl_av1_tile_group_entry) {
            .tile_offset = pic->size + tile->tile_offset,
            .tile_size   = tile->tile_size,
            .tile_row    = tile->tile_row,
            .tile_col    = tile->tile_column,
        };
    }
    if (ff_v4l2_request_append(avctx, &pic->base, buffer, size) >= 0)
        pic->size += size;
    return 0;
}

static int v4l2_request_av1_end_frame(AVCodecContext *avctx)
{
    const AV1DecContext *s = avctx->priv_data;
    V4L2RequestAV1Picture *pic = s->cur_frame.hwaccel_picture_private;
    const struct v4l2_ext_control controls[] = {
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_AV1_SEQUENCE,   pic->sequence),
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_AV1_FRAME,      pic->frame),
        { .id   = V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
          .size = pic->nb_tiles * sizeof(pic->tiles[0]), .ptr = pic->tiles },
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_AV1_FILM_GRAIN, pic->film_grain),
    };

    ff_v4l2_request_queue(avctx, &pic->base, controls, FF_ARRAY_ELEMS(controls), 0);
    return 0;
}

const FFHWAccel ff_av1_v4l2request_hwaccel = {
    .p.name               = "av1_v4l2request",
    .p.type               = AVMEDIA_TYPE_VIDEO,
    .p.id                 = AV_CODEC_ID_AV1,
    .p.pix_fmt            = AV_PIX_FMT_DRM_PRIME,
    .alloc_frame          = v4l2_request_av1_alloc_frame,
    .start_frame          = v4l2_request_av1_start_frame,
    .decode_slice         = v4l2_request_av1_decode_slice,
    .end_frame            = v4l2_request_av1_end_frame,
    .frame_params         = ff_v4l2_request_frame_params,
    .init                 = open_session,
    .uninit               = ff_v4l2_request_uninit,
    .flush                = ff_v4l2_request_flush,
    .frame_priv_data_size = sizeof(V4L2RequestAV1Picture),
    .free_frame_priv      = ff_v4l2_request_free_frame_priv,
    .priv_data_size       = sizeof(V4L2RequestAV1Context),
    .caps_internal        = HWACCEL_CAP_ASYNC_SAFE,
};
