#!/usr/bin/env python3
"""Markdown tables of measurements, from the lines of JSON that `bench_peers.py`, `spectra-benchmark table` and
`where_time_goes.py` write with `--json`.

    tables.py FILE… [--write docs/performance.md]

Prints every table that the files have records for, or fills the places of a document that stand between `<!-- NAME -->` and
`<!-- /NAME -->`, so that nobody copies figures by hand. Where files name the same table, the last one counts.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
from pathlib import Path

OURS = "spectra"
# What the project wants to reach: least ratios against the best setting of each library.
GOALS: dict[str, dict[str, float]] = {
    "figure5a-process-double": {"PyTorch": 40, "JAX, plain": 100},
    "64-layers-16x64": {"JAX": 1.8, "PyTorch": 6},
    "12-layers-16x128": {"JAX": 2, "PyTorch": 2},
    "12-layers-16x128-float": {"JAX": 2, "PyTorch": 2},
    "spectra-8-samples-8x64": {"JAX": 2.5, "PyTorch": 2.5},
    "spectra-8-samples-16x64": {"JAX": 2.5, "PyTorch": 2.5},
    "spectrum-16x256": {"JAX": 2, "PyTorch": 2},
}
# There no more than three copies of J may be held at once.
BOUNDED_MEMORY = "spectrum-16x256"


# --- cells -----------------------------------------------------------------------------------------------------------


def markdown(header: list[str], rows: list[list[str]], text_columns: int) -> str:
    """Aligned, numbers to the right."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]

    def line(cells: list[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) if i < text_columns else cell.rjust(width)
                                 for i, (cell, width) in enumerate(zip(cells, widths))) + " |"

    rule = ["-" * width if i < text_columns else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    return "\n".join([line(header), line(rule), *map(line, rows)])


def digits(value: float) -> int:
    return 1 if value >= 10 else 2 if value >= 1 else 3 if value >= 0.1 else 5


def seconds(value: float) -> str:
    return f"{value:.{digits(value)}f}"


def spread(values: list[float]) -> str:
    if not values:
        return "–"
    places = digits(statistics.median(values))
    return " – ".join(f"{value:.{places}f}" for value in (min(values), statistics.median(values), max(values)))


def mebibytes(value: float) -> str:
    return f"{value / 2**20:.0f}"


# --- what one program took at one job ----------------------------------------------------------------------------------


class Series:
    """All rounds of a program at a job."""

    def __init__(self, runs: list[dict]) -> None:
        self.program, self.library, self.runs = runs[0]["program"], runs[0]["library"], runs
        self.failed = any(run["status"] == "failed" for run in runs)
        self.peak_memory = max(run.get("peak_memory_bytes", 0) for run in runs)
        stopped = [run for run in runs if run["status"] == "stopped" and not run.get("seconds_total")]
        self.stopped = bool(stopped)
        # Of a run that was interrupted, where one had begun; it is one of the job as a whole.
        self.at_least = max((run["seconds_at_least"] for run in stopped if "seconds_at_least" in run), default=None)
        self.setting = f", {chunk} at a time" if (chunk := runs[0].get("chunk")) else ""

    def times(self, part: str) -> list[float]:
        if self.failed:
            return []
        if part == "process":
            return [run["seconds_process"] for run in self.runs if run["status"] == "ok"]
        return [value for run in self.runs for value in run.get(f"seconds_{part}", [])]

    def times_cell(self, part: str, is_whole: bool) -> str:
        """`is_whole`: whether this part is all that the job is."""
        if self.failed:
            return "failed"
        if not self.times(part) and self.stopped:
            return f"> {seconds(self.at_least)}" if is_whole and self.at_least else "stopped"
        return spread(self.times(part))

    def ratio(self, ours: Series, part: str) -> float | None:
        peer, own = self.times(part), ours.times(part)
        return statistics.median(peer) / statistics.median(own) if peer and own else None

    def ratio_cell(self, ours: Series, part: str, is_whole: bool = True) -> str:
        """The ratio of medians, and between which values that of one round lay."""
        if self is ours:
            return "1"
        if (factor := self.ratio(ours, part)) is None:
            known = is_whole and self.at_least and not self.failed and ours.times(part)
            return f"> {self.at_least / statistics.median(ours.times(part)):.1f}×" if known else "–"
        by_round = []
        for run in self.runs:
            same = next((other for other in ours.runs if other["round"] == run["round"]), None)
            pair = [Series([one]).times(part) for one in (run, same) if one]
            if len(pair) == 2 and all(pair):
                by_round.append(statistics.median(pair[0]) / statistics.median(pair[1]))
        places = 2 if factor < 10 else 0
        between = f" ({min(by_round):.{places}f} – {max(by_round):.{places}f})" if len(by_round) > 1 else ""
        return f"{factor:.{places}f}×{between}"


class Measured:
    """The jobs, runs and peaks of `bench_peers.py`."""

    def __init__(self, records: list[dict]) -> None:
        self.jobs = [record for record in records if record["kind"] == "job"]
        self.peaks: dict[tuple[str, int], float] = {}
        for record in records:
            if record["kind"] == "peak":
                key = record["precision"], record["threads"]
                self.peaks[key] = max(record["gflops"], self.peaks.get(key, 0))
        self.runs: dict[str, dict[str, list[dict]]] = {}
        for record in records:
            if record["kind"] == "run":
                self.runs.setdefault(record["job"], {}).setdefault(record["program"], []).append(record)

    def series(self, job: dict) -> list[Series]:
        return [Series(runs) for runs in self.runs.get(job["name"], {}).values()]

    def peak(self, job: dict) -> float | None:
        """On as many threads as the jobs have: the most that was measured."""
        return max((value for (precision, _), value in self.peaks.items() if precision == job["precision"]), default=None)

    def rate(self, job: dict, series: Series) -> tuple[str, str]:
        """GFLOP/s of useful work in Jacobians, and their share of the peak."""
        if not (found := series.times("jacobian")):
            return "–", "–"
        rate = job["jacobian_operations"] * 1e-9 / statistics.median(found)
        return f"{rate:.1f}", f"{100 * rate / peak:.0f} %" if (peak := self.peak(job)) else "–"


def part_of(job: dict) -> str:
    return "process" if job.get("whole_process") else "total"


def title(job: dict) -> str:
    if job.get("whole_process"):
        return f"whole process, Figure 5a, {job['precision']}"
    causal = ", causal" if job["mask"] == "causal" else ""
    what = f"{job['samples']} spectra" if job["samples"] > 1 else "J + singular values" if job["with_svd"] else "J"
    return f"{what}, {job['depth']} layers, {job['tokens']} × {job['width']} (N = {job['size']}){causal}, {job['precision']}"


# --- tables ----------------------------------------------------------------------------------------------------------


def goals_table(measured: Measured) -> str:
    """The jobs that have a goal: spectra against the best setting of each library."""
    rows = []
    for job in measured.jobs:
        goals, part = GOALS.get(job["name"]), part_of(job)
        all_series = measured.series(job)
        ours = next((series for series in all_series if series.library == OURS), None)
        if not goals or not ours or not ours.times(part):
            continue
        wanted, found, reached = [], [], True
        for library, goal in goals.items():
            peers = [series for series in all_series if series.library == library]
            timed = [series for series in peers if series.times(part)]
            wanted.append(f"{goal:g}× {library}")
            if timed:
                best = min(timed, key=lambda series: statistics.median(series.times(part)))
                factor = best.ratio(ours, part)
                reached &= factor >= goal
                found.append(f"{best.ratio_cell(ours, part)} {best.program}{best.setting}")
            else:
                bounds = [series.at_least for series in peers if series.at_least]
                factor = min(bounds) / statistics.median(ours.times(part)) if bounds else 0
                reached &= factor >= goal
                found.append(f"> {factor:.1f}× {library}" if bounds else f"{library} gave no time")
        memory = mebibytes(ours.peak_memory)
        if job["name"] == BOUNDED_MEMORY:
            bound = 3 * job["size"] ** 2 * 8
            memory += f" of {mebibytes(bound)}"
            reached &= ours.peak_memory < bound
        rate, share = measured.rate(job, ours) if "jacobian_operations" in job else ("–", "–")
        rows.append([title(job), ", ".join(wanted), "; ".join(found), "yes" if reached else "no", spread(ours.times(part)),
                     rate, share, memory])
    header = ["job", "goal", "best of each peer / spectra", "reached", "spectra, s", "GFLOP/s", "of peak", "peak MiB"]
    return markdown(header, rows, 4) if rows else ""


def processes_table(measured: Measured) -> str:
    rows = []
    for job in (job for job in measured.jobs if job.get("whole_process")):
        all_series = measured.series(job)
        ours = next((series for series in all_series if series.library == OURS), None)
        for series in all_series:
            rows.append([job["precision"], series.program, series.times_cell("process", True),
                         series.ratio_cell(ours, "process") if ours else "–", mebibytes(series.peak_memory)])
    return markdown(["precision", "program", "seconds", "/ spectra", "peak MiB"], rows, 2) if rows else ""


def jobs_table(measured: Measured) -> str:
    """Every program at every job. GFLOP/s are those of the Jacobian."""
    rows = []
    for job in (job for job in measured.jobs if not job.get("whole_process")):
        all_series = measured.series(job)
        ours = next((series for series in all_series if series.library == OURS), None)
        for position, series in enumerate(all_series):
            with_svd = job["with_svd"]
            rows.append([
                title(job) if position == 0 else "", series.program + series.setting,
                series.times_cell("jacobian", not with_svd),
                series.ratio_cell(ours, "jacobian", not with_svd) if ours else "–", *measured.rate(job, series),
                spread(series.times("svd")) if with_svd else "", series.times_cell("total", True) if with_svd else "",
                (series.ratio_cell(ours, "total") if ours else "–") if with_svd else "", mebibytes(series.peak_memory)])
    header = ["job", "program", "Jacobian, s", "/ spectra", "GFLOP/s", "of peak", "singular values, s", "both, s", "/ spectra",
              "peak MiB"]
    return markdown(header, rows, 2) if rows else ""


def machine_list(records: list[dict]) -> str:
    machine = next((record for record in records if record["kind"] == "machine"), None)
    if not machine:
        return ""
    measured = Measured(records)
    peaks = ", ".join(f"{value:.1f} ({precision}, {threads} thread{'s' if threads > 1 else ''})"
                      for (precision, threads), value in sorted(measured.peaks.items()))
    python = ", ".join(f"{name} {machine[key]}" for key, name in
                       (("python", "Python"), ("jax", "JAX"), ("torch", "PyTorch"), ("numpy", "numpy")) if key in machine)
    lines = [f"{machine['processor']}, {machine['processors']} processors, {machine['caches']}; {machine['system']}",
             f"{machine['backend']}, {machine['core']} kernels", f"{machine['swift']}, spectra {machine['spectra']}",
             *([python] if python else []), f"products of square matrices, GFLOP/s: {peaks}", f"measured {machine['date'][:10]}"]
    return "\n".join(f"* {line}" for line in lines)


def tables(records: list[dict]) -> dict[str, str]:
    """By name; empty ones left out."""
    measured = Measured(records)
    found = {"goals": goals_table(measured), "processes": processes_table(measured), "jobs": jobs_table(measured)}
    if measured.jobs:
        found["machine"] = machine_list(records)
    for record in records:
        if record["kind"] == "table":
            found[record["name"]] = markdown(record["header"], record["rows"], record.get("text_columns", 0))
    return {name: text for name, text in found.items() if text}


def document(records: list[dict]) -> str:
    found = tables(records)
    order = ["machine", "goals", "processes", "jobs"]
    return "\n\n".join(found[name] for name in [*order, *(name for name in found if name not in order)] if name in found)


def filled(text: str, found: dict[str, str]) -> str:
    """A document with its marked places filled."""
    for name, table in found.items():
        place = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)", re.DOTALL)
        text = place.sub(lambda match: match[1] + "\n" + table + "\n\n" + match[2], text)
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--write", type=Path, metavar="DOCUMENT", help="fill the marked places of this document")
    flags = parser.parse_args()
    found: dict[str, str] = {}
    for file in flags.files:
        try:
            records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
            if any("kind" not in record for record in records):
                raise ValueError("an object has no kind")
        except (OSError, ValueError) as error:
            print(f"{file} does not hold measurements, a JSON object a line: {error}", file=sys.stderr)
            return 65
        found |= tables(records)
    if not flags.write:
        print("\n\n".join(found.values()))
        return 0
    flags.write.write_text(filled(flags.write.read_text(encoding="utf-8"), found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
