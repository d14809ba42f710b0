/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Formats, sizes and controls: what is offered, padded, refused
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "test.h"

struct v4l2_pix_format_mplane get_format(struct client *c, uint32_t type)
{
    struct v4l2_format format = { .type = type };

    check(!ioctl(c->video, VIDIOC_G_FMT, &format), "G_FMT: %s", strerror(errno));
    return format.fmt.pix_mp;
}

static int try_output(struct client *c, uint32_t fourcc, uint32_t width)
{
    struct v4l2_format format = {
        .type = OUTPUT, .fmt.pix_mp = { .pixelformat = fourcc, .width = width, .height = 64,
            .num_planes = 1 },
    };

    return ioctl(c->video, VIDIOC_S_FMT, &format) ? -errno : 0;
}

static void test_padding(void)
{
    struct v4l2_pix_format_mplane *pix;
    struct client c;

    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 1920, 1080);
    pix = &c.picture;
    check(c.coded.width == 1920 && c.coded.height == 1088, "coded size %ux%u", c.coded.width, c.coded.height);
    check(pix->width == 1920 && pix->height == 1096, "picture size %ux%u", pix->width, pix->height);
    check(pix->plane_fmt[0].bytesperline == 1984, "bytesperline %u", pix->plane_fmt[0].bytesperline);
    check(pix->plane_fmt[0].sizeimage == 1984 * 1096 * 3 / 2 + 4096,
          "sizeimage %u", pix->plane_fmt[0].sizeimage);
    check(pix->pixelformat == V4L2_PIX_FMT_NV12 && pix->num_planes == 1, "not NV12 in one plane");
    client_close(&c);

    set_param("stride_align", "1");
    set_param("height_align", "1");
    set_param("extra_lines", "0");
    set_param("sizeimage_extra", "0");
    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 1920, 1080);
    check(pix->height == 1088 && pix->plane_fmt[0].bytesperline == 1920 &&
          pix->plane_fmt[0].sizeimage == 1920 * 1088 * 3 / 2, "padding although all parameters are off");
    client_close(&c);
}

static void test_reset(void)
{
    struct client c;

    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    check(!try_output(&c, V4L2_PIX_FMT_MPEG2_SLICE, 128), "S_FMT(OUTPUT) failed");
    check(get_format(&c, CAPTURE).width == 128, "S_FMT(OUTPUT) did not reset the CAPTURE format");
    check(get_format(&c, OUTPUT).pixelformat == V4L2_PIX_FMT_MPEG2_SLICE, "S_FMT(OUTPUT) was ignored");
    client_close(&c);
}

/* The rules of rkvdec: rkvdec_s_output_fmt(), rkvdec_s_capture_fmt(). */
static void test_busy(void)
{
    struct v4l2_format format = { .type = CAPTURE };
    struct client c;

    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    client_reqbufs(&c, OUTPUT, V4L2_MEMORY_MMAP, 1);
    check(!try_output(&c, V4L2_PIX_FMT_H264_SLICE, 128), "the size cannot change with OUTPUT buffers");
    check(try_output(&c, V4L2_PIX_FMT_MPEG2_SLICE, 64) == -EBUSY, "the codec changed with OUTPUT buffers");
    client_reqbufs(&c, CAPTURE, V4L2_MEMORY_MMAP, 1);
    check(try_output(&c, V4L2_PIX_FMT_H264_SLICE, 64) == -EBUSY, "the size changed with CAPTURE buffers");
    check(ioctl(c.video, VIDIOC_S_FMT, &format) && errno == EBUSY, "S_FMT(CAPTURE) with buffers is allowed");
    client_reqbufs(&c, CAPTURE, V4L2_MEMORY_MMAP, 0);
    check(!client_stream(&c, 1, OUTPUT), "STREAMON failed");
    check(try_output(&c, V4L2_PIX_FMT_H264_SLICE, 64) == -EBUSY, "the format changed while streaming");
    client_close(&c);
}

/* As with hantro: old buffers stay, new ones have the new size. */
static void test_resize(void)
{
    struct v4l2_create_buffers create = { .count = 1, .memory = V4L2_MEMORY_MMAP };
    struct client c;

    set_param("resize", "1");
    client_start(&c, 1, 2);
    check(try_output(&c, V4L2_PIX_FMT_MPEG2_SLICE, 128) == -EBUSY, "the codec changed with buffers");
    check(!try_output(&c, V4L2_PIX_FMT_H264_SLICE, 128), "the size cannot change with resize=1");
    create.format.type = CAPTURE;
    create.format.fmt.pix_mp = get_format(&c, CAPTURE);
    check(create.format.fmt.pix_mp.width == 128, "S_FMT(OUTPUT) did not change the CAPTURE format");
    check(queue_capture(&c, 0) == -EINVAL, "a buffer of the old size can be queued");
    check(!ioctl(c.video, VIDIOC_CREATE_BUFS, &create), "CREATE_BUFS: %s", strerror(errno));
    check(!queue_capture(&c, create.index), "a buffer of the new size cannot be queued");
    client_close(&c);
}

