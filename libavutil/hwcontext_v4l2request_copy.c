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
 * everybody knows. Memory of a decoder may be uncached: it is read in its own
 * order, each line once, by loads as wide as the copy of a line has them.
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
#include "hwcontext_v4l2request_internal.h"
#include "mem.h"
#include "pixdesc.h"

/**
 * Lines that are read before they are split into planes: they stay in the first
 * cache, and four lines of the narrowest tiles fill a line of the source's.
 */
#define BAND_LINES 4

/** Where a line is, or its part in the first tile. */
static const uint8_t *line_of(const V4L2RequestPlane *src, int tile_width, int y)
{
    uint32_t row = y / src->tile_height;

    return src->data + row * src->row_size +
           (size_t)(y - row * src->tile_height) * tile_width;
}

/**
 * The next lines of a tile's copy are far from each other, which no processor
 * foresees: x86-64 gains a tenth.
 */
static av_always_inline void prefetch_write(const uint8_t *address)
{
#if defined(__GNUC__)
    __builtin_prefetch(address, 1);
#endif
}

/**
 * As many tiles at once as fill a line of the destination's cache. With constant
 * widths the compiler makes a few moves of each line.
 */
static av_always_inline void copy_tiles(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src,
                                        size_t tile_size, int width, int bytes, int lines)
{
    const int tiles = FFMAX(64 / width, 1);

    for (; bytes >= tiles * width; bytes -= tiles * width) {
        for (int y = 0; y < lines; y++) {
            prefetch_write(dst + y * linesize + 2 * tiles * width);
            for (int i = 0; i < tiles; i++)
                memcpy(dst + y * linesize + i * width, src + i * tile_size + y * width, width);
        }
        dst += tiles * width;
        src += tiles * tile_size;
    }
    for (; bytes > 0; bytes -= width, dst += width, src += tile_size) {
        for (int y = 0; y < lines; y++)
            memcpy(dst + y * linesize, src + y * width, FFMIN(bytes, width));
    }
}

/** Copy lines of one row of tiles. */
static void copy_lines(uint8_t *dst, ptrdiff_t linesize, const V4L2RequestPlane *src,
                       int tile_width, int bytes, int y, int lines)
{
    const uint8_t *tile = line_of(src, tile_width, y);

    switch (tile_width) {
    case 16:
        copy_tiles(dst, linesize, tile, src->tile_size, 16, bytes, lines);
        break;
    case 32:
        copy_tiles(dst, linesize, tile, src->tile_size, 32, bytes, lines);
        break;
    case 128:
        copy_tiles(dst, linesize, tile, src->tile_size, 128, bytes, lines);
        break;
    default:
        for (int i = 0; i < lines; i++)
            memcpy(dst + i * linesize, tile + i * src->row_size, bytes);
    }
}

void ff_v4l2request_copy_plane(uint8_t *dst, ptrdiff_t linesize, const V4L2RequestPlane *src,
                               int tile_width, int bytes, int height)
{
    /* Columns: more lines at once would be more pages than the TLB holds. */
    int band = tile_width ? FFMIN(src->tile_height, 32) : 1;

    if (!tile_width && linesize == bytes && src->row_size == bytes) {
        memcpy(dst, src->data, (size_t)bytes * height);
        return;
    }
    for (int y = 0; y < height; y += band)
        copy_lines(dst + y * linesize, linesize, src, tile_width, bytes, y,
                   FFMIN(band, height - y));
}

/** Copy or unpack lines of one row of tiles to what sw_format has. */
static void read_lines(uint8_t *dst, ptrdiff_t linesize, const V4L2RequestFormat *format,
                       const V4L2RequestPlane *src, int samples, int y, int lines)
{
    int depth = av_pix_fmt_desc_get(format->sw_format)->comp[0].depth;
    const uint8_t *tile = line_of(src, format->tile_width, y);

    switch (format->samples) {
    case V4L2_REQUEST_SAMPLES_PLAIN:
        copy_lines(dst, linesize, src, format->tile_width, samples * ((depth + 7) / 8), y, lines);
        break;
    case V4L2_REQUEST_SAMPLES_PACKED:
        ff_v4l2request_unpack_packed(dst, linesize, tile, src->row_size, samples, lines);
        break;
    case V4L2_REQUEST_SAMPLES_WORDS:
        ff_v4l2request_unpack_words(dst, linesize, tile, src->tile_size, samples, lines);
        break;
    default:
        ff_v4l2request_unpack_lsb(dst, linesize, tile, src->tile_size, samples, lines,
                                  format->samples == V4L2_REQUEST_SAMPLES_LSB_TILED);
    }
}

