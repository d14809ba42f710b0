/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a stateless decoder can do, as far as it says so. What depends on the
 * stream (depth and chroma decide over frame formats) is found out by telling the
 * driver of such a stream, on a file of our own.
 */

#include <linux/videodev2.h>
#include <stddef.h>
#include <string.h>

#include "libavutil/avutil.h"
#include "libavutil/common.h"
#include "libavutil/hwcontext_v4l2request_internal.h"
#include "libavutil/mem.h"
#include "libavutil/pixdesc.h"

#include "v4l2request_info.h"

#define MAX_ITEMS 64

/* Younger than the headers of Debian 12 and 13. */
#ifndef V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS
#define V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS (1 << 8)
#endif
#ifndef V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS
#define V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS (1 << 7)
#endif

static int has_control(int fd, uint32_t id, struct v4l2_query_ext_ctrl *query)
{
    *query = (struct v4l2_query_ext_ctrl) { .id = id };
    return id && avpriv_v4l2request_ioctl(fd, VIDIOC_QUERY_EXT_CTRL, query) >= 0;
}

/* The names of a menu's choices are the driver's. */
static void write_menu(Writer *w, int fd, const char *key, uint32_t id)
{
    struct v4l2_query_ext_ctrl query;
    struct v4l2_querymenu items[MAX_ITEMS];
    const char *names[MAX_ITEMS];
    int count = 0;

    if (!has_control(fd, id, &query))
        return;
    for (int64_t i = query.minimum; i <= query.maximum && count < MAX_ITEMS; i++) {
        items[count] = (struct v4l2_querymenu) { .id = id, .index = i };
        if (avpriv_v4l2request_ioctl(fd, VIDIOC_QUERYMENU, &items[count]) >= 0) {
            names[count] = (const char *)items[count].name;
            count++;
        }
    }
    writer_list(w, key, names, count);
}

static void write_controls(Writer *w, int fd, const InfoCodec *codec)
{
    const char *here[MAX_ITEMS], *missing[MAX_ITEMS], *unusable[MAX_ITEMS];
    int nb_here = 0, nb_missing = 0, nb_unusable = 0;
    struct v4l2_query_ext_ctrl query;

    for (int i = 0; codec->required[i].id; i++) {
        if (!has_control(fd, codec->required[i].id, &query))
            unusable[nb_unusable++] = codec->required[i].name;
    }
    for (unsigned i = 0; i < FF_ARRAY_ELEMS(codec->optional) && codec->optional[i].id; i++) {
        if (has_control(fd, codec->optional[i].id, &query))
            here[nb_here++] = codec->optional[i].name;
        else
            missing[nb_missing++] = codec->optional[i].name;
    }
    writer_list(w, "optional_controls", here, nb_here);
    writer_list(w, "optional_controls_it_lacks", missing, nb_missing);
    writer_list(w, "needed_controls_it_lacks", unusable, nb_unusable);
}

static void set_size(struct v4l2_format *format, uint32_t pixelformat, int width, int height)
{
    if (V4L2_TYPE_IS_MULTIPLANAR(format->type)) {
        format->fmt.pix_mp.pixelformat = pixelformat;
        format->fmt.pix_mp.width       = width;
        format->fmt.pix_mp.height      = height;
        format->fmt.pix_mp.num_planes  = 1;
        format->fmt.pix_mp.plane_fmt[0].sizeimage = 1 << 20;
    } else {
        format->fmt.pix.pixelformat = pixelformat;
        format->fmt.pix.width       = width;
        format->fmt.pix.height      = height;
        format->fmt.pix.sizeimage   = 1 << 20;
    }
}

static void write_range(Writer *w, const struct v4l2_frmsize_stepwise *step)
{
    if (!w->json) {
        writer_format(w, "sizes", "%ux%u to %ux%u, steps of %ux%u", step->min_width, step->min_height,
                      step->max_width, step->max_height, step->step_width, step->step_height);
        return;
    }
    writer_begin(w, "sizes");
    writer_number(w, "min_width", step->min_width);
    writer_number(w, "min_height", step->min_height);
    writer_number(w, "max_width", step->max_width);
    writer_number(w, "max_height", step->max_height);
    writer_number(w, "step_width", step->step_width);
    writer_number(w, "step_height", step->step_height);
    writer_end(w);
}

