/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.264: from a job to slices
 *
 * A job has all slices of a frame or field (frame mode) or one slice (slice
 * mode). Further slices and the second field come with the same CAPTURE buffer
 * and the same timestamp.
 */

#include <string.h>

#include <linux/videodev2.h>

#include "libavcodec/codec_internal.h"
#include "libavutil/mem.h"

#include "check.h"
#include "codecs.h"
#include "h264_state.h"

extern const FFCodec ff_h264_decoder;

int h264_picture_init(H264Picture *pic)
{
    pic->f = av_frame_alloc();
    pic->f_grain = av_frame_alloc();
    return pic->f && pic->f_grain ? 0 : AVERROR(ENOMEM);
}

void h264_picture_uninit(H264Picture *pic)
{
    ff_h264_unref_picture(pic);
    av_frame_free(&pic->f);
    av_frame_free(&pic->f_grain);
}

static void h264_close(void *state)
{
    struct h264 *s = state;

    if (s->avctx && s->avctx->priv_data)
        h264_clear_dpb(s);
    for (int i = 0; i < H264_DPB; i++)
        h264_picture_uninit(&s->ref[i]);
    avcodec_free_context(&s->avctx);
    av_freep(&s->rbsp);
    av_free(s);
}

static void *h264_open(struct model *m)
{
    struct h264 *s = av_mallocz(sizeof(*s));
    AVDictionary *options = NULL;
    int ret = AVERROR(ENOMEM);

    if (!s)
        return NULL;
    s->m = m;
    for (int i = 0; i < H264_DPB; i++)
        if (h264_picture_init(&s->ref[i]) < 0)
            goto fail;
    s->avctx = avcodec_alloc_context3(&ff_h264_decoder.p);
    if (!s->avctx)
        goto fail;
    s->avctx->opaque = m;
    s->avctx->thread_count = 1;
    s->avctx->err_recognition = AV_EF_EXPLODE;
    s->avctx->error_concealment = 0;
    av_dict_set(&options, "enable_er", "0", 0);
    ret = avcodec_open2(s->avctx, &ff_h264_decoder.p, &options);
    av_dict_free(&options);
    if (ret < 0)
        goto fail;
    return s;
fail:
    h264_close(s);
    return NULL;
}

static void h264_flush(void *state)
{
    struct h264 *s = state;

    s->active = false;
    s->poc = (struct h264_poc) { 0 };
}

static void h264_free_picture(void *picture)
{
    struct h264_picture *p = picture;

    h264_picture_uninit(&p->pic);
    av_free(p);
}

/* Without the control a device has flat matrices (tegra-vde lacks it). */
static const struct v4l2_ctrl_h264_scaling_matrix *flat_scaling(struct h264 *s)
{
    memset(&s->flat, 16, sizeof(s->flat));
    return &s->flat;
}

static bool has_control(const struct model *m, uint32_t id)
{
    for (int i = 0; i < m->job.num_controls; i++)
        if (m->job.control[i].id == id)
            return true;
    return false;
}

static int get_controls(struct h264 *s)
{
    struct h264_controls *ctrl = &s->ctrl;
    struct model *m = s->m;

    *ctrl = (struct h264_controls) {
        .sps = model_control(m, V4L2_CID_STATELESS_H264_SPS, sizeof(*ctrl->sps)),
        .pps = model_control(m, V4L2_CID_STATELESS_H264_PPS, sizeof(*ctrl->pps)),
        .decode = model_control(m, V4L2_CID_STATELESS_H264_DECODE_PARAMS, sizeof(*ctrl->decode)),
        .scaling = has_control(m, V4L2_CID_STATELESS_H264_SCALING_MATRIX) ?
            model_control(m, V4L2_CID_STATELESS_H264_SCALING_MATRIX, sizeof(*ctrl->scaling)) :
            flat_scaling(s),
        .slice_mode = model_control_value(m, V4L2_CID_STATELESS_H264_DECODE_MODE,
                                          V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED) ==
                      V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED,
        .annex_b = model_control_value(m, V4L2_CID_STATELESS_H264_START_CODE,
                                       V4L2_STATELESS_H264_START_CODE_ANNEX_B) ==
                   V4L2_STATELESS_H264_START_CODE_ANNEX_B,
    };
    if (!ctrl->sps || !ctrl->pps || !ctrl->decode || !ctrl->scaling)
        return AVERROR(EINVAL);
    if (!ctrl->slice_mode)
        return 0;
    ctrl->slice = model_control(m, V4L2_CID_STATELESS_H264_SLICE_PARAMS, sizeof(*ctrl->slice));
    ctrl->weights = model_control(m, V4L2_CID_STATELESS_H264_PRED_WEIGHTS, sizeof(*ctrl->weights));
    return ctrl->slice && ctrl->weights ? 0 : AVERROR(EINVAL);
}

