/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Faults: jobs that fail or hang, models that die, clients that stop or die
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/media.h>

#include "model.h"
#include "test.h"
#include "vstateless.h"

#define POISON_DEV_JOB 0xd1

static const struct command fill_5a = { .luma = 0x5a, .chroma = 0xa5 };

static int decodes(struct client *c, uint64_t timestamp, const struct command *command)
{
    return !(decode(c, 0, timestamp, command) & V4L2_BUF_FLAG_ERROR);
}

static void test_model_error(void)
{
    struct client c;

    client_start(&c, 1, 1);
    check(!decodes(&c, 1, &(struct command) { .action = ACTION_FAIL }), "a failed job has no error flag");
    check(synced_pixel(&c, 0) == POISON_DEV_JOB, "a failed job has pixels");
    check(decodes(&c, 2, &fill_5a), "the job after a failed one failed");
    check(counter("done_err") == 1 && counter("done_ok") == 1, "wrong counters");
    client_close(&c);
}

static void test_inject_error(void)
{
    struct client c;

    client_start(&c, 1, 1);
    set_param("inject_error", "3");
    for (int i = 1; i <= 5; i++)
        check(decodes(&c, i, &fill_5a) == (i != 3), "job %d", i);
    reset_counters();
    set_param("inject_error", "0");
    set_param("inject_every", "2");
    for (int i = 1; i <= 6; i++) {
        check(decodes(&c, i + 10, &fill_5a) == (i % 2), "every second: job %d", i);
        check(synced_pixel(&c, 0) == (i % 2 ? 0x5a : POISON_DEV_JOB), "every second: picture %d", i);
    }
    check(counter("done_err") == 3, "done_err is %lld", counter("done_err"));
    client_close(&c);
}

/* A job that hangs ends by the watchdog, and the next one works. */
static void hang(struct client *c, uint64_t timestamp, const struct command *command)
{
    uint64_t start = now_ms();

    check(!decodes(c, timestamp, command), "a job that hung has no error flag");
    check(now_ms() - start >= ms(300) - 1 && now_ms() - start < ms(1000),
          "the watchdog took %d ms", (int)(now_ms() - start));
}

static void test_watchdog(void)
{
    struct client c;

    set_number("timeout_ms", ms(300));
    set_param("inject_hang", "2");
    client_start(&c, 1, 1);
    check(decodes(&c, 1, &fill_5a), "the first job failed");
    hang(&c, 2, &fill_5a);
    check(decodes(&c, 3, &fill_5a), "the job after an injected hang failed");
    hang(&c, 4, &(struct command) { .action = ACTION_LOSE });
    check(decodes(&c, 5, &fill_5a), "the job after a lost one failed");
    check(counter("timeouts") == 2, "timeouts is %lld", counter("timeouts"));
    client_close(&c);
}

/* The model answers too late: its answer must not end the next job. */
static void test_late(void)
{
    struct client c;

    set_number("timeout_ms", ms(300));
    client_start(&c, 1, 1);
    check(decodes(&c, 1, &fill_5a), "the first job failed");
    hang(&c, 2, &(struct command) { .delay_ms = ms(450) });
    check(decodes(&c, 3, &(struct command) { .luma = 0x66 }), "the job after a late one failed");
    check(synced_pixel(&c, 0) == 0x66, "the late answer was taken for the next job");
    check(counter("late_done") == 1, "late_done is %lld", counter("late_done"));
    client_close(&c);
}

/* Without a model jobs wait; one that comes in time decodes them. */
static void test_no_model(void)
{
    struct client c;
    pid_t model;
    int request;

    set_number("timeout_ms", ms(300));
    client_start(&c, 1, 1);
    hang(&c, 1, &fill_5a);
    set_number("timeout_ms", ms(8000));
    request = submit(&c, 0, 2, &fill_5a);
    check(!request_wait(request, 100), "a job completed without a model");
    model = model_start();
    check(!(finish(&c, request) & V4L2_BUF_FLAG_ERROR), "the job that waited for a model failed");
    check(synced_pixel(&c, 0) == 0x5a, "wrong picture");
    model_stop_server(model);
    check(decodes(&c, 3, &fill_5a), "the worker did not go on without the server");
    close(request);
    client_close(&c);
}

