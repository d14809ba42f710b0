/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HEVC slice segment header parser, written without libavcodec: the client
 * under test uses that one. Clause numbers are those of Rec. ITU-T H.265.
 */

#include <string.h>

#include "hevc_parser.h"

/* st_ref_pic_set(num_short_term_ref_pic_sets), 7.3.7, predicted from a set of the SPS */
static int parse_predicted_set(struct parser *p, const struct hevc_rps *set, int num_sets)
{
    unsigned int num = p->ctrl->sps->num_short_term_ref_pic_sets;
    struct bits *b = &p->bits;
    uint32_t delta_idx = get_ue(b), abs_delta, used = 0, use_delta = 0;
    int flags = p->ctrl->decode->num_delta_pocs_of_ref_rps_idx;
    const struct hevc_rps *ref = NULL;
    bool negative;

    if (delta_idx >= num)
        return model_fail(p->m, "delta_idx_minus1 %u with %u sets", delta_idx, num);
    if (num_sets) {
        ref = &set[num - delta_idx - 1];
        p->slice->num_delta_pocs_of_ref = flags = ref->count[0] + ref->count[1];
    }
    negative = get(b, 1);
    abs_delta = get_ue(b) + 1;
    for (int j = 0; j <= flags; j++) {
        bool is_used = get(b, 1);

        used |= (uint32_t)is_used << j;
        use_delta |= (uint32_t)(is_used || get(b, 1)) << j;
    }
    if (ref)
        hevc_predict_set(&p->slice->rps, ref, negative ? -(int)abs_delta : (int)abs_delta, used,
                         use_delta);
    p->slice->rps_known = ref;
    return 0;
}

static int parse_explicit_set(struct parser *p)
{
    struct hevc_rps *rps = &p->slice->rps;
    struct bits *b = &p->bits;
    uint32_t count[2];

    for (int sign = 0; sign < 2; sign++) {
        count[sign] = get_ue(b);
        if (count[sign] > HEVC_DPB)
            return model_fail(p->m, "reference picture set with %u pictures", count[sign]);
    }
    for (int sign = 0; sign < 2; sign++) {
        int32_t poc = 0;

        rps->count[sign] = count[sign];
        for (uint32_t i = 0; i < count[sign]; i++) {
            int32_t delta = get_ue(b) + 1;

            poc += sign ? delta : -delta;
            rps->delta[sign][i] = poc;
            rps->used[sign][i] = get(b, 1);
        }
    }
    p->slice->rps_known = true;
    return 0;
}

static int parse_short_term(struct parser *p)
{
    unsigned int num = p->ctrl->sps->num_short_term_ref_pic_sets;
    struct hevc_slice *slice = p->slice;
    struct hevc_rps set[HEVC_SETS];
    size_t start;
    int num_sets, ret;

    num_sets = hevc_derive_sets(p->m, p->ctrl, set);
    if (num_sets < 0)
        return num_sets;
    slice->num_delta_pocs_of_ref = 0;
    slice->sps_rps = get(&p->bits, 1);
    if (slice->sps_rps) {
        unsigned int index = get(&p->bits, ceil_log2(num));

        if (index >= num)
            return model_fail(p->m, "set %u of %u sets of the SPS", index, num);
        slice->rps_known = num_sets;
        if (num_sets)
            slice->rps = set[index];
        return 0;
    }
    start = p->bits.pos;
    if (num && get(&p->bits, 1)) {
        slice->num_delta_pocs_of_ref = -1;
        ret = parse_predicted_set(p, set, num_sets);
    } else {
        ret = parse_explicit_set(p);
    }
    slice->params.short_term_ref_pic_set_size = p->bits.pos - start;
    return ret;
}

