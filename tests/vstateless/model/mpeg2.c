/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MPEG-2: libavcodec's macroblock decoder, everything above it from controls
 *
 * The decoder's source is included for its static functions. None of its
 * header parsing runs: this file fills the context from the controls, and the
 * only syntax that is read from the OUTPUT buffer are the slices.
 */

#include "libavcodec/mpeg12dec.c"
#include "libavutil/mem.h"

#include <stdbool.h>

#include <linux/videodev2.h>

#include "check.h"
#include "codecs.h"
#include "mpeg2.h"

struct mpeg2 {
    AVCodecContext *avctx;
    /* The frame whose first field was decoded by the previous job. */
    int first_field;			/* its parity, 0: none */
    uint32_t index;
    uint64_t timestamp;
    struct v4l2_ctrl_mpeg2_sequence sequence;
    uint8_t *seen;			/* one byte a macroblock of this picture */
    unsigned int seen_size;
};

static void mpeg2_close(void *state)
{
    struct mpeg2 *s = state;

    avcodec_free_context(&s->avctx);
    av_freep(&s->seen);
    av_free(s);
}

static void *mpeg2_open(struct model *m)
{
    struct mpeg2 *s = av_mallocz(sizeof(*s));

    if (!s)
        return NULL;
    s->avctx = avcodec_alloc_context3(&ff_mpeg2video_decoder.p);
    if (s->avctx) {
        s->avctx->opaque = m;
        s->avctx->thread_count = 1;
        s->avctx->err_recognition = AV_EF_EXPLODE;
        s->avctx->error_concealment = 0;
    }
    if (!s->avctx || avcodec_open2(s->avctx, &ff_mpeg2video_decoder.p, NULL) < 0) {
        mpeg2_close(s);
        return NULL;
    }
    return s;
}

static void mpeg2_flush(void *state)
{
    struct mpeg2 *s = state;

    s->first_field = 0;
}

static void mpeg2_free_picture(void *picture)
{
    av_refstruct_unref(&picture);
}

static int set_sequence(struct mpeg2 *s, const struct v4l2_ctrl_mpeg2_sequence *sequence)
{
    Mpeg1Context *s1 = s->avctx->priv_data;
    MPVContext *mpv = &s1->slice.c;

    mpv->codec_id             = AV_CODEC_ID_MPEG2VIDEO;
    mpv->width                = sequence->horizontal_size;
    mpv->height               = sequence->vertical_size;
    mpv->chroma_format        = sequence->chroma_format;
    mpv->progressive_sequence = !!(sequence->flags & V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE);
    mpv->low_delay            = 1;
    s1->frame_rate_ext        = (AVRational) { 1, 1 };
    return mpeg_decode_postinit(s->avctx);
}

static void set_picture(MPVContext *mpv, const struct v4l2_ctrl_mpeg2_picture *picture)
{
    uint32_t flags = picture->flags;

    mpv->pict_type                  = picture->picture_coding_type;
    mpv->picture_structure          = picture->picture_structure;
    mpv->intra_dc_precision         = picture->intra_dc_precision;
    mpv->top_field_first            = !!(flags & V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST);
    mpv->frame_pred_frame_dct       = !!(flags & V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT);
    mpv->concealment_motion_vectors = !!(flags & V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV);
    mpv->q_scale_type               = !!(flags & V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE);
    mpv->intra_vlc_format           = !!(flags & V4L2_MPEG2_PIC_FLAG_INTRA_VLC);
    mpv->alternate_scan             = !!(flags & V4L2_MPEG2_PIC_FLAG_ALT_SCAN);
    mpv->repeat_first_field         = !!(flags & V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST);
    mpv->progressive_frame          = !!(flags & V4L2_MPEG2_PIC_FLAG_PROGRESSIVE);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            mpv->mpeg_f_code[i][j] = picture->f_code[i][j];
    ff_permute_scantable(mpv->intra_scantable.permutated,
                         mpv->alternate_scan ? ff_alternate_vertical_scan : ff_zigzag_direct,
                         mpv->idsp.idct_permutation);
}

