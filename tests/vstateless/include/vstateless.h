/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Protocol between the vstateless driver and the program that decodes for it
 *
 * The driver has one character device, /dev/vstateless. Two kinds of file are
 * opened on it:
 *
 *  - one server (VSTATELESS_IOC_WAIT_CONTEXT): learns of V4L2 contexts (open
 *    video nodes) that have a job and nobody to decode it;
 *  - one worker a context (VSTATELESS_IOC_BIND): gets that context's jobs one
 *    after the other (VSTATELESS_IOC_GET) and answers each
 *    (VSTATELESS_IOC_DONE).
 *
 * When a worker's file is closed, its running job ends with an error and the
 * context is offered to the server anew at its next job.
 *
 * All structures have the same layout for 32 and 64 bit programs. All ioctls
 * may be interrupted by signals (EINTR) before they have an effect.
 */

#ifndef VSTATELESS_H
#define VSTATELESS_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VSTATELESS_PROTOCOL	1
#define VSTATELESS_MAX_PLANES	3
#define VSTATELESS_MAX_BUFFERS	64

/*
 * Say which protocol the program speaks; the driver answers with its own. Has
 * to be the first ioctl on every file. EPROTO: the versions differ.
 */
struct vstateless_hello {
	__u32 protocol;
	__u32 reserved;
};

/*
 * Wait until a context has a job and no worker, and return its id (never
 * reused). EBUSY: another file already is the server.
 */
struct vstateless_context {
	__u64 id;
};

/* What the driver knows of one CAPTURE buffer at the start of a job. */
struct vstateless_buffer {
	__u64 timestamp;	/* ns, as in the *_ts control fields */
	__u64 mem[VSTATELESS_MAX_PLANES]; /* 0: no such plane */
	__u32 index;		/* V4L2 buffer index */
	__u32 flags;		/* VSTATELESS_BUFFER_* */
};

/*
 * The timestamp was copied from an OUTPUT buffer: vb2_find_buffer() would
 * consider this buffer.
 */
#define VSTATELESS_BUFFER_TIMESTAMP	(1 << 0)
/* Queued by the client: it may be overwritten by one of the next jobs. */
#define VSTATELESS_BUFFER_QUEUED	(1 << 1)

/*
 * A memory plane of the CAPTURE format. The components in it follow each other,
 * each capture_height rows (divided as it is subsampled): chroma of NV12 starts
 * at bytesperline * capture_height. Both sizes include padding.
 */
struct vstateless_plane {
	__u32 bytesperline;
	__u32 sizeimage;
};

/*
 * A control in the control block: header, payload of elems * elem_size bytes,
 * padding to a multiple of 8 bytes. Values are as the kernel has sanitised
 * them. The block holds every control of the coded format, also those that
 * this request does not carry (their last value then).
 */
struct vstateless_control {
	__u32 id;
	__u32 flags;		/* VSTATELESS_CONTROL_* */
	__u32 elem_size;
	__u32 elems;
};

/* The control is part of this job's request. */
#define VSTATELESS_CONTROL_IN_REQUEST	(1 << 0)

enum vstateless_event_type {
	VSTATELESS_EVENT_JOB = 1,	/* decode, then VSTATELESS_IOC_DONE */
	VSTATELESS_EVENT_MEM_GONE = 2,	/* unmap event.mem */
	VSTATELESS_EVENT_STREAMOFF = 3,	/* forget the state of the stream */
};

/* The OUTPUT buffer starts a new picture (its timestamp is a new one). */
#define VSTATELESS_JOB_NEW_FRAME	(1 << 0)
/* V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF: more jobs follow for this picture. */
#define VSTATELESS_JOB_HOLD		(1 << 1)

/*
 * Wait for the next event of the bound context. The caller sets the two
 * pointers and capacities; ENOSPC leaves the job queued and tells the sizes
 * that are needed. ENODEV: the context is closed, nothing will follow.
 */
struct vstateless_event {
	__u32 type;
	__u32 flags;		/* VSTATELESS_JOB_* */
	__u64 job;		/* never reused */
	__u64 mem;		/* VSTATELESS_EVENT_MEM_GONE */
	__u64 timestamp;	/* of the OUTPUT buffer, ns */
	__u32 sequence;		/* of the CAPTURE buffer */
	__u32 coded_fourcc;
	__u32 coded_width;
	__u32 coded_height;
	__u32 capture_fourcc;
	__u32 capture_width;
	__u32 capture_height;
	__u32 capture_planes;
	struct vstateless_plane plane[VSTATELESS_MAX_PLANES];
	__u32 capture_index;	/* the buffer to write */
	__u32 num_buffers;
	struct vstateless_buffer buffer[VSTATELESS_MAX_BUFFERS];
	__u64 controls;		/* in: pointer */
	__u64 bitstream;	/* in: pointer */
	__u32 controls_capacity;
	__u32 controls_size;
	__u32 bitstream_capacity;
	__u32 bitstream_size;
};

/*
 * The job pretends that the hardware hung: it ends by the driver's watchdog
 * or by the client's STREAMOFF.
 */
#define VSTATELESS_DONE_LOSE		(1 << 0)

/*
 * Answer a job. The device's memory has to be written before. ESTALE: the job
 * has ended already (watchdog, STREAMOFF), its buffer may be in use again.
 */
struct vstateless_done {
	__u64 job;
	__s32 status;		/* 0, or a negative error: the job failed */
	__u32 flags;		/* VSTATELESS_DONE_* */
	__u32 warnings;		/* what some drivers would choke on */
	__u32 bytes_written;	/* pixel bytes, all planes */
};

#define VSTATELESS_IOC_HELLO		_IOWR('v', 0xc0, struct vstateless_hello)
#define VSTATELESS_IOC_WAIT_CONTEXT	_IOR('v', 0xc1, struct vstateless_context)
#define VSTATELESS_IOC_BIND		_IOW('v', 0xc2, struct vstateless_context)
#define VSTATELESS_IOC_GET		_IOWR('v', 0xc3, struct vstateless_event)
#define VSTATELESS_IOC_DONE		_IOW('v', 0xc4, struct vstateless_done)

/*
 * A worker maps the device's side of a buffer with
 * mmap(length <= sizeimage, MAP_SHARED, fd, VSTATELESS_MMAP_OFFSET(mem)).
 */
#define VSTATELESS_MMAP_SHIFT		32
#define VSTATELESS_MMAP_OFFSET(mem)	((__u64)(mem) << VSTATELESS_MMAP_SHIFT)

#endif
