/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the virtual stateless decoder share
 *
 * Who owns what ("holds a counted reference to"):
 *
 *	V4L2 file, worker file, memory -> context
 *	vb2 buffer, dma-buf, mapping   -> memory (users)
 *	job, model's mapping           -> memory (total)
 *
 * Lock order: context's lock (queues) -> control handler's lock (formats);
 * the device's lock (jobs, contexts, events) and a memory's lock are innermost
 * and never held together.
 */

#ifndef VSTATELESS_DRIVER_H
#define VSTATELESS_DRIVER_H

#include <linux/atomic.h>
#include <linux/dma-resv.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <media/media-device.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-device.h>

#include "compat.h"
#include "params.h"
#include "vstateless.h"

#define VSTATELESS_NAME	"vstateless"

/* Counters in debugfs; those named *_live and the like survive a reset. */
enum vstateless_counter {
	VSTATELESS_CTX_OPEN,
	VSTATELESS_JOBS,
	VSTATELESS_DONE_OK,
	VSTATELESS_DONE_ERR,
	VSTATELESS_TIMEOUTS,
	VSTATELESS_ABORTS,
	VSTATELESS_LATE_DONE,
	VSTATELESS_MODEL_WARNINGS,
	VSTATELESS_MODEL_BYTES,
	VSTATELESS_SYNC_START,
	VSTATELESS_SYNC_COPIES,
	VSTATELESS_SYNC_UNBALANCED,
	VSTATELESS_POISON_CPU,
	VSTATELESS_POISON_DEV,
	VSTATELESS_IMPORT_COPIES,
	VSTATELESS_WINDOW_FAULTS,
	VSTATELESS_BAD_ACCESS,
	VSTATELESS_STALE_READS,
	VSTATELESS_NON_COHERENT,
	VSTATELESS_FENCES,
	VSTATELESS_FIRST_LIVE,
	VSTATELESS_CTX_LIVE = VSTATELESS_FIRST_LIVE,
	VSTATELESS_MEM_LIVE,
	VSTATELESS_MEM_BYTES,
	VSTATELESS_DMABUF_LIVE,
	VSTATELESS_VMA_CLIENT,
	VSTATELESS_VMA_DEV,
	VSTATELESS_REQUESTS_LIVE,
	VSTATELESS_FENCES_LIVE,
	VSTATELESS_COUNTERS
};

struct vstateless_stats {
	atomic64_t counter[VSTATELESS_COUNTERS];
	atomic64_t busy_ns;
	ktime_t since;
};

/* What bytesperline means, and how large a plane is. */
enum vstateless_shape {
	VSTATELESS_SHAPE_ROWS,
	/* 128 bytes wide; bytesperline: lines of a column, luma and chroma */
	VSTATELESS_SHAPE_COLUMNS,
	/* 128 bytes wide, a plane each; lines: sizeimage / bytesperline */
	VSTATELESS_SHAPE_PLANES,
	/* rows, but bytesperline is the width in pixels */
	VSTATELESS_SHAPE_WIDTH,
};

/* A memory layout of decoded pictures; see vstateless-layout.c. */
struct vstateless_format {
	u32 fourcc;
	u8 bit_depth;
	u8 chroma_format_idc;
	u8 mem_planes;
	bool listed;		/* also where the module's parameter has no list */
	enum vstateless_shape shape;
	u8 bytes, pixels;	/* a row takes bytes for each group of pixels */
	u8 tile_width, tile_height;
	u8 components;
	struct {
		u8 plane;	/* the memory plane that it is in */
		u8 hdiv, vdiv;	/* row length and rows, relative to luma */
		u8 align;	/* of the number of rows */
	} component[VSTATELESS_MAX_PLANES];
};

struct vstateless_ctx;

/* All that the driver knows of a codec; see vstateless-h264.c. */
struct vstateless_codec {
	u32 fourcc;
	struct v4l2_frmsize_stepwise sizes;
	const struct v4l2_ctrl_config *controls;
	unsigned int num_controls;
	u32 decode_mode;	/* control ids; 0: the codec has no such menu */
	u32 start_code;
	/*
	 * Adapt a control to the module parameters; false: leave it out. NULL:
	 * all are as the table says.
	 */
	bool (*offer)(struct v4l2_ctrl_config *config);
	/*
	 * Refuse what the hardware cannot do, given the OUTPUT format. Called
	 * with the control handler locked; must not sleep long. 0 or -EINVAL.
	 */
	int (*check)(const struct vstateless_ctx *ctx, u32 id, const void *value);
	/*
	 * The control that says what the pictures are, and its reader; check()
	 * has passed. NULL: always 8 bit 4:2:0.
	 */
	u32 image_id;
	void (*image)(const void *value, u8 *bit_depth, u8 *chroma_format_idc);
};

