/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Queues and requests: what may be queued, created, removed, interrupted
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "test.h"

/* Newer than the headers of Debian 12. */
#ifndef VIDIOC_REMOVE_BUFS
struct v4l2_remove_buffers {
    uint32_t index;
    uint32_t count;
    uint32_t type;
    uint32_t reserved[13];
};
#define VIDIOC_REMOVE_BUFS _IOWR('V', 104, struct v4l2_remove_buffers)
#endif

static const struct command fill_5a = { .luma = 0x5a, .chroma = 0xa5 };

static void test_requires_requests(void)
{
    struct client c;
    int request;

    client_start(&c, 2, 1);
    check(queue_output(&c, 0, -1, 1, 0, &fill_5a) == -EBADR,
          "an OUTPUT buffer without a request was accepted");
    request = request_alloc(&c);
    check(request_queue(request) == -ENOENT, "an empty request was accepted");
    check(!queue_output(&c, 0, request, 1, 0, &fill_5a) && !queue_output(&c, 1, request, 2, 0, &fill_5a),
          "QBUF failed");
    check(request_queue(request) == -EINVAL, "a request with two buffers was accepted");
    request_reinit(request);
    close(request);
    client_close(&c);
}

static void test_optional_requests(void)
{
    struct v4l2_buffer buf;
    struct client c;
    int ret = -EAGAIN;

    set_param("requires_requests", "0");
    client_start(&c, 1, 1);
    check(!queue_output(&c, 0, -1, 1, 0, &fill_5a) && !queue_capture(&c, 0), "QBUF failed");
    for (int tries = 0; tries < (int)ms(400) && ret == -EAGAIN; tries++) {
        usleep(5000);
        ret = dequeue(&c, CAPTURE, &buf);
    }
    check(!ret && synced_pixel(&c, 0) == 0x5a, "a job without a request failed");
    client_close(&c);
}

static void test_capture_request(void)
{
    struct v4l2_plane plane = { 0 };
    struct v4l2_buffer buf = {
        .type = CAPTURE, .memory = V4L2_MEMORY_MMAP, .m.planes = &plane, .length = 1,
        .flags = V4L2_BUF_FLAG_REQUEST_FD,
    };
    struct client c;

    client_start(&c, 1, 1);
    buf.request_fd = request_alloc(&c);
    check(ioctl(c.video, VIDIOC_QBUF, &buf) && errno == EPERM, "a CAPTURE buffer went into a request");
    close(buf.request_fd);
    client_close(&c);
}

static void test_create_bufs(void)
{
    struct v4l2_remove_buffers remove = { .index = 1, .count = 1, .type = CAPTURE };
    struct v4l2_create_buffers create = { .count = 2, .memory = V4L2_MEMORY_MMAP };
    struct client c;

    client_start(&c, 1, 1);
    create.format.type = CAPTURE;
    create.format.fmt.pix_mp = c.picture;
    create.format.fmt.pix_mp.plane_fmt[0].sizeimage += 100000;
    check(!ioctl(c.video, VIDIOC_CREATE_BUFS, &create), "CREATE_BUFS: %s", strerror(errno));
    check(create.index == 1 && create.count == 2,
          "CREATE_BUFS gave %u buffers from %u", create.count, create.index);
    c.dmabuf[2] = client_export(&c, 2);
    check(lseek(c.dmabuf[2], 0, SEEK_END) > (off_t)c.picture.plane_fmt[0].sizeimage + 100000 - 4096,
          "the larger buffer is not larger");

    check(!queue_capture(&c, 2), "QBUF of a created buffer failed");
    remove.index = 2;
    check(ioctl(c.video, VIDIOC_REMOVE_BUFS, &remove) && errno == EBUSY, "a queued buffer was removed");
    int request = request_alloc(&c);
    check(!queue_output(&c, 0, request, 1, 0, &fill_5a) && !request_queue(request), "queueing failed");
    finish(&c, request);
    check(synced_pixel(&c, 2) == 0x5a, "the created buffer has no picture");
    remove.index = 1;
    check(!ioctl(c.video, VIDIOC_REMOVE_BUFS, &remove), "REMOVE_BUFS: %s", strerror(errno));
    decode(&c, 0, 2, &fill_5a); /* the table has a hole now */

    create.format.fmt.pix_mp.plane_fmt[0].sizeimage = 4096;
    create.count = 1;
    check(ioctl(c.video, VIDIOC_CREATE_BUFS, &create) && errno == EINVAL,
          "a buffer that is too small was created");
    close(request);
    client_close(&c);
}

