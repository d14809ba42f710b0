/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VP9: libavcodec's context, filled from the controls
 *
 * The four probability contexts are the device's own, as in rkvdec-vp9.c and
 * hantro_g2_vp9_dec.c.
 */

#include "libavcodec/vp9data.h"
#include "libavcodec/vp9dec.h"
#include "libavutil/common.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "vp9_state.h"

static void set_loop_filter(VP9Context *s, const struct v4l2_vp9_loop_filter *lf)
{
    VP9BitstreamHeader *h = &s->s.h;

    h->filter.level     = lf->level;
    h->filter.sharpness = lf->sharpness;
    h->lf_delta.enabled = !!(lf->flags & V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED);
    memcpy(h->lf_delta.ref, lf->ref_deltas, sizeof(h->lf_delta.ref));
    memcpy(h->lf_delta.mode, lf->mode_deltas, sizeof(h->lf_delta.mode));
    /* 8.8.1: limit and blimit */
    for (int i = 1; i < 64; i++) {
        int shift = lf->sharpness > 4 ? 2 : lf->sharpness > 0;
        int limit = i >> shift;

        if (lf->sharpness)
            limit = FFMIN(limit, 9 - lf->sharpness);
        s->filter_lut.lim_lut[i]   = FFMAX(limit, 1);
        s->filter_lut.mblim_lut[i] = 2 * (i + 2) + FFMAX(limit, 1);
    }
}

static int segment_value(const struct v4l2_vp9_segmentation *seg, int segment, int feature,
                         int frame_value, int bits)
{
    int value = seg->feature_data[segment][feature];

    if (!(seg->flags & V4L2_VP9_SEGMENTATION_FLAG_ENABLED) ||
        !(seg->feature_enabled[segment] >> feature & 1))
        return frame_value;
    if (!(seg->flags & V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE))
        value += frame_value;
    return av_clip_uintp2(value, bits);
}

/* 8.6.1 and 8.8.1: quantiser steps and filter levels of a segment */
static void set_segment_tables(VP9Context *s, const struct v4l2_ctrl_vp9_frame *f, int i)
{
    VP9BitstreamHeader *h = &s->s.h;
    int q = segment_value(&f->seg, i, V4L2_VP9_SEG_LVL_ALT_Q, f->quant.base_q_idx, 8);
    int level = segment_value(&f->seg, i, V4L2_VP9_SEG_LVL_ALT_L, f->lf.level, 6);
    int scale = 1 << (f->lf.level >> 5);
    int16_t (*qmul)[2] = h->segmentation.feat[i].qmul;

    qmul[0][0] = ff_vp9_dc_qlookup[s->bpp_index][av_clip_uintp2(q + f->quant.delta_q_y_dc, 8)];
    qmul[0][1] = ff_vp9_ac_qlookup[s->bpp_index][q];
    qmul[1][0] = ff_vp9_dc_qlookup[s->bpp_index][av_clip_uintp2(q + f->quant.delta_q_uv_dc, 8)];
    qmul[1][1] = ff_vp9_ac_qlookup[s->bpp_index][av_clip_uintp2(q + f->quant.delta_q_uv_ac, 8)];
    for (int ref = 0; ref < 4; ref++)
        for (int mode = 0; mode < 2; mode++) {
            int delta = f->lf.ref_deltas[ref] + (ref ? f->lf.mode_deltas[mode] : 0);

            if (!h->lf_delta.enabled)
                delta = 0;
            h->segmentation.feat[i].lflvl[ref][mode] = av_clip_uintp2(level + delta * scale, 6);
        }
}

static void set_segmentation(VP9Context *s, const struct v4l2_ctrl_vp9_frame *f)
{
    const struct v4l2_vp9_segmentation *seg = &f->seg;
    VP9BitstreamHeader *h = &s->s.h;

    h->segmentation.enabled       = !!(seg->flags & V4L2_VP9_SEGMENTATION_FLAG_ENABLED);
    h->segmentation.update_map    = h->segmentation.enabled &&
                                    seg->flags & V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP;
    h->segmentation.temporal      = h->segmentation.update_map &&
                                    seg->flags & V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE;
    h->segmentation.absolute_vals = !!(seg->flags & V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE);
    memcpy(h->segmentation.prob, seg->tree_probs, sizeof(h->segmentation.prob));
    memcpy(h->segmentation.pred_prob, seg->pred_probs, sizeof(h->segmentation.pred_prob));
    for (int i = 0; i < MAX_SEGMENT; i++) {
        int enabled = h->segmentation.enabled ? seg->feature_enabled[i] : 0;

        h->segmentation.feat[i].ref_enabled  = enabled >> V4L2_VP9_SEG_LVL_REF_FRAME & 1;
        h->segmentation.feat[i].skip_enabled = enabled >> V4L2_VP9_SEG_LVL_SKIP & 1;
        h->segmentation.feat[i].ref_val      = seg->feature_data[i][V4L2_VP9_SEG_LVL_REF_FRAME];
        set_segment_tables(s, f, i);
    }
}