/* The worker dies in a job: that one fails, the next one gets a new worker. */
static void test_model_dies(void)
{
    struct client c;
    uint64_t start;

    client_start(&c, 2, 2);
    check(decodes(&c, 1, &fill_5a), "the first job failed");
    start = now_ms();
    check(!decodes(&c, 2, &(struct command) { .action = ACTION_DIE }),
          "the killed model's job has no error flag");
    check(now_ms() - start < ms(1000), "the job waited for the watchdog");
    check(decodes(&c, 3, &fill_5a), "no new worker took the next job");
    check(synced_pixel(&c, 0) == 0x5a, "wrong picture");
    check(counter("vma_dev") == 1, "the dead worker's mapping lives");
    client_close(&c);
}

static void test_protocol(void)
{
    struct vstateless_hello hello = { .protocol = VSTATELESS_PROTOCOL + 1 };
    struct vstateless_context context = { .id = 12345 };
    struct vstateless_done done = { .job = 1 };
    struct vstateless_event event = { 0 };
    int fd = open("/dev/vstateless", O_RDWR);

    check(fd >= 0, "/dev/vstateless: %s", strerror(errno));
    check(ioctl(fd, VSTATELESS_IOC_BIND, &context) && errno == EPROTO, "BIND before HELLO");
    check(ioctl(fd, VSTATELESS_IOC_HELLO, &hello) && errno == EPROTO && hello.protocol == VSTATELESS_PROTOCOL,
          "another protocol was accepted");
    check(!ioctl(fd, VSTATELESS_IOC_HELLO, &hello), "HELLO: %s", strerror(errno));
    check(ioctl(fd, VSTATELESS_IOC_BIND, &context) && errno == ENODEV, "BIND to no context");
    check(ioctl(fd, VSTATELESS_IOC_GET, &event) && errno == EINVAL, "GET before BIND");
    check(ioctl(fd, VSTATELESS_IOC_DONE, &done) && errno == EINVAL, "DONE before BIND");
    usleep(ms(50) * 1000); /* the model has become the server */
    check(ioctl(fd, VSTATELESS_IOC_WAIT_CONTEXT, &context) && errno == EBUSY, "a second server");
    close(fd);
}

/* STREAMOFF ends a hung job soon, and gives all requests back. */
static void test_streamoff(uint32_t type)
{
    struct client c;
    struct v4l2_buffer buf;
    uint64_t start;
    int request[3];

    client_start(&c, 3, 3);
    request[0] = submit(&c, 0, 1, &(struct command) { .action = ACTION_LOSE });
    request[1] = submit(&c, 1, 2, &fill_5a);
    request[2] = submit(&c, 2, 3, &fill_5a);
    check(!request_wait(request[0], 100), "a lost job completed");

    start = now_ms();
    check(!client_stream(&c, 0, type), "STREAMOFF: %s", strerror(errno));
    check(now_ms() - start < ms(1500), "STREAMOFF took %d ms", (int)(now_ms() - start));
    check(counter("aborts") == 1, "aborts is %lld", counter("aborts"));
    if (type == CAPTURE)
        check(!client_stream(&c, 0, OUTPUT), "STREAMOFF: %s", strerror(errno));
    for (int i = 0; i < 3; i++) {
        check(request_wait(request[i], 0), "request %d is not complete after STREAMOFF", i);
        request_reinit(request[i]);
        close(request[i]);
    }

    check(!client_stream(&c, 0, CAPTURE) && !client_stream(&c, 1, OUTPUT) && !client_stream(&c, 1, CAPTURE),
          "restart failed");
    check(dequeue(&c, CAPTURE, &buf) == -EAGAIN, "a buffer of before STREAMOFF came back");
    check(decodes(&c, 9, &fill_5a), "no job runs after STREAMOFF");
    client_close(&c);
}

static void test_streamoff_output(void)
{
    test_streamoff(OUTPUT);
}

