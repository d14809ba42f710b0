/*
 * HEVC reference pictures for V4L2 stateless decoders
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

#include <stdlib.h>

#include "libavutil/common.h"
#include "libavutil/error.h"

#include "hevc/hevcdec.h"
#include "v4l2_request_hevc.h"

static int is_listed(const RefPicList *list, const HEVCFrame *frame)
{
    for (int i = 0; i < list->nb_refs; i++) {
        if (list->ref[i] == frame)
            return 1;
    }
    return 0;
}

static int is_current_reference(const HEVCContext *h, const HEVCFrame *frame)
{
    return is_listed(&h->rps[ST_CURR_BEF], frame) || is_listed(&h->rps[ST_CURR_AFT], frame) ||
           is_listed(&h->rps[LT_CURR], frame);
}

/**
 * What to predict from in place of a picture that was never decoded: FFmpeg
 * made it up (generate_missing_ref()), or it was lost with a reset.
 *
 * @return timestamp of the picture closest to it, 0 if there is none
 */
static uint64_t stand_in(V4L2RequestPicture *pic, const HEVCContext *h, const HEVCFrame *missing)
{
    const HEVCLayerContext *l = &h->layers[h->cur_layer];
    uint64_t best = 0;
    int distance = INT_MAX;

    for (int i = 0; i < FF_ARRAY_ELEMS(l->DPB); i++) {
        const HEVCFrame *frame = &l->DPB[i];
        uint64_t timestamp;

        if (!frame->f || frame == h->cur_frame || abs(frame->poc - missing->poc) >= distance)
            continue;
        timestamp = ff_v4l2_request_hold(pic, frame->f);
        if (timestamp) {
            best     = timestamp;
            distance = abs(frame->poc - missing->poc);
        }
    }
    return best;
}

/** V4L2_HEVC_SEI_PIC_STRUCT_*, as far as FFmpeg keeps it. */
static int field_pic(const AVFrame *frame)
{
    if (!(frame->flags & AV_FRAME_FLAG_INTERLACED))
        return V4L2_HEVC_SEI_PIC_STRUCT_FRAME;
    return frame->flags & AV_FRAME_FLAG_TOP_FIELD_FIRST ? V4L2_HEVC_SEI_PIC_STRUCT_TOP_FIELD :
                                                          V4L2_HEVC_SEI_PIC_STRUCT_BOTTOM_FIELD;
}

/**
 * All of the reference picture set, also what only later pictures refer to:
 * hantro_g2_hevc_dec.c keeps the buffers of listed pictures only. None where a
 * sequence starts, which ends the use of all pictures before (8.3.2): FFmpeg marks
 * what the header lists for the leading pictures that it skips.
 */
static void fill_dpb(V4L2RequestHEVCContext *ctx, V4L2RequestPicture *pic, const HEVCContext *h)
{
    const HEVCLayerContext *l = &h->layers[h->cur_layer];
    struct v4l2_ctrl_hevc_decode_params *ctrl = &ctx->decode_params;

    ctx->missing = 0;
    if (IS_IRAP(h) && h->no_rasl_output_flag)
        return;

    for (int i = 0; i < FF_ARRAY_ELEMS(l->DPB); i++) {
        const HEVCFrame *frame = &l->DPB[i];
        int count = ctrl->num_active_dpb_entries;
        uint64_t timestamp;

        if (!frame->f || frame == h->cur_frame || count == FF_ARRAY_ELEMS(ctrl->dpb) ||
            !(frame->flags & (HEVC_FRAME_FLAG_SHORT_REF | HEVC_FRAME_FLAG_LONG_REF)))
            continue;

        timestamp = ff_v4l2_request_hold(pic, frame->f);
        if (!timestamp && is_current_reference(h, frame)) {
            timestamp = stand_in(pic, h, frame);
            ctx->missing |= 1U << count;
        }
        if (!timestamp)
            continue;

        ctrl->dpb[count] = (struct v4l2_hevc_dpb_entry) {
            .timestamp         = timestamp,
            .flags             = frame->flags & HEVC_FRAME_FLAG_LONG_REF ?
                                 V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE : 0,
            .field_pic         = field_pic(frame->f),
            .pic_order_cnt_val = frame->poc,
        };
        ctx->dpb[count] = frame;
        ctrl->num_active_dpb_entries++;
    }
    ctx->missing &= (1U << ctrl->num_active_dpb_entries) - 1;
}

/** @return index in decode_params.dpb, -1 if the frame is not there */
static int dpb_index(const V4L2RequestHEVCContext *ctx, const HEVCFrame *frame)
{
    for (int i = 0; i < ctx->decode_params.num_active_dpb_entries; i++) {
        if (ctx->dpb[i] == frame)
            return i;
    }
    return -1;
}

/** The fields are named after POCs but have indices of dpb[]. */
static int fill_set(uint8_t *indices, const V4L2RequestHEVCContext *ctx, const RefPicList *list)
{
    int count = 0;

    for (int i = 0; i < list->nb_refs && count < V4L2_HEVC_DPB_ENTRIES_NUM_MAX; i++) {
        int index = dpb_index(ctx, list->ref[i]);

        if (index >= 0)
            indices[count++] = index;
    }
    return count;
}

void ff_v4l2_request_hevc_fill_references(V4L2RequestHEVCContext *ctx, V4L2RequestPicture *pic,
                                          const HEVCContext *h)
{
    struct v4l2_ctrl_hevc_decode_params *ctrl = &ctx->decode_params;

    fill_dpb(ctx, pic, h);
    ctrl->num_poc_st_curr_before = fill_set(ctrl->poc_st_curr_before, ctx, &h->rps[ST_CURR_BEF]);
    ctrl->num_poc_st_curr_after  = fill_set(ctrl->poc_st_curr_after,  ctx, &h->rps[ST_CURR_AFT]);
    ctrl->num_poc_lt_curr        = fill_set(ctrl->poc_lt_curr,        ctx, &h->rps[LT_CURR]);
}

int ff_v4l2_request_hevc_fill_lists(struct v4l2_ctrl_hevc_slice_params *ctrl,
                                    const V4L2RequestHEVCContext *ctx,
                                    V4L2RequestPicture *pic, const HEVCContext *h)
{
    const SliceHeader *sh = &h->sh;
    uint8_t *indices[2] = { ctrl->ref_idx_l0, ctrl->ref_idx_l1 };
    int nb_lists = sh->slice_type == HEVC_SLICE_B ? 2 : sh->slice_type == HEVC_SLICE_P;

    for (int list = 0; list < nb_lists; list++) {
        const RefPicList *rpl = &h->cur_frame->refPicList[list];

        for (int i = 0; i < FFMIN(sh->nb_refs[list], V4L2_HEVC_DPB_ENTRIES_NUM_MAX); i++) {
            int index = i < rpl->nb_refs ? dpb_index(ctx, rpl->ref[i]) : -1;

            if (index < 0)
                return AVERROR_INVALIDDATA;
            indices[list][i] = index;
            ff_v4l2_request_depend(pic, rpl->ref[i]->f);
            if (ctx->missing >> index & 1)
                ff_v4l2_request_damage(pic);
        }
    }
    return 0;
}
