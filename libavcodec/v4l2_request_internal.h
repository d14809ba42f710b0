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

#ifndef AVCODEC_V4L2_REQUEST_INTERNAL_H
#define AVCODEC_V4L2_REQUEST_INTERNAL_H

/**
 * @file
 * What the parts of the V4L2 Request core know of each other. Codecs do not
 * include this. Who owns whom:
 *
 *     AVFrame -> CAPTURE buffer -> buffer pool -> session (open device)
 *     decoder (hwaccel private data) -> session
 *     slot of a queued request -> picture -> CAPTURE buffers, session
 *
 * The last line closes a circle, which opens when the request is done. So a
 * session ends with its last frame, and a decoder does not leave it before
 * all requests are done.
 */

#include <linux/videodev2.h>
#include <stdint.h>

#include "libavutil/buffer.h"
#include "libavutil/hwcontext_drm.h"
#include "libavutil/hwcontext_v4l2request_internal.h"
#include "libavutil/thread.h"

#include "v4l2_request.h"

/**
 * Requests in flight at most: enough to hide the time between the end of one
 * job and the queueing of the next one, also in slice based decoding.
 */
#define V4L2_REQUEST_MAX_SLOTS 8

/** VIDEO_MAX_FRAME is 32; some drivers allow up to 64 (V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS). */
#define V4L2_REQUEST_MAX_BUFFERS 64

/** Memory planes of a buffer: those of YUV420M. */
#define V4L2_REQUEST_MAX_PLANES 3

/** Resets in a row without a finished job before the session is given up. */
#define V4L2_REQUEST_MAX_RESETS 3

/** A CAPTURE buffer. AVFrame.data[0] and .buf[0]->data point to it. */
struct V4L2RequestBuffer {
    V4L2RequestFrame frame;         ///< has to be the first member
    V4L2RequestSession *session;    ///< of the pool, which counts it
    uint32_t index;                 ///< V4L2 buffer index

    /* Under the session's lock. */
    uint64_t timestamp;             ///< of its last job (ns), 0: holds no picture
    uint64_t number;                ///< of its picture, from 1 in their order
    int queued;                     ///< the driver has it
    int corrupt;                    ///< its picture is wrong, or predicted from a wrong one
    int shown;                      ///< its frame has left the decoder
    int early;                      ///< that was before it was decoded
    int failed;                     ///< V4L2RequestPicture.failed of its last picture,
    int damaged;                    ///< .damaged: the picture does not live as long
    V4L2RequestPicture *picture;    ///< counted, NULL if not queued
};

/** A request with its OUTPUT buffer. */
struct V4L2RequestSlot {
    int request_fd;
    uint32_t index;                 ///< V4L2 buffer index of the OUTPUT buffer
    uint8_t *data;                  ///< mapped OUTPUT buffer
    uint32_t size;                  ///< of the mapping
    uint32_t used;                  ///< bytes of bitstream

    /* Under the session's lock. */
    int busy;                       ///< is being filled or queued
    int waiters;                    ///< threads that poll the request
    V4L2RequestPicture *picture;    ///< counted, NULL if not queued
};

struct V4L2RequestSession {
    const AVClass *class;           ///< for av_log(): a session outlives its decoder

    /* Constant after ff_v4l2_request_session_open(); what describes frames may
     * change in ff_v4l2_request_renegotiate(), while nothing is queued. */
    const V4L2RequestCodec *codec;
    char *name;                     ///< driver and node, for messages
    char reason[256];               ///< why this device cannot do it
    int media_fd;
    int video_fd;
    int timeout_ms;
    char *dump;                     ///< directory for its requests, or NULL
    unsigned dumped;                ///< requests that are in it
    int slice_based;
    int start_code;                 ///< slices get an Annex B start code
    int can_hold;                   ///< V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF
    int can_remove;                 ///< V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS
    int cached;                     ///< CAPTURE buffers are V4L2_MEMORY_FLAG_NON_COHERENT
    uint64_t controls;              ///< bit n: the codec's control n exists
    unsigned elems[V4L2_REQUEST_MAX_CONTROLS]; ///< elements of control n at most
    struct v4l2_format output;
    struct v4l2_format capture;
    const V4L2RequestFormat *format;
    uint32_t wanted_format;         ///< AVV4L2RequestDeviceContext.pixelformat
    int zero_copy;                  ///< AVV4L2RequestDeviceContext.zero_copy
    int coded_width;
    int coded_height;
    int bit_depth;
    int chroma;                     ///< log2_chroma_w << 4 | log2_chroma_h
    int profile;                    ///< AVCodecContext.profile

