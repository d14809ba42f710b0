/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HEVC: control values against each other and against the slice headers;
 * clauses are of Rec. ITU-T H.265
 */

#include <string.h>

#include "check.h"
#include "hevc_model.h"

#define SPS_FLAGS	0x1ffULL
#define PPS_FLAGS	0x1fffffULL
#define SLICE_FLAGS	0x3ffULL
#define DECODE_FLAGS	7ULL

static bool is_zero(const void *data, size_t size)
{
    const uint8_t *byte = data;

    while (size--)
        if (*byte++)
            return false;
    return true;
}

/* The range of PCM block sizes, 7.4.3.2.1 */
static int check_pcm(struct model *m, const struct v4l2_ctrl_hevc_sps *sps)
{
    int min = 8 << sps->log2_min_pcm_luma_coding_block_size_minus3;
    int max = min << sps->log2_diff_max_min_pcm_luma_coding_block_size;
    int limit = hevc_ctb_size(sps) < 32 ? hevc_ctb_size(sps) : 32;

    if (!(sps->flags & V4L2_HEVC_SPS_FLAG_PCM_ENABLED))
        return 0;
    return model_check(m, max <= limit, "PCM blocks of %d to %d, the limit is %d", min, max, limit);
}

static int check_sps(struct model *m, const struct v4l2_ctrl_hevc_sps *sps)
{
    const struct vstateless_event *event = m->job.event;
    int min_cb = 1 << (sps->log2_min_luma_coding_block_size_minus3 + 3);
    int width = sps->pic_width_in_luma_samples, height = sps->pic_height_in_luma_samples;
    int ret;

    if (width > (int)event->capture_width || height > (int)event->capture_height)
        return model_fail(m, "SPS of %dx%d, CAPTURE format of %ux%u", width, height,
                          event->capture_width, event->capture_height);
    if (sps->chroma_format_idc != 1)
        return model_fail(m, "chroma_format_idc %d", sps->chroma_format_idc);
    if (min_cb > 64 || hevc_ctb_size(sps) > 64 || !width || !height || width % min_cb ||
        height % min_cb)
        return model_fail(m, "SPS of %dx%d with blocks of %d to %d", width, height, min_cb,
                          hevc_ctb_size(sps));
    ret = model_check(m, !(sps->flags & ~SPS_FLAGS) && is_zero(sps->reserved, sizeof(sps->reserved)) &&
                      !(sps->flags & V4L2_HEVC_SPS_FLAG_SEPARATE_COLOUR_PLANE),
                      "undefined HEVC_SPS flags 0x%llx", (unsigned long long)sps->flags);
    if (!ret)
        ret = model_check(m, sps->sps_max_dec_pic_buffering_minus1 < 16 &&
                          sps->sps_max_num_reorder_pics <= sps->sps_max_dec_pic_buffering_minus1 &&
                          sps->sps_max_sub_layers_minus1 < 7 && sps->video_parameter_set_id < 16 &&
                          sps->seq_parameter_set_id < 16,
                          "HEVC_SPS has a DPB of %d, reordering %d, %d sub-layers",
                          sps->sps_max_dec_pic_buffering_minus1 + 1, sps->sps_max_num_reorder_pics,
                          sps->sps_max_sub_layers_minus1 + 1);
    return ret ? ret : check_pcm(m, sps);
}

/* Uniform spacing, 6-3 and 6-4 */
static int check_spacing(struct model *m, const char *name, const uint8_t *size_minus1, int count,
                         int total, bool uniform)
{
    int sum = 0, ret;

    for (int i = 0; i < count; i++) {
        int size = (i + 1) * total / count - i * total / count;

        sum += size_minus1[i] + 1;
        ret = model_check(m, !uniform || size_minus1[i] + 1 == size, "uniform tile %s %d is %d, not %d",
                          name, i, size_minus1[i] + 1, size);
        if (ret < 0)
            return ret;
    }
    return sum == total ? 0 : model_fail(m, "tile %ss add up to %d of %d", name, sum, total);
}

