/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Test the driver vstateless without a decoder: driver-test [-l] [NAME...]
 *
 * Each test runs in a process of its own, with a fresh model and the module's
 * parameters as they were. After it nothing that it made may live in the
 * driver. One line for each: "ok NAME", "not ok NAME: reason" or
 * "skip NAME: reason". All times are multiplied by $DRIVER_TEST_SLOW.
 */

#define _GNU_SOURCE /* pipe2() */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model.h"
#include "test.h"

#define STATS  "/sys/kernel/debug/vstateless/stats"
#define RESET  "/sys/kernel/debug/vstateless/reset"
#define RESUME "/sys/kernel/debug/vstateless/resume"
#define PARAMS "/sys/module/vstateless/parameters"

#define MAX_PARAMS   32
#define STATUS_SKIP  77
#define TEST_MS    30000

/* Long enough for a slow machine; tests of the watchdog set their own time. */
#define WATCHDOG_MS  8000

/* Factors for all times, see ms(). */
#define SLOW_DEFAULT 2
#define SLOW_DEBUG   8

static const struct test *const lists[] = {
    memory_tests, format_tests, layout_tests, queue_tests, job_tests, fault_tests,
    fence_tests,
};

struct param {
    char name[64];
    char value[64];
};

void fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    _exit(1);
}

void skip(const char *reason)
{
    fputs(reason, stderr);
    _exit(STATUS_SKIP);
}

static void write_file(const char *path, const char *value)
{
    FILE *file = fopen(path, "w");

    check(file && fputs(value, file) >= 0 && !fclose(file), "write %s to %s: %s",
          value, path, strerror(errno));
}

void set_param(const char *name, const char *value)
{
    char path[128];

    snprintf(path, sizeof(path), PARAMS "/%.63s", name);
    write_file(path, value);
}

int try_param(const char *name, const char *value)
{
    char path[128];
    int fd, ret;

    snprintf(path, sizeof(path), PARAMS "/%.63s", name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    check(fd >= 0, "%s: %s", path, strerror(errno));
    ret = write(fd, value, strlen(value)) < 0 ? -errno : 0;
    close(fd);
    return ret;
}

void set_number(const char *name, unsigned value)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", value);
    set_param(name, text);
}

/* Kernels that look for leaks of memory are ten times slower. */
unsigned ms(unsigned time)
{
    const char *factor = getenv("DRIVER_TEST_SLOW");

    if (factor)
        return time * atoi(factor);
    return time * (access("/sys/kernel/debug/kmemleak", F_OK) ? SLOW_DEFAULT : SLOW_DEBUG);
}

void reset_counters(void)
{
    write_file(RESET, "1");
}

void resume_job(void)
{
    write_file(RESUME, "1");
}

long long counter(const char *name)
{
    FILE *file = fopen(STATS, "r");
    char line_name[64];
    long long value;

    check(file, "%s: %s (is debugfs mounted and the module loaded?)", STATS, strerror(errno));
    while (fscanf(file, "%63s %lld", line_name, &value) == 2) {
        if (!strcmp(line_name, name)) {
            fclose(file);
            return value;
        }
    }
    fail("%s has no counter %s", STATS, name);
}

static unsigned read_params(struct param *params)
{
    DIR *dir = opendir(PARAMS);
    unsigned count = 0;

    check(dir, "%s: %s", PARAMS, strerror(errno));
    for (struct dirent *entry; (entry = readdir(dir)) && count < MAX_PARAMS;) {
        char path[512];
        FILE *file;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), PARAMS "/%s", entry->d_name);
        file = fopen(path, "r");
        check(file && fgets(params[count].value, sizeof(params->value), file),
              "%s: %s", path, strerror(errno));
        fclose(file);
        snprintf(params[count].name, sizeof(params->name), "%.63s", entry->d_name);
        count++;
    }
    closedir(dir);
    return count;
}

enum result { PASSED, FAILED, SKIPPED };

/* Why it did not pass: it is what the child wrote. */
static enum result run_child(const struct test *test, char *reason, size_t size)
{
    int out[2], status;
    ssize_t length;
    pid_t pid;

    /* Not read to its end: the test's children may live longer than it. */
    check(!pipe2(out, O_CLOEXEC | O_NONBLOCK), "pipe: %s", strerror(errno));
    pid = fork();
    if (!pid) {
        dup2(out[1], 2);
        alarm(ms(TEST_MS) / 1000);
        set_number("timeout_ms", ms(WATCHDOG_MS));
        test->run();
        _exit(0);
    }
    waitpid(pid, &status, 0);
    length = read(out[0], reason, size - 1);
    reason[length > 0 ? length : 0] = 0;
    close(out[0]);
    close(out[1]);
    if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_SKIP)
        return SKIPPED;
    if (WIFSIGNALED(status))
        snprintf(reason, size, "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) && !reason[0])
        snprintf(reason, size, "exit status %d without a reason", WEXITSTATUS(status));
    return reason[0] ? FAILED : PASSED;
}

/* What lives too long: workers need some time to notice. */
static void find_leak(char *reason, size_t size)
{
    static const char *const names[] = {
        "ctx_live", "mem_live", "mem_bytes", "dmabuf_live", "vma_client", "vma_dev", "requests_live",
        "fences_live",
    };

    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
        long long value = 0;

        for (unsigned tries = 0; tries < ms(200) && (value = counter(names[i])); tries++)
            usleep(5000);
        if (value) {
            snprintf(reason, size, "leak: %s is %lld", names[i], value);
            return;
        }
    }
}

static enum result run(const struct test *test)
{
    static struct param params[MAX_PARAMS];
    unsigned nb_params = read_params(params);
    char reason[1024], leak[128] = "";
    enum result result;
    pid_t model = -1;

    reset_counters();
    if (!test->without_model)
        model = model_start();
    result = run_child(test, reason, sizeof(reason));
    for (unsigned i = 0; i < nb_params; i++)
        set_param(params[i].name, params[i].value);
    if (result != FAILED)
        find_leak(leak, sizeof(leak));
    if (model > 0)
        model_stop(model);

    if (leak[0])
        result = FAILED;
    if (result == PASSED)
        printf("ok %s\n", test->name);
    else
        printf("%s %s: %s\n", result == FAILED ? "not ok" : "skip", test->name, leak[0] ? leak : reason);
    fflush(stdout);
    return result;
}

static int is_wanted(const struct test *test, char **names, int count)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(names[i], test->name))
            return 1;
    return !count;
}

int main(int argc, char **argv)
{
    int list = argc > 1 && !strcmp(argv[1], "-l");
    int count[3] = { 0 };

    if (argc == 2 && !strcmp(argv[1], "--model"))
        model_run();
    for (unsigned i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        for (const struct test *test = lists[i]; test->name; test++) {
            if (list)
                puts(test->name);
            else if (!is_wanted(test, argv + 1, argc - 1))
                continue;
            else
                count[run(test)]++;
        }
    }
    if (list)
        return 0;
    if (!count[PASSED] && !count[FAILED] && !count[SKIPPED]) {
        fprintf(stderr, "driver-test: no such test (-l lists them)\n");
        return 1;
    }
    printf("%d passed, %d failed, %d skipped\n", count[PASSED], count[FAILED], count[SKIPPED]);
    return count[FAILED] != 0;
}
