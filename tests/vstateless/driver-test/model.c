/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A model that draws instead of decoding, see command.h
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "model.h"
#include "vstateless.h"

#define MAX_MAPPINGS 256

struct mapping {
    uint64_t mem;
    uint8_t *data;
    size_t size;
};

struct worker {
    int fd;
    struct mapping mapping[MAX_MAPPINGS];
    unsigned nb_mappings;
    unsigned streamoffs;
    uint8_t *controls;
    uint32_t controls_capacity;
    uint8_t *bitstream;
    uint32_t bitstream_capacity;
};

static void die(const char *what)
{
    fprintf(stderr, "test model: %s: %s\n", what, strerror(errno));
    _exit(1);
}

static int open_device(void)
{
    struct vstateless_hello hello = { .protocol = VSTATELESS_PROTOCOL };
    int fd = open("/dev/vstateless", O_RDWR | O_CLOEXEC);

    if (fd < 0 || ioctl(fd, VSTATELESS_IOC_HELLO, &hello) < 0)
        die("/dev/vstateless");
    return fd;
}

static void grow(uint8_t **buffer, uint32_t *capacity, uint32_t size)
{
    if (size <= *capacity)
        return;
    *buffer = realloc(*buffer, size);
    if (!*buffer)
        die("realloc");
    *capacity = size;
}

static uint8_t *map(struct worker *w, uint64_t mem, size_t size)
{
    struct mapping *m;

    for (unsigned i = 0; i < w->nb_mappings; i++)
        if (w->mapping[i].mem == mem)
            return w->mapping[i].data;

    if (w->nb_mappings == MAX_MAPPINGS)
        return NULL;
    m = &w->mapping[w->nb_mappings];
    m->data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, w->fd,
                   VSTATELESS_MMAP_OFFSET(mem));
    if (m->data == MAP_FAILED)
        return NULL;
    m->mem = mem;
    m->size = size;
    w->nb_mappings++;
    return m->data;
}

static void unmap(struct worker *w, uint64_t mem)
{
    for (unsigned i = 0; i < w->nb_mappings; i++) {
        if (w->mapping[i].mem != mem)
            continue;
        munmap(w->mapping[i].data, w->mapping[i].size);
        w->mapping[i] = w->mapping[--w->nb_mappings];
        return;
    }
}

/* The rule of vb2_find_buffer(): the lowest index that has the timestamp. */
static const struct vstateless_buffer *find(const struct vstateless_event *event, uint64_t timestamp)
{
    for (uint32_t i = 0; i < event->num_buffers; i++)
        if ((event->buffer[i].flags & VSTATELESS_BUFFER_TIMESTAMP) &&
            event->buffer[i].timestamp == timestamp)
            return &event->buffer[i];
    return NULL;
}

static uint8_t control_byte(const struct worker *w, const struct vstateless_event *event,
                            const struct command *command)
{
    struct vstateless_control control;

    for (uint32_t pos = 0; pos < event->controls_size;) {
        memcpy(&control, w->controls + pos, sizeof(control));
        pos += sizeof(control);
        if (control.id == command->control)
            return control.flags & VSTATELESS_CONTROL_IN_REQUEST ?
                   w->controls[pos + command->offset] : 0xee;
        pos += (control.elems * control.elem_size + 7) & ~7u;
    }
    return 0xee;
}

static void fill(const struct vstateless_event *event, uint8_t *data,
                 const struct command *command, uint8_t luma, uint8_t chroma)
{
    uint32_t pitch = event->plane[0].bytesperline;
    uint32_t rows = event->capture_height * 3 / 2;

    for (uint32_t y = 0; y < rows; y++) {
        if (command->lines == LINES_TOP && y % 2)
            continue;
        if (command->lines == LINES_BOTTOM && y % 2 == 0)
            continue;
        if (command->lines == LINES_HALF && y >= event->capture_height / 2)
            break;
        memset(data + (size_t)y * pitch, y < event->capture_height ? luma : chroma, pitch);
    }
}

