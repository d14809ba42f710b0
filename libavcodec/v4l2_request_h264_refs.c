/*
 * H.264 reference pictures for V4L2 stateless decoders
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

#include "libavutil/macros.h"

#include "h264dec.h"
#include "v4l2_request_h264.h"

/** Pictures that fill a gap in frame_num were never decoded and have no POCs. */
static int fills_gap(const H264Picture *ref)
{
    return ref->field_poc[0] == INT_MAX && ref->field_poc[1] == INT_MAX;
}

/**
 * Fields that are references. What fills a gap is a frame (8.2.5.2), but FFmpeg
 * marks it with the structure of the picture that comes behind the gap.
 */
static int reference_fields(const H264Picture *ref)
{
    return ref->reference && fills_gap(ref) ? PICT_FRAME : ref->reference & PICT_FRAME;
}

/**
 * POC of a reference's field. A picture that fills a gap in frame_num shows
 * another one's pixels and has no POCs but the one that h264_field_start() made
 * up: with the same one a device orders its lists as software does.
 */
static int reference_poc(const H264Picture *ref, int bottom)
{
    int poc = ref->field_poc[bottom] != INT_MAX ? ref->field_poc[bottom] : ref->field_poc[!bottom];

    return poc != INT_MAX ? poc : ref->poc;
}

/**
 * PicNum and LongTermPicNum of a reference, 8.2.4.1. Of two fields that with the
 * parity of the current one counts, unless it is no reference.
 */
static int pic_num(const H264Context *h, const H264Picture *pic, int long_idx)
{
    const SPS *sps = h->ps.sps;
    int num = long_idx;

    if (long_idx < 0) {
        num = pic->frame_num;
        if (num > h->poc.frame_num)
            num -= 1 << sps->log2_max_frame_num;
    }
    return FIELD_PICTURE(h) ? 2 * num + !!(reference_fields(pic) & h->picture_structure) : num;
}

/**
 * Add one reference.
 *
 * @param long_idx  LongTermFrameIdx, < 0 for a short-term reference
 * @param fallback  what to predict from if it was never decoded (a gap without
 *                  a picture before it, or lost with a reset), 0 for none
 */
static void add_reference(V4L2RequestH264Picture *pic, const H264Context *h,
                          const H264Picture *ref, int long_idx, uint64_t fallback)
{
    uint64_t timestamp;

    /* Drivers take every entry as a reference frame when they build the lists
     * of a frame (v4l2-h264.c), so one with a single field must not be there. */
    if (pic->nb_dpb == FF_ARRAY_ELEMS(pic->dpb) ||
        (!FIELD_PICTURE(h) && reference_fields(ref) != PICT_FRAME))
        return;

    timestamp = ff_v4l2_request_hold(&pic->base, ref->f);
    if (!timestamp)
        timestamp = fallback;
    if (!timestamp)
        return;

    pic->decode_params.dpb[pic->nb_dpb] = (struct v4l2_h264_dpb_entry) {
        .reference_ts           = timestamp,
        .pic_num                = pic_num(h, ref, long_idx),
        .frame_num              = long_idx < 0 ? ref->frame_num : long_idx,
        .fields                 = reference_fields(ref),
        .top_field_order_cnt    = reference_poc(ref, 0),
        .bottom_field_order_cnt = reference_poc(ref, 1),
        .flags                  = V4L2_H264_DPB_ENTRY_FLAG_VALID |
                                  V4L2_H264_DPB_ENTRY_FLAG_ACTIVE |
                                  (long_idx >= 0 ? V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM : 0) |
                                  (ref->field_picture && !fills_gap(ref) ?
                                   V4L2_H264_DPB_ENTRY_FLAG_FIELD : 0),
    };
    pic->dpb[pic->nb_dpb++] = ref;
}

void ff_v4l2_request_h264_reset_poc(H264Context *h)
{
    H264Picture *cur = h->cur_pic_ptr;
    int first = h->picture_structure == PICT_BOTTOM_FIELD;
    int last  = h->picture_structure != PICT_TOP_FIELD;
    int base  = FFMIN(cur->field_poc[first], cur->field_poc[last]);

    for (int i = first; i <= last; i++)
        cur->field_poc[i] -= (unsigned)base;
    cur->poc = FFMIN(cur->field_poc[0], cur->field_poc[1]);

    /* They become prevPicOrderCntMsb and so on of the next picture. */
    h->poc.poc_msb          = 0;
    h->poc.poc_lsb          = first ? 0 : cur->field_poc[0];
    h->poc.frame_num_offset = 0;
}

void ff_v4l2_request_h264_fill_dpb(V4L2RequestH264Picture *pic, const H264Context *h)
{
    uint64_t fallback = 0;

    pic->nb_dpb = 0;
    for (int i = 0; i < h->short_ref_count && !fallback; i++)
        fallback = ff_v4l2_request_hold(&pic->base, h->short_ref[i]->f);

    for (int i = 0; i < h->short_ref_count; i++)
        add_reference(pic, h, h->short_ref[i], -1, fallback);
    for (int i = 0; i < FF_ARRAY_ELEMS(h->long_ref); i++) {
        if (h->long_ref[i])
            add_reference(pic, h, h->long_ref[i], i, fallback);
    }
}

void ff_v4l2_request_h264_fill_ref_list(struct v4l2_h264_reference *list,
                                        const V4L2RequestH264Picture *pic,
                                        const H264SliceContext *sl, int n)
{
    for (int i = 0; i < FFMIN(sl->ref_count[n], V4L2_H264_REF_LIST_LEN); i++) {
        const H264Ref *ref = &sl->ref_list[n][i];

        list[i].fields = ref->reference & PICT_FRAME;
        for (int j = 0; j < pic->nb_dpb; j++) {
            if (pic->dpb[j] == ref->parent)
                list[i].index = j;
        }
    }
}

void ff_v4l2_request_h264_add_dependencies(V4L2RequestH264Picture *pic, const H264Context *h,
                                           const H264SliceContext *sl)
{
    for (int list = 0; list < sl->list_count; list++) {
        for (int i = 0; i < FFMIN(sl->ref_count[list], V4L2_H264_REF_LIST_LEN); i++) {
            const H264Picture *ref = sl->ref_list[list][i].parent;

            /* From a recovery point on, pictures before it do not matter. */
            if (ref && (ref->recovered || !h->cur_pic_ptr->recovered))
                ff_v4l2_request_depend(&pic->base, ref->f);
        }
    }
}
