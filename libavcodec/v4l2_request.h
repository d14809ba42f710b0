/*
 * This file is part of FFmpeg.
 *
 * FFmpeg is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * FFmpeg is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with FFmpeg; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA
 */

#ifndef AVCODEC_V4L2_REQUEST_H
#define AVCODEC_V4L2_REQUEST_H

/**
 * @file
 * What the codecs of the V4L2 Request hwaccel use.
 *
 * A codec fills control structs from FFmpeg's parsed headers, hands over the
 * bitstream, and queues one request a picture, field or slice:
 *
 *     start_frame:   ff_v4l2_request_start_frame(), ff_v4l2_request_reference()
 *     decode_slice:  ff_v4l2_request_append()
 *     end_frame:     ff_v4l2_request_queue()
 *
 * None of these waits for the hardware to finish a picture, with two
 * exceptions: all requests are in flight, or the hardware cannot take the
 * second field before the first one is decoded. Pictures are waited for when
 * they leave the decoder.
 *
 * Unless noted, functions are called by the decoding thread only and return 0
 * or an AVERROR code; the reason has then been logged. A picture with a failed
 * call is delivered with AV_FRAME_FLAG_CORRUPT.
 */

#include <linux/videodev2.h>
#include <stddef.h>
#include <stdint.h>

#include "libavutil/frame.h"

#include "avcodec.h"
#include "v4l2_request_compat.h"

/** H.264: 16 references of each field; no other codec has more. */
#define V4L2_REQUEST_MAX_REFS 32

/** No codec has more controls in one request. */
#define V4L2_REQUEST_MAX_CONTROLS 16

typedef struct V4L2RequestSession V4L2RequestSession;
typedef struct V4L2RequestBuffer V4L2RequestBuffer;
typedef struct V4L2RequestSlot V4L2RequestSlot;

/** One control that a codec sends. */
typedef struct V4L2RequestControlInfo {
    uint32_t id;        ///< V4L2_CID_STATELESS_*
    uint32_t size;      ///< of the struct, or of an element of an array
    int optional;       ///< some drivers do not have it and do not need it
    const char *name;   ///< for messages
} V4L2RequestControlInfo;

/** Initialiser of struct v4l2_ext_control for a control that is one struct. */
#define V4L2_REQUEST_CONTROL(id_, payload) \
    { .id = (id_), .size = sizeof(payload), .ptr = &(payload) }

/** What the session has to know of a codec. */
typedef struct V4L2RequestCodec {
    uint32_t pixelformat;           ///< V4L2_PIX_FMT_* of the OUTPUT queue
    const char *name;               ///< for messages

    /// controls that the codec sends, ends with an id of 0
    const V4L2RequestControlInfo *controls;

    uint32_t decode_mode_id;        ///< menu control, 0 if there is none
    uint32_t start_code_id;         ///< menu control, 0 if there is none
    int slice_based;                ///< value of decode_mode: one slice a request
    int frame_based;                ///< value of decode_mode: all slices of a picture
    int start_code_none;            ///< value of start_code
    int start_code_annex_b;         ///< value of start_code
    /// control that says where the slices of a picture are, so that no start
    /// codes are needed; 0 if there is none
    uint32_t slice_position_id;

    uint32_t profile_id;            ///< menu control, 0 if there is none
    /// AVCodecContext.profile to the value of the menu, < 0 if it has no name
    int (*profile)(const AVCodecContext *avctx);
} V4L2RequestCodec;

/** FFHWAccel.priv_data_size; a codec may put it at the start of its own. */
typedef struct V4L2RequestContext {
    V4L2RequestSession *session;    ///< counted
} V4L2RequestContext;

/**
 * State of one picture, at the start of FFHWAccel.frame_priv_data: a counted
 * object that AVFrames and queued requests refer to.
 */
