VP7 shares most of this file but neither the list of formats, which it never
asks for, nor the configurations.

@hook format
@within /^static enum AVPixelFormat get_pixel_format\(/ /^}/
@before 'AV_PIX_FMT_YUV420P,'
+#if CONFIG_VP8_V4L2REQUEST_HWACCEL
+        AV_PIX_FMT_DRM_PRIME,
+#endif

A key frame may have another size, and update_dimensions() means to ask for a
format then; but it decides by a pointer that the flush has just set to NULL
(dim_reset), so it never does. Hardware frames would keep the old size.

@hook size change
@within /^int update_dimensions\(VP8Context/ /^}/
@after 'vp8_decode_flush_impl(s->avctx, 1);'
+#if CONFIG_VP8_V4L2REQUEST_HWACCEL
+        if (s->pix_fmt == AV_PIX_FMT_DRM_PRIME)
+            s->pix_fmt = AV_PIX_FMT_NONE;
+#endif

@hook configuration
@within /^const FFCodec ff_vp8_decoder / /^};/
@before 'NULL'
+#if CONFIG_VP8_V4L2REQUEST_HWACCEL
+                               HWACCEL_V4L2REQUEST(vp8),
+#if CONFIG_V4L2_REQUEST_DRM
+                               HWACCEL_V4L2REQUEST_DRM(vp8),
+#endif
+#endif
