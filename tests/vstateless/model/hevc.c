/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HEVC: from a job to slice segments
 *
 * A job has all slice segments of a picture, or some of them; the others come
 * with the same CAPTURE buffer and the same timestamp. In slice mode there is
 * one in each job.
 */

#include <string.h>

#include <linux/videodev2.h>

#include "libavcodec/codec_internal.h"
#include "libavutil/mem.h"

#include "check.h"
#include "codecs.h"
#include "h264_header.h"
#include "hevc_state.h"

extern const FFCodec ff_hevc_decoder;

static void hevc_close(void *state)
{
    struct hevc *s = state;

    if (s->avctx && s->avctx->priv_data)
        hevc_clear_frames(s);
    avcodec_free_context(&s->avctx);
    av_freep(&s->rbsp);
    av_free(s);
}

static void *hevc_open(struct model *m)
{
    struct hevc *s = av_mallocz(sizeof(*s));

    if (!s)
        return NULL;
    s->m = m;
    s->avctx = avcodec_alloc_context3(&ff_hevc_decoder.p);
    if (!s->avctx)
        goto fail;
    s->avctx->opaque = m;
    s->avctx->thread_count = 1;
    s->avctx->err_recognition = AV_EF_EXPLODE;
    s->avctx->error_concealment = 0;
    if (avcodec_open2(s->avctx, &ff_hevc_decoder.p, NULL) < 0)
        goto fail;
    return s;
fail:
    avcodec_free_context(&s->avctx);
    av_free(s);
    return NULL;
}

static void hevc_flush(void *state)
{
    struct hevc *s = state;

    s->active = false;
}

static void hevc_free_picture(void *picture)
{
    struct hevc_picture *p = picture;

    ff_hevc_unref_frame(&p->frame, ~0);
    av_free(p);
}

static const struct model_control *find_control(const struct model *m, uint32_t id)
{
    for (int i = 0; i < m->job.num_controls; i++)
        if (m->job.control[i].id == id)
            return &m->job.control[i];
    return NULL;
}

/* Elements of an array; NULL when the device has no such control. */
static const void *get_array(const struct model *m, uint32_t id, size_t size, int *count)
{
    const struct model_control *control = find_control(m, id);

    *count = control ? control->size / size : 0;
    return *count ? control->data : NULL;
}

static int get_controls(struct hevc *s)
{
    struct hevc_controls *ctrl = &s->ctrl;
    const struct model_control *scaling;
    struct model *m = s->m;

    *ctrl = (struct hevc_controls) {
        .sps = model_control(m, V4L2_CID_STATELESS_HEVC_SPS, sizeof(*ctrl->sps)),
        .pps = model_control(m, V4L2_CID_STATELESS_HEVC_PPS, sizeof(*ctrl->pps)),
        .decode = model_control(m, V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, sizeof(*ctrl->decode)),
        .slice_mode = model_control_value(m, V4L2_CID_STATELESS_HEVC_DECODE_MODE,
                                          V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED) ==
                      V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED,
        .annex_b = model_control_value(m, V4L2_CID_STATELESS_HEVC_START_CODE,
                                       V4L2_STATELESS_HEVC_START_CODE_ANNEX_B) ==
                   V4L2_STATELESS_HEVC_START_CODE_ANNEX_B,
    };
    if (!ctrl->sps || !ctrl->pps || !ctrl->decode)
        return AVERROR(EINVAL);
    ctrl->slice = get_array(m, V4L2_CID_STATELESS_HEVC_SLICE_PARAMS, sizeof(*ctrl->slice),
                            &ctrl->num_slices);
    ctrl->entry = get_array(m, V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS, sizeof(*ctrl->entry),
                            &ctrl->num_entries);
    ctrl->st_rps = get_array(m, V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS, sizeof(*ctrl->st_rps),
                             &ctrl->num_st_rps);
    ctrl->lt_rps = get_array(m, V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS, sizeof(*ctrl->lt_rps),
                             &ctrl->num_lt_rps);
    scaling = find_control(m, V4L2_CID_STATELESS_HEVC_SCALING_MATRIX);
    if (!(ctrl->sps->flags & V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED))
        return 0;
    if (!scaling || scaling->size < sizeof(*ctrl->scaling))
        return model_fail(m, "scaling lists without a control for them");
    ctrl->scaling = scaling->data;
    return 0;
}

