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
 * What a codec says of a picture: references, bitstream, controls, and that it
 * is complete.
 */

#include <string.h>

#include "libavutil/avassert.h"
#include "libavutil/error.h"
#include "libavutil/macros.h"

#include "hwaccel_internal.h"
#include "internal.h"
#include "v4l2_request_internal.h"

/**
 * Bytes that stay free behind the bitstream: tegra-vde appends 16 zero bytes,
 * mediatek (CAVLC pictures of less than 20 bytes) 4.
 */
#define OUTPUT_SLACK 64

static const uint8_t start_code[3] = { 0, 0, 1 };

V4L2RequestSession *ff_v4l2_request_session(const AVCodecContext *avctx)
{
    const V4L2RequestContext *ctx = avctx->internal->hwaccel_priv_data;

    return ctx->session;
}

int ff_v4l2_request_is_slice_based(const AVCodecContext *avctx)
{
    return ff_v4l2_request_session(avctx)->slice_based;
}

int ff_v4l2_request_can_hold(const AVCodecContext *avctx)
{
    return ff_v4l2_request_session(avctx)->can_hold;
}

static int control_index(const V4L2RequestSession *s, uint32_t id)
{
    int i = 0;

    while (s->codec->controls[i].id != id)
        av_assert0(s->codec->controls[i++].id);
    return i;
}

int ff_v4l2_request_has_control(const AVCodecContext *avctx, uint32_t id)
{
    const V4L2RequestSession *s = ff_v4l2_request_session(avctx);

    return s->controls >> control_index(s, id) & 1;
}

unsigned ff_v4l2_request_control_elems(const AVCodecContext *avctx, uint32_t id)
{
    const V4L2RequestSession *s = ff_v4l2_request_session(avctx);
    int index = control_index(s, id);

    return s->controls >> index & 1 ? s->elems[index] : 0;
}

static void unref_picture(void *priv)
{
    V4L2RequestPicture *pic = priv;

    v4l2_refstruct_unref(&pic);
}

static int attach_picture(AVCodecContext *avctx, V4L2RequestPicture *pic, AVFrame *frame)
{
    V4L2RequestSession *s = ff_v4l2_request_session(avctx);
    FrameDecodeData *fdd = v4l2_frame_decode_data(frame);

    pic->buffer = ff_v4l2_request_buffer(s, frame);
    if (!pic->buffer)
        return AVERROR_BUG;
    pic->capture = av_buffer_ref(frame->buf[0]);
    if (!pic->capture)
        return AVERROR(ENOMEM);

    pic->session = v4l2_refstruct_ref(s);
    pic->explode = !!(avctx->err_recognition & AV_EF_EXPLODE);

    fdd->hwaccel_priv      = v4l2_refstruct_ref(pic);
    fdd->hwaccel_priv_free = unref_picture;
    return 0;
}

int ff_v4l2_request_fail(V4L2RequestPicture *pic, int err)
{
    /* Then nothing of it can be decoded, and output_frame() knows that. */
    if (!pic->session)
        return err;

    ff_mutex_lock(&pic->session->lock);
    pic->failed          = 1;
    pic->buffer->corrupt = 1;
    if (err < 0 && pic->recovering)
        pic->session->loss = FFMAX(pic->session->loss, pic->buffer->number);
    ff_mutex_unlock(&pic->session->lock);
    ff_v4l2_request_slot_put(pic->session, pic);
    return err;
}

/**
 * What is known of a picture before it is decoded: that it is wrong if nothing
 * comes of it, or if one before it had no buffer. That one is none that others
 * could be seen to depend on, and the decoder may think that it has recovered from
 * a loss in the stream. So all is wrong until it starts anew, and then what needs
 * pictures from before the loss (ff_v4l2_request_depend()).
 */
static void note_start(V4L2RequestPicture *pic, const AVFrame *frame, int flags)
{
    V4L2RequestSession *s = pic->session;
    int restart = flags & V4L2_REQUEST_RESTART || frame->flags & AV_FRAME_FLAG_KEY;

    ff_mutex_lock(&s->lock);
    pic->hidden      = flags & V4L2_REQUEST_HIDDEN;
    pic->recovering |= flags & V4L2_REQUEST_RECOVERING;
    pic->more        = 1;
    if (!pic->buffer->timestamp)
        pic->buffer->corrupt = 1;
    /* The first one behind the loss: when the next one begins, pictures between them
     * are still in flight. */
    if (restart && s->restart <= s->loss)
        s->restart = pic->buffer->number;
    pic->damaged |= ff_v4l2_request_is_behind_loss(s, pic->buffer);
    ff_mutex_unlock(&s->lock);
}

int ff_v4l2_request_start_frame(AVCodecContext *avctx, V4L2RequestPicture *pic,
                                AVFrame *frame, int flags)
{
    int ret;

    if (!pic->session) {
        ret = attach_picture(avctx, pic, frame);
        if (ret < 0)
            return ret;
    }

    note_start(pic, frame, flags);
    /* The decoder left a picture or field without calling end_frame. */
    if (pic->slot)
        ff_v4l2_request_fail(pic, 0);

    pic->slices = 0;
    ret = ff_v4l2_request_slot_get(pic->session, pic);
    return ret < 0 ? ff_v4l2_request_fail(pic, ret) : 0;
}

