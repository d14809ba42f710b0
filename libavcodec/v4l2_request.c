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
 * The callbacks of the V4L2 Request hwaccels that all codecs share: from the
 * opening of a session to the output of a frame.
 */

#include "libavutil/avassert.h"
#include "libavutil/error.h"
#include "libavutil/hwcontext.h"
#include "libavutil/log.h"

#include "hwaccel_internal.h"
#include "internal.h"
#include "v4l2_request_internal.h"

/** Make the frames context, on the client's device: of our own type or a DRM one. */
static int get_frames_context(AVCodecContext *avctx)
{
    const AVHWDeviceContext *device = (const AVHWDeviceContext *)avctx->hw_device_ctx->data;

    return ff_decode_get_hw_frames_ctx(avctx, device->type);
}

int ff_v4l2_request_frame_params(AVCodecContext *avctx, AVBufferRef *hw_frames_ctx)
{
    AVHWFramesContext *hwfc = (AVHWFramesContext *)hw_frames_ctx->data;
    V4L2RequestSession *s = avctx->hwaccel ? ff_v4l2_request_session(avctx) : NULL;

    /* The frames belong to a session, which init() opens. */
    if (!s)
        return AVERROR(ENOSYS);

    hwfc->format    = AV_PIX_FMT_DRM_PRIME;
    hwfc->sw_format = s->format->sw_format;
    hwfc->width     = s->coded_width;
    hwfc->height    = s->coded_height;
    hwfc->pool      = ff_v4l2_request_buffer_pool(s);
    hwfc->free      = avpriv_v4l2request_free_pool;
    return hwfc->pool ? 0 : AVERROR(ENOMEM);
}

int ff_v4l2_request_init(AVCodecContext *avctx, const V4L2RequestCodec *codec,
                         struct v4l2_ext_control *sequence, int nb_sequence,
                         int bit_depth, int chroma)
{
    V4L2RequestContext *ctx = avctx->internal->hwaccel_priv_data;
    int ret;

    if (!avctx->hw_device_ctx) {
        av_log(avctx, AV_LOG_ERROR, "A V4L2 Request device is required for "
               "hardware accelerated decoding.\n");
        return AVERROR(EINVAL);
    }

    ret = ff_v4l2_request_session_open(avctx, codec, sequence, nb_sequence,
                                       bit_depth, chroma, &ctx->session);
    if (ret < 0)
        return ret;

    ret = get_frames_context(avctx);
    if (ret < 0)
        v4l2_refstruct_unref(&ctx->session);
    return ret;
}

/** Session of an earlier picture, if the device and the kind of frames are the same. */
static V4L2RequestSession *previous_session(const AVCodecContext *avctx,
                                            const V4L2RequestCodec *codec,
                                            const AVFrame *previous, int bit_depth, int chroma)
{
    const AVHWFramesContext *hwfc;
    V4L2RequestSession *s;

    if (!previous || previous->format != AV_PIX_FMT_DRM_PRIME || !previous->hw_frames_ctx ||
        avctx->hw_frames_ctx || !avctx->hw_device_ctx)
        return NULL;

    /* Frames of our own pool, on the device that is to be used now. */
    hwfc = (const AVHWFramesContext *)previous->hw_frames_ctx->data;
    if (hwfc->free != avpriv_v4l2request_free_pool || hwfc->device_ref->data != avctx->hw_device_ctx->data)
        return NULL;

    s = ((V4L2RequestBuffer *)previous->buf[0]->data)->session;
    if (s->dead || s->codec != codec || s->bit_depth != bit_depth || s->chroma != chroma ||
        s->profile != avctx->profile)
        return NULL;
    return s;
}

int ff_v4l2_request_reuse(AVCodecContext *avctx, const V4L2RequestCodec *codec,
                          const AVFrame *previous, int bit_depth, int chroma)
{
    V4L2RequestContext *ctx = avctx->internal->hwaccel_priv_data;
    V4L2RequestSession *s = previous_session(avctx, codec, previous, bit_depth, chroma);

    if (!s || s->coded_width != avctx->coded_width || s->coded_height != avctx->coded_height)
        return 0;

    avctx->hw_frames_ctx = av_buffer_ref(previous->hw_frames_ctx);
    if (!avctx->hw_frames_ctx)
        return 0;
    ctx->session = v4l2_refstruct_ref(s);
    av_log(avctx, AV_LOG_VERBOSE, "Going on with %s.\n", s->name);
    return 1;
}

int ff_v4l2_request_resize(AVCodecContext *avctx, const V4L2RequestCodec *codec,
                           const AVFrame *previous,
                           struct v4l2_ext_control *sequence, int nb_sequence,
                           int bit_depth, int chroma)
{
    V4L2RequestContext *ctx = avctx->internal->hwaccel_priv_data;
    V4L2RequestSession *s = previous_session(avctx, codec, previous, bit_depth, chroma);
    int ret;

    if (!s) {
        av_log(avctx, AV_LOG_ERROR, "The references are not in a device.\n");
        return AVERROR(ENOSYS);
    }

    ret = ff_v4l2_request_renegotiate(s, avctx->coded_width, avctx->coded_height,
                                      sequence, nb_sequence);
    if (ret < 0) {
        av_log(avctx, AV_LOG_ERROR, "%s cannot go on with %dx%d: %s.\n", s->name,
               avctx->coded_width, avctx->coded_height, s->reason);
        return ret;
    }

    ctx->session = v4l2_refstruct_ref(s);
    av_log(avctx, AV_LOG_VERBOSE, "Going on with %s, %dx%d.\n", s->name,
           s->coded_width, s->coded_height);
    ret = get_frames_context(avctx);
    if (ret < 0)
        v4l2_refstruct_unref(&ctx->session);
    return ret;
}

