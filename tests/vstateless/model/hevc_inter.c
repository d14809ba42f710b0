/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HEVC slice segment header parser: reference lists and weights of P and B slices
 */

#include <string.h>

#include "hevc_parser.h"

/* The number of references and ref_pic_lists_modification(), 7.3.6.2 */
static int parse_lists(struct parser *p)
{
    struct v4l2_ctrl_hevc_slice_params *params = &p->slice->params;
    uint32_t count[2] = { p->ctrl->pps->num_ref_idx_l0_default_active_minus1,
                          p->ctrl->pps->num_ref_idx_l1_default_active_minus1 };
    int lists = is_type(p, V4L2_HEVC_SLICE_TYPE_B) ? 2 : 1;
    int total = hevc_num_references(p->ctrl->decode);

    if (get(&p->bits, 1))
        for (int list = 0; list < lists; list++)
            count[list] = get_ue(&p->bits);
    if (lists < 2)
        count[1] = 0;
    if (count[0] >= HEVC_DPB || count[1] >= HEVC_DPB)
        return model_fail(p->m, "%u and %u references", count[0] + 1, count[1] + 1);
    params->num_ref_idx_l0_active_minus1 = count[0];
    params->num_ref_idx_l1_active_minus1 = count[1];
    if (!has_pps(p, V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT) || total < 2)
        return 0;
    for (int list = 0; list < lists; list++) {
        p->slice->modified[list] = get(&p->bits, 1);
        for (uint32_t i = 0; p->slice->modified[list] && i <= count[list]; i++)
            p->slice->list_entry[list][i] = get(&p->bits, ceil_log2(total));
    }
    return 0;
}

/* The lists as indices of dpb[], 8-8 to 8-11 */
static int build_lists(struct parser *p)
{
    const struct v4l2_ctrl_hevc_decode_params *decode = p->ctrl->decode;
    const struct { const uint8_t *index; int count; } set[3] = {
        { decode->poc_st_curr_before, decode->num_poc_st_curr_before },
        { decode->poc_st_curr_after, decode->num_poc_st_curr_after },
        { decode->poc_lt_curr, decode->num_poc_lt_curr },
    };
    struct v4l2_ctrl_hevc_slice_params *params = &p->slice->params;
    uint8_t *out[2] = { params->ref_idx_l0, params->ref_idx_l1 };
    int count[2] = { params->num_ref_idx_l0_active_minus1 + 1,
                     params->num_ref_idx_l1_active_minus1 + 1 };
    int total = hevc_num_references(decode);

    if (!total)
        return model_fail(p->m, "P or B slice without references");
    for (int list = 0; list < (is_type(p, V4L2_HEVC_SLICE_TYPE_B) ? 2 : 1); list++) {
        uint8_t all[3 * HEVC_DPB];
        int n = 0;

        for (int i = 0; i < 3; i++) {
            int which = i < 2 ? i ^ list : i;

            memcpy(all + n, set[which].index, set[which].count);
            n += set[which].count;
        }
        for (int i = 0; i < count[list]; i++) {
            int entry = p->slice->modified[list] ? p->slice->list_entry[list][i] : i % total;

            if (entry >= total)
                return model_fail(p->m, "list_entry_l%d[%d] is %d of %d", list, i, entry, total);
            out[list][i] = all[entry];
        }
    }
    return 0;
}

static int8_t clip_offset(int offset)
{
    return offset < -128 ? -128 : offset > 127 ? 127 : offset;
}

