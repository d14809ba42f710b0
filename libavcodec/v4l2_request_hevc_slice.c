/*
 * HEVC slice parameters for V4L2 stateless decoders
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

#include "libavutil/avassert.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/log.h"
#include "libavutil/mem.h"

#include "hevc/hevcdec.h"
#include "v4l2_request_hevc.h"

/** One list; all fields are differences to the weight 1. */
#define FILL_WEIGHTS(list) do {                                                           \
    for (int i = 0; i < FFMIN(sh->nb_refs[list], V4L2_HEVC_DPB_ENTRIES_NUM_MAX); i++) {    \
        table->delta_luma_weight_l ## list[i] = sh->luma_weight_l ## list[i] - luma_one;   \
        table->luma_offset_l ## list[i]       = sh->luma_offset_l ## list[i];              \
        for (int j = 0; j < 2; j++) {                                                     \
            table->delta_chroma_weight_l ## list[i][j] =                                  \
                sh->chroma_weight_l ## list[i][j] - chroma_one;                           \
            table->chroma_offset_l ## list[i][j] = sh->chroma_offset_l ## list[i][j];      \
        }                                                                                 \
    }                                                                                     \
} while (0)

static void fill_weights(struct v4l2_hevc_pred_weight_table *table, const HEVCContext *h)
{
    const SliceHeader *sh = &h->sh;
    int luma_one   = 1 << sh->luma_log2_weight_denom;
    int chroma_one = 1 << sh->chroma_log2_weight_denom;

    if (!(h->pps->weighted_pred_flag && sh->slice_type == HEVC_SLICE_P) &&
        !(h->pps->weighted_bipred_flag && sh->slice_type == HEVC_SLICE_B))
        return;

    table->luma_log2_weight_denom         = sh->luma_log2_weight_denom;
    table->delta_chroma_log2_weight_denom = sh->chroma_log2_weight_denom - sh->luma_log2_weight_denom;
    FILL_WEIGHTS(0);
    if (sh->slice_type == HEVC_SLICE_B)
        FILL_WEIGHTS(1);
}

/** What a slice does not have keeps the value of an earlier slice in FFmpeg. */
static uint64_t slice_flags(const SliceHeader *sh)
{
    int inter = sh->slice_type != HEVC_SLICE_I;
    int b     = sh->slice_type == HEVC_SLICE_B;
    int from_l1 = b && sh->slice_temporal_mvp_enabled_flag && sh->collocated_list == L1;

    return
        (sh->slice_sample_adaptive_offset_flag[0] ? V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA : 0) |
        (sh->slice_sample_adaptive_offset_flag[1] ? V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA : 0) |
        (sh->slice_temporal_mvp_enabled_flag ? V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED : 0) |
        (b && sh->mvd_l1_zero_flag ? V4L2_HEVC_SLICE_PARAMS_FLAG_MVD_L1_ZERO : 0) |
        (inter && sh->cabac_init_flag ? V4L2_HEVC_SLICE_PARAMS_FLAG_CABAC_INIT : 0) |
        /* inferred to be 1 (7.4.7.1) */
        (!from_l1 ? V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0 : 0) |
        (sh->disable_deblocking_filter_flag ?
         V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_DEBLOCKING_FILTER_DISABLED : 0) |
        (sh->slice_loop_filter_across_slices_enabled_flag ?
         V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED : 0) |
        (sh->dependent_slice_segment_flag ? V4L2_HEVC_SLICE_PARAMS_FLAG_DEPENDENT_SLICE_SEGMENT : 0);
}

/** A dependent segment's header has what FFmpeg keeps of the slice. */
static void fill_slice_params(struct v4l2_ctrl_hevc_slice_params *ctrl, const HEVCContext *h)
{
    const SliceHeader *sh = &h->sh;
    const HEVCPPS *pps = h->pps;
    int inter = sh->slice_type != HEVC_SLICE_I;
    int own_offsets = !sh->disable_deblocking_filter_flag;

    *ctrl = (struct v4l2_ctrl_hevc_slice_params) {
        .num_entry_point_offsets       = sh->num_entry_point_offsets,
        .nal_unit_type                 = h->nal_unit_type,
        .nuh_temporal_id_plus1         = h->temporal_id + 1,
        .slice_type                    = sh->slice_type,
        .slice_pic_order_cnt           = h->poc,
        .num_ref_idx_l0_active_minus1  = inter ? sh->nb_refs[L0] - 1 : 0,
        .num_ref_idx_l1_active_minus1  = sh->slice_type == HEVC_SLICE_B ? sh->nb_refs[L1] - 1 : 0,
        .collocated_ref_idx            = inter && sh->slice_temporal_mvp_enabled_flag ?
                                         sh->collocated_ref_idx : 0,
        .five_minus_max_num_merge_cand = inter ? 5 - sh->max_num_merge_cand : 0,
        .slice_qp_delta                = sh->slice_qp_delta,
        .slice_cb_qp_offset            = sh->slice_cb_qp_offset,
        .slice_cr_qp_offset            = sh->slice_cr_qp_offset,
        /* Not coded with the filter off, and then equal to the PPS's (7.4.7.1). */
        .slice_beta_offset_div2        = (own_offsets ? sh->beta_offset : pps->beta_offset) / 2,
        .slice_tc_offset_div2          = (own_offsets ? sh->tc_offset : pps->tc_offset) / 2,
        /* FFmpeg keeps of the fields only which parity they have. */
        .pic_struct                    = h->sei.picture_timing.picture_struct,
        .slice_segment_addr            = sh->slice_segment_addr,
        .short_term_ref_pic_set_size   = sh->short_term_ref_pic_set_sps_flag ? 0 :
                                         sh->short_term_ref_pic_set_size,
        .long_term_ref_pic_set_size    = sh->long_term_ref_pic_set_size,
        .flags                         = slice_flags(sh),
    };
    fill_weights(&ctrl->pred_weight_table, h);
}

