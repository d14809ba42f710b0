/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.264 slice header parser; clause numbers are those of Rec. ITU-T H.264
 */

#include <errno.h>
#include <string.h>

#include "bits.h"
#include "check.h"
#include "h264_header.h"

struct parser {
    struct bits bits;
    const struct v4l2_ctrl_h264_sps *sps;
    const struct v4l2_ctrl_h264_pps *pps;
    struct h264_slice *slice;
};

size_t h264_next_nal(const uint8_t **pos, const uint8_t *end, const uint8_t **nal)
{
    const uint8_t *p = *pos;

    while (end - p >= 3 && (p[0] || p[1] || p[2] != 1))
        p++;
    if (end - p < 3) {
        *pos = end;
        return 0;
    }
    *nal = p += 3;
    while (end - p >= 3 && (p[0] || p[1] || p[2] > 1))
        p++;
    if (end - p < 3)
        p = end;
    *pos = p;
    while (p > *nal && !p[-1])
        p--;
    return p - *nal;
}

size_t h264_unescape(uint8_t *rbsp, const uint8_t *nal, size_t size)
{
    int zeros = 0;
    size_t n = 0;

    for (size_t i = 0; i < size; i++) {
        if (zeros >= 2 && nal[i] == 3) {
            zeros = 0;
            continue;
        }
        zeros = nal[i] ? 0 : zeros + 1;
        rbsp[n++] = nal[i];
    }
    return n;
}

size_t h264_rbsp_bits(const uint8_t *rbsp, size_t size)
{
    while (size && !rbsp[size - 1])
        size--;
    return size ? 8 * size - 1 - __builtin_ctz(rbsp[size - 1]) : 0;
}

static bool has_sps(const struct parser *p, uint32_t flag)
{
    return p->sps->flags & flag;
}

static bool has_pps(const struct parser *p, uint32_t flag)
{
    return p->pps->flags & flag;
}

static bool is_type(const struct parser *p, int type)
{
    return p->slice->params.slice_type == type;
}

static bool is_inter(const struct parser *p)
{
    return is_type(p, V4L2_H264_SLICE_TYPE_P) || is_type(p, V4L2_H264_SLICE_TYPE_B);
}

/* From first_mb_in_slice to idr_pic_id. */
static int parse_picture(struct model *m, struct parser *p)
{
    struct h264_slice *slice = p->slice;
    struct bits *b = &p->bits;
    uint32_t type;

    slice->params.first_mb_in_slice = get_ue(b);
    type = get_ue(b);
    if (type > 9)
        return model_fail(m, "slice_type %u", type);
    slice->params.slice_type = type % 5;
    slice->pps_id = get_ue(b);
    if (has_sps(p, V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE))
        slice->params.colour_plane_id = get(b, 2);
    slice->frame_num = get(b, p->sps->log2_max_frame_num_minus4 + 4);
    if (!has_sps(p, V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY)) {
        slice->field_pic = get(b, 1);
        if (slice->field_pic)
            slice->bottom_field = get(b, 1);
    }
    if (slice->nal_type == H264_NAL_TYPE_IDR)
        slice->idr_pic_id = get_ue(b);
    return 0;
}

static void parse_poc(struct parser *p)
{
    bool has_bottom = has_pps(p, V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT) &&
                      !p->slice->field_pic;
    struct h264_slice *slice = p->slice;
    size_t start = p->bits.pos;

    if (p->sps->pic_order_cnt_type == 0) {
        slice->poc_lsb = get(&p->bits, p->sps->log2_max_pic_order_cnt_lsb_minus4 + 4);
        if (has_bottom)
            slice->delta_poc_bottom = get_se(&p->bits);
    } else if (p->sps->pic_order_cnt_type == 1 &&
               !has_sps(p, V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO)) {
        slice->delta_poc[0] = get_se(&p->bits);
        if (has_bottom)
            slice->delta_poc[1] = get_se(&p->bits);
    }
    slice->poc_bits = p->bits.pos - start;
}

