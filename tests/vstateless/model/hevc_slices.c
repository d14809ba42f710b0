/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HEVC pictures and slices: libavcodec's slice decoder, filled from controls
 *
 * The decoder's source is included for its static functions; the one that
 * builds reference lists is replaced. What decides on new pictures, reference
 * picture sets and output in libavcodec never runs.
 */

#define ff_hevc_slice_rpl model_hevc_slice_rpl
#include "libavcodec/hevc/hevcdec.c"
#undef ff_hevc_slice_rpl

#include "check.h"
#include "hevc_state.h"

/* Rec. ITU-T H.265 has 600 in its highest level. */
#define MAX_SLICES	1024
/* For pictures that are only loaded: no picture order count is there. */
#define LOADED_POC	INT_MIN

static HEVCLayerContext *layer(struct hevc *s)
{
    return &hevc_context(s)->layers[0];
}

int hevc_activate(struct hevc *s)
{
    HEVCContext *h = hevc_context(s);
    const HEVCPPS *pps = h->ps.pps_list[0];

    hevc_clear_frames(s);
    av_refstruct_replace(&h->pps, pps);
    if (layer(s)->sps == pps->sps)
        return 0;
    if (set_sps(h, layer(s), pps->sps) < 0)
        return model_fail(s->m, "cannot set up a decoder of %dx%d", pps->sps->width,
                          pps->sps->height);
    export_stream_params(h, pps->sps);
    if (get_format(h, pps->sps) < 0)
        return model_fail(s->m, "no pixel format");
    return 0;
}

/* libavcodec sizes its table of reference lists by the NAL units of a packet. */
static int new_frame(struct hevc *s, int poc)
{
    HEVCContext *h = hevc_context(s);
    int ret;

    h->pkt.nb_nals = MAX_SLICES;
    ret = ff_hevc_set_new_ref(h, layer(s), poc);
    h->pkt.nb_nals = 0;
    return ret < 0 ? model_fail(s->m, "cannot allocate a frame") : 0;
}

int hevc_start_frame(struct hevc *s)
{
    HEVCLayerContext *l = layer(s);
    HEVCContext *h = hevc_context(s);
    const HEVCSPS *sps = h->pps->sps;
    int blocks = ((sps->width >> sps->log2_min_cb_size) + 1) *
                 ((sps->height >> sps->log2_min_cb_size) + 1);

    memset(l->horizontal_bs, 0, l->bs_width * l->bs_height);
    memset(l->vertical_bs, 0, l->bs_width * l->bs_height);
    memset(l->cbf_luma, 0, sps->min_tb_width * sps->min_tb_height);
    memset(l->is_pcm, 0, (sps->min_pu_width + 1) * (sps->min_pu_height + 1));
    memset(l->tab_slice_address, -1, blocks * sizeof(*l->tab_slice_address));
    h->slice_idx = 0;
    h->poc = s->ctrl.decode->pic_order_cnt_val;
    if (h->pps->tiles_enabled_flag)
        h->local_ctx[0].end_of_tiles_x = h->pps->column_width[0] << sps->log2_ctb_size;
    return new_frame(s, h->poc);
}

void hevc_clear_references(struct hevc *s)
{
    for (int i = 0; i < HEVC_DPB; i++) {
        if (s->ref[i].f)
            ff_hevc_unref_frame(&s->ref[i], ~0);
        s->ref[i] = (HEVCFrame) { 0 };
        s->missing[i] = false;
    }
}

void hevc_clear_frames(struct hevc *s)
{
    HEVCContext *h = hevc_context(s);

    hevc_clear_references(s);
    ff_hevc_flush_dpb(h);
    h->cur_frame = layer(s)->cur_frame = h->collocated_ref = NULL;
}

struct hevc_picture *hevc_copy_frame(struct hevc *s)
{
    struct hevc_picture *p = av_mallocz(sizeof(*p));

    if (p && hevc_ref_frame(&p->frame, hevc_context(s)->cur_frame) < 0)
        av_freep(&p);
    return p;
}

/*
 * A picture of a job that failed before it decoded anything: pixels as in
 * memory, no motion.
 */
static int load_frame(struct hevc *s, HEVCFrame *frame, int index)
{
    const HEVCSPS *sps = hevc_context(s)->pps->sps;
    HEVCContext *h = hevc_context(s);
    int ret;

    ret = new_frame(s, LOADED_POC);
    if (ret < 0)
        return ret;
    memset(h->cur_frame->tab_mvf, 0, sps->min_pu_width * sps->min_pu_height * sizeof(MvField));
    ret = hevc_ref_frame(frame, h->cur_frame);
    ff_hevc_unref_frame(h->cur_frame, ~0);
    h->cur_frame = layer(s)->cur_frame = NULL;
    return ret < 0 || index < 0 ? ret : model_input(s->m, index, frame->f, sps->width, sps->height);
}

