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
 * CPU access to decoded frames: mappings, DMA_BUF_IOCTL_SYNC, download, hwmap.
 */

#include <errno.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/dma-buf.h>

#include "error.h"
#include "frame.h"
#include "hwcontext.h"
#include "hwcontext_internal.h"
#include "hwcontext_v4l2request_copy.h"
#include "hwcontext_v4l2request_internal.h"
#include "imgutils.h"
#include "log.h"
#include "mem.h"
#include "pixdesc.h"

/**
 * Begin or end CPU access. The kernel documentation (dma-buf.rst) asks for a
 * repetition after EINTR and EAGAIN, and without a successful START the CPU
 * may see what was in its cache before the hardware wrote.
 */
static int dma_buf_sync(AVHWFramesContext *hwfc, int fd, uint64_t flags)
{
    struct dma_buf_sync sync = { .flags = flags | DMA_BUF_SYNC_READ };
    int ret;

    do {
        ret = ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
    } while (ret < 0 && (errno == EINTR || errno == EAGAIN));
    if (ret >= 0)
        return 0;

    ret = AVERROR(errno);
    av_log(hwfc, AV_LOG_ERROR, "Failed to %s CPU access to dma-buf %d: %s\n",
           flags & DMA_BUF_SYNC_END ? "end" : "begin", fd, av_err2str(ret));
    return ret;
}

void avpriv_v4l2request_unmap(V4L2RequestFrame *frame)
{
    for (int i = 0; i < frame->desc.nb_objects; i++) {
        void *address = (void *)atomic_exchange(&frame->address[i], 0);

        if (address)
            munmap(address, frame->desc.objects[i].size);
    }
}

/** Map an object of a frame, or find it mapped. Any thread. */
static int map_object(AVHWFramesContext *hwfc, V4L2RequestFrame *frame, int i)
{
    const AVDRMObjectDescriptor *object = &frame->desc.objects[i];
    uintptr_t none = 0;
    void *address;
    int ret;

    if (atomic_load(&frame->address[i]))
        return 0;

    address = mmap(NULL, object->size, PROT_READ, MAP_SHARED, object->fd, 0);
    if (address == MAP_FAILED) {
        ret = AVERROR(errno);
        av_log(hwfc, AV_LOG_ERROR, "Failed to map dma-buf %d (%zu bytes): %s\n",
               object->fd, object->size, av_err2str(ret));
        return ret;
    }
    /* Another thread was faster. */
    if (!atomic_compare_exchange_strong(&frame->address[i], &none, (uintptr_t)address))
        munmap(address, object->size);
    return 0;
}

/**
 * End CPU access. Goes through all objects, whatever fails.
 *
 * @return 0 or the first error
 */
static int access_end(AVHWFramesContext *hwfc, const AVDRMFrameDescriptor *desc, int nb_objects)
{
    int ret = 0;

    for (int i = 0; i < nb_objects; i++) {
        int err = dma_buf_sync(hwfc, desc->objects[i].fd, DMA_BUF_SYNC_END);

        if (!ret)
            ret = err;
    }
    return ret;
}

/**
 * Begin CPU access to all objects of a frame, or to none, and find the planes.
 *
 * @param[out] planes as frame->plane, with data
 */
static int access_begin(AVHWFramesContext *hwfc, V4L2RequestFrame *frame,
                        V4L2RequestPlane planes[3])
{
    const AVDRMFrameDescriptor *desc = &frame->desc;
    const AVDRMLayerDescriptor *layer = &desc->layers[0];
    int ret = ff_v4l2request_wait_access(hwfc, frame);

    if (ret < 0)
        return ret;

    for (int i = 0; i < desc->nb_objects; i++) {
        ret = map_object(hwfc, frame, i);

        if (ret >= 0)
            ret = dma_buf_sync(hwfc, desc->objects[i].fd, DMA_BUF_SYNC_START);
        if (ret < 0) {
            access_end(hwfc, desc, i);
            return ret;
        }
    }

    for (int i = 0; i < layer->nb_planes; i++) {
        const AVDRMPlaneDescriptor *plane = &layer->planes[i];

        planes[i]      = frame->plane[i];
        planes[i].data = (const uint8_t *)atomic_load(&frame->address[plane->object_index]) +
                         plane->offset;
    }
    return 0;
}

