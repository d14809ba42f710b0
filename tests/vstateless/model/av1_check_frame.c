/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AV1: what a frame header says twice, and what it inherits. Section numbers are
 * those of the AV1 specification.
 */

#include <errno.h>
#include <string.h>

#include "av1.h"
#include "check.h"
#include "model.h"

#define HAS(flag)	(!!(f->flags & V4L2_AV1_FRAME_FLAG_ ## flag))
#define SEQ(flag)	(!!(ctrl->sequence->flags & V4L2_AV1_SEQUENCE_FLAG_ ## flag))

/* 5.9.2: flags that follow from the frame type. */
static int check_type(struct model *m, const struct av1_controls *ctrl)
{
    const struct v4l2_ctrl_av1_frame *f = ctrl->frame;
    bool key = f->frame_type == V4L2_AV1_KEY_FRAME, intra = av1_is_intra(f);
    bool whole = f->frame_type == V4L2_AV1_SWITCH_FRAME || (key && HAS(SHOW_FRAME));

    if (av1_need(m, !intra || f->primary_ref_frame == AV1_NO_PRIMARY, "primary_ref_frame of an intra frame") ||
        av1_need(m, !intra || !(HAS(REFERENCE_SELECT) || HAS(USE_REF_FRAME_MVS) || HAS(ALLOW_WARPED_MOTION)),
                 "flags of inter prediction in an intra frame") ||
        av1_need(m, !HAS(ALLOW_INTRABC) || (intra && HAS(ALLOW_SCREEN_CONTENT_TOOLS) && !HAS(USE_SUPERRES)),
                 "intra block copy where it cannot be") ||
        av1_need(m, !HAS(USE_REF_FRAME_MVS) || SEQ(ENABLE_REF_FRAME_MVS),
                 "motion vectors of references, but not in the sequence"))
        return -EINVAL;
    return model_check(m, !(f->flags >> 20), "undefined bits in the frame's flags") ||
           model_check(m, !HAS(SHOW_FRAME) || HAS(SHOWABLE_FRAME) == !key, "SHOWABLE_FRAME of a shown frame") ||
           model_check(m, !whole || HAS(ERROR_RESILIENT_MODE), "a frame that has to be error resilient") ||
           model_check(m, !whole || f->refresh_frame_flags == 0xff, "refresh_frame_flags 0x%x",
                       f->refresh_frame_flags) ||
           model_check(m, !HAS(ERROR_RESILIENT_MODE) ||
                       (f->primary_ref_frame == AV1_NO_PRIMARY && !HAS(USE_REF_FRAME_MVS) &&
                        !HAS(ALLOW_WARPED_MOTION)), "an error resilient frame inherits") ||
           model_check(m, !HAS(ALLOW_WARPED_MOTION) || SEQ(ENABLE_WARPED_MOTION),
                       "warped motion, but not in the sequence") ||
           model_check(m, !HAS(FORCE_INTEGER_MV) || intra || HAS(ALLOW_SCREEN_CONTENT_TOOLS),
                       "integer vectors without screen content tools") ||
           model_check(m, !HAS(FORCE_INTEGER_MV) || !HAS(ALLOW_HIGH_PRECISION_MV),
                       "vectors are integer and precise") ||
           model_check(m, !HAS(DISABLE_CDF_UPDATE) || HAS(DISABLE_FRAME_END_UPDATE_CDF),
                       "CDFs are kept that were not updated") ||
           model_check(m, !HAS(FRAME_REFS_SHORT_SIGNALING) || (SEQ(ENABLE_ORDER_HINT) && !intra),
                       "short signalling without order hints") ||
           model_check(m, f->order_hint >> ctrl->sequence->order_hint_bits == 0, "order_hint %u",
                       f->order_hint) ? -EINVAL : 0;
}

