/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The copies of decoded frames, compared bit for bit with the most simple way to
 * do the same: all widths, odd heights, buffers at all alignments, memory that
 * ends where a layout ends. With the functions of this processor, which checkasm
 * compares with C, and without.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libavutil/common.h"
#include "libavutil/cpu.h"
#include "libavutil/frame.h"
#include "libavutil/hwcontext_v4l2request_copy.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/lfg.h"
#include "libavutil/mem.h"
#include "libavutil/pixdesc.h"

#define MAX_BYTES (1 << 20)
#define GUARD     0x5a

static AVLFG random_state;
static int passed, failed;

static void result(int bad, const char *name, const char *detail)
{
    if (bad)
        printf("not ok copies-%s: %s\n", name, detail);
    else
        printf("ok copies-%s\n", name);
    failed += bad;
    passed += !bad;
}

/* Memory of which the last byte is followed by none. */
static uint8_t *guarded_alloc(size_t size)
{
    size_t page = sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page;
    uint8_t *memory = mmap(NULL, (pages + 1) * page, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED || mprotect(memory + pages * page, page, PROT_NONE))
        abort();
    memory += pages * page - size;
    for (size_t i = 0; i < size; i++)
        memory[i] = av_lfg_get(&random_state);
    return memory;
}

static void guarded_free(uint8_t *memory, size_t size)
{
    size_t page = sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page;

    munmap(memory + size - pages * page, (pages + 1) * page);
}

/* A sample of a plane as sw_format has it: one bit after the other where it is packed. */
static int get_sample(const V4L2RequestFormat *format, const V4L2RequestPlane *p, int x, int y)
{
    int tw = format->tile_width, th = p->tile_height, value = 0;
    const uint8_t *row = p->data + y / th * p->row_size;
    const uint8_t *block;
    int byte, bit;

    y %= th;
    switch (format->samples) {
    case V4L2_REQUEST_SAMPLES_PLAIN:
        if (format->sw_format == AV_PIX_FMT_P010)
            return AV_RL16(row + 2 * x);
        return tw ? row[x / tw * p->tile_size + y * tw + x % tw] : row[x];
    case V4L2_REQUEST_SAMPLES_PACKED:
        byte = 10 * x / 8, bit = 10 * x % 8;
        return (row[byte] >> bit | row[byte + 1] << (8 - bit)) << 6 & 0xffc0;
    case V4L2_REQUEST_SAMPLES_WORDS:
        block = row + x / 96 * p->tile_size + y * 128;
        return (AV_RL32(block + x % 96 / 3 * 4) >> x % 3 * 10 & 0x3ff) << 6;
    default:
        block = row + x / 16 * p->tile_size + y / 4 * 80;
        x %= 16, y %= 4;
        value = format->samples == V4L2_REQUEST_SAMPLES_LSB_TILED ? block[x] >> 2 * y
                                                                  : block[4 * y + x / 4] >> x % 4 * 2;
        return block[16 + 16 * y + x] << 8 | (value & 3) << 6;
    }
}

/* Component i of the pixel, from the planes of a frame or from those of a layout. */
static int expected(const V4L2RequestFrame *frame, const V4L2RequestPlane *planes,
                    const AVPixFmtDescriptor *dst, int i, int x, int y)
{
    const AVPixFmtDescriptor *sw = av_pix_fmt_desc_get(frame->format->sw_format);
    int plane = sw->comp[i].plane;
    int bytes = (sw->comp[i].depth + 7) / 8;
    int index = (x * sw->comp[i].step + sw->comp[i].offset) / bytes;

    return get_sample(frame->format, &planes[plane], index, y) >> (sw->comp[i].shift - dst->comp[i].shift);
}

static int compare(const V4L2RequestFrame *frame, const V4L2RequestPlane *planes,
                   const AVFrame *dst, char *detail, size_t size)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(dst->format);

    for (int i = 0; i < 3; i++) {
        int width  = i ? AV_CEIL_RSHIFT(dst->width,  desc->log2_chroma_w) : dst->width;
        int height = i ? AV_CEIL_RSHIFT(dst->height, desc->log2_chroma_h) : dst->height;

        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                const uint8_t *p = dst->data[desc->comp[i].plane] + y * dst->linesize[desc->comp[i].plane] +
                                   x * desc->comp[i].step + desc->comp[i].offset;
                int value = desc->comp[i].depth > 8 ? AV_RL16(p) : *p;
                int want  = expected(frame, planes, desc, i, x, y);

                if (value != want) {
                    snprintf(detail, size, "%s to %s, %dx%d: component %d at %d,%d is %x instead of %x",
                             frame->format->name, desc->name, dst->width, dst->height, i, x, y, value, want);
                    return 1;
                }
            }
        }
    }
    return 0;
}

