/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.264: control values against each other and against what the device decoded
 * before; clauses are of Rec. ITU-T H.264
 */

#include <string.h>

#include "check.h"
#include "h264_model.h"

#define SPS_FLAGS	0x7f
#define PPS_FLAGS	0xff
#define ENTRY_FLAGS	0x0f
#define DECODE_FLAGS	0x1f

static int align16(int size)
{
    return (size + 15) & ~15;
}

/* Annex A; 1b is 9 in some profiles. */
static bool is_known(uint8_t value, const uint8_t *known, size_t count)
{
    return memchr(known, value, count);
}

static int check_profile(struct model *m, const struct v4l2_ctrl_h264_sps *sps)
{
    static const uint8_t profiles[] = { 44, 66, 77, 83, 86, 88, 100, 110, 118, 122, 128, 138, 139, 244 };
    static const uint8_t levels[] = { 9, 10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52,
                                      60, 61, 62 };
    int least = sps->chroma_format_idc > 1 ? 122 : sps->bit_depth_luma_minus8 ? 110 : 0;
    int ret = 0;

    if (!is_known(sps->profile_idc, profiles, sizeof(profiles)) ||
        (sps->profile_idc < least && sps->profile_idc != 44))
        ret = model_warn(m, MODEL_QUIRK_PROFILE, "profile_idc %d, at least %d is needed",
                         sps->profile_idc, least);
    if (!ret && !is_known(sps->level_idc, levels, sizeof(levels)))
        ret = model_warn(m, MODEL_QUIRK_PROFILE, "level_idc %d", sps->level_idc);
    if (!ret && sps->constraint_set_flags & ~0x3f)
        ret = model_warn(m, MODEL_QUIRK_PROFILE, "constraint_set_flags 0x%x", sps->constraint_set_flags);
    return ret;
}

static int check_sps(struct model *m, const struct v4l2_ctrl_h264_sps *sps)
{
    const struct vstateless_event *event = m->job.event;
    bool frames = sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
    int width = 16 * (sps->pic_width_in_mbs_minus1 + 1);
    int height = 16 * (sps->pic_height_in_map_units_minus1 + 1) * (frames ? 1 : 2);
    int ret;

    if (width > (int)event->capture_width || height > (int)event->capture_height)
        return model_fail(m, "SPS of %dx%d, CAPTURE format of %ux%u", width, height,
                          event->capture_width, event->capture_height);
    if (sps->bit_depth_luma_minus8 != sps->bit_depth_chroma_minus8)
        return model_fail(m, "luma has %d bits and chroma %d", sps->bit_depth_luma_minus8 + 8,
                          sps->bit_depth_chroma_minus8 + 8);
    if (sps->flags & V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE)
        return model_fail(m, "separate colour planes");
    if (sps->log2_max_frame_num_minus4 > 12 || sps->log2_max_pic_order_cnt_lsb_minus4 > 12 ||
        sps->pic_order_cnt_type > 2 || sps->max_num_ref_frames > H264_DPB)
        return model_fail(m, "SPS values are out of range");
    ret = model_check(m, width == align16(event->coded_width) &&
                      height == align16(event->coded_height),
                      "SPS of %dx%d, OUTPUT format of %ux%u", width, height,
                      event->coded_width, event->coded_height);
    if (ret < 0)
        return ret;
    ret = check_profile(m, sps);
    if (ret < 0)
        return ret;
    return model_check(m, !(sps->flags & ~SPS_FLAGS), "undefined H264_SPS flags 0x%x", sps->flags);
}

static int check_pps(struct model *m, const struct v4l2_ctrl_h264_sps *sps,
                     const struct v4l2_ctrl_h264_pps *pps)
{
    int ret;

    if (pps->num_slice_groups_minus1)
        return model_fail(m, "%d slice groups", pps->num_slice_groups_minus1 + 1);
    if (pps->weighted_bipred_idc > 2)
        return model_fail(m, "weighted_bipred_idc %d", pps->weighted_bipred_idc);
    ret = model_check(m, pps->pic_init_qs_minus26 >= -26 && pps->pic_init_qs_minus26 <= 25,
                      "pic_init_qs_minus26 %d", pps->pic_init_qs_minus26);
    if (ret < 0)
        return ret;
    if (pps->flags & V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE) {
        ret = model_warn(m, MODEL_QUIRK_CABAC, "CABAC");
        if (ret < 0)
            return ret;
    }
    if (pps->seq_parameter_set_id != sps->seq_parameter_set_id) {
        /* GStreamer keeps an SPS of the same content but another id. */
        ret = model_warn(m, MODEL_QUIRK_IDS, "the PPS belongs to SPS %d, the SPS is %d",
                         pps->seq_parameter_set_id, sps->seq_parameter_set_id);
        if (ret < 0)
            return ret;
    }
    return model_check(m, !(pps->flags & ~PPS_FLAGS), "undefined H264_PPS flags 0x%x", pps->flags);
}