/** Index of a held reference, -1 if it is not held. */
static int find_reference(const V4L2RequestPicture *pic, const V4L2RequestBuffer *buffer)
{
    for (int i = 0; i < pic->nb_refs; i++) {
        if (pic->refs[i]->data == (const uint8_t *)buffer)
            return i;
    }
    return -1;
}

uint64_t ff_v4l2_request_hold(V4L2RequestPicture *pic, const AVFrame *ref)
{
    V4L2RequestSession *s = pic->session;
    V4L2RequestBuffer *buffer = ff_v4l2_request_buffer(s, ref);
    uint64_t timestamp;

    if (!buffer)
        return 0;

    ff_mutex_lock(&s->lock);
    timestamp = buffer->timestamp;
    /* The second field of a picture may refer to the first one. */
    if (timestamp && buffer != pic->buffer && find_reference(pic, buffer) < 0) {
        if (pic->nb_refs < FF_ARRAY_ELEMS(pic->refs))
            pic->refs[pic->nb_refs] = av_buffer_ref(ref->buf[0]);
        if (pic->nb_refs < FF_ARRAY_ELEMS(pic->refs) && pic->refs[pic->nb_refs])
            pic->nb_refs++;
        else
            timestamp = 0;
    }
    ff_mutex_unlock(&s->lock);
    return timestamp;
}

void ff_v4l2_request_depend(V4L2RequestPicture *pic, const AVFrame *ref)
{
    V4L2RequestSession *s = pic->session;
    V4L2RequestBuffer *buffer = ff_v4l2_request_buffer(s, ref);
    int index;

    if (!buffer || buffer == pic->buffer)
        return;

    ff_mutex_lock(&s->lock);
    index = find_reference(pic, buffer);
    /* One that was never decoded is the decoder's. Streams without a loss can have
     * that: an I field that begins one, and a P field that refers to it alone. */
    if (index >= 0)
        pic->used |= UINT32_C(1) << index;
    else if (buffer->corrupt || s->loss)
        pic->damaged = 1;
    if (ff_v4l2_request_is_stale(s, buffer) && !ff_v4l2_request_is_stale(s, pic->buffer))
        pic->damaged = 1;
    ff_mutex_unlock(&s->lock);
}

void ff_v4l2_request_damage(V4L2RequestPicture *pic)
{
    ff_mutex_lock(&pic->session->lock);
    pic->damaged = 1;
    ff_mutex_unlock(&pic->session->lock);
}

uint64_t ff_v4l2_request_reference(V4L2RequestPicture *pic, const AVFrame *ref)
{
    uint64_t timestamp = ff_v4l2_request_hold(pic, ref);

    ff_v4l2_request_depend(pic, ref);
    return timestamp;
}

int ff_v4l2_request_append(AVCodecContext *avctx, V4L2RequestPicture *pic,
                           const uint8_t *data, size_t size)
{
    V4L2RequestSlot *slot = pic->slot;
    size_t needed;
    int ret;

    if (!slot)
        return AVERROR(EINVAL);

    needed = slot->used + size + OUTPUT_SLACK;
    if (needed > slot->size) {
        ret = ff_v4l2_request_output_grow(pic->session, slot, needed);
        if (ret < 0)
            return ff_v4l2_request_fail(pic, ret);
    }
    memcpy(slot->data + slot->used, data, size);
    slot->used += size;
    return 0;
}

size_t ff_v4l2_request_size(const V4L2RequestPicture *pic)
{
    return pic->slot ? pic->slot->used : 0;
}

int ff_v4l2_request_append_slice(AVCodecContext *avctx, V4L2RequestPicture *pic,
                                 const uint8_t *data, size_t size)
{
    int ret = 0;

    if (pic->session && pic->session->start_code)
        ret = ff_v4l2_request_append(avctx, pic, start_code, sizeof(start_code));
    if (ret >= 0)
        ret = ff_v4l2_request_append(avctx, pic, data, size);
    if (ret >= 0)
        pic->slices++;
    return ret;
}

int ff_v4l2_request_queue(AVCodecContext *avctx, V4L2RequestPicture *pic,
                          const struct v4l2_ext_control *controls, int nb_controls,
                          int flags)
{
    struct v4l2_ext_control request[V4L2_REQUEST_MAX_CONTROLS];
    int count = 0;
    int ret;

    /* The decoder ends what it could not begin, or found no slice in, and shows
     * it as in software. A frame without a picture is marked in output_frame(). */
    if (!pic->session)
        return 0;
    if (!pic->slot || !pic->slot->used)
        return ff_v4l2_request_fail(pic, 0);

    av_assert0(nb_controls <= FF_ARRAY_ELEMS(request));
    for (int i = 0; i < nb_controls; i++) {
        if (ff_v4l2_request_has_control(avctx, controls[i].id))
            request[count++] = controls[i];
    }

    ff_mutex_lock(&pic->session->lock);
    pic->more = flags & V4L2_REQUEST_MORE;
    ff_mutex_unlock(&pic->session->lock);
    ret = ff_v4l2_request_submit(pic->session, pic, request, count,
                                 flags & V4L2_REQUEST_MORE);
    return ret < 0 ? ff_v4l2_request_fail(pic, ret) : 0;
}
