The format is offered where FFmpeg offers any hwaccel's; what the device cannot
do is refused with its reason when the hwaccel is initialised.

@hook number of formats
@within /^static int update_size\(/ /^}/
@before /^\s+CONFIG_VP9_VAAPI_HWACCEL \+ \\$/
+                     CONFIG_VP9_V4L2REQUEST_HWACCEL + \

@hook 4:2:0 with 8 or 10 bit
@within /^static int update_size\(/ /^}/
@after 'case AV_PIX_FMT_YUV420P10:'
+#if CONFIG_VP9_V4L2REQUEST_HWACCEL
+            *fmtp++ = AV_PIX_FMT_DRM_PRIME;
+#endif

@hook 4:2:0 with 12 bit
@within /^static int update_size\(/ /^}/
@after 'case AV_PIX_FMT_YUV420P12:'
+#if CONFIG_VP9_V4L2REQUEST_HWACCEL
+            *fmtp++ = AV_PIX_FMT_DRM_PRIME;
+#endif

@hook 4:4:4
@within /^static int update_size\(/ /^}/
@after 'case AV_PIX_FMT_YUV444P12:'
+#if CONFIG_VP9_V4L2REQUEST_HWACCEL
+            *fmtp++ = AV_PIX_FMT_DRM_PRIME;
+#endif

Before VAAPI, as 7.1 has no Vulkan here: clients take the first device that can
be created, and a Vulkan device can be created where it cannot decode.

@hook configuration
@within /^const FFCodec ff_vp9_decoder / /^};/
@before '#if CONFIG_VP9_VAAPI_HWACCEL'
+#if CONFIG_VP9_V4L2REQUEST_HWACCEL
+                               HWACCEL_V4L2REQUEST(vp9),
+#endif

The last one, as a DRM device can be created where nothing decodes.

@hook configuration for DRM devices
@within /^const FFCodec ff_vp9_decoder / /^};/
@before 'NULL'
+#if CONFIG_VP9_V4L2REQUEST_HWACCEL && CONFIG_V4L2_REQUEST_DRM
+                               HWACCEL_V4L2REQUEST_DRM(vp9),
+#endif
