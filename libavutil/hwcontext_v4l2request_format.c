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
 * The formats of decoded frames: V4L2 pixel format, DRM format and modifier,
 * plane geometry. The only place that knows them.
 */

#include <errno.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include <drm_fourcc.h>

#include "error.h"
#include "hwcontext_v4l2request_internal.h"
#include "macros.h"
#include "pixdesc.h"

static const V4L2RequestFormat formats[] = {
    { V4L2_PIX_FMT_NV12, DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR, AV_PIX_FMT_NV12 },
    { V4L2_PIX_FMT_NV16, DRM_FORMAT_NV16, DRM_FORMAT_MOD_LINEAR, AV_PIX_FMT_NV16 },
#if defined(V4L2_PIX_FMT_P010) && defined(DRM_FORMAT_P010)
    { V4L2_PIX_FMT_P010, DRM_FORMAT_P010, DRM_FORMAT_MOD_LINEAR, AV_PIX_FMT_P010 },
#endif
};

const V4L2RequestFormat *avpriv_v4l2request_find_format(uint32_t pixelformat)
{
    for (size_t i = 0; i < FF_ARRAY_ELEMS(formats); i++) {
        if (formats[i].pixelformat == pixelformat)
            return &formats[i];
    }
    return NULL;
}

int avpriv_v4l2request_describe(AVDRMFrameDescriptor *desc,
                                const V4L2RequestFormat *row,
                                const struct v4l2_format *fmt)
{
    int mplane = V4L2_TYPE_IS_MULTIPLANAR(fmt->type);
    uint32_t height = mplane ? fmt->fmt.pix_mp.height : fmt->fmt.pix.height;
    uint32_t pitch  = mplane ? fmt->fmt.pix_mp.plane_fmt[0].bytesperline
                             : fmt->fmt.pix.bytesperline;
    uint32_t size   = mplane ? fmt->fmt.pix_mp.plane_fmt[0].sizeimage
                             : fmt->fmt.pix.sizeimage;
    const AVPixFmtDescriptor *pix = av_pix_fmt_desc_get(row->sw_format);
    uint64_t luma = (uint64_t)pitch * height;
    uint64_t chroma = luma >> pix->log2_chroma_h;

    if (!pitch || !height || luma + chroma > size)
        return AVERROR(EINVAL);

    /* In the formats with one memory plane the chroma plane follows after the
     * height that the driver returned, which is not the coded height
     * (v4l2_fill_pixfmt_mp() in v4l2-common.c). The object is larger than
     * the picture where a driver keeps its motion vectors behind it. */
    *desc = (AVDRMFrameDescriptor) {
        .nb_objects = 1,
        .objects[0] = { .fd = -1, .size = size, .format_modifier = row->modifier },
        .nb_layers  = 1,
        .layers[0]  = {
            .format    = row->drm_format,
            .nb_planes = 2,
            .planes    = { { 0, 0, pitch }, { 0, luma, pitch } },
        },
    };
    return 0;
}

int avpriv_v4l2request_ioctl(int fd, unsigned long request, void *arg)
{
    int ret;

    do {
        ret = ioctl(fd, request, arg);
    } while (ret < 0 && errno == EINTR);

    return ret < 0 ? AVERROR(errno) : ret;
}

int avpriv_v4l2request_is_stateless(uint32_t pixelformat)
{
    switch (pixelformat) {
    case V4L2_PIX_FMT_MPEG2_SLICE:
    case V4L2_PIX_FMT_H264_SLICE:
    case V4L2_PIX_FMT_HEVC_SLICE:
    case V4L2_PIX_FMT_VP8_FRAME:
    case V4L2_PIX_FMT_VP9_FRAME:
    case V4L2_PIX_FMT_AV1_FRAME:
        return 1;
    default:
        return 0;
    }
}
