# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of differences, and whether each is explained."""

import re
import sys
from collections import namedtuple


Case = namedtuple("Case", "codec name mode")


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
        self.rows = {}      # (codec, field, whose fault, why) -> {"cases", "jobs", "example"}
        self.cases = {}     # case -> number of jobs

    def count_job(self, case):
        self.cases[case] = self.cases.get(case, 0) + 1

    def add(self, case, difference, job, pair=None):
        generic = re.sub(r"\[[^]]*\]", "[]", difference.name)
        explanation = self.explanations.find(case, difference, pair)
        key = case.codec, generic, *((explanation.whose, explanation.text) if explanation else ("?", "?"))
        row = self.rows.setdefault(key, {"cases": {}, "jobs": set(), "example": (case, difference, job)})
        row["cases"][case] = True
        row["jobs"].add((case, job))

    def complain(self):
        """Say what is unexplained or needlessly explained; 1 if anything is."""
        wrong = []
        for (codec, _, whose, _), row in self.rows.items():
            case, difference, job = row["example"]
            if whose == "?":
                wrong.append(f"unexplained: {codec} {difference.name}: {difference.ours} here, {difference.peer} "
                             f"there ({case.name}, {case.mode} mode, job {job}); in {streams(row)}")
        codecs = {case.codec for case in self.cases}
        wrong += [f"nothing to explain for {','.join(sorted(e.unused))}: {e.head}"
                  for e in self.explanations.all if e.unused and e.codec in codecs]
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
        for (_, field, whose, why), row in sorted(rows.items()):
            case, difference, job = row["example"]
            modes = ", ".join(sorted({case.mode for case in row["cases"]}))
            file.write(f"| {field} | {modes} | {len({case.name for case in row['cases']})} | {len(row['jobs'])} | "
                       f"{case.name}, job {job}: {difference.ours}, {difference.peer} | {whose} | {why} |\n")


def streams(row):
    return ", ".join(dict.fromkeys(case.name for case in row["cases"]))