/* A size that the device takes is written to width and height. */
static void write_sizes(Writer *w, int fd, const InfoCodec *codec, int *width, int *height)
{
    struct v4l2_frmsizeenum size = { .pixel_format = codec->pixelformat };
    const struct v4l2_frmsize_stepwise *step = &size.stepwise;

    *width  = 640;
    *height = 480;
    if (avpriv_v4l2request_ioctl(fd, VIDIOC_ENUM_FRAMESIZES, &size) < 0) {
        writer_string(w, "sizes", NULL);
    } else if (size.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
        writer_begin(w, "sizes");
        writer_number(w, "first_width", size.discrete.width);
        writer_number(w, "first_height", size.discrete.height);
        writer_end(w);
        *width  = size.discrete.width;
        *height = size.discrete.height;
    } else {
        write_range(w, step);
        *width  = av_clip(*width,  FFALIGN(step->min_width, 16),  step->max_width);
        *height = av_clip(*height, FFALIGN(step->min_height, 16), step->max_height);
    }
}

static void write_format_line(Writer *w, uint32_t pixelformat, const V4L2RequestFormat *format)
{
    char fourcc[AV_FOURCC_MAX_STRING_SIZE], drm[AV_FOURCC_MAX_STRING_SIZE];

    av_fourcc_make_string(fourcc, pixelformat);
    if (format && !format->drm_format)
        writer_string(w, fourcc, "not downloadable: no DRM modifier says how it is laid out, another format is chosen");
    else if (format)
        writer_format(w, fourcc, "downloadable as %s; DRM format %s, modifier 0x%016llx",
                      av_get_pix_fmt_name(format->sw_format), av_fourcc_make_string(drm, format->drm_format),
                      (unsigned long long)format->modifier);
    else
        writer_string(w, fourcc, "not downloadable: the library does not know it");
}

static void write_format(Writer *w, uint32_t pixelformat)
{
    const V4L2RequestFormat *format = avpriv_v4l2request_find_format(pixelformat);
    char text[AV_FOURCC_MAX_STRING_SIZE];

    if (!w->json) {
        write_format_line(w, pixelformat, format);
        return;
    }
    writer_begin(w, NULL);
    writer_string(w, "fourcc", av_fourcc_make_string(text, pixelformat));
    writer_flag(w, "downloadable", format && format->drm_format);
    if (format && format->drm_format) {
        writer_string(w, "drm_format", av_fourcc_make_string(text, format->drm_format));
        writer_format(w, "modifier", "0x%016llx", (unsigned long long)format->modifier);
        writer_string(w, "sw_format", av_get_pix_fmt_name(format->sw_format));
    }
    writer_end(w);
}

/* Whether a frame format of the table has this depth and chroma. */
static int fits(uint32_t pixelformat, InfoKind kind)
{
    const V4L2RequestFormat *format = avpriv_v4l2request_find_format(pixelformat);
    const AVPixFmtDescriptor *desc = format && format->drm_format ? av_pix_fmt_desc_get(format->sw_format) : NULL;

    return desc && desc->comp[0].depth == kind.bits && desc->log2_chroma_w == 1 &&
           desc->log2_chroma_h == (kind.chroma == 1);
}

/* A driver may take a stream although it has no format for its frames. */
static int takes_kind(int fd, const InfoCodec *codec, uint32_t capture, InfoKind kind, int width, int height)
{
    InfoSequence sequence;
    struct v4l2_ext_control control = { codec->sequence_id, codec->sequence_size, .ptr = &sequence };
    struct v4l2_ext_controls controls = { .count = 1, .controls = &control };
    struct v4l2_fmtdesc desc = { .type = capture };

    if (codec->sequence_id) {
        codec->fill(&sequence, kind, width, height);
        if (avpriv_v4l2request_ioctl(fd, VIDIOC_S_EXT_CTRLS, &controls) < 0)
            return 0;
    }
    for (; avpriv_v4l2request_ioctl(fd, VIDIOC_ENUM_FMT, &desc) >= 0; desc.index++) {
        /* Eight bits are decoded by all, maybe to a format that we do not know. */
        if (fits(desc.pixelformat, kind) || (kind.bits == 8 && kind.chroma == 1))
            return 1;
    }
    return 0;
}

static void write_kind(Writer *w, int fd, uint32_t capture, InfoKind kind)
{
    const char *chroma = kind.chroma == 2 ? "4:2:2" : "4:2:0";
    struct v4l2_fmtdesc desc = { .type = capture };
    char title[32];

    snprintf(title, sizeof(title), "%d bit %s", kind.bits, chroma);
    if (w->json) {
        writer_begin(w, NULL);
        writer_number(w, "bits", kind.bits);
        writer_string(w, "chroma", chroma);
    }
    writer_begin_array(w, w->json ? "formats" : title);
    for (; avpriv_v4l2request_ioctl(fd, VIDIOC_ENUM_FMT, &desc) >= 0; desc.index++)
        write_format(w, desc.pixelformat);
    writer_end(w);
    if (w->json)
        writer_end(w);
}

