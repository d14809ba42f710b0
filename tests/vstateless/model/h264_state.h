/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The H.264 decoder's state, for the files that know libavcodec's insides
 */

#ifndef H264_STATE_H
#define H264_STATE_H

#include "libavcodec/h264dec.h"

#include "h264_model.h"

/* A decoded picture, kept with its CAPTURE buffer. */
struct h264_picture {
    H264Picture pic;
    struct h264_history history;
};

struct h264 {
    struct model *m;
    AVCodecContext *avctx;

    /* Parameter sets that libavcodec has now. */
    bool has_params;
    struct v4l2_ctrl_h264_sps sps;
    struct v4l2_ctrl_h264_pps pps;
    struct v4l2_ctrl_h264_scaling_matrix scaling;

    /* The picture of the previous job, for further slices or a second field. */
    bool active;
    bool complete;			/* all macroblocks of this field came */
    bool failed;
    bool second;			/* this is the second field of a frame */
    bool partial;			/* earlier jobs of this frame never came to us */
    uint32_t index;
    uint64_t timestamp;
    struct v4l2_ctrl_h264_decode_params decode;
    struct h264_history history;
    struct h264_history first;		/* history when the second field began */
    struct h264_poc poc;

    /* This job. */
    struct h264_controls ctrl;
    struct v4l2_ctrl_h264_scaling_matrix flat;
    unsigned int types;			/* 1 << slice_type of what came */
    bool has_mmco5;
    H264Picture ref[H264_DPB];
    H264Picture *dpb[H264_DPB];		/* NULL: no such entry */
    bool missing[H264_DPB];		/* dpb[i] only stands in */
    uint8_t *rbsp;
    unsigned int rbsp_size;
};

static inline H264Context *h264_context(struct h264 *s)
{
    return s->avctx->priv_data;
}

int h264_picture_init(H264Picture *pic);
void h264_picture_uninit(H264Picture *pic);

/* h264_params.c: give libavcodec the parameter sets of the controls. */
int h264_set_params(struct h264 *s);

/* h264_dpb.c */
/* Fill dpb[] and libavcodec's reference arrays from DECODE_PARAMS. */
int h264_set_dpb(struct h264 *s);
/* Drop what h264_set_dpb() made; cur_pic_ptr stays. */
void h264_clear_dpb(struct h264 *s);
/* Takes the place of libavcodec's function of the same purpose. */
int model_h264_build_ref_list(H264Context *h, H264SliceContext *sl);

/* h264_slices.c */
/*
 * A picture for the CAPTURE buffer of a job that failed before it decoded
 * anything: pixels as in memory, no motion.
 */
int h264_load_picture(struct h264 *s, H264Picture *pic, int index);
/* Make cur_pic_ptr for the picture of DECODE_PARAMS. */
int h264_start_field(struct h264 *s);
/* The second field may have a PPS of its own, but no SPS; so may slices that do not care about 7.4.3. */
int h264_change_pps(struct h264 *s);
/* POCs of the current picture; those of the first field stay. */
void h264_set_poc(struct h264 *s);
/* Decode a slice; rbsp begins with the NAL unit header. */
int h264_run_slice(struct h264 *s, const struct h264_slice *slice, const uint8_t *rbsp, size_t bits);
/* A macroblock that no slice of the field has, -1: all are there. */
int h264_find_missing(struct h264 *s);

#endif
