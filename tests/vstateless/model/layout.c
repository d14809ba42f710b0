/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory layouts of CAPTURE formats: where the bytes of a line are
 *
 * Written for clearness, one byte after the other, so that it has nothing in
 * common with the client's way to read them.
 */

#include <linux/videodev2.h>

#include "libavutil/common.h"

#include "layout.h"
#include "samples.h"

#ifndef V4L2_PIX_FMT_NV15
#define V4L2_PIX_FMT_NV15	v4l2_fourcc('N', 'V', '1', '5')
#endif
#ifndef V4L2_PIX_FMT_NV20
#define V4L2_PIX_FMT_NV20	v4l2_fourcc('N', 'V', '2', '0')
#endif
#ifndef V4L2_PIX_FMT_NV15_4L4
#define V4L2_PIX_FMT_NV15_4L4	v4l2_fourcc('V', 'T', '1', '5')
#endif
#ifndef V4L2_PIX_FMT_P010_4L4
#define V4L2_PIX_FMT_P010_4L4	v4l2_fourcc('T', '0', '1', '0')
#endif
#ifndef V4L2_PIX_FMT_MT2110T
#define V4L2_PIX_FMT_MT2110T	v4l2_fourcc('M', 'T', '2', 'T')
#endif
#ifndef V4L2_PIX_FMT_MT2110R
#define V4L2_PIX_FMT_MT2110R	v4l2_fourcc('M', 'T', '2', 'R')
#endif
#ifndef V4L2_PIX_FMT_NV12_COL128
#define V4L2_PIX_FMT_NV12_COL128	v4l2_fourcc('N', 'C', '1', '2')
#endif
#ifndef V4L2_PIX_FMT_NV12_10_COL128
#define V4L2_PIX_FMT_NV12_10_COL128	v4l2_fourcc('N', 'C', '3', '0')
#endif
#ifndef V4L2_PIX_FMT_NV12MT_COL128
#define V4L2_PIX_FMT_NV12MT_COL128	v4l2_fourcc('N', 'c', '1', '2')
#endif
#ifndef V4L2_PIX_FMT_NV12MT_10_COL128
#define V4L2_PIX_FMT_NV12MT_10_COL128	v4l2_fourcc('N', 'c', '3', '0')
#endif

