/*
 * This file is part of FFmpeg.
 *
 * FFmpeg is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * FFmpeg is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with FFmpeg; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA
 */

/**
 * @file
 * AV1: the frame header and the film grain parameters as controls. Sections are
 * those of the AV1 specification.
 *
 * All of it is in AV1RawFrameHeader and AV1Frame. The coded bitstream context
 * (AV1DecContext.cbc) must not be asked: it has parsed all frames of the packet
 * and describes the last one.
 */

#include <string.h>

#include "libavutil/common.h"
#include "libavutil/macros.h"

#include "av1.h"
#include "v4l2_request_av1.h"

#define FLAG(cond, flag) ((cond) ? (flag) : 0)

static int is_intra(const AV1RawFrameHeader *h)
{
    return h->frame_type == AV1_FRAME_KEY || h->frame_type == AV1_FRAME_INTRA_ONLY;
}

static int superres_denom(const AV1RawFrameHeader *h)
{
    return h->use_superres ? h->coded_denom + AV1_SUPERRES_DENOM_MIN : AV1_SUPERRES_NUM;
}

/** FrameWidth (5.9.8): what is coded, before it is scaled to UpscaledWidth. */
static int frame_width(const AV1RawFrameHeader *h)
{
    int denom = superres_denom(h);

    return ((h->frame_width_minus_1 + 1) * AV1_SUPERRES_NUM + denom / 2) / denom;
}

/** MiCols, MiRows (5.9.9): an even number of units of 4 pixels. */
static int mode_info_units(int pixels)
{
    return 2 * ((pixels + 7) >> 3);
}

static void fill_tile_info(struct v4l2_av1_tile_info *ctrl, const AV1RawFrameHeader *h,
                           const AV1RawSequenceHeader *seq)
{
    int shift = seq->use_128x128_superblock ? 5 : 4;

    ctrl->flags = FLAG(h->uniform_tile_spacing_flag, V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING);
    ctrl->context_update_tile_id = h->context_update_tile_id;
    ctrl->tile_cols              = h->tile_cols;
    ctrl->tile_rows              = h->tile_rows;
    ctrl->tile_size_bytes        = h->tile_size_bytes_minus1 + 1;

    /* The last tile ends with the frame, not with its superblock (5.9.15). */
    for (int i = 0; i < h->tile_cols; i++) {
        ctrl->mi_col_starts[i]        = h->tile_start_col_sb[i] << shift;
        ctrl->width_in_sbs_minus_1[i] = h->width_in_sbs_minus_1[i];
    }
    ctrl->mi_col_starts[h->tile_cols] = mode_info_units(frame_width(h));
    for (int i = 0; i < h->tile_rows; i++) {
        ctrl->mi_row_starts[i]         = h->tile_start_row_sb[i] << shift;
        ctrl->height_in_sbs_minus_1[i] = h->height_in_sbs_minus_1[i];
    }
    ctrl->mi_row_starts[h->tile_rows] = mode_info_units(h->frame_height_minus_1 + 1);
}

static void fill_quantization(struct v4l2_av1_quantization *ctrl, const AV1RawFrameHeader *h)
{
    *ctrl = (struct v4l2_av1_quantization) {
        .flags        = FLAG(h->diff_uv_delta,   V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA) |
                        FLAG(h->using_qmatrix,   V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX) |
                        FLAG(h->delta_q_present, V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT),
        .base_q_idx   = h->base_q_idx,
        .delta_q_y_dc = h->delta_q_y_dc,
        .delta_q_u_dc = h->delta_q_u_dc,
        .delta_q_u_ac = h->delta_q_u_ac,
        .delta_q_v_dc = h->delta_q_v_dc,
        .delta_q_v_ac = h->delta_q_v_ac,
        .qm_y         = h->qm_y,
        .qm_u         = h->qm_u,
        .qm_v         = h->qm_v,
        .delta_q_res  = h->delta_q_res,
    };
}

