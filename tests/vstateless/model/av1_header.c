/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AV1: dav1d's headers, filled from the controls
 */

#include "src/internal.h"
#include "src/warpmv.h"

#include "av1.h"

void av1_fill_sequence(Dav1dSequenceHeader *hdr, const struct v4l2_ctrl_av1_sequence *s)
{
#define SEQ(flag) (!!(s->flags & V4L2_AV1_SEQUENCE_FLAG_ ## flag))
    *hdr = (Dav1dSequenceHeader) {
        .profile             = s->seq_profile,
        .max_width           = s->max_frame_width_minus_1 + 1,
        .max_height          = s->max_frame_height_minus_1 + 1,
        .layout              = SEQ(MONO_CHROME) ? DAV1D_PIXEL_LAYOUT_I400 : DAV1D_PIXEL_LAYOUT_I420,
        /* 0 would be RGB, which film grain clips otherwise. */
        .mtrx                = DAV1D_MC_UNKNOWN,
        .hbd                 = s->bit_depth == 10,
        .color_range         = SEQ(COLOR_RANGE),
        .still_picture       = SEQ(STILL_PICTURE),
        .sb128               = SEQ(USE_128X128_SUPERBLOCK),
        .filter_intra        = SEQ(ENABLE_FILTER_INTRA),
        .intra_edge_filter   = SEQ(ENABLE_INTRA_EDGE_FILTER),
        .inter_intra         = SEQ(ENABLE_INTERINTRA_COMPOUND),
        .masked_compound     = SEQ(ENABLE_MASKED_COMPOUND),
        .warped_motion       = SEQ(ENABLE_WARPED_MOTION),
        .dual_filter         = SEQ(ENABLE_DUAL_FILTER),
        .order_hint          = SEQ(ENABLE_ORDER_HINT),
        .jnt_comp            = SEQ(ENABLE_JNT_COMP),
        .ref_frame_mvs       = SEQ(ENABLE_REF_FRAME_MVS),
        .order_hint_n_bits   = s->order_hint_bits,
        .super_res           = SEQ(ENABLE_SUPERRES),
        .cdef                = SEQ(ENABLE_CDEF),
        .restoration         = SEQ(ENABLE_RESTORATION),
        .ss_hor              = SEQ(SUBSAMPLING_X),
        .ss_ver              = SEQ(SUBSAMPLING_Y),
        .monochrome          = SEQ(MONO_CHROME),
        .separate_uv_delta_q = SEQ(SEPARATE_UV_DELTA_Q),
        .film_grain_present  = SEQ(FILM_GRAIN_PARAMS_PRESENT),
    };
#undef SEQ
}

static int log2_ceil(int n)
{
    int log2 = 0;

    while (1 << log2 < n)
        log2++;
    return log2;
}

static void fill_tiling(Dav1dFrameHeader *hdr, const struct v4l2_av1_tile_info *t, int sb128)
{
    int shift = sb128 ? 5 : 4, round = (1 << shift) - 1;

    hdr->tiling.uniform   = t->flags & V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING;
    hdr->tiling.n_bytes   = t->tile_size_bytes;
    hdr->tiling.cols      = t->tile_cols;
    hdr->tiling.rows      = t->tile_rows;
    hdr->tiling.log2_cols = log2_ceil(t->tile_cols);
    hdr->tiling.log2_rows = log2_ceil(t->tile_rows);
    hdr->tiling.update    = t->context_update_tile_id;
    for (int i = 0; i < t->tile_cols; i++)
        hdr->tiling.col_start_sb[i] = t->mi_col_starts[i] >> shift;
    for (int i = 0; i < t->tile_rows; i++)
        hdr->tiling.row_start_sb[i] = t->mi_row_starts[i] >> shift;
    /* The end comes from the frame's size, which decides about dav1d's memory. */
    hdr->tiling.col_start_sb[t->tile_cols] = (2 * ((hdr->width[0] + 7) >> 3) + round) >> shift;
    hdr->tiling.row_start_sb[t->tile_rows] = (2 * ((hdr->height + 7) >> 3) + round) >> shift;
}

