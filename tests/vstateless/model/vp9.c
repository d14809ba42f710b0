/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VP9: libavcodec's tile decoder, everything above it from controls
 *
 * The decoder's source is included for its static functions. None of its
 * header parsing runs: vp9_setup.c fills the context from the controls, and
 * references come by timestamp.
 */

#include "libavcodec/vp9.c"
#include "libavutil/mem.h"

#include <stdbool.h>

#include <linux/videodev2.h>

#include "check.h"
#include "codecs.h"
#include "vp9_check.h"
#include "vp9_state.h"

struct vp9 {
    AVCodecContext *avctx;
    struct vp9_history history;
    uint32_t sequence;			/* of the job before */
};

static void vp9_close(void *state)
{
    struct vp9 *s = state;

    avcodec_free_context(&s->avctx);
    av_free(s);
}

static void *vp9_open(struct model *m)
{
    struct vp9 *s = av_mallocz(sizeof(*s));

    if (!s)
        return NULL;
    s->avctx = avcodec_alloc_context3(&ff_vp9_decoder.p);
    if (s->avctx) {
        s->avctx->opaque = m;
        s->avctx->thread_count = 1;
        s->avctx->err_recognition = AV_EF_EXPLODE;
    }
    if (!s->avctx || avcodec_open2(s->avctx, &ff_vp9_decoder.p, NULL) < 0) {
        vp9_close(s);
        return NULL;
    }
    return s;
}

static void vp9_flush(void *state)
{
    struct vp9 *s = state;

    vp9_decode_flush(s->avctx);
    s->history = (struct vp9_history) { 0 };
}

static void vp9_free_picture(void *picture)
{
    VP9Frame *frame = picture;

    vp9_frame_unref(frame);
    av_free(frame);
}

static int set_size(struct model *m, struct vp9 *state, const struct v4l2_ctrl_vp9_frame *f)
{
    VP9Context *s = state->avctx->priv_data;
    int w = f->frame_width_minus_1 + 1, h = f->frame_height_minus_1 + 1;
    const AVFrame *last = s->s.frames[CUR_FRAME].tf.f;
    VPXRangeCoder *coders;

    s->s.h.use_last_frame_mvs &= last && last->width == w && last->height == h;
    if (update_size(state->avctx, w, h) < 0)
        return model_fail(m, "cannot set up a decoder of %dx%d", w, h);
    s->s.h.tiling.log2_tile_cols = f->tile_cols_log2;
    s->s.h.tiling.log2_tile_rows = f->tile_rows_log2;
    s->s.h.tiling.tile_cols      = 1 << f->tile_cols_log2;
    s->s.h.tiling.tile_rows      = 1 << f->tile_rows_log2;
    if (s->td)
        vp9_tile_data_free(s->td);
    av_freep(&s->td);
    s->td = av_calloc(1, sizeof(*s->td) + s->s.h.tiling.tile_cols * sizeof(*coders));
    if (!s->td)
        return model_fail(m, "out of memory");
    s->active_tile_cols = 1;
    coders     = (VPXRangeCoder *)(s->td + 1);
    s->td->s   = s;
    s->td->c_b = coders;
    return 0;
}

/* 8.5.2.3: a reference is up to twice as large, or 16 times smaller. */
static bool set_scale(VP9Context *s, int i, int w, int h)
{
    const AVFrame *ref = s->s.refs[i].f;

    s->mvscale[i][0] = s->mvscale[i][1] = 0;
    if (ref->width == w && ref->height == h)
        return true;
    s->mvscale[i][0] = s->mvscale[i][1] = REF_INVALID_SCALE;
    if (2 * w < ref->width || 2 * h < ref->height || w > 16 * ref->width || h > 16 * ref->height)
        return false;
    s->mvscale[i][0] = (ref->width  << 14) / w;
    s->mvscale[i][1] = (ref->height << 14) / h;
    s->mvstep[i][0]  = 16 * s->mvscale[i][0] >> 14;
    s->mvstep[i][1]  = 16 * s->mvscale[i][1] >> 14;
    return true;
}