static void test_max_buffers(void)
{
    struct v4l2_requestbuffers req = { .count = 40, .type = CAPTURE, .memory = V4L2_MEMORY_MMAP };
    struct client c;

    set_param("max_buffers", "7");
    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    check(!ioctl(c.video, VIDIOC_REQBUFS, &req) && req.count == 7, "REQBUFS gave %u buffers", req.count);
    client_close(&c);
    set_param("max_buffers", "1000");
    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    req.count = 1000;
    check(!ioctl(c.video, VIDIOC_REQBUFS, &req) && req.count == 64, "REQBUFS gave %u buffers", req.count);
    client_close(&c);
}

/* A reference outlives the OUTPUT buffer that brought its bytes; ENOMEM does not leak. */
static void test_large(void)
{
    struct client c;

    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 4096, 4096);
    client_reqbufs(&c, OUTPUT, V4L2_MEMORY_MMAP, 1);
    client_reqbufs(&c, CAPTURE, V4L2_MEMORY_MMAP, 2);
    client_map(&c);
    c.dmabuf[0] = client_export(&c, 0);
    check(!client_stream(&c, 1, OUTPUT) && !client_stream(&c, 1, CAPTURE), "STREAMON failed");
    decode(&c, 0, 1, &fill_5a);
    check(synced_pixel(&c, 0) == 0x5a, "wrong picture");
    client_close(&c);
}

static void nothing(int signal)
{
    (void)signal;
}

/* A signal interrupts a blocking wait; the job and the buffer are not lost. */
static void test_eintr(void)
{
    struct sigaction action = { .sa_handler = nothing };
    struct itimerval timer = { .it_value = { ms(50) / 1000, ms(50) % 1000 * 1000 } };
    struct v4l2_buffer buf;
    struct client c;
    int request;

    sigaction(SIGALRM, &action, NULL);
    client_start(&c, 1, 1);
    fcntl(c.video, F_SETFL, 0);
    request = submit(&c, 0, 1, &(struct command) { .luma = 0x5a, .delay_ms = ms(300) });
    check(!setitimer(ITIMER_REAL, &timer, NULL), "no timer");
    check(dequeue(&c, CAPTURE, &buf) == -EINTR, "DQBUF was not interrupted");
    check(!dequeue(&c, CAPTURE, &buf) && !(buf.flags & V4L2_BUF_FLAG_ERROR), "the job was lost");
    check(synced_pixel(&c, 0) == 0x5a, "the picture was lost");
    close(request);
    client_close(&c);
}

/* A request that is open alone: the driver may not go away below it. */
static void test_request_outlives(void)
{
    struct client c;
    int request;

    client_start(&c, 1, 1);
    request = request_alloc(&c);
    check(counter("requests_live") == 1, "requests_live is %lld", counter("requests_live"));
    client_close(&c);
    check(counter("ctx_live") == 0 && counter("requests_live") == 1, "the request went with the device file");
    check(syscall(SYS_delete_module, "vstateless", O_NONBLOCK) < 0 && (errno == EAGAIN || errno == EBUSY),
          "the module can be unloaded below an open request");
    close(request);
}

static void test_unload_refused(void)
{
    struct client c;
    int fd;

    client_start(&c, 1, 1);
    fd = dup(c.dmabuf[0]);
    client_close(&c);
    check(counter("dmabuf_live") == 1, "dmabuf_live is %lld", counter("dmabuf_live"));
    check(syscall(SYS_delete_module, "vstateless", O_NONBLOCK) < 0 && (errno == EAGAIN || errno == EBUSY),
          "the module can be unloaded below a dma-buf");
    close(fd);
}

const struct test queue_tests[] = {
    { "queue-requires-requests", test_requires_requests },
    { "queue-optional-requests", test_optional_requests },
    { "queue-capture-request", test_capture_request },
    { "queue-create-bufs", test_create_bufs },
    { "queue-max-buffers", test_max_buffers },
    { "queue-large", test_large },
    { "queue-eintr", test_eintr },
    { "queue-request-outlives", test_request_outlives, 1 },
    { "queue-unload-refused", test_unload_refused, 1 },
    { 0 }
};
