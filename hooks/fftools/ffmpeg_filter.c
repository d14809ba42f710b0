Without -hwaccel_output_format ffmpeg downloads frames by itself, and then
"-hwaccel v4l2request -vf hwdownload,format=nv12" fails to find formats. A graph
that begins with hwdownload or hwmap can only mean hardware frames.

@hook frames for hwdownload
@for 7.1
@within /^(static )?int ifilter_bind_ist\(/ /^}/
@before /ret = ist_filter_add\(/
+    if (av_strstart(fgp->graph_desc, "hwdownload", NULL) ||
+        av_strstart(fgp->graph_desc, "hwmap", NULL))
+        ist_keep_hw_frames(ist);
+
@for 8.0+
@within /^(static )?int ifilter_bind_ist\(/ /^}/
@before /ret = ist_filter_add\(/
+    if (av_strstart(ifilter->graph->graph_desc, "hwdownload", NULL) ||
+        av_strstart(ifilter->graph->graph_desc, "hwmap", NULL))
+        ist_keep_hw_frames(ist);
+
