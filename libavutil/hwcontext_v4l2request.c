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
#include <string.h>

#include "avstring.h"
#include "dict.h"
#include "error.h"
#include "frame.h"
#include "hwcontext.h"
#include "hwcontext_internal.h"
#include "hwcontext_v4l2request.h"
#include "hwcontext_v4l2request_internal.h"
#include "log.h"
#include "mem.h"

static int parse_number(AVHWDeviceContext *ctx, AVDictionary *opts, const char *name,
                        const char *what, long min, long max, int *number)
{
    const AVDictionaryEntry *option = av_dict_get(opts, name, NULL, 0);
    char *end;
    long value;

    if (!option)
        return 0;

    value = strtol(option->value, &end, 10);
    if (*end || end == option->value || value < min || value > max) {
        av_log(ctx, AV_LOG_ERROR, "Option %s takes %s (%ld to %ld), not \"%s\".\n",
               name, what, min, max, option->value);
        return AVERROR(EINVAL);
    }
    *number = value;
    return 0;
}

static int parse_format(AVHWDeviceContext *ctx, AVDictionary *opts, uint32_t *pixelformat)
{
    const AVDictionaryEntry *option = av_dict_get(opts, "format", NULL, 0);
    const V4L2RequestFormat *format;
    char names[512] = "";

    if (!option)
        return 0;

    format = ff_v4l2request_find_format_name(option->value);
    if (format && format->drm_format) {
        *pixelformat = format->pixelformat;
        return 0;
    }
    if (format) {
        av_log(ctx, AV_LOG_ERROR, "Frames cannot be exported in format %s: there is no DRM "
               "modifier for it.\n", format->name);
        return AVERROR(EINVAL);
    }
    for (unsigned i = 0; (format = ff_v4l2request_format(i)); i++) {
        if (format->drm_format)
            av_strlcatf(names, sizeof(names), "%s%s", i ? ", " : "", format->name);
    }
    av_log(ctx, AV_LOG_ERROR, "There is no frame format \"%s\", but %s.\n", option->value, names);
    return AVERROR(EINVAL);
}

static int parse_dump(AVDictionary *opts, char **directory)
{
    const AVDictionaryEntry *option = av_dict_get(opts, "dump", NULL, 0);

    if (!option)
        return 0;

    *directory = av_strdup(option->value);
    return *directory ? 0 : AVERROR(ENOMEM);
}

static int create_with(AVHWDeviceContext *ctx, const char *device, AVDictionary *opts)
{
    AVV4L2RequestDeviceContext *hwctx = ctx->hwctx;
    int ret;

    if ((ret = parse_number(ctx, opts, "timeout", "milliseconds", 1, 3600000,
                            &hwctx->timeout_ms)) < 0 ||
        (ret = parse_number(ctx, opts, "zero_copy", "a switch", 0, 1, &hwctx->zero_copy)) < 0 ||
        (ret = parse_format(ctx, opts, &hwctx->pixelformat)) < 0 ||
        (ret = ff_v4l2request_parse_wait(ctx, opts)) < 0 ||
        (ret = parse_dump(opts, &hwctx->dump)) < 0)
        return ret;
    return ff_v4l2_request_probe(ctx, device);
}

/**
 * Options may also follow the device's name, "NAME,key=value": many programs
 * let users say no more than a name.
 */
static int device_create(AVHWDeviceContext *ctx, const char *device,
                         AVDictionary *opts, int flags)
{
    size_t length = device ? strcspn(device, ",") : 0;
    AVDictionary *all = NULL;
    char *name;
    int ret;

    if (!device || !device[length])
        return create_with(ctx, device, opts);

    name = av_strndup(device, length);
    if (!name)
        return AVERROR(ENOMEM);

    ret = av_dict_copy(&all, opts, 0);
    if (ret >= 0) {
        ret = av_dict_parse_string(&all, device + length + 1, "=", ",", 0);
        if (ret < 0)
            av_log(ctx, AV_LOG_ERROR, "\"%s\" are no options of the form key=value.\n",
                   device + length + 1);
    }
    if (ret >= 0)
        ret = create_with(ctx, name, all);
    av_dict_free(&all);
    av_free(name);
    return ret;
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
    av_freep(&hwctx->dump);
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
