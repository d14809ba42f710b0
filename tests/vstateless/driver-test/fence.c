/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fences of CAPTURE buffers: when they are there, when they signal, and what
 * they say then
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/sync_file.h>

#include "test.h"

/* A job that runs until everything that it has to be seen in was looked at */
#define LONG_MS 300

static const struct command slow = { .luma = 0x5a, .chroma = 0xa5, .delay_ms = LONG_MS };

static int is_ready(int fd, int timeout_ms)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    int ret = poll(&p, 1, timeout_ms);

    check(ret >= 0 && !(p.revents & ~POLLIN), "poll: %s, events 0x%x", strerror(errno), p.revents);
    return ret;
}

static int export_fence(int dmabuf)
{
    struct dma_buf_export_sync_file export = { .flags = DMA_BUF_SYNC_READ, .fd = -1 };

    check(!ioctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &export), "EXPORT_SYNC_FILE: %s", strerror(errno));
    return export.fd;
}

/* 0: not signalled, 1: signalled, or its error; closes it. */
static int fence_status(int fd)
{
    struct sync_file_info info = { 0 };

    check(!ioctl(fd, SYNC_IOC_FILE_INFO, &info), "SYNC_IOC_FILE_INFO: %s", strerror(errno));
    close(fd);
    return info.status;
}

static void test_none(void)
{
    struct client c;
    int request;

    client_start(&c, 1, 1);
    request = submit(&c, 0, 1, &slow);
    check(is_ready(c.dmabuf[0], 0), "a fence without being asked for");
    check(fence_status(export_fence(c.dmabuf[0])) == 1, "a sync file that is not signalled");
    check(!request_wait(request, 0), "the job was done too early for this test");
    finish(&c, request);
    check(!counter("fences"), "the driver made a fence");
    close(request);
    client_close(&c);
}

/* From VIDIOC_QBUF on, before there is a job. */
static void test_queue(void)
{
    struct client c;
    int request, fence;

    set_param("fence", "queue");
    client_start(&c, 1, 1);
    check(is_ready(c.dmabuf[0], 0), "a fence on a buffer that is not queued");
    request = request_alloc(&c);
    check(!queue_output(&c, 0, request, 1, 0, &slow) && !queue_capture(&c, 0), "queueing failed");
    check(!is_ready(c.dmabuf[0], 0), "no fence on a queued buffer");
    fence = export_fence(c.dmabuf[0]);
    check(!request_queue(request), "queueing failed");

    check(!is_ready(c.dmabuf[0], 0) && !is_ready(fence, 0), "signalled while the job runs");
    check(is_ready(fence, ms(10000)) && is_ready(c.dmabuf[0], 0), "the job did not signal its fence");
    check(synced_pixel(&c, 0) == 0x5a, "signalled before the picture was complete");
    check(fence_status(fence) == 1, "a good job's fence has an error");
    finish(&c, request);
    close(request);
    client_close(&c);
}

/* As the kernel's rules want it: only a job that runs can promise to end. */
static void test_start(void)
{
    struct client c;
    int first, second, fence;

    set_param("fence", "start");
    client_start(&c, 2, 2);
    first = submit(&c, 0, 1, &slow);
    second = submit(&c, 1, 2, &slow);
    check(!is_ready(c.dmabuf[0], 0), "no fence on the running job's buffer");
    check(is_ready(c.dmabuf[1], 0), "a fence on a buffer whose job has not started");
    fence = export_fence(c.dmabuf[0]);
    finish(&c, first);
    check(fence_status(fence) == 1, "the fence did not signal before its buffer came back");
    finish(&c, second);
    check(counter("fences") == 2, "%lld fences for two jobs", counter("fences"));
    close(first);
    close(second);
    client_close(&c);
}

/* SYNC waits for the fence, and shows what is there then. */
static void test_sync(void)
{
    struct client c;
    int request;

    set_param("fence", "queue");
    client_start(&c, 1, 1);
    request = submit(&c, 0, 1, &slow);
    check(!request_wait(request, 0), "the job was done too early for this test");
    check(synced_pixel(&c, 0) == 0x5a, "SYNC did not wait for the job");
    finish(&c, request);
    close(request);
    client_close(&c);
}