static const struct layout layouts[] = {
    {
        .fourcc = V4L2_PIX_FMT_NV12, .pix_fmt = AV_PIX_FMT_YUV420P, .components = 2, .mem_planes = 1,
        .bytes = 1, .samples = 1,
        .write_luma = copy_luma8, .read_luma = copy_luma8,
        .write_chroma = interleave8, .read_chroma = deinterleave8,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV21, .pix_fmt = AV_PIX_FMT_YUV420P, .components = 2, .mem_planes = 1,
        .bytes = 1, .samples = 1,
        .write_luma = copy_luma8, .read_luma = copy_luma8,
        .write_chroma = interleave8_swapped, .read_chroma = deinterleave8_swapped,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV12M, .pix_fmt = AV_PIX_FMT_YUV420P, .components = 2, .mem_planes = 2,
        .bytes = 1, .samples = 1,
        .write_luma = copy_luma8, .read_luma = copy_luma8,
        .write_chroma = interleave8, .read_chroma = deinterleave8,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV16, .pix_fmt = AV_PIX_FMT_YUV422P, .components = 2, .mem_planes = 1,
        .bytes = 1, .samples = 1,
        .write_luma = copy_luma8, .read_luma = copy_luma8,
        .write_chroma = interleave8, .read_chroma = deinterleave8,
    },
    {
        .fourcc = V4L2_PIX_FMT_YUV420, .pix_fmt = AV_PIX_FMT_YUV420P, .components = 3, .mem_planes = 1,
        .bytes = 1, .samples = 1,
        .write_luma = copy_luma8, .read_luma = copy_luma8,
    },
    {
        .fourcc = V4L2_PIX_FMT_YUV420M, .pix_fmt = AV_PIX_FMT_YUV420P, .components = 3, .mem_planes = 3,
        .bytes = 1, .samples = 1,
        .write_luma = copy_luma8, .read_luma = copy_luma8,
    },
    {
        .fourcc = V4L2_PIX_FMT_P010, .pix_fmt = AV_PIX_FMT_YUV420P10, .components = 2, .mem_planes = 1,
        .bytes = 2, .samples = 1,
        .write_luma = shift_luma10, .read_luma = unshift_luma10,
        .write_chroma = interleave_shift10, .read_chroma = deinterleave_unshift10,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV15, .pix_fmt = AV_PIX_FMT_YUV420P10, .components = 2, .mem_planes = 1,
        .bytes = 5, .samples = 4,
        .write_luma = pack_luma10, .read_luma = unpack_luma10,
        .write_chroma = pack_chroma10, .read_chroma = unpack_chroma10,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV20, .pix_fmt = AV_PIX_FMT_YUV422P10, .components = 2, .mem_planes = 1,
        .bytes = 5, .samples = 4,
        .write_luma = pack_luma10, .read_luma = unpack_luma10,
        .write_chroma = pack_chroma10, .read_chroma = unpack_chroma10,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV12_32L32, .pix_fmt = AV_PIX_FMT_YUV420P, .components = 2, .mem_planes = 1,
        .bytes = 1, .samples = 1, .tile_bytes = 32, .tile_lines = { 32, 32 },
        .write_luma = copy_luma8, .read_luma = copy_luma8,
        .write_chroma = interleave8, .read_chroma = deinterleave8,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV12_4L4, .pix_fmt = AV_PIX_FMT_YUV420P, .components = 2, .mem_planes = 1,
        .bytes = 1, .samples = 1, .tile_bytes = 4, .tile_lines = { 4, 4 },
        .write_luma = copy_luma8, .read_luma = copy_luma8,
        .write_chroma = interleave8, .read_chroma = deinterleave8,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV15_4L4, .pix_fmt = AV_PIX_FMT_YUV420P10, .components = 2, .mem_planes = 1,
        .bytes = 5, .samples = 4, .tile_bytes = 5, .tile_lines = { 4, 4 },
        .write_luma = pack_luma10, .read_luma = unpack_luma10,
        .write_chroma = pack_chroma10, .read_chroma = unpack_chroma10,
    },
    {
        .fourcc = V4L2_PIX_FMT_P010_4L4, .pix_fmt = AV_PIX_FMT_YUV420P10, .components = 2, .mem_planes = 1,
        .bytes = 2, .samples = 1, .tile_bytes = 8, .tile_lines = { 4, 4 },
        .write_luma = shift_luma10, .read_luma = unshift_luma10,
        .write_chroma = interleave_shift10, .read_chroma = deinterleave_unshift10,
    },
    {
        .fourcc = V4L2_PIX_FMT_MM21, .pix_fmt = AV_PIX_FMT_YUV420P, .components = 2, .mem_planes = 2,
        .bytes = 1, .samples = 1, .tile_bytes = 16, .tile_lines = { 32, 16 },
        .write_luma = copy_luma8, .read_luma = copy_luma8,
        .write_chroma = interleave8, .read_chroma = deinterleave8,
    },
    {
        .fourcc = V4L2_PIX_FMT_MT2110T, .pix_fmt = AV_PIX_FMT_YUV420P10, .components = 2, .mem_planes = 2,
        .bytes = 20, .samples = 16, .shape = SHAPE_WIDTH, .order = ORDER_LSB_TILED,
        .tile_bytes = 20, .tile_lines = { 32, 16 },
        .write_luma = pack_luma_lsb, .read_luma = unpack_luma_lsb,
        .write_chroma = pack_chroma_lsb, .read_chroma = unpack_chroma_lsb,
    },
    {
        .fourcc = V4L2_PIX_FMT_MT2110R, .pix_fmt = AV_PIX_FMT_YUV420P10, .components = 2, .mem_planes = 2,
        .bytes = 20, .samples = 16, .shape = SHAPE_WIDTH, .order = ORDER_LSB_RASTER,
        .tile_bytes = 20, .tile_lines = { 32, 16 },
        .write_luma = pack_luma_lsb, .read_luma = unpack_luma_lsb,
        .write_chroma = pack_chroma_lsb, .read_chroma = unpack_chroma_lsb,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV12_COL128, .pix_fmt = AV_PIX_FMT_YUV420P, .components = 2, .mem_planes = 1,
        .bytes = 1, .samples = 1, .shape = SHAPE_COLUMNS, .tile_bytes = 128,
        .write_luma = copy_luma8, .read_luma = copy_luma8,
        .write_chroma = interleave8, .read_chroma = deinterleave8,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV12_10_COL128, .pix_fmt = AV_PIX_FMT_YUV420P10, .components = 2, .mem_planes = 1,
        .bytes = 4, .samples = 3, .shape = SHAPE_COLUMNS, .tile_bytes = 128,
        .write_luma = pack_luma32, .read_luma = unpack_luma32,
        .write_chroma = pack_chroma32, .read_chroma = unpack_chroma32,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV12MT_COL128, .pix_fmt = AV_PIX_FMT_YUV420P, .components = 2, .mem_planes = 2,
        .bytes = 1, .samples = 1, .shape = SHAPE_PLANES, .tile_bytes = 128,
        .write_luma = copy_luma8, .read_luma = copy_luma8,
        .write_chroma = interleave8, .read_chroma = deinterleave8,
    },
    {
        .fourcc = V4L2_PIX_FMT_NV12MT_10_COL128, .pix_fmt = AV_PIX_FMT_YUV420P10, .components = 2, .mem_planes = 2,
        .bytes = 4, .samples = 3, .shape = SHAPE_PLANES, .tile_bytes = 128,
        .write_luma = pack_luma32, .read_luma = unpack_luma32,
        .write_chroma = pack_chroma32, .read_chroma = unpack_chroma32,
    },
};

