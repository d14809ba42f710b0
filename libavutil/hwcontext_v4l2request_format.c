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

/* Younger than the headers of Debian 12 and 13. */
#ifndef V4L2_PIX_FMT_NV15
#define V4L2_PIX_FMT_NV15 v4l2_fourcc('N', 'V', '1', '5')
#endif
#ifndef V4L2_PIX_FMT_NV20
#define V4L2_PIX_FMT_NV20 v4l2_fourcc('N', 'V', '2', '0')
#endif
#ifndef V4L2_PIX_FMT_P010
#define V4L2_PIX_FMT_P010 v4l2_fourcc('P', '0', '1', '0')
#endif
#ifndef DRM_FORMAT_NV15
#define DRM_FORMAT_NV15 fourcc_code('N', 'V', '1', '5')
#endif
#ifndef DRM_FORMAT_NV20
#define DRM_FORMAT_NV20 fourcc_code('N', 'V', '2', '0')
#endif
#ifndef DRM_FORMAT_P010
#define DRM_FORMAT_P010 fourcc_code('P', '0', '1', '0')
#endif

/* FFmpeg has no pixel format for packed samples (AV_PIX_FMT_NV20 is another
 * one, of 16 bit words); sw_format is what they are unpacked to. */
static const V4L2RequestFormat formats[] = {
    { V4L2_PIX_FMT_NV12, DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR, AV_PIX_FMT_NV12 },
    { V4L2_PIX_FMT_NV16, DRM_FORMAT_NV16, DRM_FORMAT_MOD_LINEAR, AV_PIX_FMT_NV16 },
    { V4L2_PIX_FMT_P010, DRM_FORMAT_P010, DRM_FORMAT_MOD_LINEAR, AV_PIX_FMT_P010 },
    { V4L2_PIX_FMT_NV15, DRM_FORMAT_NV15, DRM_FORMAT_MOD_LINEAR, AV_PIX_FMT_P010, 10 },
    { V4L2_PIX_FMT_NV20, DRM_FORMAT_NV20, DRM_FORMAT_MOD_LINEAR, AV_PIX_FMT_P210, 10 },
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
    uint32_t width  = mplane ? fmt->fmt.pix_mp.width  : fmt->fmt.pix.width;
    uint32_t height = mplane ? fmt->fmt.pix_mp.height : fmt->fmt.pix.height;
    uint32_t pitch  = mplane ? fmt->fmt.pix_mp.plane_fmt[0].bytesperline
                             : fmt->fmt.pix.bytesperline;
    uint32_t size   = mplane ? fmt->fmt.pix_mp.plane_fmt[0].sizeimage
                             : fmt->fmt.pix.sizeimage;
    const AVPixFmtDescriptor *pix = av_pix_fmt_desc_get(row->sw_format);
    uint64_t row_bits = (uint64_t)width * (row->packed ? row->packed : 8 * pix->comp[0].step);
    uint64_t luma = (uint64_t)pitch * height;
    uint64_t chroma = luma >> pix->log2_chroma_h;

    if (!pitch || !height || row_bits > 8ULL * pitch || luma + chroma > size)
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