int ff_v4l2_request_uninit(AVCodecContext *avctx)
{
    V4L2RequestContext *ctx = avctx->internal->hwaccel_priv_data;
    V4L2RequestSession *s = ctx->session;

    if (!s)
        return 0;

    /* Requests in flight hold their frames and these hold the session: nobody
     * else may come to undo that. */
    ff_v4l2_request_drain(s);
    ff_v4l2_request_conclude(s);
    v4l2_refstruct_unref(&ctx->session);
    return 0;
}

void ff_v4l2_request_flush(AVCodecContext *avctx)
{
    V4L2RequestSession *s = ff_v4l2_request_session(avctx);
    int in_flight;

    ff_v4l2_request_wait_early(s);
    ff_v4l2_request_fetch(s);
    ff_mutex_lock(&s->lock);
    in_flight = s->in_flight + s->nb_queued;
    ff_mutex_unlock(&s->lock);
    if (in_flight)
        ff_v4l2_request_cancel(s);
}

/**
 * Called when a frame leaves the decoder, in the thread of the caller: wait for
 * the hardware if need be, and say so if the frame is known to be wrong.
 */
static int output_frame(void *logctx, AVFrame *frame)
{
    V4L2RequestPicture *pic = v4l2_frame_decode_data(frame)->hwaccel_priv;
    int failed = 1, damaged = 0, partial = 0, stale = 0;

    if (pic && pic->session) {
        ff_v4l2_request_output(pic->session, pic, frame);
        ff_mutex_lock(&pic->session->lock);
        failed  = pic->failed;
        damaged = pic->damaged;
        partial = pic->more;
        /* Shown by the header of a later one, perhaps in the place of one without a buffer */
        stale   = (pic->hidden || pic->buffer->shown) &&
                  ff_v4l2_request_is_stale(pic->session, pic->buffer);
        pic->buffer->shown = 1;
        ff_mutex_unlock(&pic->session->lock);
    }
    if (!failed && !damaged && !partial && !stale)
        return 0;

    if (failed)
        av_log(logctx, AV_LOG_ERROR, "The hardware failed to decode a frame.\n");
    else if (partial)
        av_log(logctx, AV_LOG_WARNING, "A frame is incomplete: a part of it was never decoded.\n");
    else if (damaged)
        av_log(logctx, AV_LOG_WARNING, "A frame is predicted from one that failed.\n");
    else
        av_log(logctx, AV_LOG_WARNING, "A frame is shown that may not be the one meant.\n");
    frame->flags              |= AV_FRAME_FLAG_CORRUPT;
    frame->decode_error_flags |= (failed || partial ? FF_DECODE_ERROR_DECODE_SLICES     : 0) |
                                 (damaged || stale  ? FF_DECODE_ERROR_MISSING_REFERENCE : 0);
    return pic && pic->explode ? AVERROR_INVALIDDATA : 0;
}

/** The decoder goes on without a picture, and with what it has: see note_start(). */
static int lose_picture(V4L2RequestSession *s, int err)
{
    ff_mutex_lock(&s->lock);
    s->loss = ++s->nb_pictures;
    ff_mutex_unlock(&s->lock);
    return err;
}

int ff_v4l2_request_alloc_frame(AVCodecContext *avctx, AVFrame *frame)
{
    V4L2RequestSession *s = ff_v4l2_request_session(avctx);
    V4L2RequestBuffer *buffer;
    int ret;

    if (avctx->coded_width > s->coded_width || avctx->coded_height > s->coded_height) {
        av_log(avctx, AV_LOG_ERROR, "Frame of %dx%d does not fit in buffers of %dx%d.\n",
               avctx->coded_width, avctx->coded_height, s->coded_width, s->coded_height);
        return lose_picture(s, AVERROR_INVALIDDATA);
    }

    /* Requests in flight hold references, which may be the last ones. */
    ff_v4l2_request_fetch(s);
    do {
        ret = av_hwframe_get_buffer(avctx->hw_frames_ctx, frame, 0);
    } while (ret == AVERROR(ENOMEM) && ff_v4l2_request_wait_any(s) > 0);
    if (ret < 0) {
        av_log(avctx, AV_LOG_ERROR, "No CAPTURE buffer is free: the driver gives no "
               "more of them, and all are in use as references or by the application.\n");
        return lose_picture(s, ret);
    }

    buffer = ff_v4l2_request_buffer(s, frame);
    av_assert0(buffer);
    ff_mutex_lock(&s->lock);
    buffer->number    = ++s->nb_pictures;
    buffer->timestamp = 0;
    buffer->corrupt   = 0;
    buffer->shown     = 0;
    buffer->early     = 0;
    buffer->failed    = 0;
    buffer->damaged   = 0;
    ff_mutex_unlock(&s->lock);

    frame->width  = avctx->coded_width;
    frame->height = avctx->coded_height;

    ret = v4l2_attach_decode_data(avctx, frame);
    if (ret < 0)
        return lose_picture(s, ret);
    v4l2_set_post_process(v4l2_frame_decode_data(frame), output_frame);
    return 0;
}

void ff_v4l2_request_free_frame_priv(V4L2RefStructOpaque hwctx, void *data)
{
    V4L2RequestPicture *pic = data;

    if (pic->session)
        ff_v4l2_request_slot_put(pic->session, pic);
    for (int i = 0; i < pic->nb_refs; i++)
        av_buffer_unref(&pic->refs[i]);
    av_buffer_unref(&pic->capture);
    v4l2_refstruct_unref(&pic->session);
}
