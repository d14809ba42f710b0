/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory layouts of CAPTURE formats
 */

#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libavutil/pixfmt.h"

/* What bytesperline and sizeimage mean; as in the driver. */
enum shape {
    SHAPE_ROWS,			/* bytesperline: from row to row */
    SHAPE_COLUMNS,		/* bytesperline: lines of a column */
    SHAPE_PLANES,		/* lines of a column: sizeimage / bytesperline */
    SHAPE_WIDTH,		/* bytesperline: the width in pixels */
};

/* How the bytes of a line lie in a tile. */
enum order {
    ORDER_BYTES,		/* one after the other */
    ORDER_LSB_RASTER,		/* MT2110R */
    ORDER_LSB_TILED,		/* MT2110T */
};

/*
 * A picture is written line by line. A chroma line of a format with two
 * components has both kinds of samples; width is in samples of one kind.
 */
struct layout {
    uint32_t fourcc;
    enum AVPixelFormat pix_fmt;		/* of the decoded frame */
    int components;			/* 2, or 3: planes for Cb and Cr */
    int mem_planes;
    int bytes, samples;			/* a line has bytes for each so many samples */
    enum shape shape;
    enum order order;
    int tile_bytes;			/* width of a tile; 0: lines in one piece */
    int tile_lines[2];			/* of luma and chroma tiles; 0: columns */
    bool swapped;			/* Cr before Cb */
    /* count samples, of both kinds where chroma has two */
    void (*write)(uint8_t *dst, const uint8_t *src, int count);
    void (*read)(uint8_t *dst, const uint8_t *src, int count);
};

/* A component in device memory. */
struct component {
    uint8_t *data;
    size_t stride;			/* bytes from row to row; of all tiles in a row */
    int tile_lines;
    int width, height;			/* samples in a line, lines */
};

/* NULL: no such layout */
const struct layout *layout_find(uint32_t fourcc);
/* Bytes of a line of so many samples. */
size_t layout_line_bytes(const struct layout *layout, int samples);
/* Bytes from the begin of a component to behind its last tile, or sample. */
uint64_t layout_extent(const struct layout *layout, const struct component *c);
/* Lines of width samples of each kind, and one with both in turn. */
void layout_interleave(const struct layout *layout, uint8_t *dst, const uint8_t *cb,
                       const uint8_t *cr, int width);
void layout_deinterleave(const struct layout *layout, uint8_t *cb, uint8_t *cr,
                         const uint8_t *src, int width);
/*
 * The line in memory if it is in one piece there, otherwise line, which
 * layout_gather() fills and layout_scatter() writes back.
 */
uint8_t *layout_line(const struct layout *layout, const struct component *c, int y, uint8_t *line);
void layout_scatter(const struct layout *layout, const struct component *c, int y,
                    const uint8_t *line);
void layout_gather(const struct layout *layout, const struct component *c, int y, uint8_t *line);

#endif