static int set_references(struct model *m, VP9Context *s, const struct v4l2_ctrl_vp9_frame *f)
{
    const uint64_t timestamp[3] = { f->last_frame_ts, f->golden_frame_ts, f->alt_frame_ts };
    bool valid = false;

    for (int i = 0; i < 3 && !s->s.h.keyframe && !s->s.h.intraonly; i++) {
        int index = model_find_reference(m, timestamp[i]);
        const VP9Frame *ref;

        if (index == -EIO)
            return -EINVAL;
        if (index < 0)
            return model_fail(m, "reference ts %llu is in no CAPTURE buffer",
                              (unsigned long long)timestamp[i]);
        ref = m->frame[index].picture;
        if (ref->tf.f->format != s->pix_fmt)
            return model_fail(m, "reference %d has another bit depth", i);
        ff_progress_frame_replace(&s->s.refs[i], &ref->tf);
        valid |= set_scale(s, i, f->frame_width_minus_1 + 1, f->frame_height_minus_1 + 1);
    }
    if (!s->s.h.keyframe && !s->s.h.intraonly && !valid)
        return model_fail(m, "no reference has a valid size");
    return 0;
}

/* Segment map and motion vectors of the frame before, as vp9_decode_frame(). */
static int start_frame(struct model *m, struct vp9 *state, bool keep_map)
{
    VP9Context *s = state->avctx->priv_data;
    VP9Frame *frames = s->s.frames;
    bool intra = s->s.h.keyframe || s->s.h.intraonly;
    const VP9Frame *last = &frames[intra || s->s.h.errorres ? BLANK_FRAME : CUR_FRAME];
    const AVFrame *f;

    if (!keep_map || intra)
        vp9_frame_replace(&frames[REF_FRAME_SEGMAP], last);
    vp9_frame_replace(&frames[REF_FRAME_MVPAIR], last);
    vp9_frame_unref(&frames[CUR_FRAME]);
    if (vp9_frame_alloc(state->avctx, &frames[CUR_FRAME]) < 0)
        return model_fail(m, "out of memory");
    f = frames[REF_FRAME_MVPAIR].tf.f;
    if (!f || f->width != frames[CUR_FRAME].tf.f->width || f->height != frames[CUR_FRAME].tf.f->height)
        vp9_frame_unref(&frames[REF_FRAME_SEGMAP]);
    s->pass = frames[CUR_FRAME].uses_2pass = 0;
    if (update_block_buffers(state->avctx) < 0)
        return model_fail(m, "out of memory");
    return 0;
}

static void clear_above(VP9Context *s)
{
    bool intra = s->s.h.keyframe || s->s.h.intraonly;

    memset(s->above_partition_ctx, 0, s->cols);
    memset(s->above_skip_ctx, 0, s->cols);
    memset(s->above_mode_ctx, intra ? DC_PRED : NEARESTMV, s->cols * 2);
    memset(s->above_y_nnz_ctx, 0, s->sb_cols * 16);
    memset(s->above_uv_nnz_ctx[0], 0, s->sb_cols * 8);
    memset(s->above_uv_nnz_ctx[1], 0, s->sb_cols * 8);
    memset(s->above_segpred_ctx, 0, s->cols);
}

static int decode_frame(struct model *m, struct vp9 *state, const struct v4l2_ctrl_vp9_frame *f)
{
    VP9Context *s = state->avctx->priv_data;
    VP9TileData *td = s->td;
    int start = f->uncompressed_header_size + f->compressed_header_size;
    int ret;

    clear_above(s);
    td->b          = td->b_base;
    td->block      = td->block_base;
    td->uvblock[0] = td->uvblock_base[0];
    td->uvblock[1] = td->uvblock_base[1];
    td->eob        = td->eob_base;
    td->uveob[0]   = td->uveob_base[0];
    td->uveob[1]   = td->uveob_base[1];
    ret = decode_tiles(state->avctx, m->job.bitstream + start, m->job.event->bitstream_size - start);
    ff_progress_frame_report(&s->s.frames[CUR_FRAME].tf, INT_MAX);
    if (ret < 0 || td->error_info < 0)
        return model_fail(m, "damaged tile data");
    vp9_save_context(s);
    return 0;
}

