# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Control payloads as {field: value}, in terms that do not depend on the client:
a frame is the job that was the first to write it instead of a timestamp, an
entry of the DPB is the frame that it stands for instead of its place.
"""

import re
from collections import namedtuple

import v4l2request_layout as layout

TIMESTAMP = re.compile(r"(_ts|\btimestamp)(\[\])*$")

# Where a codec has a DPB in which the client chooses the order: control, array,
# its timestamp, is an entry in use; then the fields that are indices of it:
# control, array, is element n in use.
Dpb = namedtuple("Dpb", "control array timestamp used indices")


def h264_active(number):
    def used(control, n):
        return control[f"ref_pic_list{number}[{n}].fields"] in (1, 2, 3)
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
        lambda control, n: any(v not in (0, "none") for k, v in control.items() if k.startswith(f"dpb[{n}].")),
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


# A request has these only if the stream needs them; what they were before is then
# of no use to anybody.
OPTIONAL = ("h264_pred_weights", "h264_scaling_matrix", "hevc_scaling_matrix", "hevc_entry_point_offsets",
            "vp9_compressed_hdr", "av1_film_grain")


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
        self.last = None

    def number(self, timestamp, job):
        """Jobs of one frame follow each other; later a timestamp may be used again."""
        if timestamp != self.last:
            self.jobs[timestamp] = job
        self.last = timestamp
        return self.jobs[timestamp]

    def name(self, nanoseconds):
        job = self.jobs.get(nanoseconds // 1000, "unknown")
        if nanoseconds:
            return job
        return "none" if job == "unknown" else Zero(job)


def is_timestamp(field):
    return field.format == "Q" and TIMESTAMP.search(field.generic)


def decode(layouts, frames, ident, payload):
    """Name of a control, [{field: value} for each element]."""
    name, fields, size = layouts.control(ident)
    elements = []
    for base in range(0, len(payload) - size + 1, size):
        element = {}
        for field in fields:
            value = layout.value(field, payload, base)
            element[field.name] = frames.name(value) if is_timestamp(field) else value
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
        any(map(is_timestamp, fields))


def differences(layouts, frames, ours, peer):
    """(name, our value, the peer's) of each field in which two jobs differ."""
    wanted = []
    for ident in sorted(ours.controls.keys() | peer.controls.keys()):
        sent = [ident in (job.sent if layouts.controls[ident] in OPTIONAL else job.controls) for job in (ours, peer)]
        if all(sent):
            if ours.controls[ident] != peer.controls[ident] or needs_names(layouts, ident):
                wanted.append(ident)
        elif any(sent):
            yield layouts.controls[ident], *("sent" if here else "not sent" for here in sent)
    left = decode_all(layouts, frames[0], {i: ours.controls[i] for i in wanted})
    right = decode_all(layouts, frames[1], {i: peer.controls[i] for i in wanted})
    for name in left:
        if len(left[name]) != len(right[name]):
            yield f"{name}.elements", len(left[name]), len(right[name])
        for a, b in zip(left[name], right[name]):
            yield from compare_elements(name, a, b)


def compare_elements(name, left, right):
    for field in dict.fromkeys([*left, *right]):
        if field in left and field in right and left[field] != right[field] or \
                (field in left) != (field in right) and not "." in field:
            yield f"{name}.{field}".rstrip("."), left.get(field, "none"), right.get(field, "none")
