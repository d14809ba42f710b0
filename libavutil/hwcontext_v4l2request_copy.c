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
 * From the planes of decoded frames, as they lie in memory, to frames that
 * everybody knows. Memory of a decoder may be uncached: each line of it is read
 * once and in one go, by loads as wide as the copy of a line has them.
 */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "attributes.h"
#include "common.h"
#include "error.h"
#include "frame.h"
#include "hwcontext_v4l2request_copy.h"
#include "hwcontext_v4l2request_dsp.h"
#include "hwcontext_v4l2request_internal.h"
#include "mem.h"
#include "pixdesc.h"

/** Of all processors that matter. */
#define CACHE_LINE 64

/**
 * How far ahead tiles are fetched, in their order: some tiles are read at a
 * time, a part of each, which no processor foresees (x86-64: half the speed).
 */
#define AHEAD 4096

/**
 * Lines that are copied before the next ones: of a column, more would be more
 * pages than a TLB holds.
 */
#define BAND_LINES 32

/** Samples of a band that stay in the first cache: whole tiles of all formats. */
#define BAND_SAMPLES 384

/** A plane that is copied. */
typedef struct PlaneCopy {
    const V4L2RequestDSP *dsp;
    const V4L2RequestFormat *format;
    const V4L2RequestPlane *src;
    int bytes;                      ///< of a sample of sw_format
    int samples;                    ///< of a line
    int height;
} PlaneCopy;

/** A part of it that begins with a tile and is in one row of tiles. */
typedef struct Block {
    int x, y;                       ///< in samples and lines
    int samples, lines;
} Block;

static av_always_inline void prefetch_read(const uint8_t *src, size_t distance)
{
#if defined(__GNUC__)
    __builtin_prefetch((const void *)((uintptr_t)src + distance));
#endif
}

static av_always_inline void prefetch_write(const uint8_t *dst, size_t distance)
{
#if defined(__GNUC__)
    __builtin_prefetch((const void *)((uintptr_t)dst + distance), 1);
#endif
}

/**
 * For constant widths a few moves. gcc's memcpy() of 16 bytes is two loads of
 * eight on AArch64: twice the accesses, where memory is uncached.
 */
static av_always_inline void copy_line(uint8_t *dst, const uint8_t *src, int width)
{
#if defined(__GNUC__)
    typedef uint8_t Vector __attribute__((vector_size(16), aligned(1), may_alias));

    for (int i = 0; i < width; i += sizeof(Vector))
        *(Vector *)(dst + i) = *(const Vector *)(src + i);
#else
    memcpy(dst, src, width);
#endif
}

/** Lines of each tile that fill a cache's line, of tiles that do so beside each other. */
static av_always_inline void copy_square(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src,
                                         size_t tile_size, size_t ahead, int width)
{
    const int count = FFMAX(CACHE_LINE / width, 1);

    for (int y = 0; y < count; y++)
        for (int i = 0; i < width; i += CACHE_LINE)
            prefetch_write(dst + y * linesize, 2 * CACHE_LINE + i);
    for (int i = 0; i < count; i++) {
        const uint8_t *tile = src + i * tile_size;

        for (int j = 0; j < width; j += CACHE_LINE)
            prefetch_read(tile, ahead + j);
        for (int y = 0; y < count; y++)
            copy_line(dst + y * linesize + i * width, tile + y * width, width);
    }
}

/** With constant widths the compiler makes a few moves of each line. */
static av_always_inline void copy_tiles(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src,
                                        const V4L2RequestPlane *plane, int width, int bytes, int lines)
{
    const int count = FFMAX(CACHE_LINE / width, 1);
    size_t tile_size = plane->tile_size;
    size_t ahead = FFMAX(AHEAD, tile_size);

    for (; bytes >= count * width; bytes -= count * width) {
        int y = 0;

        for (; y <= lines - count; y += count)
            copy_square(dst + y * linesize, linesize, src + y * width, tile_size, ahead, width);
        for (; y < lines; y++)
            for (int i = 0; i < count; i++)
                copy_line(dst + y * linesize + i * width, src + i * tile_size + y * width, width);
        dst += count * width;
        src += count * tile_size;
    }
    for (; bytes > 0; bytes -= width, dst += width, src += tile_size)
        for (int y = 0; y < lines; y++)
            memcpy(dst + y * linesize, src + y * width, FFMIN(bytes, width));
}

