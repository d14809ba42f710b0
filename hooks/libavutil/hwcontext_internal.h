@hook declaration
@after 'extern const HWContextType ff_hwcontext_type_vulkan;'
+extern const HWContextType ff_hwcontext_type_v4l2request;