const struct layout *layout_find(uint32_t fourcc)
{
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
        if (layouts[i].fourcc == fourcc)
            return &layouts[i];
    return NULL;
}

size_t layout_line_bytes(const struct layout *layout, int samples)
{
    return ((size_t)samples * layout->bytes + layout->samples - 1) / layout->samples;
}

/* Where the byte x of line y is; a column is a tile as high as the component. */
static size_t address(const struct layout *layout, const struct component *c, size_t x, size_t y)
{
    size_t width = layout->tile_bytes, height = c->tile_lines;
    size_t tile = x / width * width * height;

    if (layout->tile_lines[0])
        tile += y / height * height * c->stride;
    return tile + y % height * width + x % width;
}

uint64_t layout_extent(const struct layout *layout, const struct component *c)
{
    size_t bytes = layout_line_bytes(layout, c->width);

    if (!c->height || !bytes)
        return 0;
    if (!layout->tile_bytes)
        return (c->height - 1) * (uint64_t)c->stride + bytes;
    /* The last byte of the last tile; of a column only the lines in use. */
    return address(layout, c, FFALIGN(bytes, (size_t)layout->tile_bytes) - 1,
                   layout->tile_lines[0] ? FFALIGN(c->height, c->tile_lines) - 1 : c->height - 1) + 1;
}

uint8_t *layout_line(const struct layout *layout, const struct component *c, int y, uint8_t *line)
{
    return layout->tile_bytes ? line : c->data + y * c->stride;
}

/* MT2110: four lines of 16 samples are a block, with all lower bits in front. */
static uint8_t *lsb_byte(const struct layout *layout, const struct component *c, size_t x, size_t y)
{
    uint8_t *block = c->data + address(layout, c, x / 20 * 20, y / 4 * 4);

    x %= 20;
    return x < 4 ? block + y % 4 * 4 + x : block + 16 + y % 4 * 16 + (x - 4);
}

/* MT2110T: the byte x of the lower bits has those of sample x of all four lines. */
static void lsb_tiled(const struct layout *layout, const struct component *c, size_t x, int y,
                      uint8_t *line, bool write)
{
    uint8_t *block = c->data + address(layout, c, x, y / 4 * 4);

    for (int i = 0; i < 16; i++) {
        int shift = y % 4 * 2, from = i % 4 * 2;
        uint8_t *packed = line + x + i / 4;

        if (write)
            block[i] = (block[i] & ~(3 << shift)) | (*packed >> from & 3) << shift;
        else
            *packed = (*packed & ~(3 << from)) | (block[i] >> shift & 3) << from;
    }
}

static void transfer(const struct layout *layout, const struct component *c, int y,
                     uint8_t *line, bool write)
{
    size_t bytes = layout_line_bytes(layout, c->width);

    if (layout->order != ORDER_BYTES)
        bytes = FFALIGN(c->width, 16) / 16 * 20;
    for (size_t x = 0; x < bytes; x++) {
        uint8_t *byte;

        if (layout->order == ORDER_LSB_TILED && x % 20 < 4) {
            if (x % 20 == 0)
                lsb_tiled(layout, c, x, y, line, write);
            continue;
        }
        byte = layout->order == ORDER_BYTES ? c->data + address(layout, c, x, y)
                                            : lsb_byte(layout, c, x, y);
        if (write)
            *byte = line[x];
        else
            line[x] = *byte;
    }
}

void layout_scatter(const struct layout *layout, const struct component *c, int y,
                    const uint8_t *line)
{
    if (layout->tile_bytes)
        transfer(layout, c, y, (uint8_t *)line, true);
}

void layout_gather(const struct layout *layout, const struct component *c, int y, uint8_t *line)
{
    if (layout->tile_bytes)
        transfer(layout, c, y, line, false);
}