static void fill_quantization(Dav1dFrameHeader *hdr, const struct v4l2_av1_quantization *q)
{
    hdr->quant.yac       = q->base_q_idx;
    hdr->quant.ydc_delta = q->delta_q_y_dc;
    hdr->quant.udc_delta = q->delta_q_u_dc;
    hdr->quant.uac_delta = q->delta_q_u_ac;
    hdr->quant.vdc_delta = q->delta_q_v_dc;
    hdr->quant.vac_delta = q->delta_q_v_ac;
    hdr->quant.qm        = !!(q->flags & V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX);
    hdr->quant.qm_y      = q->qm_y;
    hdr->quant.qm_u      = q->qm_u;
    hdr->quant.qm_v      = q->qm_v;
    hdr->delta.q.present  = !!(q->flags & V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT);
    hdr->delta.q.res_log2 = q->delta_q_res;
}

static void fill_segmentation(Dav1dFrameHeader *hdr, const struct v4l2_av1_segmentation *s)
{
    Dav1dSegmentationDataSet *set = &hdr->segmentation.seg_data;

    hdr->segmentation.enabled     = !!(s->flags & V4L2_AV1_SEGMENTATION_FLAG_ENABLED);
    hdr->segmentation.update_map  = !!(s->flags & V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP);
    hdr->segmentation.temporal    = !!(s->flags & V4L2_AV1_SEGMENTATION_FLAG_TEMPORAL_UPDATE);
    hdr->segmentation.update_data = !!(s->flags & V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA);
    set->preskip           = !!(s->flags & V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP);
    set->last_active_segid = s->last_active_seg_id;
    for (int i = 0; i < V4L2_AV1_MAX_SEGMENTS; i++) {
        const __s16 *data = s->feature_data[i];
        int on = s->feature_enabled[i];

        set->d[i] = (Dav1dSegmentationData) {
            .delta_q      = on & 1 << 0 ? data[0] : 0,
            .delta_lf_y_v = on & 1 << 1 ? data[1] : 0,
            .delta_lf_y_h = on & 1 << 2 ? data[2] : 0,
            .delta_lf_u   = on & 1 << 3 ? data[3] : 0,
            .delta_lf_v   = on & 1 << 4 ? data[4] : 0,
            .ref          = on & 1 << V4L2_AV1_SEG_LVL_REF_FRAME ? data[5] : -1,
            .skip         = !!(on & 1 << V4L2_AV1_SEG_LVL_REF_SKIP),
            .globalmv     = !!(on & 1 << V4L2_AV1_SEG_LVL_REF_GLOBALMV),
        };
    }
}

/* What dav1d derives as it parses: after quantisers and segments. */
static void fill_lossless(Dav1dFrameHeader *hdr)
{
    int deltas = hdr->quant.ydc_delta || hdr->quant.udc_delta || hdr->quant.uac_delta ||
                 hdr->quant.vdc_delta || hdr->quant.vac_delta;

    hdr->all_lossless = 1;
    for (int i = 0; i < DAV1D_MAX_SEGMENTS; i++) {
        int q = hdr->quant.yac;

        if (hdr->segmentation.enabled)
            q += hdr->segmentation.seg_data.d[i].delta_q;
        hdr->segmentation.qidx[i]     = q < 0 ? 0 : q > 255 ? 255 : q;
        hdr->segmentation.lossless[i] = !hdr->segmentation.qidx[i] && !deltas;
        hdr->all_lossless &= hdr->segmentation.lossless[i];
    }
}