static int check_tiles(struct model *m, const struct v4l2_ctrl_hevc_sps *sps,
                       const struct v4l2_ctrl_hevc_pps *pps)
{
    bool uniform = pps->flags & V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING;
    int columns = pps->num_tile_columns_minus1 + 1, rows = pps->num_tile_rows_minus1 + 1;
    int ret;

    if (!(pps->flags & V4L2_HEVC_PPS_FLAG_TILES_ENABLED))
        return 0;
    if (columns > 20 || rows > 22)
        return model_fail(m, "%dx%d tiles", columns, rows);
    ret = check_spacing(m, "column", pps->column_width_minus1, columns,
                        hevc_in_ctbs(sps, sps->pic_width_in_luma_samples), uniform);
    if (!ret)
        ret = check_spacing(m, "row", pps->row_height_minus1, rows,
                            hevc_in_ctbs(sps, sps->pic_height_in_luma_samples), uniform);
    return ret;
}

static int check_pps(struct model *m, const struct v4l2_ctrl_hevc_sps *sps,
                     const struct v4l2_ctrl_hevc_pps *pps)
{
    bool control = pps->flags & V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT;
    const uint64_t needs_control = V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED |
                                   V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER;
    int ret;

    if (pps->num_ref_idx_l0_default_active_minus1 > 14 || pps->num_ref_idx_l1_default_active_minus1 > 14)
        return model_fail(m, "%d and %d references by default",
                          pps->num_ref_idx_l0_default_active_minus1 + 1,
                          pps->num_ref_idx_l1_default_active_minus1 + 1);
    ret = model_check(m, !(pps->flags & ~PPS_FLAGS) && !pps->reserved,
                      "undefined HEVC_PPS flags 0x%llx", (unsigned long long)pps->flags);
    if (!ret)
        ret = model_check(m, control || (!(pps->flags & needs_control) && !pps->pps_beta_offset_div2 &&
                                         !pps->pps_tc_offset_div2),
                          "deblocking is set up without DEBLOCKING_FILTER_CONTROL_PRESENT");
    if (!ret)
        ret = model_check(m, pps->flags & V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED ||
                          !pps->diff_cu_qp_delta_depth, "diff_cu_qp_delta_depth %d without deltas",
                          pps->diff_cu_qp_delta_depth);
    return ret ? ret : check_tiles(m, sps, pps);
}

/* One list of indices: order of POCs, kind of reference, no picture twice. */
static int check_set(struct model *m, const struct v4l2_ctrl_hevc_decode_params *decode,
                     const char *name, const uint8_t *list, int count, int order, uint32_t *used)
{
    int32_t last = decode->pic_order_cnt_val;
    int ret;

    if (count > HEVC_DPB)
        return model_fail(m, "num_%s is %d", name, count);
    for (int i = 0; i < count; i++) {
        const struct v4l2_hevc_dpb_entry *entry;

        if (list[i] >= decode->num_active_dpb_entries)
            return model_fail(m, "%s[%d] is dpb[%d] of %d", name, i, list[i],
                              decode->num_active_dpb_entries);
        entry = &decode->dpb[list[i]];
        ret = model_check(m, !order || (order < 0 ? entry->pic_order_cnt_val < last :
                                                    entry->pic_order_cnt_val > last),
                          "%s[%d] has POC %d behind %d", name, i, entry->pic_order_cnt_val, last);
        if (!ret)
            ret = model_check(m, !order == !!(entry->flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE),
                              "%s[%d] has flags %d", name, i, entry->flags);
        if (!ret)
            ret = model_check(m, !(*used >> list[i] & 1), "%s[%d]: dpb[%d] comes twice", name, i,
                              list[i]);
        if (ret < 0)
            return ret;
        *used |= 1U << list[i];
        last = entry->pic_order_cnt_val;
    }
    /* GStreamer fills what is not used with 0xff. */
    for (int i = count; i < HEVC_DPB; i++)
        if (list[i] && list[i] != 0xff)
            return model_check(m, false, "%s[%d] is used, num_%s is %d", name, i, name, count);
    return 0;
}

