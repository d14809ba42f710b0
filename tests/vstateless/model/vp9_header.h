/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VP9: headers as they are in the OUTPUT buffer
 *
 * To be compared with the controls, and in place of VP9_COMPRESSED_HDR for
 * devices that read the compressed header themselves. Clause numbers are those
 * of the VP9 Bitstream & Decoding Process Specification, version 0.6.
 */

#ifndef VP9_HEADER_H
#define VP9_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/v4l2-controls.h>

/* What a frame keeps of the frames before it. */
struct vp9_history {
    int bit_depth;			/* 0: not known */
    struct v4l2_vp9_loop_filter lf;
    struct v4l2_vp9_segmentation seg;
    struct {
        bool known;
        uint64_t timestamp;
        int width, height;
    } slot[8];
};

struct vp9_header {
    /* As a client has to fill it, timestamps excepted. */
    struct v4l2_ctrl_vp9_frame frame;
    bool intra;			/* key frame or intra-only */
    bool lossless;
    bool compound_allowed;
    bool seg_explicit;		/* segmentation_update_data */
    int refresh_frame_flags;
    int ref_frame_idx[3];
};

/*
 * Read the headers of a frame: all of the control but for its timestamps.
 * ctrl: for the size where it is that of a reference that is unknown. Returns
 * what is wrong with them, or NULL.
 */
const char *vp9_parse(struct vp9_header *header, struct v4l2_ctrl_vp9_compressed_hdr *compressed,
                      const struct v4l2_ctrl_vp9_frame *ctrl, const struct vp9_history *history,
                      const uint8_t *data, size_t size);
/* The second half of it; also fills reference_mode. */
const char *vp9_parse_compressed(struct vp9_header *h, struct v4l2_ctrl_vp9_compressed_hdr *c,
                                 const uint8_t *data, size_t size);

#endif
