/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HEVC reference picture sets: derived from syntax elements, and compared with
 * what the client derived; clauses are of Rec. ITU-T H.265
 */

#include "check.h"
#include "hevc_model.h"

static void add(struct hevc_rps *rps, int32_t delta, bool used, bool use_delta)
{
    int sign = delta > 0, n = rps->count[sign];

    if (!use_delta || !delta || n == HEVC_DPB)
        return;
    rps->delta[sign][n] = delta;
    rps->used[sign][n] = used;
    rps->count[sign]++;
}

static void add_if(struct hevc_rps *rps, int sign, int32_t delta, uint32_t used,
                   uint32_t use_delta, int j)
{
    if ((delta > 0) == sign)
        add(rps, delta, used >> j & 1, use_delta >> j & 1);
}

void hevc_predict_set(struct hevc_rps *rps, const struct hevc_rps *ref, int delta,
                      uint32_t used, uint32_t use_delta)
{
    int negative = ref->count[0], total = ref->count[0] + ref->count[1];

    *rps = (struct hevc_rps) { 0 };
    for (int sign = 0; sign < 2; sign++) {
        int other = !sign, base[2] = { 0, negative };

        for (int j = ref->count[other] - 1; j >= 0; j--)
            add_if(rps, sign, ref->delta[other][j] + delta, used, use_delta, base[other] + j);
        add_if(rps, sign, delta, used, use_delta, total);
        for (int j = 0; j < ref->count[sign]; j++)
            add_if(rps, sign, ref->delta[sign][j] + delta, used, use_delta, base[sign] + j);
    }
}

static void derive_explicit(struct hevc_rps *rps, const struct v4l2_ctrl_hevc_ext_sps_st_rps *ctrl)
{
    int count[2] = { ctrl->num_negative_pics, ctrl->num_positive_pics };

    *rps = (struct hevc_rps) { 0 };
    for (int sign = 0, bit = 0; sign < 2; sign++) {
        const uint16_t *minus1 = sign ? ctrl->delta_poc_s1_minus1 : ctrl->delta_poc_s0_minus1;
        int32_t poc = 0;

        for (int i = 0; i < count[sign]; i++, bit++) {
            poc += sign ? minus1[i] + 1 : -(minus1[i] + 1);
            add(rps, poc, ctrl->used_by_curr_pic >> bit & 1, true);
        }
    }
}

int hevc_derive_sets(struct model *m, const struct hevc_controls *ctrl,
                     struct hevc_rps set[HEVC_SETS])
{
    int count = ctrl->sps->num_short_term_ref_pic_sets, ret;

    if (!ctrl->st_rps || !count)
        return 0;
    if (count > HEVC_SETS || ctrl->num_st_rps != count)
        return model_fail(m, "%d elements of EXT_SPS_ST_RPS for %d sets", ctrl->num_st_rps, count);
    for (int i = 0; i < count; i++) {
        const struct v4l2_ctrl_hevc_ext_sps_st_rps *rps = &ctrl->st_rps[i];
        int delta = rps->abs_delta_rps_minus1 + 1, flags;

        ret = model_check(m, !rps->delta_idx_minus1 && rps->delta_rps_sign < 2 && rps->flags < 2,
                          "EXT_SPS_ST_RPS[%d] with undefined values", i);
        if (ret < 0)
            return ret;
        if (!(rps->flags & V4L2_HEVC_EXT_SPS_ST_RPS_FLAG_INTER_REF_PIC_SET_PRED)) {
            derive_explicit(&set[i], rps);
            ret = model_check(m, !rps->delta_rps_sign && !rps->abs_delta_rps_minus1 &&
                              !rps->use_delta_flag && !((uint64_t)rps->used_by_curr_pic >>
                              (rps->num_negative_pics + rps->num_positive_pics)),
                              "EXT_SPS_ST_RPS[%d] is explicit and predicted", i);
            if (ret < 0)
                return ret;
            continue;
        }
        if (!i)
            return model_fail(m, "the first set of the SPS is predicted");
        flags = set[i - 1].count[0] + set[i - 1].count[1] + 1;
        ret = model_check(m, !(rps->used_by_curr_pic & ~rps->use_delta_flag) &&
                          !((uint64_t)rps->use_delta_flag >> flags) &&
                          !rps->num_negative_pics && !rps->num_positive_pics,
                          "EXT_SPS_ST_RPS[%d] has flags of no picture", i);
        if (ret < 0)
            return ret;
        hevc_predict_set(&set[i], &set[i - 1], rps->delta_rps_sign ? -delta : delta,
                         rps->used_by_curr_pic, rps->use_delta_flag);
    }
    return count;
}

/* One of the two lists of short-term pictures, in its order. */
static int check_short(struct model *m, const struct hevc_controls *ctrl,
                       const struct hevc_slice *slice, int sign)
{
    const struct v4l2_ctrl_hevc_decode_params *decode = ctrl->decode;
    const uint8_t *list = sign ? decode->poc_st_curr_after : decode->poc_st_curr_before;
    int count = sign ? decode->num_poc_st_curr_after : decode->num_poc_st_curr_before;
    const struct hevc_rps *rps = &slice->rps;
    int n = 0, ret;

    for (int i = 0; i < rps->count[sign]; i++) {
        int32_t poc = decode->pic_order_cnt_val + rps->delta[sign][i];

        if (!rps->used[sign][i])
            continue;
        ret = model_check(m, n < count && decode->dpb[list[n]].pic_order_cnt_val == poc,
                          "reference %d of poc_st_curr_%s is not POC %d of the slice header", n,
                          sign ? "after" : "before", poc);
        if (ret < 0)
            return ret;
        n++;
    }
    return model_check(m, n == count, "num_poc_st_curr_%s is %d, not %d",
                       sign ? "after" : "before", count, n);
}

static int check_long(struct model *m, const struct hevc_controls *ctrl,
                      const struct hevc_slice *slice)
{
    const struct v4l2_ctrl_hevc_decode_params *decode = ctrl->decode;
    int32_t mask = (1 << (ctrl->sps->log2_max_pic_order_cnt_lsb_minus4 + 4)) - 1;
    int n = 0, ret;

    for (int i = 0; i < slice->num_long; i++) {
        int32_t poc;

        if (!slice->lt[i].known)
            return 0;
        if (!slice->lt[i].used)
            continue;
        poc = n < decode->num_poc_lt_curr ?
              decode->dpb[decode->poc_lt_curr[n]].pic_order_cnt_val : 0;
        ret = model_check(m, n < decode->num_poc_lt_curr &&
                          (slice->lt[i].has_msb ? poc : poc & mask) == slice->lt[i].poc,
                          "long-term reference %d is not POC %d of the slice header", n,
                          slice->lt[i].poc);
        if (ret < 0)
            return ret;
        n++;
    }
    return model_check(m, n == decode->num_poc_lt_curr, "num_poc_lt_curr is %d, not %d",
                       decode->num_poc_lt_curr, n);
}

int hevc_check_rps(struct model *m, const struct hevc_controls *ctrl,
                   const struct hevc_slice *slice)
{
    int ret = 0;

    /* Nothing is left of the set at a BLA picture (8.3.2). */
    if (hevc_is_irap(slice->params.nal_unit_type))
        return model_check(m, !hevc_num_references(ctrl->decode), "references of an IRAP picture");
    for (int sign = 0; slice->rps_known && !ret && sign < 2; sign++)
        ret = check_short(m, ctrl, slice, sign);
    return ret ? ret : check_long(m, ctrl, slice);
}
