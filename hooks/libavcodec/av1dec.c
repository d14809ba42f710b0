Every format that hardware could have: what the device cannot do is refused
with its reason when the hwaccel is initialised. Monochrome decodes to 4:2:0.

@hook number of formats
@within /^static int get_pixel_format\(/ /^}/
@before /^\s+CONFIG_AV1_VAAPI_HWACCEL \+ \\$/
+                     CONFIG_AV1_V4L2REQUEST_HWACCEL + \

@hook every format
@within /^static int get_pixel_format\(/ /^}/
@before 'switch (pix_fmt) {'
+#if CONFIG_AV1_V4L2REQUEST_HWACCEL
+    *fmtp++ = AV_PIX_FMT_DRM_PRIME;
+#endif

There is no software in this decoder to fall back to, which users of the other
codecs do not expect.

@hook what else decodes it
@within /^static int get_pixel_format\(/ /^}/
@before /^\s+av_log\(avctx, AV_LOG_ERROR, "Your platform doesn't support"$/
+#if CONFIG_AV1_V4L2REQUEST_HWACCEL
+        av_log(avctx, AV_LOG_ERROR, "This decoder needs hardware that can do it. %s\n",
+               CONFIG_LIBDAV1D_DECODER ? "In software: -c:v libdav1d." :
+               "In software: libdav1d, which is not in this build.");
+#endif

Before Vulkan: clients take the first device that can be created, and a Vulkan
device can be created where it cannot decode.

@hook configuration
@within /^const FFCodec ff_av1_decoder / /^};/
@before '#if CONFIG_AV1_VULKAN_HWACCEL'
+#if CONFIG_AV1_V4L2REQUEST_HWACCEL
+        HWACCEL_V4L2REQUEST(av1),
+#endif

The last one, as a DRM device can be created where nothing decodes.

@hook configuration for DRM devices
@within /^const FFCodec ff_av1_decoder / /^};/
@before 'NULL'
+#if CONFIG_AV1_V4L2REQUEST_HWACCEL && CONFIG_V4L2_REQUEST_DRM
+        HWACCEL_V4L2REQUEST_DRM(av1),
+#endif
