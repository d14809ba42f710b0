/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TOOLS_V4L2REQUEST_INFO_H
#define TOOLS_V4L2REQUEST_INFO_H

/**
 * @file
 * Parts of v4l2request-info: a writer for text and JSON, what is in the machine,
 * what a decoder can do, and a comparison with software.
 */

#include <linux/videodev2.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "libavutil/attributes.h"

/** Exit status; the help text describes it. */
enum {
    INFO_OK            = 0,
    INFO_NO_DECODER    = 1,
    INFO_USAGE         = 2,
    INFO_NOT_USABLE    = 3,
    INFO_DIFFERS       = 4,
    INFO_NOT_TESTED    = 5,
};

/** Writes a tree of named values, as text or as JSON. A key is NULL in arrays. */
typedef struct Writer {
    FILE *file;
    int json;
    int depth;
    int used;           ///< bit n: something is written at depth n
    int is_array;       ///< bit n: depth n is an array
} Writer;

void writer_begin(Writer *w, const char *key);
void writer_begin_array(Writer *w, const char *key);
void writer_end(Writer *w);
void writer_number(Writer *w, const char *key, int64_t value);
void writer_real(Writer *w, const char *key, double value);
/** A flag: true or false, yes or no. */
void writer_flag(Writer *w, const char *key, int value);
/** A string, null if value is NULL. */
void writer_string(Writer *w, const char *key, const char *value);
void writer_format(Writer *w, const char *key, const char *format, ...) av_printf_format(3, 4);
/** Strings that are written in one line. */
void writer_list(Writer *w, const char *key, const char *const *strings, int nb_strings);

/** What was found in the machine. */
typedef struct Found {
    int decoders;       ///< that can be used
    int refused;        ///< nodes that may not be opened
} Found;

/** A stream's sequence header, as the codec's control. */
typedef union InfoSequence {
    struct v4l2_ctrl_h264_sps h264;
    struct v4l2_ctrl_hevc_sps hevc;
    struct v4l2_ctrl_vp9_frame vp9;
    struct v4l2_ctrl_av1_sequence av1;
} InfoSequence;

/** Kind of samples. */
typedef struct InfoKind {
    int bits;
    int chroma;                 ///< chroma_format_idc: 1 is 4:2:0, 2 is 4:2:2
} InfoKind;

/** What the tool knows of a codec. */
typedef struct InfoCodec {
    uint32_t pixelformat;
    const char *name;
    uint32_t profile, level;    ///< menu controls, 0 if there is none
    uint32_t mode, start_code;
    uint32_t sequence_id;       ///< control that says depth and chroma, 0 if all are alike
    size_t sequence_size;
    /// describe a plain stream of this kind
    void (*fill)(InfoSequence *sequence, InfoKind kind, int width, int height);
    InfoKind kinds[5];          ///< to be tried, ends with 0 bits
    struct {
        uint32_t id;
        const char *name;
    } required[5], optional[8]; ///< controls, end with an id of 0
} InfoCodec;

/** Returns NULL if it is no format of a stateless decoder. */
const InfoCodec *info_find_codec(uint32_t pixelformat);

/** All media devices
 and video nodes; with a device only that. */
void info_nodes(Writer *w, const char *device, Found *found);

/** What a stateless decoder can do. fd is open, and other users of it do not notice. */
void info_codecs(Writer *w, int fd);

/** Decode frames of a file by hardware and by software, compare. Returns an exit status. */
int info_test(Writer *w, const char *file, const char *device, int max_frames);

#endif /* TOOLS_V4L2REQUEST_INFO_H */
