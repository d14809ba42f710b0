/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VP8 frame headers, independent of libavcodec's
 */

#ifndef VP8_HEADER_H
#define VP8_HEADER_H

#include "vp8.h"

/*
 * Make the control that belongs to a frame. Values that this frame does not
 * change come from history, which then is that of the next frame.
 * Returns NULL, or what is wrong with the header.
 */
const char *vp8_parse_header(const uint8_t *data, uint32_t size, struct vp8_history *history,
                             struct v4l2_ctrl_vp8_frame *frame);

#endif