/** A plane as sw_format has it. */
static void read_plane(uint8_t *dst, ptrdiff_t linesize, const V4L2RequestFormat *format,
                       const V4L2RequestPlane *src, int samples, int height)
{
    if (format->samples == V4L2_REQUEST_SAMPLES_PLAIN) {
        int depth = av_pix_fmt_desc_get(format->sw_format)->comp[0].depth;

        ff_v4l2request_copy_plane(dst, linesize, src, format->tile_width,
                                  samples * ((depth + 7) / 8), height);
        return;
    }
    for (int y = 0; y < height; y += BAND_LINES)
        read_lines(dst + y * linesize, linesize, format, src, samples, y,
                   FFMIN(BAND_LINES, height - y));
}

static void split_line8(uint8_t *restrict dst0, uint8_t *restrict dst1,
                        const uint8_t *restrict src, int samples)
{
    for (int i = 0; i < samples; i++) {
        dst0[i] = src[2 * i];
        dst1[i] = src[2 * i + 1];
    }
}

static void split_line10(uint16_t *restrict dst0, uint16_t *restrict dst1,
                         const uint16_t *restrict src, int samples)
{
    for (int i = 0; i < samples; i++) {
        dst0[i] = src[2 * i]     >> 6;
        dst1[i] = src[2 * i + 1] >> 6;
    }
}

static void shift_line10(uint16_t *line, int samples)
{
    for (int i = 0; i < samples; i++)
        line[i] >>= 6;
}

/** Chroma of a format with two planes to the two chroma planes of another. */
static int split_plane(AVFrame *dst, const V4L2RequestFormat *format,
                       const V4L2RequestPlane *src, int width, int height)
{
    const AVPixFmtDescriptor *pix = av_pix_fmt_desc_get(format->sw_format);
    int bytes = (pix->comp[0].depth + 7) / 8;
    int linesize = FFALIGN(2 * width * bytes, 64);
    /* In NV21 Cr comes first. */
    int first = pix->comp[1].offset > pix->comp[2].offset ? 2 : 1;
    uint8_t *band = av_malloc(BAND_LINES * (size_t)linesize);

    if (!band)
        return AVERROR(ENOMEM);
    for (int y = 0; y < height; y++) {
        const uint8_t *line = band + y % BAND_LINES * linesize;
        uint8_t *dst0 = dst->data[first]     + y * (ptrdiff_t)dst->linesize[first];
        uint8_t *dst1 = dst->data[3 - first] + y * (ptrdiff_t)dst->linesize[3 - first];

        if (y % BAND_LINES == 0)
            read_lines(band, linesize, format, src, 2 * width, y, FFMIN(BAND_LINES, height - y));
        if (bytes == 1)
            split_line8(dst0, dst1, line, width);
        else
            split_line10((uint16_t *)dst0, (uint16_t *)dst1, (const uint16_t *)line, width);
    }
    av_free(band);
    return 0;
}

int ff_v4l2request_copy(AVFrame *dst, const V4L2RequestFormat *format,
                        const V4L2RequestPlane planes[3])
{
    const AVPixFmtDescriptor *pix = av_pix_fmt_desc_get(format->sw_format);
    int width  = AV_CEIL_RSHIFT(dst->width,  pix->log2_chroma_w);
    int height = AV_CEIL_RSHIFT(dst->height, pix->log2_chroma_h);
    int nb_planes = av_pix_fmt_count_planes(format->sw_format);

    read_plane(dst->data[0], dst->linesize[0], format, &planes[0], dst->width, dst->height);
    if (dst->format != format->sw_format) {
        for (int y = 0; pix->comp[0].depth > 8 && y < dst->height; y++)
            shift_line10((uint16_t *)(dst->data[0] + y * (ptrdiff_t)dst->linesize[0]), dst->width);
        return split_plane(dst, format, &planes[1], width, height);
    }
    for (int i = 1; i < nb_planes; i++)
        read_plane(dst->data[i], dst->linesize[i], format, &planes[i],
                   nb_planes == 2 ? 2 * width : width, height);
    return 0;
}
