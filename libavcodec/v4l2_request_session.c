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
 * Sessions: an open decoder, and everything that has to live as long as the
 * last of its frames.
 */

#define _GNU_SOURCE /* O_CLOEXEC */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "libavutil/avstring.h"
#include "libavutil/avutil.h"
#include "libavutil/error.h"
#include "libavutil/hwcontext.h"
#include "libavutil/hwcontext_v4l2request.h"
#include "libavutil/log.h"
#include "libavutil/mem.h"
#include "libavutil/pixdesc.h"

#include "v4l2_request_internal.h"

static const char *session_name(void *ctx)
{
    const V4L2RequestSession *s = ctx;

    return s->name ? s->name : "v4l2request";
}

static const AVClass session_class = {
    .class_name = "v4l2request",
    .item_name  = session_name,
    .version    = LIBAVUTIL_VERSION_INT,
};

int ff_v4l2_request_refuse(V4L2RequestSession *s, int err, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(s->reason, sizeof(s->reason), fmt, args);
    va_end(args);
    return err;
}

static void session_free(V4L2RefStructOpaque unused, void *obj)
{
    V4L2RequestSession *s = obj;

    ff_v4l2_request_slots_free(s);
    /* Buffers that the client has exported live on with their dma-bufs. */
    if (s->video_fd >= 0)
        close(s->video_fd);
    if (s->media_fd >= 0)
        close(s->media_fd);
    ff_mutex_destroy(&s->lock);
    av_free(s->name);
    av_free(s->dump);
}

