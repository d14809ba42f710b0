/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All ways of `decode` to look at the pixels of a frame
 */

#include <errno.h>
#include <inttypes.h>
#include <libavutil/hwcontext.h>
#include <libavutil/hwcontext_drm.h>
#include <libavutil/imgutils.h>
#include <libavutil/md5.h>
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "decode.h"

#define STATS "/sys/kernel/debug/vstateless/stats"
#define RESUME "/sys/kernel/debug/vstateless/resume"
#define RAW_TIMEOUT_MS 20000

/*
 * Samples of one component, as a planar picture has them: bytes, or words of two
 * for more than 8 bit. So nv12 and yuv420p, p010 and yuv420p10 give the same.
 */
static void hash_component(struct AVMD5 *md5, const AVFrame *frame, int component)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
    int chroma   = component == 1 || component == 2;
    int width    = AV_CEIL_RSHIFT(frame->width,  chroma ? desc->log2_chroma_w : 0);
    int height   = AV_CEIL_RSHIFT(frame->height, chroma ? desc->log2_chroma_h : 0);
    int deep     = desc->comp[component].depth > 8;
    int plane    = desc->comp[component].plane;
    int step     = desc->comp[component].step;
    uint8_t *line = av_malloc(2 * width);

    for (int y = 0; y < height; y++) {
        const uint8_t *p = frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane] +
                           desc->comp[component].offset;

        if (deep)
            av_read_image_line2(line, (const uint8_t **)frame->data, frame->linesize, desc,
                                0, y, component, width, 0, 2);
        else
            for (int x = 0; x < width; x++)
                line[x] = p[x * step];
        av_md5_update(md5, line, width << deep);
    }
    av_free(line);
}

static void hash_frame(AVFrame *frame, char text[33])
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
    struct AVMD5 *md5 = av_md5_alloc();
    uint8_t sum[16];

    if (desc->flags & (AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BE))
        check(AVERROR(ENOSYS), desc->name);
    av_frame_apply_cropping(frame, AV_FRAME_CROP_UNALIGNED);
    av_md5_init(md5);
    for (int component = 0; component < FFMIN(desc->nb_components, nb_components); component++)
        hash_component(md5, frame, component);
    av_md5_final(md5, sum);
    av_free(md5);
    for (int i = 0; i < 16; i++)
        snprintf(text + 2 * i, 3, "%02x", sum[i]);
}

/* Wait as another user of the dma-buf does: until the file is readable. */
static int wait_readable(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    int ret = poll(&p, 1, RAW_TIMEOUT_MS);

    if (ret < 0)
        return AVERROR(errno);
    return ret ? 0 : AVERROR(ETIMEDOUT);
}

/* The same by a fence of its own, which also tells whether the job failed. */
static int wait_exported(int fd)
{
    struct dma_buf_export_sync_file export = { .flags = DMA_BUF_SYNC_READ, .fd = -1 };
    struct sync_file_info info = { 0 };
    int ret;

    if (ioctl(fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &export) < 0)
        return AVERROR(errno);
    ret = wait_readable(export.fd);
    if (ret >= 0 && ioctl(export.fd, SYNC_IOC_FILE_INFO, &info) < 0)
        ret = AVERROR(errno);
    close(export.fd);
    if (ret < 0)
        return ret;
    return info.status < 0 ? info.status : 0;
}

/*
 * Read as a program that gets nothing but the dma-bufs, without DMA_BUF_IOCTL_SYNC
 * (it would wait, too): on memory that is coherent. Before it "poll" waits for the
 * file, "export" for a sync file, "none" for nothing.
 */
