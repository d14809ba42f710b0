/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AV1: loop filter, CDEF, loop restoration and film grain. Section numbers are
 * those of the AV1 specification.
 */

#include <errno.h>
#include <string.h>

#include "av1.h"
#include "check.h"
#include "model.h"

#define SEQ(flag)	(!!(ctrl->sequence->flags & V4L2_AV1_SEQUENCE_FLAG_ ## flag))

bool av1_lossless(const struct v4l2_ctrl_av1_frame *f)
{
    const struct v4l2_av1_quantization *q = &f->quantization;

    if (q->delta_q_y_dc || q->delta_q_u_dc || q->delta_q_u_ac || q->delta_q_v_dc || q->delta_q_v_ac)
        return false;
    for (int i = 0; i < V4L2_AV1_MAX_SEGMENTS; i++)
        if (q->base_q_idx + f->segmentation.feature_data[i][V4L2_AV1_SEG_LVL_ALT_Q] > 0)
            return false;
    return true;
}

/* What turns the filters off: 5.9.11, 5.9.19, 5.9.20. */
static bool unfiltered(const struct v4l2_ctrl_av1_frame *f)
{
    return av1_lossless(f) || (f->flags & V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC);
}

static int check_loop_filter(struct model *m, const struct v4l2_ctrl_av1_frame *f,
                             const struct av1_past *primary)
{
    static const int8_t deltas[8] = { 1, 0, 0, 0, -1, 0, -1, -1 }, modes[2];
    const struct v4l2_av1_loop_filter *lf = &f->loop_filter;
    const int8_t *ref = primary ? primary->frame.loop_filter.ref_deltas : deltas;
    const int8_t *mode = primary ? primary->frame.loop_filter.mode_deltas : modes;
    bool present = lf->flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT;
    bool enabled = lf->flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED;
    bool update = lf->flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_UPDATE;

    for (int i = 0; i < 8; i++)
        if (av1_need(m, lf->ref_deltas[i] >= -64 && lf->ref_deltas[i] <= 63, "ref_deltas[%d]", i))
            return -EINVAL;
    return av1_need(m, lf->level[0] <= 63 && lf->level[1] <= 63 && lf->level[2] <= 63 &&
                    lf->level[3] <= 63 && lf->sharpness <= 7 && lf->delta_lf_res <= 3 &&
                    lf->mode_deltas[0] >= -64 && lf->mode_deltas[0] <= 63 &&
                    lf->mode_deltas[1] >= -64 && lf->mode_deltas[1] <= 63 && !(lf->flags >> 4),
                    "loop filter out of range") ||
           av1_need(m, !unfiltered(f) || (!lf->level[0] && !lf->level[1]), "loop filter is on") ||
           model_check(m, !present || (f->quantization.flags & V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT),
                       "DELTA_LF_PRESENT without DELTA_Q_PRESENT") ||
           model_check(m, present || !(lf->delta_lf_res ||
                                       (lf->flags & V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI)),
                       "changes of the loop filter without DELTA_LF_PRESENT") ||
           model_check(m, enabled || !update, "DELTA_UPDATE without DELTA_ENABLED") ||
           model_check(m, !enabled || update || (!memcmp(lf->ref_deltas, ref, 8) &&
                                                 !memcmp(lf->mode_deltas, mode, 2)),
                       "loop filter deltas are not those of the primary reference") ? -EINVAL : 0;
}

static int check_cdef(struct model *m, const struct av1_controls *ctrl)
{
    const struct v4l2_av1_cdef *c = &ctrl->frame->cdef;
    bool raw = false, any = c->damping_minus_3 || c->bits;

    if (av1_need(m, c->damping_minus_3 <= 3 && c->bits <= 3, "CDEF out of range"))
        return -EINVAL;
    for (int i = 0; i < 1 << c->bits; i++) {
        if (av1_need(m, !SEQ(MONO_CHROME) || !(c->uv_pri_strength[i] || c->uv_sec_strength[i]),
                     "CDEF of chroma in monochrome") ||
            av1_need(m, c->y_pri_strength[i] <= 15 && c->uv_pri_strength[i] <= 15 &&
                     c->y_sec_strength[i] <= 4 && c->uv_sec_strength[i] <= 4, "CDEF strengths"))
            return -EINVAL;
        raw |= c->y_sec_strength[i] == 3 || c->uv_sec_strength[i] == 3;
        any |= c->y_pri_strength[i] || c->uv_pri_strength[i] || c->y_sec_strength[i] ||
               c->uv_sec_strength[i];
    }
    if (model_check(m, !any || (SEQ(ENABLE_CDEF) && !unfiltered(ctrl->frame)), "CDEF is on"))
        return -EINVAL;
    return raw ? model_warn(m, MODEL_QUIRK_CDEF, "secondary strength 3, which is coded for 4") : 0;
}