static void fill_segmentation(struct v4l2_av1_segmentation *ctrl, const AV1RawFrameHeader *h)
{
    /* Segmentation_Feature_Max and _Signed (5.9.14): FFmpeg keeps what is
     * coded, but the feature is the clipped value. */
    static const struct {
        int16_t min, max;
    } range[AV1_SEG_LVL_MAX] = {
        { -255, 255 }, { -63, 63 }, { -63, 63 }, { -63, 63 }, { -63, 63 }, { 0, 7 }
    };

    ctrl->flags =
        FLAG(h->segmentation_enabled,         V4L2_AV1_SEGMENTATION_FLAG_ENABLED) |
        FLAG(h->segmentation_update_map,      V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP) |
        FLAG(h->segmentation_temporal_update, V4L2_AV1_SEGMENTATION_FLAG_TEMPORAL_UPDATE) |
        FLAG(h->segmentation_update_data,     V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA);

    for (int i = 0; i < AV1_MAX_SEGMENTS; i++) {
        for (int j = 0; j < AV1_SEG_LVL_MAX; j++) {
            if (!h->feature_enabled[i][j])
                continue;
            ctrl->feature_enabled[i] |= V4L2_AV1_SEGMENT_FEATURE_ENABLED(j);
            ctrl->feature_data[i][j]  = av_clip(h->feature_value[i][j], range[j].min, range[j].max);
            ctrl->last_active_seg_id  = i;
            if (j >= V4L2_AV1_SEG_LVL_REF_FRAME)
                ctrl->flags |= V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP;
        }
    }
}

/**
 * The deltas stay those that load_previous() took from the primary reference
 * (7.20, 7.21), switched off or not. FFmpeg's reader takes the defaults instead
 * where loop_filter_delta_enabled is 0, and hands them on to later frames.
 */
static void fill_loop_filter_deltas(struct v4l2_av1_loop_filter *ctrl, const AV1DecContext *s)
{
    const AV1RawFrameHeader *h = s->raw_frame_header;
    const V4L2RequestAV1Picture *ref;

    /* It is right about frames without reference, lossless ones and block copy (5.9.11). */
    memcpy(ctrl->ref_deltas,  h->loop_filter_ref_deltas,  sizeof(ctrl->ref_deltas));
    memcpy(ctrl->mode_deltas, h->loop_filter_mode_deltas, sizeof(ctrl->mode_deltas));
    if (h->primary_ref_frame == AV1_PRIMARY_REF_NONE || s->cur_frame.coded_lossless || h->allow_intrabc)
        return;

    ref = s->ref[h->ref_frame_idx[h->primary_ref_frame]].hwaccel_picture_private;
    if (!ref)
        return;
    for (int i = 0; i < FF_ARRAY_ELEMS(ctrl->ref_deltas); i++) {
        if (!h->loop_filter_delta_update || !h->update_ref_delta[i])
            ctrl->ref_deltas[i] = ref->frame.loop_filter.ref_deltas[i];
    }
    for (int i = 0; i < FF_ARRAY_ELEMS(ctrl->mode_deltas); i++) {
        if (!h->loop_filter_delta_update || !h->update_mode_delta[i])
            ctrl->mode_deltas[i] = ref->frame.loop_filter.mode_deltas[i];
    }
}

static void fill_loop_filter(struct v4l2_av1_loop_filter *ctrl, const AV1DecContext *s)
{
    const AV1RawFrameHeader *h = s->raw_frame_header;

    ctrl->flags =
        FLAG(h->loop_filter_delta_enabled, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED) |
        FLAG(h->loop_filter_delta_update,  V4L2_AV1_LOOP_FILTER_FLAG_DELTA_UPDATE) |
        FLAG(h->delta_lf_present,          V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT) |
        FLAG(h->delta_lf_multi,            V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI);
    ctrl->sharpness    = h->loop_filter_sharpness;
    ctrl->delta_lf_res = h->delta_lf_res;
    memcpy(ctrl->level, h->loop_filter_level, sizeof(ctrl->level));
    fill_loop_filter_deltas(ctrl, s);
}

