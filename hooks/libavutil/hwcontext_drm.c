Frames that a V4L2 decoder made for a client with a DRM device. Their pixels are
read as with a device of our own type: packed samples are unpacked, and a failed
DMA_BUF_IOCTL_SYNC is an error. And no device name means the first node, where
FFmpeg hands NULL to open(), which answers "Bad address". Left out with
--disable-v4l2-request-drm.

@hook header
@after '#include "hwcontext_internal.h"'
+#if CONFIG_V4L2_REQUEST_DRM
+#include "hwcontext_v4l2request_internal.h"
+#endif

@hook no device name
@within /^static int drm_device_create\(/ /^}/
@before 'hwctx->fd = open(device, O_RDWR);'
+#if CONFIG_V4L2_REQUEST_DRM
+    char node[V4L2REQUEST_DRM_NODE_SIZE];
+
+    if (!device) {
+        int err = ff_v4l2request_find_drm_node(hwdev, node);
+
+        if (err < 0)
+            return err;
+        device = node;
+    }
+#endif

@hook formats
@within /^static int drm_transfer_get_formats\(/ /^}/
@before 'pix_fmts = av_malloc_array(2, sizeof(*pix_fmts));'
+#if CONFIG_V4L2_REQUEST_DRM
+    if (ff_v4l2request_is_frames(ctx))
+        return ff_v4l2request_transfer_get_formats(ctx, dir, formats);
+#endif

@hook download
@within /^static int drm_transfer_data_from\(/ /^}/
@before 'if (dst->width > hwfc->width || dst->height > hwfc->height)'
+#if CONFIG_V4L2_REQUEST_DRM
+    if (ff_v4l2request_is_frames(hwfc))
+        return ff_v4l2request_transfer_data_from(hwfc, dst, src);
+#endif

@hook map
@for 7.1
@within /^static int drm_map_from\(/ /^}/
@before 'if (hwfc->sw_format != dst->format)'
@for 8.0+
@within /^static int drm_map_from\(/ /^}/
@before 'if (dst->format == AV_PIX_FMT_NONE)'
+#if CONFIG_V4L2_REQUEST_DRM
+    if (ff_v4l2request_is_frames(hwfc))
+        return ff_v4l2request_map_from(hwfc, dst, src, flags);
+#endif