static int parse_long_term(struct parser *p)
{
    const struct v4l2_ctrl_hevc_sps *sps = p->ctrl->sps;
    unsigned int candidates = sps->num_long_term_ref_pics_sps, num_sps = 0, num;
    struct hevc_slice *slice = p->slice;
    struct bits *b = &p->bits;
    uint32_t cycle = 0;
    size_t start = b->pos;

    if (candidates)
        num_sps = get_ue(b);
    num = num_sps + get_ue(b);
    if (num_sps > HEVC_DPB || num > HEVC_DPB)
        return model_fail(p->m, "%u long-term pictures", num);
    slice->num_long = num;
    for (unsigned int i = 0; i < num; i++) {
        bool own = i >= num_sps;
        unsigned int index = own ? 0 : get(b, ceil_log2(candidates));

        slice->lt[i].known = own || p->ctrl->lt_rps;
        if (own) {
            slice->lt[i].poc = get(b, poc_lsb_bits(p));
            slice->lt[i].used = get(b, 1);
        } else if (p->ctrl->lt_rps) {
            if (index >= (unsigned int)p->ctrl->num_lt_rps)
                return model_fail(p->m, "lt_idx_sps %u, EXT_SPS_LT_RPS has %d elements", index,
                                  p->ctrl->num_lt_rps);
            slice->lt[i].poc = p->ctrl->lt_rps[index].lt_ref_pic_poc_lsb_sps;
            slice->lt[i].used = p->ctrl->lt_rps[index].flags & V4L2_HEVC_EXT_SPS_LT_RPS_FLAG_USED_LT;
        }
        slice->lt[i].has_msb = get(b, 1);
        if (i == 0 || i == num_sps)
            cycle = 0;
        if (slice->lt[i].has_msb) {
            cycle += get_ue(b);	/* 7-52 */
            slice->lt[i].poc += p->ctrl->decode->pic_order_cnt_val - (int32_t)slice->poc_lsb -
                                (int32_t)(cycle << poc_lsb_bits(p));
        }
    }
    slice->params.long_term_ref_pic_set_size = b->pos - start;
    return 0;
}

/* From slice_type to the SAO flags. */
static int parse_picture(struct parser *p)
{
    struct v4l2_ctrl_hevc_slice_params *params = &p->slice->params;
    uint32_t type;
    int ret;

    get(&p->bits, p->ctrl->pps->num_extra_slice_header_bits);
    type = get_ue(&p->bits);
    if (type > V4L2_HEVC_SLICE_TYPE_I)
        return model_fail(p->m, "slice_type %u", type);
    params->slice_type = type;
    if (has_pps(p, V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT))
        get(&p->bits, 1);
    if (!hevc_is_idr(params->nal_unit_type)) {
        p->slice->poc_lsb = get(&p->bits, poc_lsb_bits(p));
        ret = parse_short_term(p);
        if (!ret && has_sps(p, V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT))
            ret = parse_long_term(p);
        if (ret < 0)
            return ret;
        if (has_sps(p, V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED))
            set_flag(p, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED, get(&p->bits, 1));
    }
    if (has_sps(p, V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET)) {
        set_flag(p, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA, get(&p->bits, 1));
        set_flag(p, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA, get(&p->bits, 1));
    }
    return 0;
}

static void parse_deblocking(struct parser *p)
{
    const struct v4l2_ctrl_hevc_pps *pps = p->ctrl->pps;
    struct v4l2_ctrl_hevc_slice_params *params = &p->slice->params;
    bool disabled = has_pps(p, V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER);

    params->slice_beta_offset_div2 = pps->pps_beta_offset_div2;
    params->slice_tc_offset_div2 = pps->pps_tc_offset_div2;
    if (has_pps(p, V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT) &&
        has_pps(p, V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED) && get(&p->bits, 1)) {
        disabled = get(&p->bits, 1);
        if (!disabled) {
            params->slice_beta_offset_div2 = get_se(&p->bits);
            params->slice_tc_offset_div2 = get_se(&p->bits);
        }
    }
    set_flag(p, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_DEBLOCKING_FILTER_DISABLED, disabled);
}

static int parse_filters(struct parser *p)
{
    const uint64_t sao = V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA |
                         V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA;
    bool across = has_pps(p, V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED);
    struct v4l2_ctrl_hevc_slice_params *params = &p->slice->params;

    params->slice_qp_delta = get_se(&p->bits);
    if (has_pps(p, V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT)) {
        params->slice_cb_qp_offset = get_se(&p->bits);
        params->slice_cr_qp_offset = get_se(&p->bits);
    }
    parse_deblocking(p);
    if (across && ((params->flags & sao) ||
        !(params->flags & V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_DEBLOCKING_FILTER_DISABLED)))
        across = get(&p->bits, 1);
    set_flag(p, V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED, across);
    return 0;
}