/* constraint_set3_flag: all pictures are IDR pictures, A.2.8 to A.2.11 */
static int check_intra_profile(struct model *m, const struct h264_controls *ctrl)
{
    const struct v4l2_ctrl_h264_sps *sps = ctrl->sps;

    if (sps->profile_idc < 110 || !(sps->constraint_set_flags & V4L2_H264_SPS_CONSTRAINT_SET3_FLAG) ||
        ctrl->decode->flags & V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC)
        return 0;
    return model_warn(m, MODEL_QUIRK_PROFILE, "an intra profile, but not an IDR picture");
}

static int check_decode(struct model *m, const struct h264_controls *ctrl, bool second)
{
    const struct v4l2_ctrl_h264_decode_params *decode = ctrl->decode;
    bool idr = decode->flags & V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC;
    bool field = decode->flags & V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC;
    const char *fault = NULL;

    if (field && (ctrl->sps->flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY))
        return model_fail(m, "field picture in a sequence of frames");
    if (decode->flags & ~DECODE_FLAGS)
        fault = "undefined H264_DECODE_PARAMS flags";
    else if (decode->reserved)
        fault = "reserved bytes of H264_DECODE_PARAMS";
    else if (!field && (decode->flags & V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD))
        fault = "BOTTOM_FIELD without FIELD_PIC";
    else if (decode->slice_group_change_cycle)
        fault = "slice_group_change_cycle without slice groups";
    else if (decode->frame_num >> (ctrl->sps->log2_max_frame_num_minus4 + 4))
        fault = "frame_num is not below MaxFrameNum";
    else if (!ctrl->sps->pic_order_cnt_type &&
             decode->pic_order_cnt_lsb >> (ctrl->sps->log2_max_pic_order_cnt_lsb_minus4 + 4))
        fault = "pic_order_cnt_lsb is not below MaxPicOrderCntLsb";
    else if (idr && (decode->frame_num || !decode->nal_ref_idc))
        fault = "IDR picture with a frame_num or without nal_ref_idc";
    else if (!idr && decode->idr_pic_id)
        fault = "idr_pic_id without IDR_PIC";
    if (idr && !second)
        for (int i = 0; i < H264_DPB; i++)
            if (h264_is_active(&decode->dpb[i]))
                fault = "IDR picture with references";
    return model_check(m, !fault, "%s", fault ? fault : "");
}

static int check_entry_values(struct model *m, const struct h264_controls *ctrl, int i)
{
    static const uint8_t zero[sizeof(ctrl->decode->dpb->reserved)];
    const struct v4l2_h264_dpb_entry *entry = &ctrl->decode->dpb[i];
    int max_frame_num = 1 << (ctrl->sps->log2_max_frame_num_minus4 + 4);
    bool valid = entry->flags & V4L2_H264_DPB_ENTRY_FLAG_VALID;
    int ret;

    ret = model_check(m, !(entry->flags & ~ENTRY_FLAGS) &&
                      !memcmp(entry->reserved, zero, sizeof(zero)),
                      "undefined flags 0x%x or reserved bytes in dpb[%d]", entry->flags, i);
    if (ret < 0)
        return ret;
    if (valid != h264_is_active(entry)) {
        ret = model_warn(m, MODEL_QUIRK_DPB_FLAGS, "dpb[%d] is %s", i,
                         valid ? "VALID but not ACTIVE" : "ACTIVE but not VALID");
        if (ret < 0)
            return ret;
    }
    if (!h264_is_active(entry))
        return 0;
    if (!entry->fields || entry->fields > V4L2_H264_FRAME_REF)
        return model_fail(m, "dpb[%d].fields is %d", i, entry->fields);
    if (h264_is_long(entry) && entry->frame_num >= H264_DPB)
        return model_fail(m, "LongTermFrameIdx of dpb[%d] is %d", i, entry->frame_num);
    ret = model_check(m, h264_is_long(entry) || entry->frame_num < max_frame_num,
                      "frame_num of dpb[%d] is not below MaxFrameNum", i);
    if (ret < 0 || h264_structure(ctrl->decode) != MODEL_FRAME)
        return ret;
    /* 8.2.4.1: PicNum of a field counts twice, and an entry has two of them. */
    if ((entry->pic_num - entry->frame_num) % max_frame_num)
        ret = model_warn(m, MODEL_QUIRK_PIC_NUM, "pic_num of dpb[%d] is %d, frame_num %d", i,
                         (int)entry->pic_num, entry->frame_num);
    if (!ret && entry->fields != V4L2_H264_FRAME_REF)
        ret = model_warn(m, MODEL_QUIRK_DPB_FLAGS, "dpb[%d] is ACTIVE with one field", i);
    return ret;
}

