/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.264 slices: libavcodec's slice decoder, filled from controls
 *
 * The slice decoder's source is included for its static functions; the one
 * that builds reference lists is replaced. What decides on new pictures, POCs,
 * marking, gaps and output in libavcodec never runs.
 */

#define ff_h264_build_ref_list model_h264_build_ref_list
#include "libavcodec/h264_slice.c"
#undef ff_h264_build_ref_list

#include "check.h"
#include "h264_state.h"

/* slice_table of a macroblock that no slice has reached */
#define NO_SLICE	0xffff

int h264_load_picture(struct h264 *s, H264Picture *pic, int index)
{
    H264Context *h = h264_context(s);
    int ret;

    ret = alloc_picture(h, pic);
    if (ret < 0)
        return ret;
    for (int i = 0; i < h->mb_stride * h->mb_height - 1; i++)
        pic->mb_type[i] = MB_TYPE_INTRA16x16;
    for (int i = 0; i < 2; i++)
        memset(pic->ref_index[i], -1, 4 * h->mb_stride * h->mb_height);
    return model_input(s->m, index, pic->f, h->width, h->height);
}

int h264_change_pps(struct h264 *s)
{
    H264Context *h = h264_context(s);

    if (h->ps.pps_list[0]->sps != h->ps.sps)
        return model_fail(s->m, "H264_SPS changes inside of a frame");
    av_refstruct_replace(&h->ps.pps, h->ps.pps_list[0]);
    return 0;
}

int h264_start_field(struct h264 *s)
{
    const struct v4l2_ctrl_h264_decode_params *decode = s->ctrl.decode;
    bool idr = decode->flags & V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC;
    H264Context *h = h264_context(s);
    int ret;

    if (!s->second) {
        h264_clear_dpb(s);
        if (h264_init_ps(h, h->slice_ctx, 1) < 0)
            return model_fail(s->m, "cannot set up a decoder of %dx%d", h->width, h->height);
    } else {
        ret = h264_change_pps(s);
        if (ret < 0)
            return ret;
    }
    h->droppable         = !decode->nal_ref_idc;
    h->picture_structure = h264_structure(decode);
    h->first_field       = h->picture_structure != PICT_FRAME && !s->second;
    h->picture_idr       = idr;
    h->nal_unit_type     = idr ? H264_NAL_IDR_SLICE : H264_NAL_SLICE;
    h->nal_ref_idc       = decode->nal_ref_idc;
    h->poc.frame_num     = decode->frame_num;
    if (!s->second && h264_frame_start(h) < 0)
        return model_fail(s->m, "cannot start a picture");
    h->current_slice = 0;
    h->cur_pic_ptr->frame_num = decode->frame_num;
    for (int y = 0; y < h->mb_height; y++)
        memset(h->slice_table + y * h->mb_stride, -1, h->mb_width * sizeof(*h->slice_table));
    return 0;
}

void h264_set_poc(struct h264 *s)
{
    const struct v4l2_ctrl_h264_decode_params *decode = s->ctrl.decode;
    H264Picture *cur = h264_context(s)->cur_pic_ptr;
    int structure = h264_structure(decode);

    if (structure & MODEL_TOP)
        cur->field_poc[0] = decode->top_field_order_cnt;
    if (structure & MODEL_BOTTOM)
        cur->field_poc[1] = decode->bottom_field_order_cnt;
    cur->poc = FFMIN(cur->field_poc[0], cur->field_poc[1]);
}

static void set_weights(H264SliceContext *sl, const struct v4l2_ctrl_h264_pred_weights *weights,
                        bool frame)
{
    H264PredWeightTable *pwt = &sl->pwt;

    pwt->luma_log2_weight_denom   = weights->luma_log2_weight_denom;
    pwt->chroma_log2_weight_denom = weights->chroma_log2_weight_denom;
    pwt->use_weight = pwt->use_weight_chroma = 1;
    for (unsigned int list = 0; list < sl->list_count; list++) {
        const struct v4l2_h264_weight_factors *src = &weights->weight_factors[list];

        pwt->luma_weight_flag[list] = pwt->chroma_weight_flag[list] = 1;
        for (unsigned int i = 0; i < sl->ref_count[list]; i++)
            /* MBAFF field entries have the weights of their frame (8.4.2.3). */
            for (unsigned int k = 0; k < (frame ? 3 : 1); k++) {
                unsigned int n = k ? 16 + 2 * i + k - 1 : i;

                pwt->luma_weight[n][list][0] = src->luma_weight[i];
                pwt->luma_weight[n][list][1] = src->luma_offset[i];
                for (int j = 0; j < 2; j++) {
                    pwt->chroma_weight[n][list][j][0] = src->chroma_weight[i][j];
                    pwt->chroma_weight[n][list][j][1] = src->chroma_offset[i][j];
                }
            }
    }
}