/* The control has zigzag order whatever scan the picture uses (6.3.11). */
static void set_matrix(const MPVContext *mpv, uint16_t dst[64], const uint8_t src[64])
{
    for (int i = 0; i < 64; i++)
        dst[mpv->idsp.idct_permutation[ff_zigzag_direct[i]]] = src[i];
}

/* 4:2:0 has the luma matrices for chroma (6.3.11); nothing else gets here. */
static void set_quantisation(MPVContext *mpv, const struct v4l2_ctrl_mpeg2_quantisation *q)
{
    set_matrix(mpv, mpv->intra_matrix,        q->intra_quantiser_matrix);
    set_matrix(mpv, mpv->inter_matrix,        q->non_intra_quantiser_matrix);
    set_matrix(mpv, mpv->chroma_intra_matrix, q->intra_quantiser_matrix);
    set_matrix(mpv, mpv->chroma_inter_matrix, q->non_intra_quantiser_matrix);
}

/*
 * Put the frame that a control names into one of the decoder's two places.
 * *load: the buffer exists but nothing was decoded into it (its job failed);
 * the place stays empty, for load_reference().
 */
static int set_reference(struct model *m, struct mpeg2 *s, MPVWorkPicture *place,
                         uint64_t timestamp, bool second, int *load)
{
    Mpeg1Context *s1 = s->avctx->priv_data;
    MPVPicture *picture;
    int index;

    *load = -1;
    if (second && timestamp == s->timestamp) {
        picture = s1->slice.c.cur_pic.ptr;
    } else {
        index = model_find_reference(m, timestamp);
        if (index < -1)
            return index;
        if (index < 0) {
            *load = model_find(m, timestamp);
            return 0;
        }
        picture = m->frame[index].picture;
    }
    if (picture->f->width != s->avctx->coded_width || picture->f->height != s->avctx->coded_height)
        return model_fail(m, "reference ts %llu has another size", (unsigned long long)timestamp);
    ff_mpv_workpic_from_pic(place, picture);
    return 0;
}

/*
 * A P field may refer to the first field of its own frame alone, so its
 * forward reference may be absent; drivers then program the destination
 * (hantro_g1_mpeg2_dec.c). Every other absent reference is an error.
 */
static int set_references(struct model *m, struct mpeg2 *s,
                          const struct v4l2_ctrl_mpeg2_picture *picture, bool second, int load[2])
{
    MPVContext *mpv = &((Mpeg1Context *)s->avctx->priv_data)->slice.c;
    MPVWorkPicture *forward = &mpv->next_pic;
    int ret;

    load[0] = load[1] = -1;
    if (second || mpv->pict_type == AV_PICTURE_TYPE_B)
        forward = &mpv->last_pic;
    ff_mpv_unref_picture(&mpv->last_pic);
    if (!second || mpv->pict_type == AV_PICTURE_TYPE_B)
        ff_mpv_unref_picture(&mpv->next_pic);
    if (mpv->pict_type == AV_PICTURE_TYPE_I)
        return 0;
    ret = set_reference(m, s, forward, picture->forward_ref_ts, second, &load[0]);
    if (ret < 0)
        return ret;
    if (!forward->ptr && load[0] < 0) {
        if (!second || mpv->pict_type == AV_PICTURE_TYPE_B)
            return model_fail(m, "forward reference ts %llu is in no CAPTURE buffer",
                              (unsigned long long)picture->forward_ref_ts);
        ff_mpv_workpic_from_pic(forward, mpv->cur_pic.ptr);
    }
    if (mpv->pict_type != AV_PICTURE_TYPE_B)
        return 0;
    ret = set_reference(m, s, &mpv->next_pic, picture->backward_ref_ts, second, &load[1]);
    if (ret < 0 || mpv->next_pic.ptr || load[1] >= 0)
        return ret;
    return model_fail(m, "backward reference ts %llu is in no CAPTURE buffer",
                      (unsigned long long)picture->backward_ref_ts);
}

/*
 * The buffer of a job that failed before it decoded anything: its pixels are
 * what the memory holds, as for a chip. mpeg_field_start() has allocated.
 */