/* Further slices of the picture of the previous job? */
static bool continues(const struct hevc *s)
{
    const struct vstateless_event *event = s->m->job.event;

    return s->active && !s->complete && s->index == event->capture_index &&
           s->timestamp == event->timestamp;
}

static int start_picture(struct hevc *s)
{
    struct model *m = s->m;
    int ret;

    if (continues(s)) {
        ret = model_check(m, !memcmp(&s->decode, s->ctrl.decode, sizeof(s->decode)),
                          "HEVC_DECODE_PARAMS changes between the slices of a picture");
        if (!ret)
            ret = model_check(m, !memcmp(&s->sps, s->ctrl.sps, sizeof(s->sps)) &&
                              !memcmp(&s->pps, s->ctrl.pps, sizeof(s->pps)),
                              "parameter sets change between the slices of a picture");
        return ret;
    }
    if (s->active && !s->complete && !s->failed) {
        ret = model_warn(m, MODEL_QUIRK_INCOMPLETE, "the picture of ts %llu was never completed",
                         (unsigned long long)s->timestamp);
        if (ret < 0)
            return ret;
    }
    s->active = s->has_last = false;
    ret = hevc_check(m, &s->ctrl);
    if (!ret)
        ret = hevc_set_params(s);
    if (!ret)
        ret = hevc_activate(s);
    if (!ret)
        ret = hevc_set_references(s);
    if (!ret)
        ret = hevc_start_frame(s);
    if (ret < 0)
        return ret;
    s->active    = true;
    s->failed    = s->complete = false;
    s->index     = m->job.event->capture_index;
    s->timestamp = m->job.event->timestamp;
    s->decode    = *s->ctrl.decode;
    return 0;
}

/* Bytes of a NAL unit before a byte of its RBSP (7.3.1.1). */
static size_t raw_bytes(const uint8_t *nal, size_t size, size_t rbsp_bytes)
{
    size_t zeros = 0, count = 0;

    for (size_t i = 0; i < size; i++) {
        if (zeros >= 2 && nal[i] == 3) {
            zeros = 0;
            continue;
        }
        if (count++ == rbsp_bytes)
            return i;
        zeros = nal[i] ? 0 : zeros + 1;
    }
    return size;
}

static int check_entry_points(struct hevc *s, int pos)
{
    const struct hevc_slice *slice = &s->slice;

    if (!s->ctrl.entry || !slice->num_entries)
        return 0;
    return model_check(s->m, pos + slice->num_entries <= s->ctrl.num_entries &&
                       !memcmp(s->ctrl.entry + pos, slice->entry,
                               slice->num_entries * sizeof(slice->entry[0])),
                       "HEVC_ENTRY_POINT_OFFSETS is not what the slice header says");
}