/*
 * Two entries. Frames that fill a gap in frame_num repeat another picture, so
 * only streams without gaps have different timestamps and POCs everywhere.
 */
static int check_entry_pair(struct model *m, const struct h264_controls *ctrl, int i, int j)
{
    const struct v4l2_h264_dpb_entry *a = &ctrl->decode->dpb[i], *b = &ctrl->decode->dpb[j];
    bool gaps = ctrl->sps->flags & V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED;
    int ret;

    if (!h264_is_active(a) || !h264_is_active(b))
        return 0;
    if (h264_is_long(a) && h264_is_long(b) && a->frame_num == b->frame_num)
        return model_fail(m, "dpb[%d] and dpb[%d] have the same LongTermFrameIdx", i, j);
    ret = model_check(m, h264_is_long(a) != h264_is_long(b) || a->frame_num != b->frame_num,
                      "dpb[%d] and dpb[%d] have the same frame_num", i, j);
    if (ret < 0 || gaps)
        return ret;
    if (a->reference_ts == b->reference_ts && (a->fields & b->fields))
        return model_warn(m, MODEL_QUIRK_STAND_IN, "dpb[%d] and dpb[%d] have the same timestamp",
                          i, j);
    if (a->fields == V4L2_H264_FRAME_REF && b->fields == V4L2_H264_FRAME_REF &&
        a->top_field_order_cnt == b->top_field_order_cnt &&
        a->bottom_field_order_cnt == b->bottom_field_order_cnt)
        ret = model_warn(m, MODEL_QUIRK_POC_PAIRS, "dpb[%d] and dpb[%d] have the same POCs", i, j);
    return ret;
}

static int check_dpb(struct model *m, const struct h264_controls *ctrl)
{
    int max = ctrl->sps->max_num_ref_frames ? ctrl->sps->max_num_ref_frames : 1;
    int count = 0, ret;

    for (int i = 0; i < H264_DPB; i++) {
        ret = check_entry_values(m, ctrl, i);
        if (ret < 0)
            return ret;
        count += h264_is_active(&ctrl->decode->dpb[i]);
        for (int j = 0; j < i; j++) {
            ret = check_entry_pair(m, ctrl, j, i);
            if (ret < 0)
                return ret;
        }
    }
    return model_check(m, count <= max, "%d references, max_num_ref_frames is %d", count, max);
}

int h264_check(struct model *m, const struct h264_controls *ctrl, bool second)
{
    int ret;

    ret = check_sps(m, ctrl->sps);
    if (!ret)
        ret = check_pps(m, ctrl->sps, ctrl->pps);
    if (!ret)
        ret = check_decode(m, ctrl, second);
    if (!ret && !second)
        ret = check_intra_profile(m, ctrl);
    if (!ret && h264_structure(ctrl->decode) != MODEL_FRAME)
        ret = model_warn(m, MODEL_QUIRK_FIELDS, "field picture");
    if (!ret)
        ret = check_dpb(m, ctrl);
    return ret;
}

int h264_check_entry(struct model *m, const struct h264_controls *ctrl,
                     const struct v4l2_h264_dpb_entry *entry, const struct h264_history *history)
{
    bool gaps = ctrl->sps->flags & V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED;
    int32_t poc[2] = { entry->top_field_order_cnt, entry->bottom_field_order_cnt };
    bool frame_num;
    int ret;

    frame_num = h264_is_long(entry) || entry->frame_num == history->frame_num;
    if ((!frame_num && gaps) || history->partial)
        return 0;
    if (!frame_num)
        return model_warn(m, MODEL_QUIRK_STAND_IN,
                          "reference ts %llu has frame_num %u, the control says %d",
                          (unsigned long long)entry->reference_ts, history->frame_num,
                          entry->frame_num);
    for (int i = 0; i < 2; i++) {
        if (!(history->fields & 1 << i))
            continue;
        ret = model_check(m, poc[i] == history->poc[i],
                          "reference ts %llu has POCs %d and %d, the control says %d and %d",
                          (unsigned long long)entry->reference_ts, history->poc[0],
                          history->poc[1], poc[0], poc[1]);
        if (ret < 0)
            return ret;
    }
    ret = model_check(m, !(entry->fields & ~history->fields),
                      "reference ts %llu has fields %d, the control says %d",
                      (unsigned long long)entry->reference_ts, history->fields, entry->fields);
    if (!ret && history->field_coded != !!(entry->flags & V4L2_H264_DPB_ENTRY_FLAG_FIELD))
        ret = model_warn(m, MODEL_QUIRK_DPB_FLAGS, "reference ts %llu was coded as %s",
                         (unsigned long long)entry->reference_ts,
                         history->field_coded ? "fields" : "a frame");
    return ret;
}
