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

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "checkasm.h"
#include "libavutil/hwcontext_v4l2request_dsp.h"
#include "libavutil/macros.h"
#include "libavutil/mem_internal.h"

/* All lengths up to some vectors, then lines of usual sizes. */
#define ALL_LENGTHS 200
#define MAX_SAMPLES 1920
/* What is written beside the samples has to be left alone. */
#define GUARD       0x5a
#define MARGIN      64

static const int long_lines[] = { 352, 720, 1282, 1919, MAX_SAMPLES };

#define NB_LENGTHS (ALL_LENGTHS + (int)FF_ARRAY_ELEMS(long_lines))

static int length(int i)
{
    return i < ALL_LENGTHS ? i + 1 : long_lines[i - ALL_LENGTHS];
}

static void randomize(uint8_t *buffer, int size)
{
    for (int i = 0; i < size; i++)
        buffer[i] = rnd();
}

static void check_unpack(void (*func)(uint16_t *dst, const uint8_t *src, int samples),
                         const char *name, int max)
{
    LOCAL_ALIGNED_32(uint8_t, src,  [MAX_SAMPLES * 4 / 3 + MARGIN]);
    LOCAL_ALIGNED_32(uint16_t, dst0, [MAX_SAMPLES + MARGIN]);
    LOCAL_ALIGNED_32(uint16_t, dst1, [MAX_SAMPLES + MARGIN]);
    declare_func(void, uint16_t *dst, const uint8_t *src, int samples);

    if (check_func(func, "v4l2request_%s", name)) {
        for (int i = 0; i < NB_LENGTHS && length(i) <= max; i++) {
            int from = rnd() % 32, to = rnd() % 32;

            randomize(src, MAX_SAMPLES * 4 / 3 + MARGIN);
            memset(dst0, GUARD, (MAX_SAMPLES + MARGIN) * sizeof(*dst0));
            memset(dst1, GUARD, (MAX_SAMPLES + MARGIN) * sizeof(*dst1));
            call_ref(dst0 + to, src + from, length(i));
            call_new(dst1 + to, src + from, length(i));
            if (memcmp(dst0, dst1, (MAX_SAMPLES + MARGIN) * sizeof(*dst0)))
                fail();
        }
        bench_new(dst1, src, max);
    }
}

#define BLOCKS     8
#define LINES      (BLOCKS * V4L2_REQUEST_BLOCK_LINES)
/* Bytes, more than a line of a block has: it stands beside others. */
#define MAX_PITCH  96

static void check_blocks(void (*func)(uint8_t *dst, ptrdiff_t linesize, const uint8_t *src, int blocks),
                         const char *name)
{
    LOCAL_ALIGNED_32(uint8_t, src,  [BLOCKS * V4L2_REQUEST_BLOCK_SIZE + MARGIN]);
    LOCAL_ALIGNED_32(uint8_t, dst0, [LINES * MAX_PITCH + MARGIN]);
    LOCAL_ALIGNED_32(uint8_t, dst1, [LINES * MAX_PITCH + MARGIN]);
    declare_func(void, uint8_t *dst, ptrdiff_t linesize, const uint8_t *src, int blocks);

    if (check_func(func, "v4l2request_unpack_blocks_%s", name)) {
        for (int blocks = 1; blocks <= BLOCKS; blocks++) {
            int from = rnd() % 32, to = rnd() % 32 & ~1;
            int linesize = 32 + rnd() % (MAX_PITCH - 31) / 2 * 2;

            randomize(src, BLOCKS * V4L2_REQUEST_BLOCK_SIZE + MARGIN);
            memset(dst0, GUARD, LINES * MAX_PITCH + MARGIN);
            memset(dst1, GUARD, LINES * MAX_PITCH + MARGIN);
            call_ref(dst0 + to, linesize, src + from, blocks);
            call_new(dst1 + to, linesize, src + from, blocks);
            if (memcmp(dst0, dst1, LINES * MAX_PITCH + MARGIN))
                fail();
        }
        bench_new(dst1, MAX_PITCH, src, BLOCKS);
    }
}

