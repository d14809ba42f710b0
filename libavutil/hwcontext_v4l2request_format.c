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
#include <string.h>
#include <sys/ioctl.h>

#include <drm_fourcc.h>

#include "avstring.h"
#include "common.h"
#include "error.h"
#include "hwcontext_v4l2request_internal.h"
#include "intreadwrite.h"
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
#ifndef V4L2_PIX_FMT_NV12_4L4
#define V4L2_PIX_FMT_NV12_4L4 v4l2_fourcc('V', 'T', '1', '2')
#endif
#ifndef V4L2_PIX_FMT_NV15_4L4
#define V4L2_PIX_FMT_NV15_4L4 v4l2_fourcc('V', 'T', '1', '5')
#endif
#ifndef V4L2_PIX_FMT_P010_4L4
#define V4L2_PIX_FMT_P010_4L4 v4l2_fourcc('T', '0', '1', '0')
#endif
#ifndef V4L2_PIX_FMT_NV12_32L32
#define V4L2_PIX_FMT_NV12_32L32 v4l2_fourcc('S', 'T', '1', '2')
#endif
#ifndef V4L2_PIX_FMT_MM21
#define V4L2_PIX_FMT_MM21 v4l2_fourcc('M', 'M', '2', '1')
#endif
#ifndef V4L2_PIX_FMT_MT2110T
#define V4L2_PIX_FMT_MT2110T v4l2_fourcc('M', 'T', '2', 'T')
#endif
#ifndef V4L2_PIX_FMT_MT2110R
#define V4L2_PIX_FMT_MT2110R v4l2_fourcc('M', 'T', '2', 'R')
#endif
/* Raspberry Pi's, not in mainline Linux. */
#ifndef V4L2_PIX_FMT_NV12_COL128
#define V4L2_PIX_FMT_NV12_COL128 v4l2_fourcc('N', 'C', '1', '2')
#endif
#ifndef V4L2_PIX_FMT_NV12_10_COL128
#define V4L2_PIX_FMT_NV12_10_COL128 v4l2_fourcc('N', 'C', '3', '0')
#endif
#ifndef V4L2_PIX_FMT_NV12MT_COL128
#define V4L2_PIX_FMT_NV12MT_COL128 v4l2_fourcc('N', 'c', '1', '2')
#endif
#ifndef V4L2_PIX_FMT_NV12MT_10_COL128
#define V4L2_PIX_FMT_NV12MT_10_COL128 v4l2_fourcc('N', 'c', '3', '0')
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
#ifndef DRM_FORMAT_P030
#define DRM_FORMAT_P030 fourcc_code('P', '0', '3', '0')
#endif
#ifndef DRM_FORMAT_MOD_VENDOR_MTK
#define DRM_FORMAT_MOD_VENDOR_MTK 0x0b
#endif
#ifndef DRM_FORMAT_MOD_MTK
#define DRM_FORMAT_MOD_MTK(flags) fourcc_mod_code(MTK, flags)
#define MTK_FMT_MOD_TILE_16L32S            0x1
#define MTK_FMT_MOD_10BIT_LAYOUT_LSBTILED  (0x1 << 16)
#define MTK_FMT_MOD_10BIT_LAYOUT_LSBRASTER (0x2 << 16)
#endif

#define MTK_TILE   DRM_FORMAT_MOD_MTK(MTK_FMT_MOD_TILE_16L32S)
#define MTK_TILED  DRM_FORMAT_MOD_MTK(MTK_FMT_MOD_TILE_16L32S | MTK_FMT_MOD_10BIT_LAYOUT_LSBTILED)
#define MTK_RASTER DRM_FORMAT_MOD_MTK(MTK_FMT_MOD_TILE_16L32S | MTK_FMT_MOD_10BIT_LAYOUT_LSBRASTER)
/* With the height of a column as parameter, where it is one for both planes. */
#define SAND       DRM_FORMAT_MOD_BROADCOM_SAND128

#define ROW(v4l2, drm, modifier, sw) \
    V4L2_PIX_FMT_ ## v4l2, drm, modifier, AV_PIX_FMT_ ## sw, #v4l2