static int read_raw(const AVFrame *frame, AVFrame *copy, char text[33])
{
    const AVDRMFrameDescriptor *desc = (const AVDRMFrameDescriptor *)frame->data[0];
    const AVDRMLayerDescriptor *layer = &desc->layers[0];
    void *address[AV_DRM_MAX_PLANES] = { NULL };
    int ret = 0;

    for (int i = 0; i < desc->nb_objects && ret >= 0; i++) {
        if (!strcmp(option.raw, "poll"))
            ret = wait_readable(desc->objects[i].fd);
        else if (!strcmp(option.raw, "export"))
            ret = wait_exported(desc->objects[i].fd);
        if (ret < 0)
            break;
        address[i] = mmap(NULL, desc->objects[i].size, PROT_READ, MAP_SHARED, desc->objects[i].fd, 0);
        if (address[i] == MAP_FAILED) {
            ret = AVERROR(errno);
            address[i] = NULL;
        }
    }
    if (ret >= 0) {
        copy->format = ((const AVHWFramesContext *)frame->hw_frames_ctx->data)->sw_format;
        copy->width  = frame->width;
        copy->height = frame->height;
        for (int i = 0; i < layer->nb_planes; i++) {
            copy->data[i]     = (uint8_t *)address[layer->planes[i].object_index] + layer->planes[i].offset;
            copy->linesize[i] = layer->planes[i].pitch;
        }
        ret = av_frame_copy_props(copy, frame);
        hash_frame(copy, text);
    }
    for (int i = 0; i < desc->nb_objects; i++) {
        if (address[i])
            munmap(address[i], desc->objects[i].size);
    }
    return ret;
}

/* The decoder leaves cropping at the left and the top to us. */
static int copy_props(const AVFrame *frame, AVFrame *copy)
{
    copy->crop_left = frame->crop_left;
    copy->crop_top  = frame->crop_top;
    return av_frame_copy_props(copy, frame);
}

int map_frame(const AVFrame *frame, AVFrame *copy)
{
    int ret;

    copy->format = ((const AVHWFramesContext *)frame->hw_frames_ctx->data)->sw_format;
    ret = av_hwframe_map(copy, frame, AV_HWFRAME_MAP_READ);
    return ret < 0 ? ret : copy_props(frame, copy);
}

/* What both mappings show while both exist, and then the first one alone */
static int hash_twice(const AVFrame *frame, AVFrame *copy, char text[33])
{
    AVFrame *second = av_frame_alloc();
    char other[33] = "";
    int ret = map_frame(frame, second);

    if (ret >= 0)
        hash_frame(second, other);
    av_frame_free(&second);
    if (ret < 0)
        return ret;
    hash_frame(copy, text);
    return strcmp(text, other) ? AVERROR_BUG : 0;
}

/* What a download offers besides sw_format, or that. */
static enum AVPixelFormat planar_format(const AVFrame *frame)
{
    enum AVPixelFormat *formats, format;

    check(av_hwframe_transfer_get_formats(frame->hw_frames_ctx, AV_HWFRAME_TRANSFER_DIRECTION_FROM,
                                          &formats, 0), "formats");
    format = formats[1] == AV_PIX_FMT_NONE ? formats[0] : formats[1];
    av_free(formats);
    check(av_pix_fmt_count_planes(format) == 3 ? 0 : AVERROR(ENOSYS), "no planar format");
    return format;
}

int hash_picture(const AVFrame *frame, AVFrame *copy, char text[33])
{
    int ret;

    if (option.raw && frame->hw_frames_ctx)
        return read_raw(frame, copy, text);
    if (!frame->hw_frames_ctx)
        ret = av_frame_ref(copy, frame);
    else if (option.map != MAP_NONE)
        ret = copy->data[0] ? 0 : map_frame(frame, copy);
    else {
        if (option.planar)
            copy->format = planar_format(frame);
        ret = av_hwframe_transfer_data(copy, frame, 0);
        if (ret >= 0)
            ret = copy_props(frame, copy);
    }
    if (ret < 0)
        return ret;
    if (option.map == MAP_TWICE)
        return hash_twice(frame, copy, text);
    if (!option.bench)
        hash_frame(copy, text);
    return 0;
}

int64_t finished_jobs(void)
{
    FILE *file = fopen(STATS, "r");
    int64_t value, jobs = 0;
    char name[64];

    check(file ? 0 : AVERROR(errno), STATS);
    while (fscanf(file, "%63s %"SCNd64, name, &value) == 2) {
        if (!strcmp(name, "done_ok") || !strcmp(name, "done_err"))
            jobs += value;
    }
    fclose(file);
    return jobs;
}

void resume_job(void)
{
    FILE *file = fopen(RESUME, "w");

    check(file && fputs("1", file) >= 0 && !fclose(file) ? 0 : AVERROR(errno), RESUME);
}
