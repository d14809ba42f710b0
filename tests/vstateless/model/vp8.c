/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VP8: libavcodec's macroblock decoder, everything above it from the control
 *
 * The decoder's source is included for its static functions. None of its
 * header parsing runs: this file fills the context from the control and goes
 * on where the control says that the header ends.
 */

#include "libavcodec/vp8.c"

#include <stdbool.h>

#include <linux/videodev2.h>

#include "check.h"
#include "codecs.h"
#include "model.h"
#include "vp8.h"

struct vp8 {
    AVCodecContext *avctx;
    VP8Frame last;			/* of the previous job, for its segment map */
    struct vp8_history history;
};

static void vp8_close(void *state)
{
    struct vp8 *s = state;

    vp8_release_frame(&s->last);
    avcodec_free_context(&s->avctx);
    av_free(s);
}

static void *vp8_open(struct model *m)
{
    struct vp8 *s = av_mallocz(sizeof(*s));

    if (!s)
        return NULL;
    s->avctx = avcodec_alloc_context3(&ff_vp8_decoder.p);
    if (s->avctx) {
        s->avctx->opaque = m;
        s->avctx->thread_count = 1;
        s->avctx->err_recognition = AV_EF_EXPLODE;
    }
    if (!s->avctx || avcodec_open2(s->avctx, &ff_vp8_decoder.p, NULL) < 0) {
        vp8_close(s);
        return NULL;
    }
    return s;
}

static void vp8_flush(void *state)
{
    struct vp8 *s = state;

    vp8_release_frame(&s->last);
    s->history.valid = false;
}

static void vp8_free_picture(void *picture)
{
    vp8_release_frame(picture);
    av_free(picture);
}

static VP8Frame *new_picture(struct model *m, VP8Context *vp8)
{
    VP8Frame *picture = av_mallocz(sizeof(*picture));

    if (!picture || vp8_alloc_frame(vp8, picture, 1) < 0) {
        av_free(picture);
        model_fail(m, "out of memory");
        return NULL;
    }
    return picture;
}

/* The decoder's buffers have the size of the picture. */
static int set_size(struct model *m, struct vp8 *s, const struct v4l2_ctrl_vp8_frame *frame)
{
    VP8Context *vp8 = s->avctx->priv_data;

    if (vp8->macroblocks_base && s->avctx->width == frame->width && s->avctx->height == frame->height)
        return 0;
    vp8_release_frame(&s->last);
    vp8_decode_flush_impl(s->avctx, 1);
    if (ff_set_dimensions(s->avctx, frame->width, frame->height) < 0 ||
        vp8_update_dimensions(vp8, frame->width, frame->height) < 0)
        return model_fail(m, "cannot set up a decoder of %dx%d", frame->width, frame->height);
    return 0;
}

/* 9.3, 9.6, 15.2 */
static void set_header(VP8Context *vp8, const struct v4l2_ctrl_vp8_frame *frame)
{
    uint32_t segment = frame->segment.flags;

    vp8->keyframe       = !!(frame->flags & V4L2_VP8_FRAME_FLAG_KEY_FRAME);
    vp8->profile        = frame->version;
    vp8->mbskip_enabled = !!(frame->flags & V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF);
    vp8->sign_bias[VP8_FRAME_GOLDEN] = !!(frame->flags & V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN);
    vp8->sign_bias[VP8_FRAME_ALTREF] = !!(frame->flags & V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT);

    vp8->segmentation.enabled       = !!(segment & V4L2_VP8_SEGMENT_FLAG_ENABLED);
    vp8->segmentation.update_map    = !!(segment & V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP);
    vp8->segmentation.absolute_vals = !(segment & V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE);

    vp8->filter.simple    = !!(frame->lf.flags & V4L2_VP8_LF_FILTER_TYPE_SIMPLE);
    vp8->filter.level     = frame->lf.level;
    vp8->filter.sharpness = frame->lf.sharpness_level;
    vp8->deblock_filter   = !!frame->lf.level;
    vp8->lf_delta.enabled = !!(frame->lf.flags & V4L2_VP8_LF_ADJ_ENABLE);
    for (int i = 0; i < 4; i++) {
        vp8->segmentation.base_quant[i]   = frame->segment.quant_update[i];
        vp8->segmentation.filter_level[i] = frame->segment.lf_update[i];
        vp8->lf_delta.ref[i]              = frame->lf.ref_frm_delta[i];
        vp8->lf_delta.mode[MODE_I4x4 + i] = frame->lf.mb_mode_delta[i];
    }
    if (vp8->profile)
        memcpy(vp8->put_pixels_tab, vp8->vp8dsp.put_vp8_bilinear_pixels_tab, sizeof(vp8->put_pixels_tab));
    else
        memcpy(vp8->put_pixels_tab, vp8->vp8dsp.put_vp8_epel_pixels_tab, sizeof(vp8->put_pixels_tab));
}