    AVMutex lock;                   ///< never held while waiting
    int streaming;                  ///< both queues are
    uint32_t output_size;           ///< size of new OUTPUT buffers
    V4L2RequestSlot slots[V4L2_REQUEST_MAX_SLOTS];
    int nb_slots;
    int max_slots;                  ///< no attempt to have more
    V4L2RequestBuffer *buffers[V4L2_REQUEST_MAX_BUFFERS]; ///< by index
    uint64_t last_timestamp;        ///< us
    int in_flight;                  ///< requests whose OUTPUT buffer is out
    int nb_queued;                  ///< CAPTURE buffers that are out
    unsigned progress;              ///< grows with every buffer that comes back
    int resets;                     ///< without progress since
    uint64_t nb_pictures;           ///< that needed a CAPTURE buffer
    uint64_t loss;                  ///< number of the last one that others depend on in ways
                                    ///< that cannot be seen, and that is lost; 0: none
    uint64_t restart;               ///< number of the first one behind that which needs
                                    ///< none before it
    int wait_access;                ///< frames may leave the decoder before they are decoded
    int has_fences;                 ///< the kernel attaches fences to CAPTURE buffers
    int nb_unfenced;                ///< pictures that had none, before has_fences
    int refused;                    ///< it was said that there are none
    int dead;                       ///< AVERROR code, no more requests
};

/** Session of a decoder with an initialised hwaccel. */
V4L2RequestSession *ff_v4l2_request_session(const AVCodecContext *avctx);

/**
 * Open a session on the first decoder of the device that can do it.
 *
 * @param[out] out counted session
 */
int ff_v4l2_request_session_open(AVCodecContext *avctx, const V4L2RequestCodec *codec,
                                 struct v4l2_ext_control *sequence, int nb_sequence,
                                 int bit_depth, int chroma,
                                 V4L2RequestSession **out);

/** Keep the reason why a device cannot do it. Returns err. */
int ff_v4l2_request_refuse(V4L2RequestSession *s, int err, const char *fmt, ...)
    av_printf_format(3, 4);

/**
 * Agree with the driver about formats, modes and controls.
 *
 * @return an error with V4L2RequestSession.reason set if it cannot do it
 */
int ff_v4l2_request_negotiate(V4L2RequestSession *s, const AVCodecContext *avctx,
                              struct v4l2_ext_control *sequence, int nb_sequence);

/**
 * Choose the format of frames among those that the driver lists now, set it,
 * and choose the kind of their memory.
 *
 * @return an error with V4L2RequestSession.reason set if there is none
 */
int ff_v4l2_request_choose_format(V4L2RequestSession *s);

/** Name of V4L2RequestSession.chroma, for messages. */
const char *ff_v4l2_request_chroma_name(int chroma);

/**
 * Agree about another frame size, while buffers of the old one exist.
 *
 * @return an error with V4L2RequestSession.reason set if it cannot do it
 */
int ff_v4l2_request_renegotiate(V4L2RequestSession *s, int width, int height,
                                struct v4l2_ext_control *sequence, int nb_sequence);

/**
 * Add an OUTPUT buffer of at least size bytes and map it.
 *
 * @param slot gets index, data and size
 */
int ff_v4l2_request_output_alloc(V4L2RequestSession *s, V4L2RequestSlot *slot,
                                 uint32_t size);

/**
 * Replace a slot's OUTPUT buffer by a larger one with the same content.
 *
 * @param size bytes that have to fit; after an error the slot is as before
 */
int ff_v4l2_request_output_grow(V4L2RequestSession *s, V4L2RequestSlot *slot, size_t size);

/** Unmap a slot's OUTPUT buffer. The driver's memory goes with the session. */
void ff_v4l2_request_output_free(V4L2RequestSlot *slot);

/**
 * Make the pool of CAPTURE buffers; each exists once in the driver and has one
 * file descriptor for its life. The pool holds a reference to the session.
 *
 * @return NULL if there is no memory
 */
AVBufferPool *ff_v4l2_request_buffer_pool(V4L2RequestSession *s);

/** CAPTURE buffer of a frame, NULL if the frame is not from this session. */
V4L2RequestBuffer *ff_v4l2_request_buffer(const V4L2RequestSession *s, const AVFrame *frame);

/**
 * Set pic->slot to a free request; waits if all are in flight.
 *
 * @return AVERROR(ETIMEDOUT) if the device does not answer
 */
int ff_v4l2_request_slot_get(V4L2RequestSession *s, V4L2RequestPicture *pic);

/** Give back a picture's request, if it has one that was not queued. */
void ff_v4l2_request_slot_put(V4L2RequestSession *s, V4L2RequestPicture *pic);

/**
 * Queue the request of pic->slot; the slot then belongs to the queue.
 *
 * @param controls to set in the request
 * @param hold     the CAPTURE buffer is to stay open for another job
 */
int ff_v4l2_request_submit(V4L2RequestSession *s, V4L2RequestPicture *pic,
                           struct v4l2_ext_control *controls, int nb_controls, int hold);

/**
 * Make a directory for the session in the device's dump directory, and write
 * down there what the session is. Failure is reported, and means no dump.
 */
