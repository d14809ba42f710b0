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

/*
 * Sources may be uncached: they are read from front to back, each byte once, 16
 * bytes or more at a time.
 */

#include "config.h"
#include "libavutil/aarch64/asm.S"

// Sample n of eight begins in byte 10 * n / 8 of its ten, at bit 2 * (n % 4).
// The ten begin in byte 0, 10, 4, 14, 8, 2, 12 or 6 of a register, and go on
// in the next one.
const packed_bytes, align=4
        .byte            0,  1,  1,  2,  2,  3,  3,  4,  5,  6,  6,  7,  7,  8,  8,  9
        .byte           10, 11, 11, 12, 12, 13, 13, 14, 15, 16, 16, 17, 17, 18, 18, 19
        .byte            4,  5,  5,  6,  6,  7,  7,  8,  9, 10, 10, 11, 11, 12, 12, 13
        .byte           14, 15, 15, 16, 16, 17, 17, 18, 19, 20, 20, 21, 21, 22, 22, 23
        .byte            8,  9,  9, 10, 10, 11, 11, 12, 13, 14, 14, 15, 15, 16, 16, 17
        .byte            2,  3,  3,  4,  4,  5,  5,  6,  7,  8,  8,  9,  9, 10, 10, 11
        .byte           12, 13, 13, 14, 14, 15, 15, 16, 17, 18, 18, 19, 19, 20, 20, 21
        .byte            6,  7,  7,  8,  8,  9,  9, 10, 11, 12, 12, 13, 13, 14, 14, 15
endconst

// To the upper ten bits.
const packed_shift, align=4
        .short           6,  4,  2,  0,  6,  4,  2,  0
endconst

// The lower bits of four samples are a byte: to the upper two bits of four.
const raster_bytes, align=4
        .byte            0,  0,  0,  0,  1,  1,  1,  1,  2,  2,  2,  2,  3,  3,  3,  3
        .byte            4,  4,  4,  4,  5,  5,  5,  5,  6,  6,  6,  6,  7,  7,  7,  7
        .byte            8,  8,  8,  8,  9,  9,  9,  9, 10, 10, 10, 10, 11, 11, 11, 11
        .byte           12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 15
endconst

const raster_shift, align=4
        .byte            6,  4,  2,  0,  6,  4,  2,  0,  6,  4,  2,  0,  6,  4,  2,  0
endconst

// What tbl has brought: each sample to the upper ten bits of its word.
.macro to_upper a, b, c, d
        ushl            \a\().8h,  \a\().8h,  v28.8h
        ushl            \b\().8h,  \b\().8h,  v28.8h
        ushl            \c\().8h,  \c\().8h,  v28.8h
        ushl            \d\().8h,  \d\().8h,  v28.8h
        bic             \a\().8h,  #0x3f
        bic             \b\().8h,  #0x3f
        bic             \c\().8h,  #0x3f
        bic             \d\().8h,  #0x3f
.endm

// void ff_v4l2request_unpack_packed_neon(uint16_t *dst, const uint8_t *src, int samples)
// samples: a multiple of 64, not 0
function ff_v4l2request_unpack_packed_neon, export=1
        movrel          x3,  packed_bytes
        movrel          x4,  packed_shift
        ld1             {v20.16b, v21.16b, v22.16b, v23.16b}, [x3], #64
        ld1             {v24.16b, v25.16b, v26.16b, v27.16b}, [x3]
        ld1             {v28.8h}, [x4]