static void check_split8(const V4L2RequestDSP *dsp)
{
    LOCAL_ALIGNED_32(uint8_t, src,  [2 * MAX_SAMPLES + MARGIN]);
    LOCAL_ALIGNED_32(uint8_t, dst0, [2 * (MAX_SAMPLES + MARGIN)]);
    LOCAL_ALIGNED_32(uint8_t, dst1, [2 * (MAX_SAMPLES + MARGIN)]);
    declare_func(void, uint8_t *dst0, uint8_t *dst1, const uint8_t *src, int samples);

    if (check_func(dsp->split8, "v4l2request_split8")) {
        for (int i = 0; i < NB_LENGTHS; i++) {
            int from = rnd() % 32, to = rnd() % 32, second = MAX_SAMPLES + MARGIN + rnd() % 32;

            randomize(src, 2 * MAX_SAMPLES + MARGIN);
            memset(dst0, GUARD, 2 * (MAX_SAMPLES + MARGIN));
            memset(dst1, GUARD, 2 * (MAX_SAMPLES + MARGIN));
            call_ref(dst0 + to, dst0 + second, src + from, length(i));
            call_new(dst1 + to, dst1 + second, src + from, length(i));
            if (memcmp(dst0, dst1, 2 * (MAX_SAMPLES + MARGIN)))
                fail();
        }
        bench_new(dst1, dst1 + MAX_SAMPLES, src, MAX_SAMPLES);
    }
}

static void check_split10(const V4L2RequestDSP *dsp)
{
    LOCAL_ALIGNED_32(uint16_t, src,  [2 * MAX_SAMPLES + MARGIN]);
    LOCAL_ALIGNED_32(uint16_t, dst0, [2 * (MAX_SAMPLES + MARGIN)]);
    LOCAL_ALIGNED_32(uint16_t, dst1, [2 * (MAX_SAMPLES + MARGIN)]);
    int size = 2 * (MAX_SAMPLES + MARGIN) * sizeof(*dst0);
    declare_func(void, uint16_t *dst0, uint16_t *dst1, const uint16_t *src, int samples);

    if (check_func(dsp->split10, "v4l2request_split10")) {
        for (int i = 0; i < NB_LENGTHS; i++) {
            int from = rnd() % 32, to = rnd() % 32, second = MAX_SAMPLES + MARGIN + rnd() % 32;

            randomize((uint8_t *)src, (2 * MAX_SAMPLES + MARGIN) * sizeof(*src));
            memset(dst0, GUARD, size);
            memset(dst1, GUARD, size);
            call_ref(dst0 + to, dst0 + second, src + from, length(i));
            call_new(dst1 + to, dst1 + second, src + from, length(i));
            if (memcmp(dst0, dst1, size))
                fail();
        }
        bench_new(dst1, dst1 + MAX_SAMPLES, src, MAX_SAMPLES);
    }
}

static void check_shift10(const V4L2RequestDSP *dsp)
{
    LOCAL_ALIGNED_32(uint16_t, src,  [MAX_SAMPLES + MARGIN]);
    LOCAL_ALIGNED_32(uint16_t, dst0, [MAX_SAMPLES + MARGIN]);
    LOCAL_ALIGNED_32(uint16_t, dst1, [MAX_SAMPLES + MARGIN]);
    int size = (MAX_SAMPLES + MARGIN) * sizeof(*dst0);
    declare_func(void, uint16_t *dst, const uint16_t *src, int samples);

    if (check_func(dsp->shift10, "v4l2request_shift10")) {
        for (int i = 0; i < NB_LENGTHS; i++) {
            int from = rnd() % 32, to = rnd() % 32;

            randomize((uint8_t *)src, size);
            memset(dst0, GUARD, size);
            memset(dst1, GUARD, size);
            call_ref(dst0 + to, src + from, length(i));
            call_new(dst1 + to, src + from, length(i));
            if (memcmp(dst0, dst1, size))
                fail();
        }
        bench_new(dst1, src, MAX_SAMPLES);
    }
}

void checkasm_check_v4l2request(void)
{
    V4L2RequestDSP dsp;

    ff_v4l2request_dsp_init(&dsp);
    check_unpack(dsp.unpack_packed, "unpack_packed", MAX_SAMPLES);
    check_unpack(dsp.unpack_words, "unpack_words", V4L2_REQUEST_COLUMN_SAMPLES);
    check_blocks(dsp.unpack_blocks[0], "raster");
    check_blocks(dsp.unpack_blocks[1], "tiled");
    report("unpack");
    check_split8(&dsp);
    check_split10(&dsp);
    check_shift10(&dsp);
    report("split");
}
