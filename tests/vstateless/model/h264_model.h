/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the H.264 files share
 */

#ifndef H264_MODEL_H
#define H264_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/v4l2-controls.h>

#include "h264_header.h"
#include "model.h"

#define H264_DPB	V4L2_H264_NUM_DPB_ENTRIES

/* What the device knows of a picture that it decoded. */
struct h264_history {
    int fields;			/* parities that were decoded */
    bool field_coded;
    bool partial;		/* jobs of this picture never reached the model */
    unsigned int frame_num;
    int32_t poc[2];
};

/*
 * Picture order counts of 8.2.1, continued from job to job. The offset is
 * what the client adds to all of them: libavcodec starts at 65536, which no
 * decoder notices, since only differences count.
 */
struct h264_poc {
    bool valid;
    int32_t offset;
    int32_t prev_msb, prev_lsb;	/* of the previous reference picture */
    unsigned int prev_frame_num;
    int32_t prev_frame_num_offset;
    int32_t frame_num_offset, msb; /* of this picture */
};

struct h264_controls {
    const struct v4l2_ctrl_h264_sps *sps;
    const struct v4l2_ctrl_h264_pps *pps;
    const struct v4l2_ctrl_h264_scaling_matrix *scaling;
    const struct v4l2_ctrl_h264_decode_params *decode;
    const struct v4l2_ctrl_h264_slice_params *slice;	/* slice mode */
    const struct v4l2_ctrl_h264_pred_weights *weights;	/* slice mode */
    bool slice_mode, annex_b;
};

static inline bool h264_is_active(const struct v4l2_h264_dpb_entry *entry)
{
    return entry->flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
}

static inline bool h264_is_long(const struct v4l2_h264_dpb_entry *entry)
{
    return entry->flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
}

/* The parities of a picture, MODEL_*. */
static inline int h264_structure(const struct v4l2_ctrl_h264_decode_params *decode)
{
    if (!(decode->flags & V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC))
        return MODEL_FRAME;
    return decode->flags & V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD ? MODEL_BOTTOM : MODEL_TOP;
}

/* FrameNumWrap of a short-term entry, 8.2.4.1 */
static inline int h264_frame_num_wrap(const struct v4l2_ctrl_h264_sps *sps,
                                      const struct v4l2_ctrl_h264_decode_params *decode,
                                      const struct v4l2_h264_dpb_entry *entry)
{
    int max = 1 << (sps->log2_max_frame_num_minus4 + 4);

    return entry->frame_num > decode->frame_num ? entry->frame_num - max : entry->frame_num;
}

/* h264_check.c: what can be judged from the controls of a picture. */
int h264_check(struct model *m, const struct h264_controls *ctrl, bool second);
/* One DPB entry against the device's memory of that picture. */
int h264_check_entry(struct model *m, const struct h264_controls *ctrl,
                     const struct v4l2_h264_dpb_entry *entry, const struct h264_history *history);
/* h264_check_slice.c */
/*
 * The slice that will be decoded, and the one that the OUTPUT buffer has: the
 * same in frame mode, SLICE_PARAMS and PRED_WEIGHTS in slice mode.
 */
int h264_check_slice(struct model *m, const struct h264_controls *ctrl,
                     const struct h264_slice *slice, const struct h264_slice *header);
/* PFRAME and BFRAME against the slice types that came, as bits 1 << type. */
int h264_check_types(struct model *m, const struct h264_controls *ctrl, unsigned int types);

/* h264_poc.c */
/* Compare the picture order counts of a picture with 8.2.1. */
int h264_check_poc(struct model *m, struct h264_poc *poc, const struct h264_controls *ctrl);
/* The picture is done: keep what the next one's counts depend on. */
void h264_update_poc(struct h264_poc *poc, const struct h264_controls *ctrl, bool has_mmco5);

#endif
