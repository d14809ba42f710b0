/*
 * VP9 decoding with V4L2 stateless decoders: headers
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

/**
 * @file
 * The parts of a frame's headers that FFmpeg does not keep. Section numbers are
 * those of the VP9 Bitstream & Decoding Process Specification, version 0.6.
 */

#include "libavutil/error.h"
#include "libavutil/macros.h"

#include "get_bits.h"
#include "v4l2_request_vp9.h"

/** 6.2.2 color_config() */
static void skip_color_config(GetBitContext *gb, int profile)
{
    if (profile >= 2)
        skip_bits1(gb);                     /* ten_or_twelve_bit */
    if (get_bits(gb, 3) != 7) {             /* color_space, not CS_RGB */
        skip_bits1(gb);                     /* color_range */
        if (profile & 1)
            skip_bits(gb, 3);               /* subsampling_x, _y, reserved_zero */
    } else if (profile & 1) {
        skip_bits1(gb);                     /* reserved_zero */
    }
}

/** 6.2.4 render_size() */
static void parse_render_size(V4L2RequestVP9Header *header, GetBitContext *gb)
{
    if (!get_bits1(gb))
        return;
    header->render_width  = get_bits(gb, 16) + 1;
    header->render_height = get_bits(gb, 16) + 1;
}

/** What key frames and intra-only frames have in common. */
static void parse_intra_size(V4L2RequestVP9Header *header, GetBitContext *gb)
{
    skip_bits_long(gb, 32);                 /* frame_width, frame_height */
    parse_render_size(header, gb);
}

/** From ref_frame_idx[] to interpolation_filter */
static void parse_inter(V4L2RequestVP9Header *header, GetBitContext *gb)
{
    int found = 0;

    skip_bits(gb, 3 * (3 + 1));             /* ref_frame_idx, ref_frame_sign_bias */
    for (int i = 0; i < 3 && !found; i++)
        found = get_bits1(gb);
    if (!found)
        skip_bits_long(gb, 32);             /* frame_width, frame_height */
    parse_render_size(header, gb);
    skip_bits1(gb);                         /* allow_high_precision_mv */
    if (!get_bits1(gb))                     /* is_filter_switchable */
        skip_bits(gb, 2);
}

/** From frame_type to interpolation_filter; returns error_resilient_mode. */
static int parse_frame_type(V4L2RequestVP9Header *header, GetBitContext *gb, int profile)
{
    int inter      = get_bits1(gb);
    int show_frame = get_bits1(gb);
    int error_res  = get_bits1(gb);
    int intra_only;

    if (!inter) {
        skip_bits(gb, 24);                  /* frame_sync_code */
        skip_color_config(gb, profile);
        parse_intra_size(header, gb);
        return error_res;
    }

    intra_only = show_frame ? 0 : get_bits1(gb);
    header->reset_frame_context = error_res ? 0 : get_bits(gb, 2);
    if (intra_only) {
        skip_bits(gb, 24);
        if (profile > 0)
            skip_color_config(gb, profile);
        skip_bits(gb, 8);                   /* refresh_frame_flags */
        parse_intra_size(header, gb);
    } else {
        skip_bits(gb, 8);
        parse_inter(header, gb);
    }
    return error_res;
}

/** 6.2.8 loop_filter_params() and 6.2.9 quantization_params() */
static void skip_filter_and_quantizer(GetBitContext *gb)
{
    skip_bits(gb, 6 + 3);                   /* level, sharpness */
    if (get_bits1(gb) && get_bits1(gb)) {   /* delta_enabled, delta_update */
        for (int i = 0; i < 4 + 2; i++) {
            if (get_bits1(gb))
                skip_bits(gb, 6 + 1);
        }
    }
    skip_bits(gb, 8);                       /* base_q_idx */
    for (int i = 0; i < 3; i++) {
        if (get_bits1(gb))
            skip_bits(gb, 4 + 1);
    }
}

static void skip_probabilities(GetBitContext *gb, int count)
{
    for (int i = 0; i < count; i++) {
        if (get_bits1(gb))
            skip_bits(gb, 8);
    }
}