/* Values that libavcodec's own header parser would have refused. */
static int check_slice_values(struct h264 *s, const struct h264_slice *slice, int qp)
{
    const struct v4l2_ctrl_h264_slice_params *params = &slice->params;
    const struct v4l2_ctrl_h264_pred_weights *weights = &slice->weights;
    const H264Context *h = h264_context(s);
    int max = h->picture_structure == PICT_FRAME ? 15 : 31;

    if (params->slice_type > V4L2_H264_SLICE_TYPE_I)
        return model_fail(s->m, "slice_type %d", params->slice_type);
    if (params->slice_type == V4L2_H264_SLICE_TYPE_B && !h->ps.sps->frame_mbs_only_flag &&
        !h->ps.sps->direct_8x8_inference_flag)
        return model_fail(s->m, "B slice, interlaced, without DIRECT_8X8_INFERENCE");
    if (params->num_ref_idx_l0_active_minus1 > max || params->num_ref_idx_l1_active_minus1 > max)
        return model_fail(s->m, "%d and %d references", params->num_ref_idx_l0_active_minus1 + 1,
                          params->num_ref_idx_l1_active_minus1 + 1);
    if (qp < 0 || qp > 51 + 6 * (h->ps.sps->bit_depth_luma - 8))
        return model_fail(s->m, "slice QP %d", qp);
    if (params->cabac_init_idc > 2 || params->disable_deblocking_filter_idc > 2 ||
        FFABS(params->slice_alpha_c0_offset_div2) > 6 || FFABS(params->slice_beta_offset_div2) > 6 ||
        weights->luma_log2_weight_denom > 7 || weights->chroma_log2_weight_denom > 7)
        return model_fail(s->m, "slice values are out of range");
    return 0;
}

static void fill_lists(struct h264 *s, H264SliceContext *sl, const struct h264_slice *slice)
{
    const struct v4l2_ctrl_h264_slice_params *params = &slice->params;

    sl->list_count   = params->slice_type == V4L2_H264_SLICE_TYPE_B ? 2 :
                       params->slice_type == V4L2_H264_SLICE_TYPE_P;
    sl->ref_count[0] = sl->list_count > 0 ? params->num_ref_idx_l0_active_minus1 + 1 : 0;
    sl->ref_count[1] = sl->list_count > 1 ? params->num_ref_idx_l1_active_minus1 + 1 : 0;
    sl->pwt.use_weight = sl->pwt.use_weight_chroma = 0;
    for (int list = 0; list < 2; list++) {
        sl->nb_ref_modifications[list] = slice->num_modifications[list];
        for (int i = 0; i < slice->num_modifications[list]; i++) {
            sl->ref_modifications[list][i].op  = slice->modification[list][i].op;
            sl->ref_modifications[list][i].val = slice->modification[list][i].value;
        }
        sl->pwt.luma_weight_flag[list] = sl->pwt.chroma_weight_flag[list] = 0;
    }
    if (V4L2_H264_CTRL_PRED_WEIGHTS_REQUIRED(s->ctrl.pps, params))
        set_weights(sl, &slice->weights, sl->picture_structure == PICT_FRAME);
}

