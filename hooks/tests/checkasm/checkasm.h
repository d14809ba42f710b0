@hook copies of frames
@before 'void checkasm_check_v210dec(void);'
+void checkasm_check_v4l2request(void);