/** 6.2.11 segmentation_params() up to segmentation_update_data */
static int parse_update_data(GetBitContext *gb)
{
    if (!get_bits1(gb))                     /* segmentation_enabled */
        return 0;
    if (get_bits1(gb)) {                    /* segmentation_update_map */
        skip_probabilities(gb, 7);
        if (get_bits1(gb))                  /* segmentation_temporal_update */
            skip_probabilities(gb, 3);
    }
    return get_bits1(gb);
}

int ff_v4l2_request_vp9_parse_header(V4L2RequestVP9Header *header, const uint8_t *data,
                                     size_t size, int width, int height)
{
    GetBitContext gb;
    int profile, ret;

    ret = init_get_bits8(&gb, data, FFMIN(size, INT32_MAX / 8));
    if (ret < 0)
        return ret;

    *header = (V4L2RequestVP9Header) { .render_width = width, .render_height = height };

    skip_bits(&gb, 2);                      /* frame_marker */
    profile  = get_bits1(&gb);
    profile |= get_bits1(&gb) << 1;
    skip_bits(&gb, profile == 3);           /* reserved_zero */
    skip_bits1(&gb);                        /* show_existing_frame, which is no job */

    if (!parse_frame_type(header, &gb, profile))
        skip_bits(&gb, 2);                  /* refresh_frame_context, parallel mode */
    header->frame_context_idx = get_bits(&gb, 2);
    skip_filter_and_quantizer(&gb);
    header->segmentation_update_data = parse_update_data(&gb);
    return get_bits_left(&gb) < 0 ? AVERROR_INVALIDDATA : 0;
}

/** The arithmetic decoder of 9.2; headers are short, so bit by bit. */
typedef struct BoolDecoder {
    GetBitContext gb;
    unsigned value;
    unsigned range;
} BoolDecoder;

static unsigned next_bit(BoolDecoder *b)
{
    return get_bits_left(&b->gb) > 0 ? get_bits1(&b->gb) : 0;
}

static int read_bool(BoolDecoder *b, int probability)
{
    unsigned split = 1 + ((b->range - 1) * probability >> 8);
    int bit = b->value >= split;

    if (bit) {
        b->value -= split;
        b->range -= split;
    } else {
        b->range = split;
    }
    for (; b->range < 128; b->range *= 2)
        b->value = 2 * b->value + next_bit(b);
    return bit;
}

static int read_literal(BoolDecoder *b, int bits)
{
    int value = 0;

    while (bits--)
        value = 2 * value + read_bool(b, 128);
    return value;
}

static void init_bool(BoolDecoder *b, const uint8_t *data, size_t size)
{
    b->value = 0;
    b->range = 255;
    if (init_get_bits8(&b->gb, data, size) < 0)
        init_get_bits8(&b->gb, NULL, 0);
    for (int i = 0; i < 8; i++)
        b->value = 2 * b->value + next_bit(b);
    read_bool(b, 128);                      /* marker */
}

/** 6.3.6 decode_term_subexp() */
static int read_term_subexp(BoolDecoder *b)
{
    int value;

    if (!read_literal(b, 1))
        return read_literal(b, 4);
    if (!read_literal(b, 1))
        return read_literal(b, 4) + 16;
    if (!read_literal(b, 1))
        return read_literal(b, 5) + 32;
    value = read_literal(b, 7);
    return value < 65 ? value + 64 : 2 * value - 1 + read_literal(b, 1);
}

/**
 * 6.3.7 inv_map_table: twenty coarse steps of 13 come first, then what these
 * leave out of 1 to 253; the last code repeats the last value.
 */
static int inv_map(int code)
{
    int rank = code - 20;

    return code < 20 ? 7 + 13 * code : FFMIN(rank + 1 + (rank + 6) / 12, 253);
}

/** 6.3.5 diff_update_prob() without the old probability */
static void read_diffs(BoolDecoder *b, uint8_t *prob, int count)
{
    for (int i = 0; i < count; i++)
        prob[i] = read_bool(b, 252) ? inv_map(read_term_subexp(b)) : 0;
}

/** 6.3.18 update_mv_prob() */
static void read_mv_probs(BoolDecoder *b, uint8_t *prob, int count)
{
    for (int i = 0; i < count; i++)
        prob[i] = read_bool(b, 252) ? read_literal(b, 7) << 1 | 1 : 0;
}

/** Arrays of the control are in reading order, so that each is a row of bytes. */
#define READ_DIFFS(b, array) read_diffs(b, (uint8_t *)&(array), sizeof(array))
#define READ_MV_PROBS(b, array) read_mv_probs(b, (uint8_t *)&(array), sizeof(array))

