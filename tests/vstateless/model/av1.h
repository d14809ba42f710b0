/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of the AV1 model share. Only av1.c and av1_header.c know dav1d.
 */

#ifndef AV1_H
#define AV1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/v4l2-controls.h>

#define AV1_SLOTS	8
#define AV1_REFS	7
#define AV1_NO_PRIMARY	7	/* PRIMARY_REF_NONE */

struct model;
struct Dav1dSequenceHeader;
struct Dav1dFrameHeader;

/* The values of one job's controls. */
struct av1_controls {
    const struct v4l2_ctrl_av1_sequence *sequence;
    const struct v4l2_ctrl_av1_frame *frame;
    const struct v4l2_ctrl_av1_tile_group_entry *tiles;
    int num_tiles;
    const struct v4l2_ctrl_av1_film_grain *grain;	/* NULL: the device has none */
};

/* The controls that a reference was decoded with; NULL in empty slots. */
struct av1_past {
    struct v4l2_ctrl_av1_frame frame;
    struct v4l2_ctrl_av1_film_grain grain;
};

/* Which timestamps the slots should have by the refresh flags of all jobs. */
struct av1_history {
    bool known;
    uint64_t timestamp[AV1_SLOTS];
};

static inline bool av1_is_intra(const struct v4l2_ctrl_av1_frame *frame)
{
    return frame->frame_type == V4L2_AV1_KEY_FRAME ||
           frame->frame_type == V4L2_AV1_INTRA_ONLY_FRAME;
}

/* The frame that CDFs and parameters are inherited from; NULL: none. */
static inline const struct av1_past *av1_primary(const struct v4l2_ctrl_av1_frame *frame,
                                                 const struct av1_past *const past[AV1_SLOTS])
{
    if (frame->primary_ref_frame >= AV1_NO_PRIMARY)
        return NULL;
    return past[frame->ref_frame_idx[frame->primary_ref_frame] & 7];
}

/*
 * A value that dav1d could not survive, or that no chip could: fails the job in
 * lax mode, too.
 */
#define av1_need(m, good, ...)	((good) ? 0 : model_fail(m, __VA_ARGS__))

/* av1_check.c */
/* Sequence, tiles and the values that indexes are made of. */
int av1_check_limits(struct model *m, const struct av1_controls *ctrl);
/* Timestamps and hints of the slots, against the jobs before. */
int av1_check_slots(struct model *m, const struct av1_controls *ctrl,
                    const struct av1_past *const past[AV1_SLOTS], struct av1_history *history);

/* av1_check_frame.c */
/* The frame header: what contradicts itself, its sequence or its references. */
int av1_check_frame(struct model *m, const struct av1_controls *ctrl,
                    const struct av1_past *const past[AV1_SLOTS]);

/* av1_check_filter.c */
/* Loop filter, CDEF, loop restoration, film grain. */
int av1_check_filters(struct model *m, const struct av1_controls *ctrl,
                      const struct av1_past *const past[AV1_SLOTS]);
/* All segments code without loss (AV1 specification, 5.9.2: CodedLossless). */
bool av1_lossless(const struct v4l2_ctrl_av1_frame *frame);

/* av1_header.c */
void av1_fill_sequence(struct Dav1dSequenceHeader *hdr,
                       const struct v4l2_ctrl_av1_sequence *sequence);
void av1_fill_frame(struct Dav1dFrameHeader *hdr, const struct av1_controls *ctrl);
/* The warp of a reference cannot be done (7.11.3.6, warpValid). */
bool av1_warp_invalid(const struct v4l2_av1_global_motion *gm, int ref);

#endif