extern const struct vstateless_codec vstateless_mpeg2;
extern const struct vstateless_codec vstateless_h264;
extern const struct vstateless_codec vstateless_vp8;
extern const struct vstateless_codec vstateless_vp9;
extern const struct vstateless_codec vstateless_hevc;
extern const struct vstateless_codec vstateless_av1;

/* One plane of a buffer; see vstateless-mem.c. */
struct vstateless_mem {
	struct kref total;
	refcount_t users;
	struct vstateless_ctx *ctx;
	u64 id;
	unsigned long size;
	void *dev;			/* what the hardware reads and writes */
	void *cpu;			/* what the client maps; NULL for imports */
	bool capture;
	bool window;			/* pages appear inside a SYNC window only */
	bool cpu_stale;			/* the device has newer data */
	struct mutex lock;		/* copies, windows, exports */
	int windows;
	struct address_space *mapping;	/* of V4L2 mappings, while vmas > 0 */
	unsigned int vmas;
	atomic_t dev_vmas;
	struct list_head gone;		/* the model has to unmap it */
	struct dma_resv resv;		/* of all exports */
	struct dma_fence *fence;	/* while the driver has the buffer */
	struct dma_buf *import;
	struct iosys_map import_map;
};

enum vstateless_job_state {
	VSTATELESS_JOB_PENDING,		/* waits for a worker */
	VSTATELESS_JOB_DISPATCHED,	/* the worker decodes */
	VSTATELESS_JOB_LOST,		/* only watchdog or abort end it */
	VSTATELESS_JOB_DONE_WAIT,	/* decoded; the hardware's time runs */
	VSTATELESS_JOB_STALLED,		/* waits for vstateless_job_resume() */
};

struct vstateless_job {
	struct kref kref;
	struct vstateless_ctx *ctx;
	enum vstateless_job_state state;
	enum vstateless_job_state resumed_state;	/* STALLED: what follows */
	bool stall;
	bool aborted;
	int status;
	ktime_t start;
	ktime_t hw_end;
	ktime_t deadline;		/* 0: none */
	struct vstateless_mem *bitstream;
	struct vstateless_mem *capture[VSTATELESS_MAX_PLANES];
	void *controls;
	struct vstateless_event event;
};

/* An open video node: one stream. */
struct vstateless_ctx {
	struct v4l2_fh fh;
	struct vstateless_dev *dev;
	struct kref kref;
	struct v4l2_ctrl_handler hdl;
	struct mutex lock;		/* queues */

	/* Under the handler's lock; constant while CAPTURE has buffers */
	const struct vstateless_codec *codec;
	const struct vstateless_format *format;
	u8 bit_depth;
	u8 chroma_format_idc;
	struct v4l2_pix_format_mplane coded;
	struct v4l2_pix_format_mplane capture;

	u32 coded_sequence;
	u32 capture_sequence;

	spinlock_t table_lock;		/* table */
	struct vb2_buffer *table[VSTATELESS_MAX_BUFFERS];

	/* Under the device's lock */
	u64 id;
	struct list_head list;
	struct list_head gone;
	bool open;
	bool offered;			/* the server knows about it */
	bool abort;			/* no job may run on */
	bool streamoff;			/* the worker has to be told */
	struct vstateless_file *worker;
	wait_queue_head_t wait;
};

/* A file on the model's device; see vstateless-model.c. */
struct vstateless_file {
	struct vstateless_dev *dev;
	bool hello;
	struct vstateless_ctx *ctx;	/* worker: holds a reference */
};

struct vstateless_dev {
	struct v4l2_device v4l2_dev;
	struct video_device vdev;
	struct media_device mdev;
	struct v4l2_m2m_dev *m2m_dev;
	struct miscdevice misc;
	struct dentry *debugfs;
	struct vstateless_stats stats;
	struct xarray mems;
	atomic64_t last_mem;

	spinlock_t lock;		/* all below; never taken in interrupts */
	struct list_head contexts;
	u64 last_ctx;
	u64 last_job;
	struct vstateless_job *job;	/* the hardware runs one at a time */
	bool resumed;			/* no job stalls any more */
	struct vstateless_file *server;
	wait_queue_head_t server_wait;

	struct hrtimer timer;
	struct workqueue_struct *wq;
	struct work_struct work;
};

static inline void vstateless_count(struct vstateless_dev *dev,
				    enum vstateless_counter counter, s64 n)
{
	atomic64_add(n, &dev->stats.counter[counter]);
}

static inline struct vstateless_ctx *vstateless_file_to_ctx(struct file *file)
{
	return container_of(vstateless_file_to_fh(file), struct vstateless_ctx, fh);
}

/* vstateless-core.c */
struct vstateless_ctx *vstateless_ctx_get(struct vstateless_ctx *ctx);
void vstateless_ctx_put(struct vstateless_ctx *ctx);

/* vstateless-stats.c */
void vstateless_stats_init(struct vstateless_dev *dev);
void vstateless_stats_exit(struct vstateless_dev *dev);

