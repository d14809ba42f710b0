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
 * Negotiation with a driver, in the order of the kernel's
 * dev-stateless-decoder.rst: coded format, controls that describe the stream,
 * then the format of the frames.
 */

#include <linux/videodev2.h>

#include "libavutil/common.h"
#include "libavutil/error.h"

#include "v4l2_request_internal.h"

/** Half a byte a pixel is more than most frames need; OUTPUT buffers grow. */
#define MIN_OUTPUT_SIZE (128 * 1024)

/** What struct v4l2_format says in either API. */
typedef struct FormatInfo {
    uint32_t pixelformat;
    uint32_t width;
    uint32_t height;
    uint32_t sizeimage;
} FormatInfo;

static FormatInfo get_info(const struct v4l2_format *format)
{
    const struct v4l2_pix_format_mplane *mp = &format->fmt.pix_mp;
    const struct v4l2_pix_format *pix = &format->fmt.pix;

    if (V4L2_TYPE_IS_MULTIPLANAR(format->type))
        return (FormatInfo) { mp->pixelformat, mp->width, mp->height,
                              mp->plane_fmt[0].sizeimage };
    return (FormatInfo) { pix->pixelformat, pix->width, pix->height, pix->sizeimage };
}

static void set_info(struct v4l2_format *format, FormatInfo info)
{
    if (V4L2_TYPE_IS_MULTIPLANAR(format->type)) {
        struct v4l2_pix_format_mplane *mp = &format->fmt.pix_mp;

        mp->pixelformat = info.pixelformat;
        mp->width       = info.width;
        mp->height      = info.height;
        mp->num_planes  = 1;
        mp->plane_fmt[0].sizeimage = info.sizeimage;
    } else {
        struct v4l2_pix_format *pix = &format->fmt.pix;

        pix->pixelformat = info.pixelformat;
        pix->width       = info.width;
        pix->height      = info.height;
        pix->sizeimage   = info.sizeimage;
    }
}

static int set_buffer_types(V4L2RequestSession *s)
{
    struct v4l2_capability cap = { 0 };
    uint32_t caps;
    int ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_QUERYCAP, &cap);

    if (ret < 0)
        return ff_v4l2_request_refuse(s, ret, "VIDIOC_QUERYCAP failed: %s", av_err2str(ret));

    caps = cap.capabilities & V4L2_CAP_DEVICE_CAPS ? cap.device_caps : cap.capabilities;
    if (caps & V4L2_CAP_VIDEO_M2M_MPLANE) {
        s->output.type  = V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE;
        s->capture.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
    } else {
        s->output.type  = V4L2_BUF_TYPE_VIDEO_OUTPUT;
        s->capture.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    }
    return 0;
}

static int has_coded_format(const V4L2RequestSession *s)
{
    for (unsigned i = 0;; i++) {
        struct v4l2_fmtdesc desc = { .index = i, .type = s->output.type };

        if (avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_ENUM_FMT, &desc) < 0)
            return 0;
        if (desc.pixelformat == s->codec->pixelformat)
            return 1;
    }
}

/** Drivers without VIDIOC_ENUM_FRAMESIZES tell their limits by S_FMT alone. */
static int check_size(V4L2RequestSession *s)
{
    struct v4l2_frmsizeenum size = { .pixel_format = s->codec->pixelformat };
    const struct v4l2_frmsize_stepwise *step = &size.stepwise;

    if (avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_ENUM_FRAMESIZES, &size) < 0 ||
        size.type == V4L2_FRMSIZE_TYPE_DISCRETE)
        return 0;
    if (s->coded_width > step->max_width || s->coded_height > step->max_height)
        return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "%dx%d is larger than %ux%u", s->coded_width,
                                      s->coded_height, step->max_width, step->max_height);
    return 0;
}

