/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VP8 frame headers (RFC 6386, sections 9 and 19.2)
 *
 * The parser gives a complete control, so that no value in it can be wrong
 * unnoticed, whether or not pixels depend on it. Only the tables of constants
 * are libavcodec's.
 */

#include <string.h>

#include "libavcodec/vp8data.h"

#include "vp8_header.h"

/*
 * Section 7: value is the byte of the stream that the decoder compares with;
 * pos is the number of the bit that comes into it next.
 */
struct bool_decoder {
    const uint8_t *data;
    uint32_t size;
    uint32_t pos;
    uint32_t range, value;
};

static int get_bool(struct bool_decoder *b, int prob)
{
    uint32_t split = 1 + (((b->range - 1) * prob) >> 8);
    int bit = b->value >= split;

    b->value -= bit ? split : 0;
    b->range  = bit ? b->range - split : split;
    while (b->range < 128) {
        uint32_t byte = b->pos >> 3;

        b->range <<= 1;
        b->value <<= 1;
        if (byte < b->size)
            b->value |= b->data[byte] >> (7 - (b->pos & 7)) & 1;
        b->pos++;
    }
    return bit;
}

static int get_flag(struct bool_decoder *b)
{
    return get_bool(b, 128);
}

static int get_literal(struct bool_decoder *b, int bits)
{
    int value = 0;

    while (bits--)
        value = value << 1 | get_flag(b);
    return value;
}

/* Magnitude and sign */
static int get_signed(struct bool_decoder *b, int bits)
{
    int value = get_literal(b, bits);

    return get_flag(b) ? -value : value;
}

static int get_optional(struct bool_decoder *b, int bits)
{
    return get_flag(b) ? get_signed(b, bits) : 0;
}

/* 9.1, 19.1; a key frame resets what stays from frame to frame (9.3, 9.6, 9.11) */
static const char *parse_tag(const uint8_t *data, uint32_t size, struct vp8_history *history,
                             struct v4l2_ctrl_vp8_frame *frame)
{
    const struct v4l2_ctrl_vp8_frame *last = &history->frame;
    uint32_t tag, header;

    if (size < 3)
        return "no frame tag";
    tag = data[0] | data[1] << 8 | (uint32_t)data[2] << 16;
    *frame = (struct v4l2_ctrl_vp8_frame) {
        .version = tag >> 1 & 7,
        .first_part_size = tag >> 5,
        .flags = (tag & 1 ? 0 : V4L2_VP8_FRAME_FLAG_KEY_FRAME) |
                 (tag & 16 ? V4L2_VP8_FRAME_FLAG_SHOW_FRAME : 0),
        .width = last->width,
        .height = last->height,
        .horizontal_scale = last->horizontal_scale,
        .vertical_scale = last->vertical_scale,
        .segment = last->segment,
        .lf = last->lf,
    };
    if (frame->version > 3)
        frame->flags |= V4L2_VP8_FRAME_FLAG_EXPERIMENTAL;
    header = tag & 1 ? 3 : 10;
    if (size < header || frame->first_part_size > size - header)
        return "the first partition does not fit";
    if (tag & 1)
        return history->valid ? NULL : "no key frame before";
    if (data[3] != 0x9d || data[4] != 0x01 || data[5] != 0x2a)
        return "no start code";
    frame->width            = (data[6] | data[7] << 8) & 0x3fff;
    frame->height           = (data[8] | data[9] << 8) & 0x3fff;
    frame->horizontal_scale = data[7] >> 6;
    frame->vertical_scale   = data[9] >> 6;
    frame->segment = (struct v4l2_vp8_segment) { .flags = V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE };
    memset(&frame->lf, 0, sizeof(frame->lf));
    return NULL;
}