/* Parse, check and decode NAL unit i of the job. */
static int decode_nal(struct hevc *s, struct hevc_nal *nal, int i, int *entries)
{
    const struct v4l2_ctrl_hevc_slice_params *params = &s->slice.params;
    size_t size;
    int ret;

    if (nal->size < 3)
        return model_fail(s->m, "NAL unit of %zu bytes", nal->size);
    if ((nal->data[0] >> 1 & 0x3f) > HEVC_TYPE_VCL_LAST)
        return model_warn(s->m, MODEL_QUIRK_START_CODE, "NAL unit of type %d in the payload",
                          nal->data[0] >> 1 & 0x3f);
    av_fast_padded_malloc(&s->rbsp, &s->rbsp_size, nal->size);
    if (!s->rbsp)
        return model_fail(s->m, "out of memory");
    size = h264_unescape(s->rbsp, nal->data, nal->size);
    memset(s->rbsp + size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    ret = hevc_parse_slice(s->m, s->rbsp, size, &s->ctrl, s->has_last ? &s->last : NULL, &s->slice);
    if (ret < 0)
        return ret;
    nal->raw_header_bytes = raw_bytes(nal->data, nal->size, s->slice.header_bytes);
    ret = hevc_check_header(s->m, &s->ctrl, &s->slice);
    if (!ret)
        ret = check_entry_points(s, *entries);
    *entries += s->slice.num_entries;
    if (!ret && s->ctrl.slice && i >= s->ctrl.num_slices)
        return model_fail(s->m, "%d elements of HEVC_SLICE_PARAMS, more slices", s->ctrl.num_slices);
    if (!ret && s->ctrl.slice)
        ret = hevc_check_params(s->m, &s->ctrl, &s->slice, nal, i);
    if (ret < 0)
        return ret;
    s->last = s->slice;
    s->has_last = true;
    /* What the slice mode is about: the header is not the device's business. */
    if (s->ctrl.slice_mode && s->ctrl.slice)
        s->slice.params = s->ctrl.slice[i];
    return hevc_run_slice(s, params, s->rbsp, size);
}

/* The next NAL unit by start codes or, without these, by the control. */
static int next_nal(struct hevc *s, size_t *pos, int i, struct hevc_nal *nal)
{
    const struct model_job *job = &s->m->job;
    const uint8_t *start = job->bitstream, *end = start + job->event->bitstream_size;
    const uint8_t *at = start + *pos;

    if (s->ctrl.annex_b) {
        nal->size = h264_next_nal(&at, end, &nal->data);
        *pos = at - start;
    } else {
        size_t left = end - at, size = left;

        if (left && !s->ctrl.slice_mode) {
            if (!s->ctrl.slice || i >= s->ctrl.num_slices)
                return model_fail(s->m, "nothing says where slice %d ends", i);
            size = (size_t)s->ctrl.slice[i].data_byte_offset + s->ctrl.slice[i].bit_size / 8 - *pos;
            if (size > left)
                return model_fail(s->m, "slice %d ends behind the payload", i);
        }
        nal->data = at;
        nal->size = size;
        *pos += size;
    }
    nal->pos = nal->size ? nal->data - start : 0;
    return nal->size > 0;
}

static int decode_nals(struct hevc *s)
{
    const struct model_job *job = &s->m->job;
    const uint8_t *start = job->bitstream;
    int count = 0, entries = 0, ret;
    struct hevc_nal nal = { 0 };
    size_t pos = 0;

    for (size_t i = 0; s->ctrl.annex_b && i < job->event->bitstream_size && start[i] != 1; i++)
        if (start[i])
            return model_fail(s->m, "the payload does not begin with a start code");
    while ((ret = next_nal(s, &pos, count, &nal)) > 0) {
        ret = decode_nal(s, &nal, count++, &entries);
        if (ret < 0)
            return ret;
    }
    if (ret < 0)
        return ret;
    if (!count || (s->ctrl.slice_mode && count > 1) || (s->ctrl.slice && count != s->ctrl.num_slices))
        return model_fail(s->m, "%d NAL units in the payload, %d elements of HEVC_SLICE_PARAMS", count,
                          s->ctrl.num_slices);
    return model_check(s->m, !s->ctrl.entry || !entries || entries == s->ctrl.num_entries,
                       "%d elements of HEVC_ENTRY_POINT_OFFSETS for %d", s->ctrl.num_entries, entries);
}

static int check_complete(struct hevc *s)
{
    bool hold = s->m->job.event->flags & VSTATELESS_JOB_HOLD;
    int missing = hevc_find_missing(s);

    s->complete = missing < 0;
    if (s->complete || hold)
        return 0;
    return model_fail(s->m, "coding tree block %d is missing", missing);
}

/*
 * Keep the picture and write it. A picture with slices to come is not written:
 * if they never come, the poison has to show it.
 */
static int finish_picture(struct hevc *s, int ret)
{
    const HEVCSPS *sps = hevc_context(s)->pps->sps;
    AVFrame *pixels = hevc_context(s)->cur_frame->f;
    struct hevc_picture *p;
    int output = 0;

    s->failed |= ret < 0;
    if (s->failed)
        model_spoil(pixels, sps->height, MODEL_FRAME);
    if (s->complete || s->failed)
        output = model_output(s->m, pixels, sps->width, sps->height, MODEL_FRAME);
    p = hevc_copy_frame(s);
    if (!p)
        return model_fail(s->m, "out of memory");
    p->history.poc = s->decode.pic_order_cnt_val;
    p->history.pic_struct = s->ctrl.slice ? s->ctrl.slice->pic_struct : -1;
    model_store(s->m, p, p->frame.f);
    return ret < 0 ? ret : output;
}

static int hevc_decode(struct model *m, void *state)
{
    struct hevc *s = state;
    int ret;

    s->m = m;
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
    return finish_picture(s, ret);
}

const struct model_codec model_hevc = {
    .fourcc       = V4L2_PIX_FMT_HEVC_SLICE,
    .name         = "HEVC",
    .open         = hevc_open,
    .close        = hevc_close,
    .decode       = hevc_decode,
    .flush        = hevc_flush,
    .free_picture = hevc_free_picture,
};
