/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.264: control values against the slice headers in the OUTPUT buffer. In slice
 * mode nothing that is decoded comes from there, but a client that got a field
 * wrong that this stream does not need is wrong all the same.
 */

#include <string.h>

#include "check.h"
#include "h264_model.h"

#define SLICE_FLAGS	V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED

/* What the driver tells the hardware to skip (hantro_g1_h264_dec.c). */
static int check_bit_sizes(struct model *m, const struct v4l2_ctrl_h264_decode_params *decode,
                           const struct h264_slice *slice)
{
    int ret = 0;

    if (decode->pic_order_cnt_bit_size != slice->poc_bits)
        ret = model_warn(m, MODEL_QUIRK_BIT_SIZES, "pic_order_cnt_bit_size is %u, not %u",
                         decode->pic_order_cnt_bit_size, slice->poc_bits);
    if (!ret && decode->dec_ref_pic_marking_bit_size != slice->marking_bits)
        ret = model_warn(m, MODEL_QUIRK_BIT_SIZES, "dec_ref_pic_marking_bit_size is %u, not %u",
                         decode->dec_ref_pic_marking_bit_size, slice->marking_bits);
    return ret;
}

static int check_header(struct model *m, const struct h264_controls *ctrl,
                        const struct h264_slice *slice)
{
    const struct v4l2_ctrl_h264_decode_params *decode = ctrl->decode;
    const struct {
        const char *name;
        int32_t header, control;
    } field[] = {
        { "pic_parameter_set_id", slice->pps_id, ctrl->pps->pic_parameter_set_id },
        { "frame_num", slice->frame_num, decode->frame_num },
        { "idr_pic_id", slice->idr_pic_id, decode->idr_pic_id },
        { "pic_order_cnt_lsb", slice->poc_lsb, decode->pic_order_cnt_lsb },
        { "delta_pic_order_cnt_bottom", slice->delta_poc_bottom,
          decode->delta_pic_order_cnt_bottom },
        { "delta_pic_order_cnt0", slice->delta_poc[0], decode->delta_pic_order_cnt0 },
        { "delta_pic_order_cnt1", slice->delta_poc[1], decode->delta_pic_order_cnt1 },
    };
    int ret;

    if (slice->field_pic != !!(decode->flags & V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC) ||
        slice->bottom_field != !!(decode->flags & V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD))
        return model_fail(m, "slice of another picture structure");
    for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
        ret = model_check(m, field[i].header == field[i].control,
                          "%s is %d in the slice header, %d in the control", field[i].name,
                          field[i].header, field[i].control);
        if (ret < 0)
            return ret;
    }
    return check_bit_sizes(m, decode, slice);
}

static int check_slice_params(struct model *m, const struct v4l2_ctrl_h264_slice_params *params,
                              const struct v4l2_ctrl_h264_slice_params *header)
{
#define FIELD(name)	{ #name, header->name, params->name }
    const struct {
        const char *name;
        int64_t header, control;
    } field[] = {
        FIELD(header_bit_size), FIELD(first_mb_in_slice), FIELD(slice_type),
        FIELD(redundant_pic_cnt), FIELD(cabac_init_idc), FIELD(slice_qp_delta),
        FIELD(disable_deblocking_filter_idc), FIELD(slice_alpha_c0_offset_div2),
        FIELD(slice_beta_offset_div2), FIELD(num_ref_idx_l0_active_minus1),
        FIELD(num_ref_idx_l1_active_minus1), FIELD(flags),
    };
#undef FIELD
    int ret;

    for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
        ret = model_check(m, field[i].header == field[i].control,
                          "%s is %lld in the slice header, %lld in the control", field[i].name,
                          (long long)field[i].header, (long long)field[i].control);
        if (ret < 0)
            return ret;
    }
    return 0;
}