static void test_sizes(void)
{
    static const uint32_t fourccs[] = {
        V4L2_PIX_FMT_MPEG2_SLICE,
        V4L2_PIX_FMT_H264_SLICE,
        V4L2_PIX_FMT_HEVC_SLICE,
        V4L2_PIX_FMT_VP8_FRAME,
        V4L2_PIX_FMT_VP9_FRAME,
        v4l2_fourcc('A', 'V', '1', 'F'), /* V4L2_PIX_FMT_AV1_FRAME since Linux 6.5 */
    };
    const unsigned count = sizeof(fourccs) / sizeof(*fourccs);
    struct client c;

    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    for (unsigned i = 0; i <= count; i++) {
        struct v4l2_fmtdesc desc = { .type = OUTPUT, .index = i };
        struct v4l2_frmsizeenum size = { .pixel_format = i < count ? fourccs[i] : V4L2_PIX_FMT_NV12 };
        int ret = ioctl(c.video, VIDIOC_ENUM_FMT, &desc);

        check(i < count ? !ret && desc.pixelformat == fourccs[i] : ret && errno == EINVAL, "ENUM_FMT %u", i);
        ret = ioctl(c.video, VIDIOC_ENUM_FRAMESIZES, &size);
        /* AV1's units are 8x8. */
        check(i < count ? !ret && size.type == V4L2_FRMSIZE_TYPE_STEPWISE && size.stepwise.min_width == 16 &&
              size.stepwise.max_width == 4096 && size.stepwise.step_width == (i == count - 1 ? 8 : 16) :
              ret && errno == EINVAL,
              "ENUM_FRAMESIZES %u", i);
    }
    client_close(&c);
}

static void test_sps(void)
{
    struct v4l2_ctrl_h264_sps good = {
        .profile_idc = 122, .chroma_format_idc = 1, .pic_width_in_mbs_minus1 = 3,
        .pic_height_in_map_units_minus1 = 3, .flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY,
    };
    struct v4l2_ctrl_h264_sps sps = good;
    struct client c;

    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    check(!set_control(c.video, -1, V4L2_CID_STATELESS_H264_SPS, &sps, sizeof(sps)),
          "a good SPS was refused");
#define REFUSED(field, value, what) do {                                                              \
        sps = good;                                                                                   \
        sps.field = value;                                                                            \
        check(set_control(c.video, -1, V4L2_CID_STATELESS_H264_SPS, &sps, sizeof(sps)) == -EINVAL,    \
              "an SPS with " what " was accepted");                                                   \
    } while (0)
    REFUSED(pic_width_in_mbs_minus1, 4, "too large a width");
    REFUSED(pic_height_in_map_units_minus1, 4, "too large a height");
    REFUSED(flags, 0, "too large a height in fields");
    REFUSED(bit_depth_luma_minus8, 2, "10 bit luma");
    REFUSED(bit_depth_chroma_minus8, 2, "10 bit chroma");
    REFUSED(chroma_format_idc, 3, "4:4:4");

    /* Not the codec in use: nobody looks at it. */
    check(!try_output(&c, V4L2_PIX_FMT_MPEG2_SLICE, 64), "S_FMT failed");
    sps = good;
    sps.pic_width_in_mbs_minus1 = 40;
    check(!set_control(c.video, -1, V4L2_CID_STATELESS_H264_SPS, &sps, sizeof(sps)),
          "an SPS was checked although MPEG-2 is set");
    check(!try_output(&c, V4L2_PIX_FMT_H264_SLICE, 64), "S_FMT failed");
    client_reqbufs(&c, OUTPUT, V4L2_MEMORY_MMAP, 1);
    check(client_stream(&c, 1, OUTPUT) == -EINVAL, "STREAMON with an SPS that does not fit");
    client_close(&c);
}

/* The CAPTURE formats there are, and the one in force, as a list of names. */
void list_formats(struct client *c, char *text, size_t size)
{
    uint32_t fourcc = get_format(c, CAPTURE).pixelformat;
    struct v4l2_fmtdesc desc = { .type = CAPTURE };

    *text = 0;
    for (; !ioctl(c->video, VIDIOC_ENUM_FMT, &desc); desc.index++)
        snprintf(text + strlen(text), size - strlen(text), "%.4s ", (const char *)&desc.pixelformat);
    snprintf(text + strlen(text), size - strlen(text), "(%.4s)", (const char *)&fourcc);
}

