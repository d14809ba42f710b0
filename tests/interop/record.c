/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded library: record what a client hands to a stateless decoder.
 *
 *   RECORD=FILE        append to it
 *   RECORD_MODE=frame  the device seems to have one mode for H.264 and HEVC: whole
 *                      frames with start codes, or (slice) slices without
 *
 * A record is written when a request is queued, from then on the client must not
 * change anything; controls that are set outside of requests have one, too:
 *
 *   char magic[4]      "VIR1"
 *   u32  nb_controls
 *   u64  timestamp     of the OUTPUT buffer, microseconds
 *   u32  size          of the bitstream; ~0: no request
 *   { u32 id, size; u8 payload[size] }[nb_controls]
 *   u8   bitstream[size]
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/media.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_CONTROLS 16
#define MAX_REQUESTS 64
#define NO_REQUEST UINT32_MAX

struct control {
    uint32_t id;
    uint32_t size;
    void *payload;
};

struct request {
    int fd;
    int video_fd;
    int has_buffer;
    struct v4l2_buffer buffer;
    struct v4l2_plane plane;
    unsigned nb_controls;
    struct control controls[MAX_CONTROLS];
};

static const struct {
    uint32_t id;
    int frame, slice;
} menus[] = {
    { V4L2_CID_STATELESS_H264_DECODE_MODE, V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED,
      V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED },
    { V4L2_CID_STATELESS_H264_START_CODE, V4L2_STATELESS_H264_START_CODE_ANNEX_B,
      V4L2_STATELESS_H264_START_CODE_NONE },
    { V4L2_CID_STATELESS_HEVC_DECODE_MODE, V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED,
      V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED },
    { V4L2_CID_STATELESS_HEVC_START_CODE, V4L2_STATELESS_HEVC_START_CODE_ANNEX_B,
      V4L2_STATELESS_HEVC_START_CODE_NONE },
};
#define NB_MENUS (sizeof(menus) / sizeof(*menus))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct request requests[MAX_REQUESTS];

/* A test must not go on with half a recording. */
static void give_up(const char *why)
{
    fprintf(stderr, "record shim: %s\n", why);
    abort();
}

static int next_ioctl(int fd, unsigned long number, void *arg)
{
    int (*next)(int, unsigned long, void *) = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");

    return next(fd, number, arg);
}

static struct request *find_request(int fd)
{
    struct request *unused = NULL;

    for (unsigned i = 0; i < MAX_REQUESTS; i++) {
        if (requests[i].fd == fd + 1)
            return &requests[i];
        if (!requests[i].fd && !unused)
            unused = &requests[i];
    }
    if (!unused)
        give_up("too many requests");
    unused->fd = fd + 1;
    return unused;
}

static void clear(struct request *request)
{
    for (unsigned i = 0; i < request->nb_controls; i++)
        free(request->controls[i].payload);
    memset(request, 0, sizeof(*request));
}

static void set_control(struct request *request, const struct v4l2_ext_control *control)
{
    struct control *copy = request->controls;
    const void *payload = control->size ? control->ptr : (const void *)&control->value;
    uint32_t size = control->size ? control->size : sizeof(control->value);

    while (copy < request->controls + request->nb_controls && copy->id != control->id)
        copy++;
    if (copy == request->controls + MAX_CONTROLS)
        give_up("too many controls");
    if (copy == request->controls + request->nb_controls)
        request->nb_controls++;
    free(copy->payload);
    *copy = (struct control) { control->id, size, malloc(size) };
    if (!copy->payload)
        give_up("no memory");
    memcpy(copy->payload, payload, size);
}

static void write_record(const struct request *request, const uint8_t *bitstream, uint32_t size)
{
    uint64_t timestamp = request->buffer.timestamp.tv_sec * UINT64_C(1000000) +
                         request->buffer.timestamp.tv_usec;
    FILE *file = fopen(getenv("RECORD"), "ab");

    if (!file)
        give_up("cannot write");
    fwrite("VIR1", 4, 1, file);
    fwrite(&request->nb_controls, sizeof(uint32_t), 1, file);
    fwrite(&timestamp, sizeof(timestamp), 1, file);
    fwrite(&size, sizeof(size), 1, file);
    for (unsigned i = 0; i < request->nb_controls; i++) {
        fwrite(&request->controls[i].id, sizeof(uint32_t), 2, file);
        fwrite(request->controls[i].payload, request->controls[i].size, 1, file);
    }
    if (bitstream)
        fwrite(bitstream, size, 1, file);
    if (ferror(file) | fclose(file))
        give_up("cannot write");
}