static int parse_ref_count(struct model *m, struct parser *p)
{
    struct v4l2_ctrl_h264_slice_params *params = &p->slice->params;
    uint32_t count[2] = { p->pps->num_ref_idx_l0_default_active_minus1,
                          p->pps->num_ref_idx_l1_default_active_minus1 };
    uint32_t max = p->slice->field_pic ? 31 : 15;

    if (!is_inter(p))
        return 0;
    if (get(&p->bits, 1)) {
        count[0] = get_ue(&p->bits);
        if (is_type(p, V4L2_H264_SLICE_TYPE_B))
            count[1] = get_ue(&p->bits);
    }
    if (!is_type(p, V4L2_H264_SLICE_TYPE_B))
        count[1] = 0;
    if (count[0] > max || count[1] > max)
        return model_fail(m, "%u and %u references", count[0] + 1, count[1] + 1);
    params->num_ref_idx_l0_active_minus1 = count[0];
    params->num_ref_idx_l1_active_minus1 = count[1];
    return 0;
}

/* ref_pic_list_modification(), 7.3.3.1 */
static int parse_modifications(struct model *m, struct parser *p)
{
    int lists = is_type(p, V4L2_H264_SLICE_TYPE_B) ? 2 : is_inter(p);
    struct h264_slice *slice = p->slice;

    for (int list = 0; list < lists; list++) {
        int max = list ? slice->params.num_ref_idx_l1_active_minus1 :
                         slice->params.num_ref_idx_l0_active_minus1;
        int n = 0;

        if (!get(&p->bits, 1))
            continue;
        for (;;) {
            uint32_t op = get_ue(&p->bits);

            if (op == 3)
                break;
            if (op > 2 || n > max)
                return model_fail(m, "bad reference list modification %u", op);
            slice->modification[list][n].op = op;
            slice->modification[list][n++].value = get_ue(&p->bits);
        }
        slice->num_modifications[list] = n;
    }
    return 0;
}

/* One entry of pred_weight_table(), 7.3.3.2 */
static int parse_weight(struct model *m, struct parser *p,
                        struct v4l2_h264_weight_factors *factors, int i)
{
    const struct v4l2_ctrl_h264_pred_weights *weights = &p->slice->weights;
    struct bits *b = &p->bits;
    int32_t value[3][2] = {
        { 1 << weights->luma_log2_weight_denom },
        { 1 << weights->chroma_log2_weight_denom },
        { 1 << weights->chroma_log2_weight_denom },
    };

    if (get(b, 1)) {
        value[0][0] = get_se(b);
        value[0][1] = get_se(b);
    }
    if (p->sps->chroma_format_idc && get(b, 1))
        for (int j = 1; j < 3; j++) {
            value[j][0] = get_se(b);
            value[j][1] = get_se(b);
        }
    for (int j = 0; j < 3; j++)
        if (value[j][0] < -128 || value[j][0] > 128 || value[j][1] < -128 || value[j][1] > 127)
            return model_fail(m, "prediction weight %d, offset %d", value[j][0], value[j][1]);
    factors->luma_weight[i] = value[0][0];
    factors->luma_offset[i] = value[0][1];
    for (int j = 0; j < 2; j++) {
        factors->chroma_weight[i][j] = value[1 + j][0];
        factors->chroma_offset[i][j] = value[1 + j][1];
    }
    return 0;
}

static int parse_weights(struct model *m, struct parser *p)
{
    struct v4l2_ctrl_h264_pred_weights *weights = &p->slice->weights;
    int lists = is_type(p, V4L2_H264_SLICE_TYPE_B) ? 2 : 1;
    uint32_t denom[2] = { 0 };
    int ret;

    if (!V4L2_H264_CTRL_PRED_WEIGHTS_REQUIRED(p->pps, &p->slice->params))
        return 0;
    denom[0] = get_ue(&p->bits);
    if (p->sps->chroma_format_idc)
        denom[1] = get_ue(&p->bits);
    if (denom[0] > 7 || denom[1] > 7)
        return model_fail(m, "log2_weight_denom %u and %u", denom[0], denom[1]);
    weights->luma_log2_weight_denom = denom[0];
    weights->chroma_log2_weight_denom = denom[1];
    for (int list = 0; list < lists; list++) {
        int last = list ? p->slice->params.num_ref_idx_l1_active_minus1 :
                          p->slice->params.num_ref_idx_l0_active_minus1;

        for (int i = 0; i <= last; i++) {
            ret = parse_weight(m, p, &weights->weight_factors[list], i);
            if (ret < 0)
                return ret;
        }
    }
    return 0;
}

