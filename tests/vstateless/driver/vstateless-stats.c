// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters in debugfs
 *
 * stats: a line "name value" for each. reset: any write zeroes them; those
 * that count living objects stay, because a leak must not vanish. resume: any
 * write lets the job go on that the parameter "stall" stopped.
 */

#include <linux/debugfs.h>
#include <linux/ktime.h>
#include <linux/seq_file.h>

#include "driver.h"

static const char * const names[VSTATELESS_COUNTERS] = {
	[VSTATELESS_CTX_OPEN]		= "ctx_open",
	[VSTATELESS_JOBS]		= "jobs",
	[VSTATELESS_DONE_OK]		= "done_ok",
	[VSTATELESS_DONE_ERR]		= "done_err",
	[VSTATELESS_TIMEOUTS]		= "timeouts",
	[VSTATELESS_ABORTS]		= "aborts",
	[VSTATELESS_LATE_DONE]		= "late_done",
	[VSTATELESS_MODEL_WARNINGS]	= "model_warnings",
	[VSTATELESS_MODEL_BYTES]	= "model_bytes",
	[VSTATELESS_SYNC_START]		= "sync_start",
	[VSTATELESS_SYNC_COPIES]	= "sync_copies",
	[VSTATELESS_SYNC_UNBALANCED]	= "sync_unbalanced",
	[VSTATELESS_POISON_CPU]		= "poison_cpu",
	[VSTATELESS_POISON_DEV]		= "poison_dev",
	[VSTATELESS_IMPORT_COPIES]	= "import_copies",
	[VSTATELESS_WINDOW_FAULTS]	= "window_faults",
	[VSTATELESS_BAD_ACCESS]		= "bad_access",
	[VSTATELESS_STALE_READS]	= "stale_reads",
	[VSTATELESS_NON_COHERENT]	= "non_coherent",
	[VSTATELESS_FENCES]		= "fences",
	[VSTATELESS_CTX_LIVE]		= "ctx_live",
	[VSTATELESS_MEM_LIVE]		= "mem_live",
	[VSTATELESS_MEM_BYTES]		= "mem_bytes",
	[VSTATELESS_DMABUF_LIVE]	= "dmabuf_live",
	[VSTATELESS_VMA_CLIENT]		= "vma_client",
	[VSTATELESS_VMA_DEV]		= "vma_dev",
	[VSTATELESS_REQUESTS_LIVE]	= "requests_live",
	[VSTATELESS_FENCES_LIVE]	= "fences_live",
};

static int vstateless_stats_show(struct seq_file *seq, void *unused)
{
	struct vstateless_dev *dev = seq->private;
	s64 elapsed = ktime_to_ns(ktime_sub(ktime_get(), dev->stats.since));
	s64 busy = atomic64_read(&dev->stats.busy_ns);
	unsigned int i;

	for (i = 0; i < VSTATELESS_COUNTERS; i++)
		seq_printf(seq, "%s %lld\n", names[i],
			   atomic64_read(&dev->stats.counter[i]));
	seq_printf(seq, "busy_us %lld\n", div_s64(busy, NSEC_PER_USEC));
	seq_printf(seq, "idle_us %lld\n",
		   div_s64(max(elapsed - busy, 0LL), NSEC_PER_USEC));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vstateless_stats);

static void reset(struct vstateless_dev *dev)
{
	unsigned int i;

	for (i = 0; i < VSTATELESS_FIRST_LIVE; i++)
		atomic64_set(&dev->stats.counter[i], 0);
	atomic64_set(&dev->stats.busy_ns, 0);
	dev->stats.since = ktime_get();
}

static ssize_t vstateless_reset_write(struct file *file, const char __user *buf,
				      size_t count, loff_t *ppos)
{
	reset(file->private_data);
	vstateless_job_resume(file->private_data, false);
	return count;
}

static const struct file_operations vstateless_reset_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= vstateless_reset_write,
};

static ssize_t vstateless_resume_write(struct file *file, const char __user *buf,
				       size_t count, loff_t *ppos)
{
	vstateless_job_resume(file->private_data, true);
	return count;
}

static const struct file_operations vstateless_resume_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= vstateless_resume_write,
};

void vstateless_stats_init(struct vstateless_dev *dev)
{
	reset(dev);
	dev->debugfs = debugfs_create_dir(VSTATELESS_NAME, NULL);
	debugfs_create_file("stats", 0444, dev->debugfs, dev,
			    &vstateless_stats_fops);
	debugfs_create_file("reset", 0200, dev->debugfs, dev,
			    &vstateless_reset_fops);
	debugfs_create_file("resume", 0200, dev->debugfs, dev,
			    &vstateless_resume_fops);
}

/* Called when the last user is gone: whatever still lives is a leak. */
void vstateless_stats_exit(struct vstateless_dev *dev)
{
	unsigned int i;

	debugfs_remove_recursive(dev->debugfs);
	for (i = VSTATELESS_FIRST_LIVE; i < VSTATELESS_COUNTERS; i++) {
		s64 live = atomic64_read(&dev->stats.counter[i]);

		if (live)
			v4l2_err(&dev->v4l2_dev, "LEAK %s %lld\n", names[i], live);
	}
}
