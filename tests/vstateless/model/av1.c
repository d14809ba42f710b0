/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AV1: dav1d's frame decoder, its headers from controls
 *
 * dav1d's parser never runs. Its decoder gets a frame header, the references
 * that the timestamps name (pixels before film grain, motion vectors, segment
 * map, CDFs) and one tile group a tile; what it leaves in slot 0 is kept with
 * the CAPTURE buffer.
 */

#include "src/internal.h"
#include "src/decode.h"
#include "src/obu.h"
#include "src/ref.h"

#include <linux/videodev2.h>

#include "libavutil/frame.h"
#include "libavutil/mem.h"

#include "av1.h"
#include "check.h"
#include "codecs.h"

/* Slots of dav1d: an anonymous struct. */
typedef __typeof__(((Dav1dContext *)0)->refs[0]) Dav1dSlot;

struct av1 {
    Dav1dContext *dav1d;
    struct av1_history history;
    uint16_t *grey;			/* a line of chroma for monochrome */
    unsigned int grey_size;
};

/* What stays with a CAPTURE buffer. */
struct av1_picture {
    AVFrame *frame;			/* size and format; no pixels */
    Dav1dSlot slot;
    CdfThreadContext cdf;
    struct av1_past past;
};

static void av1_close(void *state)
{
    struct av1 *s = state;

    if (s->dav1d)
        dav1d_close(&s->dav1d);
    av_freep(&s->grey);
    av_free(s);
}

static void *av1_open(struct model *m)
{
    struct av1 *s = av_mallocz(sizeof(*s));
    Dav1dSettings settings;

    (void)m;
    if (!s)
        return NULL;
    dav1d_default_settings(&settings);
    settings.n_threads               = 1;
    settings.max_frame_delay         = 1;
    settings.apply_grain             = 0;
    settings.output_invisible_frames = 1;
    settings.logger.callback         = NULL;
    if (dav1d_open(&s->dav1d, &settings) < 0) {
        av1_close(s);
        return NULL;
    }
    return s;
}

static void av1_flush(void *state)
{
    struct av1 *s = state;

    s->history = (struct av1_history) { 0 };
}

static void clear_slot(Dav1dSlot *slot, CdfThreadContext *cdf)
{
    if (slot->p.p.frame_hdr)
        dav1d_thread_picture_unref(&slot->p);
    dav1d_ref_dec(&slot->segmap);
    dav1d_ref_dec(&slot->refmvs);
    dav1d_cdf_thread_unref(cdf);
    *slot = (Dav1dSlot) { 0 };
    *cdf  = (CdfThreadContext) { 0 };
}

static void copy_slot(Dav1dSlot *dst, CdfThreadContext *dst_cdf, const Dav1dSlot *src,
                      CdfThreadContext *src_cdf)
{
    dav1d_thread_picture_ref(&dst->p, &src->p);
    dst->segmap = src->segmap;
    dst->refmvs = src->refmvs;
    if (dst->segmap)
        dav1d_ref_inc(dst->segmap);
    if (dst->refmvs)
        dav1d_ref_inc(dst->refmvs);
    memcpy(dst->refpoc, src->refpoc, sizeof(dst->refpoc));
    dav1d_cdf_thread_ref(dst_cdf, src_cdf);
}

static void av1_free_picture(void *picture)
{
    struct av1_picture *p = picture;

    clear_slot(&p->slot, &p->cdf);
    av_frame_free(&p->frame);
    av_free(p);
}

/* A slot may be empty, and unused; only what is used has to be there. */
static int load_slots(struct model *m, struct av1 *s, const struct v4l2_ctrl_av1_frame *frame,
                      const struct av1_past *past[AV1_SLOTS])
{
    for (int i = 0; i < AV1_SLOTS; i++) {
        struct av1_picture *picture;
        int index;

        past[i] = NULL;
        index = model_find_reference(m, frame->reference_frame_ts[i]);
        if (index == -EIO)
            return index;
        /* 0 is a timestamp like all others, but also what empty slots have. */
        if (index < 0) {
            if (frame->reference_frame_ts[i] &&
                model_warn(m, MODEL_QUIRK_MISSING_ENTRY, "slot %d names no decoded frame: ts %llu", i,
                           (unsigned long long)frame->reference_frame_ts[i]))
                return -EINVAL;
            continue;
        }
        picture = m->frame[index].picture;
        past[i] = &picture->past;
        copy_slot(&s->dav1d->refs[i], &s->dav1d->cdf[i], &picture->slot, &picture->cdf);
    }
    return 0;
}

