/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory layouts of CAPTURE formats: where the bytes of a line are
 *
 * Written for clearness, one byte after the other, so that it has nothing in
 * common with the client's way to read them.
 */

#include "libavutil/common.h"
#include "libavutil/macros.h"
#include "libavutil/pixdesc.h"

#include "layout.h"
#include "samples.h"
#include "vstateless-fourcc.h"

#define LAYOUT(name, pixels, nb_components, nb_planes) \
    .fourcc = V4L2_PIX_FMT_ ## name, .pix_fmt = AV_PIX_FMT_ ## pixels, \
    .components = nb_components, .mem_planes = nb_planes
#define SAMPLES(nb_bytes, nb_samples, kind_write, kind_read) \
    .bytes = nb_bytes, .samples = nb_samples, .write = kind_write, .read = kind_read
#define BYTES   SAMPLES(1, 1, copy8, copy8)
#define SHIFTED SAMPLES(2, 1, shift10, unshift10)
#define PACKED  SAMPLES(5, 4, pack10, unpack10)
#define WORDS   SAMPLES(4, 3, pack32, unpack32)
#define LSB(kind) SAMPLES(20, 16, pack_lsb, unpack_lsb), .shape = SHAPE_WIDTH, .order = ORDER_LSB_ ## kind
#define TILES(width, luma, chroma) .tile_bytes = width, .tile_lines = { luma, chroma }
#define COLUMNS(kind) .tile_bytes = 128, .shape = SHAPE_ ## kind

static const struct layout layouts[] = {
    { LAYOUT(NV12,             YUV420P,   2, 1), BYTES },
    { LAYOUT(NV21,             YUV420P,   2, 1), BYTES, .swapped = true },
    { LAYOUT(NV12M,            YUV420P,   2, 2), BYTES },
    { LAYOUT(NV16,             YUV422P,   2, 1), BYTES },
    { LAYOUT(YUV420,           YUV420P,   3, 1), BYTES },
    { LAYOUT(YUV420M,          YUV420P,   3, 3), BYTES },
    { LAYOUT(P010,             YUV420P10, 2, 1), SHIFTED },
    { LAYOUT(NV15,             YUV420P10, 2, 1), PACKED },
    { LAYOUT(NV20,             YUV422P10, 2, 1), PACKED },
    { LAYOUT(NV12_32L32,       YUV420P,   2, 1), BYTES,   TILES(32, 32, 32) },
    { LAYOUT(NV12_4L4,         YUV420P,   2, 1), BYTES,   TILES(4, 4, 4) },
    { LAYOUT(NV15_4L4,         YUV420P10, 2, 1), PACKED,  TILES(5, 4, 4) },
    { LAYOUT(P010_4L4,         YUV420P10, 2, 1), SHIFTED, TILES(8, 4, 4) },
    { LAYOUT(MM21,             YUV420P,   2, 2), BYTES,   TILES(16, 32, 16) },
    { LAYOUT(MT2110T,          YUV420P10, 2, 2), LSB(TILED),  TILES(20, 32, 16) },
    { LAYOUT(MT2110R,          YUV420P10, 2, 2), LSB(RASTER), TILES(20, 32, 16) },
    { LAYOUT(NV12_COL128,      YUV420P,   2, 1), BYTES, COLUMNS(COLUMNS) },
    { LAYOUT(NV12_10_COL128,   YUV420P10, 2, 1), WORDS, COLUMNS(COLUMNS) },
    { LAYOUT(NV12MT_COL128,    YUV420P,   2, 2), BYTES, COLUMNS(PLANES) },
    { LAYOUT(NV12MT_10_COL128, YUV420P10, 2, 2), WORDS, COLUMNS(PLANES) },
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

static bool has_words(const struct layout *layout)
{
    return av_pix_fmt_desc_get(layout->pix_fmt)->comp[0].depth > 8;
}

void layout_interleave(const struct layout *layout, uint8_t *dst, const uint8_t *cb,
                       const uint8_t *cr, int width)
{
    if (layout->swapped)
        FFSWAP(const uint8_t *, cb, cr);
    if (has_words(layout))
        interleave16(dst, cb, cr, width);
    else
        interleave8(dst, cb, cr, width);
}

void layout_deinterleave(const struct layout *layout, uint8_t *cb, uint8_t *cr,
                         const uint8_t *src, int width)
{
    if (layout->swapped)
        FFSWAP(uint8_t *, cb, cr);
    if (has_words(layout))
        deinterleave16(cb, cr, src, width);
    else
        deinterleave8(cb, cr, src, width);
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
