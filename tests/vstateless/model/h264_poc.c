/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Picture order counts recomputed (8.2.1)
 *
 * The syntax elements that the counts come from have no effect on pixels, only
 * the counts have. This ties both together.
 */

#include "check.h"
#include "h264_model.h"

/* libavcodec's first value after an IDR picture with type 0 */
#define LIBAVCODEC_OFFSET	65536

static bool is_idr(const struct h264_controls *ctrl)
{
    return ctrl->decode->flags & V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC;
}

/* Type 0, 8.2.1.1; arithmetic wraps as the values come from the client */
static void compute_type0(struct h264_poc *poc, const struct h264_controls *ctrl, int32_t out[2])
{
    int32_t max = 1 << (ctrl->sps->log2_max_pic_order_cnt_lsb_minus4 + 4);
    int32_t lsb = ctrl->decode->pic_order_cnt_lsb;
    uint32_t msb = poc->prev_msb;

    if (lsb < poc->prev_lsb && poc->prev_lsb - lsb >= max / 2)
        msb += max;
    else if (lsb > poc->prev_lsb && lsb - poc->prev_lsb > max / 2)
        msb -= max;
    poc->msb = msb;
    out[0] = msb + lsb;
    out[1] = out[0];
    if (h264_structure(ctrl->decode) == MODEL_FRAME)
        out[1] = (uint32_t)out[0] + ctrl->decode->delta_pic_order_cnt_bottom;
}

/* Type 1, 8.2.1.2 */
static void compute_type1(struct h264_poc *poc, const struct h264_controls *ctrl, int32_t out[2])
{
    const struct v4l2_ctrl_h264_decode_params *decode = ctrl->decode;
    const struct v4l2_ctrl_h264_sps *sps = ctrl->sps;
    int cycle = sps->num_ref_frames_in_pic_order_cnt_cycle;
    uint32_t abs_frame_num = cycle ? poc->frame_num_offset + decode->frame_num : 0;
    uint32_t expected = 0, per_cycle = 0;

    if (!decode->nal_ref_idc && abs_frame_num)
        abs_frame_num--;
    for (int i = 0; i < cycle; i++)
        per_cycle += sps->offset_for_ref_frame[i];
    if (abs_frame_num) {
        expected = (abs_frame_num - 1) / cycle * per_cycle;
        for (uint32_t i = 0; i <= (abs_frame_num - 1) % cycle; i++)
            expected += sps->offset_for_ref_frame[i];
    }
    if (!decode->nal_ref_idc)
        expected += sps->offset_for_non_ref_pic;
    out[0] = expected + decode->delta_pic_order_cnt0;
    out[1] = (uint32_t)out[0] + sps->offset_for_top_to_bottom_field;
    if (h264_structure(decode) == MODEL_FRAME)
        out[1] = (uint32_t)out[1] + decode->delta_pic_order_cnt1;
}

/* Type 2, 8.2.1.3 */
static void compute_type2(struct h264_poc *poc, const struct h264_controls *ctrl, int32_t out[2])
{
    out[0] = 2 * ((uint32_t)poc->frame_num_offset + ctrl->decode->frame_num);
    if (!ctrl->decode->nal_ref_idc)
        out[0]--;
    out[1] = out[0];
}

static void compute(struct h264_poc *poc, const struct h264_controls *ctrl, int32_t out[2])
{
    if (is_idr(ctrl))
        *poc = (struct h264_poc) { .valid = poc->valid, .offset = poc->offset };
    poc->frame_num_offset = poc->prev_frame_num_offset;
    if (poc->prev_frame_num > ctrl->decode->frame_num)
        poc->frame_num_offset += 1 << (ctrl->sps->log2_max_frame_num_minus4 + 4);
    switch (ctrl->sps->pic_order_cnt_type) {
    case 0:
        compute_type0(poc, ctrl, out);
        break;
    case 1:
        compute_type1(poc, ctrl, out);
        break;
    default:
        compute_type2(poc, ctrl, out);
        break;
    }
}

/*
 * After a seek or a lost picture nobody knows the previous counts; take the
 * client's. Without references, or with a gap in frame_num, this may have
 * happened.
 */
static bool is_entry_point(const struct h264_poc *poc, const struct h264_controls *ctrl)
{
    unsigned int mask = (1 << (ctrl->sps->log2_max_frame_num_minus4 + 4)) - 1;
    bool references = false;

    for (int i = 0; i < H264_DPB; i++)
        references |= h264_is_active(&ctrl->decode->dpb[i]);
    return !references || (ctrl->decode->frame_num != poc->prev_frame_num &&
                           ctrl->decode->frame_num != ((poc->prev_frame_num + 1) & mask));
}

/* Which of the two counts the picture has. */
static bool has_count(const struct h264_controls *ctrl, int i)
{
    return h264_structure(ctrl->decode) & 1 << i;
}

int h264_check_poc(struct model *m, struct h264_poc *poc, const struct h264_controls *ctrl)
{
    int32_t given[2] = { ctrl->decode->top_field_order_cnt, ctrl->decode->bottom_field_order_cnt };
    int first = has_count(ctrl, 0) ? 0 : 1, ret = 0;
    int32_t count[2];

    if (!poc->valid || (!is_idr(ctrl) && is_entry_point(poc, ctrl)))
        poc->prev_lsb = ctrl->decode->pic_order_cnt_lsb;
    compute(poc, ctrl, count);
    if (is_idr(ctrl)) {
        poc->offset = (uint32_t)given[first] - count[first];
        ret = model_check(m, !poc->offset || poc->offset == LIBAVCODEC_OFFSET,
                          "POC %d of an IDR picture should be %d", given[first], count[first]);
    } else if (!poc->valid || is_entry_point(poc, ctrl)) {
        poc->offset = (uint32_t)given[first] - count[first];
    }
    poc->valid = true;
    for (int i = 0; !ret && i < 2; i++)
        ret = model_check(m, !has_count(ctrl, i) ||
                          given[i] == (int32_t)((uint32_t)count[i] + poc->offset),
                          "POC %d of the %s field should be %d", given[i], i ? "bottom" : "top",
                          (int32_t)((uint32_t)count[i] + poc->offset));
    return ret;
}

/* The picture's own counts start at 0 as well (8.2.1), in the order of its fields. */
static void reset(struct h264_poc *poc, const struct v4l2_ctrl_h264_decode_params *decode)
{
    int32_t top = decode->top_field_order_cnt, bottom = decode->bottom_field_order_cnt;

    *poc = (struct h264_poc) { .valid = true };
    if (h264_structure(decode) == MODEL_FRAME && top > bottom)
        poc->prev_lsb = (uint32_t)top - bottom;
}

void h264_update_poc(struct h264_poc *poc, const struct h264_controls *ctrl, bool has_mmco5)
{
    poc->prev_frame_num = ctrl->decode->frame_num;
    poc->prev_frame_num_offset = poc->frame_num_offset;
    if (ctrl->decode->nal_ref_idc) {
        poc->prev_msb = poc->msb;
        poc->prev_lsb = ctrl->decode->pic_order_cnt_lsb;
    }
    if (has_mmco5)
        reset(poc, ctrl->decode);
}