typedef struct V4L2RequestPicture {
    V4L2RequestSession *session;    ///< counted, NULL before the first job
    AVBufferRef *capture;           ///< CAPTURE buffer, held until all is decoded
    V4L2RequestBuffer *buffer;      ///< the same
    V4L2RequestSlot *slot;          ///< request that is being filled, or NULL
    int slices;                     ///< number of slices handed over for this job

    /* Under the session's lock. */
    int jobs;                       ///< queued requests whose OUTPUT is not back
    int more;                       ///< a request, or another one, is still to come
    int held;                       ///< the last job keeps the CAPTURE buffer open
    int failed;                     ///< some job failed or was never queued
    int damaged;                    ///< predicted from a picture that is wrong
    int explode;                    ///< AV_EF_EXPLODE was set
    int hidden;                     ///< V4L2_REQUEST_HIDDEN
    int recovering;                 ///< V4L2_REQUEST_RECOVERING
    int fenced;                     ///< its CAPTURE buffer has a fence until it comes back
    int early;                      ///< its frame has left the decoder, nobody knows its fate
    int64_t pts;                    ///< of that frame

    /// CAPTURE buffers that its jobs read, held until they are done
    AVBufferRef *refs[V4L2_REQUEST_MAX_REFS];
    int nb_refs;
    uint32_t used;                  ///< bit n: refs[n] is predicted from
} V4L2RequestPicture;

/** Flags of ff_v4l2_request_queue() and ff_v4l2_request_start_frame(). */
enum {
    /// more requests will follow for this picture
    V4L2_REQUEST_MORE       = 1 << 0,
    /// what comes behind this picture in output needs nothing before it; so of key frames
    V4L2_REQUEST_RESTART    = 1 << 1,
    /// the frame is not output but, perhaps, by a header of a later one
    V4L2_REQUEST_HIDDEN     = 1 << 2,
    /// nobody will ask what was wrong with this picture, but what follows needs it
    V4L2_REQUEST_RECOVERING = 1 << 3,
};

/**
 * FFHWAccel.init: find a decoder that can do it, and negotiate formats.
 *
 * @param codec     static description of the codec
 * @param sequence  initial controls that tell the driver size, depth and
 *                  chroma format (SPS or the like), NULL if there are none
 * @param bit_depth,chroma what the frames will have: bits of a component and
 *                  log2_chroma_w << 4 | log2_chroma_h
 */
int ff_v4l2_request_init(AVCodecContext *avctx, const V4L2RequestCodec *codec,
                         struct v4l2_ext_control *sequence, int nb_sequence,
                         int bit_depth, int chroma);

/**
 * Go on with the session of an earlier picture, if it fits.
 *
 * FFmpeg renegotiates also when nothing that matters to the hardware has
 * changed (aspect ratio, colours). A second session would need a second set of
 * buffers while the first one is still displayed, and memory for decoders is
 * scarce. To be called instead of ff_v4l2_request_init().
 *
 * @param previous a frame that the decoder still has from before, or NULL
 * @return 1 if the hwaccel is ready, 0 if a new session is needed
 */
int ff_v4l2_request_reuse(AVCodecContext *avctx, const V4L2RequestCodec *codec,
                          const AVFrame *previous, int bit_depth, int chroma);

/**
 * Go on with the session of an earlier picture although the frame size has
 * changed, so that frames can be predicted from those of the old size.
 *
 * Only some drivers can do that. To be tried before ff_v4l2_request_init(),
 * with the same arguments.
 *
 * @param previous a frame that the decoder still has from before
 * @return 0 if the hwaccel is ready, or an error; the reason has been logged
 */
int ff_v4l2_request_resize(AVCodecContext *avctx, const V4L2RequestCodec *codec,
                           const AVFrame *previous,
                           struct v4l2_ext_control *sequence, int nb_sequence,
                           int bit_depth, int chroma);

/** FFHWAccel.uninit: frames that are still out keep what they need. */
int ff_v4l2_request_uninit(AVCodecContext *avctx);