static void fill_filters(Dav1dFrameHeader *hdr, const struct v4l2_ctrl_av1_frame *f)
{
    static const enum Dav1dRestorationType types[4] = {
        [V4L2_AV1_FRAME_RESTORE_NONE]       = DAV1D_RESTORATION_NONE,
        [V4L2_AV1_FRAME_RESTORE_WIENER]     = DAV1D_RESTORATION_WIENER,
        [V4L2_AV1_FRAME_RESTORE_SGRPROJ]    = DAV1D_RESTORATION_SGRPROJ,
        [V4L2_AV1_FRAME_RESTORE_SWITCHABLE] = DAV1D_RESTORATION_SWITCHABLE,
    };
    const struct v4l2_av1_loop_filter *lf = &f->loop_filter;
    const struct v4l2_av1_cdef *c = &f->cdef;
    const struct v4l2_av1_loop_restoration *lr = &f->loop_restoration;

    hdr->delta.lf.present  = !!(lf->flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT);
    hdr->delta.lf.res_log2 = lf->delta_lf_res;
    hdr->delta.lf.multi    = !!(lf->flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI);
    hdr->loopfilter.level_y[0] = lf->level[0];
    hdr->loopfilter.level_y[1] = lf->level[1];
    hdr->loopfilter.level_u    = lf->level[2];
    hdr->loopfilter.level_v    = lf->level[3];
    hdr->loopfilter.sharpness  = lf->sharpness;
    hdr->loopfilter.mode_ref_delta_enabled = !!(lf->flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED);
    hdr->loopfilter.mode_ref_delta_update  = !!(lf->flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_UPDATE);
    memcpy(hdr->loopfilter.mode_ref_deltas.ref_delta, lf->ref_deltas, sizeof(lf->ref_deltas));
    memcpy(hdr->loopfilter.mode_ref_deltas.mode_delta, lf->mode_deltas, sizeof(lf->mode_deltas));

    hdr->cdef.damping = c->damping_minus_3 + 3;
    hdr->cdef.n_bits  = c->bits;
    /* The secondary strength as it is coded. */
    for (int i = 0; i < V4L2_AV1_CDEF_MAX; i++) {
        hdr->cdef.y_strength[i]  = c->y_pri_strength[i] << 2 | (c->y_sec_strength[i] - (c->y_sec_strength[i] == 4));
        hdr->cdef.uv_strength[i] = c->uv_pri_strength[i] << 2 | (c->uv_sec_strength[i] - (c->uv_sec_strength[i] == 4));
    }
    for (int i = 0; i < 3; i++)
        hdr->restoration.type[i] = types[lr->frame_restoration_type[i]];
    hdr->restoration.unit_size[0] = lr->flags ? log2_ceil(lr->loop_restoration_size[0]) : 8;
    hdr->restoration.unit_size[1] = lr->flags ? log2_ceil(lr->loop_restoration_size[1]) : 8;
}

bool av1_warp_invalid(const struct v4l2_av1_global_motion *gm, int ref)
{
    Dav1dWarpedMotionParams wm = { .type = DAV1D_WM_TYPE_AFFINE };

    memcpy(wm.matrix, gm->params[ref], sizeof(wm.matrix));
    return dav1d_get_shear_params(&wm);
}

static void fill_grain(Dav1dFrameHeader *hdr, const struct v4l2_ctrl_av1_film_grain *g)
{
    Dav1dFilmGrainData *d = &hdr->film_grain.data;

    hdr->film_grain.present = 1;
    hdr->film_grain.update  = !!(g->flags & V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN);
    *d = (Dav1dFilmGrainData) {
        .seed                     = g->grain_seed,
        .num_y_points             = g->num_y_points,
        .chroma_scaling_from_luma = !!(g->flags & V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA),
        .num_uv_points            = { g->num_cb_points, g->num_cr_points },
        .scaling_shift            = g->grain_scaling_minus_8 + 8,
        .ar_coeff_lag             = g->ar_coeff_lag,
        .ar_coeff_shift           = g->ar_coeff_shift_minus_6 + 6,
        .grain_scale_shift        = g->grain_scale_shift,
        .uv_mult                  = { g->cb_mult - 128, g->cr_mult - 128 },
        .uv_luma_mult             = { g->cb_luma_mult - 128, g->cr_luma_mult - 128 },
        .uv_offset                = { g->cb_offset - 256, g->cr_offset - 256 },
        .overlap_flag             = !!(g->flags & V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP),
        .clip_to_restricted_range = !!(g->flags & V4L2_AV1_FILM_GRAIN_FLAG_CLIP_TO_RESTRICTED_RANGE),
    };
    for (int i = 0; i < g->num_y_points; i++) {
        d->y_points[i][0] = g->point_y_value[i];
        d->y_points[i][1] = g->point_y_scaling[i];
    }
    for (int i = 0; i < g->num_cb_points; i++) {
        d->uv_points[0][i][0] = g->point_cb_value[i];
        d->uv_points[0][i][1] = g->point_cb_scaling[i];
    }
    for (int i = 0; i < g->num_cr_points; i++) {
        d->uv_points[1][i][0] = g->point_cr_value[i];
        d->uv_points[1][i][1] = g->point_cr_scaling[i];
    }
    for (int i = 0; i < 24; i++)
        d->ar_coeffs_y[i] = g->ar_coeffs_y_plus_128[i] - 128;
    /* The last one is luma's weight, which is not coded without luma points. */
    for (int i = 0; i < 25; i++) {
        int used = g->num_y_points || i < 2 * g->ar_coeff_lag * (g->ar_coeff_lag + 1);

        d->ar_coeffs_uv[0][i] = used ? g->ar_coeffs_cb_plus_128[i] - 128 : 0;
        d->ar_coeffs_uv[1][i] = used ? g->ar_coeffs_cr_plus_128[i] - 128 : 0;
    }
}

