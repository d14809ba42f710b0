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
 * What hwcontext_drm.c needs for frames of V4L2 decoders: clients that do not
 * know our device type give a DRM device to the decoder.
 */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "error.h"
#include "hwcontext_v4l2request_internal.h"
#include "log.h"

/** The DRM core numbers 64 nodes of each kind (drm_drv.c). */
#define MAX_NODES 64

int ff_v4l2request_is_frames(const AVHWFramesContext *hwfc)
{
    return hwfc->free == avpriv_v4l2request_free_pool;
}

/** Find a node that may be opened, or say why there is none. */
static int find_node(char *path, const char *format, int first)
{
    int ret = AVERROR(ENOENT);

    for (int i = first; i < first + MAX_NODES; i++) {
        snprintf(path, V4L2REQUEST_DRM_NODE_SIZE, format, i);
        if (!access(path, R_OK | W_OK))
            return 0;
        if (errno != ENOENT)
            ret = AVERROR(errno);
    }
    return ret;
}

int ff_v4l2request_find_drm_node(AVHWDeviceContext *ctx, char *path)
{
    int ret = find_node(path, "/dev/dri/renderD%d", 128), err;

    /* Display controllers without a GPU beside them have no render node. */
    if (ret < 0) {
        err = find_node(path, "/dev/dri/card%d", 0);
        if (err != AVERROR(ENOENT))
            ret = err;
    }
    if (ret < 0)
        av_log(ctx, AV_LOG_ERROR, "No DRM device can be opened (/dev/dri/renderD*, "
               "/dev/dri/card*): %s\n", av_err2str(ret));
    return ret;
}