static void copy_lines(uint8_t *dst, ptrdiff_t linesize, const PlaneCopy *copy,
                       const uint8_t *src, int bytes, int lines)
{
    switch (copy->format->tile_width) {
    case 16:
        copy_tiles(dst, linesize, src, copy->src, 16, bytes, lines);
        break;
    case 32:
        copy_tiles(dst, linesize, src, copy->src, 32, bytes, lines);
        break;
    case 128:
        copy_tiles(dst, linesize, src, copy->src, 128, bytes, lines);
        break;
    default:
        for (int y = 0; y < lines; y++)
            memcpy(dst + y * linesize, src + y * copy->src->row_size, bytes);
    }
}

/** Samples of three in four bytes, in columns. */
static void unpack_columns(uint8_t *dst, ptrdiff_t linesize, const PlaneCopy *copy,
                           const uint8_t *src, int samples, int lines)
{
    int width = copy->format->tile_width;

    for (; samples > 0; samples -= V4L2_REQUEST_COLUMN_SAMPLES, src += copy->src->tile_size) {
        for (int y = 0; y < lines; y++) {
            for (int i = 0; i < width; i += CACHE_LINE)
                prefetch_read(src + y * width, copy->src->tile_size + i);
            copy->dsp->unpack_words((uint16_t *)(dst + y * linesize), src + y * width,
                                    FFMIN(samples, V4L2_REQUEST_COLUMN_SAMPLES));
        }
        dst += V4L2_REQUEST_COLUMN_SAMPLES * sizeof(uint16_t);
    }
}

/** The part of a tile of blocks that is in the picture. */
static void unpack_part(uint8_t *dst, ptrdiff_t linesize, const PlaneCopy *copy,
                        const uint8_t *src, int samples, int lines)
{
    int tiled = copy->format->samples == V4L2_REQUEST_SAMPLES_LSB_TILED;
    uint16_t block[V4L2_REQUEST_BLOCK_LINES][V4L2_REQUEST_BLOCK_SAMPLES];

    for (int y = 0; y < lines; y++) {
        if (y % V4L2_REQUEST_BLOCK_LINES == 0) {
            copy->dsp->unpack_blocks[tiled]((uint8_t *)block, sizeof(*block), src, 1);
            src += V4L2_REQUEST_BLOCK_SIZE;
        }
        memcpy(dst + y * linesize, block[y % V4L2_REQUEST_BLOCK_LINES], samples * sizeof(**block));
    }
}

/** Tiles of blocks. */
static void unpack_tiles(uint8_t *dst, ptrdiff_t linesize, const PlaneCopy *copy,
                         const uint8_t *src, int samples, int lines)
{
    int tiled = copy->format->samples == V4L2_REQUEST_SAMPLES_LSB_TILED;
    int blocks = lines / V4L2_REQUEST_BLOCK_LINES;
    int whole = blocks * V4L2_REQUEST_BLOCK_LINES;
    int size = blocks * V4L2_REQUEST_BLOCK_SIZE;

    for (; samples >= V4L2_REQUEST_BLOCK_SAMPLES; samples -= V4L2_REQUEST_BLOCK_SAMPLES) {
        for (int i = 0; i < size; i += CACHE_LINE)
            prefetch_read(src + i, AHEAD);
        for (int y = 0; y < lines; y++)
            prefetch_write(dst + y * linesize, 2 * CACHE_LINE);
        copy->dsp->unpack_blocks[tiled](dst, linesize, src, blocks);
        unpack_part(dst + whole * linesize, linesize, copy, src + size,
                    V4L2_REQUEST_BLOCK_SAMPLES, lines - whole);
        src += copy->src->tile_size;
        dst += V4L2_REQUEST_BLOCK_SAMPLES * sizeof(uint16_t);
    }
    if (samples > 0)
        unpack_part(dst, linesize, copy, src, samples, lines);
}

