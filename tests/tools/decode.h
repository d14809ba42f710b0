/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of the client `decode` share
 */

#ifndef DECODE_H
#define DECODE_H

#include <libavutil/frame.h>

/// of hold and close_after
#define MAX_HELD 64

/** How the pixels of a hardware frame are read. */
enum {
    MAP_NONE,   ///< download
    MAP_ONCE,
    MAP_TWICE,  ///< by two mappings at once, which have to show the same
    MAP_EARLY,  ///< by a mapping that is made when the frame comes, read later (--hold)
};

struct Options {
    const char *file;
    const char *device;
    const char *device_options;
    const char *foreign; ///< somebody else uses the first frame, see decode_foreign.c
    const char *raw;    ///< read the dma-bufs themselves, see read_raw()
    int software;
    int threads;
    int hold;           ///< frames that are read only after so many later ones
    int close_after;    ///< close the decoder after so many frames, read the held ones then
    int flush_at;       ///< flush after so many frames, go on with the next packet
    int seek;           ///< key frame (counted from 1) to start at
    int play;           ///< packets to decode before that
    int map;            ///< MAP_*
    int planar;         ///< download to the second format that there is, if any
    int explode;
    int bench;          ///< no MD5, measure
    int no_read;        ///< do not look at the pixels
    int max_frames;
    int early;          ///< count frames that come before the device has finished their job;
                        ///< at the frame of this number let go on what "stall" stopped
};

/** A frame that is read later. */
typedef struct Held {
    AVFrame *frame;
    AVFrame *copy;      ///< its mapping with --map=3
    int ret;            ///< of that
} Held;

extern struct Options option;

/** Set option; ends the program with a message if an argument is wrong. */
void parse_options(int argc, char **argv);

/// of the stream: hardware has chroma where monochrome has none
extern int nb_components;

/** End the program with a message if ret is an error. */
void check(int ret, const char *what);

/** Map a frame, for MAP_EARLY: what the mapping shows is read later. */
int map_frame(const AVFrame *frame, AVFrame *copy);

/**
 * MD5 of the visible picture as planar yuv.
 *
 * @param copy an empty frame, or the frame as map_frame() mapped it
 * @param text set on success
 * @return 0, or the error of an access
 */
int hash_picture(const AVFrame *frame, AVFrame *copy, char text[33]);

/** Jobs that the virtual decoder has finished since its counters were reset. */
int64_t finished_jobs(void);

/** Another user of a frame's memory. */
typedef struct Foreign Foreign;

/** Before the frame is read. */
Foreign *foreign_begin(const char *kind, const AVFrame *frame);

/**
 * After the frame was read, before it is given back.
 *
 * @return 0, or an error if the access did not wait
 */
int foreign_access(Foreign *f, const AVFrame *frame);

/**
 * When all is decoded.
 *
 * @return 0, or an error if somebody wrote while it read
 */
int foreign_end(Foreign *f);

/** Let the job go on that the virtual decoder has stopped ("stall"), if any. */
void resume_job(void);

#endif
