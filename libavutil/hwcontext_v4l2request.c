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

#include <errno.h>
#include <stdlib.h>

#include "dict.h"
#include "error.h"
#include "frame.h"
#include "hwcontext.h"
#include "hwcontext_internal.h"
#include "hwcontext_v4l2request.h"
#include "hwcontext_v4l2request_internal.h"
#include "log.h"
#include "mem.h"

static int device_create(AVHWDeviceContext *ctx, const char *device,
                         AVDictionary *opts, int flags)
{
    AVV4L2RequestDeviceContext *hwctx = ctx->hwctx;
    const AVDictionaryEntry *timeout = av_dict_get(opts, "timeout", NULL, 0);

    if (timeout) {
        char *end;
        long value = strtol(timeout->value, &end, 10);

        if (*end || end == timeout->value || value <= 0 || value > 3600000) {
            av_log(ctx, AV_LOG_ERROR, "Option timeout takes milliseconds (1 to 3600000), "
                   "not \"%s\".\n", timeout->value);
            return AVERROR(EINVAL);
        }
        hwctx->timeout_ms = value;
    }
    return ff_v4l2_request_probe(ctx, device);
}

static int device_init(AVHWDeviceContext *ctx)
{
    const AVV4L2RequestDeviceContext *hwctx = ctx->hwctx;

    if (!hwctx->nb_decoders) {
        av_log(ctx, AV_LOG_ERROR, "The device has no decoders.\n");
        return AVERROR(ENODEV);
    }
    return 0;
}

static void device_uninit(AVHWDeviceContext *ctx)
{
    AVV4L2RequestDeviceContext *hwctx = ctx->hwctx;

    for (int i = 0; i < hwctx->nb_decoders; i++) {
        av_freep(&hwctx->decoders[i]->media_path);
        av_freep(&hwctx->decoders[i]->video_path);
        av_freep(&hwctx->decoders[i]->driver);
        av_freep(&hwctx->decoders[i]);
    }
    av_freep(&hwctx->decoders);
    hwctx->nb_decoders = 0;
}

void avpriv_v4l2request_free_pool(AVHWFramesContext *hwfc)
{
    av_buffer_pool_uninit(&hwfc->pool);
}

static int frames_init(AVHWFramesContext *hwfc)
{
    if (!hwfc->pool) {
        av_log(hwfc, AV_LOG_ERROR, "Frames of this type can only be made by a decoder.\n");
        return AVERROR(ENOSYS);
    }
    return 0;
}

static int frames_get_buffer(AVHWFramesContext *hwfc, AVFrame *frame)
{
    frame->buf[0] = av_buffer_pool_get(hwfc->pool);
    if (!frame->buf[0])
        return AVERROR(ENOMEM);

    frame->data[0] = frame->buf[0]->data;
    frame->format  = AV_PIX_FMT_DRM_PRIME;
    frame->width   = hwfc->width;
    frame->height  = hwfc->height;
    return 0;
}

const HWContextType ff_hwcontext_type_v4l2request = {
    .type                 = AV_HWDEVICE_TYPE_V4L2REQUEST,
    .name                 = "V4L2 Request API",

    .device_hwctx_size    = sizeof(AVV4L2RequestDeviceContext),

    .device_create        = device_create,
    .device_init          = device_init,
    .device_uninit        = device_uninit,

    .frames_init          = frames_init,
    .frames_get_buffer    = frames_get_buffer,

    .transfer_get_formats = ff_v4l2request_transfer_get_formats,
    .transfer_data_from   = ff_v4l2request_transfer_data_from,
    .map_from             = ff_v4l2request_map_from,

    .pix_fmts = (const enum AVPixelFormat[]) {
        AV_PIX_FMT_DRM_PRIME,
        AV_PIX_FMT_NONE
    },
};