static int check_entries(struct model *m, const struct v4l2_ctrl_hevc_decode_params *decode)
{
    int count = decode->num_active_dpb_entries, ret;

    for (int i = 0; i < count; i++) {
        const struct v4l2_hevc_dpb_entry *a = &decode->dpb[i];

        ret = model_check(m, !(a->flags & ~V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE) &&
                          a->field_pic <= V4L2_HEVC_SEI_PIC_STRUCT_BOTTOM_PAIRED_NEXT_TOP &&
                          !a->reserved, "dpb[%d] has undefined values", i);
        if (!ret)
            ret = model_check(m, a->timestamp != m->job.event->timestamp &&
                              a->pic_order_cnt_val != decode->pic_order_cnt_val,
                              "dpb[%d] is the picture itself", i);
        for (int j = 0; !ret && j < i; j++)
            ret = model_check(m, a->pic_order_cnt_val != decode->dpb[j].pic_order_cnt_val,
                              "dpb[%d] and dpb[%d] have POC %d", j, i, a->pic_order_cnt_val);
        if (ret < 0)
            return ret;
    }
    return model_check(m, is_zero(&decode->dpb[count], (HEVC_DPB - count) * sizeof(decode->dpb[0])),
                       "num_active_dpb_entries is %d, but more entries have values", count);
}

static int check_decode(struct model *m, const struct hevc_controls *ctrl)
{
    const struct v4l2_ctrl_hevc_decode_params *decode = ctrl->decode;
    uint32_t used = 0;
    int ret;

    if (decode->num_active_dpb_entries > HEVC_DPB)
        return model_fail(m, "%d DPB entries", decode->num_active_dpb_entries);
    ret = model_check(m, !(decode->flags & ~DECODE_FLAGS) &&
                      is_zero(decode->reserved, sizeof(decode->reserved)),
                      "undefined HEVC_DECODE_PARAMS flags 0x%llx", (unsigned long long)decode->flags);
    if (!ret)
        ret = model_check(m, !(decode->flags & V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC) ||
                          (!decode->num_active_dpb_entries &&
                           decode->flags & V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC),
                          "IDR picture with references or without IRAP_PIC");
    if (!ret && decode->num_active_dpb_entries > ctrl->sps->sps_max_dec_pic_buffering_minus1)
        ret = model_warn(m, MODEL_QUIRK_DPB_SIZE, "%d references, sps_max_dec_pic_buffering_minus1 is %d",
                          decode->num_active_dpb_entries, ctrl->sps->sps_max_dec_pic_buffering_minus1);
    if (!ret)
        ret = check_entries(m, decode);
    if (!ret)
        ret = check_set(m, decode, "poc_st_curr_before", decode->poc_st_curr_before,
                        decode->num_poc_st_curr_before, -1, &used);
    if (!ret)
        ret = check_set(m, decode, "poc_st_curr_after", decode->poc_st_curr_after,
                        decode->num_poc_st_curr_after, 1, &used);
    if (!ret)
        ret = check_set(m, decode, "poc_lt_curr", decode->poc_lt_curr, decode->num_poc_lt_curr, 0, &used);
    return ret;
}

static int check_lt_rps(struct model *m, const struct hevc_controls *ctrl)
{
    int count = ctrl->sps->num_long_term_ref_pics_sps, ret = 0;
    int32_t mask = (1 << (ctrl->sps->log2_max_pic_order_cnt_lsb_minus4 + 4)) - 1;

    if (!ctrl->lt_rps || !count)
        return 0;
    if (ctrl->num_lt_rps != count)
        return model_fail(m, "%d elements of EXT_SPS_LT_RPS for %d pictures", ctrl->num_lt_rps, count);
    for (int i = 0; !ret && i < count; i++)
        ret = model_check(m, ctrl->lt_rps[i].flags < 2 && ctrl->lt_rps[i].lt_ref_pic_poc_lsb_sps <= mask,
                          "EXT_SPS_LT_RPS[%d] has undefined values", i);
    return ret;
}

int hevc_check(struct model *m, const struct hevc_controls *ctrl)
{
    int ret;

    if (ctrl->sps->log2_max_pic_order_cnt_lsb_minus4 > 12 ||
        ctrl->sps->num_short_term_ref_pic_sets > HEVC_SETS)
        return model_fail(m, "HEVC_SPS is out of range");
    ret = check_sps(m, ctrl->sps);
    if (!ret)
        ret = check_pps(m, ctrl->sps, ctrl->pps);
    if (!ret)
        ret = check_decode(m, ctrl);
    return ret ? ret : check_lt_rps(m, ctrl);
}

