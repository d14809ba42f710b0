@hook copies of frames
@after /\{ "lls", +checkasm_check_lls \},/
+#if CONFIG_V4L2_REQUEST
+        { "v4l2request", checkasm_check_v4l2request },
+#endif
