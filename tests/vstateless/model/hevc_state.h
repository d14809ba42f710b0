/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The HEVC decoder's state, for the files that know libavcodec's insides
 */

#ifndef HEVC_STATE_H
#define HEVC_STATE_H

#include "libavcodec/hevc/hevcdec.h"

#include "hevc_model.h"

/* A decoded picture, kept with its CAPTURE buffer. */
struct hevc_picture {
    HEVCFrame frame;
    struct hevc_history history;
};

struct hevc {
    struct model *m;
    AVCodecContext *avctx;

    /* Parameter sets that libavcodec has now. */
    bool has_params, has_scaling;
    struct v4l2_ctrl_hevc_sps sps;
    struct v4l2_ctrl_hevc_pps pps;
    struct v4l2_ctrl_hevc_scaling_matrix scaling;

    /* The picture of the previous job, for further slices. */
    bool active;
    bool complete;			/* all of it came */
    bool failed;
    uint32_t index;
    uint64_t timestamp;
    struct v4l2_ctrl_hevc_decode_params decode;
    bool has_last;
    struct hevc_slice last;		/* the slice segment before */

    /* This job. */
    struct hevc_controls ctrl;
    struct hevc_slice slice;
    HEVCFrame ref[HEVC_DPB];
    bool missing[HEVC_DPB];		/* ref[i] is in no CAPTURE buffer */
    uint8_t *rbsp;
    unsigned int rbsp_size;
};

static inline HEVCContext *hevc_context(struct hevc *s)
{
    return s->avctx->priv_data;
}

/* hevc_params.c: give libavcodec the parameter sets of the controls. */
int hevc_set_params(struct hevc *s);

/* hevc_slices.c */
/* Put the parameter sets into force. */
int hevc_activate(struct hevc *s);
/* Make libavcodec's current frame for the picture of DECODE_PARAMS. */
int hevc_start_frame(struct hevc *s);
/* Fill ref[] from DECODE_PARAMS. */
int hevc_set_references(struct hevc *s);
/* Drop the references; the current frame stays. */
void hevc_clear_references(struct hevc *s);
/* Drop the current frame, too. */
void hevc_clear_frames(struct hevc *s);
/* A copy of the current frame with references of its own; NULL: no memory. */
struct hevc_picture *hevc_copy_frame(struct hevc *s);
/* Takes the place of libavcodec's function of the same purpose. */
int model_hevc_slice_rpl(HEVCContext *h);
/* Decode a slice segment whose header has been parsed. */
int hevc_run_slice(struct hevc *s, const struct v4l2_ctrl_hevc_slice_params *params,
                   const uint8_t *rbsp, size_t size);
/* A coding tree block that no slice has, -1: all are there. */
int hevc_find_missing(struct hevc *s);

#endif