static void expect_error(uint8_t action, int error)
{
    struct client c;
    int request, fence;

    set_param("fence", "queue");
    set_number("timeout_ms", ms(200));
    client_start(&c, 1, 1);
    request = submit(&c, 0, 1, &(struct command) { .action = action, .delay_ms = 20 });
    fence = export_fence(c.dmabuf[0]);
    check(is_ready(fence, ms(10000)), "a failed job did not signal its fence");
    error -= fence_status(fence);
    check(!error, "the fence's error is off by %d", error);
    finish(&c, request);
    close(request);
    client_close(&c);
}

static void test_error(void)
{
    expect_error(ACTION_FAIL, -EIO);
}

static void test_watchdog(void)
{
    expect_error(ACTION_LOSE, -ETIMEDOUT);
}

/* Nobody waits for a job that will never come. */
static void test_streamoff(void)
{
    struct client c;
    int fence;

    set_param("fence", "queue");
    client_start(&c, 1, 1);
    check(!queue_capture(&c, 0), "queueing failed");
    fence = export_fence(c.dmabuf[0]);
    check(!is_ready(fence, 0), "signalled without a job");
    check(!client_stream(&c, 0, CAPTURE), "STREAMOFF: %s", strerror(errno));
    check(is_ready(c.dmabuf[0], 0), "STREAMOFF left a fence");
    check(fence_status(fence) == -ECANCELED, "the fence does not say that it was cancelled");
    client_close(&c);
}

/* One fence for both fields, on every way that a held buffer comes back. */
static void test_held(void)
{
    struct v4l2_decoder_cmd flush = { .cmd = V4L2_DEC_CMD_FLUSH };
    struct v4l2_buffer buf;
    struct client c;
    int request, fence;

    set_param("fence", "start");
    client_start(&c, 2, 1);
    request = request_alloc(&c);
    check(!queue_output(&c, 0, request, 5, V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF,
                        &(struct command) { .luma = 1 }) &&
          !queue_capture(&c, 0) && !request_queue(request), "queueing the first field failed");
    check(request_wait(request, ms(2000)), "the first field did not complete");
    fence = export_fence(c.dmabuf[0]);
    check(!is_ready(fence, 0), "signalled while the second field is missing");
    check(!ioctl(c.video, VIDIOC_DECODER_CMD, &flush), "DECODER_CMD: %s", strerror(errno));
    check(fence_status(fence) == 1, "the flush did not signal the fence");
    check(counter("fences") == 1, "%lld fences for one picture", counter("fences"));
    check(!dequeue(&c, CAPTURE, &buf) && !dequeue(&c, OUTPUT, &buf), "the buffers did not come back");
    close(request);
    client_close(&c);
}

/* The importer's fences; the job's own one must not keep it from its end. */
static void test_import(void)
{
    struct client a, b;
    int request;

    set_param("fence", "queue");
    client_start(&a, 1, 1);
    client_open(&b, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    client_reqbufs(&b, OUTPUT, V4L2_MEMORY_MMAP, 1);
    client_reqbufs(&b, CAPTURE, V4L2_MEMORY_DMABUF, 1);
    client_map(&b);
    b.dmabuf[0] = dup(a.dmabuf[0]);
    check(!client_stream(&b, 1, OUTPUT) && !client_stream(&b, 1, CAPTURE), "STREAMON: %s", strerror(errno));
    request = submit(&b, 0, 1, &slow);
    check(!is_ready(a.dmabuf[0], 0), "no fence on the imported buffer");
    check(synced_pixel(&a, 0) == 0x5a, "SYNC of the exporter did not wait for the importer's job");
    finish(&b, request);
    close(request);
    client_close(&b);
    client_close(&a);
}

/* A sync file of a device that is closed still tells what became of the job. */
static void test_outlives(void)
{
    struct client c;
    int fence;

    set_param("fence", "queue");
    client_start(&c, 1, 1);
    check(!queue_capture(&c, 0), "queueing failed");
    fence = export_fence(c.dmabuf[0]);
    client_close(&c);
    check(is_ready(fence, ms(2000)), "the close did not signal the fence");
    check(counter("fences_live") == 1, "%lld fences live", counter("fences_live"));
    check(fence_status(fence) == -ECANCELED, "the fence does not say that it was cancelled");
}

const struct test fence_tests[] = {
    { "fence-none", test_none },
    { "fence-queue", test_queue },
    { "fence-start", test_start },
    { "fence-sync-waits", test_sync },
    { "fence-error", test_error },
    { "fence-watchdog", test_watchdog },
    { "fence-streamoff", test_streamoff },
    { "fence-held", test_held },
    { "fence-import", test_import },
    { "fence-outlives", test_outlives },
    { 0 }
};
