/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Layouts of CAPTURE buffers that are not one plane of lines, and kinds of memory
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "test.h"

/*
 * 64x64 with all padding in other shapes than rows: the picture's size, what
 * the planes' bytesperline is, how large they are.
 */
static void test_shapes(void)
{
    static const struct {
        int bit_depth;
        const char *only;
        unsigned width, height, planes, pitch[3], size[3];
    } rows[] = {
        { 8, "NM12", 64, 72, 2, { 128, 128 }, { 128 * 72 + 4096, 128 * 36 + 4096 } },
        { 8, "YU12", 64, 72, 1, { 128 }, { 128 * 72 + 2 * 64 * 36 + 4096 } },
        { 8, "YM12", 64, 72, 3, { 128, 64, 64 }, { 128 * 72 + 4096, 64 * 36 + 4096, 64 * 36 + 4096 } },
        { 8, "ST12", 64, 96, 1, { 128 }, { 128 * 96 + 128 * 64 + 4096 } },
        { 8, "MM21", 64, 96, 2, { 128, 128 }, { 128 * 96 + 4096, 128 * 48 + 4096 } },
        { 10, "MT2T", 128, 128, 2, { 128, 128 }, { 160 * 128 + 4096, 160 * 64 + 4096 } },
        { 8, "NC12", 256, 72, 1, { 116 }, { 256 * 116 } },
        { 10, "NC30", 192, 72, 1, { 116 }, { 256 * 116 } },
        { 8, "Nc12", 256, 72, 2, { 256, 256 }, { 256 * 80, 256 * 44 } },
        { 10, "VT15", 64, 72, 1, { 130 }, { 130 * (72 + 36) + 4096 } },
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct v4l2_pix_format_mplane pix;
        struct client c;

        set_param("format", rows[i].only);
        client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
        check(!set_depth(&c, rows[i].bit_depth, 1), "%s: SPS was refused", rows[i].only);
        pix = get_format(&c, CAPTURE);
        check(pix.width == rows[i].width && pix.height == rows[i].height &&
              pix.num_planes == rows[i].planes, "%s: %ux%u, %u planes", rows[i].only,
              pix.width, pix.height, pix.num_planes);
        for (unsigned j = 0; j < rows[i].planes; j++)
            check(pix.plane_fmt[j].bytesperline == rows[i].pitch[j] &&
                  pix.plane_fmt[j].sizeimage == rows[i].size[j], "%s: plane %u has %u, %u bytes",
                  rows[i].only, j, pix.plane_fmt[j].bytesperline, pix.plane_fmt[j].sizeimage);
        client_close(&c);
    }
}

/* Several formats, in their order; names that there are not. */
static void test_list(void)
{
    static const char *const bad[] = { "NV99", "NV12+", "NV12+NV16+P010+NV15+NV20", "NV12,NV16" };
    struct client c;
    char text[64];

    set_param("format", "VT12+NV15+NV12");
    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    list_formats(&c, text, sizeof(text));
    check(!strcmp(text, "VT12 NV12 (NV12)"), "the formats are %s", text);
    check(!set_depth(&c, 10, 2), "the SPS was refused");
    list_formats(&c, text, sizeof(text));
    check(!strcmp(text, "NV20 (NV20)"), "the formats of 4:2:2 are %s", text);
    client_close(&c);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        check(try_param("format", bad[i]) == -EINVAL, "the parameter accepts %s", bad[i]);
}

/* A queue has cached memory only if it says so. */
static void test_cache_hints(void)
{
    for (int hints = 0; hints < 2; hints++) {
        struct v4l2_create_buffers create = {
            .count = 1, .memory = V4L2_MEMORY_MMAP, .flags = V4L2_MEMORY_FLAG_NON_COHERENT,
            .format.type = CAPTURE,
        };
        struct client c;

        set_param("cache_hints", hints ? "1" : "0");
        client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
        create.format.fmt.pix_mp = get_format(&c, CAPTURE);
        check(!ioctl(c.video, VIDIOC_CREATE_BUFS, &create), "CREATE_BUFS: %s", strerror(errno));
        check(!!(create.capabilities & V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS) == hints,
              "hints=%d, but the capabilities are 0x%x", hints, create.capabilities);
        check(!!create.flags == hints, "hints=%d, but the flags are 0x%x", hints, create.flags);
        check(counter("non_coherent") == hints, "hints=%d, but %lld buffers", hints, counter("non_coherent"));
        client_close(&c);
    }
}

const struct test layout_tests[] = {
    { "layout-shapes", test_shapes },
    { "layout-list", test_list },
    { "layout-cache-hints", test_cache_hints },
    { 0 }
};