/* What a queue's buffers can do, for a coded format that is set. */
static void write_capabilities(Writer *w, int fd, const char *key, uint32_t type)
{
    static const struct {
        uint32_t flag;
        const char *name;
    } names[] = {
        { V4L2_BUF_CAP_SUPPORTS_MMAP, "mmap" }, { V4L2_BUF_CAP_SUPPORTS_USERPTR, "user pointers" },
        { V4L2_BUF_CAP_SUPPORTS_DMABUF, "import of dma-bufs" }, { V4L2_BUF_CAP_SUPPORTS_REQUESTS, "requests" },
        { V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS, "orphaned buffers" },
        { V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF, "hold" },
        { V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS, "cache hints" },
        { V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS, "more than 32 buffers" },
        { V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS, "removal of buffers" },
    };
    struct v4l2_create_buffers query = { .memory = V4L2_MEMORY_MMAP, .format = { .type = type } };
    const char *found[FF_ARRAY_ELEMS(names)];
    int count = 0;

    if (avpriv_v4l2request_ioctl(fd, VIDIOC_G_FMT, &query.format) < 0 ||
        avpriv_v4l2request_ioctl(fd, VIDIOC_CREATE_BUFS, &query) < 0) {
        writer_list(w, key, NULL, 0);
        return;
    }
    for (unsigned i = 0; i < FF_ARRAY_ELEMS(names); i++) {
        if (query.capabilities & names[i].flag)
            found[count++] = names[i].name;
    }
    writer_list(w, key, found, count);
}

static void write_codec(Writer *w, int fd, const InfoCodec *codec, uint32_t output, uint32_t capture)
{
    struct v4l2_format format = { .type = output };
    char fourcc[AV_FOURCC_MAX_STRING_SIZE];
    int width, height;

    writer_begin(w, w->json ? NULL : codec->name);
    if (w->json)
        writer_string(w, "codec", codec->name);
    writer_string(w, "fourcc", av_fourcc_make_string(fourcc, codec->pixelformat));
    write_sizes(w, fd, codec, &width, &height);
    write_menu(w, fd, "profiles", codec->profile);
    write_menu(w, fd, "levels", codec->level);
    write_menu(w, fd, "decode_modes", codec->mode);
    write_menu(w, fd, "start_codes", codec->start_code);
    write_controls(w, fd, codec);

    set_size(&format, codec->pixelformat, width, height);
    if (avpriv_v4l2request_ioctl(fd, VIDIOC_S_FMT, &format) >= 0) {
        writer_begin_array(w, "frames");
        for (int i = 0; codec->kinds[i].bits; i++) {
            if (takes_kind(fd, codec, capture, codec->kinds[i], width, height))
                write_kind(w, fd, capture, codec->kinds[i]);
        }
        writer_end(w);
        write_capabilities(w, fd, "output_buffers", output);
        write_capabilities(w, fd, "capture_buffers", capture);
    }
    writer_end(w);
}

void info_codecs(Writer *w, int fd)
{
    struct v4l2_capability cap = { 0 };
    struct v4l2_fmtdesc desc = { 0 };
    uint32_t caps, capture;

    if (avpriv_v4l2request_ioctl(fd, VIDIOC_QUERYCAP, &cap) < 0)
        return;
    caps      = cap.capabilities & V4L2_CAP_DEVICE_CAPS ? cap.device_caps : cap.capabilities;
    desc.type = caps & V4L2_CAP_VIDEO_M2M_MPLANE ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
    capture   = caps & V4L2_CAP_VIDEO_M2M_MPLANE ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;

    writer_string(w, "buffer_API", caps & V4L2_CAP_VIDEO_M2M_MPLANE ? "multi-planar" : "single-planar");
    writer_begin_array(w, "codecs");
    for (; avpriv_v4l2request_ioctl(fd, VIDIOC_ENUM_FMT, &desc) >= 0; desc.index++) {
        const InfoCodec *codec = info_find_codec(desc.pixelformat);

        if (codec)
            write_codec(w, fd, codec, desc.type, capture);
    }
    writer_end(w);
}