static int load_references(struct model *m, MPVContext *mpv, const int load[2])
{
    MPVWorkPicture *place[2] = { &mpv->last_pic, &mpv->next_pic };
    int ret;

    for (int i = 0; i < 2; i++) {
        if (load[i] < 0)
            continue;
        ret = model_input(m, load[i], place[i]->ptr->f, mpv->mb_width * 16, mpv->mb_height * 16);
        if (ret < 0)
            return ret;
    }
    return 0;
}

/* Note the macroblocks from a slice's first one to (mb_x, mb_y), exclusive. */
static int mark(struct model *m, struct mpeg2 *s, const MPVContext *mpv)
{
    int step = mpv->picture_structure == PICT_FRAME ? 1 : 2;
    int x = mpv->resync_mb_x, y = mpv->resync_mb_y;

    while (y < mpv->mb_height && (y < mpv->mb_y || (y == mpv->mb_y && x < mpv->mb_x))) {
        if (s->seen[y * mpv->mb_width + x]++)
            return model_fail(m, "macroblock (%d, %d) comes twice", x, y);
        if (++x == mpv->mb_width) {
            x = 0;
            y += step;
        }
    }
    return 0;
}

/* Rows below the picture may be absent; software accepts that as well. */
static int check_complete(struct model *m, const struct mpeg2 *s, const MPVContext *mpv)
{
    int step = mpv->picture_structure == PICT_FRAME ? 1 : 2;

    for (int y = mpv->picture_structure == PICT_BOTTOM_FIELD; y < (mpv->height + 15) / 16; y += step)
        for (int x = 0; x < mpv->mb_width; x++)
            if (!s->seen[y * mpv->mb_width + x])
                return model_fail(m, "macroblock (%d, %d) is missing", x, y);
    return 0;
}

static int decode_slice(struct model *m, struct mpeg2 *s, int code, const uint8_t *data,
                        const uint8_t *end)
{
    Mpeg1Context *s1 = s->avctx->priv_data;
    MPVContext *mpv = &s1->slice.c;
    int field = mpv->picture_structure != PICT_FRAME;
    int mb_y = code - SLICE_MIN_START_CODE;
    int ret;

    if (end - data < 2)
        return model_fail(m, "slice of %td bytes", end - data);
    /* slice_vertical_position_extension, 6.3.16 */
    if (mpv->mb_height > 2800 / 16)
        mb_y += (*data & 0xe0) << 2;
    mb_y = (mb_y << field) + (mpv->picture_structure == PICT_BOTTOM_FIELD);
    if (mb_y >= mpv->mb_height)
        return model_fail(m, "slice in row %d of %d", mb_y, mpv->mb_height);
    ret = mpeg_decode_slice(&s1->slice, mb_y, &data, end - data);
    if (ret < 0)
        return model_fail(m, "slice in row %d is damaged", mb_y);
    return mark(m, s, mpv);
}

/* Only slices belong into the buffer; a sequence end code may follow them. */
static int decode_slices(struct model *m, struct mpeg2 *s)
{
    const uint8_t *data = m->job.bitstream, *end = data + m->job.event->bitstream_size;
    const uint8_t *next;
    uint32_t code = -1;
    int ret;

    next = avpriv_find_start_code(data, end, &code);
    if (code > 0x1ff)
        return model_fail(m, "no start code in %td bytes", end - data);
    for (const uint8_t *p = data; p < next - 4; p++)
        if (*p)
            return model_fail(m, "bytes before the first start code");
    while (code <= 0x1ff && code != SEQ_END_CODE) {
        data = next;
        if (code >= SLICE_MIN_START_CODE && code <= SLICE_MAX_START_CODE)
            ret = decode_slice(m, s, code, data, end);
        else
            ret = model_warn(m, MODEL_QUIRK_START_CODE, "start code 0x%x in the payload", code);
        if (ret < 0)
            return ret;
        code = -1;
        next = avpriv_find_start_code(data, end, &code);
    }
    return check_complete(m, s, &((Mpeg1Context *)s->avctx->priv_data)->slice.c);
}

