/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between decoded planar frames and the layout of the CAPTURE format
 *
 * Only the picture is written. Padding keeps the driver's poison, so that a
 * client that computes a plane's place wrongly shows it.
 */

#include <errno.h>
#include <string.h>

#include <linux/videodev2.h>

#include "libavutil/intreadwrite.h"
#include "libavutil/pixdesc.h"

#include "check.h"
#include "model.h"

/* Sample value of failed pictures. */
#define SPOILED		0x33

/*
 * A CAPTURE format is written line by line. A chroma line gets both
 * components; width is in samples of one component.
 */
struct layout {
    uint32_t fourcc;
    enum AVPixelFormat pix_fmt;		/* of the decoded frame */
    int chroma_plane;			/* memory plane of the chroma samples */
    int bits;				/* of a sample in memory */
    void (*write_luma)(uint8_t *dst, const uint8_t *src, int width);
    void (*write_chroma)(uint8_t *dst, const uint8_t *cb, const uint8_t *cr, int width);
    void (*read_luma)(uint8_t *dst, const uint8_t *src, int width);
    void (*read_chroma)(uint8_t *cb, uint8_t *cr, const uint8_t *src, int width);
};

/* One picture in device memory. */
struct picture {
    const struct layout *layout;
    uint8_t *luma, *chroma;
    size_t luma_stride, chroma_stride;
    int width, height;			/* luma samples */
    int chroma_width, chroma_height;
};

static void copy_luma8(uint8_t *dst, const uint8_t *src, int width)
{
    memcpy(dst, src, width);
}

static void interleave8(uint8_t *restrict dst, const uint8_t *restrict cb,
                        const uint8_t *restrict cr, int width)
{
    for (int i = 0; i < width; i++) {
        dst[2 * i]     = cb[i];
        dst[2 * i + 1] = cr[i];
    }
}

static void deinterleave8(uint8_t *restrict cb, uint8_t *restrict cr,
                          const uint8_t *restrict src, int width)
{
    for (int i = 0; i < width; i++) {
        cb[i] = src[2 * i];
        cr[i] = src[2 * i + 1];
    }
}

/* P010: the ten bits are the upper ones of a little-endian word. */
static void shift_luma10(uint8_t *dst, const uint8_t *src, int width)
{
    for (int i = 0; i < width; i++)
        AV_WL16(dst + 2 * i, AV_RN16(src + 2 * i) << 6);
}

static void unshift_luma10(uint8_t *dst, const uint8_t *src, int width)
{
    for (int i = 0; i < width; i++)
        AV_WN16(dst + 2 * i, AV_RL16(src + 2 * i) >> 6);
}

static void interleave_shift10(uint8_t *dst, const uint8_t *cb, const uint8_t *cr, int width)
{
    for (int i = 0; i < width; i++) {
        AV_WL16(dst + 4 * i,     AV_RN16(cb + 2 * i) << 6);
        AV_WL16(dst + 4 * i + 2, AV_RN16(cr + 2 * i) << 6);
    }
}

static void deinterleave_unshift10(uint8_t *cb, uint8_t *cr, const uint8_t *src, int width)
{
    for (int i = 0; i < width; i++) {
        AV_WN16(cb + 2 * i, AV_RL16(src + 4 * i)     >> 6);
        AV_WN16(cr + 2 * i, AV_RL16(src + 4 * i + 2) >> 6);
    }
}

/*
 * NV15, NV20: no padding, the first sample in the lowest bits. Bit by bit, so
 * that it has nothing in common with the client's way to read it.
 */
static void put_bits10(uint8_t *dst, int index, int value)
{
    for (int i = 0; i < 10; i++) {
        int pos = 10 * index + i;

        if (!(pos & 7))
            dst[pos >> 3] = 0;
        dst[pos >> 3] |= (value >> i & 1) << (pos & 7);
    }
}

static int get_bits10(const uint8_t *src, int index)
{
    int value = 0;

    for (int i = 0; i < 10; i++) {
        int pos = 10 * index + i;

        value |= (src[pos >> 3] >> (pos & 7) & 1) << i;
    }
    return value;
}

static void pack_luma10(uint8_t *dst, const uint8_t *src, int width)
{
    for (int i = 0; i < width; i++)
        put_bits10(dst, i, AV_RN16(src + 2 * i));
}

static void unpack_luma10(uint8_t *dst, const uint8_t *src, int width)
{
    for (int i = 0; i < width; i++)
        AV_WN16(dst + 2 * i, get_bits10(src, i));
}

static void pack_chroma10(uint8_t *dst, const uint8_t *cb, const uint8_t *cr, int width)
{
    for (int i = 0; i < width; i++) {
        put_bits10(dst, 2 * i,     AV_RN16(cb + 2 * i));
        put_bits10(dst, 2 * i + 1, AV_RN16(cr + 2 * i));
    }
}