/** Secondary strengths are coded as 0, 1, 2 and 4 (5.9.19). */
static int sec_strength(int coded)
{
    return coded == 3 ? 4 : coded;
}

static void fill_cdef(struct v4l2_av1_cdef *ctrl, const AV1RawFrameHeader *h)
{
    ctrl->damping_minus_3 = h->cdef_damping_minus_3;
    ctrl->bits            = h->cdef_bits;
    for (int i = 0; i < 1 << h->cdef_bits; i++) {
        ctrl->y_pri_strength[i]  = h->cdef_y_pri_strength[i];
        ctrl->y_sec_strength[i]  = sec_strength(h->cdef_y_sec_strength[i]);
        ctrl->uv_pri_strength[i] = h->cdef_uv_pri_strength[i];
        ctrl->uv_sec_strength[i] = sec_strength(h->cdef_uv_sec_strength[i]);
    }
}

static void fill_loop_restoration(struct v4l2_av1_loop_restoration *ctrl,
                                  const AV1RawFrameHeader *h)
{
    /* Remap_Lr_Type (5.9.20) */
    static const uint8_t type[4] = {
        V4L2_AV1_FRAME_RESTORE_NONE,   V4L2_AV1_FRAME_RESTORE_SWITCHABLE,
        V4L2_AV1_FRAME_RESTORE_WIENER, V4L2_AV1_FRAME_RESTORE_SGRPROJ,
    };

    for (int i = 0; i < V4L2_AV1_NUM_PLANES_MAX; i++) {
        ctrl->frame_restoration_type[i] = type[h->lr_type[i]];
        if (h->lr_type[i])
            ctrl->flags |= V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR |
                           FLAG(i > 0, V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR);
    }
    if (!ctrl->flags)
        return;

    ctrl->lr_unit_shift = h->lr_unit_shift;
    ctrl->lr_uv_shift   = h->lr_uv_shift;
    /* RESTORATION_TILESIZE_MAX >> (2 - lr_unit_shift) */
    ctrl->loop_restoration_size[0] = 64 << h->lr_unit_shift;
    ctrl->loop_restoration_size[1] = 64 << h->lr_unit_shift >> h->lr_uv_shift;
    ctrl->loop_restoration_size[2] = 64 << h->lr_unit_shift >> h->lr_uv_shift;
}

static void fill_global_motion(struct v4l2_av1_global_motion *ctrl, const AV1DecContext *s)
{
    const AV1RawFrameHeader *h = s->raw_frame_header;
    const AV1Frame *frame = &s->cur_frame;

    for (int ref = V4L2_AV1_REF_LAST_FRAME; ref <= V4L2_AV1_REF_ALTREF_FRAME; ref++) {
        ctrl->type[ref] = frame->gm_type[ref];
        for (int i = 0; i < 6; i++)
            ctrl->params[ref][i] = frame->gm_params[ref][i];

        /* Intra frames have none; AV1Frame then keeps what an older one had. */
        if (is_intra(h))
            continue;
        ctrl->flags[ref] =
            FLAG(h->is_global[ref],      V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL) |
            FLAG(h->is_rot_zoom[ref],    V4L2_AV1_GLOBAL_MOTION_FLAG_IS_ROT_ZOOM) |
            FLAG(h->is_translation[ref], V4L2_AV1_GLOBAL_MOTION_FLAG_IS_TRANSLATION);
        ctrl->invalid |= FLAG(frame->gm_invalid[ref], V4L2_AV1_GLOBAL_MOTION_IS_INVALID(ref));
    }
}