/** Bytes that were taken out of a NAL unit before a byte of its RBSP. */
static unsigned emulation_bytes(const HEVCContext *h, const uint8_t *raw_data, unsigned offset)
{
    unsigned count = 0;

    for (int i = 0; i < h->pkt.nb_nals; i++) {
        const H2645NAL *nal = &h->pkt.nals[i];

        if (nal->raw_data != raw_data)
            continue;
        while (count < nal->skipped_bytes && nal->skipped_bytes_pos[count] < offset)
            count++;
        return count;
    }
    return 0;
}

/**
 * Where slice_segment_data() is. The kernel's documentation does not say
 * whether data_byte_offset counts emulation prevention bytes in the slice
 * header. cedrus_h265.c, slice based, skips that much in an engine that takes
 * them out; to others it is a place in the buffer (rpi's hevc_d_h265.c adds it
 * to an address). bit_size is "size (in bits) of the current slice data".
 */
static void fill_position(struct v4l2_ctrl_hevc_slice_params *ctrl, const AVCodecContext *avctx,
                          const V4L2RequestPicture *pic, const uint8_t *nal, uint32_t size)
{
    const HEVCContext *h = avctx->priv_data;
    unsigned emulation = emulation_bytes(h, nal, h->sh.data_offset);
    unsigned raw = h->sh.data_offset + emulation;

    ctrl->bit_size         = 8 * (size - FFMIN(raw, size));
    ctrl->data_byte_offset = ff_v4l2_request_size(pic) - size + h->sh.data_offset +
                             (ff_v4l2_request_is_slice_based(avctx) ? 0 : emulation);
}

static int add_entry_points(V4L2RequestHEVCContext *ctx, const SliceHeader *sh)
{
    unsigned count = ctx->nb_entry_points + sh->num_entry_point_offsets;
    uint32_t *array = av_fast_realloc(ctx->entry_points, &ctx->entry_points_size,
                                      FFMAX(count, 1) * sizeof(*array));

    if (!array)
        return AVERROR(ENOMEM);
    ctx->entry_points = array;
    /* In bytes as they are coded, on both sides; FFmpeg has added the 1. */
    for (int i = 0; i < sh->num_entry_point_offsets; i++)
        array[ctx->nb_entry_points + i] = sh->entry_point_offset[i];
    ctx->nb_entry_points = count;
    return 0;
}

int ff_v4l2_request_hevc_add_slice(V4L2RequestHEVCContext *ctx, AVCodecContext *avctx,
                                   V4L2RequestPicture *pic, const uint8_t *nal, uint32_t size)
{
    const HEVCContext *h = avctx->priv_data;
    struct v4l2_ctrl_hevc_slice_params *ctrl =
        av_fast_realloc(ctx->slice_params, &ctx->slice_params_size,
                        (ctx->nb_slices + 1) * sizeof(*ctrl));
    int ret;

    if (!ctrl)
        return AVERROR(ENOMEM);
    ctx->slice_params = ctrl;
    ctrl += ctx->nb_slices++;

    fill_slice_params(ctrl, h);
    fill_position(ctrl, avctx, pic, nal, size);
    ret = ff_v4l2_request_hevc_fill_lists(ctrl, ctx, pic, h);
    if (ret < 0) {
        av_log(avctx, AV_LOG_ERROR, "A slice refers to pictures that were never decoded.\n");
        return ret;
    }
    return add_entry_points(ctx, &h->sh);
}

int ff_v4l2_request_hevc_is_full(const V4L2RequestHEVCContext *ctx, AVCodecContext *avctx)
{
    const HEVCContext *h = avctx->priv_data;
    unsigned slices  = ff_v4l2_request_control_elems(avctx, V4L2_CID_STATELESS_HEVC_SLICE_PARAMS);
    unsigned entries = ff_v4l2_request_control_elems(avctx, V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS);

    if (!ctx->nb_slices)
        return 0;
    return ff_v4l2_request_is_slice_based(avctx) ||
           (slices && ctx->nb_slices >= slices) ||
           (entries && ctx->nb_entry_points + h->sh.num_entry_point_offsets > entries);
}