int set_depth(struct client *c, int bit_depth, int chroma_format_idc)
{
    struct v4l2_ctrl_h264_sps sps = {
        .profile_idc = 122, .chroma_format_idc = chroma_format_idc,
        .bit_depth_luma_minus8 = bit_depth - 8, .bit_depth_chroma_minus8 = bit_depth - 8,
        .pic_width_in_mbs_minus1 = 3, .pic_height_in_map_units_minus1 = 3,
        .flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY,
    };

    return set_control(c->video, -1, V4L2_CID_STATELESS_H264_SPS, &sps, sizeof(sps));
}

/* The SPS decides, as in rkvdec_s_ctrl(). */
static void test_depth(void)
{
    static const struct { int bit_depth, chroma; const char *only, *formats; } rows[] = {
        { 8, 1, "all", "NV12 (NV12)" }, { 8, 2, "all", "NV16 (NV16)" },
        { 10, 1, "all", "P010 NV15 (P010)" }, { 10, 2, "all", "NV20 (NV20)" },
        { 10, 1, "NV15", "NV15 (NV15)" }, { 10, 1, "P010", "P010 (P010)" },
        { 8, 1, "NV15", "NV12 (NV12)" }, { 8, 0, "all", "NV12 (NV12)" },
    };
    char text[64];

    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct client c;

        set_param("format", rows[i].only);
        client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
        check(!set_depth(&c, rows[i].bit_depth, rows[i].chroma), "SPS %u was refused", i);
        list_formats(&c, text, sizeof(text));
        check(!strcmp(text, rows[i].formats), "the formats of SPS %u are %s", i, text);
        check(!try_output(&c, V4L2_PIX_FMT_H264_SLICE, 64), "S_FMT failed");
        list_formats(&c, text, sizeof(text));
        check(!strcmp(text, "NV12 (NV12)"), "after S_FMT(OUTPUT) the formats are %s", text);
        client_close(&c);
    }
}

/* Buffers of another format are in the way; the same format is no change. */
static void test_depth_busy(void)
{
    struct client c;
    char text[64];

    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    client_reqbufs(&c, CAPTURE, V4L2_MEMORY_MMAP, 1);
    check(!set_depth(&c, 8, 1), "an SPS of the same depth was refused");
    check(set_depth(&c, 10, 1) == -EBUSY, "10 bit with 8 bit buffers");
    check(set_depth(&c, 8, 2) == -EBUSY, "4:2:2 with 4:2:0 buffers");
    list_formats(&c, text, sizeof(text));
    check(!strcmp(text, "NV12 (NV12)"), "after the refusal the formats are %s", text);
    client_reqbufs(&c, CAPTURE, V4L2_MEMORY_MMAP, 0);
    check(!set_depth(&c, 10, 1), "an SPS was refused without buffers");
    list_formats(&c, text, sizeof(text));
    check(!strcmp(text, "P010 NV15 (P010)"), "without buffers the formats are %s", text);
    client_close(&c);
}

/* Size of each layout: 64x64 with all padding. */
static void test_layouts(void)
{
    static const struct { int bit_depth, chroma; const char *only; unsigned row, lines; } rows[] = {
        { 8, 1, "NV12", 128, 108 }, { 8, 2, "NV16", 128, 144 }, { 10, 1, "P010", 192, 108 },
        { 10, 1, "NV15", 128, 108 }, { 10, 2, "NV20", 128, 144 },
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct v4l2_pix_format_mplane pix;
        struct client c;

        set_param("format", rows[i].only);
        client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
        check(!set_depth(&c, rows[i].bit_depth, rows[i].chroma), "%s: SPS was refused", rows[i].only);
        pix = get_format(&c, CAPTURE);
        check(pix.width == 64 && pix.height == 72 && pix.plane_fmt[0].bytesperline == rows[i].row &&
              pix.plane_fmt[0].sizeimage == rows[i].row * rows[i].lines + 4096,
              "%s: %ux%u, rows of %u bytes, %u bytes", rows[i].only, pix.width, pix.height,
              pix.plane_fmt[0].bytesperline, pix.plane_fmt[0].sizeimage);
        client_close(&c);
    }
}