/* 6.3.11 setup_compound_reference_mode() */
static void set_compound(VP9BitstreamHeader *h)
{
    int fixed = h->signbias[0] == h->signbias[1] ? 2 : h->signbias[0] == h->signbias[2] ? 1 : 0;

    h->allowcompinter = h->signbias[0] != h->signbias[1] || h->signbias[0] != h->signbias[2];
    h->fixcompref     = fixed;
    h->varcompref[0]  = fixed == 0;
    h->varcompref[1]  = fixed == 2 ? 1 : 2;
}

void vp9_set_frame(VP9Context *s, const struct v4l2_ctrl_vp9_frame *f, int tx_mode)
{
    VP9BitstreamHeader *h = &s->s.h;
    int last_invisible = h->invisible;

    s->last_keyframe      = h->keyframe;
    h->profile            = f->profile;
    h->bpp                = f->bit_depth;
    h->keyframe           = !!(f->flags & V4L2_VP9_FRAME_FLAG_KEY_FRAME);
    h->invisible          = !(f->flags & V4L2_VP9_FRAME_FLAG_SHOW_FRAME);
    h->errorres           = !!(f->flags & V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT);
    h->intraonly          = !!(f->flags & V4L2_VP9_FRAME_FLAG_INTRA_ONLY);
    h->highprecisionmvs   = !!(f->flags & V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV);
    h->refreshctx         = !!(f->flags & V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX);
    h->parallelmode       = !!(f->flags & V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE);
    h->filtermode         = f->interpolation_filter ^ (f->interpolation_filter < 2);
    h->comppredmode       = f->reference_mode;
    h->txfmmode           = tx_mode;
    h->yac_qi             = f->quant.base_q_idx;
    h->lossless           = !f->quant.base_q_idx && !f->quant.delta_q_y_dc &&
                            !f->quant.delta_q_uv_dc && !f->quant.delta_q_uv_ac;
    h->use_last_frame_mvs = !h->errorres && !last_invisible;
    for (int i = 0; i < 3; i++) {
        h->refidx[i]   = i;
        h->signbias[i] = f->ref_frame_sign_bias >> i & 1;
    }
    set_compound(h);
    h->framectxid = h->keyframe || h->intraonly || h->errorres ? 0 : f->frame_context_idx;
    s->ss_h = s->ss_v = 1;
    s->bpp_index      = (h->bpp - 8) / 2;
    s->bytesperpixel  = (h->bpp + 7) / 8;
    s->pix_fmt        = h->bpp == 10 ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P;
    set_loop_filter(s, &f->lf);
    set_segmentation(s, f);
}

void vp9_reset_contexts(VP9Context *s, const struct v4l2_ctrl_vp9_frame *f)
{
    bool all = s->s.h.keyframe || s->s.h.errorres ||
               (s->s.h.intraonly && f->reset_frame_context == V4L2_VP9_RESET_FRAME_CTX_ALL);
    bool one = s->s.h.intraonly && f->reset_frame_context == V4L2_VP9_RESET_FRAME_CTX_SPEC;

    for (int i = 0; i < V4L2_VP9_NUM_FRAME_CTX; i++) {
        if (!all && !(one && i == f->frame_context_idx))
            continue;
        s->prob_ctx[i].p = ff_vp9_default_probs;
        memcpy(s->prob_ctx[i].coef, ff_vp9_default_coef_probs, sizeof(s->prob_ctx[i].coef));
    }
}

static int inv_recenter(int delta, int prob)
{
    if (delta > 2 * prob)
        return delta;
    return delta & 1 ? prob - (delta + 1) / 2 : prob + delta / 2;
}