static int check_quantization(struct model *m, const struct av1_controls *ctrl)
{
    const struct v4l2_av1_quantization *q = &ctrl->frame->quantization;
    bool diff = q->flags & V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA;
    bool matrix = q->flags & V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX;
    bool delta = q->flags & V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT;
    const int8_t deltas[] = { q->delta_q_y_dc, q->delta_q_u_dc, q->delta_q_u_ac,
                              q->delta_q_v_dc, q->delta_q_v_ac };

    for (size_t i = 0; i < sizeof(deltas); i++)
        if (av1_need(m, deltas[i] >= -64 && deltas[i] <= 63, "quantiser delta %d", deltas[i]))
            return -EINVAL;
    if (av1_need(m, q->qm_y <= 15 && q->qm_u <= 15 && q->qm_v <= 15 && q->delta_q_res <= 3 &&
                 !(q->flags >> 3), "quantiser out of range") ||
        av1_need(m, !delta || q->base_q_idx, "quantiser changes where there is none"))
        return -EINVAL;
    return model_check(m, !diff || SEQ(SEPARATE_UV_DELTA_Q), "DIFF_UV_DELTA, but not in the sequence") ||
           model_check(m, diff || (q->delta_q_u_dc == q->delta_q_v_dc && q->delta_q_u_ac == q->delta_q_v_ac),
                       "unequal chroma quantisers without DIFF_UV_DELTA") ||
           model_check(m, matrix || !(q->qm_y || q->qm_u || q->qm_v), "matrix levels without USING_QMATRIX") ||
           model_check(m, delta || !q->delta_q_res, "delta_q_res without DELTA_Q_PRESENT") ? -EINVAL : 0;
}

/* 5.9.14; a feature that is off has no value. */
static int check_features(struct model *m, const struct v4l2_av1_segmentation *s)
{
    static const int16_t min[8] = { -255, -63, -63, -63, -63 };
    static const int16_t max[8] = { 255, 63, 63, 63, 63, 7 };
    bool preskip = false;
    int last = 0;

    for (int i = 0; i < V4L2_AV1_MAX_SEGMENTS; i++) {
        for (int j = 0; j < V4L2_AV1_SEG_LVL_MAX; j++) {
            bool on = s->feature_enabled[i] >> j & 1;

            if (av1_need(m, s->feature_data[i][j] >= min[j] && s->feature_data[i][j] <= max[j],
                         "feature %d of segment %d is %d", j, i, s->feature_data[i][j]) ||
                model_check(m, on || !s->feature_data[i][j], "feature %d of segment %d is off", j, i))
                return -EINVAL;
            if (on)
                last = i;
            preskip |= on && j >= V4L2_AV1_SEG_LVL_REF_FRAME;
        }
    }
    return av1_need(m, s->last_active_seg_id <= 7, "last_active_seg_id %d", s->last_active_seg_id) ||
           model_check(m, s->last_active_seg_id == last, "last_active_seg_id %d instead of %d",
                       s->last_active_seg_id, last) ||
           model_check(m, preskip == !!(s->flags & V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP),
                       "SEG_ID_PRE_SKIP") ? -EINVAL : 0;
}

static int check_segmentation(struct model *m, const struct av1_controls *ctrl,
                              const struct av1_past *const past[AV1_SLOTS])
{
    const struct v4l2_av1_segmentation *s = &ctrl->frame->segmentation, *old;
    const struct av1_past *primary = av1_primary(ctrl->frame, past);
    bool map = s->flags & V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP;
    bool temporal = s->flags & V4L2_AV1_SEGMENTATION_FLAG_TEMPORAL_UPDATE;
    bool data = s->flags & V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA;

    if (!(s->flags & V4L2_AV1_SEGMENTATION_FLAG_ENABLED)) {
        static const struct v4l2_av1_segmentation off;

        return model_check(m, !memcmp(s, &off, sizeof(off)), "segmentation is off, but has parameters");
    }
    if (check_features(m, s) ||
        av1_need(m, primary || (map && data && !temporal), "segmentation inherits from nothing") ||
        av1_need(m, map || !temporal, "TEMPORAL_UPDATE without UPDATE_MAP") ||
        model_check(m, !(s->flags >> 5), "undefined bits in segmentation"))
        return -EINVAL;
    if (data)
        return 0;
    old = &primary->frame.segmentation;
    return model_check(m, !memcmp(old->feature_enabled, s->feature_enabled, sizeof(s->feature_enabled)) &&
                       !memcmp(old->feature_data, s->feature_data, sizeof(s->feature_data)),
                       "features are not those of the primary reference");
}

