/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Jobs: time, order, references, controls, HOLD, several contexts
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/media.h>

#include "test.h"
#include "vstateless.h"

/* Completion is the device's business: the queueing ioctl does not wait. */
static void test_asynchronous(void)
{
    struct client c;
    unsigned time = ms(60);
    uint64_t start, queued, end;
    int request[4];

    set_number("hwtime_us", time * 1000);
    client_start(&c, 4, 4);
    decode(&c, 0, 100, &(struct command) { 0 }); /* the worker is there now */
    start = now_ms();
    for (int i = 0; i < 4; i++)
        request[i] = submit(&c, i, i + 1, &(struct command) { .luma = i });
    queued = now_ms() - start;
    check(queued < time, "queueing four jobs took %d ms", (int)queued);
    check(!request_wait(request[0], 10), "a job completed before hwtime_us");
    for (int i = 0; i < 4; i++) {
        finish(&c, request[i]);
        end = now_ms() - start;
        check(end >= time * (i + 1) - 1, "job %d completed after %d ms", i, (int)end);
        check(synced_pixel(&c, i) == i, "job %d has the wrong picture", i);
        close(request[i]);
    }
    check(end < 10 * time, "four jobs of %u ms took %d ms", time, (int)end);
    check(counter("busy_us") >= 5 * 1000 * (long long)time, "busy_us is too small");
    client_close(&c);
}

/* hwtime_us runs while the model works. */
static void test_overlap(void)
{
    struct client c;
    uint64_t start;

    set_number("hwtime_us", ms(150) * 1000);
    client_start(&c, 1, 1);
    start = now_ms();
    decode(&c, 0, 1, &(struct command) { .delay_ms = ms(100) });
    check(now_ms() - start >= ms(150) - 1 && now_ms() - start < ms(245),
          "model and hardware time do not overlap: %d ms",
          (int)(now_ms() - start));
    client_close(&c);
}

static void test_null(void)
{
    struct client c;

    set_param("null", "1");
    client_start(&c, 1, 1);
    for (int i = 1; i <= 20; i++)
        check(!(decode(&c, 0, i, &(struct command) { 0 }) & V4L2_BUF_FLAG_ERROR), "a job failed");
    check(counter("done_ok") == 20, "done_ok is %lld", counter("done_ok"));
    client_close(&c);
}

/* One job waits to be resumed, before the model gets it; it can be cancelled. */
static void test_stall(void)
{
    struct client c;
    int request[2];

    set_param("stall", "2");
    client_start(&c, 2, 2);
    for (int i = 0; i < 2; i++)
        request[i] = submit(&c, i, i + 1, &(struct command) { .luma = 0x30 + i });
    finish(&c, request[0]);
    check(!request_wait(request[1], 100), "a stalled job completed");
    check(counter("jobs") == 2, "the job is not stalled, it was not started");
    resume_job();
    finish(&c, request[1]);
    check(synced_pixel(&c, 1) == 0x31, "the resumed job has the wrong picture");
    close(request[0]);
    close(request[1]);

    reset_counters();
    resume_job();
    for (int i = 0; i < 3; i++)
        decode(&c, 0, 3 + i, &(struct command) { 0 });

    reset_counters();
    set_param("stall", "1");
    request[0] = submit(&c, 0, 6, &(struct command) { 0 });
    check(!request_wait(request[0], 20), "no job stalls after a reset");
    check(!client_stream(&c, 0, OUTPUT) && !client_stream(&c, 0, CAPTURE), "STREAMOFF failed");
    check(request_wait(request[0], ms(1000)), "STREAMOFF did not end the stalled job");
    close(request[0]);
    client_close(&c);
}

/* A job that never gets to the model stalls, too. */
static void test_stall_error(void)
{
    struct client c;
    int request;

    set_param("stall", "1");
    set_param("inject_error", "1");
    client_start(&c, 1, 1);
    request = submit(&c, 0, 1, &(struct command) { 0 });
    check(!request_wait(request, 20), "a stalled job failed");
    resume_job();
    check(finish(&c, request) & V4L2_BUF_FLAG_ERROR, "the resumed job has no error");
    close(request);
    client_close(&c);
}