static int check_restoration(struct model *m, const struct av1_controls *ctrl)
{
    const struct v4l2_av1_loop_restoration *lr = &ctrl->frame->loop_restoration;
    bool luma = lr->frame_restoration_type[0];
    bool chroma = lr->frame_restoration_type[1] || lr->frame_restoration_type[2];
    uint32_t size = 64u << (lr->lr_unit_shift & 3);
    bool possible = SEQ(ENABLE_RESTORATION) && !(ctrl->frame->flags & V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC) &&
                    (!av1_lossless(ctrl->frame) || (ctrl->frame->flags & V4L2_AV1_FRAME_FLAG_USE_SUPERRES));

    for (int i = 0; i < 3; i++)
        if (av1_need(m, lr->frame_restoration_type[i] <= V4L2_AV1_FRAME_RESTORE_SWITCHABLE,
                     "frame_restoration_type[%d]", i))
            return -EINVAL;
    if (model_check(m, !!(lr->flags & V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR) == (luma || chroma) &&
                    !(lr->flags >> 2), "loop restoration flags 0x%x", lr->flags) ||
        (!!(lr->flags & V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR) != chroma &&
         model_warn(m, MODEL_QUIRK_CHROMA_LR, "USES_CHROMA_LR")) ||
        av1_need(m, possible || !(luma || chroma), "loop restoration is on") ||
        av1_need(m, !SEQ(MONO_CHROME) || !chroma, "loop restoration of chroma in monochrome"))
        return -EINVAL;
    if (!luma && !chroma)
        return 0;
    return av1_need(m, lr->lr_unit_shift <= 2 && lr->lr_uv_shift <= 1 &&
                    lr->lr_unit_shift >= SEQ(USE_128X128_SUPERBLOCK), "loop restoration shifts") ||
           av1_need(m, lr->loop_restoration_size[0] == size &&
                    lr->loop_restoration_size[1] == size >> lr->lr_uv_shift &&
                    lr->loop_restoration_size[2] == size >> lr->lr_uv_shift,
                    "loop_restoration_size %u, %u, %u with shifts %d and %d", lr->loop_restoration_size[0],
                    lr->loop_restoration_size[1], lr->loop_restoration_size[2], lr->lr_unit_shift,
                    lr->lr_uv_shift) ||
           model_check(m, chroma || !lr->lr_uv_shift, "lr_uv_shift without chroma") ? -EINVAL : 0;
}

/* dav1d builds its tables from points that it takes to be in order. */
static int check_points(struct model *m, const uint8_t *value, int count, int max, const char *name)
{
    if (av1_need(m, count <= max, "%d film grain points of %s", count, name))
        return -EINVAL;
    for (int i = 1; i < count; i++)
        if (av1_need(m, value[i] > value[i - 1], "film grain points of %s are not in order", name))
            return -EINVAL;
    return 0;
}

/* load_grain_params() (6.8.20): all but the seed is that of the reference. */
static int check_loaded_grain(struct model *m, const struct av1_controls *ctrl,
                              const struct av1_past *const past[AV1_SLOTS])
{
    const struct v4l2_ctrl_av1_film_grain *g = ctrl->grain;
    struct v4l2_ctrl_av1_film_grain old, now = *g;
    bool found = false;

    for (int i = 0; i < AV1_REFS; i++)
        found |= ctrl->frame->ref_frame_idx[i] == g->film_grain_params_ref_idx;
    if (model_check(m, found && past[g->film_grain_params_ref_idx & 7], "film_grain_params_ref_idx %d",
                    g->film_grain_params_ref_idx))
        return -EINVAL;
    if (!past[g->film_grain_params_ref_idx & 7])
        return 0;
    old = past[g->film_grain_params_ref_idx & 7]->grain;
    old.grain_seed = now.grain_seed = 0;
    old.film_grain_params_ref_idx = now.film_grain_params_ref_idx = 0;
    old.flags &= ~V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN;
    return model_check(m, !memcmp(&old, &now, sizeof(now)), "film grain is not that of the reference");
}

static int check_grain(struct model *m, const struct av1_controls *ctrl,
                       const struct av1_past *const past[AV1_SLOTS])
{
    const struct v4l2_ctrl_av1_film_grain *g = ctrl->grain;
    bool visible = ctrl->frame->flags & (V4L2_AV1_FRAME_FLAG_SHOW_FRAME | V4L2_AV1_FRAME_FLAG_SHOWABLE_FRAME);
    bool update;

    if (!g || !(g->flags & V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN))
        return 0;
    update = g->flags & V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN;
    if (check_points(m, g->point_y_value, g->num_y_points, 14, "Y") ||
        check_points(m, g->point_cb_value, g->num_cb_points, 10, "Cb") ||
        check_points(m, g->point_cr_value, g->num_cr_points, 10, "Cr") ||
        av1_need(m, !SEQ(MONO_CHROME) || !(g->num_cb_points || g->num_cr_points ||
                 (g->flags & V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA)), "film grain of chroma in monochrome") ||
        av1_need(m, !g->num_cb_points == !g->num_cr_points, "film grain of one chroma component") ||
        av1_need(m, g->ar_coeff_lag <= 3 && g->grain_scaling_minus_8 <= 3 && g->ar_coeff_shift_minus_6 <= 3 &&
                 g->grain_scale_shift <= 3 && g->cb_offset < 512 && g->cr_offset < 512 && !(g->flags >> 5),
                 "film grain out of range") ||
        av1_need(m, g->film_grain_params_ref_idx <= 7, "film_grain_params_ref_idx") ||
        model_check(m, SEQ(FILM_GRAIN_PARAMS_PRESENT) && visible, "film grain where there is none"))
        return -EINVAL;
    if (ctrl->frame->frame_type != V4L2_AV1_INTER_FRAME)
        return model_check(m, update, "film grain has to be updated");
    return update ? 0 : check_loaded_grain(m, ctrl, past);
}

int av1_check_filters(struct model *m, const struct av1_controls *ctrl,
                      const struct av1_past *const past[AV1_SLOTS])
{
    return check_loop_filter(m, ctrl->frame, av1_primary(ctrl->frame, past)) || check_cdef(m, ctrl) ||
           check_restoration(m, ctrl) || check_grain(m, ctrl, past) ? -EINVAL : 0;
}
