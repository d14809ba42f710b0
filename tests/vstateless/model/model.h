/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The device's half of the virtual stateless decoder: types that all parts of
 * the model share.
 *
 * A worker (one process a V4L2 context) gets jobs: control values, the bytes
 * of one OUTPUT buffer, and the table of CAPTURE buffers. What a job writes
 * depends on these and on what the uAPI lets a device keep with a CAPTURE
 * buffer, on nothing else. In particular no stream, no earlier OUTPUT bytes
 * and no parameter set that was not in a control.
 */

#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <libavutil/frame.h>

#include "vstateless.h"

/* Control classes have few members; see the codec rows of job.c. */
#define MODEL_MAX_CONTROLS	16
#define MODEL_MAX_MAPPINGS	(VSTATELESS_MAX_BUFFERS * VSTATELESS_MAX_PLANES)

/* Field parities as bits, equal to V4L2_H264_*_REF and V4L2_MPEG2_PIC_*. */
#define MODEL_TOP	1
#define MODEL_BOTTOM	2
#define MODEL_FRAME	3

struct model;
struct model_personality;

/* Settings of the command line, the same for all workers. */
struct model_options {
    const char *device;
    const char *record;		/* directory, or NULL */
    const struct model_personality *personality;
    FILE *log;
    bool lax;			/* only the checks that decoding needs */
    int verify_references;	/* 0 never, 1 small frames, 2 always */
    bool verbose;
};

/* A CAPTURE format; it may be another one for each frame (VP9 references). */
struct model_format {
    uint32_t fourcc;
    uint32_t width, height;
    struct vstateless_plane plane[VSTATELESS_MAX_PLANES];
};

/* What the device keeps with a CAPTURE buffer. */
struct model_frame {
    void *picture;		/* the codec's, NULL: nothing was decoded */
    const AVFrame *pixels;	/* belongs to picture */
    uint64_t timestamp;
    uint64_t mem;		/* first plane's memory when it was decoded */
    struct model_format format;	/* then */
    uint64_t checksum;		/* of the pixels in the device memory */
    bool checksum_valid;
};

struct model_control {
    uint32_t id;
    uint32_t size;		/* bytes of payload */
    const void *data;
};

struct model_job {
    const struct vstateless_event *event;
    const uint8_t *bitstream;	/* followed by AV_INPUT_BUFFER_PADDING_SIZE zeros */
    struct model_control control[MODEL_MAX_CONTROLS];
    int num_controls;
    uint32_t warnings;
    uint32_t bytes_written;
    char reason[256];		/* of the failure */
};

struct model_mapping {
    uint64_t mem;
    void *data;
    size_t size;
};

/*
 * Where device memory comes from: the driver, or a heap block in a replay.
 * map() returns NULL with errno set.
 */
struct model_memory {
    void *(*map)(void *opaque, uint64_t mem, size_t size);
    void (*unmap)(void *opaque, void *data, size_t size);
    void *opaque;
};

/* One coded format. */
struct model_codec {
    uint32_t fourcc;
    const char *name;
    /* Create the state of a context; NULL: out of memory. */
    void *(*open)(struct model *m);
    void (*close)(void *state);
    /* Decode model.job; 0 or a negative error after model_fail(). */
    int (*decode)(struct model *m, void *state);
    /* The client stopped the OUTPUT queue: forget the stream. */
    void (*flush)(void *state);
    /* Free model_frame.picture. */
    void (*free_picture)(void *picture);
};

struct model {
    const struct model_options *options;
    uint64_t context;
    struct model_memory memory;
    struct model_mapping mapping[MODEL_MAX_MAPPINGS];
    const struct model_codec *codec;
    void *state;
    struct model_frame frame[VSTATELESS_MAX_BUFFERS];
    struct model_job job;
};

/* job.c */
void model_init(struct model *m, const struct model_options *options,
                uint64_t context, const struct model_memory *memory);
void model_uninit(struct model *m);
/*
 * Decode one job. controls and bitstream are the two blocks of the event;
 * bitstream has AV_INPUT_BUFFER_PADDING_SIZE writable bytes behind it. Fills
 * status, warnings and bytes_written of done.
 */
void model_run(struct model *m, const struct vstateless_event *event, const uint8_t *controls,
               uint8_t *bitstream, struct vstateless_done *done);
void model_streamoff(struct model *m);
void model_mem_gone(struct model *m, uint64_t mem);
/* The payload of a control; fails the job when it is absent or too small. */
const void *model_control(struct model *m, uint32_t id, size_t size);
/* The value of an integer or menu control, or def when there is none. */
int model_control_value(const struct model *m, uint32_t id, int def);
/* The format of a CAPTURE buffer: the job's, or that of what was decoded into it. */
struct model_format model_format(const struct model *m, int index);
/* The device memory of a plane of a CAPTURE buffer, NULL after model_fail(). */
uint8_t *model_plane(struct model *m, int index, int plane);
/*
 * Find the CAPTURE buffer that carries a timestamp, by the rule of
 * vb2_find_buffer(): the lowest index. Returns the index or -1.
 */
int model_find(const struct model *m, uint64_t timestamp);
/*
 * The same for a reference: additionally checks that the device memory still
 * holds what was decoded into it. Returns the index, -1 when there is no such
 * buffer or nothing was decoded into it, -EIO when the job has to fail.
 */
int model_find_reference(struct model *m, uint64_t timestamp);
/* Keep a decoded picture with the CAPTURE buffer of the job; takes over one reference. */
void model_store(struct model *m, void *picture, const AVFrame *pixels);

/* output.c */
/*
 * Write the lines of one or both fields of the job's picture to its CAPTURE
 * buffer. width, height: pixels that were decoded.
 */
int model_output(struct model *m, const AVFrame *pixels, int width, int height, int fields);
/*
 * Replace the pixels of a failed picture by a fixed value: a frame buffer from
 * a pool holds an older picture, which would look like concealment.
 */
void model_spoil(AVFrame *pixels, int height, int fields);
/* The planar format that a CAPTURE format's samples are decoded to, or none. */
enum AVPixelFormat model_pix_fmt(uint32_t fourcc);
/* Read the pixels of a CAPTURE buffer back; they are in a frame of that size. */
int model_input(struct model *m, int index, AVFrame *pixels, int width, int height);
/* A checksum of the pixels that model_output() writes. */
int model_checksum(struct model *m, int index, int width, int height, uint64_t *checksum);

#endif
