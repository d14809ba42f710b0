/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vstateless-model: decodes for the virtual stateless decoder
 *
 * The server waits for V4L2 contexts and forks a worker for each. A worker
 * that dies takes its job with it, not the server; the driver offers the
 * context again at its next job.
 */

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "model.h"
#include "record.h"
#include "worker.h"

static const char usage[] =
    "Usage: vstateless-model [OPTION]...\n"
    "       vstateless-model --replay FILE [OPTION]...\n"
    "Decode the jobs of the vstateless driver.\n"
    "  --device FILE         the driver's device, default /dev/vstateless\n"
    "  --log FILE            messages go to FILE instead of standard error\n"
    "  --lax                 only the checks that decoding itself needs\n"
    "  --personality NAME    imitate the appetite of a driver: default, rkvdec,\n"
    "                        hantro, cedrus, mediatek, tegra\n"
    "  --verify-references WHEN\n"
    "                        never, small (default: frames up to 720x576) or\n"
    "                        always: compare the device memory of references\n"
    "                        with what was decoded into it\n"
    "  --record DIR          write every job to DIR/context-N\n"
    "  --replay FILE         decode recorded jobs and print a line for each\n"
    "  --verbose             log good jobs too\n";

enum { OPT_DEVICE = 1, OPT_LOG, OPT_LAX, OPT_PERSONALITY, OPT_VERIFY, OPT_RECORD, OPT_REPLAY,
       OPT_VERBOSE, OPT_HELP };

static const struct option long_options[] = {
    { "device",            required_argument, NULL, OPT_DEVICE },
    { "log",               required_argument, NULL, OPT_LOG },
    { "lax",               no_argument,       NULL, OPT_LAX },
    { "personality",       required_argument, NULL, OPT_PERSONALITY },
    { "verify-references", required_argument, NULL, OPT_VERIFY },
    { "record",            required_argument, NULL, OPT_RECORD },
    { "replay",            required_argument, NULL, OPT_REPLAY },
    { "verbose",           no_argument,       NULL, OPT_VERBOSE },
    { "help",              no_argument,       NULL, OPT_HELP },
    { NULL },
};

static int parse_verify(const char *when)
{
    static const char *const names[] = { "never", "small", "always" };

    for (int i = 0; i < 3; i++)
        if (!strcmp(when, names[i]))
            return i;
    return -1;
}

/* Handle one option; false: it is wrong. */
static bool set_option(struct model_options *options, int opt, const char **replay)
{
    switch (opt) {
    case OPT_DEVICE:
        options->device = optarg;
        return true;
    case OPT_LOG:
        options->log = fopen(optarg, "ae");
        if (!options->log)
            fprintf(stderr, "vstateless-model: cannot write %s: %s\n", optarg, strerror(errno));
        return options->log;
    case OPT_LAX:
        options->lax = true;
        return true;
    case OPT_PERSONALITY:
        options->personality = model_personality(optarg);
        return options->personality;
    case OPT_VERIFY:
        options->verify_references = parse_verify(optarg);
        return options->verify_references >= 0;
    case OPT_RECORD:
        options->record = optarg;
        return true;
    case OPT_REPLAY:
        *replay = optarg;
        return true;
    case OPT_VERBOSE:
        options->verbose = true;
        return true;
    default:
        return false;
    }
}

/* SIGCHLD only has to interrupt the wait for a context. */
static void on_child(int signal)
{
    (void)signal;
}

static void reap(const struct model_options *options)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (WIFSIGNALED(status)) {
            fprintf(options->log, "vstateless-model: worker %d died of signal %d (%s)\n",
                    (int)pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
            fflush(options->log);
        }
}

static int start_worker(const struct model_options *options, int fd, uint64_t context)
{
    pid_t pid = fork();

    if (pid < 0) {
        fprintf(options->log, "vstateless-model: cannot fork: %s\n", strerror(errno));
        return -1;
    }
    if (!pid) {
        signal(SIGCHLD, SIG_DFL);
        close(fd);
        _exit(worker_run(options, context));
    }
    return 0;
}

static int serve(const struct model_options *options)
{
    struct sigaction action = { .sa_handler = on_child };
    struct vstateless_context context;
    int fd;

    fd = worker_open(options);
    if (fd < 0)
        return 1;
    sigaction(SIGCHLD, &action, NULL);
    for (;;) {
        reap(options);
        if (!ioctl(fd, VSTATELESS_IOC_WAIT_CONTEXT, &context)) {
            if (start_worker(options, fd, context.id) < 0)
                break;
        } else if (errno != EINTR) {
            fprintf(options->log, "vstateless-model: no more contexts: %s\n", strerror(errno));
            break;
        }
    }
    close(fd);
    return 1;
}

int main(int argc, char **argv)
{
    struct model_options options = {
        .device = "/dev/vstateless",
        .personality = model_personality("default"),
        .log = stderr,
        .verify_references = 1,
    };
    const char *replay = NULL;
    int opt;

    while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (opt == OPT_HELP) {
            fputs(usage, stdout);
            return 0;
        }
        if (!set_option(&options, opt, &replay)) {
            fputs(usage, stderr);
            return 2;
        }
    }
    if (optind != argc) {
        fputs(usage, stderr);
        return 2;
    }
    model_log_init();
    return replay ? replay_file(&options, replay) : serve(&options);
}