/** FFHWAccel.frame_params */
int ff_v4l2_request_frame_params(AVCodecContext *avctx, AVBufferRef *hw_frames_ctx);

/** FFHWAccel.alloc_frame: waits for a free CAPTURE buffer if need be. */
int ff_v4l2_request_alloc_frame(AVCodecContext *avctx, AVFrame *frame);

/** FFHWAccel.free_frame_priv */
void ff_v4l2_request_free_frame_priv(V4L2RefStructOpaque hwctx, void *data);

/** FFHWAccel.flush: throw away what is queued. */
void ff_v4l2_request_flush(AVCodecContext *avctx);

/** Whether the session sends one slice a request, instead of all of a picture. */
int ff_v4l2_request_is_slice_based(const AVCodecContext *avctx);

/** Whether several requests can write to one picture without giving it back in between. */
int ff_v4l2_request_can_hold(const AVCodecContext *avctx);

/** Whether the device has one of the codec's controls. */
int ff_v4l2_request_has_control(const AVCodecContext *avctx, uint32_t id);

/** How many elements of a control the device takes: 1 if it is no array, 0 if it has none. */
unsigned ff_v4l2_request_control_elems(const AVCodecContext *avctx, uint32_t id);

/**
 * Begin a picture or its second field.
 *
 * @param pic   private data of the picture
 * @param frame its frame, from ff_v4l2_request_alloc_frame()
 * @param flags V4L2_REQUEST_RESTART, V4L2_REQUEST_HIDDEN, V4L2_REQUEST_RECOVERING
 */
int ff_v4l2_request_start_frame(AVCodecContext *avctx, V4L2RequestPicture *pic,
                                AVFrame *frame, int flags);

/**
 * Name a picture that a control has to list, used or not.
 *
 * Its buffer is kept until the jobs of pic are done.
 *
 * @return timestamp for a control (ns), 0 if nothing was ever decoded into the
 *         frame or if it is from another session
 */
uint64_t ff_v4l2_request_hold(V4L2RequestPicture *pic, const AVFrame *ref);

/**
 * Say that pic is predicted from another one. If that one failed, or is lost by
 * a reset of the device, pic will be marked corrupt as well. What the stream
 * itself lacks is the decoder's business: FFmpeg knows when it has recovered.
 */
void ff_v4l2_request_depend(V4L2RequestPicture *pic, const AVFrame *ref);

/** Say that something which pic is predicted from was never decoded: it will be corrupt. */
void ff_v4l2_request_damage(V4L2RequestPicture *pic);

/** Give up the request of a picture, which will be corrupt. Returns err. */
int ff_v4l2_request_fail(V4L2RequestPicture *pic, int err);

/** Name a picture that pic is predicted from: ff_v4l2_request_hold() and _depend(). */
uint64_t ff_v4l2_request_reference(V4L2RequestPicture *pic, const AVFrame *ref);

/**
 * Append a slice to the bitstream of the request, behind a start code if the
 * session has those.
 */
int ff_v4l2_request_append_slice(AVCodecContext *avctx, V4L2RequestPicture *pic,
                                 const uint8_t *data, size_t size);

/** Append bytes to the bitstream of the request as they are. */
int ff_v4l2_request_append(AVCodecContext *avctx, V4L2RequestPicture *pic,
                           const uint8_t *data, size_t size);

/** Bytes of bitstream in the request so far. */
size_t ff_v4l2_request_size(const V4L2RequestPicture *pic);

/**
 * Queue the request of a picture.
 *
 * @param controls  contents of the request; those that the device does not
 *                  have and that the codec calls optional are left out
 * @param flags     V4L2_REQUEST_MORE
 */
int ff_v4l2_request_queue(AVCodecContext *avctx, V4L2RequestPicture *pic,
                          const struct v4l2_ext_control *controls, int nb_controls,
                          int flags);

#endif /* AVCODEC_V4L2_REQUEST_H */