static void clear_slots(struct av1 *s)
{
    Dav1dContext *c = s->dav1d;

    for (int i = 0; i < AV1_SLOTS; i++)
        clear_slot(&c->refs[i], &c->cdf[i]);
    for (int i = 0; i < c->n_tile_data; i++)
        dav1d_data_unref_internal(&c->tile[i].data);
    c->n_tile_data = 0;
    if (c->out.p.frame_hdr)
        dav1d_thread_picture_unref(&c->out);
    dav1d_ref_dec(&c->frame_hdr_ref);
    c->frame_hdr = NULL;
}

static void keep_payload(const uint8_t *data, void *opaque)
{
    (void)data;
    (void)opaque;
}

/* A tile group of each tile: its place and its size are those of the control. */
static int set_tiles(struct model *m, Dav1dContext *c, const struct av1_controls *ctrl)
{
    int count = ctrl->frame->tile_info.tile_cols * ctrl->frame->tile_info.tile_rows;

    if (c->n_tile_data_alloc < count) {
        struct Dav1dTileGroup *tile = realloc(c->tile, count * sizeof(*tile));

        if (!tile)
            return model_fail(m, "out of memory");
        c->tile = tile;
        c->n_tile_data_alloc = count;
    }
    memset(c->tile, 0, count * sizeof(*c->tile));
    for (int i = 0; i < count; i++) {
        if (dav1d_data_wrap_internal(&c->tile[i].data, m->job.bitstream + ctrl->tiles[i].tile_offset,
                                     ctrl->tiles[i].tile_size, keep_payload, NULL) < 0)
            return model_fail(m, "out of memory");
        c->tile[i].start = c->tile[i].end = i;
        c->n_tile_data++;
    }
    return 0;
}

static int set_headers(struct model *m, Dav1dContext *c, const struct av1_controls *ctrl)
{
    dav1d_ref_dec(&c->seq_hdr_ref);
    c->seq_hdr_ref   = dav1d_ref_create_using_pool(c->seq_hdr_pool, sizeof(*c->seq_hdr));
    c->frame_hdr_ref = dav1d_ref_create_using_pool(c->frame_hdr_pool, sizeof(*c->frame_hdr));
    if (!c->seq_hdr_ref || !c->frame_hdr_ref)
        return model_fail(m, "out of memory");
    c->seq_hdr   = c->seq_hdr_ref->data;
    c->frame_hdr = c->frame_hdr_ref->data;
    av1_fill_sequence(c->seq_hdr, ctrl->sequence);
    av1_fill_frame(c->frame_hdr, ctrl);
    return 0;
}

/* Hardware writes 4:2:0 also for monochrome; its chroma is grey. */
static int set_grey(struct av1 *s, AVFrame *frame)
{
    int count = (frame->width + 1) / 2;

    av_fast_malloc(&s->grey, &s->grey_size, count * sizeof(*s->grey));
    if (!s->grey)
        return -ENOMEM;
    if (frame->format == AV_PIX_FMT_YUV420P)
        memset(s->grey, 128, count);
    else
        for (int i = 0; i < count; i++)
            s->grey[i] = 512;
    frame->data[1]     = frame->data[2]     = (uint8_t *)s->grey;
    frame->linesize[1] = frame->linesize[2] = 0;
    return 0;
}

static AVFrame *new_frame(const struct av1_controls *ctrl)
{
    AVFrame *frame = av_frame_alloc();

    if (frame) {
        frame->format = ctrl->sequence->bit_depth == 8 ? AV_PIX_FMT_YUV420P : AV_PIX_FMT_YUV420P10;
        frame->width  = ctrl->frame->upscaled_width;
        frame->height = ctrl->frame->frame_height_minus_1 + 1;
    }
    return frame;
}

