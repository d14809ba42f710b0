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
 * Frames that leave the decoder before they are decoded (wait=access).
 *
 * What is asked is the dma-buf itself, by poll(): it is ready when all that
 * write to it have signalled their fences. An exported sync file would tell no
 * more, and a fence that has signalled already is in neither of them.
 */

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "error.h"
#include "hwcontext_v4l2request_internal.h"
#include "log.h"
#include "macros.h"
#include "time.h"

int ff_v4l2request_parse_wait(AVHWDeviceContext *ctx, AVDictionary *opts)
{
    AVV4L2RequestDeviceContext *hwctx = ctx->hwctx;
    const AVDictionaryEntry *wait = av_dict_get(opts, "wait", NULL, 0);

    if (!wait)
        return 0;
    if (!strcmp(wait->value, "output")) {
        hwctx->wait = AV_V4L2REQUEST_WAIT_OUTPUT;
    } else if (!strcmp(wait->value, "access")) {
        hwctx->wait = AV_V4L2REQUEST_WAIT_ACCESS;
    } else {
        av_log(ctx, AV_LOG_ERROR, "Option wait takes \"output\" or \"access\", not \"%s\".\n",
               wait->value);
        return AVERROR(EINVAL);
    }
    return 0;
}

/**
 * @param events POLLIN: the fences of those that write, POLLOUT: of all users
 * @return 1 if all of them have signalled, 0 if not within the time, or an error
 */
static int poll_fences(int fd, short events, int timeout_ms)
{
    int64_t deadline  = av_gettime_relative() + timeout_ms * INT64_C(1000);
    struct pollfd pfd = { .fd = fd, .events = events };
    int ret;

    while ((ret = poll(&pfd, 1, timeout_ms)) < 0 && (errno == EINTR || errno == EAGAIN))
        timeout_ms = FFMAX((deadline - av_gettime_relative() + 999) / 1000, 0);
    return ret < 0 ? AVERROR(errno) : ret;
}

/** The same, to the end: 0, AVERROR(ETIMEDOUT), or another error. */
static int wait_fences(int fd, short events, int timeout_ms)
{
    int ret = poll_fences(fd, events, timeout_ms);

    return ret > 0 ? 0 : ret < 0 ? ret : AVERROR(ETIMEDOUT);
}

int avpriv_v4l2request_is_fenced(const V4L2RequestFrame *frame)
{
    for (int i = 0; i < frame->desc.nb_objects; i++) {
        if (poll_fences(frame->desc.objects[i].fd, POLLIN, 0))
            return 0;
    }
    return 1;
}

int avpriv_v4l2request_wait_users(const V4L2RequestFrame *frame, int timeout_ms)
{
    int ret = 0;

    for (int i = 0; i < frame->desc.nb_objects && ret >= 0; i++)
        ret = wait_fences(frame->desc.objects[i].fd, POLLOUT, timeout_ms);
    return ret;
}

int ff_v4l2request_wait_access(AVHWFramesContext *hwfc, V4L2RequestFrame *frame)
{
    const AVV4L2RequestDeviceContext *hwctx;
    int timeout_ms, ret;

    if (!frame->finish)
        return 0;

    /* Only a device of our own type has the option, others another context. */
    hwctx      = hwfc->device_ctx->hwctx;
    timeout_ms = hwctx->timeout_ms ? hwctx->timeout_ms : V4L2_REQUEST_DEFAULT_TIMEOUT_MS;

    /* The decoder knows how long its jobs may take and which of them failed. */
    ret = frame->finish(frame, hwfc);

    /* What is left is not of the decoder. SYNC would wait for it without end. */
    for (int i = 0; i < frame->desc.nb_objects && ret >= 0; i++) {
        ret = wait_fences(frame->desc.objects[i].fd, POLLIN, timeout_ms);
        if (ret < 0)
            av_log(hwfc, AV_LOG_ERROR, "Failed to wait for the fences of dma-buf %d: %s\n",
                   frame->desc.objects[i].fd, av_err2str(ret));
    }
    return ret < 0 ? ret : 0;
}
