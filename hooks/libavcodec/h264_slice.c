The format is offered for every depth and chroma format that the uAPI has
fields for; what the device cannot do is refused with its reason when the
hwaccel is initialised.

@hook number of formats
@within /^static enum AVPixelFormat get_pixel_format\(/ /^}/
@before /^\s+CONFIG_H264_VAAPI_HWACCEL \+ \\$/
+                     CONFIG_H264_V4L2REQUEST_HWACCEL + \

@hook 10 bit
@within /^static enum AVPixelFormat get_pixel_format\(/ /^}/
@after 'case 10:'
+#if CONFIG_H264_V4L2REQUEST_HWACCEL
+        *fmt++ = AV_PIX_FMT_DRM_PRIME;
+#endif

@hook 8 bit
@within /^static enum AVPixelFormat get_pixel_format\(/ /^}/
@after 'case 8:'
+#if CONFIG_H264_V4L2REQUEST_HWACCEL
+        *fmt++ = AV_PIX_FMT_DRM_PRIME;
+#endif
