# SPDX-License-Identifier: LGPL-2.1-or-later
"""Read what the preloaded library of record.c wrote."""

import struct

HEADER = struct.Struct("<4sIQI")
CONTROL = struct.Struct("<II")
NO_REQUEST = 0xffffffff


class Job:
    """A request: timestamp, what each control is then, which of them it sets, the bitstream."""

    def __init__(self, timestamp, controls, sent, bitstream):
        self.timestamp = timestamp
        self.controls = controls
        self.sent = sent
        self.bitstream = bitstream

    def nal_units(self):
        """The bitstream without what stands between its units."""
        return tuple(unit.strip(b"\0") for unit in self.bitstream.split(b"\0\0\1") if unit.strip(b"\0"))


def read(name):
    """Jobs in decoding order. A control that a request leaves out keeps its value."""
    jobs, current = [], {}
    with open(name, "rb") as file:
        while header := file.read(HEADER.size):
            magic, count, timestamp, size = HEADER.unpack(header)
            if magic != b"VIR1":
                raise ValueError(f"{name} is no recording")
            sent = set()
            for _ in range(count):
                ident, length = CONTROL.unpack(file.read(CONTROL.size))
                current[ident] = file.read(length)
                sent.add(ident)
            if size != NO_REQUEST:
                jobs.append(Job(timestamp, dict(current), sent, file.read(size)))
    return jobs