static void unpack_chroma10(uint8_t *cb, uint8_t *cr, const uint8_t *src, int width)
{
    for (int i = 0; i < width; i++) {
        AV_WN16(cb + 2 * i, get_bits10(src, 2 * i));
        AV_WN16(cr + 2 * i, get_bits10(src, 2 * i + 1));
    }
}

#ifndef V4L2_PIX_FMT_NV15
#define V4L2_PIX_FMT_NV15	v4l2_fourcc('N', 'V', '1', '5')
#endif
#ifndef V4L2_PIX_FMT_NV20
#define V4L2_PIX_FMT_NV20	v4l2_fourcc('N', 'V', '2', '0')
#endif

static const struct layout layouts[] = {
    {
        .fourcc = V4L2_PIX_FMT_NV12, .pix_fmt = AV_PIX_FMT_YUV420P, .bits = 8,
        .write_luma = copy_luma8, .write_chroma = interleave8,
        .read_luma = copy_luma8, .read_chroma = deinterleave8,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV12M, .pix_fmt = AV_PIX_FMT_YUV420P, .bits = 8,
        .chroma_plane = 1,
        .write_luma = copy_luma8, .write_chroma = interleave8,
        .read_luma = copy_luma8, .read_chroma = deinterleave8,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV16, .pix_fmt = AV_PIX_FMT_YUV422P, .bits = 8,
        .write_luma = copy_luma8, .write_chroma = interleave8,
        .read_luma = copy_luma8, .read_chroma = deinterleave8,
    },
    {
        .fourcc = V4L2_PIX_FMT_P010, .pix_fmt = AV_PIX_FMT_YUV420P10, .bits = 16,
        .write_luma = shift_luma10, .write_chroma = interleave_shift10,
        .read_luma = unshift_luma10, .read_chroma = deinterleave_unshift10,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV15, .pix_fmt = AV_PIX_FMT_YUV420P10, .bits = 10,
        .write_luma = pack_luma10, .write_chroma = pack_chroma10,
        .read_luma = unpack_luma10, .read_chroma = unpack_chroma10,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV20, .pix_fmt = AV_PIX_FMT_YUV422P10, .bits = 10,
        .write_luma = pack_luma10, .write_chroma = pack_chroma10,
        .read_luma = unpack_luma10, .read_chroma = unpack_chroma10,
    },
};

static const struct layout *find_layout(uint32_t fourcc)
{
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
        if (layouts[i].fourcc == fourcc)
            return &layouts[i];
    return NULL;
}

enum AVPixelFormat model_pix_fmt(uint32_t fourcc)
{
    const struct layout *layout = find_layout(fourcc);

    return layout ? layout->pix_fmt : AV_PIX_FMT_NONE;
}

static size_t row_bytes(const struct picture *p, int samples)
{
    return ((size_t)samples * p->layout->bits + 7) / 8;
}

/* Bytes from the first sample of a plane to behind its last one. */
static uint64_t extent(const struct picture *p, uint64_t stride, int width, int height)
{
    return height ? (height - 1) * stride + row_bytes(p, width) : 0;
}

/*
 * Find the planes. In formats with one memory plane chroma follows
 * bytesperline * height, with the height that S_FMT returned.
 */
static int map_picture(struct model *m, int index, int width, int height, struct picture *p)
{
    const struct model_format format = model_format(m, index);
    const AVPixFmtDescriptor *desc;
    uint64_t chroma_offset, luma_end, chroma_end;

    *p = (struct picture) { .layout = find_layout(format.fourcc) };
    if (!p->layout)
        return model_fail(m, "no CAPTURE layout 0x%08x", format.fourcc);
    desc = av_pix_fmt_desc_get(p->layout->pix_fmt);
    p->width  = width  < (int)format.width  ? width  : (int)format.width;
    p->height = height < (int)format.height ? height : (int)format.height;
    p->chroma_width  = AV_CEIL_RSHIFT(p->width,  desc->log2_chroma_w);
    p->chroma_height = AV_CEIL_RSHIFT(p->height, desc->log2_chroma_h);
    p->luma_stride   = format.plane[0].bytesperline;
    p->chroma_stride = format.plane[p->layout->chroma_plane].bytesperline;
    chroma_offset = p->layout->chroma_plane ? 0 : (uint64_t)p->luma_stride * format.height;
    luma_end   = extent(p, p->luma_stride, p->width, p->height);
    chroma_end = chroma_offset + extent(p, p->chroma_stride, 2 * p->chroma_width, p->chroma_height);
    if (p->luma_stride < row_bytes(p, p->width) ||
        luma_end > format.plane[0].sizeimage ||
        chroma_end > format.plane[p->layout->chroma_plane].sizeimage)
        return model_fail(m, "a picture of %dx%d does not fit into the CAPTURE format",
                          p->width, p->height);
    p->luma   = model_plane(m, index, 0);
    p->chroma = model_plane(m, index, p->layout->chroma_plane);
    if (!p->luma || !p->chroma)
        return -EINVAL;
    p->chroma += chroma_offset;
    return 0;
}

