After memory_management_control_operation 5 the picture's own POCs are counted
anew, and so are those of the pictures that follow (8.2.1). FFmpeg goes on with
the old count and leaves the picture's POCs: they are on another scale than the
next ones, and B pictures get the wrong lists, weights and direct vectors, in
software and in every hwaccel. What a device is told and what software decodes
has to be the same picture, so this is not for hardware frames alone.

@hook POCs after MMCO 5
@within /^int ff_h264_execute_ref_pic_marking\(/ /^}/
@after 'h->cur_pic_ptr->mmco_reset = 1;'
+#if CONFIG_H264_V4L2REQUEST_HWACCEL
+            ff_v4l2_request_h264_reset_poc(h);
+#endif

@hook configuration
@before '#include <inttypes.h>'
+#include "config_components.h"
+

@hook declaration
@after '#include "mpegutils.h"'
+#if CONFIG_H264_V4L2REQUEST_HWACCEL
+#include "v4l2_request_h264.h"
+#endif