static void read_tx(BoolDecoder *b, struct v4l2_ctrl_vp9_compressed_hdr *ctrl, int lossless)
{
    if (lossless) {
        ctrl->tx_mode = V4L2_VP9_TX_MODE_ONLY_4X4;
        return;
    }
    ctrl->tx_mode = read_literal(b, 2);
    if (ctrl->tx_mode == V4L2_VP9_TX_MODE_ALLOW_32X32)
        ctrl->tx_mode += read_literal(b, 1);
    if (ctrl->tx_mode == V4L2_VP9_TX_MODE_SELECT) {
        READ_DIFFS(b, ctrl->tx8);
        READ_DIFFS(b, ctrl->tx16);
        READ_DIFFS(b, ctrl->tx32);
    }
}

/** 6.3.7 read_coef_probs() */
static void read_coef(BoolDecoder *b, struct v4l2_ctrl_vp9_compressed_hdr *ctrl)
{
    int sizes = FFMIN(ctrl->tx_mode, V4L2_VP9_TX_MODE_ALLOW_32X32) + 1;

    for (int tx = 0; tx < sizes; tx++) {
        if (!read_literal(b, 1))
            continue;
        for (int i = 0; i < 2 * 2; i++) {
            for (int band = 0; band < 6; band++)
                /* The first band has three contexts. */
                read_diffs(b, ctrl->coef[tx][i / 2][i % 2][band][0], (band ? 6 : 3) * 3);
        }
    }
}

/** 6.3.11 frame_reference_mode() and its probabilities */
static void read_reference_mode(BoolDecoder *b, struct v4l2_ctrl_vp9_compressed_hdr *ctrl,
                                int compound_allowed)
{
    int mode = V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE;

    if (compound_allowed && read_literal(b, 1))
        mode = read_literal(b, 1) ? V4L2_VP9_REFERENCE_MODE_SELECT :
                                    V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE;
    if (mode == V4L2_VP9_REFERENCE_MODE_SELECT)
        READ_DIFFS(b, ctrl->comp_mode);
    if (mode != V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE)
        READ_DIFFS(b, ctrl->single_ref);
    if (mode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE)
        READ_DIFFS(b, ctrl->comp_ref);
}

/** 6.3.17 mv_probs() */
static void read_mv(BoolDecoder *b, struct v4l2_vp9_mv_probs *mv, int high_precision)
{
    READ_MV_PROBS(b, mv->joint);
    for (int i = 0; i < 2; i++) {
        READ_MV_PROBS(b, mv->sign[i]);
        READ_MV_PROBS(b, mv->classes[i]);
        READ_MV_PROBS(b, mv->class0_bit[i]);
        READ_MV_PROBS(b, mv->bits[i]);
    }
    for (int i = 0; i < 2; i++) {
        READ_MV_PROBS(b, mv->class0_fr[i]);
        READ_MV_PROBS(b, mv->fr[i]);
    }
    for (int i = 0; i < 2 && high_precision; i++) {
        READ_MV_PROBS(b, mv->class0_hp[i]);
        READ_MV_PROBS(b, mv->hp[i]);
    }
}

void ff_v4l2_request_vp9_parse_compressed(struct v4l2_ctrl_vp9_compressed_hdr *ctrl,
                                          const uint8_t *data, size_t size,
                                          const VP9BitstreamHeader *h)
{
    BoolDecoder bool_decoder, *b = &bool_decoder;

    *ctrl = (struct v4l2_ctrl_vp9_compressed_hdr) { 0 };
    init_bool(b, data, size);

    read_tx(b, ctrl, h->lossless);
    read_coef(b, ctrl);
    READ_DIFFS(b, ctrl->skip);
    if (h->keyframe || h->intraonly)
        return;

    READ_DIFFS(b, ctrl->inter_mode);
    if (h->filtermode == FILTER_SWITCHABLE)
        READ_DIFFS(b, ctrl->interp_filter);
    READ_DIFFS(b, ctrl->is_inter);
    read_reference_mode(b, ctrl, h->allowcompinter);
    READ_DIFFS(b, ctrl->y_mode);
    READ_DIFFS(b, ctrl->partition);
    read_mv(b, &ctrl->mv, h->highprecisionmvs);
}
