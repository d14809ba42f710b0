/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A raw V4L2 stateless client. Every function that fails ends the test with the
 * reason, except those that return a status.
 */

#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>
#include <stdint.h>
#include <linux/videodev2.h>

#include "command.h"

#define OUTPUT  V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE

#define MAX_BUFFERS 32

struct client {
    int video;
    int media;
    struct v4l2_pix_format_mplane coded;
    struct v4l2_pix_format_mplane picture;
    unsigned nb_output;
    unsigned nb_capture;
    uint8_t *bitstream[MAX_BUFFERS]; /* OUTPUT mappings */
    uint8_t *pixels[MAX_BUFFERS];    /* CAPTURE mappings by V4L2 */
    int dmabuf[MAX_BUFFERS];         /* CAPTURE exports, or imports */
    uint32_t capture_memory;
};

/* Print the reason and end the test. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Print the reason why it cannot run here, and end the test. */
void skip(const char *reason) __attribute__((noreturn));
#define check(condition, ...) do { if (!(condition)) fail(__VA_ARGS__); } while (0)

uint64_t now_ms(void);
/* A time for this machine: debugging kernels and busy hosts get more of it. */
unsigned ms(unsigned time);

/* Open both nodes and set the coded format. */
void client_open(struct client *c, uint32_t fourcc, uint32_t width, uint32_t height);
void client_close(struct client *c);
void client_reqbufs(struct client *c, uint32_t type, uint32_t memory, unsigned count);
void client_map(struct client *c);
/* Open, H.264, 64x64, buffers mapped, CAPTURE exported, both queues streaming. */
void client_start(struct client *c, unsigned nb_output, unsigned nb_capture);
int client_export(struct client *c, unsigned index);
int client_stream(struct client *c, int on, uint32_t type);

int request_alloc(struct client *c);
int request_queue(int request);
void request_reinit(int request);
/* 1: complete, 0: not within the time. */
int request_wait(int request, int timeout_ms);

/* Queue buffers; they return 0 or -errno. */
int queue_output(struct client *c, unsigned index, int request, uint64_t timestamp_us,
                 uint32_t flags, const struct command *command);
int queue_capture(struct client *c, unsigned index);
/* Dequeue; return 0 or -errno. */
int dequeue(struct client *c, uint32_t type, struct v4l2_buffer *buf);

/* Queue a job in buffers of this index, and its request. */
int submit(struct client *c, unsigned index, uint64_t timestamp_us, const struct command *command);
/* Wait for it and dequeue both buffers; returns the CAPTURE buffer's flags. */
uint32_t finish(struct client *c, int request);
/* Both. Closes the request. */
uint32_t decode(struct client *c, unsigned index, uint64_t timestamp_us, const struct command *command);

int set_control(int fd, int request, uint32_t id, void *value, uint32_t size);

uint8_t *map_dmabuf(int fd, size_t size);
void sync_start(int fd, uint64_t access);
void sync_end(int fd, uint64_t access);
/* The first pixel of a buffer, through a SYNC window of its dma-buf. */
uint8_t synced_pixel(struct client *c, unsigned index);

#endif