int model_output(struct model *m, const AVFrame *pixels, int width, int height, int fields)
{
    int first = fields == MODEL_BOTTOM, step = fields == MODEL_FRAME ? 1 : 2;
    struct picture p;
    int ret;

    ret = map_picture(m, m->job.event->capture_index, width, height, &p);
    if (ret < 0)
        return ret;
    if (pixels->format != p.layout->pix_fmt)
        return model_fail(m, "a picture of format %s does not fit into the CAPTURE format",
                          av_get_pix_fmt_name(pixels->format));
    for (int y = first; y < p.height; y += step) {
        p.layout->write_luma(p.luma + y * p.luma_stride,
                             pixels->data[0] + y * (ptrdiff_t)pixels->linesize[0], p.width);
        m->job.bytes_written += row_bytes(&p, p.width);
    }
    for (int y = first; y < p.chroma_height; y += step) {
        p.layout->write_chroma(p.chroma + y * p.chroma_stride,
                               pixels->data[1] + y * (ptrdiff_t)pixels->linesize[1],
                               pixels->data[2] + y * (ptrdiff_t)pixels->linesize[2],
                               p.chroma_width);
        m->job.bytes_written += row_bytes(&p, 2 * p.chroma_width);
    }
    return 0;
}

void model_spoil(AVFrame *pixels, int height, int fields)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(pixels->format);
    int first = fields == MODEL_BOTTOM, step = fields == MODEL_FRAME ? 1 : 2;

    for (int i = 0; i < 3 && pixels->data[i]; i++) {
        int lines = i ? AV_CEIL_RSHIFT(height, desc->log2_chroma_h) : height;

        for (int y = first; y < lines; y += step)
            memset(pixels->data[i] + y * (ptrdiff_t)pixels->linesize[i], SPOILED,
                   pixels->linesize[i]);
    }
}

int model_input(struct model *m, int index, AVFrame *pixels, int width, int height)
{
    struct picture p;
    int ret;

    ret = map_picture(m, index, width, height, &p);
    if (ret < 0)
        return ret;
    if (pixels->format != p.layout->pix_fmt)
        return model_fail(m, "CAPTURE buffer %d does not have the format of the stream", index);
    for (int y = 0; y < p.height; y++)
        p.layout->read_luma(pixels->data[0] + y * (ptrdiff_t)pixels->linesize[0],
                            p.luma + y * p.luma_stride, p.width);
    for (int y = 0; y < p.chroma_height; y++)
        p.layout->read_chroma(pixels->data[1] + y * (ptrdiff_t)pixels->linesize[1],
                              pixels->data[2] + y * (ptrdiff_t)pixels->linesize[2],
                              p.chroma + y * p.chroma_stride, p.chroma_width);
    return 0;
}

/*
 * Fast rather than strong: it detects writes by accident. The two halves run
 * independently because one multiplication after the other would be the limit.
 */
static uint64_t hash_line(uint64_t hash, const uint8_t *data, size_t size)
{
    const uint64_t prime = 0x9e3779b97f4a7c15;
    uint64_t a = hash, b = ~hash, word[2];

    while (size >= sizeof(word)) {
        memcpy(word, data, sizeof(word));
        a = (a ^ word[0]) * prime;
        b = (b ^ word[1]) * prime;
        a ^= a >> 29;
        b ^= b >> 31;
        data += sizeof(word);
        size -= sizeof(word);
    }
    for (; size; size--)
        a = (a ^ *data++) * prime;
    return (a ^ (b << 32 | b >> 32)) * prime;
}

int model_checksum(struct model *m, int index, int width, int height, uint64_t *checksum)
{
    uint64_t hash = 1;
    struct picture p;
    int ret;

    ret = map_picture(m, index, width, height, &p);
    if (ret < 0)
        return ret;
    for (int y = 0; y < p.height; y++)
        hash = hash_line(hash, p.luma + y * p.luma_stride, row_bytes(&p, p.width));
    for (int y = 0; y < p.chroma_height; y++)
        hash = hash_line(hash, p.chroma + y * p.chroma_stride, row_bytes(&p, 2 * p.chroma_width));
    *checksum = hash;
    return 0;
}