/* Write the picture also when it is broken: chips do not undo their writes. */
static int finish_frame(struct model *m, struct vp9 *state, int ret)
{
    VP9Context *s = state->avctx->priv_data;
    VP9Frame *picture = av_mallocz(sizeof(*picture));
    AVFrame *pixels;
    int output;

    if (!picture)
        return model_fail(m, "out of memory");
    vp9_frame_replace(picture, &s->s.frames[CUR_FRAME]);
    pixels = picture->tf.f;
    if (ret < 0)
        model_spoil(pixels, pixels->height, MODEL_FRAME);
    output = model_output(m, pixels, pixels->width, pixels->height, MODEL_FRAME);
    model_store(m, picture, pixels);
    return ret < 0 ? ret : output;
}

static int decode(struct model *m, struct vp9 *state, const struct v4l2_ctrl_vp9_frame *f,
                  const struct v4l2_ctrl_vp9_compressed_hdr *compressed)
{
    VP9Context *s = state->avctx->priv_data;
    bool keep_map = s->s.frames[REF_FRAME_SEGMAP].segmentation_map &&
                    (!s->s.h.segmentation.enabled || !s->s.h.segmentation.update_map);
    int ret;

    vp9_set_frame(s, f, compressed->tx_mode);
    ret = set_size(m, state, f);
    if (ret < 0)
        return ret;
    ret = set_references(m, s, f);
    if (ret < 0)
        return ret;
    vp9_reset_contexts(s, f);
    vp9_set_probs(s, compressed);
    ret = start_frame(m, state, keep_map);
    if (ret < 0)
        return ret;
    return finish_frame(m, state, decode_frame(m, state, f));
}

/* Jobs that never got here, or not to their header, may have replaced references. */
static void forget_slots(struct vp9 *state)
{
    memset(state->history.slot, 0, sizeof(state->history.slot));
}

/* The control that some devices do not have, NULL there */
static const void *optional_control(const struct model *m, uint32_t id, size_t size)
{
    for (int i = 0; i < m->job.num_controls; i++)
        if (m->job.control[i].id == id && m->job.control[i].size >= size)
            return m->job.control[i].data;
    return NULL;
}

static int vp9_decode(struct model *m, void *opaque)
{
    struct vp9 *state = opaque;
    struct v4l2_ctrl_vp9_compressed_hdr parsed;
    struct vp9_controls ctrl;
    struct vp9_header header;
    const char *wrong;
    int ret;

    ctrl.frame = model_control(m, V4L2_CID_STATELESS_VP9_FRAME, sizeof(*ctrl.frame));
    ctrl.compressed = optional_control(m, V4L2_CID_STATELESS_VP9_COMPRESSED_HDR,
                                       sizeof(*ctrl.compressed));
    if (!ctrl.frame)
        return AVERROR(EINVAL);
    if (m->job.event->sequence != state->sequence + 1)
        forget_slots(state);
    state->sequence = m->job.event->sequence;
    ret = vp9_check_limits(m, &ctrl);
    wrong = ret < 0 ? NULL : vp9_parse(&header, &parsed, ctrl.frame, &state->history,
                                       m->job.bitstream, m->job.event->bitstream_size);
    if (wrong)
        ret = model_fail(m, "%s", wrong);
    if (ret < 0) {
        forget_slots(state);
        return ret;
    }
    ret = vp9_check(m, &ctrl, &header, &parsed, &state->history);
    vp9_remember(&state->history, &header, m->job.event->timestamp);
    if (ret < 0)
        return ret;
    return decode(m, state, ctrl.frame, ctrl.compressed ? ctrl.compressed : &parsed);
}

const struct model_codec model_vp9 = {
    .fourcc       = V4L2_PIX_FMT_VP9_FRAME,
    .name         = "VP9",
    .open         = vp9_open,
    .close        = vp9_close,
    .decode       = vp9_decode,
    .flush        = vp9_flush,
    .free_picture = vp9_free_picture,
};
