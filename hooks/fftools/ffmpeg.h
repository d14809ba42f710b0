See ffmpeg_filter.c.

@hook declaration
@before /^int ist_filter_add\(/
+void ist_keep_hw_frames(InputStream *ist);