static void test_reference(void)
{
    struct client c;
    struct command command = { .action = ACTION_REFERENCE, .luma = 1, .reference = 7000 };

    client_start(&c, 3, 3);
    decode(&c, 0, 7, &(struct command) { .luma = 0x10 });
    decode(&c, 1, 8, &command);
    check(synced_pixel(&c, 1) == 0x11, "the reference was not found");

    /* Queued for reuse, but not written yet: still a reference. */
    check(!queue_capture(&c, 0), "QBUF(CAPTURE) failed");
    command.reference = 8000;
    decode(&c, 2, 9, &command);
    check(synced_pixel(&c, 0) == 0x12, "the oldest queued buffer was not taken");

    command.reference = 9000;
    check(!client_stream(&c, 0, CAPTURE) && !client_stream(&c, 1, CAPTURE), "restart failed");
    check(decode(&c, 1, 10, &command) & V4L2_BUF_FLAG_ERROR, "STREAMOFF kept a timestamp");
    client_close(&c);
}

static void test_controls(void)
{
    struct v4l2_ctrl_h264_sps sps = { .level_idc = 0x2a, .chroma_format_idc = 1 };
    struct command command = {
        .action = ACTION_CONTROL, .control = V4L2_CID_STATELESS_H264_SPS,
        .offset = offsetof(struct v4l2_ctrl_h264_sps, level_idc),
    };
    struct client c;
    int request;

    client_start(&c, 1, 1);
    request = request_alloc(&c);
    check(!set_control(c.video, request, V4L2_CID_STATELESS_H264_SPS, &sps, sizeof(sps)),
          "S_EXT_CTRLS failed");
    check(!queue_output(&c, 0, request, 1, 0, &command) && !queue_capture(&c, 0) &&
          !request_queue(request), "queueing failed");
    check(set_control(c.video, request, V4L2_CID_STATELESS_H264_SPS, &sps, sizeof(sps)) == -EBUSY,
          "a queued request took a control");
    finish(&c, request);
    check(synced_pixel(&c, 0) == 0x2a, "the model got another SPS");

    request_reinit(request);
    check(!queue_output(&c, 0, request, 2, 0, &command) && !queue_capture(&c, 0) &&
          !request_queue(request), "queueing again failed");
    finish(&c, request);
    check(synced_pixel(&c, 0) == 0xee, "a control of an earlier request is marked as part of this one");
    close(request);
    client_close(&c);
}

/* Two fields in one buffer: it comes back with the second one. */
static void test_hold(void)
{
    struct client c;
    struct v4l2_buffer buf;
    int first, second;

    client_start(&c, 2, 2);
    first = request_alloc(&c);
    second = request_alloc(&c);
    check(!queue_output(&c, 0, first, 5, V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF,
                        &(struct command) { .luma = 1, .lines = LINES_TOP }) &&
          !queue_capture(&c, 0) && !request_queue(first), "queueing the first field failed");
    check(request_wait(first, ms(2000)), "the first field did not complete");
    check(!dequeue(&c, OUTPUT, &buf), "the first field's OUTPUT buffer did not come back");
    check(dequeue(&c, CAPTURE, &buf) == -EAGAIN, "the held buffer came back");

    check(!queue_output(&c, 1, second, 5, 0, &(struct command) { .luma = 2, .lines = LINES_BOTTOM }) &&
          !request_queue(second), "queueing the second field failed");
    finish(&c, second);
    check(synced_pixel(&c, 0) == 1, "the second field's job destroyed the first field");
    check(c.pixels[0][c.picture.plane_fmt[0].bytesperline] == 2, "the second field is missing");
    close(first);
    close(second);
    client_close(&c);
}

static void test_hold_flags(void)
{
    struct v4l2_decoder_cmd flush = { .cmd = V4L2_DEC_CMD_FLUSH };
    struct command command = { .action = ACTION_FLAGS };
    struct client c;
    struct v4l2_buffer buf;
    int request;

    client_start(&c, 1, 1);
    request = request_alloc(&c);
    check(!queue_output(&c, 0, request, 5, V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF, &command) &&
          !queue_capture(&c, 0) && !request_queue(request), "queueing failed");
    check(request_wait(request, ms(2000)) && !dequeue(&c, OUTPUT, &buf), "the job did not complete");
    check(!ioctl(c.video, VIDIOC_DECODER_CMD, &flush), "DECODER_CMD: %s", strerror(errno));
    check(!dequeue(&c, CAPTURE, &buf), "FLUSH did not return the held buffer");
    check(synced_pixel(&c, 0) == (VSTATELESS_JOB_NEW_FRAME | VSTATELESS_JOB_HOLD), "flags of the first job");

    request_reinit(request);
    check(!queue_output(&c, 0, request, 5, 0, &command) && !queue_capture(&c, 0) &&
          !request_queue(request), "queueing again failed");
    finish(&c, request);
    check(synced_pixel(&c, 0) == 0, "the same timestamp in the same buffer is no new frame");
    close(request);
    client_close(&c);
}

