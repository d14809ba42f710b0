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
 * Buffers of both queues: bitstream goes into mapped OUTPUT buffers, pictures
 * come in CAPTURE buffers that are exported as dma-bufs.
 */

#define _GNU_SOURCE /* O_CLOEXEC */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/videodev2.h>

#include "libavutil/buffer.h"
#include "libavutil/error.h"
#include "libavutil/log.h"
#include "libavutil/mem.h"

#include "v4l2_request_internal.h"

/**
 * Add one buffer to a queue.
 *
 * @return its index, or AVERROR code
 */
static int create_buffer(const V4L2RequestSession *s, const struct v4l2_format *format)
{
    struct v4l2_create_buffers create = {
        .count  = 1,
        .memory = V4L2_MEMORY_MMAP,
        .format = *format,
        .flags  = s->cached && !V4L2_TYPE_IS_OUTPUT(format->type) ? V4L2_MEMORY_FLAG_NON_COHERENT : 0,
    };
    int ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_CREATE_BUFS, &create);

    if (ret < 0)
        return ret;
    return create.count ? create.index : AVERROR(ENOMEM);
}

/** Give a buffer's memory back, where the kernel can do that (6.10 and later). */
static void remove_buffer(const V4L2RequestSession *s, uint32_t type, uint32_t index)
{
#ifdef VIDIOC_REMOVE_BUFS
    struct v4l2_remove_buffers remove = { .index = index, .count = 1, .type = type };

    avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_REMOVE_BUFS, &remove);
#endif
}

static int map_output(const V4L2RequestSession *s, V4L2RequestSlot *slot)
{
    struct v4l2_plane planes[VIDEO_MAX_PLANES] = { 0 };
    struct v4l2_buffer buffer = {
        .index  = slot->index,
        .type   = s->output.type,
        .memory = V4L2_MEMORY_MMAP,
    };
    int mplane = V4L2_TYPE_IS_MULTIPLANAR(s->output.type);
    void *data;
    int ret;

    if (mplane) {
        buffer.m.planes = planes;
        buffer.length   = FF_ARRAY_ELEMS(planes);
    }
    ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_QUERYBUF, &buffer);
    if (ret < 0)
        return ret;

    slot->size = mplane ? planes[0].length : buffer.length;
    data = mmap(NULL, slot->size, PROT_READ | PROT_WRITE, MAP_SHARED, s->video_fd,
                mplane ? planes[0].m.mem_offset : buffer.m.offset);
    if (data == MAP_FAILED)
        return AVERROR(errno);

    slot->data = data;
    return 0;
}

int ff_v4l2_request_output_alloc(V4L2RequestSession *s, V4L2RequestSlot *slot,
                                 uint32_t size)
{
    struct v4l2_format format = s->output;
    int ret;

    size = FFMAX(size, s->output_size);
    if (V4L2_TYPE_IS_MULTIPLANAR(format.type))
        format.fmt.pix_mp.plane_fmt[0].sizeimage = size;
    else
        format.fmt.pix.sizeimage = size;

    slot->data = NULL;
    ret = create_buffer(s, &format);
    if (ret < 0)
        goto fail;
    slot->index = ret;

    ret = map_output(s, slot);
    if (ret >= 0 && slot->size < size) {
        ff_v4l2_request_output_free(slot);
        ret = AVERROR(ENOMEM);
    }
    if (ret < 0) {
        remove_buffer(s, s->output.type, slot->index);
        goto fail;
    }

    s->output_size = size;
    return 0;

fail:
    av_log(s, AV_LOG_ERROR, "Failed to get an OUTPUT buffer of %u bytes: %s\n",
           size, av_err2str(ret));
    return ret;
}

void ff_v4l2_request_output_free(V4L2RequestSlot *slot)
{
    if (slot->data)
        munmap(slot->data, slot->size);
    slot->data = NULL;
}

int ff_v4l2_request_output_grow(V4L2RequestSession *s, V4L2RequestSlot *slot, size_t size)
{
    V4L2RequestSlot old = *slot;
    int ret;

    if (size > INT32_MAX) {
        av_log(s, AV_LOG_ERROR, "A picture of %zu bytes is too large.\n", size);
        return AVERROR(ENOMEM);
    }

    ret = ff_v4l2_request_output_alloc(s, slot, FFMIN(FFMAX(size, 2LL * old.size), INT32_MAX));
    if (ret < 0) {
        slot->index = old.index;
        slot->data  = old.data;
        slot->size  = old.size;
        return ret;
    }

    memcpy(slot->data, old.data, slot->used);
    ff_v4l2_request_output_free(&old);
    remove_buffer(s, s->output.type, old.index);
    return 0;
}