static void fill_prediction(Dav1dFrameHeader *hdr, const struct v4l2_ctrl_av1_frame *f)
{
#define HAS(flag) (!!(f->flags & V4L2_AV1_FRAME_FLAG_ ## flag))
    hdr->show_frame                 = HAS(SHOW_FRAME);
    hdr->showable_frame             = HAS(SHOWABLE_FRAME);
    hdr->error_resilient_mode       = HAS(ERROR_RESILIENT_MODE);
    hdr->disable_cdf_update         = HAS(DISABLE_CDF_UPDATE);
    hdr->allow_screen_content_tools = HAS(ALLOW_SCREEN_CONTENT_TOOLS);
    hdr->force_integer_mv           = HAS(FORCE_INTEGER_MV);
    hdr->frame_size_override        = HAS(FRAME_SIZE_OVERRIDE);
    hdr->super_res.enabled          = HAS(USE_SUPERRES);
    hdr->allow_intrabc              = HAS(ALLOW_INTRABC);
    hdr->frame_ref_short_signaling  = HAS(FRAME_REFS_SHORT_SIGNALING);
    hdr->hp                         = HAS(ALLOW_HIGH_PRECISION_MV);
    hdr->switchable_motion_mode     = HAS(IS_MOTION_MODE_SWITCHABLE);
    hdr->use_ref_frame_mvs          = HAS(USE_REF_FRAME_MVS);
    hdr->refresh_context            = !HAS(DISABLE_FRAME_END_UPDATE_CDF);
    hdr->switchable_comp_refs       = HAS(REFERENCE_SELECT);
    hdr->skip_mode_allowed          = HAS(SKIP_MODE_ALLOWED);
    hdr->skip_mode_enabled          = HAS(SKIP_MODE_PRESENT);
    hdr->warp_motion                = HAS(ALLOW_WARPED_MOTION);
    hdr->reduced_txtp_set           = HAS(REDUCED_TX_SET);
#undef HAS
    hdr->skip_mode_refs[0]  = f->skip_mode_frame[0] - 1;
    hdr->skip_mode_refs[1]  = f->skip_mode_frame[1] - 1;
    hdr->subpel_filter_mode = (enum Dav1dFilterMode)f->interpolation_filter;
    hdr->txfm_mode          = (enum Dav1dTxfmMode)f->tx_mode;
    for (int i = 0; i < AV1_REFS; i++) {
        hdr->refidx[i]   = f->ref_frame_idx[i];
        hdr->gmv[i].type = (enum Dav1dWarpedMotionType)f->global_motion.type[i + 1];
        memcpy(hdr->gmv[i].matrix, f->global_motion.params[i + 1], sizeof(hdr->gmv[i].matrix));
    }
}

void av1_fill_frame(Dav1dFrameHeader *hdr, const struct av1_controls *ctrl)
{
    const struct v4l2_ctrl_av1_frame *f = ctrl->frame;

    *hdr = (Dav1dFrameHeader) {
        .frame_type          = (enum Dav1dFrameType)f->frame_type,
        .width               = { f->frame_width_minus_1 + 1, f->upscaled_width },
        .height              = f->frame_height_minus_1 + 1,
        .frame_offset        = f->order_hint,
        .frame_id            = f->current_frame_id,
        .primary_ref_frame   = f->primary_ref_frame,
        /* All: what the frame leaves behind is then found in slot 0. */
        .refresh_frame_flags = 0xff,
        .render_width        = f->render_width_minus_1 + 1,
        .render_height       = f->render_height_minus_1 + 1,
        .super_res.width_scale_denominator = f->superres_denom,
    };
    fill_prediction(hdr, f);
    fill_tiling(hdr, &f->tile_info, !!(ctrl->sequence->flags & V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK));
    fill_quantization(hdr, &f->quantization);
    fill_segmentation(hdr, &f->segmentation);
    fill_lossless(hdr);
    fill_filters(hdr, f);
    if (ctrl->grain && (ctrl->grain->flags & V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN))
        fill_grain(hdr, ctrl->grain);
}