/* 5.9.24 and 7.11.3.6 */
static int check_global_motion(struct model *m, const struct v4l2_ctrl_av1_frame *f)
{
    const struct v4l2_av1_global_motion *gm = &f->global_motion;
    static const int32_t identity[6] = { 0, 0, 1 << 16, 0, 0, 1 << 16 };

    for (int i = 1; i <= AV1_REFS; i++) {
        const int32_t *p = gm->params[i];
        bool global = gm->flags[i] & V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL;
        bool zoom = gm->flags[i] & V4L2_AV1_GLOBAL_MOTION_FLAG_IS_ROT_ZOOM;
        bool translation = gm->flags[i] & V4L2_AV1_GLOBAL_MOTION_FLAG_IS_TRANSLATION;
        uint32_t type = !global ? V4L2_AV1_WARP_MODEL_IDENTITY : zoom ? V4L2_AV1_WARP_MODEL_ROTZOOM :
                        translation ? V4L2_AV1_WARP_MODEL_TRANSLATION : V4L2_AV1_WARP_MODEL_AFFINE;

        if (av1_need(m, gm->type[i] == type && !(gm->flags[i] >> 3), "global motion %d of type %d, flags 0x%x",
                     i, gm->type[i], gm->flags[i]) ||
            model_check(m, zoom + translation <= global, "global motion %d: flags 0x%x that are not coded", i,
                        gm->flags[i]) ||
            model_check(m, global || !memcmp(p, identity, sizeof(identity)), "global motion %d is none", i) ||
            model_check(m, type != V4L2_AV1_WARP_MODEL_ROTZOOM || (p[4] == -p[3] && p[5] == p[2]),
                        "global motion %d does not rotate", i) ||
            model_check(m, av1_warp_invalid(gm, i) == (gm->invalid >> i & 1), "global motion %d: invalid", i) ||
            av1_need(m, !av1_is_intra(f) || !global, "global motion in an intra frame"))
            return -EINVAL;
    }
    return model_check(m, !(gm->invalid & 1), "global motion of intra prediction");
}

static int distance(const struct av1_controls *ctrl, uint32_t a, uint32_t b)
{
    int bits = ctrl->sequence->order_hint_bits, diff = a - b, sign = bits ? 1 << (bits - 1) : 0;

    return bits ? (diff & (sign - 1)) - (diff & sign) : 0;
}

/* The reference nearest before (sign -1) or behind (sign 1) a hint; 0: none. */
static int nearest(const struct av1_controls *ctrl, const struct av1_past *const past[AV1_SLOTS],
                   uint32_t hint, int sign, uint32_t *found)
{
    int name = 0;

    for (int i = 1; i <= AV1_REFS; i++) {
        uint32_t ref = past[ctrl->frame->ref_frame_idx[i - 1]]->frame.order_hint;

        if (distance(ctrl, ref, hint) * sign > 0 && (!name || distance(ctrl, ref, *found) * sign < 0)) {
            name = i;
            *found = ref;
        }
    }
    return name;
}

/* 5.9.22 */
static int check_skip_mode(struct model *m, const struct av1_controls *ctrl,
                           const struct av1_past *const past[AV1_SLOTS])
{
    const struct v4l2_ctrl_av1_frame *f = ctrl->frame;
    uint32_t hint, other;
    int a = 0, b = 0;

    if (!av1_is_intra(f) && HAS(REFERENCE_SELECT) && SEQ(ENABLE_ORDER_HINT)) {
        a = nearest(ctrl, past, f->order_hint, -1, &hint);
        if (a)
            b = nearest(ctrl, past, f->order_hint, 1, &other);
        if (a && !b)
            b = nearest(ctrl, past, hint, -1, &other);
    }
    if (!b)
        a = 0;
    return av1_need(m, f->skip_mode_frame[0] <= 7 && f->skip_mode_frame[1] <= 7, "skip_mode_frame") ||
           av1_need(m, !HAS(SKIP_MODE_PRESENT) || (f->skip_mode_frame[0] && f->skip_mode_frame[1]),
                    "skip mode without references") ||
           model_check(m, HAS(SKIP_MODE_ALLOWED) == !!a, "SKIP_MODE_ALLOWED") ||
           model_check(m, !HAS(SKIP_MODE_PRESENT) || a, "SKIP_MODE_PRESENT where it is not allowed") ||
           model_check(m, f->skip_mode_frame[0] == (a < b ? a : b) && f->skip_mode_frame[1] == (a < b ? b : a),
                       "skip mode of %d and %d instead of %d and %d", f->skip_mode_frame[0],
                       f->skip_mode_frame[1], a < b ? a : b, a < b ? b : a) ? -EINVAL : 0;
}

int av1_check_frame(struct model *m, const struct av1_controls *ctrl,
                    const struct av1_past *const past[AV1_SLOTS])
{
    const struct v4l2_ctrl_av1_frame *f = ctrl->frame;

    return check_type(m, ctrl) || check_quantization(m, ctrl) || check_segmentation(m, ctrl, past) ||
           check_global_motion(m, f) || check_skip_mode(m, ctrl, past) ||
           av1_need(m, av1_lossless(f) == (f->tx_mode == V4L2_AV1_TX_MODE_ONLY_4X4), "tx_mode %d",
                    f->tx_mode) ? -EINVAL : 0;
}