/* vstateless-layout.c */
extern const struct vstateless_format vstateless_formats[];
extern const unsigned int vstateless_num_formats;

/* vstateless-format.c */
bool vstateless_format_exists(u32 fourcc);
const struct vstateless_format *
vstateless_format_enum(const struct vstateless_ctx *ctx, unsigned int index);
const struct vstateless_format *
vstateless_format_find(const struct vstateless_ctx *ctx, u32 fourcc);
void vstateless_format_fill(const struct vstateless_format *format,
			    const struct v4l2_pix_format_mplane *coded,
			    struct v4l2_pix_format_mplane *pix);
const struct vstateless_codec *vstateless_codec_enum(unsigned int index);
const struct vstateless_codec *vstateless_codec_find(u32 fourcc);

/* vstateless-video.c */
extern const struct v4l2_ioctl_ops vstateless_ioctl_ops;
void vstateless_set_default_format(struct vstateless_ctx *ctx);
int vstateless_set_image(struct vstateless_ctx *ctx, u8 bit_depth,
			 u8 chroma_format_idc);

/* vstateless-queue.c */
int vstateless_queue_init(void *priv, struct vb2_queue *src, struct vb2_queue *dst);
int vstateless_request_validate(struct media_request *req);
struct media_request *vstateless_request_alloc(struct media_device *mdev);
void vstateless_request_free(struct media_request *req);

/* vstateless-ctrl.c */
int vstateless_ctrl_init(struct vstateless_ctx *ctx);
int vstateless_ctrl_check(struct vstateless_ctx *ctx);
void *vstateless_ctrl_pack(struct vstateless_ctx *ctx, struct media_request *req,
			   u32 *size);

/* vstateless-mem.c */
extern const struct vb2_mem_ops vstateless_mem_ops;
void vstateless_mem_get(struct vstateless_mem *mem);
void vstateless_mem_put(struct vstateless_mem *mem);
void vstateless_mem_get_user(struct vstateless_mem *mem);
void vstateless_mem_put_user(struct vstateless_mem *mem);
int vstateless_mem_to_device(struct vstateless_mem *mem, unsigned long bytes);
void vstateless_mem_queued(struct vstateless_mem *mem);
void vstateless_mem_new_frame(struct vstateless_mem *mem);
void vstateless_mem_decoded(struct vstateless_mem *mem);

/* vstateless-mmap.c */
int vstateless_mem_mmap(struct vstateless_mem *mem, struct vm_area_struct *vma,
			const struct vm_operations_struct *ops);
int vstateless_mem_mmap_dev(struct vstateless_ctx *ctx, u64 id,
			    struct vm_area_struct *vma);
vm_fault_t vstateless_mem_fault(struct vstateless_mem *mem, struct vm_fault *vmf,
				int windows);
int vstateless_mem_mmap_v4l2(void *buf_priv, struct vm_area_struct *vma);
void vstateless_mem_hide(struct vstateless_mem *mem);

/* vstateless-dmabuf.c */
struct dma_buf *vstateless_dmabuf_export(struct vb2_buffer *vb, void *buf_priv,
					 unsigned long flags);
void vstateless_dmabuf_pull(struct vstateless_mem *mem, unsigned long bytes);
void vstateless_dmabuf_push(struct vstateless_mem *mem);

/* vstateless-fence.c */
void vstateless_fence_attach(struct vb2_buffer *vb, enum vstateless_fence_mode when);
void vstateless_fence_fail(struct vstateless_mem *mem, int error);
void vstateless_fence_signal(struct vstateless_mem *mem);
int vstateless_fence_wait(struct dma_resv *resv, bool write);

/* vstateless-job.c */
extern const struct v4l2_m2m_ops vstateless_m2m_ops;
int vstateless_job_init(struct vstateless_dev *dev);
void vstateless_job_exit(struct vstateless_dev *dev);
int vstateless_job_done(struct vstateless_ctx *ctx,
			const struct vstateless_done *done);
void vstateless_job_worker_gone(struct vstateless_ctx *ctx);
void vstateless_job_resume(struct vstateless_dev *dev, bool resumed);

/* vstateless-snapshot.c */
struct vstateless_job *vstateless_job_new(struct vstateless_ctx *ctx,
					  struct vb2_v4l2_buffer *src,
					  struct vb2_v4l2_buffer *dst);
void vstateless_job_describe(struct vstateless_job *job,
			     struct vb2_v4l2_buffer *src,
			     struct vb2_v4l2_buffer *dst);
struct vstateless_job *vstateless_job_get(struct vstateless_job *job);
void vstateless_job_put(struct vstateless_job *job);

/* vstateless-model.c */
int vstateless_model_init(struct vstateless_dev *dev);
void vstateless_model_exit(struct vstateless_dev *dev);
void vstateless_model_wake(struct vstateless_ctx *ctx);

#endif