/* What a driver would return for a picture, as narrow as it can be. */
static struct v4l2_format driver_format(const V4L2RequestFormat *row, int width, int height)
{
    struct v4l2_format fmt = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE };
    struct v4l2_pix_format_mplane *mp = &fmt.fmt.pix_mp;
    int words = row->samples == V4L2_REQUEST_SAMPLES_WORDS;
    int step  = words ? 96 : row->pitch == V4L2_REQUEST_PITCH_WIDTH ? 16 : FFMAX(row->tile_width, 4);
    const AVPixFmtDescriptor *pix = av_pix_fmt_desc_get(row->sw_format);
    int nb_planes = av_pix_fmt_count_planes(row->sw_format), pitch;

    mp->pixelformat = row->pixelformat;
    mp->width       = (width + step - 1) / step * step;
    mp->height      = FFALIGN(height, FFMAX(2 * row->tile_height[0], 2));
    mp->num_planes  = row->mem_planes;
    pitch = row->samples == V4L2_REQUEST_SAMPLES_PACKED ? (int)mp->width * 5 / 4 :
            words ? (int)mp->width * 4 / 3 :
            row->samples == V4L2_REQUEST_SAMPLES_PLAIN ? (int)mp->width * ((pix->comp[0].depth + 7) / 8) :
            (int)mp->width;
    for (int i = 0; i < nb_planes; i++) {
        struct v4l2_plane_pix_format *plane = &mp->plane_fmt[row->mem_planes > 1 ? i : 0];
        int lines = i ? mp->height >> pix->log2_chroma_h : mp->height;
        int bytes = i && nb_planes == 3 ? pitch / 2 : pitch;

        if (!plane->bytesperline)
            plane->bytesperline = row->pitch == V4L2_REQUEST_PITCH_COLUMN ? (int)mp->height * 3 / 2 : bytes;
        plane->sizeimage += row->pitch == V4L2_REQUEST_PITCH_WIDTH ? bytes * 5 / 4 * lines : bytes * lines;
    }
    return fmt;
}

/* A frame whose memory is surrounded by bytes that nobody may touch. */
static AVFrame *frame_alloc(enum AVPixelFormat format, int width, int height, int offset,
                            uint8_t *memory)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);
    AVFrame *frame = av_frame_alloc();
    uint8_t *p = memory + 64 + 2 * offset;

    memset(memory, GUARD, MAX_BYTES);
    frame->format = format;
    frame->width  = width;
    frame->height = height;
    for (int i = 0; i < av_pix_fmt_count_planes(format); i++) {
        int lines = i ? AV_CEIL_RSHIFT(height, desc->log2_chroma_h) : height;

        /* A gap behind each line shows who writes too much. */
        frame->linesize[i] = 2 * width * ((desc->comp[0].depth + 7) / 8) + 66;
        frame->data[i]     = p;
        p += frame->linesize[i] * lines;
    }
    return frame;
}

static int guards_intact(const AVFrame *frame)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
    int nb_planes = av_pix_fmt_count_planes(frame->format);

    for (int i = 0; i < nb_planes; i++) {
        int lines = i ? AV_CEIL_RSHIFT(frame->height, desc->log2_chroma_h) : frame->height;
        int width = i ? AV_CEIL_RSHIFT(frame->width,  desc->log2_chroma_w) : frame->width;
        int bytes = width * ((desc->comp[0].depth + 7) / 8) * (i && nb_planes == 2 ? 2 : 1);

        for (int y = 0; y < lines; y++)
            for (int x = bytes; x < frame->linesize[i]; x++)
                if (frame->data[i][y * frame->linesize[i] + x] != GUARD)
                    return 0;
    }
    return 1;
}

static int test_size(const V4L2RequestFormat *row, enum AVPixelFormat to, int width, int height,
                     uint8_t *memory, char *detail, size_t size)
{
    struct v4l2_format fmt = driver_format(row, width, height);
    V4L2RequestFrame frame = { 0 };
    V4L2RequestPlane planes[3];
    uint8_t *source[3] = { NULL };
    AVFrame *dst;
    int bad = 1;

    if (avpriv_v4l2request_describe(&frame, row, &fmt) < 0) {
        snprintf(detail, size, "%s is refused for %dx%d", row->name, width, height);
        return 1;
    }
    for (int i = 0; i < row->mem_planes; i++)
        source[i] = guarded_alloc(frame.desc.objects[i].size);
    for (int i = 0; i < frame.desc.layers[0].nb_planes; i++) {
        const AVDRMPlaneDescriptor *plane = &frame.desc.layers[0].planes[i];

        planes[i]      = frame.plane[i];
        planes[i].data = source[plane->object_index] + plane->offset;
    }
    dst = frame_alloc(to, width, height, av_lfg_get(&random_state) % 32, memory);
    if (ff_v4l2request_copy(dst, row, planes) < 0)
        snprintf(detail, size, "%s: the copy failed", row->name);
    else if (!guards_intact(dst))
        snprintf(detail, size, "%s, %dx%d: bytes beside the frame were written", row->name, width, height);
    else
        bad = compare(&frame, planes, dst, detail, size);
    for (int i = 0; i < row->mem_planes; i++)
        guarded_free(source[i], frame.desc.objects[i].size);
    av_frame_free(&dst);
    return bad;
}

static void test_layout(const V4L2RequestFormat *row, enum AVPixelFormat to, uint8_t *memory)
{
    char detail[256] = "", name[96];
    int bad = 0;

    for (int width = 1; width <= 200 && !bad; width++)
        bad = test_size(row, to, width, 1 + width * 7 % 70, memory, detail, sizeof(detail));
    snprintf(name, sizeof(name), "%s-%s", row->name, av_get_pix_fmt_name(to));
    result(bad, name, detail);
}

int main(void)
{
    uint8_t *memory = av_malloc(MAX_BYTES);
    const V4L2RequestFormat *row;

    av_lfg_init(&random_state, 1);
    /* With the fast functions of this processor, and without. */
    for (int flags = -1; flags < 1; flags++) {
        av_force_cpu_flags(flags);
        for (unsigned i = 0; (row = ff_v4l2request_format(i)); i++) {
            enum AVPixelFormat planar = ff_v4l2request_planar_format(row->sw_format);

            if (!row->drm_format)
                continue;
            test_layout(row, row->sw_format, memory);
            if (planar != AV_PIX_FMT_NONE)
                test_layout(row, planar, memory);
        }
    }
    av_free(memory);
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
