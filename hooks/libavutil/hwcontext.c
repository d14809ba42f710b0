@hook table
@within /^static const HWContextType \* ?const hw_table\[\]/ /^};/
@before 'NULL,'
+#if CONFIG_V4L2_REQUEST
+    &ff_hwcontext_type_v4l2request,
+#endif

@hook name
@within /^static const char \*const hw_type_names\[\]/ /^};/
@before /^};/
+    [AV_HWDEVICE_TYPE_V4L2REQUEST] = "v4l2request",