static void reset_entropy(struct v4l2_vp8_entropy *entropy)
{
    memset(entropy, 0, sizeof(*entropy));
    memcpy(entropy->coeff_probs, vp8_token_default_probs, sizeof(entropy->coeff_probs));
    memcpy(entropy->mv_probs, vp8_mv_default_prob, sizeof(entropy->mv_probs));
    memcpy(entropy->y_mode_probs, vp8_pred16x16_prob_inter, sizeof(entropy->y_mode_probs));
    memcpy(entropy->uv_mode_probs, vp8_pred8x8c_prob_inter, sizeof(entropy->uv_mode_probs));
}

/* 9.3, 19.2 */
static void parse_segmentation(struct bool_decoder *b, struct v4l2_vp8_segment *segment)
{
    uint32_t mode = segment->flags & V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;

    segment->flags = mode;
    if (!get_flag(b))
        return;
    segment->flags |= V4L2_VP8_SEGMENT_FLAG_ENABLED;
    segment->flags |= get_flag(b) ? V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP : 0;
    segment->flags |= get_flag(b) ? V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA : 0;
    if (segment->flags & V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA) {
        segment->flags &= ~V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
        segment->flags |= get_flag(b) ? 0 : V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
        for (int i = 0; i < 4; i++)
            segment->quant_update[i] = get_optional(b, 7);
        for (int i = 0; i < 4; i++)
            segment->lf_update[i] = get_optional(b, 6);
    }
    if (segment->flags & V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP)
        for (int i = 0; i < 3; i++)
            segment->segment_probs[i] = get_flag(b) ? get_literal(b, 8) : 255;
}

/* 9.6, 19.2 */
static void parse_loop_filter(struct bool_decoder *b, struct v4l2_vp8_loop_filter *lf)
{
    lf->flags           = get_flag(b) ? V4L2_VP8_LF_FILTER_TYPE_SIMPLE : 0;
    lf->level           = get_literal(b, 6);
    lf->sharpness_level = get_literal(b, 3);
    if (!get_flag(b))
        return;
    lf->flags |= V4L2_VP8_LF_ADJ_ENABLE;
    if (!get_flag(b))
        return;
    lf->flags |= V4L2_VP8_LF_DELTA_UPDATE;
    for (int i = 0; i < 4; i++)
        if (get_flag(b))
            lf->ref_frm_delta[i] = get_signed(b, 6);
    for (int i = 0; i < 4; i++)
        if (get_flag(b))
            lf->mb_mode_delta[i] = get_signed(b, 6);
}

/* 9.5: sizes of all partitions but the last one stand in front of them. */
static const char *parse_partitions(struct bool_decoder *b, const uint8_t *data, uint32_t size,
                                    struct v4l2_ctrl_vp8_frame *frame)
{
    uint32_t left;

    frame->num_dct_parts = 1 << get_literal(b, 2);
    if (size < 3u * (frame->num_dct_parts - 1))
        return "the table of partitions does not fit";
    left = size - 3 * (frame->num_dct_parts - 1);
    for (int i = 0; i < frame->num_dct_parts - 1; i++, data += 3) {
        uint32_t part = data[0] | data[1] << 8 | (uint32_t)data[2] << 16;

        if (part > left)
            return "a partition does not fit";
        frame->dct_part_sizes[i] = part;
        left -= part;
    }
    frame->dct_part_sizes[frame->num_dct_parts - 1] = left;
    return NULL;
}

static void parse_quant(struct bool_decoder *b, struct v4l2_vp8_quantization *quant)
{
    quant->y_ac_qi     = get_literal(b, 7);
    quant->y_dc_delta  = get_optional(b, 4);
    quant->y2_dc_delta = get_optional(b, 4);
    quant->y2_ac_delta = get_optional(b, 4);
    quant->uv_dc_delta = get_optional(b, 4);
    quant->uv_ac_delta = get_optional(b, 4);
}

/* 9.7 */
static void parse_references(struct bool_decoder *b, struct vp8_history *history,
                             struct v4l2_ctrl_vp8_frame *frame)
{
    bool golden = get_flag(b), altref = get_flag(b);