static int start_picture(struct model *m, struct mpeg2 *s, const struct mpeg2_controls *ctrl,
                         bool second)
{
    Mpeg1Context *s1 = s->avctx->priv_data;
    MPVContext *mpv = &s1->slice.c;
    int load[2], ret;

    ret = set_sequence(s, ctrl->sequence);
    if (ret < 0)
        return model_fail(m, "cannot set up a decoder of %dx%d", mpv->width, mpv->height);
    set_picture(mpv, ctrl->picture);
    set_quantisation(mpv, ctrl->quantisation);
    mpv->first_field = mpv->picture_structure != PICT_FRAME && !second;
    ret = set_references(m, s, ctrl->picture, second, load);
    if (ret < 0)
        return ret;
    av_fast_mallocz(&s->seen, &s->seen_size, mpv->mb_width * mpv->mb_height);
    if (!s->seen)
        return model_fail(m, "out of memory");
    memset(s->seen, 0, mpv->mb_width * mpv->mb_height);
    /* The size only has to pass a plausibility test. */
    if (mpeg_field_start(s1, m->job.bitstream, INT_MAX) < 0)
        return model_fail(m, "cannot start a picture");
    /* The lines of the other field are what the buffer holds. */
    if (mpv->first_field) {
        ret = model_input(m, m->job.event->capture_index, mpv->cur_pic.ptr->f,
                          mpv->mb_width * 16, mpv->mb_height * 16);
        if (ret < 0)
            return ret;
    }
    return load_references(m, mpv, load);
}

/* Write the picture also when it is broken: chips do not undo their writes. */
static int finish_picture(struct model *m, struct mpeg2 *s, int ret)
{
    MPVContext *mpv = &((Mpeg1Context *)s->avctx->priv_data)->slice.c;
    MPVPicture *picture = mpv->cur_pic.ptr;
    int fields = mpv->picture_structure, output;

    ff_mpv_frame_end(mpv);
    if (ret < 0)
        model_spoil(picture->f, mpv->mb_height * 16, fields);
    output = model_output(m, picture->f, mpv->mb_width * 16, mpv->mb_height * 16, fields);
    model_store(m, av_refstruct_ref(picture), picture->f);
    return ret < 0 ? ret : output;
}

static int mpeg2_decode(struct model *m, void *state)
{
    const struct vstateless_event *event = m->job.event;
    struct mpeg2 *s = state;
    MPVContext *mpv = &((Mpeg1Context *)s->avctx->priv_data)->slice.c;
    struct mpeg2_controls ctrl;
    bool second;
    int ret;

    ctrl.sequence     = model_control(m, V4L2_CID_STATELESS_MPEG2_SEQUENCE, sizeof(*ctrl.sequence));
    ctrl.picture      = model_control(m, V4L2_CID_STATELESS_MPEG2_PICTURE, sizeof(*ctrl.picture));
    ctrl.quantisation = model_control(m, V4L2_CID_STATELESS_MPEG2_QUANTISATION,
                                      sizeof(*ctrl.quantisation));
    if (!ctrl.sequence || !ctrl.picture || !ctrl.quantisation)
        return AVERROR(EINVAL);
    /* Held buffer or queued again: same buffer, same timestamp, other parity. */
    second = s->first_field && mpv->cur_pic.ptr && s->index == event->capture_index &&
             s->timestamp == event->timestamp &&
             s->first_field + ctrl.picture->picture_structure == PICT_FRAME;
    s->first_field = 0;
    ret = mpeg2_check(m, &ctrl, second ? &s->sequence : NULL);
    if (ret < 0)
        return ret;
    ret = start_picture(m, s, &ctrl, second);
    if (ret < 0)
        return ret;
    ret = finish_picture(m, s, decode_slices(m, s));
    if (!second && ctrl.picture->picture_structure != V4L2_MPEG2_PIC_FRAME)
        s->first_field = ctrl.picture->picture_structure;
    s->index     = event->capture_index;
    s->timestamp = event->timestamp;
    s->sequence  = *ctrl.sequence;
    return ret;
}

const struct model_codec model_mpeg2 = {
    .fourcc       = V4L2_PIX_FMT_MPEG2_SLICE,
    .name         = "MPEG-2",
    .open         = mpeg2_open,
    .close        = mpeg2_close,
    .decode       = mpeg2_decode,
    .flush        = mpeg2_flush,
    .free_picture = mpeg2_free_picture,
};