static uint32_t frame_flags(const AV1DecContext *s)
{
    const AV1RawFrameHeader *h = s->raw_frame_header;
    const AV1Frame *frame = &s->cur_frame;
    /* The coded bitstream reader does not infer it for a reduced header. */
    int resilient = h->error_resilient_mode || s->raw_seq->reduced_still_picture_header;

    return
        FLAG(h->show_frame,                       V4L2_AV1_FRAME_FLAG_SHOW_FRAME) |
        FLAG(h->showable_frame,                   V4L2_AV1_FRAME_FLAG_SHOWABLE_FRAME) |
        FLAG(resilient,                           V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE) |
        FLAG(h->disable_cdf_update,               V4L2_AV1_FRAME_FLAG_DISABLE_CDF_UPDATE) |
        FLAG(h->allow_screen_content_tools,       V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS) |
        FLAG(frame->force_integer_mv,             V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV) |
        FLAG(h->allow_intrabc,                    V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC) |
        FLAG(h->use_superres,                     V4L2_AV1_FRAME_FLAG_USE_SUPERRES) |
        FLAG(h->allow_high_precision_mv,          V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV) |
        FLAG(h->is_motion_mode_switchable,        V4L2_AV1_FRAME_FLAG_IS_MOTION_MODE_SWITCHABLE) |
        FLAG(h->use_ref_frame_mvs,                V4L2_AV1_FRAME_FLAG_USE_REF_FRAME_MVS) |
        FLAG(h->disable_frame_end_update_cdf,     V4L2_AV1_FRAME_FLAG_DISABLE_FRAME_END_UPDATE_CDF) |
        FLAG(h->allow_warped_motion,              V4L2_AV1_FRAME_FLAG_ALLOW_WARPED_MOTION) |
        FLAG(h->reference_select,                 V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT) |
        FLAG(h->reduced_tx_set,                   V4L2_AV1_FRAME_FLAG_REDUCED_TX_SET) |
        /* skipModeAllowed (5.9.22) is when there are two frames for it. */
        FLAG(frame->skip_mode_frame_idx[0],       V4L2_AV1_FRAME_FLAG_SKIP_MODE_ALLOWED) |
        FLAG(h->skip_mode_present,                V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT) |
        FLAG(h->frame_size_override_flag,         V4L2_AV1_FRAME_FLAG_FRAME_SIZE_OVERRIDE) |
        FLAG(h->buffer_removal_time_present_flag, V4L2_AV1_FRAME_FLAG_BUFFER_REMOVAL_TIME_PRESENT) |
        FLAG(h->frame_refs_short_signaling,       V4L2_AV1_FRAME_FLAG_FRAME_REFS_SHORT_SIGNALING);
}

void ff_v4l2_request_av1_fill_frame(struct v4l2_ctrl_av1_frame *ctrl, const AV1DecContext *s)
{
    const AV1RawFrameHeader *h = s->raw_frame_header;

    *ctrl = (struct v4l2_ctrl_av1_frame) {
        .superres_denom       = superres_denom(h),
        .skip_mode_frame      = { s->cur_frame.skip_mode_frame_idx[0],
                                  s->cur_frame.skip_mode_frame_idx[1] },
        .primary_ref_frame    = h->primary_ref_frame,
        .flags                = frame_flags(s),
        .frame_type           = h->frame_type,
        .order_hint           = h->order_hint,
        .upscaled_width       = h->frame_width_minus_1 + 1,
        .interpolation_filter = h->interpolation_filter,
        .tx_mode              = h->tx_mode,
        .frame_width_minus_1  = frame_width(h) - 1,
        .frame_height_minus_1 = h->frame_height_minus_1,
        .render_width_minus_1 = h->render_width_minus_1,
        .render_height_minus_1 = h->render_height_minus_1,
        .current_frame_id     = h->current_frame_id,
        .refresh_frame_flags  = h->refresh_frame_flags,
    };
    fill_tile_info(&ctrl->tile_info, h, s->raw_seq);
    fill_quantization(&ctrl->quantization, h);
    fill_segmentation(&ctrl->segmentation, h);
    fill_loop_filter(&ctrl->loop_filter, s);
    fill_cdef(&ctrl->cdef, h);
    fill_loop_restoration(&ctrl->loop_restoration, h);
    fill_global_motion(&ctrl->global_motion, s);
    for (int i = 0; i < V4L2_AV1_MAX_OPERATING_POINTS; i++)
        ctrl->buffer_removal_time[i] = h->buffer_removal_time[i];

    /* Intra frames refer to nothing; FFmpeg looks up hints for slot 0 then. */
    if (is_intra(h))
        return;
    for (int i = V4L2_AV1_REF_LAST_FRAME; i <= V4L2_AV1_REF_ALTREF_FRAME; i++)
        ctrl->order_hints[i] = s->cur_frame.order_hints[i];
    for (int i = 0; i < V4L2_AV1_REFS_PER_FRAME; i++)
        ctrl->ref_frame_idx[i] = h->ref_frame_idx[i];
}