enum AVPixelFormat ff_v4l2request_planar_format(enum AVPixelFormat sw_format)
{
    switch (sw_format) {
    case AV_PIX_FMT_NV12:
    case AV_PIX_FMT_NV21: return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_NV16: return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_P010: return AV_PIX_FMT_YUV420P10;
    case AV_PIX_FMT_P210: return AV_PIX_FMT_YUV422P10;
    default:              return AV_PIX_FMT_NONE;
    }
}

int ff_v4l2request_transfer_get_formats(AVHWFramesContext *hwfc,
                                        enum AVHWFrameTransferDirection dir,
                                        enum AVPixelFormat **formats)
{
    enum AVPixelFormat *fmts;

    if (dir == AV_HWFRAME_TRANSFER_DIRECTION_TO)
        return AVERROR(ENOSYS);

    fmts = av_malloc_array(3, sizeof(*fmts));
    if (!fmts)
        return AVERROR(ENOMEM);

    fmts[0]  = hwfc->sw_format;
    fmts[1]  = ff_v4l2request_planar_format(hwfc->sw_format);
    fmts[2]  = AV_PIX_FMT_NONE;
    *formats = fmts;
    return 0;
}

int ff_v4l2request_transfer_data_from(AVHWFramesContext *hwfc, AVFrame *dst, const AVFrame *src)
{
    V4L2RequestFrame *frame = (V4L2RequestFrame *)src->data[0];
    V4L2RequestPlane planes[3];
    int ret, end;

    if (dst->format != hwfc->sw_format && dst->format != ff_v4l2request_planar_format(hwfc->sw_format))
        return AVERROR(ENOSYS);
    /* The hwmap filter leaves a hw_frames_ctx on frames that it mapped, with
     * which av_frame_copy() comes here. */
    if (src->format == dst->format) {
        av_image_copy2(dst->data, dst->linesize, src->data, src->linesize,
                       dst->format, dst->width, dst->height);
        return 0;
    }
    if (dst->width > hwfc->width || dst->height > hwfc->height)
        return AVERROR(EINVAL);

    ret = access_begin(hwfc, frame, planes);
    if (ret < 0)
        return ret;
    ret = ff_v4l2request_copy(dst, frame->format, planes);
    end = access_end(hwfc, &frame->desc, frame->desc.nb_objects);
    return ret < 0 ? ret : end;
}

static void unmap_frame(AVHWFramesContext *hwfc, HWMapDescriptor *hwmap)
{
    const AVDRMFrameDescriptor *desc = hwmap->priv;

    /* The source frame, and so the descriptor, lives as long as the mapping. */
    access_end(hwfc, desc, desc->nb_objects);
}

int ff_v4l2request_map_from(AVHWFramesContext *hwfc, AVFrame *dst, const AVFrame *src, int flags)
{
    V4L2RequestFrame *frame = (V4L2RequestFrame *)src->data[0];
    V4L2RequestPlane planes[3];
    int ret;

    if (dst->format == AV_PIX_FMT_NONE)
        dst->format = hwfc->sw_format;
    if (dst->format != hwfc->sw_format)
        return AVERROR(ENOSYS);

    if (!ff_v4l2request_is_plain(frame->format)) {
        av_log(hwfc, AV_LOG_ERROR, "The %s of this decoder's frames %s: they cannot be mapped "
               "as %s, only downloaded (with the hwdownload filter).\n",
               frame->format->tile_width ? "lines"         : "samples",
               frame->format->tile_width ? "are in tiles"  : "are packed",
               av_get_pix_fmt_name(hwfc->sw_format));
        return AVERROR(ENOSYS);
    }

    /* The decoder may still need the picture to predict others from. */
    if (flags & (AV_HWFRAME_MAP_WRITE | AV_HWFRAME_MAP_OVERWRITE)) {
        av_log(hwfc, AV_LOG_ERROR, "Decoded frames can be mapped for reading only "
               "(with the hwmap filter: hwmap=mode=read).\n");
        return AVERROR(EACCES);
    }

    ret = access_begin(hwfc, frame, planes);
    if (ret < 0)
        return ret;

    for (int i = 0; i < frame->desc.layers[0].nb_planes; i++) {
        dst->data[i]     = (uint8_t *)planes[i].data;
        dst->linesize[i] = planes[i].row_size;
    }
    dst->width  = src->width;
    dst->height = src->height;

    ret = ff_hwframe_map_create(src->hw_frames_ctx, dst, src, unmap_frame, &frame->desc);
    if (ret < 0) {
        access_end(hwfc, &frame->desc, frame->desc.nb_objects);
        return ret;
    }
    return av_frame_copy_props(dst, src);
}
