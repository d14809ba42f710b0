Frames come from the hwaccel's own device, so a client may give a device only.
The second configuration is for clients that know DRM devices but not ours.

@hook config macro
@after /_d3d12va_hwaccel\)$/
+#define HWACCEL_V4L2REQUEST(codec) \
+    HW_CONFIG_HWACCEL(1, 0, 0, DRM_PRIME,    V4L2REQUEST,  ff_ ## codec ## _v4l2request_hwaccel)
+#define HWACCEL_V4L2REQUEST_DRM(codec) \
+    HW_CONFIG_HWACCEL(1, 0, 0, DRM_PRIME,    DRM,          ff_ ## codec ## _v4l2request_hwaccel)
