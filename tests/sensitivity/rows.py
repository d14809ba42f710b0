# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Rows of fields.txt, and the fields of the kernel's header that each stands for.

What a field is called and where it is comes from the header alone (layout.py);
fields.txt says who reads it.
"""

import os
import re
import struct
import sys
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tools"))
import v4l2request_layout as layout  # noqa: E402  pylint: disable=wrong-import-position

READERS = ("rkvdec", "hantro", "cedrus", "mediatek", "tegra")
OTHERS = ("checked", "unread")

# fields: those of the header, in its order
Row = namedtuple("Row", "control name readers reason fields ident size")

# How many of these an array has in use: member of the control, and what is to be
# added. Beyond that nobody looks, and a value would be noticed for being there.
COUNTS = {
    "hevc_decode_params.dpb": ("num_active_dpb_entries", 0),
    "hevc_decode_params.poc_st_curr_before": ("num_poc_st_curr_before", 0),
    "hevc_decode_params.poc_st_curr_after": ("num_poc_st_curr_after", 0),
    "hevc_decode_params.poc_lt_curr": ("num_poc_lt_curr", 0),
    "hevc_pps.column_width_minus1": ("num_tile_columns_minus1", 1),
    "hevc_pps.row_height_minus1": ("num_tile_rows_minus1", 1),
    "hevc_slice_params.ref_idx_l0": ("num_ref_idx_l0_active_minus1", 1),
    "hevc_slice_params.ref_idx_l1": ("num_ref_idx_l1_active_minus1", 1),
    "hevc_ext_sps_st_rps.delta_poc_s0_minus1": ("num_negative_pics", 0),
    "hevc_ext_sps_st_rps.delta_poc_s1_minus1": ("num_positive_pics", 0),
    "h264_slice_params.ref_pic_list0": ("num_ref_idx_l0_active_minus1", 1),
    "h264_slice_params.ref_pic_list1": ("num_ref_idx_l1_active_minus1", 1),
    "h264_sps.offset_for_ref_frame": ("num_ref_frames_in_pic_order_cnt_cycle", 0),
    "vp8_frame.dct_part_sizes": ("num_dct_parts", 0),
    "av1_frame.tile_info.mi_col_starts": ("tile_info.tile_cols", 1),
    "av1_frame.tile_info.mi_row_starts": ("tile_info.tile_rows", 1),
    "av1_frame.tile_info.width_in_sbs_minus_1": ("tile_info.tile_cols", 0),
    "av1_frame.tile_info.height_in_sbs_minus_1": ("tile_info.tile_rows", 0),
    "av1_film_grain.point_y_value": ("num_y_points", 0),
    "av1_film_grain.point_y_scaling": ("num_y_points", 0),
    "av1_film_grain.point_cb_value": ("num_cb_points", 0),
    "av1_film_grain.point_cb_scaling": ("num_cb_points", 0),
    "av1_film_grain.point_cr_value": ("num_cr_points", 0),
    "av1_film_grain.point_cr_scaling": ("num_cr_points", 0),
}


def is_reserved(field):
    """The header gives these no meaning."""
    return re.match(r"(reserved\d?|padding|\(undefined\))(\[\])*$", field.generic.rsplit(".", 1)[-1])


def label(field):
    """A control that is one number has a field without a name."""
    return field.name or "(value)"


def expression(pattern):
    """[] is any index, [a-b] and [a,b] are some, * is everything."""
    def indices(match):
        text = match[1]
        if not text:
            return r"\[\d+\]"
        if "-" in text:
            first, last = map(int, text.split("-"))
            return rf"\[({'|'.join(map(str, range(first, last + 1)))})\]"
        return rf"\[({text.replace(',', '|')})\]"
    parts = re.split(r"\[([\d,-]*)\]", pattern)
    text = "".join(indices([None, part]) if i % 2 else re.escape(part).replace(r"\*", ".*")
                   for i, part in enumerate(parts))
    return re.compile(text + "$")


class Table:
    """All rows, in the order of the file, and what is wrong with them."""

    def __init__(self, header, path):
        self.layouts = layout.Layouts(header)
        self.idents = {name: ident for ident, name in self.layouts.controls.items()}
        self.problems, self.rows, self.reserved = [], [], {}
        taken = {}
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip() and not line.startswith("#"):
                    self.add(f"{os.path.basename(path)}:{number}", line.split(None, 3), taken)
        self.check_complete(taken)

    def add(self, place, words, taken):
        control, name, who, reason = (words + [""])[:4]
        readers = who.split(",")
        if control not in self.idents or not (set(readers) <= set(READERS) or who in OTHERS):
            self.problems.append(f"{place}: no such control or reader")
            return
        if who in OTHERS and not reason.strip():
            self.problems.append(f"{place}: a reason is missing")
        _, fields, size = self.layouts.control(self.idents[control])
        pattern = expression(name)
        found = [f for f in fields if pattern.match(label(f)) and not is_reserved(f)]
        if not found:
            self.problems.append(f"{place}: the header has no {control} {name}")
        for field in found:
            if (control, label(field)) in taken:
                self.problems.append(f"{place}: {label(field)} is in {taken[control, label(field)]}, too")
            taken[control, label(field)] = place
        self.rows.append(Row(control, name, readers, reason.strip(), found, self.idents[control], size))

    def check_complete(self, taken):
        for control, ident in self.idents.items():
            fields = self.layouts.control(ident)[1]
            self.reserved[control] = [f for f in fields if is_reserved(f)]
            self.problems += [f"fields.txt has no {control} {label(f)}" for f in fields
                              if not is_reserved(f) and (control, label(f)) not in taken]

    def member(self, control, name):
        return next(f for f in self.layouts.control(self.idents[control])[1] if f.name == name)

    def in_use(self, control, field, payload, base):
        """Is this element of an array one of those that the control counts?"""
        if control == "h264_decode_params" and field.name.startswith("dpb["):
            flag = self.member(control, field.name.split(".")[0] + ".flags.ACTIVE")
            return layout.value(flag, payload, base)
        count = COUNTS.get(f"{control}.{field.generic.split('[')[0]}")
        if not count:
            return True
        index = int(re.search(r"\[(\d+)\]", field.name)[1])
        return index < layout.value(self.member(control, count[0]), payload, base) + count[1]


def size_of(field):
    return struct.calcsize(field.format)


def flip(field, bit, payload, base):
    """Another value of a number; of a flag there is only one."""
    size = size_of(field)
    mask = field.mask or 1 << bit
    number = int.from_bytes(payload[base + field.offset:base + field.offset + size], "little") ^ mask
    payload[base + field.offset:base + field.offset + size] = number.to_bytes(size, "little")