static int set_output_format(V4L2RequestSession *s)
{
    FormatInfo info = {
        .pixelformat = s->codec->pixelformat,
        .width       = s->coded_width,
        .height      = s->coded_height,
        .sizeimage   = FFMAX(MIN_OUTPUT_SIZE, s->coded_width * s->coded_height / 2),
    };
    int ret;

    set_info(&s->output, info);
    ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_S_FMT, &s->output);
    if (ret < 0)
        return ff_v4l2_request_refuse(s, ret, "it does not take the coded format: %s", av_err2str(ret));

    info = get_info(&s->output);
    if (info.pixelformat != s->codec->pixelformat)
        return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "it does not decode %s", s->codec->name);
    if (info.width < s->coded_width || info.height < s->coded_height)
        return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "%dx%d is larger than %ux%u",
                                      s->coded_width, s->coded_height, info.width, info.height);
    s->output_size = info.sizeimage;
    return 0;
}

/** Find out which controls exist, and that they are what we think they are. */
static int check_controls(V4L2RequestSession *s)
{
    const V4L2RequestControlInfo *info = s->codec->controls;

    for (int i = 0; info[i].id; i++) {
        struct v4l2_query_ext_ctrl query = { .id = info[i].id };

        if (avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_QUERY_EXT_CTRL, &query) < 0) {
            if (info[i].optional)
                continue;
            return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "it has no control %s", info[i].name);
        }
        /* A shorter struct of an old kernel makes it refuse ours (EFAULT);
         * a longer one of a new kernel would find garbage behind ours. */
        if (query.elem_size != info[i].size)
            return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "control %s has %u bytes instead of %u",
                                          info[i].name, query.elem_size, info[i].size);
        s->controls |= UINT64_C(1) << i;
        /* elems of a dynamic array is what it has now, dims what it may have. */
        s->elems[i] = query.flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY ? query.dims[0] : query.elems;
    }
    return 0;
}

static int menu_has(const V4L2RequestSession *s, uint32_t id, int value)
{
    struct v4l2_querymenu menu = { .id = id, .index = value };

    return avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_QUERYMENU, &menu) >= 0;
}

/** Select a menu control's first or, if the device has it, second choice. */
static int menu_choose(V4L2RequestSession *s, uint32_t id, int second, int first)
{
    int value = menu_has(s, id, first) ? first : second;
    struct v4l2_ext_control ctrl = { .id = id, .value = value };
    struct v4l2_ext_controls ctrls = { .count = 1, .controls = &ctrl };

    /* A control with just one value may be read-only in effect. */
    if (menu_has(s, id, first) && menu_has(s, id, second))
        avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_S_EXT_CTRLS, &ctrls);
    return value;
}

static int has_slice_positions(const V4L2RequestSession *s)
{
    const V4L2RequestControlInfo *info = s->codec->controls;

    for (int i = 0; s->codec->slice_position_id && info[i].id; i++) {
        if (info[i].id == s->codec->slice_position_id)
            return s->controls >> i & 1;
    }
    return 0;
}

static int choose_modes(V4L2RequestSession *s)
{
    const V4L2RequestCodec *codec = s->codec;
    int start_code;

    if (codec->decode_mode_id)
        s->slice_based = menu_choose(s, codec->decode_mode_id, codec->slice_based,
                                     codec->frame_based) == codec->slice_based;
    if (!codec->start_code_id)
        return 0;

    /* Slices need no separation if each has its own buffer. */
    if (s->slice_based)
        start_code = menu_choose(s, codec->start_code_id, codec->start_code_annex_b,
                                 codec->start_code_none);
    else
        start_code = menu_choose(s, codec->start_code_id, codec->start_code_none,
                                 codec->start_code_annex_b);
    s->start_code = start_code == codec->start_code_annex_b;
    if (!s->slice_based && !s->start_code && !has_slice_positions(s))
        return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "it decodes whole pictures, but "
                                      "knows no start codes between their slices");
    return 0;
}