/* hantro_g2_hevc_dec.c and rk3399's rkvdec-hevc.c skip what these say. */
static int check_bit_sizes(struct model *m, const struct v4l2_ctrl_hevc_decode_params *decode,
                           const struct hevc_slice *slice)
{
    const struct v4l2_ctrl_hevc_slice_params *params = &slice->params;
    int ret = 0;

    if (decode->short_term_ref_pic_set_size != params->short_term_ref_pic_set_size)
        ret = model_warn(m, MODEL_QUIRK_BIT_SIZES, "short_term_ref_pic_set_size is %u, not %u",
                         decode->short_term_ref_pic_set_size, params->short_term_ref_pic_set_size);
    if (!ret && decode->long_term_ref_pic_set_size != params->long_term_ref_pic_set_size)
        ret = model_warn(m, MODEL_QUIRK_BIT_SIZES, "long_term_ref_pic_set_size is %u, not %u",
                         decode->long_term_ref_pic_set_size, params->long_term_ref_pic_set_size);
    if (!ret && slice->num_delta_pocs_of_ref >= 0 &&
        decode->num_delta_pocs_of_ref_rps_idx != slice->num_delta_pocs_of_ref)
        ret = model_warn(m, MODEL_QUIRK_BIT_SIZES, "num_delta_pocs_of_ref_rps_idx is %d, not %d",
                         decode->num_delta_pocs_of_ref_rps_idx, slice->num_delta_pocs_of_ref);
    return ret;
}

int hevc_check_header(struct model *m, const struct hevc_controls *ctrl,
                      const struct hevc_slice *slice)
{
    const struct v4l2_ctrl_hevc_decode_params *decode = ctrl->decode;
    uint32_t mask = (1U << (ctrl->sps->log2_max_pic_order_cnt_lsb_minus4 + 4)) - 1;
    int type = slice->params.nal_unit_type, ret;

    ret = model_check(m, hevc_is_irap(type) == !!(decode->flags & V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC) &&
                      hevc_is_idr(type) == !!(decode->flags & V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC),
                      "NAL unit type %d, DECODE_PARAMS flags 0x%llx", type,
                      (unsigned long long)decode->flags);
    if (!ret)
        ret = model_check(m, slice->pps_id == ctrl->pps->pic_parameter_set_id,
                          "pic_parameter_set_id is %u in the slice header, %d in the control",
                          slice->pps_id, ctrl->pps->pic_parameter_set_id);
    /* It is inferred to be 1 at a CRA picture that begins a sequence (C.5.2.2). */
    if (!ret && type != HEVC_TYPE_CRA)
        ret = model_check(m, slice->no_output_of_prior ==
                          !!(decode->flags & V4L2_HEVC_DECODE_PARAM_FLAG_NO_OUTPUT_OF_PRIOR),
                          "no_output_of_prior_pics_flag is %d", slice->no_output_of_prior);
    if (!ret)
        ret = model_check(m, slice->poc_lsb == ((uint32_t)decode->pic_order_cnt_val & mask),
                          "slice_pic_order_cnt_lsb is %u, pic_order_cnt_val %d", slice->poc_lsb,
                          decode->pic_order_cnt_val);
    if (!ret)
        ret = hevc_check_rps(m, ctrl, slice);
    return ret ? ret : check_bit_sizes(m, decode, slice);
}

/* The kernel does not say in which domain: see libavcodec/v4l2_request_hevc_slice.c. */
static int check_position(struct model *m, const struct hevc_controls *ctrl,
                          const struct hevc_slice *slice, const struct hevc_nal *nal,
                          const struct v4l2_ctrl_hevc_slice_params *params)
{
    uint32_t stripped = nal->pos + slice->header_bytes, raw = nal->pos + nal->raw_header_bytes;
    uint32_t bits = 8 * (nal->size - nal->raw_header_bytes);
    int ret = 0;

    if (params->data_byte_offset != stripped && params->data_byte_offset != raw)
        return model_check(m, false, "data_byte_offset is %u, not %u", params->data_byte_offset, raw);
    if (params->data_byte_offset != (ctrl->slice_mode ? stripped : raw))
        ret = model_warn(m, MODEL_QUIRK_BYTE_OFFSET, "data_byte_offset is %u, not %u",
                         params->data_byte_offset, ctrl->slice_mode ? stripped : raw);
    if (!ret && params->bit_size != bits)
        ret = model_warn(m, MODEL_QUIRK_BIT_SIZES, "bit_size is %u, not %u", params->bit_size, bits);
    return ret;
}

