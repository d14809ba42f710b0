MPEG-1 has a list and a decoder of its own and gets no entry: the uAPI's
control is for MPEG-2 (V4L2_PIX_FMT_MPEG2_SLICE). 4:2:2 and 4:4:4 exist in
MPEG-2 only; a device that cannot do them refuses with its reason.

@hook 4:2:0
@within /^static const enum AVPixelFormat mpeg2_hwaccel_pixfmt_list_420\[\]/ /^};/
@before 'AV_PIX_FMT_YUV420P,'
+#if CONFIG_MPEG2_V4L2REQUEST_HWACCEL
+    AV_PIX_FMT_DRM_PRIME,
+#endif

@hook 4:2:2
@within /^static const enum AVPixelFormat mpeg12_pixfmt_list_422\[\]/ /^};/
@before 'AV_PIX_FMT_YUV422P,'
+#if CONFIG_MPEG2_V4L2REQUEST_HWACCEL
+    AV_PIX_FMT_DRM_PRIME,
+#endif

@hook 4:4:4
@within /^static const enum AVPixelFormat mpeg12_pixfmt_list_444\[\]/ /^};/
@before 'AV_PIX_FMT_YUV444P,'
+#if CONFIG_MPEG2_V4L2REQUEST_HWACCEL
+    AV_PIX_FMT_DRM_PRIME,
+#endif

@hook configuration
@within /^const FFCodec ff_mpeg2video_decoder / /^};/
@before 'NULL'
+#if CONFIG_MPEG2_V4L2REQUEST_HWACCEL
+                        HWACCEL_V4L2REQUEST(mpeg2),
+#if CONFIG_V4L2_REQUEST_DRM
+                        HWACCEL_V4L2REQUEST_DRM(mpeg2),
+#endif
+#endif
