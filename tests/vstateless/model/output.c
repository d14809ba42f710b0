/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between decoded planar frames and the layout of the CAPTURE format
 *
 * Only the picture is written. Padding keeps the driver's poison, so that a
 * client that computes a plane's place wrongly shows it.
 */

#include <errno.h>
#include <string.h>

#include "libavutil/common.h"
#include "libavutil/pixdesc.h"

#include "check.h"
#include "layout.h"
#include "model.h"

/* Sample value of failed pictures. */
#define SPOILED		0x33

/* Longest line of any layout: 4096 samples of luma, or both kinds of chroma. */
#define LINE_BYTES	(2 * 4096 + 128)

/* One picture in device memory; both kinds of chroma may be one component. */
struct picture {
    const struct layout *layout;
    struct component component[3];
    int height, chroma_width, chroma_height;
};

enum AVPixelFormat model_pix_fmt(uint32_t fourcc)
{
    const struct layout *layout = layout_find(fourcc);

    return layout ? layout->pix_fmt : AV_PIX_FMT_NONE;
}

/* Bytes from row to row, and lines of a column. */
static void fill_geometry(struct component *c, const struct layout *layout,
                          const struct model_format *format, int plane, int chroma)
{
    uint32_t bytesperline = format->plane[plane].bytesperline;

    c->stride = bytesperline;
    c->tile_lines = layout->tile_lines[chroma];
    switch (layout->shape) {
    case SHAPE_ROWS:
        if (layout->components == 3 && layout->mem_planes == 1 && chroma)
            c->stride /= 2;
        break;
    case SHAPE_COLUMNS:
        c->stride = layout_line_bytes(layout, format->width);
        c->tile_lines = bytesperline;
        break;
    case SHAPE_PLANES:
        c->tile_lines = bytesperline ? format->plane[plane].sizeimage / bytesperline : 0;
        break;
    case SHAPE_WIDTH:
        c->stride = layout_line_bytes(layout, format->width);
        break;
    }
}

/*
 * Where a component starts. In formats with one memory plane chroma follows
 * bytesperline * height, with the height that S_FMT returned.
 */
static uint64_t component_offset(const struct picture *p, const struct model_format *format, int i)
{
    const struct component *c = p->component;

    if (p->layout->mem_planes > 1 || !i)
        return 0;
    if (p->layout->shape == SHAPE_COLUMNS)
        return (uint64_t)format->height * p->layout->tile_bytes;
    return (uint64_t)c[0].stride * format->height + (i - 1) * (uint64_t)c[1].stride * (format->height / 2);
}

static int map_component(struct model *m, int index, struct picture *p,
                         const struct model_format *format, int i)
{
    int plane = p->layout->mem_planes > 1 ? i : 0;
    struct component *c = &p->component[i];
    uint64_t offset;

    fill_geometry(c, p->layout, format, plane, !!i);
    c->width = i ? p->chroma_width * (p->layout->components == 2 ? 2 : 1) : c->width;
    c->height = i ? p->chroma_height : p->height;
    offset = component_offset(p, format, i);
    if (c->stride < layout_line_bytes(p->layout, c->width) ||
        layout_line_bytes(p->layout, c->width) + 20 > LINE_BYTES ||
        (p->layout->tile_bytes && !c->tile_lines) ||
        offset + layout_extent(p->layout, c) > format->plane[plane].sizeimage)
        return model_fail(m, "component %d of a picture of %dx%d does not fit into the CAPTURE format",
                          i, p->component[0].width, p->height);
    c->data = model_plane(m, index, plane);
    if (!c->data)
        return -EINVAL;
    c->data += offset;
    return 0;
}

static int map_picture(struct model *m, int index, int width, int height, struct picture *p)
{
    const struct model_format format = model_format(m, index);
    const AVPixFmtDescriptor *desc;
    int ret = 0;

    *p = (struct picture) { .layout = layout_find(format.fourcc) };
    if (!p->layout)
        return model_fail(m, "no CAPTURE layout 0x%08x", format.fourcc);
    desc = av_pix_fmt_desc_get(p->layout->pix_fmt);
    p->component[0].width = FFMIN(width, (int)format.width);
    p->height        = FFMIN(height, (int)format.height);
    p->chroma_width  = AV_CEIL_RSHIFT(p->component[0].width, desc->log2_chroma_w);
    p->chroma_height = AV_CEIL_RSHIFT(p->height, desc->log2_chroma_h);
    for (int i = 0; i < p->layout->components && ret >= 0; i++)
        ret = map_component(m, index, p, &format, i);
    return ret;
}

static uint8_t *frame_line(const AVFrame *pixels, int plane, int y)
{
    return pixels->data[plane] + y * (ptrdiff_t)pixels->linesize[plane];
}

/* Whether a component has both kinds of chroma. */
static bool has_pairs(const struct picture *p, int i)
{
    return i && p->layout->components == 2;
}

static void write_line(const struct picture *p, int i, int y, const AVFrame *pixels)
{
    const struct component *c = &p->component[i];
    uint8_t buffer[LINE_BYTES];
    uint8_t *line = layout_line(p->layout, c, y, buffer);
    const uint8_t *samples = frame_line(pixels, i, y);
    uint8_t pairs[2 * LINE_BYTES];

    if (has_pairs(p, i)) {
        layout_interleave(p->layout, pairs, samples, frame_line(pixels, 2, y), p->chroma_width);
        samples = pairs;
    }
    /* A last group of samples may not be full. */
    if (line == buffer)
        memset(buffer, 0, sizeof(buffer));
    p->layout->write(line, samples, c->width);
    layout_scatter(p->layout, c, y, line);
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
    for (int i = 0; i < p.layout->components; i++) {
        for (int y = first; y < p.component[i].height; y += step) {
            write_line(&p, i, y, pixels);
            m->job.bytes_written += layout_line_bytes(p.layout, p.component[i].width);
        }
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

static void read_line(const struct picture *p, int i, int y, AVFrame *pixels)
{
    const struct component *c = &p->component[i];
    uint8_t buffer[LINE_BYTES];
    uint8_t *line = layout_line(p->layout, c, y, buffer);

    uint8_t *samples = frame_line(pixels, i, y);
    uint8_t pairs[2 * LINE_BYTES];

    layout_gather(p->layout, c, y, line);
    p->layout->read(has_pairs(p, i) ? pairs : samples, line, c->width);
    if (has_pairs(p, i))
        layout_deinterleave(p->layout, samples, frame_line(pixels, 2, y), pairs, p->chroma_width);
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
    for (int i = 0; i < p.layout->components; i++)
        for (int y = 0; y < p.component[i].height; y++)
            read_line(&p, i, y, pixels);
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
    for (int i = 0; i < p.layout->components; i++) {
        const struct component *c = &p.component[i];

        for (int y = 0; y < c->height; y++) {
            uint8_t buffer[LINE_BYTES];
            uint8_t *line = layout_line(p.layout, c, y, buffer);

            layout_gather(p.layout, c, y, line);
            hash = hash_line(hash, line, layout_line_bytes(p.layout, c->width));
        }
    }
    *checksum = hash;
    return 0;
}