/* The weights of one list, 7.3.6.3 and 7-56 */
static int parse_list_weights(struct parser *p, int list, int count)
{
    struct v4l2_hevc_pred_weight_table *table = &p->slice->params.pred_weight_table;
    int8_t *luma = list ? table->delta_luma_weight_l1 : table->delta_luma_weight_l0;
    int8_t *luma_offset = list ? table->luma_offset_l1 : table->luma_offset_l0;
    int8_t (*chroma)[2] = list ? table->delta_chroma_weight_l1 : table->delta_chroma_weight_l0;
    int8_t (*chroma_offset)[2] = list ? table->chroma_offset_l1 : table->chroma_offset_l0;
    int denom = table->luma_log2_weight_denom + table->delta_chroma_log2_weight_denom;
    bool has_luma[HEVC_DPB], has_chroma[HEVC_DPB];
    struct bits *b = &p->bits;

    for (int i = 0; i < count; i++)
        has_luma[i] = get(b, 1);
    for (int i = 0; i < count; i++)
        has_chroma[i] = get(b, 1);
    for (int i = 0; i < count; i++) {
        if (has_luma[i]) {
            luma[i] = get_se(b);
            luma_offset[i] = get_se(b);
        }
        for (int j = 0; has_chroma[i] && j < 2; j++) {
            int delta;

            chroma[i][j] = get_se(b);
            delta = get_se(b);
            chroma_offset[i][j] = clip_offset(128 + delta -
                                              ((128 * ((1 << denom) + chroma[i][j])) >> denom));
        }
    }
    return 0;
}

static int parse_weights(struct parser *p)
{
    struct v4l2_ctrl_hevc_slice_params *params = &p->slice->params;
    struct v4l2_hevc_pred_weight_table *table = &params->pred_weight_table;
    bool b = is_type(p, V4L2_HEVC_SLICE_TYPE_B);
    uint32_t luma;
    int32_t chroma;

    if (!has_pps(p, b ? V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED : V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED))
        return 0;
    luma = get_ue(&p->bits);
    chroma = get_se(&p->bits);
    if (luma > 7 || (int)luma + chroma < 0 || (int)luma + chroma > 7)
        return model_fail(p->m, "log2_weight_denom %u and %d", luma, (int)luma + chroma);
    table->luma_log2_weight_denom = luma;
    table->delta_chroma_log2_weight_denom = chroma;
    parse_list_weights(p, 0, params->num_ref_idx_l0_active_minus1 + 1);
    return b ? parse_list_weights(p, 1, params->num_ref_idx_l1_active_minus1 + 1) : 0;
}

static int parse_collocated(struct parser *p)
{
    struct v4l2_ctrl_hevc_slice_params *params = &p->slice->params;
    uint64_t flag = V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0;
    uint32_t index = 0;
    int last;

    if (!(params->flags & V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED))
        return 0;
    if (is_type(p, V4L2_HEVC_SLICE_TYPE_B))
        set_flag(p, flag, get(&p->bits, 1));
    last = params->flags & flag ? params->num_ref_idx_l0_active_minus1 :
                                  params->num_ref_idx_l1_active_minus1;
    if (last)
        index = get_ue(&p->bits);
    if (index > (uint32_t)last)
        return model_fail(p->m, "collocated_ref_idx %u", index);
    params->collocated_ref_idx = index;
    return 0;
}

int hevc_parse_inter(struct parser *p)
{
    uint32_t merge;
    int ret;

    ret = parse_lists(p);
    if (!ret)
        ret = build_lists(p);
    if (ret < 0)
        return ret;
    if (is_type(p, V4L2_HEVC_SLICE_TYPE_B))
        set_flag(p, V4L2_HEVC_SLICE_PARAMS_FLAG_MVD_L1_ZERO, get(&p->bits, 1));
    if (has_pps(p, V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT))
        set_flag(p, V4L2_HEVC_SLICE_PARAMS_FLAG_CABAC_INIT, get(&p->bits, 1));
    ret = parse_collocated(p);
    if (!ret)
        ret = parse_weights(p);
    if (ret < 0)
        return ret;
    merge = get_ue(&p->bits);
    if (merge > 4)
        return model_fail(p->m, "five_minus_max_num_merge_cand %u", merge);
    p->slice->params.five_minus_max_num_merge_cand = merge;
    return 0;
}