static int open_nodes(V4L2RequestSession *s, const AVV4L2RequestDecoder *decoder)
{
    s->name = av_asprintf("%s (%s)", decoder->driver, decoder->video_path);
    if (!s->name)
        return AVERROR(ENOMEM);

    s->media_fd = open(decoder->media_path, O_RDWR | O_CLOEXEC);
    if (s->media_fd < 0)
        return ff_v4l2_request_refuse(s, AVERROR(errno), "cannot open %s: %s", decoder->media_path,
                                      av_err2str(AVERROR(errno)));

    /* A file of its own: drivers do not notice when a new stream sends a
     * control that is equal to the last one of the stream before
     * (v4l2-ctrls-core.c calls s_ctrl only for changed values). */
    s->video_fd = open(decoder->video_path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (s->video_fd < 0)
        return ff_v4l2_request_refuse(s, AVERROR(errno), "cannot open %s: %s", decoder->video_path,
                                      av_err2str(AVERROR(errno)));
    return 0;
}

static V4L2RequestSession *session_alloc(const AVCodecContext *avctx,
                                         const V4L2RequestCodec *codec,
                                         const AVV4L2RequestDeviceContext *hwctx,
                                         int bit_depth, int chroma)
{
    V4L2RequestSession *s = v4l2_refstruct_allocz(sizeof(*s), session_free);

    if (!s)
        return NULL;

    s->class        = &session_class;
    s->max_slots    = V4L2_REQUEST_MAX_SLOTS;
    s->codec        = codec;
    s->media_fd     = -1;
    s->video_fd     = -1;
    s->coded_width  = avctx->coded_width;
    s->coded_height = avctx->coded_height;
    s->bit_depth    = bit_depth;
    s->chroma       = chroma;
    s->profile      = avctx->profile;
    s->wanted_format = hwctx->pixelformat;
    s->zero_copy    = hwctx->zero_copy;
    s->timeout_ms   = hwctx->timeout_ms ? hwctx->timeout_ms : V4L2_REQUEST_DEFAULT_TIMEOUT_MS;
    s->wait_access  = hwctx->wait == AV_V4L2REQUEST_WAIT_ACCESS;
    ff_mutex_init(&s->lock, NULL);
    return s;
}

static const char *yes_no(int value)
{
    return value ? "yes" : "no";
}

/** What a bug report has to tell of a session: one line for each matter. */
static void log_session(void *logctx, const V4L2RequestSession *s)
{
    const AVDRMFrameDescriptor *desc;
    V4L2RequestFrame frame;
    char output[AV_FOURCC_MAX_STRING_SIZE], capture[AV_FOURCC_MAX_STRING_SIZE];
    char drm[AV_FOURCC_MAX_STRING_SIZE];
    uint32_t width, height;

    /* The negotiation has seen that it can be described. */
    avpriv_v4l2request_describe(&frame, s->format, &s->capture);
    desc = &frame.desc;
    ff_v4l2request_format_size(&s->capture, &width, &height);
    av_fourcc_make_string(output, s->codec->pixelformat);
    av_fourcc_make_string(capture, s->format->pixelformat);
    av_fourcc_make_string(drm, s->format->drm_format);
    av_log(logctx, AV_LOG_VERBOSE, "Decoding %s %dx%d with %s, %s based, frames are %s "
           "(%s for the CPU).\n",
           s->codec->name, s->coded_width, s->coded_height, s->name,
           s->slice_based ? "slice" : "frame", s->format->name,
           av_get_pix_fmt_name(s->format->sw_format));
    av_log(logctx, AV_LOG_VERBOSE, "Formats: %s (%s planar API) to %s of %ux%u, pitch %u; "
           "DRM format %s, modifier 0x%"PRIx64".\n", output,
           V4L2_TYPE_IS_MULTIPLANAR(s->capture.type) ? "multi" : "single",
           capture, width, height, (unsigned)desc->layers[0].planes[0].pitch,
           drm, desc->objects[0].format_modifier);
    av_log(logctx, AV_LOG_VERBOSE, "Buffers: OUTPUT of %u bytes, at most %d, CAPTURE of %zu bytes, "
           "as many as the driver gives; start codes: %s, hold: %s, removable: %s.\n",
           s->output_size, s->max_slots,
           desc->objects[0].size,
           yes_no(s->start_code), yes_no(s->can_hold), yes_no(s->can_remove));
    av_log(logctx, AV_LOG_VERBOSE, "Memory: %s, each access by the CPU is bracketed "
           "by DMA_BUF_IOCTL_SYNC.\n",
           s->cached ? "cached" : "coherent (not cached on most hardware)");
    if (!s->wait_access)
        av_log(logctx, AV_LOG_VERBOSE, "Waiting: frames are waited for when they leave the "
               "decoder (wait=output), %d ms at most.\n", s->timeout_ms);
}

/**
 * Get the decoders that may be used. A client with a DRM device knows nothing of
 * them: then it is all that the machine has.
 */
static int get_device(AVCodecContext *avctx, AVBufferRef **out)
{
    const AVHWDeviceContext *device = (const AVHWDeviceContext *)avctx->hw_device_ctx->data;

    if (device->type != AV_HWDEVICE_TYPE_V4L2REQUEST)
        return av_hwdevice_ctx_create(out, AV_HWDEVICE_TYPE_V4L2REQUEST, NULL, NULL, 0);
    *out = av_buffer_ref(avctx->hw_device_ctx);
    return *out ? 0 : AVERROR(ENOMEM);
}

int ff_v4l2_request_session_open(AVCodecContext *avctx, const V4L2RequestCodec *codec,
                                 struct v4l2_ext_control *sequence, int nb_sequence,
                                 int bit_depth, int chroma,
                                 V4L2RequestSession **out)
{
    V4L2RequestSession *tried[16] = { NULL };
    const AVV4L2RequestDeviceContext *hwctx;
    AVBufferRef *device;
    int nb_tried, ret;

    ret = get_device(avctx, &device);
    if (ret < 0)
        return ret;

    hwctx    = ((const AVHWDeviceContext *)device->data)->hwctx;
    nb_tried = FFMIN(hwctx->nb_decoders, FF_ARRAY_ELEMS(tried));
    ret      = AVERROR(ENODEV);
    for (int i = 0; i < nb_tried && ret < 0; i++) {
        V4L2RequestSession *s = tried[i] = session_alloc(avctx, codec, hwctx,
                                                            bit_depth, chroma);

        if (!s) {
            ret = AVERROR(ENOMEM);
            break;
        }
        ret = open_nodes(s, hwctx->decoders[i]);
        if (ret >= 0)
            ret = ff_v4l2_request_negotiate(s, avctx, sequence, nb_sequence);
        if (ret < 0)
            continue;

        log_session(avctx, s);
        if (hwctx->dump)
            ff_v4l2_request_dump_open(s, hwctx->dump);
        *out     = s;
        tried[i] = NULL;
    }

    /* With several decoders in a machine it is normal that some cannot. */
    for (int i = 0; i < nb_tried; i++) {
        if (tried[i] && *tried[i]->reason)
            av_log(avctx, ret < 0 ? AV_LOG_ERROR : AV_LOG_VERBOSE, "%s: %s.\n",
                   tried[i]->name, tried[i]->reason);
        v4l2_refstruct_unref(&tried[i]);
    }
    av_buffer_unref(&device);
    return ret;
}
