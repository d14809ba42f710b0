# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Control payloads as {field: value}, in terms that do not depend on the client:
a frame is the job that was the first to write it instead of a timestamp, an
entry of the DPB is the frame that it stands for instead of its place.
"""

import re
from collections import namedtuple

import layout

TIMESTAMP = re.compile(r"(_ts|\btimestamp)(\[\])*$")

# Where a codec has a DPB in which the client chooses the order: control, array,
# its timestamp, is an entry in use; then the fields that are indices of it:
# control, array, is element n in use.
Dpb = namedtuple("Dpb", "control array timestamp used indices")


def h264_active(number):
    def used(control, n):
        return control[f"ref_pic_list{number}[{n}].fields"] != 0
    return used


def counted(name, add=0):
    def used(control, n):
        return n < control[name] + add
    return used


def hevc_active(number):
    def used(control, n):
        is_inter = control["slice_type"] != 2 and (number == 0 or control["slice_type"] == 0)
        return is_inter and n <= control[f"num_ref_idx_l{number}_active_minus1"]
    return used


DPBS = {
    "h264_decode_params": Dpb(
        "h264_decode_params", "dpb", "reference_ts",
        lambda control, n: any(v for k, v in control.items() if k.startswith(f"dpb[{n}].")),
        [("h264_slice_params", "ref_pic_list0[].index", h264_active(0)),
         ("h264_slice_params", "ref_pic_list1[].index", h264_active(1))]),
    "hevc_decode_params": Dpb(
        "hevc_decode_params", "dpb", "timestamp", counted("num_active_dpb_entries"),
        [("hevc_decode_params", "poc_st_curr_before[]", counted("num_poc_st_curr_before")),
         ("hevc_decode_params", "poc_st_curr_after[]", counted("num_poc_st_curr_after")),
         ("hevc_decode_params", "poc_lt_curr[]", counted("num_poc_lt_curr")),
         ("hevc_slice_params", "ref_idx_l0[]", hevc_active(0)),
         ("hevc_slice_params", "ref_idx_l1[]", hevc_active(1))]),
}


class Zero(int):
    """A frame that has the timestamp 0, which also stands for none."""

    def __eq__(self, other):
        return other == "none" or int(self) == other

    def __ne__(self, other):
        return not self == other

    __hash__ = int.__hash__


class Frames:
    """Which job wrote the frame with a timestamp."""

    def __init__(self):
        self.jobs = {}

    def number(self, timestamp, job):
        return self.jobs.setdefault(timestamp, job)

    def name(self, nanoseconds):
        job = self.jobs.get(nanoseconds // 1000, "unknown")
        if nanoseconds:
            return job
        return "none" if job == "unknown" else Zero(job)


def decode(layouts, frames, ident, payload):
    """Name of a control, [{field: value} for each element]."""
    name, fields, size = layouts.control(ident)
    elements = []
    for base in range(0, len(payload) - size + 1, size):
        element = {}
        for field in fields:
            value = layout.value(field, payload, base)
            element[field.name] = frames.name(value) if TIMESTAMP.search(field.generic) else value
        elements.append(element)
    return name, elements


def name_entries(controls, dpb):
    """Call the entries of a DPB by their frames, and so what refers to them."""
    control = controls[dpb.control][0]
    names = {}
    for n in range(16):
        key = f"{dpb.array}[{n}]."
        if dpb.used(control, n):
            names[n] = control[key + dpb.timestamp]
    for other, generic, used in dpb.indices:
        for element in controls.get(other, []):
            head, tail = generic.split("[]")
            for n in range(32):
                field = f"{head}[{n}]{tail}"
                if field in element and used(element, n):
                    element[field] = names.get(element[field], f"entry {element[field]}")
    taken = {}
    for n in range(16):
        old = f"{dpb.array}[{n}]."
        entry = {k.removeprefix(old): control.pop(k) for k in [k for k in control if k.startswith(old)]}
        if n in names:
            taken[names[n]] = taken.get(names[n], 0) + 1
            control[f"{dpb.array}[{names[n]}/{taken[names[n]]}]"] = "there"
            control.update({f"{dpb.array}[{names[n]}/{taken[names[n]]}].{k}": v for k, v in entry.items()})


def decode_all(layouts, frames, payloads):
    controls = dict(decode(layouts, frames, ident, payload) for ident, payload in payloads.items())
    for name, dpb in DPBS.items():
        if name in controls:
            name_entries(controls, dpb)
    return controls


def needs_names(layouts, ident):
    """Equal payloads may mean different things, and different ones the same."""
    name, fields, _ = layouts.control(ident)
    return name in DPBS or any(name == other for dpb in DPBS.values() for other, _, _ in dpb.indices) or \
        any(TIMESTAMP.search(field.generic) for field in fields)


def differences(layouts, frames, ours, peer):
    """(generic name, our value, the peer's) of each field that differs."""
    wanted = [ident for ident in sorted(ours.keys() | peer.keys())
              if ours.get(ident) != peer.get(ident) or needs_names(layouts, ident)]
    left = decode_all(layouts, frames[0], {i: ours[i] for i in wanted if i in ours})
    right = decode_all(layouts, frames[1], {i: peer[i] for i in wanted if i in peer})
    for name in dict.fromkeys([*left, *right]):
        if name not in left or name not in right:
            yield name, *("sent" if name in side else "none" for side in (left, right))
            continue
        if len(left[name]) != len(right[name]):
            yield f"{name}.elements", len(left[name]), len(right[name])
        for a, b in zip(left[name], right[name]):
            yield from compare_elements(name, a, b)


def compare_elements(name, left, right):
    for field in dict.fromkeys([*left, *right]):
        if field in left and field in right and left[field] != right[field] or \
                (field in left) != (field in right) and not "." in field:
            generic = re.sub(r"\[[^]]*\]", "[]", field)
            yield f"{name}.{generic}".rstrip("."), left.get(field, "none"), right.get(field, "none")
