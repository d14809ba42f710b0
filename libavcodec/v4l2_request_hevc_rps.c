/*
 * HEVC reference picture sets of the SPS for V4L2 stateless decoders
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
 * FFmpeg keeps the derived sets of an SPS; V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS
 * wants the syntax elements. So the SPS is read once more, up to them. Clauses
 * are of Rec. ITU-T H.265. FFmpeg has parsed the SPS before and found it good;
 * only what could overrun our arrays is checked.
 */

#include <string.h>

#include "libavutil/error.h"
#include "libavutil/mem.h"

#include "get_bits.h"
#include "golomb.h"
#include "hevc/hevcdec.h"
#include "v4l2_request_hevc.h"

/** profile_tier_level(), 7.3.3 */
static void skip_profile_tier_level(GetBitContext *gb, int max_sub_layers)
{
    int profile[8] = { 0 }, level[8] = { 0 };

    skip_bits_long(gb, 88 + 8);
    for (int i = 0; i < max_sub_layers - 1; i++) {
        profile[i] = get_bits1(gb);
        level[i]   = get_bits1(gb);
    }
    if (max_sub_layers > 1)
        skip_bits(gb, 2 * (8 - (max_sub_layers - 1)));
    for (int i = 0; i < max_sub_layers - 1; i++)
        skip_bits_long(gb, 88 * profile[i] + 8 * level[i]);
}

static void skip_ue(GetBitContext *gb, int count)
{
    while (count--)
        get_ue_golomb_long(gb);
}

/** scaling_list_data(), 7.3.4 */
static void skip_scaling_lists(GetBitContext *gb)
{
    for (int size = 0; size < 4; size++) {
        for (int matrix = 0; matrix < 6; matrix += size == 3 ? 3 : 1) {
            if (!get_bits1(gb)) {
                skip_ue(gb, 1);
                continue;
            }
            skip_ue(gb, size > 1);
            skip_ue(gb, FFMIN(64, 1 << (4 + 2 * size)));
        }
    }
}

/** seq_parameter_set_rbsp(), 7.3.2.2.1, from its start to the reference picture sets */
static void skip_to_rps(GetBitContext *gb)
{
    int max_sub_layers;

    skip_bits(gb, 4);
    max_sub_layers = get_bits(gb, 3) + 1;
    skip_bits1(gb);
    skip_profile_tier_level(gb, max_sub_layers);
    skip_ue(gb, 1);
    if (get_ue_golomb_long(gb) == 3)    /* chroma_format_idc */
        skip_bits1(gb);
    skip_ue(gb, 2);
    if (get_bits1(gb))                  /* conformance_window_flag */
        skip_ue(gb, 4);
    skip_ue(gb, 3);
    skip_ue(gb, 3 * (get_bits1(gb) ? max_sub_layers : 1));
    skip_ue(gb, 6);
    if (get_bits1(gb) && get_bits1(gb)) /* scaling_list_enabled_flag */
        skip_scaling_lists(gb);
    skip_bits(gb, 2);
    if (get_bits1(gb)) {                /* pcm_enabled_flag */
        skip_bits(gb, 8);
        skip_ue(gb, 2);
        skip_bits1(gb);
    }
}

/** Used and use_delta flags, one for each picture of the set before and one more. */
static void parse_inter(GetBitContext *gb, struct v4l2_ctrl_hevc_ext_sps_st_rps *rps, int nb_flags)
{
    rps->flags                = V4L2_HEVC_EXT_SPS_ST_RPS_FLAG_INTER_REF_PIC_SET_PRED;
    rps->delta_rps_sign       = get_bits1(gb);
    rps->abs_delta_rps_minus1 = get_ue_golomb_long(gb);
    for (int i = 0; i < nb_flags; i++) {
        int used = get_bits1(gb);

        /* Inferred to be 1 (7.4.8). */
        int use_delta = used || get_bits1(gb);

        rps->used_by_curr_pic |= (uint32_t)used << i;
        rps->use_delta_flag   |= (uint32_t)use_delta << i;
    }
}

static int parse_explicit(GetBitContext *gb, struct v4l2_ctrl_hevc_ext_sps_st_rps *rps)
{
    unsigned negative = get_ue_golomb_long(gb);
    unsigned positive = get_ue_golomb_long(gb);

    if (negative > FF_ARRAY_ELEMS(rps->delta_poc_s0_minus1) ||
        positive > FF_ARRAY_ELEMS(rps->delta_poc_s1_minus1))
        return AVERROR_INVALIDDATA;

    rps->num_negative_pics = negative;
    rps->num_positive_pics = positive;
    for (int i = 0; i < negative; i++) {
        rps->delta_poc_s0_minus1[i] = get_ue_golomb_long(gb);
        rps->used_by_curr_pic      |= (uint32_t)get_bits1(gb) << i;
    }
    for (int i = 0; i < positive; i++) {
        rps->delta_poc_s1_minus1[i] = get_ue_golomb_long(gb);
        rps->used_by_curr_pic      |= (uint32_t)get_bits1(gb) << (negative + i);
    }
    return 0;
}

/** Emulation prevention bytes are out of data, the NAL unit header is in. */
static int parse_sps(V4L2RequestHEVCContext *ctx, const HEVCSPS *sps, const uint8_t *data)
{
    GetBitContext gb;
    int ret;

    ret = init_get_bits8(&gb, data, sps->data_size);
    if (ret < 0)
        return ret;
    skip_bits(&gb, 16);
    skip_to_rps(&gb);

    if (get_ue_golomb_long(&gb) != sps->nb_st_rps)
        return AVERROR_INVALIDDATA;
    for (int i = 0; i < sps->nb_st_rps; i++) {
        struct v4l2_ctrl_hevc_ext_sps_st_rps *rps = &ctx->st_rps[i];

        *rps = (struct v4l2_ctrl_hevc_ext_sps_st_rps) { 0 };
        ret  = 0;
        if (i && get_bits1(&gb))
            parse_inter(&gb, rps, sps->st_rps[i - 1].num_delta_pocs + 1);
        else
            ret = parse_explicit(&gb, rps);
        if (ret < 0)
            return ret;
    }

    for (int i = 0; i < sps->num_long_term_ref_pics_sps; i++)
        ctx->lt_rps[i] = (struct v4l2_ctrl_hevc_ext_sps_lt_rps) {
            .lt_ref_pic_poc_lsb_sps = sps->lt_ref_pic_poc_lsb_sps[i],
            .flags = sps->used_by_curr_pic_lt >> i & 1 ? V4L2_HEVC_EXT_SPS_LT_RPS_FLAG_USED_LT : 0,
        };
    return get_bits_left(&gb) < 0 ? AVERROR_INVALIDDATA : 0;
}

int ff_v4l2_request_hevc_parse_rps(V4L2RequestHEVCContext *ctx, const HEVCSPS *sps)
{
    /* FFmpeg keeps it without the padding that its bit reader wants. */
    uint8_t *data = av_mallocz(sps->data_size + AV_INPUT_BUFFER_PADDING_SIZE);
    int ret;

    if (!data)
        return AVERROR(ENOMEM);
    memcpy(data, sps->data, sps->data_size);
    ret = parse_sps(ctx, sps, data);
    av_free(data);
    return ret;
}