/* Further slices of the picture of the previous job? */
static bool continues(const struct h264 *s)
{
    const struct vstateless_event *event = s->m->job.event;

    return s->ctrl.slice_mode && s->active && !s->complete && s->index == event->capture_index &&
           s->timestamp == event->timestamp &&
           h264_structure(&s->decode) == h264_structure(s->ctrl.decode);
}

/*
 * The second field: the held CAPTURE buffer, or the same one queued again;
 * same timestamp, other parity.
 */
static bool is_second_field(const struct h264 *s)
{
    const struct vstateless_event *event = s->m->job.event;

    return s->active && !s->second && s->index == event->capture_index &&
           s->timestamp == event->timestamp && h264_structure(&s->decode) != MODEL_FRAME &&
           h264_structure(s->ctrl.decode) == (MODEL_FRAME ^ h264_structure(&s->decode));
}

/*
 * The lines of the other field are what the buffer holds: poison, or a first
 * field whose job failed before it reached us. Not what a pool's frame had.
 */
static int load_other_field(struct h264 *s)
{
    H264Context *h = h264_context(s);

    if (h264_structure(s->ctrl.decode) == MODEL_FRAME || s->second)
        return 0;
    return model_input(s->m, s->m->job.event->capture_index, h->cur_pic_ptr->f,
                       h->width, h->height);
}

static int start_picture(struct h264 *s)
{
    struct model *m = s->m;
    int ret;

    if (continues(s)) {
        ret = model_check(m, !memcmp(&s->decode, s->ctrl.decode, sizeof(s->decode)),
                          "H264_DECODE_PARAMS changes between the slices of a picture");
        if (!ret)
            ret = h264_set_params(s);
        if (!ret)
            ret = h264_change_pps(s);
        return ret < 0 ? ret : h264_set_dpb(s);
    }
    if (s->active && !s->complete && !s->failed) {
        ret = model_warn(m, MODEL_QUIRK_INCOMPLETE, "the picture of ts %llu was never completed",
                         (unsigned long long)s->timestamp);
        if (ret < 0)
            return ret;
    }
    s->second = is_second_field(s);
    s->active = false;
    s->has_mmco5 = false;
    s->partial = !s->second && !(m->job.event->flags & VSTATELESS_JOB_NEW_FRAME);
    s->first = s->history;
    ret = h264_check(m, &s->ctrl, s->second);
    if (!ret)
        ret = h264_check_poc(m, &s->poc, &s->ctrl);
    if (!ret)
        ret = h264_set_params(s);
    if (!ret)
        ret = h264_start_field(s);
    if (ret < 0)
        return ret;
    ret = load_other_field(s);
    if (ret < 0)
        return ret;
    s->active    = true;
    s->failed    = s->complete = false;
    s->index     = m->job.event->capture_index;
    s->timestamp = m->job.event->timestamp;
    s->decode    = *s->ctrl.decode;
    ret = h264_set_dpb(s);
    h264_set_poc(s);
    return ret;
}

/*
 * Notes for later pictures and for the second field. With MMCO 5 the picture
 * counts as frame_num 0, and the smaller of its POCs as 0 (8.2.1).
 */
static void set_history(struct h264 *s)
{
    const struct v4l2_ctrl_h264_decode_params *decode = s->ctrl.decode;
    int64_t poc[2] = { decode->top_field_order_cnt, decode->bottom_field_order_cnt }, base;
    int structure = h264_structure(decode);

    base = structure == MODEL_FRAME ? FFMIN(poc[0], poc[1]) : poc[structure == MODEL_BOTTOM];
    if (!s->second)
        s->history = (struct h264_history) { 0 };
    s->history.fields     |= structure;
    s->history.partial    |= s->partial;
    s->history.field_coded = structure != MODEL_FRAME;
    s->history.frame_num   = s->has_mmco5 ? 0 : decode->frame_num;
    for (int i = 0; i < 2; i++)
        if (structure & 1 << i)
            s->history.poc[i] = poc[i] - (s->has_mmco5 ? base : 0);
    for (int i = 0; i < 2; i++)
        if (!(s->history.fields & 1 << i))
            s->history.poc[i] = s->history.poc[!i];
}