static int check_history(struct hevc *s, const struct v4l2_hevc_dpb_entry *entry,
                         const struct hevc_picture *picture)
{
    const HEVCSPS *sps = hevc_context(s)->pps->sps;
    const AVFrame *f = picture->frame.f;
    int pic_struct = picture->history.pic_struct, ret;

    if (f->width != sps->width || f->height != sps->height || f->format != (int)sps->pix_fmt)
        return model_fail(s->m, "reference ts %llu has another size or depth",
                          (unsigned long long)entry->timestamp);
    ret = model_check(s->m, entry->pic_order_cnt_val == picture->history.poc,
                      "reference ts %llu has POC %d, the control says %d",
                      (unsigned long long)entry->timestamp, picture->history.poc,
                      entry->pic_order_cnt_val);
    if (ret < 0 || pic_struct < 0)
        return ret;
    /* field_seq_flag is of the sequence, D.3.3. */
    if (s->ctrl.slice && hevc_is_field(s->ctrl.slice->pic_struct) != hevc_is_field(pic_struct))
        ret = model_warn(s->m, MODEL_QUIRK_FIELD_SEQ, "pic_struct %d refers to pic_struct %d",
                         s->ctrl.slice->pic_struct, pic_struct);
    if (!ret && hevc_is_field(entry->field_pic) != hevc_is_field(pic_struct))
        ret = model_warn(s->m, MODEL_QUIRK_FIELD_SEQ,
                         "reference ts %llu has pic_struct %d, the control says field_pic %d",
                         (unsigned long long)entry->timestamp, pic_struct, entry->field_pic);
    return ret;
}

static int set_reference(struct hevc *s, int i)
{
    const struct v4l2_hevc_dpb_entry *entry = &s->ctrl.decode->dpb[i];
    const struct hevc_picture *picture;
    int index, ret;

    index = model_find_reference(s->m, entry->timestamp);
    if (index < -1)
        return index;
    if (index >= 0) {
        picture = s->m->frame[index].picture;
        ret = check_history(s, entry, picture);
        if (!ret)
            ret = hevc_ref_frame(&s->ref[i], &picture->frame);
    } else {
        index = model_find(s->m, entry->timestamp);
        s->missing[i] = index < 0;
        ret = s->missing[i] ? model_warn(s->m, MODEL_QUIRK_MISSING_ENTRY,
                                         "dpb[%d]: no CAPTURE buffer has ts %llu", i,
                                         (unsigned long long)entry->timestamp) : 0;
        if (!ret)
            ret = load_frame(s, &s->ref[i], index);
    }
    if (ret < 0)
        return ret;
    /* The control's word counts. */
    s->ref[i].poc = entry->pic_order_cnt_val;
    return 0;
}

int hevc_set_references(struct hevc *s)
{
    int ret = 0;

    hevc_clear_references(s);
    for (int i = 0; !ret && i < s->ctrl.decode->num_active_dpb_entries; i++)
        ret = set_reference(s, i);
    return ret;
}

static int add_reference(struct hevc *s, RefPicList *list, int index)
{
    const struct v4l2_ctrl_hevc_decode_params *decode = s->ctrl.decode;

    if (index >= decode->num_active_dpb_entries || !s->ref[index].f)
        return model_fail(s->m, "a list names dpb[%d] of %d", index, decode->num_active_dpb_entries);
    if (s->missing[index])
        return model_fail(s->m, "reference ts %llu is in no CAPTURE buffer",
                          (unsigned long long)decode->dpb[index].timestamp);
    list->ref[list->nb_refs] = &s->ref[index];
    list->list[list->nb_refs] = s->ref[index].poc;
    list->isLongTerm[list->nb_refs] = decode->dpb[index].flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE;
    list->nb_refs++;
    return 0;
}

int model_hevc_slice_rpl(HEVCContext *h)
{
    struct model *m = h->avctx->opaque;
    struct hevc *s = m->state;
    const struct v4l2_ctrl_hevc_slice_params *params = &s->slice.params;
    const uint8_t *indices[2] = { params->ref_idx_l0, params->ref_idx_l1 };
    HEVCFrame *cur = h->cur_frame;
    int first = h->pps->ctb_addr_rs_to_ts[h->sh.slice_segment_addr], ret;

    if (h->slice_idx >= cur->nb_rpl_elems)
        return model_fail(m, "more than %d slices", cur->nb_rpl_elems);
    for (int i = first; i < cur->ctb_count; i++)
        cur->rpl_tab[i] = cur->rpl + h->slice_idx;
    cur->refPicList = cur->rpl_tab[first]->refPicList;
    for (int list = 0; list < (h->sh.slice_type == HEVC_SLICE_B ? 2 : 1); list++) {
        RefPicList *rpl = &cur->refPicList[list];

        memset(rpl, 0, sizeof(*rpl));
        for (unsigned int i = 0; i < h->sh.nb_refs[list]; i++) {
            ret = add_reference(s, rpl, indices[list][i]);
            if (ret < 0)
                return ret;
        }
        if (h->sh.collocated_list == list)
            h->collocated_ref = rpl->ref[h->sh.collocated_ref_idx];
    }
    return 0;
}

