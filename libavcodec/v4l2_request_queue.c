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

/**
 * @file
 * The near end of the queue: requests with their OUTPUT buffers, and how a job
 * is handed to the driver.
 */

#include <string.h>
#include <unistd.h>

#include <linux/media.h>
#include <linux/videodev2.h>

#include "libavutil/error.h"
#include "libavutil/log.h"

#include "v4l2_request_internal.h"

void ff_v4l2_request_init_buffer(struct v4l2_buffer *buffer,
                                 struct v4l2_plane planes[V4L2_REQUEST_MAX_PLANES],
                                 uint32_t type, uint32_t index)
{
    memset(planes, 0, V4L2_REQUEST_MAX_PLANES * sizeof(*planes));
    *buffer = (struct v4l2_buffer) {
        .index  = index,
        .type   = type,
        .memory = V4L2_MEMORY_MMAP,
    };
    if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
        buffer->m.planes = planes;
        buffer->length   = V4L2_REQUEST_MAX_PLANES;
    }
}

/**
 * Make a request usable again.
 *
 * In Linux 7.3 some error paths of hantro and rkvdec (vdpu383) return the
 * buffers of a job but leave its request queued until the video node is
 * closed; such a request is replaced.
 */
static int reinit_request(V4L2RequestSession *s, V4L2RequestSlot *slot)
{
    int fd = -1;
    int ret;

    if (avpriv_v4l2request_ioctl(slot->request_fd, MEDIA_REQUEST_IOC_REINIT, NULL) >= 0)
        return 0;

    ret = avpriv_v4l2request_ioctl(s->media_fd, MEDIA_IOC_REQUEST_ALLOC, &fd);
    if (ret < 0)
        return ret;
    close(slot->request_fd);
    slot->request_fd = fd;
    return 0;
}

static int slot_create(V4L2RequestSession *s, V4L2RequestSlot *slot)
{
    int ret;

    *slot = (V4L2RequestSlot) { .request_fd = -1 };
    ret = avpriv_v4l2request_ioctl(s->media_fd, MEDIA_IOC_REQUEST_ALLOC, &slot->request_fd);
    if (ret < 0) {
        av_log(s, AV_LOG_ERROR, "Failed to allocate a request: %s\n", av_err2str(ret));
        return ret;
    }

    ret = ff_v4l2_request_output_alloc(s, slot, 0);
    if (ret < 0)
        close(slot->request_fd);
    return ret;
}

void ff_v4l2_request_slots_free(V4L2RequestSession *s)
{
    for (int i = 0; i < s->nb_slots; i++) {
        ff_v4l2_request_output_free(&s->slots[i]);
        close(s->slots[i].request_fd);
    }
    s->nb_slots = 0;
}

/** @return AVERROR(EAGAIN) if all requests are in flight */
static int slot_take(V4L2RequestSession *s, V4L2RequestPicture *pic)
{
    V4L2RequestSlot *found = NULL;
    int ret = AVERROR(EAGAIN);

    ff_mutex_lock(&s->lock);
    if (s->dead)
        ret = s->dead;
    for (int i = 0; i < s->nb_slots && ret == AVERROR(EAGAIN); i++) {
        V4L2RequestSlot *slot = &s->slots[i];

        if (slot->busy || slot->waiters)
            continue;
        ret   = reinit_request(s, slot);
        found = slot;
    }
    if (ret == AVERROR(EAGAIN) && s->nb_slots < s->max_slots) {
        found = &s->slots[s->nb_slots];
        ret   = slot_create(s, found);
        if (ret >= 0) {
            s->nb_slots++;
        } else if (s->nb_slots) {
            /* Then with the ones that exist. */
            s->max_slots = s->nb_slots;
            ret = AVERROR(EAGAIN);
        }
    }
    if (ret >= 0) {
        found->busy = 1;
        found->used = 0;
        pic->slot   = found;
    }
    ff_mutex_unlock(&s->lock);
    return ret;
}

