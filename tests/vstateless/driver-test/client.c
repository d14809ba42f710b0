/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A raw V4L2 stateless client
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/media.h>

#include "client.h"

uint64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

/* The node of this kind whose driver is vstateless. */
static int open_node(const char *prefix, int is_media)
{
    char path[64];

    for (int i = 0; i < 64; i++) {
        union { struct media_device_info media; struct v4l2_capability video; } info;
        int fd, ret;

        snprintf(path, sizeof(path), "/dev/%s%d", prefix, i);
        fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
            continue;
        memset(&info, 0, sizeof(info));
        ret = is_media ? ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info.media) :
                         ioctl(fd, VIDIOC_QUERYCAP, &info.video);
        if (!ret && !strcmp(is_media ? info.media.driver : (char *)info.video.driver, "vstateless"))
            return fd;
        close(fd);
    }
    fail("no /dev/%s* of the driver vstateless", prefix);
}

static void set_format(struct client *c, uint32_t type, struct v4l2_pix_format_mplane *pix)
{
    struct v4l2_format format = { .type = type, .fmt.pix_mp = *pix };

    check(!ioctl(c->video, VIDIOC_S_FMT, &format), "S_FMT: %s", strerror(errno));
    *pix = format.fmt.pix_mp;
}

void client_open(struct client *c, uint32_t fourcc, uint32_t width, uint32_t height)
{
    memset(c, 0, sizeof(*c));
    memset(c->dmabuf, -1, sizeof(c->dmabuf));
    c->video = open_node("video", 0);
    c->media = open_node("media", 1);
    c->coded = (struct v4l2_pix_format_mplane) {
        .pixelformat = fourcc,
        .width = width,
        .height = height,
        .num_planes = 1,
        .plane_fmt[0].sizeimage = 4096,
    };
    set_format(c, OUTPUT, &c->coded);
    c->picture = (struct v4l2_pix_format_mplane) { .pixelformat = V4L2_PIX_FMT_NV12 };
    set_format(c, CAPTURE, &c->picture);
}

void client_close(struct client *c)
{
    for (unsigned i = 0; i < MAX_BUFFERS; i++) {
        if (c->bitstream[i])
            munmap(c->bitstream[i], c->coded.plane_fmt[0].sizeimage);
        if (c->pixels[i])
            munmap(c->pixels[i], c->picture.plane_fmt[0].sizeimage);
        if (c->dmabuf[i] >= 0)
            close(c->dmabuf[i]);
    }
    close(c->video);
    close(c->media);
}

void client_reqbufs(struct client *c, uint32_t type, uint32_t memory, unsigned count)
{
    struct v4l2_requestbuffers req = { .count = count, .type = type, .memory = memory };

    check(!ioctl(c->video, VIDIOC_REQBUFS, &req), "REQBUFS: %s", strerror(errno));
    check(req.count == count, "REQBUFS gave %u buffers instead of %u", req.count, count);
    if (type == OUTPUT) {
        c->nb_output = count;
    } else {
        c->nb_capture = count;
        c->capture_memory = memory;
    }
}

static uint8_t *map_buffer(struct client *c, uint32_t type, unsigned index)
{
    struct v4l2_plane plane = { 0 };
    struct v4l2_buffer buf = {
        .type = type, .memory = V4L2_MEMORY_MMAP, .index = index, .m.planes = &plane, .length = 1,
    };
    void *data;

    check(!ioctl(c->video, VIDIOC_QUERYBUF, &buf), "QUERYBUF: %s", strerror(errno));
    data = mmap(NULL, plane.length, PROT_READ | PROT_WRITE, MAP_SHARED, c->video, plane.m.mem_offset);
    check(data != MAP_FAILED, "mmap of a buffer: %s", strerror(errno));
    return data;
}

void client_map(struct client *c)
{
    for (unsigned i = 0; i < c->nb_output; i++)
        c->bitstream[i] = map_buffer(c, OUTPUT, i);
    for (unsigned i = 0; i < c->nb_capture && c->capture_memory == V4L2_MEMORY_MMAP; i++)
        c->pixels[i] = map_buffer(c, CAPTURE, i);
}

int client_export(struct client *c, unsigned index)
{
    struct v4l2_exportbuffer export = { .type = CAPTURE, .index = index, .flags = O_RDWR | O_CLOEXEC };

    check(!ioctl(c->video, VIDIOC_EXPBUF, &export), "EXPBUF: %s", strerror(errno));
    return export.fd;
}

int client_stream(struct client *c, int on, uint32_t type)
{
    return ioctl(c->video, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &type) ? -errno : 0;
}