/** A block as sw_format has it. */
static void read_block(uint8_t *dst, ptrdiff_t linesize, const PlaneCopy *copy, Block block)
{
    const V4L2RequestPlane *plane = copy->src;
    uint32_t row = block.y / plane->tile_height;
    const uint8_t *src = plane->data + row * plane->row_size +
                         (size_t)(block.y - row * plane->tile_height) * copy->format->tile_width;

    switch (copy->format->samples) {
    case V4L2_REQUEST_SAMPLES_PLAIN:
        if (copy->format->tile_width)
            src += block.x / copy->format->tile_width * plane->tile_size;
        copy_lines(dst, linesize, copy, src, block.samples * copy->bytes, block.lines);
        break;
    case V4L2_REQUEST_SAMPLES_PACKED:
        for (int y = 0; y < block.lines; y++)
            copy->dsp->unpack_packed((uint16_t *)(dst + y * linesize),
                                     src + y * plane->row_size, block.samples);
        break;
    case V4L2_REQUEST_SAMPLES_WORDS:
        src += block.x / V4L2_REQUEST_COLUMN_SAMPLES * plane->tile_size;
        unpack_columns(dst, linesize, copy, src, block.samples, block.lines);
        break;
    default:
        src += block.x / V4L2_REQUEST_BLOCK_SAMPLES * plane->tile_size;
        unpack_tiles(dst, linesize, copy, src, block.samples, block.lines);
    }
}

/** Lines that are copied at once. */
static int band_lines(const PlaneCopy *copy)
{
    return copy->format->tile_width ? FFMIN(copy->src->tile_height, BAND_LINES) : 1;
}

/** A plane as sw_format has it. */
static void read_plane(uint8_t *dst, ptrdiff_t linesize, const PlaneCopy *copy)
{
    int band = band_lines(copy), bytes = copy->samples * copy->bytes;

    if (ff_v4l2request_is_plain(copy->format) && linesize == bytes && copy->src->row_size == bytes) {
        memcpy(dst, copy->src->data, (size_t)bytes * copy->height);
        return;
    }
    for (int y = 0; y < copy->height; y += band) {
        Block block = { 0, y, copy->samples, FFMIN(band, copy->height - y) };

        read_block(dst + y * linesize, linesize, copy, block);
    }
}

/** Samples of one line as the planar format has them, from such as sw_format has. */
static void write_line(uint8_t *const dst[2], const PlaneCopy *copy, const uint8_t *src, int samples)
{
    uint16_t *const *words = (uint16_t *const *)dst;

    if (!dst[1])
        copy->dsp->shift10(words[0], (const uint16_t *)src, samples);
    else if (copy->bytes == 1)
        copy->dsp->split8(dst[0], dst[1], src, samples / 2);
    else
        copy->dsp->split10(words[0], words[1], (const uint16_t *)src, samples / 2);
}

/** A block to one plane or to two. Blocks of tiles are narrow: the next one is fetched. */
static void write_block(uint8_t *const dst[2], const ptrdiff_t linesize[2], const PlaneCopy *copy,
                        Block block, const uint8_t *src, ptrdiff_t pitch)
{
    int nb_planes = dst[1] ? 2 : 1;
    int bytes = block.samples * copy->bytes / nb_planes;
    int offset = block.x * copy->bytes / nb_planes;

    for (int y = 0; y < block.lines; y++) {
        uint8_t *line[2] = { NULL };

        for (int i = 0; i < nb_planes; i++) {
            line[i] = dst[i] + (block.y + y) * linesize[i] + offset;
            for (int x = 0; block.lines > 1 && x < bytes; x += CACHE_LINE)
                prefetch_write(line[i], bytes + x);
        }
        write_line(line, copy, src + y * pitch, block.samples);
    }
}