/* Entries that the slice does not have say nothing. */
static int check_weights(struct model *m, const struct h264_slice *slice,
                         const struct h264_slice *header)
{
    const struct v4l2_ctrl_h264_pred_weights *a = &slice->weights, *b = &header->weights;
    bool same = a->luma_log2_weight_denom == b->luma_log2_weight_denom &&
                a->chroma_log2_weight_denom == b->chroma_log2_weight_denom;

    for (int list = 0; list < (slice->params.slice_type == V4L2_H264_SLICE_TYPE_B ? 2 : 1); list++) {
        const struct v4l2_h264_weight_factors *x = &a->weight_factors[list];
        const struct v4l2_h264_weight_factors *y = &b->weight_factors[list];
        size_t n = 1 + (list ? slice->params.num_ref_idx_l1_active_minus1 :
                               slice->params.num_ref_idx_l0_active_minus1);

        same = same && !memcmp(x->luma_weight, y->luma_weight, n * sizeof(x->luma_weight[0])) &&
               !memcmp(x->luma_offset, y->luma_offset, n * sizeof(x->luma_offset[0])) &&
               !memcmp(x->chroma_weight, y->chroma_weight, n * sizeof(x->chroma_weight[0])) &&
               !memcmp(x->chroma_offset, y->chroma_offset, n * sizeof(x->chroma_offset[0]));
    }
    return model_check(m, same, "H264_PRED_WEIGHTS is not the slice header's pred_weight_table()");
}

int h264_check_slice(struct model *m, const struct h264_controls *ctrl,
                     const struct h264_slice *slice, const struct h264_slice *header)
{
    bool idr = ctrl->decode->flags & V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC;
    int ret;

    ret = model_check(m, slice->nal_ref_idc == ctrl->decode->nal_ref_idc,
                      "nal_ref_idc is %d in the NAL unit, %d in the control",
                      slice->nal_ref_idc, ctrl->decode->nal_ref_idc);
    if (!ret)
        ret = model_check(m, idr == (slice->nal_type == H264_NAL_TYPE_IDR),
                          "NAL unit type %d, IDR_PIC is %d", slice->nal_type, idr);
    if (!ret)
        ret = model_check(m, !(slice->params.flags & ~SLICE_FLAGS) && !slice->params.reserved,
                          "undefined H264_SLICE_PARAMS flags 0x%x", slice->params.flags);
    if (!ret)
        ret = model_check(m, !slice->params.colour_plane_id,
                          "colour_plane_id %d without separate planes",
                          slice->params.colour_plane_id);
    if (ret < 0)
        return ret;
    ret = check_header(m, ctrl, header);
    if (ret < 0 || !ctrl->slice_mode)
        return ret;
    ret = check_slice_params(m, &slice->params, &header->params);
    if (!ret && V4L2_H264_CTRL_PRED_WEIGHTS_REQUIRED(ctrl->pps, &slice->params))
        ret = check_weights(m, slice, header);
    return ret;
}

int h264_check_types(struct model *m, const struct h264_controls *ctrl, unsigned int types)
{
    bool pframe = ctrl->decode->flags & V4L2_H264_DECODE_PARAM_FLAG_PFRAME;
    bool bframe = ctrl->decode->flags & V4L2_H264_DECODE_PARAM_FLAG_BFRAME;
    bool has_b = types & 1 << V4L2_H264_SLICE_TYPE_B;
    bool only_p = types == 1 << V4L2_H264_SLICE_TYPE_P;
    bool only_i = types == 1 << V4L2_H264_SLICE_TYPE_I;

    if (ctrl->slice_mode || (bframe == has_b && (!only_p || pframe) && (!pframe || !only_i) &&
                             !(pframe && has_b)))
        return 0;
    return model_warn(m, MODEL_QUIRK_PICTURE_TYPE, "PFRAME %d and BFRAME %d, slices are%s%s%s",
                      pframe, bframe, types & 1 << V4L2_H264_SLICE_TYPE_I ? " I" : "",
                      types & 1 << V4L2_H264_SLICE_TYPE_P ? " P" : "", has_b ? " B" : "");
}