/* Unescape a NAL unit and decode the slice in it. */
static int decode_nal(struct h264 *s, const uint8_t *nal, size_t size)
{
    struct h264_slice slice, header;
    int type = size ? nal[0] & 0x1f : 0, ret;
    size_t bits;

    if (!size)
        return model_fail(s->m, "empty NAL unit");
    if (type != H264_NAL_TYPE_SLICE && type != H264_NAL_TYPE_IDR)
        return model_warn(s->m, MODEL_QUIRK_START_CODE, "NAL unit of type %d in the payload", type);
    av_fast_padded_malloc(&s->rbsp, &s->rbsp_size, size);
    if (!s->rbsp)
        return model_fail(s->m, "out of memory");
    size = h264_unescape(s->rbsp, nal, size);
    memset(s->rbsp + size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    bits = h264_rbsp_bits(s->rbsp, size);
    ret = h264_parse_slice(s->m, s->rbsp, bits, s->ctrl.sps, s->ctrl.pps, &header);
    if (ret < 0)
        return ret;
    slice = header;
    if (s->ctrl.slice_mode)
        slice = (struct h264_slice) {
            .params = *s->ctrl.slice,
            .weights = *s->ctrl.weights,
            .nal_type = type,
            .nal_ref_idc = nal[0] >> 5 & 3,
        };
    ret = h264_check_slice(s->m, &s->ctrl, &slice, &header);
    /* A redundant slice repeats what came already (7.4.3). */
    if (ret < 0 || slice.params.redundant_pic_cnt)
        return ret;
    s->types |= 1 << slice.params.slice_type;
    s->has_mmco5 |= header.has_mmco5;
    return h264_run_slice(s, &slice, s->rbsp, bits);
}

static int decode_nals(struct h264 *s)
{
    const struct model_job *job = &s->m->job;
    const uint8_t *pos = job->bitstream, *end = pos + job->event->bitstream_size, *nal;
    int count = 0, ret;
    size_t size;

    if (!s->ctrl.annex_b)
        return decode_nal(s, pos, end - pos);
    for (size_t i = 0; pos + i < end && pos[i] != 1; i++)
        if (pos[i])
            return model_fail(s->m, "the payload does not begin with a start code");
    while ((size = h264_next_nal(&pos, end, &nal))) {
        ret = decode_nal(s, nal, size);
        if (ret < 0)
            return ret;
        count++;
    }
    if (!count || (s->ctrl.slice_mode && count > 1))
        return model_fail(s->m, "%d NAL units in the payload", count);
    return h264_check_types(s->m, &s->ctrl, s->types);
}

static int check_complete(struct h264 *s)
{
    bool hold = s->m->job.event->flags & VSTATELESS_JOB_HOLD;
    int missing = h264_find_missing(s), width = h264_context(s)->mb_width;

    s->complete = missing < 0;
    if (s->complete || (hold && s->ctrl.slice_mode))
        return 0;
    return model_fail(s->m, "macroblock (%d, %d) is missing", missing % width, missing / width);
}

/*
 * Keep the picture and write it. A picture with slices to come is not written:
 * if they never come, the poison has to show it.
 */
static int finish_picture(struct h264 *s, int ret)
{
    H264Context *h = h264_context(s);
    int fields = h->picture_structure, output = 0;
    struct h264_picture *p;

    set_history(s);
    s->failed |= ret < 0;
    if (s->failed)
        model_spoil(h->cur_pic_ptr->f, h->height, fields);
    if (s->complete || s->failed)
        output = model_output(s->m, h->cur_pic_ptr->f, h->width, h->height, fields);
    p = av_mallocz(sizeof(*p));
    if (!p || h264_picture_init(&p->pic) < 0 || ff_h264_ref_picture(&p->pic, h->cur_pic_ptr) < 0) {
        if (p)
            h264_free_picture(p);
        return model_fail(s->m, "out of memory");
    }
    p->history = s->history;
    model_store(s->m, p, p->pic.f);
    return ret < 0 ? ret : output;
}

static int h264_decode(struct model *m, void *state)
{
    struct h264 *s = state;
    int ret;

    s->m = m;
    s->types = 0;
    ret = get_controls(s);
    if (ret < 0)
        return ret;
    ret = start_picture(s);
    if (!ret)
        ret = decode_nals(s);
    if (!ret)
        ret = check_complete(s);
    if (!s->active)
        return ret;
    ret = finish_picture(s, ret);
    if (s->complete || s->failed)
        h264_update_poc(&s->poc, &s->ctrl, s->has_mmco5);
    h264_clear_dpb(s);
    return ret;
}

const struct model_codec model_h264 = {
    .fourcc       = V4L2_PIX_FMT_H264_SLICE,
    .name         = "H.264",
    .open         = h264_open,
    .close        = h264_close,
    .decode       = h264_decode,
    .flush        = h264_flush,
    .free_picture = h264_free_picture,
};