/* One list of weights; the control has differences to the weight 1. */
#define SET_WEIGHTS(sh, table, l) \
    for (unsigned int i = 0; i < (sh)->nb_refs[l]; i++) { \
        (sh)->luma_weight_l ## l[i] = (1 << luma) + (table)->delta_luma_weight_l ## l[i]; \
        (sh)->luma_offset_l ## l[i] = (table)->luma_offset_l ## l[i]; \
        for (int j = 0; j < 2; j++) { \
            (sh)->chroma_weight_l ## l[i][j] = (1 << chroma) + (table)->delta_chroma_weight_l ## l[i][j]; \
            (sh)->chroma_offset_l ## l[i][j] = (table)->chroma_offset_l ## l[i][j]; \
        } \
    }

static int set_weights(struct hevc *s, const struct v4l2_hevc_pred_weight_table *table)
{
    SliceHeader *sh = &hevc_context(s)->sh;
    int luma = table->luma_log2_weight_denom, chroma = luma + table->delta_chroma_log2_weight_denom;

    if (luma > 7 || chroma < 0 || chroma > 7)
        return model_fail(s->m, "log2_weight_denom %d and %d", luma, chroma);
    sh->luma_log2_weight_denom = luma;
    sh->chroma_log2_weight_denom = chroma;
    SET_WEIGHTS(sh, table, 0)
    SET_WEIGHTS(sh, table, 1)
    return 0;
}

/* Values that libavcodec's own header parser would have refused. */
static int check_values(struct hevc *s, const struct v4l2_ctrl_hevc_slice_params *params)
{
    const HEVCContext *h = hevc_context(s);
    int qp = 26 + h->pps->pic_init_qp_minus26 + params->slice_qp_delta;
    bool from_l0 = params->flags & V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0;

    if (params->slice_type > V4L2_HEVC_SLICE_TYPE_I ||
        params->slice_segment_addr >= (unsigned int)h->pps->sps->ctb_size)
        return model_fail(s->m, "slice_type %d, slice_segment_addr %u", params->slice_type,
                          params->slice_segment_addr);
    if (params->num_ref_idx_l0_active_minus1 >= HEVC_DPB ||
        params->num_ref_idx_l1_active_minus1 >= HEVC_DPB ||
        params->collocated_ref_idx > (from_l0 ? params->num_ref_idx_l0_active_minus1 :
                                                params->num_ref_idx_l1_active_minus1))
        return model_fail(s->m, "%d and %d references, collocated_ref_idx %d",
                          params->num_ref_idx_l0_active_minus1 + 1,
                          params->num_ref_idx_l1_active_minus1 + 1, params->collocated_ref_idx);
    if (qp > 51 || qp < -h->pps->sps->qp_bd_offset || FFABS(params->slice_cb_qp_offset) > 12 ||
        FFABS(params->slice_cr_qp_offset) > 12 || FFABS(params->slice_beta_offset_div2) > 6 ||
        FFABS(params->slice_tc_offset_div2) > 6 || params->five_minus_max_num_merge_cand > 4)
        return model_fail(s->m, "slice values are out of range");
    return 0;
}