/* Write the picture with its grain; the reference stays without. */
static int write_picture(struct model *m, struct av1 *s, AVFrame *frame, const Dav1dPicture *decoded)
{
    Dav1dPicture shown = { 0 };
    int ret = 0;

    if (dav1d_apply_grain(s->dav1d, &shown, decoded) < 0)
        return model_fail(m, "film grain cannot be applied");
    for (int i = 0; i < 3; i++) {
        frame->data[i]     = shown.data[i];
        frame->linesize[i] = shown.stride[!!i];
    }
    if (decoded->p.layout == DAV1D_PIXEL_LAYOUT_I400)
        ret = set_grey(s, frame);
    if (!ret)
        ret = model_output(m, frame, frame->width, frame->height, MODEL_FRAME);
    memset(frame->data, 0, sizeof(frame->data));
    dav1d_picture_unref_internal(&shown);
    return ret;
}

/* Keep what decoding left in slot 0. */
static int finish(struct model *m, struct av1 *s, const struct av1_controls *ctrl)
{
    struct av1_picture *picture = av_mallocz(sizeof(*picture));
    int ret;

    if (!picture)
        return model_fail(m, "out of memory");
    picture->past.frame = *ctrl->frame;
    if (ctrl->grain)
        picture->past.grain = *ctrl->grain;
    copy_slot(&picture->slot, &picture->cdf, &s->dav1d->refs[0], &s->dav1d->cdf[0]);
    picture->frame = new_frame(ctrl);
    if (!picture->frame) {
        av1_free_picture(picture);
        return model_fail(m, "out of memory");
    }
    ret = write_picture(m, s, picture->frame, &picture->slot.p.p);
    model_store(m, picture, picture->frame);
    return ret;
}

/* Chips do not undo their writes: no older picture may show through. */
static int spoil(struct model *m, const struct av1_controls *ctrl, int error)
{
    AVFrame *frame = new_frame(ctrl);

    if (frame && av_frame_get_buffer(frame, 0) >= 0) {
        model_spoil(frame, frame->height, MODEL_FRAME);
        model_output(m, frame, frame->width, frame->height, MODEL_FRAME);
    }
    av_frame_free(&frame);
    return error;
}

static int decode(struct model *m, struct av1 *s, const struct av1_controls *ctrl)
{
    const struct av1_past *past[AV1_SLOTS];

    if (av1_check_limits(m, ctrl) || load_slots(m, s, ctrl->frame, past) ||
        av1_check_slots(m, ctrl, past, &s->history) || av1_check_frame(m, ctrl, past) ||
        av1_check_filters(m, ctrl, past) || set_headers(m, s->dav1d, ctrl) ||
        set_tiles(m, s->dav1d, ctrl))
        return -EINVAL;
    if (dav1d_submit_frame(s->dav1d) < 0)
        return spoil(m, ctrl, model_fail(m, "a tile is damaged, or a reference does not fit"));
    return finish(m, s, ctrl);
}

static int av1_decode(struct model *m, void *state)
{
    struct av1_controls ctrl = { 0 };
    struct av1 *s = state;
    int ret;

    ctrl.sequence = model_control(m, V4L2_CID_STATELESS_AV1_SEQUENCE, sizeof(*ctrl.sequence));
    ctrl.frame    = model_control(m, V4L2_CID_STATELESS_AV1_FRAME, sizeof(*ctrl.frame));
    ctrl.tiles    = model_control(m, V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY, sizeof(*ctrl.tiles));
    if (!ctrl.sequence || !ctrl.frame || !ctrl.tiles)
        return -EINVAL;
    for (int i = 0; i < m->job.num_controls; i++) {
        const struct model_control *control = &m->job.control[i];

        if (control->id == V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY)
            ctrl.num_tiles = control->size / sizeof(*ctrl.tiles);
        if (control->id == V4L2_CID_STATELESS_AV1_FILM_GRAIN && control->size >= sizeof(*ctrl.grain))
            ctrl.grain = control->data;
    }
    ret = decode(m, s, &ctrl);
    clear_slots(s);
    return ret;
}

const struct model_codec model_av1 = {
    .fourcc       = V4L2_PIX_FMT_AV1_FRAME,
    .name         = "AV1",
    .open         = av1_open,
    .close        = av1_close,
    .decode       = av1_decode,
    .flush        = av1_flush,
    .free_picture = av1_free_picture,
};