/* By a mapping of our own, as clients differ in how they reach their buffers; and
 * by a dma-buf, as GStreamer opens the device for reading only. */
static void write_request(const struct request *request)
{
    struct v4l2_exportbuffer export = {
        .type = request->buffer.type, .index = request->buffer.index, .flags = O_RDONLY | O_CLOEXEC,
    };
    uint32_t end = request->plane.bytesused, start = request->plane.data_offset;
    uint8_t *data;

    if (!request->has_buffer)
        give_up("a request without an OUTPUT buffer");
    if (next_ioctl(request->video_fd, VIDIOC_EXPBUF, &export) < 0)
        give_up("cannot export an OUTPUT buffer");
    data = mmap(NULL, end, PROT_READ, MAP_SHARED, export.fd, 0);
    if (data == MAP_FAILED)
        give_up("cannot map an OUTPUT buffer");
    write_record(request, data + start, end - start);
    munmap(data, end);
    close(export.fd);
}

static void add_controls(const struct v4l2_ext_controls *set)
{
    struct request global = { 0 };
    int in_request = set->which == V4L2_CTRL_WHICH_REQUEST_VAL;
    struct request *request = in_request ? find_request(set->request_fd) : &global;

    for (unsigned i = 0; i < set->count; i++)
        set_control(request, &set->controls[i]);
    if (!in_request) {
        write_record(request, NULL, NO_REQUEST);
        clear(request);
    }
}

static void add_buffer(int fd, const struct v4l2_buffer *buffer)
{
    struct request *request;

    if (!V4L2_TYPE_IS_OUTPUT(buffer->type) || !(buffer->flags & V4L2_BUF_FLAG_REQUEST_FD))
        return;
    if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type) || buffer->memory != V4L2_MEMORY_MMAP)
        give_up("OUTPUT buffers of another kind");
    request = find_request(buffer->request_fd);
    request->video_fd   = fd;
    request->buffer     = *buffer;
    request->plane      = buffer->m.planes[0];
    request->has_buffer = 1;
}

/* The mode that the device shall have, or -1. */
static int forced_mode(uint32_t id)
{
    const char *mode = getenv("RECORD_MODE");

    for (unsigned i = 0; mode && i < NB_MENUS; i++) {
        if (menus[i].id == id)
            return strcmp(mode, "slice") ? menus[i].frame : menus[i].slice;
    }
    return -1;
}

/* GStreamer takes the mode that the device is in. */
static void force_modes(int fd, const struct v4l2_ext_controls *get)
{
    for (unsigned i = 0; i < get->count; i++) {
        struct v4l2_ext_control control = { .id = get->controls[i].id };
        struct v4l2_ext_controls set = { .count = 1, .controls = &control };

        control.value = forced_mode(control.id);
        if (control.value >= 0 && next_ioctl(fd, VIDIOC_S_EXT_CTRLS, &set) < 0)
            give_up("the device does not have this mode");
    }
}

static int is_hidden(const struct v4l2_querymenu *menu)
{
    int mode = forced_mode(menu->id);

    return mode >= 0 && menu->index != (uint32_t)mode;
}

static void record(int fd, unsigned long number, void *arg)
{
    if (number == VIDIOC_S_EXT_CTRLS)
        add_controls(arg);
    if (number == VIDIOC_QBUF)
        add_buffer(fd, arg);
    if (number == MEDIA_REQUEST_IOC_REINIT)
        clear(find_request(fd));
    if (number == MEDIA_REQUEST_IOC_QUEUE) {
        write_request(find_request(fd));
        clear(find_request(fd));
    }
}

int ioctl(int fd, unsigned long number, ...)
{
    va_list args;
    void *arg;
    int ret;

    va_start(args, number);
    arg = va_arg(args, void *);
    va_end(args);
    if (!getenv("RECORD"))
        return next_ioctl(fd, number, arg);
    if (number == VIDIOC_QUERYMENU && is_hidden(arg)) {
        errno = EINVAL;
        return -1;
    }
    if (number == VIDIOC_G_EXT_CTRLS)
        force_modes(fd, arg);
    /* Before the call: what it takes away, other threads may use again. */
    pthread_mutex_lock(&lock);
    record(fd, number, arg);
    pthread_mutex_unlock(&lock);
    ret = next_ioctl(fd, number, arg);
    if (ret < 0 && (number == VIDIOC_S_EXT_CTRLS || number == MEDIA_REQUEST_IOC_QUEUE))
        give_up("the device refused what is in the recording");
    return ret;
}
