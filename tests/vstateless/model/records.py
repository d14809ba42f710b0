# SPDX-License-Identifier: LGPL-2.1-or-later
"""Read and write the files of `vstateless-model --record` (see record.h)."""

import re
import struct
import subprocess

JOB, STREAMOFF = 1, 3

# struct vstateless_event of protocol 1 and the two sizes in it
EVENT_SIZE, CONTROLS_SIZE, BITSTREAM_SIZE = 2688, 2676, 2684
CONTROL = struct.Struct("<IIII")
STATELESS_BASE = 0x00a40900  # V4L2_CID_CODEC_STATELESS_BASE

NAMES = {
    0: "h264-decode-mode", 1: "h264-start-code", 2: "h264-sps", 3: "h264-pps",
    4: "h264-scaling", 5: "h264-weights", 6: "h264-slice", 7: "h264-decode",
    200: "vp8-frame",
    300: "vp9-frame", 301: "vp9-compressed",
    400: "hevc-sps", 401: "hevc-pps", 402: "hevc-slice", 403: "hevc-scaling", 404: "hevc-decode",
    405: "hevc-decode-mode", 406: "hevc-start-code", 407: "hevc-entry", 408: "hevc-st-rps", 409: "hevc-lt-rps",
    220: "mpeg2-sequence", 221: "mpeg2-picture", 222: "mpeg2-quantisation",
    500: "av1-sequence", 501: "av1-tiles", 502: "av1-frame", 505: "av1-grain",
}


class Record:
    """One event; event, controls and bitstream are bytearrays."""

    def __init__(self, data):
        controls, = struct.unpack_from("<I", data, CONTROLS_SIZE)
        bitstream, = struct.unpack_from("<I", data, BITSTREAM_SIZE)
        if EVENT_SIZE + controls + bitstream != len(data):
            raise ValueError("record of another protocol version")
        self.event = bytearray(data[:EVENT_SIZE])
        self.controls = bytearray(data[EVENT_SIZE:EVENT_SIZE + controls])
        self.bitstream = bytearray(data[EVENT_SIZE + controls:])

    def is_job(self):
        return struct.unpack_from("<I", self.event)[0] == JOB

    def find_controls(self):
        """Names of the controls with offset and size of their payload."""
        found, pos = {}, 0
        while pos + CONTROL.size <= len(self.controls):
            ident, _, elem_size, elems = CONTROL.unpack_from(self.controls, pos)
            pos += CONTROL.size
            found[NAMES.get(ident - STATELESS_BASE, hex(ident))] = (pos, elem_size * elems)
            pos += (elem_size * elems + 7) & ~7
        return found

    def pack(self):
        struct.pack_into("<I", self.event, CONTROLS_SIZE, len(self.controls))
        struct.pack_into("<I", self.event, BITSTREAM_SIZE, len(self.bitstream))
        data = self.event + self.controls + self.bitstream
        return b"VSR1" + struct.pack("<I", len(data)) + data


def read(name):
    records = []
    with open(name, "rb") as file:
        while header := file.read(8):
            magic, size = struct.unpack("<4sI", header)
            if magic != b"VSR1":
                raise ValueError(f"{name} is no recording")
            records.append(Record(file.read(size)))
    return records


def write(name, records):
    with open(name, "wb") as file:
        for record in records:
            file.write(record.pack())


LINE = re.compile(r"\d+ ts=(\d+) index=\d+ status=(-?\d+) warnings=(\d+) bytes=\d+ (\S+)")


def replay(model, name, options=(), timeout=60):
    """Decode a recording: (exit status, [(status, warnings, MD5)], messages)."""
    done = subprocess.run([model, *options, "--replay", name], capture_output=True, text=True,
                          errors="replace", timeout=timeout, check=False)
    jobs = [(int(m[2]), int(m[3]), m[4]) for m in map(LINE.match, done.stdout.splitlines()) if m]
    return done.returncode, jobs, done.stderr