static void test_no_hold(void)
{
    struct v4l2_requestbuffers req = { .type = OUTPUT, .memory = V4L2_MEMORY_MMAP };
    struct client c;

    set_param("hold", "0");
    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    check(!ioctl(c.video, VIDIOC_REQBUFS, &req), "REQBUFS: %s", strerror(errno));
    check(!(req.capabilities & V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF), "HOLD is offered with hold=0");
    client_close(&c);
}

static void decode_many(int id)
{
    struct client c;

    client_start(&c, 2, 4);
    for (int i = 0; i < 25; i++) {
        decode(&c, i % 2, 1 + i, &(struct command) { .luma = id * 32 + i });
        check(synced_pixel(&c, i % 2) == id * 32 + i, "context %d has the wrong picture %d", id, i);
    }
    client_close(&c);
    _exit(0);
}

static void test_contexts(void)
{
    int status;

    for (int i = 0; i < 4; i++)
        if (!fork())
            decode_many(i);
    for (int i = 0; i < 4; i++)
        check(wait(&status) > 0 && !status, " (status 0x%x)", status);
    check(counter("jobs") == 100 && counter("done_ok") == 100,
          "100 jobs were queued, %lld done", counter("done_ok"));
}

/* The worker forgets a stream's state when the client stops it. */
static void test_streamoff_event(void)
{
    struct client c;

    client_start(&c, 1, 1);
    decode(&c, 0, 1, &(struct command) { 0 });
    check(!client_stream(&c, 0, OUTPUT) && !client_stream(&c, 1, OUTPUT), "restart failed");
    decode(&c, 0, 2, &(struct command) { .action = ACTION_FLAGS });
    check(synced_pixel(&c, 0) == VSTATELESS_JOB_NEW_FRAME, "wrong flags");
    check(c.pixels[0][c.picture.plane_fmt[0].bytesperline * c.picture.height] == 1,
          "the worker was not told of STREAMOFF");
    client_close(&c);
}

/* A worker keeps no mapping of buffers that are gone. */
static void test_mem_gone(void)
{
    struct client c;

    client_start(&c, 1, 2);
    decode(&c, 0, 1, &(struct command) { 0 });
    decode(&c, 0, 2, &(struct command) { 0 });
    check(counter("vma_dev") == 1, "the model has %lld mappings of one buffer", counter("vma_dev"));
    check(!client_stream(&c, 0, OUTPUT) && !client_stream(&c, 0, CAPTURE), "STREAMOFF failed");
    for (int i = 0; i < 2; i++) {
        close(c.dmabuf[i]);
        munmap(c.pixels[i], c.picture.plane_fmt[0].sizeimage);
        c.dmabuf[i] = -1;
        c.pixels[i] = NULL;
    }
    client_reqbufs(&c, CAPTURE, V4L2_MEMORY_MMAP, 0);
    for (unsigned tries = 0; tries < ms(200) && counter("vma_dev"); tries++)
        usleep(5000);
    check(counter("vma_dev") == 0, "the worker was not told that the buffers are gone");
    client_close(&c);
}

const struct test job_tests[] = {
    { "job-asynchronous", test_asynchronous },
    { "job-hwtime-overlaps", test_overlap },
    { "job-null", test_null, 1 },
    { "job-stall", test_stall },
    { "job-stall-error", test_stall_error },
    { "job-reference", test_reference },
    { "job-controls", test_controls },
    { "job-hold-fields", test_hold },
    { "job-hold-flush", test_hold_flags },
    { "job-no-hold", test_no_hold },
    { "job-contexts", test_contexts },
    { "job-streamoff-event", test_streamoff_event },
    { "job-mem-gone", test_mem_gone },
    { 0 }
};