1:      ldp             q0,  q1,  [x1]
        ldp             q2,  q3,  [x1, #32]
        ldr             q4,  [x1, #64]
        add             x1,  x1,  #80
        subs            w2,  w2,  #64
        tbl             v16.16b, {v0.16b}, v20.16b
        tbl             v17.16b, {v0.16b, v1.16b}, v21.16b
        tbl             v18.16b, {v1.16b}, v22.16b
        tbl             v19.16b, {v1.16b, v2.16b}, v23.16b
        to_upper        v16, v17, v18, v19
        tbl             v5.16b,  {v2.16b, v3.16b}, v24.16b
        tbl             v6.16b,  {v3.16b}, v25.16b
        tbl             v7.16b,  {v3.16b, v4.16b}, v26.16b
        tbl             v4.16b,  {v4.16b}, v27.16b
        stp             q16, q17, [x0]
        stp             q18, q19, [x0, #32]
        to_upper        v5, v6, v7, v4
        stp             q5,  q6,  [x0, #64]
        stp             q7,  q4,  [x0, #96]
        add             x0,  x0,  #128
        b.gt            1b
        ret
endfunc

// Lower bits, in the upper two of their bytes, and upper ones make words.
.macro store_lines
        zip1            v16.16b, v4.16b,  v0.16b
        zip2            v17.16b, v4.16b,  v0.16b
        zip1            v18.16b, v5.16b,  v1.16b
        zip2            v19.16b, v5.16b,  v1.16b
        zip1            v20.16b, v6.16b,  v2.16b
        zip2            v21.16b, v6.16b,  v2.16b
        zip1            v22.16b, v7.16b,  v3.16b
        zip2            v23.16b, v7.16b,  v3.16b
        stp             q16, q17, [x0]
        add             x5,  x0,  x1
        add             x0,  x0,  x4
        stp             q18, q19, [x5]
        stp             q20, q21, [x0]
        add             x5,  x5,  x4
        add             x0,  x0,  x4
        stp             q22, q23, [x5]
.endm

// void ff_v4l2request_unpack_blocks_tiled_neon(uint8_t *dst, ptrdiff_t linesize,
//                                              const uint8_t *src, int blocks)
function ff_v4l2request_unpack_blocks_tiled_neon, export=1
        movi            v31.16b, #0xc0
        lsl             x4,  x1,  #1
1:      ldp             q24, q0,  [x2]
        ldp             q1,  q2,  [x2, #32]
        ldr             q3,  [x2, #64]
        add             x2,  x2,  #80
        subs            w3,  w3,  #1
        shl             v4.16b,  v24.16b, #6
        shl             v5.16b,  v24.16b, #4
        shl             v6.16b,  v24.16b, #2
        and             v7.16b,  v24.16b, v31.16b
        and             v5.16b,  v5.16b,  v31.16b
        and             v6.16b,  v6.16b,  v31.16b
        store_lines
        b.gt            1b
        ret
endfunc

// void ff_v4l2request_unpack_blocks_raster_neon(uint8_t *dst, ptrdiff_t linesize,
//                                               const uint8_t *src, int blocks)
function ff_v4l2request_unpack_blocks_raster_neon, export=1
        movrel          x6,  raster_bytes
        movrel          x7,  raster_shift
        ld1             {v24.16b, v25.16b, v26.16b, v27.16b}, [x6]
        ld1             {v30.16b}, [x7]
        movi            v31.16b, #0xc0
        lsl             x4,  x1,  #1
1:      ldp             q28, q0,  [x2]
        ldp             q1,  q2,  [x2, #32]
        ldr             q3,  [x2, #64]
        add             x2,  x2,  #80
        subs            w3,  w3,  #1
        tbl             v4.16b,  {v28.16b}, v24.16b
        tbl             v5.16b,  {v28.16b}, v25.16b
        tbl             v6.16b,  {v28.16b}, v26.16b
        tbl             v7.16b,  {v28.16b}, v27.16b
        ushl            v4.16b,  v4.16b,  v30.16b
        ushl            v5.16b,  v5.16b,  v30.16b
        ushl            v6.16b,  v6.16b,  v30.16b
        ushl            v7.16b,  v7.16b,  v30.16b
        and             v4.16b,  v4.16b,  v31.16b
        and             v5.16b,  v5.16b,  v31.16b
        and             v6.16b,  v6.16b,  v31.16b
        and             v7.16b,  v7.16b,  v31.16b
        store_lines
        b.gt            1b
        ret
endfunc