    history->golden = golden ? VP8_COPY_CURRENT : get_literal(b, 2);
    history->altref = altref ? VP8_COPY_CURRENT : get_literal(b, 2);
    frame->flags |= get_flag(b) ? V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN : 0;
    frame->flags |= get_flag(b) ? V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT : 0;
}

/* 13.4 */
static void parse_coefficients(struct bool_decoder *b, struct v4l2_vp8_entropy *entropy)
{
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 8; j++)
            for (int k = 0; k < 3; k++)
                for (int t = 0; t < 11; t++)
                    if (get_bool(b, ff_vp8_token_update_probs[i][j][k][t]))
                        entropy->coeff_probs[i][j][k][t] = get_literal(b, 8);
}

/* 16.2, 17.2: what only inter frames have */
static void parse_inter(struct bool_decoder *b, struct v4l2_ctrl_vp8_frame *frame,
                        struct v4l2_vp8_entropy *entropy)
{
    frame->prob_intra = get_literal(b, 8);
    frame->prob_last  = get_literal(b, 8);
    frame->prob_gf    = get_literal(b, 8);
    if (get_flag(b))
        for (int i = 0; i < 4; i++)
            entropy->y_mode_probs[i] = get_literal(b, 8);
    if (get_flag(b))
        for (int i = 0; i < 3; i++)
            entropy->uv_mode_probs[i] = get_literal(b, 8);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 19; j++)
            if (get_bool(b, vp8_mv_update_prob[i][j])) {
                int value = get_literal(b, 7);

                entropy->mv_probs[i][j] = value ? value << 1 : 1;
            }
}

/* 11.2: key frames have fixed probabilities of modes. */
static void set_key_modes(struct v4l2_vp8_entropy *entropy)
{
    memcpy(entropy->y_mode_probs, vp8_pred16x16_prob_intra, sizeof(entropy->y_mode_probs));
    memcpy(entropy->uv_mode_probs, vp8_pred8x8c_prob_intra, sizeof(entropy->uv_mode_probs));
}

const char *vp8_parse_header(const uint8_t *data, uint32_t size, struct vp8_history *history,
                             struct v4l2_ctrl_vp8_frame *frame)
{
    const char *fault = parse_tag(data, size, history, frame);
    bool key = frame->flags & V4L2_VP8_FRAME_FLAG_KEY_FRAME;
    struct v4l2_vp8_entropy entropy;
    struct bool_decoder b;
    bool refresh;

    if (fault)
        return fault;
    b = (struct bool_decoder) { .data = data + (key ? 10 : 3), .size = frame->first_part_size,
                                .pos = 8, .range = 255 };
    b.value = b.size ? b.data[0] : 0;
    if (key)
        get_literal(&b, 2);		/* color_space, clamping_type */
    parse_segmentation(&b, &frame->segment);
    parse_loop_filter(&b, &frame->lf);
    fault = parse_partitions(&b, b.data + b.size, data + size - b.data - b.size, frame);
    if (fault)
        return fault;
    parse_quant(&b, &frame->quant);
    history->golden = history->altref = VP8_COPY_CURRENT;
    if (!key)
        parse_references(&b, history, frame);
    else
        reset_entropy(&history->entropy);
    refresh = get_flag(&b);
    history->refresh_last = key || get_flag(&b);
    entropy = history->entropy;
    parse_coefficients(&b, &entropy);
    if (get_flag(&b)) {
        frame->flags |= V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF;
        frame->prob_skip_false = get_literal(&b, 8);
    }
    if (!key)
        parse_inter(&b, frame, &entropy);
    if (refresh)
        history->entropy = entropy;
    frame->entropy = entropy;
    if (key)
        set_key_modes(&frame->entropy);
    frame->first_part_header_bits = b.pos - 8;
    frame->coder_state = (struct v4l2_vp8_entropy_coder_state) {
        .range = b.range, .value = b.value, .bit_count = -b.pos & 7,
    };
    return NULL;
}