static int export_buffer(const V4L2RequestSession *s, V4L2RequestBuffer *buffer)
{
    for (int i = 0; i < buffer->frame.desc.nb_objects; i++) {
        struct v4l2_exportbuffer export = {
            .type  = s->capture.type,
            .index = buffer->index,
            .plane = i,
            .flags = O_RDONLY | O_CLOEXEC,
        };
        int ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_EXPBUF, &export);

        if (ret < 0)
            return ret;
        buffer->frame.desc.objects[i].fd = export.fd;
    }
    return 0;
}

static void buffer_free(void *opaque, uint8_t *data)
{
    V4L2RequestBuffer *buffer = (V4L2RequestBuffer *)data;
    V4L2RequestSession *s = buffer->session;

    if (s) {
        ff_mutex_lock(&s->lock);
        s->buffers[buffer->index] = NULL;
        ff_mutex_unlock(&s->lock);
        /* The session may go on with frames of another size. */
        remove_buffer(s, s->capture.type, buffer->index);
    }
    avpriv_v4l2request_unmap(&buffer->frame);
    for (int i = 0; i < buffer->frame.desc.nb_objects; i++) {
        if (buffer->frame.desc.objects[i].fd >= 0)
            close(buffer->frame.desc.objects[i].fd);
    }
    av_free(buffer);
}

/** Called by the pool, under its lock, when no buffer is free. */
static AVBufferRef *buffer_alloc(void *opaque, size_t size)
{
    V4L2RequestSession *s = opaque;
    V4L2RequestBuffer *buffer = av_mallocz(sizeof(*buffer));
    AVBufferRef *ref = NULL;
    int ret;

    if (!buffer)
        return NULL;

    avpriv_v4l2request_describe(&buffer->frame, s->format, &s->capture);
    buffer->frame.finish = s->wait_access ? ff_v4l2_request_finish : NULL;
    ret = create_buffer(s, &s->capture);
    if (ret < 0)
        goto fail;

    buffer->index = ret;
    ret = buffer->index < V4L2_REQUEST_MAX_BUFFERS ? export_buffer(s, buffer)
                                                   : AVERROR(ENOMEM);
    if (ret >= 0)
        ref = av_buffer_create((uint8_t *)buffer, sizeof(*buffer), buffer_free, NULL, 0);
    if (!ref) {
        remove_buffer(s, s->capture.type, buffer->index);
        goto fail;
    }

    buffer->session = s;
    ff_mutex_lock(&s->lock);
    s->buffers[buffer->index] = buffer;
    ff_mutex_unlock(&s->lock);
    av_log(s, AV_LOG_DEBUG, "CAPTURE buffer %u is dma-buf %d.\n",
           buffer->index, buffer->frame.desc.objects[0].fd);
    return ref;

fail:
    /* Not an error as long as other buffers come back. */
    av_log(s, AV_LOG_VERBOSE, "No further CAPTURE buffer: %s\n",
           av_err2str(ret < 0 ? ret : AVERROR(ENOMEM)));
    buffer_free(NULL, (uint8_t *)buffer);
    return NULL;
}

static void pool_free(void *opaque)
{
    V4L2RequestSession *s = opaque;

    v4l2_refstruct_unref(&s);
}

AVBufferPool *ff_v4l2_request_buffer_pool(V4L2RequestSession *s)
{
    V4L2RequestSession *ref = v4l2_refstruct_ref(s);
    AVBufferPool *pool = av_buffer_pool_init2(sizeof(V4L2RequestBuffer), ref,
                                              buffer_alloc, pool_free);

    if (!pool)
        v4l2_refstruct_unref(&ref);
    return pool;
}

V4L2RequestBuffer *ff_v4l2_request_buffer(const V4L2RequestSession *s, const AVFrame *frame)
{
    V4L2RequestBuffer *buffer;

    if (!frame || !frame->buf[0] || frame->format != AV_PIX_FMT_DRM_PRIME ||
        frame->buf[0]->size != sizeof(*buffer))
        return NULL;

    buffer = (V4L2RequestBuffer *)frame->buf[0]->data;
    return buffer->session == s ? buffer : NULL;
}