#define LINEAR(v4l2, drm, sw) \
    ROW(v4l2, DRM_FORMAT_ ## drm, DRM_FORMAT_MOD_LINEAR, sw)
/* Tiles of 4x4, for which DRM knows no modifier. */
#define NO_DRM(v4l2, sw) ROW(v4l2, 0, DRM_FORMAT_MOD_INVALID, sw)

#define PACKED     .samples = V4L2_REQUEST_SAMPLES_PACKED
#define TILES(width, luma, chroma) .tile_width = width, .tile_height = { luma, chroma }
/* 16 samples of 10 bit are 20 bytes. */
#define MT2110(order) TILES(20, 32, 16), .samples = V4L2_REQUEST_SAMPLES_LSB_ ## order, \
                      .pitch = V4L2_REQUEST_PITCH_WIDTH
#define COLUMNS(kind) .tile_width = 128, .pitch = V4L2_REQUEST_PITCH_ ## kind
#define WORDS      .samples = V4L2_REQUEST_SAMPLES_WORDS

/* FFmpeg has no pixel format for packed samples (AV_PIX_FMT_NV20 is another
 * one, of 16 bit words) nor for tiles; sw_format is what they are copied to. */
static const V4L2RequestFormat formats[] = {
    { LINEAR(NV12,    NV12,   NV12),    1 },
    { LINEAR(NV12M,   NV12,   NV12),    2 },
    { LINEAR(NV21,    NV21,   NV21),    1 },
    { LINEAR(YUV420,  YUV420, YUV420P), 1 },
    { LINEAR(YUV420M, YUV420, YUV420P), 3 },
    { LINEAR(NV16,    NV16,   NV16),    1 },
    { LINEAR(P010,    P010,   P010),    1 },
    { LINEAR(NV15,    NV15,   P010),    1, PACKED },
    { LINEAR(NV20,    NV20,   P210),    1, PACKED },
    { ROW(NV12_32L32, DRM_FORMAT_NV12, DRM_FORMAT_MOD_ALLWINNER_TILED, NV12), 1, TILES(32, 32, 32) },
    { ROW(MM21,             DRM_FORMAT_NV12, MTK_TILE,   NV12), 2, TILES(16, 32, 16) },
    { ROW(MT2110T,          DRM_FORMAT_NV15, MTK_TILED,  P010), 2, MT2110(TILED) },
    { ROW(MT2110R,          DRM_FORMAT_NV15, MTK_RASTER, P010), 2, MT2110(RASTER) },
    { ROW(NV12_COL128,      DRM_FORMAT_NV12, SAND,       NV12), 1, COLUMNS(COLUMN) },
    { ROW(NV12_10_COL128,   DRM_FORMAT_P030, SAND,       P010), 1, COLUMNS(COLUMN), WORDS },
    { ROW(NV12MT_COL128,    DRM_FORMAT_NV12, SAND,       NV12), 2, COLUMNS(PLANES) },
    { ROW(NV12MT_10_COL128, DRM_FORMAT_P030, SAND,       P010), 2, COLUMNS(PLANES), WORDS },
    { NO_DRM(NV12_4L4, NV12), 1, TILES(4, 4, 4) },
    { NO_DRM(NV15_4L4, P010), 1, TILES(5, 4, 4), PACKED },
    { NO_DRM(P010_4L4, P010), 1, TILES(8, 4, 4) },
};

const V4L2RequestFormat *ff_v4l2request_format(unsigned index)
{
    return index < FF_ARRAY_ELEMS(formats) ? &formats[index] : NULL;
}

const V4L2RequestFormat *avpriv_v4l2request_find_format(uint32_t pixelformat)
{
    for (size_t i = 0; i < FF_ARRAY_ELEMS(formats); i++) {
        if (formats[i].pixelformat == pixelformat)
            return &formats[i];
    }
    return NULL;
}

const V4L2RequestFormat *ff_v4l2request_find_format_name(const char *name)
{
    uint32_t fourcc = strlen(name) == 4 ? AV_RL32(name) : 0;

    for (size_t i = 0; i < FF_ARRAY_ELEMS(formats); i++) {
        if (!av_strcasecmp(formats[i].name, name) || formats[i].pixelformat == fourcc)
            return &formats[i];
    }
    return NULL;
}

/** What a driver says of a memory plane, in either API. */
typedef struct MemoryPlane {
    uint32_t bytesperline;
    uint32_t size;
} MemoryPlane;

static MemoryPlane memory_plane(const struct v4l2_format *fmt, int i)
{
    if (!V4L2_TYPE_IS_MULTIPLANAR(fmt->type))
        return (MemoryPlane) { fmt->fmt.pix.bytesperline, fmt->fmt.pix.sizeimage };
    return (MemoryPlane) { fmt->fmt.pix_mp.plane_fmt[i].bytesperline,
                           fmt->fmt.pix_mp.plane_fmt[i].sizeimage };
}

/** Bytes of a line of so many samples of one plane. */
static uint64_t line_bytes(const V4L2RequestFormat *row, uint64_t samples)
{
    switch (row->samples) {
    case V4L2_REQUEST_SAMPLES_PACKED: return (samples * 5 + 3) / 4;
    case V4L2_REQUEST_SAMPLES_WORDS:  return (samples + 2) / 3 * 4;
    case V4L2_REQUEST_SAMPLES_PLAIN:
        return samples * ((av_pix_fmt_desc_get(row->sw_format)->comp[0].depth + 7) / 8);
    default:                          return (samples + 15) / 16 * 20;
    }
}

/** What is to be known of a plane before it is described. */
typedef struct PlaneSize {
    uint32_t pitch;                 ///< bytes from line to line; of all columns
    uint32_t column;                ///< lines of a column
    uint32_t lines;
    uint64_t bytes;                 ///< of samples in a line
    uint64_t offset;
    uint64_t end;                   ///< behind the last byte
} PlaneSize;

static void measure_plane(PlaneSize *p, const V4L2RequestFormat *row, MemoryPlane memory,
                          uint32_t width, int chroma)
{
    int tile_height = FFMAX(row->tile_height[chroma], 1);

    p->pitch = memory.bytesperline;
    switch (row->pitch) {
    case V4L2_REQUEST_PITCH_BYTES:
        /* One memory plane has one bytesperline, that of luma. */
        if (chroma && row->mem_planes == 1 && av_pix_fmt_count_planes(row->sw_format) == 3)
            p->pitch /= 2;
        break;
    case V4L2_REQUEST_PITCH_WIDTH:
        p->pitch = line_bytes(row, width);
        break;
    case V4L2_REQUEST_PITCH_COLUMN:
        p->pitch  = FFALIGN(line_bytes(row, width), row->tile_width);
        p->column = memory.bytesperline;
        break;
    case V4L2_REQUEST_PITCH_PLANES:
        p->column = memory.bytesperline ? memory.size / memory.bytesperline : 0;
        break;
    }

    if (p->column)
        p->end = p->offset + ((uint64_t)(p->pitch / row->tile_width - 1) * p->column + p->lines) *
                             row->tile_width;
    else
        p->end = p->offset + (uint64_t)p->pitch * FFALIGN(p->lines, tile_height);
}

static int is_sane(const PlaneSize *p, const V4L2RequestFormat *row, MemoryPlane memory)
{
    int columns = row->tile_width && !row->tile_height[0];

    return p->pitch && p->lines && p->bytes <= p->pitch && p->end <= memory.size &&
           (!row->tile_width || p->pitch % row->tile_width == 0) &&
           (!columns || p->column >= p->lines);
}

static void set_plane(V4L2RequestFrame *frame, int i, const PlaneSize *p)
{
    const V4L2RequestFormat *row = frame->format;
    V4L2RequestPlane *plane = &frame->plane[i];
    int object = row->mem_planes > 1 ? i : 0;

    /* RPi's own kernels and players know a column of one plane by its pitch. */
    frame->desc.layers[0].planes[i] = (AVDRMPlaneDescriptor) {
        .object_index = object,
        .offset       = p->offset,
        .pitch        = row->pitch == V4L2_REQUEST_PITCH_PLANES ? p->column : p->pitch,
    };

    plane->tile_height = p->column ? p->column : FFMAX(row->tile_height[!!i], 1);
    plane->tile_size   = (size_t)plane->tile_height * row->tile_width;
    plane->row_size    = (size_t)plane->tile_height * p->pitch;
}

static int describe_planes(V4L2RequestFrame *frame, const struct v4l2_format *fmt)
{
    const V4L2RequestFormat *row = frame->format;
    const AVPixFmtDescriptor *pix = av_pix_fmt_desc_get(row->sw_format);
    int nb_planes = av_pix_fmt_count_planes(row->sw_format);
    uint32_t width, height;
    uint64_t offset = 0;

    ff_v4l2request_format_size(fmt, &width, &height);
    frame->desc.nb_layers = 1;
    frame->desc.layers[0].format    = row->drm_format;
    frame->desc.layers[0].nb_planes = nb_planes;

    for (int i = 0; i < nb_planes; i++) {
        MemoryPlane memory = memory_plane(fmt, row->mem_planes > 1 ? i : 0);
        PlaneSize p = {
            .lines  = i ? height >> pix->log2_chroma_h : height,
            .bytes  = line_bytes(row, i && nb_planes == 3 ? width >> pix->log2_chroma_w : width),
            .offset = row->mem_planes > 1 ? 0 : offset,
        };

        measure_plane(&p, row, memory, width, !!i);
        if (!is_sane(&p, row, memory))
            return AVERROR(EINVAL);
        set_plane(frame, i, &p);

        /* In the formats with one memory plane the chroma plane follows after
         * the height that the driver returned, which is not the coded height
         * (v4l2_fill_pixfmt_mp() in v4l2-common.c); in columns it follows
         * within each of them. */
        offset += row->pitch == V4L2_REQUEST_PITCH_COLUMN ? (uint64_t)height * row->tile_width
                                                          : (uint64_t)p.pitch * p.lines;
    }
    return 0;
}

int avpriv_v4l2request_describe(V4L2RequestFrame *frame, const V4L2RequestFormat *row,
                                const struct v4l2_format *fmt)
{
    int mem_planes = V4L2_TYPE_IS_MULTIPLANAR(fmt->type) ? fmt->fmt.pix_mp.num_planes : 1;
    uint64_t modifier = row->modifier;

    if (!row->drm_format || mem_planes != row->mem_planes)
        return AVERROR(EINVAL);
    if (row->pitch == V4L2_REQUEST_PITCH_COLUMN)
        modifier = DRM_FORMAT_MOD_BROADCOM_SAND128_COL_HEIGHT(memory_plane(fmt, 0).bytesperline);

    frame->format = row;
    frame->desc   = (AVDRMFrameDescriptor) { .nb_objects = row->mem_planes };
    /* The object is larger than the picture where a driver keeps its motion
     * vectors behind it. */
    for (int i = 0; i < row->mem_planes; i++)
        frame->desc.objects[i] = (AVDRMObjectDescriptor) {
            .fd = -1, .size = memory_plane(fmt, i).size, .format_modifier = modifier,
        };
    return describe_planes(frame, fmt);
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