static void test_sequence(void)
{
    struct v4l2_ctrl_mpeg2_sequence sequence = {
        .horizontal_size = 64, .vertical_size = 64, .chroma_format = 1,
    };
    struct client c;

    client_open(&c, V4L2_PIX_FMT_MPEG2_SLICE, 64, 64);
    check(!set_control(c.video, -1, V4L2_CID_STATELESS_MPEG2_SEQUENCE, &sequence, sizeof(sequence)),
          "a good sequence was refused");
    sequence.horizontal_size = 65;
    check(set_control(c.video, -1, V4L2_CID_STATELESS_MPEG2_SEQUENCE, &sequence, sizeof(sequence)) == -EINVAL,
          "too large a sequence was accepted");
    sequence.horizontal_size = 64;
    sequence.chroma_format = 2;
    check(set_control(c.video, -1, V4L2_CID_STATELESS_MPEG2_SEQUENCE, &sequence, sizeof(sequence)) == -EINVAL,
          "4:2:2 was accepted");
    client_close(&c);
}

/* Which values a menu has, and the one in force. */
static void expect_menu(uint32_t id, int first, int second, int value)
{
    struct v4l2_control control = { .id = id };
    struct client c;

    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    for (unsigned i = 0; i < 2; i++) {
        struct v4l2_querymenu menu = { .id = id, .index = i };
        int ret = ioctl(c.video, VIDIOC_QUERYMENU, &menu);

        check((i ? second : first) ? !ret : ret && errno == EINVAL, "QUERYMENU of value %u", i);
    }
    check(!ioctl(c.video, VIDIOC_G_CTRL, &control) && control.value == value,
          "the default is %d", control.value);
    client_close(&c);
}

static void test_menus(void)
{
    static const struct { const char *mode, *code; int first, second, value; } rows[] = {
        { "both-frame", "both-annexb", 1, 1, 1 },
        { "both-slice", "both-none", 1, 1, 0 },
        { "frame", "annexb", 0, 1, 1 },
        { "slice", "none", 1, 0, 0 },
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        set_param("decode_mode", rows[i].mode);
        set_param("start_code", rows[i].code);
        expect_menu(V4L2_CID_STATELESS_H264_DECODE_MODE, rows[i].first, rows[i].second, rows[i].value);
        expect_menu(V4L2_CID_STATELESS_H264_START_CODE, rows[i].first, rows[i].second, rows[i].value);
    }
}

static void test_control_sizes(void)
{
    static const struct { uint32_t id; size_t size; } rows[] = {
        { V4L2_CID_STATELESS_H264_SPS, sizeof(struct v4l2_ctrl_h264_sps) },
        { V4L2_CID_STATELESS_H264_PPS, sizeof(struct v4l2_ctrl_h264_pps) },
        { V4L2_CID_STATELESS_H264_SCALING_MATRIX, sizeof(struct v4l2_ctrl_h264_scaling_matrix) },
        { V4L2_CID_STATELESS_H264_PRED_WEIGHTS, sizeof(struct v4l2_ctrl_h264_pred_weights) },
        { V4L2_CID_STATELESS_H264_SLICE_PARAMS, sizeof(struct v4l2_ctrl_h264_slice_params) },
        { V4L2_CID_STATELESS_H264_DECODE_PARAMS, sizeof(struct v4l2_ctrl_h264_decode_params) },
        { V4L2_CID_STATELESS_MPEG2_SEQUENCE, sizeof(struct v4l2_ctrl_mpeg2_sequence) },
        { V4L2_CID_STATELESS_MPEG2_PICTURE, sizeof(struct v4l2_ctrl_mpeg2_picture) },
        { V4L2_CID_STATELESS_MPEG2_QUANTISATION, sizeof(struct v4l2_ctrl_mpeg2_quantisation) },
        { V4L2_CID_STATELESS_VP8_FRAME, sizeof(struct v4l2_ctrl_vp8_frame) },
        { V4L2_CID_MPEG_VIDEO_VP8_PROFILE, 4 },
        { V4L2_CID_MPEG_VIDEO_H264_PROFILE, 4 },
        { V4L2_CID_MPEG_VIDEO_H264_LEVEL, 4 },
    };
    struct client c;

    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct v4l2_query_ext_ctrl query = { .id = rows[i].id };

        check(!ioctl(c.video, VIDIOC_QUERY_EXT_CTRL, &query), "no control 0x%x", rows[i].id);
        check(query.elem_size == rows[i].size, "control 0x%x has %u bytes", rows[i].id, query.elem_size);
    }
    client_close(&c);
}

const struct test format_tests[] = {
    { "format-padding", test_padding },
    { "format-reset", test_reset },
    { "format-busy", test_busy },
    { "format-resize", test_resize },
    { "format-sizes", test_sizes },
    { "format-depth", test_depth },
    { "format-depth-busy", test_depth_busy },
    { "format-layouts", test_layouts },
    { "control-sps", test_sps },
    { "control-sequence", test_sequence },
    { "control-menus", test_menus },
    { "control-sizes", test_control_sizes },
    { 0 }
};
