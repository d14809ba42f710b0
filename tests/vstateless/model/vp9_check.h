/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the VP9 files share besides the headers
 */

#ifndef VP9_CHECK_H
#define VP9_CHECK_H

#include "vp9_header.h"

struct model;

/* One job's input; compressed is NULL on a device without that control. */
struct vp9_controls {
    const struct v4l2_ctrl_vp9_frame *frame;
    const struct v4l2_ctrl_vp9_compressed_hdr *compressed;
};

/* Values that decoding cannot do with, whatever the bitstream says. */
int vp9_check_limits(struct model *m, const struct vp9_controls *ctrl);
/* Everything else: the controls against the headers and the frames before. */
int vp9_check(struct model *m, const struct vp9_controls *ctrl, const struct vp9_header *header,
              const struct v4l2_ctrl_vp9_compressed_hdr *compressed,
              const struct vp9_history *history);
/* Note what the frame leaves to the next ones. */
void vp9_remember(struct vp9_history *history, const struct vp9_header *header, uint64_t timestamp);

#endif