static void test_streamoff_capture(void)
{
    test_streamoff(CAPTURE);
}

/* Without a watchdog a model that never answers still does not block STREAMOFF. */
static void test_streamoff_slow(void)
{
    struct client c;
    uint64_t start;
    int request;

    set_param("timeout_ms", "0");
    client_start(&c, 1, 1);
    request = submit(&c, 0, 1, &(struct command) { .delay_ms = ms(1500) });
    check(!request_wait(request, ms(100)), "a slow job completed at once");
    start = now_ms();
    check(!client_stream(&c, 0, OUTPUT), "STREAMOFF: %s", strerror(errno));
    check(now_ms() - start < ms(1200), "STREAMOFF took %d ms", (int)(now_ms() - start));
    close(request);
    client_close(&c);
}

/* The client is killed with jobs running and queued; main() looks for leaks. */
static void test_kill(void)
{
    int ready[2], status;
    char byte;
    pid_t pid;

    check(!pipe(ready), "pipe: %s", strerror(errno));
    pid = fork();
    if (!pid) {
        struct client c;

        client_start(&c, 4, 4);
        for (int i = 0; i < 4; i++)
            submit(&c, i, i + 1, &(struct command) { .delay_ms = 50 });
        check(write(ready[1], "x", 1) == 1, "write: %s", strerror(errno));
        pause();
    }
    check(read(ready[0], &byte, 1) == 1, "read: %s", strerror(errno));
    usleep(20000);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the client ended by itself");
}

/* A file that is closed with jobs queued: requests complete. */
static void test_close(void)
{
    struct client c;
    int request[2];

    client_start(&c, 2, 2);
    request[0] = submit(&c, 0, 1, &(struct command) { .action = ACTION_LOSE });
    request[1] = submit(&c, 1, 2, &fill_5a);
    client_close(&c);
    for (int i = 0; i < 2; i++) {
        check(request_wait(request[i], ms(1000)), "request %d is not complete after close", i);
        close(request[i]);
    }
}

static void write_number(const char *path, const char *number)
{
    int fd = open(path, O_WRONLY);

    if (fd < 0 || write(fd, number, strlen(number)) < 0)
        skip("the kernel has no fault injection");
    close(fd);
}

static void use_device(int nth)
{
    char number[16];
    struct client c;

    /* Reasons are not wanted: every step may fail. */
    dup2(open("/dev/null", O_WRONLY), 2);
    snprintf(number, sizeof(number), "%d", nth);
    write_number("/proc/self/fail-nth", number);
    client_start(&c, 2, 2);
    decode(&c, 0, 1, &fill_5a);
    client_close(&c);
    _exit(0);
}

/* The Nth allocation of a client fails: nothing leaks, and the next one works. */
static void test_no_memory(void)
{
    int status, failures = 0;
    struct client c;

    write_number("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
    write_number("/sys/kernel/debug/failslab/verbose", "0");
    for (int nth = 1; nth < 300; nth += 1 + nth / 30) {
        pid_t pid = fork();

        if (!pid)
            use_device(nth);
        waitpid(pid, &status, 0);
        check(WIFEXITED(status), "client %d was killed by signal %d", nth, WTERMSIG(status));
        failures += WEXITSTATUS(status) != 0;
    }
    check(failures > 10, "only %d allocations failed", failures);
    client_start(&c, 1, 1);
    check(decodes(&c, 1, &fill_5a), "no client works after allocations failed");
    client_close(&c);
}

const struct test fault_tests[] = {
    { "fault-model-error", test_model_error },
    { "fault-inject-error", test_inject_error },
    { "fault-watchdog", test_watchdog },
    { "fault-late-answer", test_late },
    { "fault-no-model", test_no_model, 1 },
    { "fault-model-dies", test_model_dies },
    { "fault-protocol", test_protocol },
    { "fault-streamoff-output", test_streamoff_output },
    { "fault-streamoff-capture", test_streamoff_capture },
    { "fault-streamoff-slow", test_streamoff_slow },
    { "fault-kill", test_kill },
    { "fault-close", test_close },
    { "fault-no-memory", test_no_memory },
    { 0 }
};
