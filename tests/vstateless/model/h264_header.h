/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.264 NAL units and slice headers, read without libavcodec
 *
 * The client under test uses libavcodec's parser. What a device parses by
 * itself in frame mode has to come from somewhere else, or both would make the
 * same mistake.
 */

#ifndef H264_HEADER_H
#define H264_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/v4l2-controls.h>

/* More are no use: a list has 32 entries and a terminator. */
#define H264_MAX_MODIFICATIONS	32

enum {
    H264_NAL_TYPE_SLICE	= 1,
    H264_NAL_TYPE_IDR	= 5,
};

struct model;

/* A slice: its syntax elements in the form of the slice mode's controls. */
struct h264_slice {
    struct v4l2_ctrl_h264_slice_params params;
    struct v4l2_ctrl_h264_pred_weights weights;
    int nal_type, nal_ref_idc;
    /* The rest is known in frame mode only. */
    unsigned int pps_id, frame_num, idr_pic_id, poc_lsb;
    bool field_pic, bottom_field;
    int32_t delta_poc_bottom, delta_poc[2];
    unsigned int poc_bits, marking_bits;
    bool has_mmco5;
    int num_modifications[2];
    struct {
        uint8_t op;		/* modification_of_pic_nums_idc */
        uint32_t value;
    } modification[2][H264_MAX_MODIFICATIONS];
};

/*
 * Find the next NAL unit behind a start code at or behind *pos. Moves *pos to
 * its end. Returns its size, 0 when there is none; trailing zeros are not part
 * of it.
 */
size_t h264_next_nal(const uint8_t **pos, const uint8_t *end, const uint8_t **nal);
/* Take the emulation prevention bytes out (7.3.1). Returns the size. */
size_t h264_unescape(uint8_t *rbsp, const uint8_t *nal, size_t size);
/* Bits up to rbsp_trailing_bits (7.3.2.11). */
size_t h264_rbsp_bits(const uint8_t *rbsp, size_t size);
/*
 * Parse the slice header of an RBSP that starts with the NAL unit header.
 * Returns 0, or a negative error after model_fail().
 */
int h264_parse_slice(struct model *m, const uint8_t *rbsp, size_t bits,
                     const struct v4l2_ctrl_h264_sps *sps,
                     const struct v4l2_ctrl_h264_pps *pps, struct h264_slice *slice);

#endif