/* 9.6, 14.1 */
static void set_quantisers(VP8Context *vp8, const struct v4l2_vp8_quantization *quant)
{
    for (int i = 0; i < 4; i++) {
        int q = quant->y_ac_qi;

        if (vp8->segmentation.enabled)
            q = vp8->segmentation.base_quant[i] + (vp8->segmentation.absolute_vals ? 0 : q);
        vp8->qmat[i].luma_qmul[0]    = vp8_dc_qlookup[av_clip(q + quant->y_dc_delta, 0, 127)];
        vp8->qmat[i].luma_qmul[1]    = vp8_ac_qlookup[av_clip(q, 0, 127)];
        vp8->qmat[i].luma_dc_qmul[0] = vp8_dc_qlookup[av_clip(q + quant->y2_dc_delta, 0, 127)] * 2;
        vp8->qmat[i].luma_dc_qmul[1] =
            FFMAX(vp8_ac_qlookup[av_clip(q + quant->y2_ac_delta, 0, 127)] * 155 / 100, 8);
        vp8->qmat[i].chroma_qmul[0]  =
            FFMIN(vp8_dc_qlookup[av_clip(q + quant->uv_dc_delta, 0, 127)], 132);
        vp8->qmat[i].chroma_qmul[1]  = vp8_ac_qlookup[av_clip(q + quant->uv_ac_delta, 0, 127)];
    }
}

static void set_probabilities(VP8Context *vp8, const struct v4l2_ctrl_vp8_frame *frame)
{
    const struct v4l2_vp8_entropy *entropy = &frame->entropy;

    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 16; j++)
            memcpy(vp8->prob->token[i][j], entropy->coeff_probs[i][vp8_coeff_band[j]],
                   sizeof(vp8->prob->token[i][j]));
    memcpy(vp8->prob->pred16x16, entropy->y_mode_probs, sizeof(vp8->prob->pred16x16));
    memcpy(vp8->prob->pred8x8c, entropy->uv_mode_probs, sizeof(vp8->prob->pred8x8c));
    memcpy(vp8->prob->mvc, entropy->mv_probs, sizeof(vp8->prob->mvc));
    memcpy(vp8->prob->segmentid, frame->segment.segment_probs, sizeof(vp8->prob->segmentid));
    vp8->prob->mbskip = frame->prob_skip_false;
    vp8->prob->intra  = frame->prob_intra;
    vp8->prob->last   = frame->prob_last;
    vp8->prob->golden = frame->prob_gf;
}

/*
 * Go on behind the header: value is the byte that the decoder compares with,
 * the next bit to come into it is bit first_part_header_bits + 8 of the
 * partition. libavcodec holds 1 to 16 more bits; it began with three bytes and
 * loads two at a time, which decides what it sees behind a damaged partition.
 */
static int set_partitions(struct model *m, VP8Context *vp8, const struct v4l2_ctrl_vp8_frame *frame)
{
    const uint8_t *data = m->job.bitstream + (vp8->keyframe ? 10 : 3);
    uint32_t pos = frame->first_part_header_bits + 8;
    int more = ((7 - pos) & 15) + 1;
    uint32_t bytes = AV_RB24(data + pos / 8);

    vp8->c = (VPXRangeCoder) {
        .high      = frame->coder_state.range,
        .bits      = -more,
        .buffer    = data + (pos + more) / 8,
        .end       = data + frame->first_part_size,
        .code_word = frame->coder_state.value << 16 | (bytes >> (24 - (pos & 7) - more) &
                     ((1u << more) - 1)) << (16 - more),
    };
    if (frame->coder_state.bit_count != (-pos & 7))
        return model_fail(m, "bit_count %d at bit %u", frame->coder_state.bit_count, pos);

    vp8->num_coeff_partitions = frame->num_dct_parts;
    data += frame->first_part_size + 3 * (frame->num_dct_parts - 1);
    for (int i = 0; i < frame->num_dct_parts; i++) {
        if (ff_vpx_init_range_decoder(&vp8->coeff_partition[i], data, frame->dct_part_sizes[i]) < 0)
            return model_fail(m, "partition %d is empty", i);
        data += frame->dct_part_sizes[i];
    }
    return 0;
}

/*
 * Find one reference. Of a buffer whose job failed before it decoded anything
 * the pixels are what the memory holds, as for a chip.
 */
static int set_reference(struct model *m, VP8Context *vp8, VP8FrameType type, uint64_t timestamp)
{
    int index = model_find_reference(m, timestamp);
    VP8Frame *picture;

    if (index < -1)
        return index;
    if (index >= 0) {
        picture = m->frame[index].picture;
    } else {
        index = model_find(m, timestamp);
        if (index < 0)
            return model_fail(m, "reference ts %llu is in no CAPTURE buffer",
                              (unsigned long long)timestamp);
        picture = new_picture(m, vp8);
        if (!picture)
            return AVERROR(ENOMEM);
        vp8->frames[type] = *picture;
        av_free(picture);
        picture = &vp8->frames[type];
        if (model_input(m, index, picture->tf.f, vp8->mb_width * 16, vp8->mb_height * 16) < 0)
            return AVERROR(EINVAL);
    }
    if (picture->tf.f->width != vp8->avctx->width || picture->tf.f->height != vp8->avctx->height)
        return model_fail(m, "reference ts %llu has another size", (unsigned long long)timestamp);
    vp8->framep[type] = picture;
    return 0;
}

