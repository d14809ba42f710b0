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
 * The choice of the frames' format and of their memory.
 */

#include <linux/videodev2.h>

#include "libavutil/avstring.h"
#include "libavutil/avutil.h"
#include "libavutil/error.h"
#include "libavutil/log.h"
#include "libavutil/pixdesc.h"

#include "v4l2_request_internal.h"

const char *ff_v4l2_request_chroma_name(int chroma)
{
    return chroma == 0x11 ? "4:2:0" : chroma == 0x10 ? "4:2:2" :
           chroma == 0x00 ? "4:4:4" : "monochrome";
}

/** Whether a format holds exactly what the stream has. */
static int is_lossless(const V4L2RequestSession *s, const V4L2RequestFormat *format)
{
    const AVPixFmtDescriptor *pix = av_pix_fmt_desc_get(format->sw_format);

    return pix->comp[0].depth == s->bit_depth &&
           (pix->log2_chroma_w << 4 | pix->log2_chroma_h) == s->chroma;
}

/** What the CPU has to do with frames: nothing, unpack lines, or put them in order. */
static int format_cost(const V4L2RequestFormat *format)
{
    return format->tile_width ? 2 : format->samples != V4L2_REQUEST_SAMPLES_PLAIN;
}

/** List what else there is, for a message. */
static void list_formats(const V4L2RequestSession *s, char *text, size_t size)
{
    *text = 0;
    for (unsigned i = 0;; i++) {
        struct v4l2_fmtdesc desc = { .index = i, .type = s->capture.type };
        const V4L2RequestFormat *format;

        if (avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_ENUM_FMT, &desc) < 0)
            return;
        format = avpriv_v4l2request_find_format(desc.pixelformat);
        av_strlcatf(text, size, "%s%s%s", i ? ", " : "",
                    format ? format->name : av_fourcc2str(desc.pixelformat),
                    format && !format->drm_format ? " (no DRM format)" : "");
    }
}

/**
 * The format that the user wants; else one that loses nothing: the first one of
 * the driver's list, or, unless frames are not meant for the CPU, the one that
 * is the least work to read.
 */
static const V4L2RequestFormat *find_frame_format(const V4L2RequestSession *s)
{
    const V4L2RequestFormat *best = NULL;

    for (unsigned i = 0;; i++) {
        struct v4l2_fmtdesc desc = { .index = i, .type = s->capture.type };
        const V4L2RequestFormat *format;

        if (avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_ENUM_FMT, &desc) < 0)
            return best;
        format = avpriv_v4l2request_find_format(desc.pixelformat);
        if (!format || (s->wanted_format ? s->wanted_format != desc.pixelformat
                                         : !is_lossless(s, format)))
            continue;
        if (!format->drm_format) {
            av_log((void *)s, AV_LOG_VERBOSE, "Passing over frame format %s: there is no DRM "
                   "modifier for it.\n", format->name);
            continue;
        }
        if (!best || (!s->zero_copy && format_cost(format) < format_cost(best)))
            best = format;
    }
}

static int choose_frame_format(V4L2RequestSession *s)
{
    const V4L2RequestFormat *wanted = avpriv_v4l2request_find_format(s->wanted_format);
    char others[128];

    s->format = find_frame_format(s);
    if (s->format)
        return 0;
    list_formats(s, others, sizeof(others));
    if (wanted)
        return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "it has no frame format %s for %d bit %s, "
                                      "but %s", wanted->name, s->bit_depth, ff_v4l2_request_chroma_name(s->chroma),
                                      *others ? others : "none");
    return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "it has no usable frame format for %d bit %s, "
                                  "but %s", s->bit_depth, ff_v4l2_request_chroma_name(s->chroma),
                                  *others ? others : "none");
}

/**
 * Where a driver can have cached buffers (V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS),
 * reading them is many times faster than reading uncached ones.
 */
static void choose_memory(V4L2RequestSession *s)
{
    struct v4l2_create_buffers query = {
        .count  = 0,
        .memory = V4L2_MEMORY_MMAP,
        .format = s->capture,
    };

    s->cached = !s->zero_copy &&
                avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_CREATE_BUFS, &query) >= 0 &&
                query.capabilities & V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS;
}

int ff_v4l2_request_choose_format(V4L2RequestSession *s)
{
    struct v4l2_pix_format_mplane *mp = &s->capture.fmt.pix_mp;
    struct v4l2_pix_format *pix = &s->capture.fmt.pix;
    int mplane = V4L2_TYPE_IS_MULTIPLANAR(s->capture.type);
    V4L2RequestFrame frame;
    uint32_t width, height;
    int ret = choose_frame_format(s);

    if (ret < 0)
        return ret;

    /* All else, as the number of planes, is the driver's matter. */
    ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_G_FMT, &s->capture);
    *(mplane ? &mp->pixelformat : &pix->pixelformat) = s->format->pixelformat;
    if (ret >= 0)
        ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_S_FMT, &s->capture);
    if (ret < 0)
        return ff_v4l2_request_refuse(s, ret, "it does not take frame format %s: %s",
                                      s->format->name, av_err2str(ret));

    ff_v4l2request_format_size(&s->capture, &width, &height);
    if ((mplane ? mp->pixelformat : pix->pixelformat) != s->format->pixelformat ||
        width < s->coded_width || height < s->coded_height ||
        avpriv_v4l2request_describe(&frame, s->format, &s->capture) < 0)
        return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "its %s frames of %ux%u do not hold %dx%d",
                                      s->format->name, width, height,
                                      s->coded_width, s->coded_height);
    choose_memory(s);
    return 0;
}
