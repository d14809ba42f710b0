@hook copies of frames
@after /^\s+fate-checkasm-v210enc\s+\\$/
+                fate-checkasm-v4l2request                               \