/* Returns the job's status. */
static int draw(struct worker *w, const struct vstateless_event *event, const struct command *command)
{
    const struct vstateless_buffer *dst = NULL, *ref;
    uint8_t luma = command->luma, chroma = command->chroma;
    uint8_t *data, *pixels;

    for (uint32_t i = 0; i < event->num_buffers; i++)
        if (event->buffer[i].index == event->capture_index)
            dst = &event->buffer[i];
    data = dst ? map(w, dst->mem[0], event->plane[0].sizeimage) : NULL;
    if (!data)
        return -EFAULT;

    if (command->action == ACTION_CONTROL)
        luma = control_byte(w, event, command);
    if (command->action == ACTION_FLAGS) {
        luma = event->flags;
        chroma = w->streamoffs;
    }
    if (command->action == ACTION_REFERENCE) {
        ref = find(event, command->reference);
        pixels = ref ? map(w, ref->mem[0], event->plane[0].sizeimage) : NULL;
        if (!pixels)
            return -ENOENT;
        luma += pixels[0];
    }
    fill(event, data, command, luma, chroma);
    return 0;
}

static void run_job(struct worker *w, const struct vstateless_event *event)
{
    struct vstateless_done done = { .job = event->job };
    struct command command = { 0 };

    if (event->bitstream_size >= sizeof(command))
        memcpy(&command, w->bitstream, sizeof(command));
    else
        done.status = -EINVAL;

    if (command.delay_ms)
        usleep(command.delay_ms * 1000);
    if (command.action == ACTION_DIE)
        _exit(0);
    if (command.action == ACTION_LOSE)
        done.flags = VSTATELESS_DONE_LOSE;
    else if (command.action == ACTION_FAIL)
        done.status = -EIO;
    else if (!done.status)
        done.status = draw(w, event, &command);

    if (ioctl(w->fd, VSTATELESS_IOC_DONE, &done) < 0 && errno != ESTALE)
        die("DONE");
}

/* The next event; false: the context is closed. */
static int get_event(struct worker *w, struct vstateless_event *event)
{
    for (;;) {
        memset(event, 0, sizeof(*event));
        event->controls = (uintptr_t)w->controls;
        event->controls_capacity = w->controls_capacity;
        event->bitstream = (uintptr_t)w->bitstream;
        event->bitstream_capacity = w->bitstream_capacity;
        if (!ioctl(w->fd, VSTATELESS_IOC_GET, event))
            return 1;
        if (errno == ENODEV)
            return 0;
        if (errno == ENOSPC) {
            grow(&w->controls, &w->controls_capacity, event->controls_size);
            grow(&w->bitstream, &w->bitstream_capacity, event->bitstream_size);
        } else if (errno != EINTR) {
            die("GET");
        }
    }
}

static void run_worker(uint64_t id)
{
    struct vstateless_context context = { .id = id };
    static struct vstateless_event event;
    static struct worker w;

    w.fd = open_device();
    if (ioctl(w.fd, VSTATELESS_IOC_BIND, &context) < 0)
        _exit(0); /* the context was closed meanwhile */

    while (get_event(&w, &event)) {
        if (event.type == VSTATELESS_EVENT_JOB)
            run_job(&w, &event);
        else if (event.type == VSTATELESS_EVENT_MEM_GONE)
            unmap(&w, event.mem);
        else if (event.type == VSTATELESS_EVENT_STREAMOFF)
            w.streamoffs++;
    }
    _exit(0);
}

static _Noreturn void run_server(int fd)
{
    struct vstateless_context context;

    signal(SIGCHLD, SIG_IGN); /* no zombies */
    for (int tries = 0;;) {
        if (ioctl(fd, VSTATELESS_IOC_WAIT_CONTEXT, &context) < 0) {
            if (errno == EINTR)
                continue;
            /* A worker that a killed server has just forked still has its file. */
            if (errno == EBUSY && tries++ < 500 && !usleep(10000))
                continue;
            die("WAIT_CONTEXT");
        }
        if (fork() == 0) {
            close(fd);
            run_worker(context.id);
        }
    }
}

void model_run(void)
{
    run_server(open_device());
}

/* A new program: a forked one would share the client's mappings of buffers. */
pid_t model_start(void)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpgid(0, 0);
        if (getppid() == parent)
            execl("/proc/self/exe", "driver-test", "--model", (char *)NULL);
        _exit(1);
    }
    setpgid(pid, pid); /* whoever comes first: the group exists from here on */
    return pid;
}

void model_stop(pid_t server)
{
    kill(-server, SIGKILL);
    waitpid(server, NULL, 0);
}

void model_stop_server(pid_t server)
{
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}