#define MEMBER(name) { #name, offsetof(struct v4l2_ctrl_hevc_slice_params, name), \
                       sizeof(((struct v4l2_ctrl_hevc_slice_params *)0)->name) }

/* What is not here is the lists, the position, and pic_struct, which is of an SEI message. */
static const struct {
    const char *name;
    size_t offset, size;
} members[] = {
    MEMBER(num_entry_point_offsets), MEMBER(nal_unit_type), MEMBER(nuh_temporal_id_plus1),
    MEMBER(slice_type), MEMBER(colour_plane_id), MEMBER(slice_pic_order_cnt),
    MEMBER(num_ref_idx_l0_active_minus1), MEMBER(num_ref_idx_l1_active_minus1),
    MEMBER(collocated_ref_idx), MEMBER(five_minus_max_num_merge_cand), MEMBER(slice_qp_delta),
    MEMBER(slice_cb_qp_offset), MEMBER(slice_cr_qp_offset), MEMBER(slice_act_y_qp_offset),
    MEMBER(slice_act_cb_qp_offset), MEMBER(slice_act_cr_qp_offset), MEMBER(slice_beta_offset_div2),
    MEMBER(slice_tc_offset_div2), MEMBER(reserved0), MEMBER(slice_segment_addr), MEMBER(short_term_ref_pic_set_size), MEMBER(long_term_ref_pic_set_size),
    MEMBER(pred_weight_table), MEMBER(reserved1), MEMBER(flags),
};

/* GStreamer fills what is not used with 0xff. */
static int check_list(struct model *m, const uint8_t *have, const uint8_t *want, int count, int list)
{
    int ret = 0;

    for (int i = 0; !ret && i < HEVC_DPB; i++)
        ret = model_check(m, have[i] == want[i] || (i >= count && have[i] == 0xff),
                          "ref_idx_l%d[%d] is %d, not %d of %d", list, i, have[i], want[i], count);
    return ret;
}

static int check_lists(struct model *m, const struct v4l2_ctrl_hevc_slice_params *have,
                       const struct v4l2_ctrl_hevc_slice_params *want)
{
    bool inter = want->slice_type != V4L2_HEVC_SLICE_TYPE_I;
    bool b = want->slice_type == V4L2_HEVC_SLICE_TYPE_B;
    int ret;

    ret = check_list(m, have->ref_idx_l0, want->ref_idx_l0,
                     inter ? want->num_ref_idx_l0_active_minus1 + 1 : 0, 0);
    return ret ? ret : check_list(m, have->ref_idx_l1, want->ref_idx_l1,
                                  b ? want->num_ref_idx_l1_active_minus1 + 1 : 0, 1);
}

int hevc_check_params(struct model *m, const struct hevc_controls *ctrl,
                      const struct hevc_slice *slice, const struct hevc_nal *nal, int i)
{
    const uint8_t *have = (const uint8_t *)&ctrl->slice[i];
    const uint8_t *want = (const uint8_t *)&slice->params;
    int ret;

    for (size_t j = 0; j < sizeof(members) / sizeof(members[0]); j++) {
        ret = model_check(m, !memcmp(have + members[j].offset, want + members[j].offset, members[j].size),
                          "HEVC_SLICE_PARAMS[%d].%s is not what the slice header says", i,
                          members[j].name);
        if (ret < 0)
            return ret;
    }
    ret = model_check(m, ctrl->slice[i].pic_struct <= V4L2_HEVC_SEI_PIC_STRUCT_BOTTOM_PAIRED_NEXT_TOP,
                      "pic_struct is %d", ctrl->slice[i].pic_struct);
    if (!ret)
        ret = check_lists(m, &ctrl->slice[i], &slice->params);
    return ret ? ret : check_position(m, ctrl, slice, nal, &ctrl->slice[i]);
}