/* 6.3.8 inv_remap_prob(), after the map of the delta */
static uint8_t merge(uint8_t delta, uint8_t prob)
{
    int value = prob;

    if (delta)
        value = prob <= 128 ? 1 + inv_recenter(delta, prob - 1) :
                              255 - inv_recenter(delta, 255 - prob);
    return av_clip(value, 1, 255);
}

static void merge_all(void *probs, const void *deltas, size_t count)
{
    uint8_t *p = probs;

    for (size_t i = 0; i < count; i++)
        p[i] = merge(((const uint8_t *)deltas)[i], p[i]);
}

static void replace_all(void *probs, const void *values, size_t count)
{
    uint8_t *p = probs;

    for (size_t i = 0; i < count; i++)
        p[i] = ((const uint8_t *)values)[i] ? ((const uint8_t *)values)[i] : p[i];
}

#define MERGE(probs, deltas) do { \
    static_assert(sizeof(probs) == sizeof(deltas), "other layout"); \
    merge_all(&(probs), &(deltas), sizeof(probs)); \
} while (0)

#define REPLACE(probs, values) do { \
    static_assert(sizeof(probs) == sizeof(values), "other layout"); \
    replace_all(&(probs), &(values), sizeof(probs)); \
} while (0)

static void set_coef_probs(VP9Context *s, const struct v4l2_ctrl_vp9_compressed_hdr *c)
{
    const uint8_t (*old)[2][2][6][6][3] = s->prob_ctx[s->s.h.framectxid].coef;

    for (int i = 0; i < 4 * 2 * 2 * 6 * 6; i++) {
        uint8_t *p = (uint8_t *)s->prob.coef + i * 11;

        for (int n = 0; n < 3; n++)
            p[n] = merge(((const uint8_t *)c->coef)[i * 3 + n], ((const uint8_t *)old)[i * 3 + n]);
        /* Contexts that do not exist have zeros. */
        memcpy(p + 3, ff_vp9_model_pareto8[FFMAX(p[2], 1)], 8);
    }
}

static void set_mv_probs(ProbContext *p, const struct v4l2_vp9_mv_probs *mv)
{
    REPLACE(p->mv_joint, mv->joint);
    for (int i = 0; i < 2; i++) {
        REPLACE(p->mv_comp[i].sign, mv->sign[i]);
        REPLACE(p->mv_comp[i].classes, mv->classes[i]);
        REPLACE(p->mv_comp[i].class0, mv->class0_bit[i]);
        REPLACE(p->mv_comp[i].bits, mv->bits[i]);
        REPLACE(p->mv_comp[i].class0_fp, mv->class0_fr[i]);
        REPLACE(p->mv_comp[i].fp, mv->fr[i]);
        REPLACE(p->mv_comp[i].class0_hp, mv->class0_hp[i]);
        REPLACE(p->mv_comp[i].hp, mv->hp[i]);
    }
}

void vp9_set_probs(VP9Context *s, const struct v4l2_ctrl_vp9_compressed_hdr *c)
{
    ProbContext *p = &s->prob.p;

    *p = s->prob_ctx[s->s.h.framectxid].p;
    set_coef_probs(s, c);
    MERGE(p->tx8p, c->tx8);
    MERGE(p->tx16p, c->tx16);
    MERGE(p->tx32p, c->tx32);
    MERGE(p->skip, c->skip);
    MERGE(p->mv_mode, c->inter_mode);
    MERGE(p->filter, c->interp_filter);
    MERGE(p->intra, c->is_inter);
    MERGE(p->comp, c->comp_mode);
    MERGE(p->single_ref, c->single_ref);
    MERGE(p->comp_ref, c->comp_ref);
    MERGE(p->y_mode, c->y_mode);
    /* libavcodec has the largest block first. */
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            MERGE(p->partition[3 - i][j], c->partition[4 * i + j]);
    set_mv_probs(p, &c->mv);
}

void vp9_save_context(VP9Context *s)
{
    uint8_t (*coef)[2][2][6][6][3] = s->prob_ctx[s->s.h.framectxid].coef;

    if (!s->s.h.refreshctx)
        return;
    if (!s->s.h.parallelmode) {
        ff_vp9_adapt_probs(s);
        return;
    }
    for (int i = 0; i < 4 * 2 * 2 * 6 * 6; i++)
        memcpy((uint8_t *)coef + i * 3, (uint8_t *)s->prob.coef + i * 11, 3);
    s->prob_ctx[s->s.h.framectxid].p = s->prob.p;
}
