# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of differences, and the explanations that it needs."""

import fnmatch
import re
import sys
from collections import namedtuple

Case = namedtuple("Case", "codec name mode")
Explanation = namedtuple("Explanation", "codec field values streams whose text")


def bitstreams(ours, peer):
    """(field, our value, the peer's) for bitstreams that are not the same bytes."""
    if ours.replace(b"\0", b"") == peer.replace(b"\0", b""):
        return "bitstream.zero_bytes", f"{len(ours)} bytes", f"{len(peer)} bytes"
    return "bitstream", f"{len(ours)} bytes", f"{len(peer)} bytes"


def read_explained(name):
    """
    Lines "CODEC FIELD VALUES STREAMS | WHOSE | WHY". VALUES are OURS:PEER, or +N for
    a value of ours that is the peer's plus N. * stands for anything, STREAMS have commas.
    The table has all elements of an array in one row, here an index may tell them apart.
    """
    found = []
    with open(name, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                head, whose, text = (part.strip() for part in line.split("|", 2))
                codec, field, values, names = head.split()
                found.append(Explanation(codec, field, values, names.split(","), whose, text))
    return found

HEAD = """# The same controls as GStreamer's

Made by `make interop-controls`; do not edit. Our hwaccel and stock GStreamer of Debian 13 decode the streams of
`tests/clips/list.txt` on the kernel's own test driver, visl (those that visl cannot take on vstateless). What they hand
over with each request was recorded by a preloaded library and compared: every field of every control, as
`linux/v4l2-controls.h` has them, and the bitstream. References are compared as frames, not as timestamps, entries of a
DPB by the frame they stand for, whatever their order. A field that is not in a table has the same value in all jobs.
The explanations come from `tests/interop/controls-explained.txt`: a difference without one fails the test, and
one without a difference does, too.

"""


class Table:
    def __init__(self, explanations):
        self.explanations = explanations
        self.used = set()
        self.rows = {}      # (codec, field, explanation) -> {"cases", "jobs", "example"}
        self.cases = {}     # case -> number of jobs

    def count_job(self, case):
        self.cases[case] = self.cases.get(case, 0) + 1

    def explain(self, case, field, ours, peer):
        for number, explanation in enumerate(self.explanations):
            if fnmatch.fnmatchcase(case.codec, explanation.codec) and \
                    fnmatch.fnmatchcase(field, glob(explanation.field)) and \
                    fits(explanation.values, ours, peer) and \
                    any(fnmatch.fnmatchcase(case.name, stream) for stream in explanation.streams):
                self.used.add(number)
                return number
        return -1

    def add(self, case, field, ours, peer, job):
        generic = re.sub(r"\[[^]]*\]", "[]", field)
        key = case.codec, generic, self.explain(case, field, ours, peer)
        row = self.rows.setdefault(key, {"cases": {}, "jobs": set(), "example": (case, ours, peer, job)})
        row["cases"][case] = True
        row["jobs"].add((case, job))

    def complain(self):
        """Say what is unexplained or needlessly explained; 1 if anything is."""
        wrong = []
        for (codec, field, number), row in self.rows.items():
            case, ours, peer, job = row["example"]
            if number < 0:
                wrong.append(f"unexplained: {codec} {field}: {ours} here, {peer} there ({case.name}, "
                             f"{case.mode} mode, job {job}); in {streams(row)}")
        codecs = {case.codec for case in self.cases}
        wrong += [f"nothing to explain: {e.codec} {e.field} {e.values} {','.join(e.streams)}"
                  for n, e in enumerate(self.explanations) if n not in self.used and e.codec in codecs]
        print("\n".join(wrong), file=sys.stderr)
        return int(bool(wrong))

    def write(self, file, versions):
        file.write(HEAD + f"Versions: {versions}\n")
        for codec in dict.fromkeys(case.codec for case in self.cases):
            self.write_codec(file, codec)

    def write_codec(self, file, codec):
        cases = [case for case in self.cases if case.codec == codec]
        rows = {key: row for key, row in self.rows.items() if key[0] == codec}
        file.write(f"\n## {codec}\n\n{len({case.name for case in cases})} streams, "
                   f"{' and '.join(dict.fromkeys(case.mode for case in cases))} mode, "
                   f"{sum(self.cases[case] for case in cases)} jobs; {len(rows)} differences.\n")
        if rows:
            file.write("\n| field | mode | streams | jobs | e.g. ours, GStreamer's | right | why |\n"
                       "| --- | --- | ---: | ---: | --- | --- | --- |\n")
        for (_, field, number), row in sorted(rows.items()):
            whose, why = self.explanations[number][4:] if number >= 0 else ("?", "?")
            case, ours, peer, job = row["example"]
            modes = ", ".join(sorted({case.mode for case in row["cases"]}))
            file.write(f"| {field} | {modes} | {len({case.name for case in row['cases']})} | {len(row['jobs'])} | "
                       f"{case.name}, job {job}: {ours}, {peer} | {whose} | {why} |\n")


def fits(values, ours, peer):
    """Do two values differ in the way that an explanation is about?"""
    if values.startswith("+"):
        return isinstance(ours, int) and isinstance(peer, int) and ours - peer == int(values)
    left, right = values.split(":")
    return fnmatch.fnmatchcase(str(ours).replace(" ", "-"), left) and \
        fnmatch.fnmatchcase(str(peer).replace(" ", "-"), right)


def streams(row):
    return ", ".join(dict.fromkeys(case.name for case in row["cases"]))


def glob(field):
    """
    Fields have brackets, which fnmatch takes as a set: "[2]" and "[*]" are an index,
    "[[2-5]]" is a set inside of them, any other set is one.
    """
    return re.sub(r"\[(\[.*?\]|\d+|\*)\]", r"[[]\1]", field)