/* dec_ref_pic_marking(), 7.3.3.3. Only its size and the reset matter to us. */
static int parse_marking(struct model *m, struct parser *p)
{
    struct bits *b = &p->bits;
    size_t start = b->pos;

    if (!p->slice->nal_ref_idc)
        return 0;
    if (p->slice->nal_type == H264_NAL_TYPE_IDR) {
        get(b, 2);
    } else if (get(b, 1)) {
        for (;;) {
            uint32_t op = get_ue(b);

            if (!op)
                break;
            if (op > 6 || b->pos > b->size)
                return model_fail(m, "memory_management_control_operation %u", op);
            p->slice->has_mmco5 |= op == 5;
            if (op != 5)
                get_ue(b);
            if (op == 3)
                get_ue(b);
        }
    }
    p->slice->marking_bits = b->pos - start;
    return 0;
}

/* From cabac_init_idc to the end. */
static int parse_tail(struct model *m, struct parser *p)
{
    struct v4l2_ctrl_h264_slice_params *params = &p->slice->params;
    uint32_t cabac = 0, deblocking = 0;
    int32_t qp, alpha = 0, beta = 0;

    if (has_pps(p, V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE) && is_inter(p))
        cabac = get_ue(&p->bits);
    qp = get_se(&p->bits);
    if (has_pps(p, V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT)) {
        deblocking = get_ue(&p->bits);
        if (deblocking != 1) {
            alpha = get_se(&p->bits);
            beta = get_se(&p->bits);
        }
    }
    if (cabac > 2 || qp < -128 || qp > 127 || deblocking > 2 || alpha < -6 || alpha > 6 ||
        beta < -6 || beta > 6)
        return model_fail(m, "cabac_init_idc %u, slice_qp_delta %d, deblocking %u, %d, %d",
                          cabac, qp, deblocking, alpha, beta);
    params->cabac_init_idc = cabac;
    params->slice_qp_delta = qp;
    params->disable_deblocking_filter_idc = deblocking;
    params->slice_alpha_c0_offset_div2 = alpha;
    params->slice_beta_offset_div2 = beta;
    return 0;
}

/* slice_header(), 7.3.3, without the parts of the Extended profile. */
static int parse(struct model *m, struct parser *p)
{
    int ret;

    ret = parse_picture(m, p);
    if (ret < 0)
        return ret;
    if (!is_inter(p) && !is_type(p, V4L2_H264_SLICE_TYPE_I))
        return model_fail(m, "SP or SI slice");
    parse_poc(p);
    if (has_pps(p, V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT))
        p->slice->params.redundant_pic_cnt = get_ue(&p->bits) & 0x7f;
    if (is_type(p, V4L2_H264_SLICE_TYPE_B) && get(&p->bits, 1))
        p->slice->params.flags |= V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED;
    ret = parse_ref_count(m, p);
    if (!ret)
        ret = parse_modifications(m, p);
    if (!ret)
        ret = parse_weights(m, p);
    if (!ret)
        ret = parse_marking(m, p);
    if (!ret)
        ret = parse_tail(m, p);
    if (ret < 0)
        return ret;
    if (p->bits.pos > p->bits.size)
        return model_fail(m, "slice header is longer than its NAL unit");
    p->slice->params.header_bit_size = p->bits.pos;
    return 0;
}

int h264_parse_slice(struct model *m, const uint8_t *rbsp, size_t bits,
                     const struct v4l2_ctrl_h264_sps *sps,
                     const struct v4l2_ctrl_h264_pps *pps, struct h264_slice *slice)
{
    struct parser p = {
        .bits = { .data = rbsp, .size = bits, .pos = 8 },
        .sps = sps,
        .pps = pps,
        .slice = slice,
    };

    *slice = (struct h264_slice) {
        .nal_type = rbsp[0] & 0x1f,
        .nal_ref_idc = rbsp[0] >> 5 & 3,
    };
    return parse(m, &p);
}