void ff_v4l2_request_dump_open(V4L2RequestSession *s, const char *directory);

/**
 * Write one request to a file, if the session has a dump. A failure is
 * reported and ends the dump. Not under the session's lock.
 *
 * @param slot   its request, which the caller has filled or queued
 * @param result of queueing it: 0 or AVERROR code
 */
void ff_v4l2_request_dump(V4L2RequestSession *s, const V4L2RequestSlot *slot,
                          const struct v4l2_ext_control *controls, int nb_controls,
                          uint64_t timestamp, int hold, int result);

/** Prepare the argument of VIDIOC_QBUF and VIDIOC_DQBUF; the planes are part of it. */
void ff_v4l2_request_init_buffer(struct v4l2_buffer *buffer,
                                 struct v4l2_plane planes[V4L2_REQUEST_MAX_PLANES],
                                 uint32_t type, uint32_t index);

/**
 * Whether a picture may stand in for one that there was no buffer for: the decoder
 * goes on with what it has, such as B pictures of MPEG-2 behind the next I picture,
 * or what a slot of VP9 and AV1 held before the lost one. Called with the
 * session's lock.
 */
static inline int ff_v4l2_request_is_stale(const V4L2RequestSession *s,
                                           const V4L2RequestBuffer *buffer)
{
    return buffer->number <= s->loss;
}

/**
 * Whether a picture comes behind a loss, and no restart is between. Pictures and
 * their frames are looked at in any order. Called with the session's lock.
 */
static inline int ff_v4l2_request_is_behind_loss(const V4L2RequestSession *s,
                                                 const V4L2RequestBuffer *buffer)
{
    return s->loss && !ff_v4l2_request_is_stale(s, buffer) &&
           (s->restart < s->loss || s->restart > buffer->number);
}

/** Whether the driver has nothing of a picture. Called with the session's lock. */
static inline int ff_v4l2_request_is_done(const V4L2RequestPicture *pic)
{
    return !pic->jobs && !(pic->buffer && pic->buffer->queued);
}

/**
 * The picture that was submitted first, among those that the driver still has.
 *
 * @param early  only those whose frame has left the decoder
 * @param buffer only that of this CAPTURE buffer, or NULL
 * @return counted, NULL if there is none; for ff_v4l2_request_release()
 */
V4L2RequestPicture *ff_v4l2_request_oldest(V4L2RequestSession *s, int early,
                                           const V4L2RequestBuffer *buffer);

/** Drop what a finished picture's jobs needed, and one reference to it. */
void ff_v4l2_request_release(V4L2RequestSession *s, V4L2RequestPicture *pic);

/**
 * A CAPTURE buffer has just been queued for a picture, but no job that may
 * take it: note whether it has a fence. Called with the session's lock.
 */
void ff_v4l2_request_note_fence(V4L2RequestSession *s, V4L2RequestPicture *pic);

/**
 * Prepare a frame to leave the decoder: wait until it is decoded or, with
 * wait=access, until it has a fence that tells when it will be.
 */
void ff_v4l2_request_output(V4L2RequestSession *s, V4L2RequestPicture *pic,
                            const AVFrame *frame);

/** V4L2RequestFrame.finish */
int ff_v4l2_request_finish(V4L2RequestFrame *frame, void *logctx);

/** Say that a frame which has left the decoder is wrong, if it is. With the lock. */
void ff_v4l2_request_report(V4L2RequestSession *s, V4L2RequestPicture *pic);

/** Wait for those frames that have left the decoder. */
void ff_v4l2_request_wait_early(V4L2RequestSession *s);

/** Say what wait=access came to, if the stream was too short to tell before. */
void ff_v4l2_request_conclude(V4L2RequestSession *s);

/** Fetch from the driver what it has finished. Any thread. */
void ff_v4l2_request_fetch(V4L2RequestSession *s);

/**
 * Wait until all jobs of a picture are done.
 *
 * Any thread.
 *
 * @return 0, also for a picture whose jobs failed (V4L2RequestPicture.failed);
 *         an error if the device does not answer
 */
int ff_v4l2_request_wait(V4L2RequestSession *s, V4L2RequestPicture *pic);

/**
 * Wait until the driver returns one more buffer, if it works on any.
 *
 * @return 1 if it did, 0 if there is nothing to wait for, or an error
 */
int ff_v4l2_request_wait_any(V4L2RequestSession *s);

/** Wait until the driver has no buffer any more; gives up what it does not return. */
void ff_v4l2_request_drain(V4L2RequestSession *s);

/** Give up all that is queued: STREAMOFF and STREAMON. */
void ff_v4l2_request_cancel(V4L2RequestSession *s);

/** Unmap and close the requests of a session. */
void ff_v4l2_request_slots_free(V4L2RequestSession *s);

#endif /* AVCODEC_V4L2_REQUEST_INTERNAL_H */