int ff_v4l2_request_slot_get(V4L2RequestSession *s, V4L2RequestPicture *pic)
{
    int ret;

    ff_v4l2_request_fetch(s);
    while ((ret = slot_take(s, pic)) == AVERROR(EAGAIN)) {
        ret = ff_v4l2_request_wait_any(s);
        if (ret < 0)
            return ret;
    }
    return ret;
}

void ff_v4l2_request_slot_put(V4L2RequestSession *s, V4L2RequestPicture *pic)
{
    ff_mutex_lock(&s->lock);
    if (pic->slot)
        pic->slot->busy = 0;
    pic->slot = NULL;
    ff_mutex_unlock(&s->lock);
}

static int start_streaming(V4L2RequestSession *s)
{
    int ret;

    if (s->streaming)
        return 0;

    ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_STREAMON, &s->output.type);
    if (ret >= 0)
        ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_STREAMON, &s->capture.type);
    if (ret < 0) {
        av_log(s, AV_LOG_ERROR, "Failed to start streaming: %s\n", av_err2str(ret));
        avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_STREAMOFF, &s->output.type);
        return ret;
    }
    s->streaming = 1;
    return 0;
}

static const char *control_name(const V4L2RequestSession *s, uint32_t id)
{
    const V4L2RequestControlInfo *info = s->codec->controls;

    while (info->id && info->id != id)
        info++;
    return info->id ? info->name : "unknown";
}

static int set_controls(V4L2RequestSession *s, V4L2RequestSlot *slot,
                        struct v4l2_ext_control *controls, int nb_controls)
{
    struct v4l2_ext_controls ctrls = {
        .which      = V4L2_CTRL_WHICH_REQUEST_VAL,
        .count      = nb_controls,
        .request_fd = slot->request_fd,
        .controls   = controls,
    };
    int ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_S_EXT_CTRLS, &ctrls);

    if (ret < 0)
        av_log(s, AV_LOG_ERROR, "The driver refuses control %s: %s\n",
               ctrls.error_idx < nb_controls ? control_name(s, controls[ctrls.error_idx].id)
                                             : "values", av_err2str(ret));
    return ret;
}

static int queue_output(V4L2RequestSession *s, V4L2RequestSlot *slot,
                        uint64_t timestamp, int hold)
{
    struct v4l2_buffer buffer;
    struct v4l2_plane planes[V4L2_REQUEST_MAX_PLANES];
    int ret;

    ff_v4l2_request_init_buffer(&buffer, planes, s->output.type, slot->index);
    planes[0].bytesused = slot->used;
    buffer.bytesused    = slot->used;
    buffer.request_fd   = slot->request_fd;
    buffer.flags        = V4L2_BUF_FLAG_REQUEST_FD |
                          (hold ? V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF : 0);
    buffer.timestamp.tv_sec  = timestamp / 1000000000;
    buffer.timestamp.tv_usec = timestamp / 1000 % 1000000;

    ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_QBUF, &buffer);
    if (ret < 0)
        av_log(s, AV_LOG_ERROR, "Failed to queue OUTPUT buffer %u (%u bytes): %s\n",
               slot->index, slot->used, av_err2str(ret));
    return ret;
}

static int queue_capture(V4L2RequestSession *s, uint32_t index)
{
    struct v4l2_buffer buffer;
    struct v4l2_plane planes[V4L2_REQUEST_MAX_PLANES];
    int ret;

    ff_v4l2_request_init_buffer(&buffer, planes, s->capture.type, index);
    ret = avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_QBUF, &buffer);
    if (ret < 0)
        av_log(s, AV_LOG_ERROR, "Failed to queue CAPTURE buffer %u: %s\n",
               index, av_err2str(ret));
    return ret;
}

