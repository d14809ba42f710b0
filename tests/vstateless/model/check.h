/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What pixels cannot show
 *
 * Three classes: an error fails the job (no chip could decode this, or the
 * value contradicts the bytes of the OUTPUT buffer or the device's history); a
 * warning is counted (some chips choke on it, others do not); informational
 * fields are not looked at here, the test harness compares them. A
 * personality turns the warnings of one kind of chip into errors.
 */

#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct model;

/* Habits of mainline drivers that not every client mistake runs into. */
enum {
    /* hantro_g1_h264_dec.c programs the two bit sizes of DECODE_PARAMS. */
    MODEL_QUIRK_BIT_SIZES	= 1 << 0,
    /* tegra-vde decides by PFRAME and BFRAME how to decode. */
    MODEL_QUIRK_PICTURE_TYPE	= 1 << 1,
    /* vdec_h264_req_common.c (mediatek) finds DPB slots by the pair of POCs. */
    MODEL_QUIRK_POC_PAIRS	= 1 << 2,
    /* vdec_h264_req_common.c copies pic_num to the firmware. */
    MODEL_QUIRK_PIC_NUM		= 1 << 3,
    /* mediatek wants a start code at offset 0 and nothing but slices. */
    MODEL_QUIRK_START_CODE	= 1 << 4,
    /* hantro looks at VALID, rkvdec at ACTIVE. */
    MODEL_QUIRK_DPB_FLAGS	= 1 << 5,
    /* No field pictures: mediatek, tegra-vde. */
    MODEL_QUIRK_FIELDS		= 1 << 6,
    /* No CABAC: tegra-vde. */
    MODEL_QUIRK_CABAC		= 1 << 7,
    /* A reference that no CAPTURE buffer holds and no slice uses. */
    MODEL_QUIRK_MISSING_ENTRY	= 1 << 8,
    /* Fields of the slice mode that mainline drivers do not read. */
    MODEL_QUIRK_SLICE_FIELDS	= 1 << 9,
    /* A picture that was begun with HOLD and never completed. */
    MODEL_QUIRK_INCOMPLETE	= 1 << 10,
    /* Chroma quantiser matrices of MPEG-2 4:2:0 are not those of luma. */
    MODEL_QUIRK_CHROMA_MATRIX	= 1 << 11,
    /* The PPS names another SPS than the one that is there. */
    MODEL_QUIRK_IDS		= 1 << 12,
    /*
     * An entry names another picture than its frame_num says, or one that another
     * entry names: the client's stand-in for one that was lost.
     */
    MODEL_QUIRK_STAND_IN	= 1 << 13,
    /* The scale of VP8, which no driver reads. */
    MODEL_QUIRK_SCALE		= 1 << 14,
    /* VP9: hantro copies segment features only with UPDATE_DATA. */
    MODEL_QUIRK_VP9_FEATURES	= 1 << 24,
    /* VP9: render size and colour range, which no driver reads. */
    MODEL_QUIRK_VP9_DISPLAY	= 1 << 25,
    /* VP9: uv_mode of the compressed header, which no driver reads. */
    MODEL_QUIRK_VP9_UV_MODE	= 1 << 26,
    /* HEVC data_byte_offset in the domain that other drivers read. */
    MODEL_QUIRK_BYTE_OFFSET	= 1 << 15,
    /* HEVC: more references than the SPS says; GStreamer 1.22 sends the lowest sub-layer's number. */
    MODEL_QUIRK_DPB_SIZE	= 1 << 16,
    /* AV1: mediatek wants as many tile entries as there are tiles. */
    MODEL_QUIRK_TILE_COUNT	= 1 << 17,
    /* AV1: vpu981 and mediatek forget references that no slot lists. */
    MODEL_QUIRK_SLOTS		= 1 << 18,
    /* AV1: CDEF's secondary strength as it is coded; 3 means 4. */
    MODEL_QUIRK_CDEF		= 1 << 19,
    /* AV1: a flag that follows from the types; GStreamer 1.26 leaves it out. */
    MODEL_QUIRK_CHROMA_LR	= 1 << 20,
    /* H.264: rkvdec and tegra-vde hand profile, level and constraint_set3 to the chip. */
    MODEL_QUIRK_PROFILE		= 1 << 21,
    /* HEVC: cedrus stores motion by fields or frames as pic_struct and field_pic say. */
    MODEL_QUIRK_FIELD_SEQ	= 1 << 22,
};

struct model_personality {
    const char *name;
    uint32_t errors;		/* MODEL_QUIRK_*: fail the job */
    uint32_t silent;		/* MODEL_QUIRK_*: not even counted */
};

/* Find a personality by name; NULL: there is none. */
const struct model_personality *model_personality(const char *name);

/*
 * Fail the job. The first reason is kept. Always returns -EINVAL, so that it
 * can be returned.
 */
int model_fail(struct model *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
/*
 * Fail the job unless good; nothing happens in lax mode. For what decoding
 * does not need.
 */
int model_check(struct model *m, bool good, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Report one quirk; an error if the personality says so. */
int model_warn(struct model *m, uint32_t quirk, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A line in the log that starts with context and job. */
void model_log(const struct model *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Send libavcodec's messages to the job that AVCodecContext.opaque belongs to. */
void model_log_init(void);

#endif
