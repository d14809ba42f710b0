# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Recorded jobs with one field changed, replayed in the model.
"""

import os
import subprocess
import sys
import tempfile
import threading
from collections import namedtuple

import rows

sys.path.insert(0, os.path.join(rows.HERE, "..", "vstateless", "model"))
import records  # noqa: E402  pylint: disable=wrong-import-position

SHM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

# A way to make a field wrong: this bit, in every job or in every other one, in
# this element of a dynamic array. A bit beyond a field's size is its last one.
Way = namedtuple("Way", "name bit step element")
WAYS = (Way("bit 0", 0, 1, 0), Way("bit 0 of the last element", 0, 1, -1), Way("bit 3", 3, 1, 0),
        Way("last bit", 63, 1, 0), Way("bit 0 in every other job", 0, 2, 0))

HUNG = 60


class Stream:
    """The recording of a stream, its events and what they give unchanged."""

    def __init__(self, path):
        self.path, self.name = path, os.path.basename(path)
        self.codec = self.name.split("-")[0]
        self.events = records.read(path)
        self.jobs = [event for event in self.events if event.is_job()]
        # (offset, element size, elements) of each control of each job
        self.places = [find(job) for job in self.jobs]
        self.idents = set().union(*self.places)
        self.base = None

    def packed(self):
        return b"".join(event.pack() for event in self.events)


def find(job):
    places, pos = {}, 0
    while pos + records.CONTROL.size <= len(job.controls):
        ident, _, size, elements = records.CONTROL.unpack_from(job.controls, pos)
        pos += records.CONTROL.size
        places[ident] = pos, size, elements
        pos += (size * elements + 7) & ~7
    return places


def is_slice_only(stream, ident):
    """A device that takes whole pictures has no use for two of the controls."""
    return not stream.name.endswith(".slice") and ident - records.STATELESS_BASE in (5, 6)


def run(model, data):
    """Lines of a replay as (status, warnings, pixels), one after the other; then
    the model's exit status."""
    with tempfile.NamedTemporaryFile(dir=SHM) as file:
        file.write(data)
        file.flush()
        with subprocess.Popen([model, "--replay", file.name], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, errors="replace") as process:
            watchdog = threading.Timer(HUNG, process.kill)
            watchdog.start()
            try:
                for line in process.stdout:
                    match = records.LINE.match(line)
                    yield int(match[2]), int(match[3]), match[4]
                yield process.wait()
            finally:
                watchdog.cancel()
                process.kill()


def baseline(model, stream):
    *stream.base, status = run(model, stream.packed())
    if status or len(stream.base) != len(stream.jobs):
        raise RuntimeError(f"{stream.name}: the model ends with {status}")


def judge(model, stream, data):
    """failed, pixels, warned, crashed or nothing; ends at the first difference."""
    warned = False
    for number, outcome in enumerate(run(model, data)):
        if isinstance(outcome, int):
            break
        status, warnings, pixels = stream.base[number]
        if outcome[0] < 0 <= status:
            return "failed"
        if outcome[2] != pixels:
            return "pixels"
        warned |= outcome[1] > warnings
    else:
        return "crashed"
    if outcome:
        return "crashed"
    return "warned" if warned else ""


def changed(table, stream, row, fields, way):
    """The recording with these fields wrong, or nothing if none is in use."""
    saved, touched = {}, False
    for number in range(way.step - 1, len(stream.jobs), way.step):
        place = stream.places[number].get(row.ident)
        if not place or is_slice_only(stream, row.ident):
            continue
        pos, size, elements = place
        if not elements:
            continue
        if row.size != size:
            raise RuntimeError(f"{row.control} has {size} bytes in {stream.name}, {row.size} in the header")
        job = stream.jobs[number]
        base = pos + (way.element % elements) * size
        for field in fields:
            if table.in_use(row.control, field, job.controls, base):
                saved.setdefault(number, bytes(job.controls))
                rows.flip(field, min(way.bit, 8 * rows.size_of(field) - 1), job.controls, base)
                touched = True
    data = stream.packed() if touched else None
    for number, controls in saved.items():
        stream.jobs[number].controls[:] = controls
    return data