void client_start(struct client *c, unsigned nb_output, unsigned nb_capture)
{
    client_open(c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    client_reqbufs(c, OUTPUT, V4L2_MEMORY_MMAP, nb_output);
    client_reqbufs(c, CAPTURE, V4L2_MEMORY_MMAP, nb_capture);
    client_map(c);
    for (unsigned i = 0; i < nb_capture; i++)
        c->dmabuf[i] = client_export(c, i);
    check(!client_stream(c, 1, OUTPUT) && !client_stream(c, 1, CAPTURE), "STREAMON: %s", strerror(errno));
}

int request_alloc(struct client *c)
{
    int fd;

    check(!ioctl(c->media, MEDIA_IOC_REQUEST_ALLOC, &fd), "REQUEST_ALLOC: %s", strerror(errno));
    return fd;
}

int request_queue(int request)
{
    return ioctl(request, MEDIA_REQUEST_IOC_QUEUE) ? -errno : 0;
}

void request_reinit(int request)
{
    check(!ioctl(request, MEDIA_REQUEST_IOC_REINIT), "REQUEST_IOC_REINIT: %s", strerror(errno));
}

int request_wait(int request, int timeout_ms)
{
    struct pollfd p = { .fd = request, .events = POLLPRI };
    int ret = poll(&p, 1, timeout_ms);

    check(ret >= 0, "poll of a request: %s", strerror(errno));
    check(!ret || (p.revents & POLLPRI), "poll of a request: events 0x%x", p.revents);
    return ret;
}

int queue_output(struct client *c, unsigned index, int request, uint64_t timestamp_us,
                 uint32_t flags, const struct command *command)
{
    struct v4l2_plane plane = { .bytesused = sizeof(*command) };
    struct v4l2_buffer buf = {
        .type = OUTPUT, .memory = V4L2_MEMORY_MMAP, .index = index, .m.planes = &plane, .length = 1,
        .flags = flags | (request >= 0 ? V4L2_BUF_FLAG_REQUEST_FD : 0),
        .request_fd = request >= 0 ? request : 0,
        .timestamp = { .tv_sec = timestamp_us / 1000000, .tv_usec = timestamp_us % 1000000 },
    };

    memcpy(c->bitstream[index], command, sizeof(*command));
    return ioctl(c->video, VIDIOC_QBUF, &buf) ? -errno : 0;
}

int queue_capture(struct client *c, unsigned index)
{
    struct v4l2_plane plane = { .m.fd = c->capture_memory == V4L2_MEMORY_DMABUF ? c->dmabuf[index] : 0 };
    struct v4l2_buffer buf = {
        .type = CAPTURE, .memory = c->capture_memory, .index = index, .m.planes = &plane, .length = 1,
    };

    return ioctl(c->video, VIDIOC_QBUF, &buf) ? -errno : 0;
}

int dequeue(struct client *c, uint32_t type, struct v4l2_buffer *buf)
{
    static struct v4l2_plane plane;

    memset(&plane, 0, sizeof(plane));
    *buf = (struct v4l2_buffer) {
        .type = type, .memory = type == OUTPUT ? V4L2_MEMORY_MMAP : c->capture_memory,
        .m.planes = &plane, .length = 1,
    };
    return ioctl(c->video, VIDIOC_DQBUF, buf) ? -errno : 0;
}

int submit(struct client *c, unsigned index, uint64_t timestamp_us, const struct command *command)
{
    int request = request_alloc(c);
    int ret = queue_output(c, index, request, timestamp_us, 0, command);

    check(!ret, "QBUF(OUTPUT): %s", strerror(-ret));
    ret = queue_capture(c, index);
    check(!ret, "QBUF(CAPTURE): %s", strerror(-ret));
    ret = request_queue(request);
    check(!ret, "REQUEST_IOC_QUEUE: %s", strerror(-ret));
    return request;
}

uint32_t finish(struct client *c, int request)
{
    struct v4l2_buffer buf;
    uint32_t flags;
    int ret;

    check(request_wait(request, ms(10000)), "the request did not complete in %u ms", ms(10000));
    ret = dequeue(c, CAPTURE, &buf);
    check(!ret, "DQBUF(CAPTURE) of a completed request: %s", strerror(-ret));
    flags = buf.flags;
    ret = dequeue(c, OUTPUT, &buf);
    check(!ret, "DQBUF(OUTPUT) of a completed request: %s", strerror(-ret));
    check((buf.flags & V4L2_BUF_FLAG_ERROR) == (flags & V4L2_BUF_FLAG_ERROR),
          "the error flags of the OUTPUT and the CAPTURE buffer differ");
    return flags;
}

uint32_t decode(struct client *c, unsigned index, uint64_t timestamp_us, const struct command *command)
{
    int request = submit(c, index, timestamp_us, command);
    uint32_t flags = finish(c, request);

    close(request);
    return flags;
}

int set_control(int fd, int request, uint32_t id, void *value, uint32_t size)
{
    struct v4l2_ext_control control = { .id = id, .size = size, .ptr = value };
    struct v4l2_ext_controls controls = {
        .which = request >= 0 ? V4L2_CTRL_WHICH_REQUEST_VAL : V4L2_CTRL_WHICH_CUR_VAL,
        .request_fd = request >= 0 ? request : 0,
        .count = 1,
        .controls = &control,
    };

    return ioctl(fd, VIDIOC_S_EXT_CTRLS, &controls) ? -errno : 0;
}

uint8_t *map_dmabuf(int fd, size_t size)
{
    void *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    check(data != MAP_FAILED, "mmap of a dma-buf: %s", strerror(errno));
    return data;
}

static void sync_dmabuf(int fd, uint64_t flags)
{
    struct dma_buf_sync sync = { .flags = flags };

    check(!ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync), "DMA_BUF_IOCTL_SYNC: %s", strerror(errno));
}

void sync_start(int fd, uint64_t access)
{
    sync_dmabuf(fd, DMA_BUF_SYNC_START | access);
}

void sync_end(int fd, uint64_t access)
{
    sync_dmabuf(fd, DMA_BUF_SYNC_END | access);
}

uint8_t synced_pixel(struct client *c, unsigned index)
{
    size_t size = c->picture.plane_fmt[0].sizeimage;
    uint8_t *data = map_dmabuf(c->dmabuf[index], size);
    uint8_t pixel;

    sync_start(c->dmabuf[index], DMA_BUF_SYNC_READ);
    pixel = data[0];
    sync_end(c->dmabuf[index], DMA_BUF_SYNC_READ);
    munmap(data, size);
    return pixel;
}