static int set_references(struct model *m, VP8Context *vp8, const struct v4l2_ctrl_vp8_frame *frame)
{
    int ret;

    if (vp8->keyframe)
        return 0;
    if ((ret = set_reference(m, vp8, VP8_FRAME_PREVIOUS, frame->last_frame_ts)) < 0 ||
        (ret = set_reference(m, vp8, VP8_FRAME_GOLDEN, frame->golden_frame_ts)) < 0)
        return ret;
    return set_reference(m, vp8, VP8_FRAME_ALTREF, frame->alt_frame_ts);
}

static int decode_picture(struct model *m, struct vp8 *s, VP8Frame *picture)
{
    VP8Context *vp8 = s->avctx->priv_data;

    vp8->linesize   = picture->tf.f->linesize[0];
    vp8->uvlinesize = picture->tf.f->linesize[1];
    memset(vp8->top_nnz, 0, vp8->mb_width * sizeof(*vp8->top_nnz));
    memset(vp8->macroblocks + vp8->mb_height * 2 - 1, 0,
           (vp8->mb_width + 1) * sizeof(*vp8->macroblocks));
    memset(vp8->intra4x4_pred_mode_top, DC_PRED, vp8->mb_width * 4);
    /* How often each reference was used, for prefetching: key frames have none. */
    memset(vp8->ref_count, 0, sizeof(vp8->ref_count));
    vp8->num_jobs   = 1;
    vp8->curframe   = picture;
    vp8->prev_frame = s->last.tf.f ? &s->last : NULL;
    for (int i = 0; i < MAX_THREADS; i++) {
        atomic_init(&vp8->thread_data[i].thread_mb_pos, 0);
        atomic_init(&vp8->thread_data[i].wait_mb_pos, INT_MAX);
    }
    if (vp8_decode_mb_row_sliced(s->avctx, vp8->thread_data, 0, 0) < 0)
        return model_fail(m, "a partition ends too early");
    return 0;
}

/* Write the picture also when it is broken: chips do not undo their writes. */
static int finish_picture(struct model *m, struct vp8 *s, VP8Frame *picture, int ret)
{
    VP8Context *vp8 = s->avctx->priv_data;
    int output;

    if (ret < 0)
        model_spoil(picture->tf.f, vp8->mb_height * 16, MODEL_FRAME);
    output = model_output(m, picture->tf.f, vp8->mb_width * 16, vp8->mb_height * 16, MODEL_FRAME);
    vp8_release_frame(&s->last);
    ff_progress_frame_ref(&s->last.tf, &picture->tf);
    s->last.seg_map = av_refstruct_ref(picture->seg_map);
    model_store(m, picture, picture->tf.f);
    return ret < 0 ? ret : output;
}

static int vp8_decode(struct model *m, void *state)
{
    const struct v4l2_ctrl_vp8_frame *frame;
    struct vp8 *s = state;
    VP8Context *vp8 = s->avctx->priv_data;
    VP8Frame *picture;
    int ret;

    frame = model_control(m, V4L2_CID_STATELESS_VP8_FRAME, sizeof(*frame));
    if (!frame)
        return AVERROR(EINVAL);
    ret = vp8_check(m, frame, &s->history);
    if (ret < 0)
        return ret;
    ret = set_size(m, s, frame);
    if (ret < 0)
        return ret;
    set_header(vp8, frame);
    set_quantisers(vp8, &frame->quant);
    set_probabilities(vp8, frame);
    ret = set_partitions(m, vp8, frame);
    if (ret >= 0)
        ret = set_references(m, vp8, frame);
    if (ret >= 0) {
        picture = new_picture(m, vp8);
        ret = picture ? finish_picture(m, s, picture, decode_picture(m, s, picture))
                      : AVERROR(ENOMEM);
    }
    /* The frames belong to the CAPTURE buffers, loaded ones to nobody. */
    memset(vp8->framep, 0, sizeof(vp8->framep));
    for (size_t i = 0; i < FF_ARRAY_ELEMS(vp8->frames); i++)
        vp8_release_frame(&vp8->frames[i]);
    return ret;
}

const struct model_codec model_vp8 = {
    .fourcc       = V4L2_PIX_FMT_VP8_FRAME,
    .name         = "VP8",
    .open         = vp8_open,
    .close        = vp8_close,
    .decode       = vp8_decode,
    .flush        = vp8_flush,
    .free_picture = vp8_free_picture,
};