static int fill_slice(struct hevc *s, const struct v4l2_ctrl_hevc_slice_params *params)
{
    HEVCContext *h = hevc_context(s);
    SliceHeader *sh = &h->sh;
    uint64_t flags = params->flags;
    bool inter = params->slice_type != V4L2_HEVC_SLICE_TYPE_I;
    bool b = params->slice_type == V4L2_HEVC_SLICE_TYPE_B;

    sh->first_slice_in_pic_flag        = !params->slice_segment_addr;
    sh->dependent_slice_segment_flag   = !!(flags & V4L2_HEVC_SLICE_PARAMS_FLAG_DEPENDENT_SLICE_SEGMENT);
    sh->slice_segment_addr             = params->slice_segment_addr;
    sh->slice_ctb_addr_rs              = params->slice_segment_addr;
    if (!sh->dependent_slice_segment_flag)
        sh->slice_addr                 = params->slice_segment_addr;
    sh->slice_type                     = params->slice_type;
    sh->slice_temporal_mvp_enabled_flag = !!(flags & V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_TEMPORAL_MVP_ENABLED);
    sh->nb_refs[L0]                    = inter ? params->num_ref_idx_l0_active_minus1 + 1 : 0;
    sh->nb_refs[L1]                    = b ? params->num_ref_idx_l1_active_minus1 + 1 : 0;
    sh->slice_sample_adaptive_offset_flag[0] = !!(flags & V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_LUMA);
    sh->slice_sample_adaptive_offset_flag[1] =
    sh->slice_sample_adaptive_offset_flag[2] = !!(flags & V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_SAO_CHROMA);
    sh->mvd_l1_zero_flag               = !!(flags & V4L2_HEVC_SLICE_PARAMS_FLAG_MVD_L1_ZERO);
    sh->cabac_init_flag                = !!(flags & V4L2_HEVC_SLICE_PARAMS_FLAG_CABAC_INIT);
    sh->disable_deblocking_filter_flag =
        !!(flags & V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_DEBLOCKING_FILTER_DISABLED);
    sh->slice_loop_filter_across_slices_enabled_flag =
        !!(flags & V4L2_HEVC_SLICE_PARAMS_FLAG_SLICE_LOOP_FILTER_ACROSS_SLICES_ENABLED);
    sh->collocated_list                = flags & V4L2_HEVC_SLICE_PARAMS_FLAG_COLLOCATED_FROM_L0 ? L0 : L1;
    sh->collocated_ref_idx             = params->collocated_ref_idx;
    sh->slice_qp_delta                 = params->slice_qp_delta;
    sh->slice_qp                       = 26 + h->pps->pic_init_qp_minus26 + params->slice_qp_delta;
    sh->slice_cb_qp_offset             = params->slice_cb_qp_offset;
    sh->slice_cr_qp_offset             = params->slice_cr_qp_offset;
    sh->beta_offset                    = 2 * params->slice_beta_offset_div2;
    sh->tc_offset                      = 2 * params->slice_tc_offset_div2;
    sh->max_num_merge_cand             = 5 - params->five_minus_max_num_merge_cand;
    sh->num_entry_point_offsets        = 0;
    return inter ? set_weights(s, &params->pred_weight_table) : 0;
}

/* The block that a segment begins with, and for a dependent one the one before. */
static int check_address(struct hevc *s)
{
    const HEVCContext *h = hevc_context(s);
    const HEVCLayerContext *l = layer(s);
    int address = h->sh.slice_ctb_addr_rs, ts = h->pps->ctb_addr_rs_to_ts[address];

    if (l->tab_slice_address[address] != -1)
        return model_fail(s->m, "coding tree block %d comes twice", address);
    if (ts && l->tab_slice_address[h->pps->ctb_addr_ts_to_rs[ts - 1]] == -1)
        return model_fail(s->m, "what is before coding tree block %d is missing", address);
    if (h->sh.dependent_slice_segment_flag && !ts)
        return model_fail(s->m, "a picture begins with a dependent slice segment");
    return 0;
}

/*
 * Zeros behind a slice that the arithmetic decoder may take: libavcodec's stops at
 * the end of the data without a word, and goes on decoding. It reads ahead by up
 * to two bytes.
 */
#define TAIL		(AV_INPUT_BUFFER_PADDING_SIZE / 2)
#define READ_AHEAD	2

/* rbsp: with AV_INPUT_BUFFER_PADDING_SIZE zeros behind it */
int hevc_run_slice(struct hevc *s, const struct v4l2_ctrl_hevc_slice_params *params,
                   const uint8_t *rbsp, size_t size)
{
    HEVCContext *h = hevc_context(s);
    H2645NAL nal = { .type = params->nal_unit_type, .data = rbsp, .size = size };
    GetBitContext gb;
    int ret;

    h->nal_unit_type = params->nal_unit_type;
    h->temporal_id = params->nuh_temporal_id_plus1 - 1;
    ret = check_values(s, params);
    if (!ret)
        ret = fill_slice(s, params);
    if (!ret)
        ret = check_address(s);
    if (ret < 0)
        return ret;
    h->sh.data_offset = s->slice.header_bytes;
    if (s->slice.header_bytes >= size || init_get_bits8(&gb, rbsp, size + TAIL) < 0)
        return model_fail(s->m, "NAL unit of %zu bytes with a header of %zu", size,
                          s->slice.header_bytes);
    if (decode_slice_data(h, layer(s), &nal, &gb) < 0)
        return model_fail(s->m, "slice at coding tree block %u is damaged", params->slice_segment_addr);
    if (h->local_ctx[0].cc.bytestream > rbsp + size + READ_AHEAD)
        return model_fail(s->m, "slice at coding tree block %u is cut off", params->slice_segment_addr);
    return 0;
}

int hevc_find_missing(struct hevc *s)
{
    const HEVCLayerContext *l = layer(s);

    for (int i = 0; i < l->sps->ctb_size; i++)
        if (l->tab_slice_address[i] == -1)
            return i;
    return -1;
}