/** Lines without gaps between them are one. */
static void split_plain(uint8_t *const dst[2], const ptrdiff_t linesize[2], const PlaneCopy *copy)
{
    ptrdiff_t bytes = copy->samples * copy->bytes, part = dst[1] ? bytes / 2 : bytes;
    int whole = copy->src->row_size == bytes && linesize[0] == part && linesize[1] == part;
    int lines = whole ? copy->height : 1;

    for (int y = 0; y < copy->height; y += lines) {
        Block block = { 0, y, copy->samples * lines, 1 };

        write_block(dst, linesize, copy, block, copy->src->data + y * copy->src->row_size, 0);
    }
}

/**
 * A plane as the planar format has it: samples of 10 bit are shifted, chroma
 * goes to two planes.
 */
static int split_plane(uint8_t *const dst[2], const ptrdiff_t linesize[2], const PlaneCopy *copy)
{
    int band = band_lines(copy);
    int samples = band > 1 ? BAND_SAMPLES : copy->samples;
    ptrdiff_t pitch = FFALIGN(samples * copy->bytes, CACHE_LINE);
    uint8_t *buffer = av_malloc(band * pitch);

    if (!buffer)
        return AVERROR(ENOMEM);
    for (int y = 0; y < copy->height; y += band) {
        for (int x = 0; x < copy->samples; x += samples) {
            Block block = { x, y, FFMIN(samples, copy->samples - x), FFMIN(band, copy->height - y) };

            read_block(buffer, pitch, copy, block);
            write_block(dst, linesize, copy, block, buffer, pitch);
        }
    }
    av_free(buffer);
    return 0;
}

int ff_v4l2request_copy_plane(AVFrame *dst, int plane, const V4L2RequestFormat *format,
                              const V4L2RequestPlane *src)
{
    const AVPixFmtDescriptor *pix = av_pix_fmt_desc_get(format->sw_format);
    int nb_planes = av_pix_fmt_count_planes(format->sw_format), depth = pix->comp[0].depth;
    int width = plane ? AV_CEIL_RSHIFT(dst->width, pix->log2_chroma_w) : dst->width;
    V4L2RequestDSP dsp;
    PlaneCopy copy = {
        .dsp     = &dsp,
        .format  = format,
        .src     = src,
        .bytes   = (depth + 7) / 8,
        .samples = plane && nb_planes == 2 ? 2 * width : width,
        .height  = plane ? AV_CEIL_RSHIFT(dst->height, pix->log2_chroma_h) : dst->height,
    };
    /* In NV21 Cr comes first. */
    int first = plane && pix->comp[1].offset > pix->comp[2].offset ? 2 : plane;
    int second = plane ? 3 - first : plane;
    uint8_t *data[2] = { dst->data[first], plane ? dst->data[second] : NULL };
    ptrdiff_t linesize[2] = { dst->linesize[first], dst->linesize[second] };

    ff_v4l2request_dsp_init(&dsp);
    if (dst->format == format->sw_format || (!plane && depth == 8))
        read_plane(dst->data[plane], dst->linesize[plane], &copy);
    else if (ff_v4l2request_is_plain(format))
        split_plain(data, linesize, &copy);
    else
        return split_plane(data, linesize, &copy);
    return 0;
}

int ff_v4l2request_copy(AVFrame *dst, const V4L2RequestFormat *format,
                        const V4L2RequestPlane planes[3])
{
    int nb_planes = av_pix_fmt_count_planes(format->sw_format);

    for (int i = 0; i < nb_planes; i++) {
        int ret = ff_v4l2request_copy_plane(dst, i, format, &planes[i]);

        if (ret < 0)
            return ret;
    }
    return 0;
}