/* From the entry points to byte_alignment(). */
static int parse_tail(struct parser *p)
{
    struct hevc_slice *slice = p->slice;
    uint32_t count = 0, bits;

    if (has_pps(p, V4L2_HEVC_PPS_FLAG_TILES_ENABLED) ||
        has_pps(p, V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED))
        count = get_ue(&p->bits);
    if (count > HEVC_ENTRY_POINTS)
        return model_fail(p->m, "%u entry points", count);
    bits = count ? get_ue(&p->bits) + 1 : 0;
    if (bits > 32)
        return model_fail(p->m, "entry points of %u bits", bits);
    for (uint32_t i = 0; i < count; i++)
        slice->entry[i] = get(&p->bits, bits) + 1;
    slice->params.num_entry_point_offsets = slice->num_entries = count;
    if (has_pps(p, V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT)) {
        uint32_t bytes = get_ue(&p->bits);

        if (bytes > 256)
            return model_fail(p->m, "slice segment header extension of %u bytes", bytes);
        p->bits.pos += 8 * bytes;
    }
    if (!get(&p->bits, 1) || p->bits.pos > p->bits.size)
        return model_fail(p->m, "slice segment header does not end where it should");
    slice->header_bytes = (p->bits.pos + 7) / 8;
    return 0;
}

static int parse_address(struct parser *p, const struct hevc_slice *last)
{
    const struct v4l2_ctrl_hevc_sps *sps = p->ctrl->sps;
    unsigned int ctbs = hevc_in_ctbs(sps, sps->pic_width_in_luma_samples) *
                        hevc_in_ctbs(sps, sps->pic_height_in_luma_samples);
    struct hevc_slice *slice = p->slice, head = *slice;

    if (head.first)
        return 0;
    if (has_pps(p, V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED))
        head.dependent = get(&p->bits, 1);
    head.params.slice_segment_addr = get(&p->bits, ceil_log2(ctbs));
    if (head.params.slice_segment_addr >= ctbs)
        return model_fail(p->m, "slice_segment_addr %u of %u", head.params.slice_segment_addr, ctbs);
    if (head.dependent && !last)
        return model_fail(p->m, "dependent slice segment without a slice before it");
    if (head.dependent) {
        *slice = *last;
        slice->first = false;
        slice->params.nal_unit_type = head.params.nal_unit_type;
        slice->params.nuh_temporal_id_plus1 = head.params.nuh_temporal_id_plus1;
        slice->pps_id = head.pps_id;
    }
    slice->dependent = head.dependent;
    slice->params.slice_segment_addr = head.params.slice_segment_addr;
    set_flag(p, V4L2_HEVC_SLICE_PARAMS_FLAG_DEPENDENT_SLICE_SEGMENT, head.dependent);
    return 0;
}

int hevc_parse_slice(struct model *m, const uint8_t *rbsp, size_t size,
                     const struct hevc_controls *ctrl, const struct hevc_slice *last,
                     struct hevc_slice *slice)
{
    struct parser p = {
        .m = m,
        .bits = { .data = rbsp, .size = 8 * size, .pos = 16 },
        .ctrl = ctrl,
        .slice = slice,
    };
    int ret;

    memset(slice, 0, offsetof(struct hevc_slice, entry));
    slice->params.nal_unit_type = rbsp[0] >> 1 & 0x3f;
    slice->params.nuh_temporal_id_plus1 = rbsp[1] & 7;
    slice->params.slice_pic_order_cnt = ctrl->decode->pic_order_cnt_val;
    slice->params.flags = V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0;
    slice->first = get(&p.bits, 1);
    if (hevc_is_irap(slice->params.nal_unit_type))
        slice->no_output_of_prior = get(&p.bits, 1);
    slice->pps_id = get_ue(&p.bits);
    ret = parse_address(&p, last);
    if (!ret && !slice->dependent)
        ret = parse_picture(&p);
    if (!ret && !slice->dependent && !is_type(&p, V4L2_HEVC_SLICE_TYPE_I))
        ret = hevc_parse_inter(&p);
    if (!ret && !slice->dependent)
        ret = parse_filters(&p);
    return ret ? ret : parse_tail(&p);
}