static int fill_slice(struct h264 *s, H264SliceContext *sl, const struct h264_slice *slice)
{
    static const int types[] = { AV_PICTURE_TYPE_P, AV_PICTURE_TYPE_B, AV_PICTURE_TYPE_I };
    const struct v4l2_ctrl_h264_slice_params *params = &slice->params;
    const H264Context *h = h264_context(s);
    int log2_max_frame_num = h->ps.sps->log2_max_frame_num;
    int field = h->picture_structure != PICT_FRAME;
    int qp = (int)h->ps.pps->init_qp + params->slice_qp_delta, ret;

    ret = check_slice_values(s, slice, qp);
    if (ret < 0)
        return ret;
    sl->first_mb_addr          = params->first_mb_in_slice;
    sl->slice_type             = types[params->slice_type];
    sl->slice_type_nos         = sl->slice_type;
    sl->picture_structure      = h->picture_structure;
    sl->mb_mbaff               = 0;
    sl->mb_field_decoding_flag = field;
    sl->frame_num              = s->ctrl.decode->frame_num;
    sl->curr_pic_num           = field ? 2 * sl->frame_num + 1 : sl->frame_num;
    sl->max_pic_num            = 1 << (log2_max_frame_num + field);
    sl->direct_spatial_mv_pred = !!(params->flags & V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED);
    fill_lists(s, sl, slice);
    sl->cabac_init_idc        = params->cabac_init_idc;
    sl->last_qscale_diff      = 0;
    sl->qscale                = qp;
    sl->chroma_qp[0]          = get_chroma_qp(h->ps.pps, 0, qp);
    sl->chroma_qp[1]          = get_chroma_qp(h->ps.pps, 1, qp);
    sl->deblocking_filter     = params->disable_deblocking_filter_idc;
    if (sl->deblocking_filter < 2)
        sl->deblocking_filter ^= 1;
    sl->slice_alpha_c0_offset = 2 * params->slice_alpha_c0_offset_div2;
    sl->slice_beta_offset     = 2 * params->slice_beta_offset_div2;
    return 0;
}

/* The macroblock that a slice begins with must not have been decoded. */
static int check_first_mb(struct h264 *s, const H264SliceContext *sl)
{
    const H264Context *h = h264_context(s);
    int field = FIELD_OR_MBAFF_PICTURE(h), x, y;

    if (sl->first_mb_addr >= (unsigned int)h->mb_num >> field)
        return model_fail(s->m, "first_mb_in_slice %u of %d", sl->first_mb_addr,
                          h->mb_num >> field);
    x = sl->first_mb_addr % h->mb_width;
    y = (sl->first_mb_addr / h->mb_width << field) + (h->picture_structure == PICT_BOTTOM_FIELD);
    if (h->slice_table[y * h->mb_stride + x] != NO_SLICE)
        return model_fail(s->m, "macroblock (%d, %d) comes twice", x, y);
    return 0;
}

int h264_run_slice(struct h264 *s, const struct h264_slice *slice, const uint8_t *rbsp, size_t bits)
{
    H264Context *h = h264_context(s);
    H264SliceContext *sl = h->slice_ctx;
    H2645NAL nal = { .type = slice->nal_type, .ref_idc = slice->nal_ref_idc };
    int ret;

    if (slice->params.header_bit_size < 8 || slice->params.header_bit_size > bits || bits > INT_MAX)
        return model_fail(s->m, "header of %u bits in a NAL unit of %zu",
                          slice->params.header_bit_size, bits);
    ret = fill_slice(s, sl, slice);
    if (ret < 0)
        return ret;
    ret = check_first_mb(s, sl);
    if (ret < 0)
        return ret;
    if (init_get_bits(&sl->gb, rbsp, bits) < 0)
        return model_fail(s->m, "NAL unit of %zu bits", bits);
    skip_bits_long(&sl->gb, slice->params.header_bit_size);
    if (h264_slice_init(h, sl, &nal) < 0)
        return model_fail(s->m, "cannot start a slice");
    h->nb_slice_ctx_queued = 1;
    if (ff_h264_execute_decode_slices(h) < 0)
        return model_fail(s->m, "slice at macroblock %u is damaged", sl->first_mb_addr);
    return 0;
}

int h264_find_missing(struct h264 *s)
{
    const H264Context *h = h264_context(s);
    int step = h->picture_structure == PICT_FRAME ? 1 : 2;

    for (int y = h->picture_structure == PICT_BOTTOM_FIELD; y < h->mb_height; y += step)
        for (int x = 0; x < h->mb_width; x++)
            if (h->slice_table[y * h->mb_stride + x] == NO_SLICE)
                return y * h->mb_width + x;
    return -1;
}