/** The menu is informational, but says what the hardware cannot do. */
static int check_profile(V4L2RequestSession *s, const AVCodecContext *avctx)
{
    struct v4l2_query_ext_ctrl query = { .id = s->codec->profile_id };
    int profile;

    if (!s->codec->profile_id ||
        avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_QUERY_EXT_CTRL, &query) < 0)
        return 0;

    profile = s->codec->profile(avctx);
    if (profile < 0 || !menu_has(s, s->codec->profile_id, profile)) {
        const char *name = avcodec_profile_name(avctx->codec_id, avctx->profile);

        return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "it does not decode %s profile %s",
                                      s->codec->name, name ? name : "unknown");
    }
    return 0;
}

static int set_sequence(V4L2RequestSession *s, struct v4l2_ext_control *sequence, int count)
{
    struct v4l2_ext_controls ctrls = { .count = count, .controls = sequence };
    int ret;

    if (!count)
        return 0;
    ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_S_EXT_CTRLS, &ctrls);
    if (ret < 0)
        return ff_v4l2_request_refuse(s, ret, "it does not accept %dx%d with %d bit %s: %s",
                                      s->coded_width, s->coded_height, s->bit_depth,
                                      ff_v4l2_request_chroma_name(s->chroma), av_err2str(ret));
    return 0;
}

static int check_capabilities(V4L2RequestSession *s)
{
    struct v4l2_create_buffers query = {
        .count  = 0,
        .memory = V4L2_MEMORY_MMAP,
        .format = s->output,
    };
    int ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_CREATE_BUFS, &query);

    if (ret < 0)
        return ff_v4l2_request_refuse(s, ret, "VIDIOC_CREATE_BUFS failed: %s", av_err2str(ret));
    if (!(query.capabilities & V4L2_BUF_CAP_SUPPORTS_REQUESTS))
        return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "it does not support requests");
    s->can_hold = !!(query.capabilities & V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF);
#ifdef V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS
    s->can_remove = !!(query.capabilities & V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS);
#endif
    if (s->slice_based && !s->can_hold)
        return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "it decodes single slices, but "
                                      "cannot hold a CAPTURE buffer for the next one");
    return 0;
}

int ff_v4l2_request_negotiate(V4L2RequestSession *s, const AVCodecContext *avctx,
                              struct v4l2_ext_control *sequence, int nb_sequence)
{
    int ret;

    if ((ret = set_buffer_types(s)) < 0)
        return ret;
    if (!has_coded_format(s))
        return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "it does not decode %s", s->codec->name);
    if ((ret = check_size(s))            < 0 ||
        (ret = check_profile(s, avctx))  < 0 ||
        (ret = set_output_format(s))     < 0 ||
        (ret = check_controls(s))        < 0)
        return ret;
    if ((ret = choose_modes(s)) < 0 ||
        (ret = set_sequence(s, sequence, nb_sequence)) < 0 ||
        (ret = ff_v4l2_request_choose_format(s)) < 0)
        return ret;
    return check_capabilities(s);
}

int ff_v4l2_request_renegotiate(V4L2RequestSession *s, int width, int height,
                                struct v4l2_ext_control *sequence, int nb_sequence)
{
    const V4L2RequestSession old = *s;
    int ret;

    /* The queue has room for a number of buffers, the old ones included. */
    if (!s->can_remove)
        return ff_v4l2_request_refuse(s, AVERROR(ENOSYS), "it cannot remove single buffers");

    s->coded_width  = width;
    s->coded_height = height;
    if ((ret = check_size(s)) < 0 || (ret = set_output_format(s)) < 0) {
        s->output       = old.output;
        s->coded_width  = old.coded_width;
        s->coded_height = old.coded_height;
        return ret;
    }
    s->output_size = FFMAX(s->output_size, old.output_size);

    if ((ret = set_sequence(s, sequence, nb_sequence)) < 0 ||
        (ret = ff_v4l2_request_choose_format(s)) < 0)
        s->dead = ret;
    return ret;
}