/**
 * Hand one job to the driver.
 *
 * One CAPTURE buffer is queued for each picture right before its request, so
 * that the job takes this one: jobs take CAPTURE buffers in their order
 * (v4l2_m2m_next_dst_buf()).
 *
 * @return 1 if the job could not be queued but its CAPTURE buffer is
 */
static int submit_locked(V4L2RequestSession *s, V4L2RequestPicture *pic,
                         struct v4l2_ext_control *controls, int nb_controls, int hold)
{
    V4L2RequestSlot *slot     = pic->slot;
    V4L2RequestBuffer *buffer = pic->buffer;
    uint64_t timestamp        = buffer->timestamp;
    int ret;

    if ((ret = start_streaming(s)) < 0)
        return ret;
    if (!timestamp)
        timestamp = ++s->last_timestamp * 1000;

    if ((ret = set_controls(s, slot, controls, nb_controls)) < 0 ||
        (ret = queue_output(s, slot, timestamp, hold)) < 0)
        return ret;

    if (!buffer->queued) {
        if ((ret = queue_capture(s, buffer->index)) < 0)
            return ret;
        buffer->queued  = 1;
        s->nb_queued++;
        buffer->picture = v4l2_refstruct_ref(pic);
        ff_v4l2_request_note_fence(s, pic);
    }

    ret = avpriv_v4l2request_ioctl(slot->request_fd, MEDIA_REQUEST_IOC_QUEUE, NULL);
    if (ret < 0) {
        av_log(s, AV_LOG_ERROR, "Failed to queue a request: %s\n", av_err2str(ret));
        return 1;
    }

    /* From now on other pictures can refer to it. */
    buffer->timestamp = timestamp;
    slot->picture     = v4l2_refstruct_ref(pic);
    pic->slot         = NULL;
    pic->held         = hold;
    pic->jobs++;
    s->in_flight++;
    return 0;
}

/**
 * Wait for those to whom the buffer's last frame was given: a GPU may still read
 * it when the client has released the frame, and the driver would not wait.
 */
static int wait_users(V4L2RequestSession *s, const V4L2RequestBuffer *buffer)
{
    int ret = avpriv_v4l2request_wait_users(&buffer->frame, s->timeout_ms);

    if (ret < 0)
        av_log(s, AV_LOG_ERROR, "Somebody else still uses CAPTURE buffer %u (dma-buf %d): %s\n",
               buffer->index, buffer->frame.desc.objects[0].fd, av_err2str(ret));
    return ret;
}

int ff_v4l2_request_submit(V4L2RequestSession *s, V4L2RequestPicture *pic,
                           struct v4l2_ext_control *controls, int nb_controls, int hold)
{
    /* Only this thread gives slots out anew: what it holds stays until the end. */
    const V4L2RequestSlot *slot = pic->slot;
    uint64_t timestamp;
    int held, ret;

    ff_mutex_lock(&s->lock);
    held = pic->held;
    ff_mutex_unlock(&s->lock);

    hold = hold && s->can_hold;
    /* Without HOLD the first job returns the CAPTURE buffer, and the next one
     * needs it queued anew, with the same timestamp. */
    if (!held) {
        ret = ff_v4l2_request_wait(s, pic);
        if (ret >= 0)
            ret = wait_users(s, pic->buffer);
        if (ret < 0)
            return ret;
    }

    ff_mutex_lock(&s->lock);
    ret = s->dead ? s->dead : submit_locked(s, pic, controls, nb_controls, hold);
    timestamp = pic->buffer->timestamp;
    ff_mutex_unlock(&s->lock);

    ff_v4l2_request_dump(s, slot, controls, nb_controls, timestamp, hold,
                         ret > 0 ? AVERROR_EXTERNAL : ret);

    /* The next picture's job would take the CAPTURE buffer of this one. */
    if (ret > 0) {
        ff_v4l2_request_cancel(s);
        ret = AVERROR_EXTERNAL;
    }
    return ret;
}