static void fill_grain_points(struct v4l2_ctrl_av1_film_grain *ctrl,
                              const AV1RawFilmGrainParams *fg)
{
    ctrl->num_y_points  = fg->num_y_points;
    ctrl->num_cb_points = fg->num_cb_points;
    ctrl->num_cr_points = fg->num_cr_points;
    memcpy(ctrl->point_y_value,    fg->point_y_value,    sizeof(fg->point_y_value));
    memcpy(ctrl->point_y_scaling,  fg->point_y_scaling,  sizeof(fg->point_y_scaling));
    memcpy(ctrl->point_cb_value,   fg->point_cb_value,   sizeof(fg->point_cb_value));
    memcpy(ctrl->point_cb_scaling, fg->point_cb_scaling, sizeof(fg->point_cb_scaling));
    memcpy(ctrl->point_cr_value,   fg->point_cr_value,   sizeof(fg->point_cr_value));
    memcpy(ctrl->point_cr_scaling, fg->point_cr_scaling, sizeof(fg->point_cr_scaling));
}

void ff_v4l2_request_av1_fill_film_grain(struct v4l2_ctrl_av1_film_grain *ctrl,
                                         const AV1DecContext *s)
{
    /* Parameters of a reference (load_grain_params(), 6.8.20) are here already;
     * whether and from where they were loaded is in the header alone. */
    const AV1RawFilmGrainParams *coded = &s->raw_frame_header->film_grain;
    const AV1RawFilmGrainParams *fg = &s->cur_frame.film_grain;

    *ctrl = (struct v4l2_ctrl_av1_film_grain) {
        .flags =
            FLAG(fg->apply_grain,              V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN) |
            FLAG(coded->update_grain,          V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN) |
            FLAG(fg->chroma_scaling_from_luma, V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA) |
            FLAG(fg->overlap_flag,             V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP) |
            FLAG(fg->clip_to_restricted_range, V4L2_AV1_FILM_GRAIN_FLAG_CLIP_TO_RESTRICTED_RANGE),
        .cr_mult                   = fg->cr_mult,
        .grain_seed                = fg->grain_seed,
        .film_grain_params_ref_idx = coded->film_grain_params_ref_idx,
        .grain_scaling_minus_8     = fg->grain_scaling_minus_8,
        .ar_coeff_lag              = fg->ar_coeff_lag,
        .ar_coeff_shift_minus_6    = fg->ar_coeff_shift_minus_6,
        .grain_scale_shift         = fg->grain_scale_shift,
        .cb_mult                   = fg->cb_mult,
        .cb_luma_mult              = fg->cb_luma_mult,
        .cr_luma_mult              = fg->cr_luma_mult,
        .cb_offset                 = fg->cb_offset,
        .cr_offset                 = fg->cr_offset,
    };
    fill_grain_points(ctrl, fg);
    memcpy(ctrl->ar_coeffs_y_plus_128,  fg->ar_coeffs_y_plus_128,  sizeof(fg->ar_coeffs_y_plus_128));
    memcpy(ctrl->ar_coeffs_cb_plus_128, fg->ar_coeffs_cb_plus_128, sizeof(fg->ar_coeffs_cb_plus_128));
    memcpy(ctrl->ar_coeffs_cr_plus_128, fg->ar_coeffs_cr_plus_128, sizeof(fg->ar_coeffs_cr_plus_128));
}
