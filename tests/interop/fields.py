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


def counted(name):
    def used(control, n):
        return n < control[name]
    return used


def hevc_active(number):
    def used(control, n):
        is_inter = control["slice_type"] != 2 and (number == 0 or control["slice_type"] == 0)
        return is_inter and n <= control[f"num_ref_idx_l{number}_active_minus1"]
    return used


DPBS = {
    "h264_decode_params": Dpb(
        "h264_decode_params", "dpb", "reference_ts",
        lambda control, n, entry: any(value not in (0, "none") for value in entry.values()),
        [("h264_slice_params", "ref_pic_list0[].index", h264_active(0)),
         ("h264_slice_params", "ref_pic_list1[].index", h264_active(1))]),
    "hevc_decode_params": Dpb(
        "hevc_decode_params", "dpb", "timestamp",
        lambda control, n, entry: n < control["num_active_dpb_entries"],
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
    name, fields, _ = layouts.control(ident)
    elements = [dict(element) for element in layouts.decode(ident, payload)]
    for field in filter(is_timestamp, fields):
        for element in elements:
            element[field.name] = frames.name(element[field.name])
    return name, elements


def take_entries(control, array):
    """Remove [{field: value}] of an array of structs."""
    entries = {}
    for key in [key for key in control if key.startswith(f"{array}[")]:
        number, _, field = key.removeprefix(f"{array}[").partition("].")
        entries.setdefault(int(number), {})[field] = control.pop(key)
    return entries


def name_entries(controls, dpb):
    """Call the entries of a DPB by their frames, and so what refers to them."""
    control = controls[dpb.control][0]
    entries = {n: entry for n, entry in take_entries(control, dpb.array).items() if dpb.used(control, n, entry)}
    for other, generic, used in dpb.indices:
        head, tail = generic.split("[]")
        for element in controls.get(other, []):
            for n in range(32):
                field = f"{head}[{n}]{tail}"
                if field in element and used(element, n):
                    entry = entries.get(element[field])
                    element[field] = entry[dpb.timestamp] if entry else f"entry {element[field]}"
    taken = {}
    for entry in entries.values():
        name = entry[dpb.timestamp]
        taken[name] = taken.get(name, 0) + 1
        control[f"{dpb.array}[{name}/{taken[name]}]"] = "there"
        control.update({f"{dpb.array}[{name}/{taken[name]}].{field}": value for field, value in entry.items()})


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


def coded_data(layouts, job):
    """What a job decodes, without what stands between its slices or around its tiles."""
    for ident, payload in job.controls.items():
        if layouts.controls[ident] == "av1_tile_group_entry":
            return tuple(job.bitstream[tile["tile_offset"]:tile["tile_offset"] + tile["tile_size"]]
                         for tile in layouts.decode(ident, payload))
    return job.nal_units()


# name, our value, the peer's, and which element of an array control they are in
Difference = namedtuple("Difference", "name ours peer element", defaults=(0,))


class Pair:
    """Our job and the peer's for the same slices."""

    def __init__(self, layouts, frames, ours, peer):
        self.layouts = layouts
        self.frames = frames
        self.jobs = ours, peer
        self.decoded = [None, None]

    def controls(self, side):
        """{name: [{field: value}]} of all controls, decoded when somebody asks."""
        if self.decoded[side] is None:
            self.decoded[side] = decode_all(self.layouts, self.frames[side], self.jobs[side].controls)
        return self.decoded[side]

    def value(self, side, name, element=0):
        """A field by its full name, None if there is no such field."""
        control, _, field = name.partition(".")
        elements = self.controls(side).get(control, [])
        return elements[min(element, len(elements) - 1)].get(field) if elements else None

    def differences(self):
        """All fields in which the two differ."""
        ours, peer = self.jobs
        if ours.bitstream != peer.bitstream:
            yield Difference(self.bitstream(), *(f"{len(job.bitstream)} bytes" for job in self.jobs))
        for ident in sorted(ours.controls.keys() | peer.controls.keys()):
            name = self.layouts.controls[ident]
            known = [ident in job.controls for job in self.jobs]
            sent = [ident in job.sent for job in self.jobs] if name in OPTIONAL else known
            if sent[0] != sent[1]:
                yield Difference(name, *("sent" if here else "kept" if before else "not sent"
                                         for here, before in zip(sent, known)))
            # What we send, and so think is needed, has to be there.
            if sent[0] and known[1] and \
                    (ours.controls[ident] != peer.controls[ident] or needs_names(self.layouts, ident)):
                yield from self.compare(name)

    def bitstream(self):
        """What to call the difference between bitstreams that are not the same bytes."""
        ours, peer = self.jobs
        if ours.bitstream.replace(b"\0", b"") == peer.bitstream.replace(b"\0", b""):
            return "bitstream.zero_bytes"
        same = coded_data(self.layouts, ours) == coded_data(self.layouts, peer)
        return "bitstream.around_tiles" if same else "bitstream"

    def compare(self, name):
        left, right = (self.controls(side)[name] for side in (0, 1))
        if len(left) != len(right):
            yield Difference(f"{name}.elements", len(left), len(right))
        for n, (a, b) in enumerate(zip(left, right)):
            for field, x, y in compare_elements(a, b):
                yield Difference(f"{name}.{field}".rstrip("."), x, y, n)


def compare_elements(left, right):
    for field in dict.fromkeys([*left, *right]):
        if field in left and field in right and left[field] != right[field] or \
                (field in left) != (field in right) and "." not in field:
            yield field, left.get(field, "none"), right.get(field, "none")
