#!/usr/bin/env python3
"""Times `spectra` and its peers, JAX and PyTorch, at the same jobs, alternately, and prints tables with the ratios.

    bench_peers.py [--jobs NAME,…] [--rounds 3] [--repetitions N] [--limit SECONDS] [--quick] [--json FILE]

Every round runs every program once, in turn, each in its own process on two processors, so that a slow minute of the machine
falls on all of them. Within a process the Jacobian and the singular values are timed warm (compiled, and run once before);
whole-process jobs are timed from outside, import and compilation included. A ratio is median(peer) / median(spectra).

Each library runs in several settings. A setting that took more than 1.5 times as long as its library's best in the first round
is left out of the others, and a process that reaches the limit is stopped and stands as `> t`. All programs take the same
weights and inputs, and what they found is compared: one that took another Jacobian has failed.

Tables go to standard output as Markdown, progress to standard error, every measurement to `--json` as a line of JSON, from
which `tables.py` makes the tables again.

The peers need the packages of requirements.txt. They are taken from `--python` or $SPECTRA_PEERS_PYTHON, from this
interpreter where it has them, else installed with pip into `.build-peers/` at the top of the repository (pip's own
environment variables apply: name an index of processor-only PyTorch builds there to download less).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import jobs
import tables
from measuring import lines_of_json, run
from programs import HERE, OURS, Executables, Failed, Program, find

# Slower than the best setting of the library by this factor in the first round: not worth its time in the others.
HOPELESS = 1.5
PROCESSES = ("figure5a-process-double", "figure5a-process-float")


class Bench:
    """One run of this program: what it has measured so far, also in a file."""

    def __init__(self, executables: Executables, rounds: int, limit: float, path: Path | None) -> None:
        self.executables, self.rounds, self.limit = executables, rounds, limit
        self.file = path.open("w", encoding="utf-8") if path else None
        self.records: list[dict] = []

    def add(self, **record) -> dict:
        self.records.append(record)
        if self.file:
            print(json.dumps(record, ensure_ascii=False), file=self.file, flush=True)
        return record

    def describe_machine(self) -> None:
        [machine] = lines_of_json([self.executables.benchmark, "machine"])
        versions = ("import importlib.metadata as m, json, platform; print(json.dumps({'python': platform.python_version()} | "
                    "{p: m.version(p) for p in ('jax', 'torch', 'numpy')}))")
        [packages] = lines_of_json([self.executables.python, "-c", versions])
        self.add(**machine, **packages, threads=jobs.THREADS, rounds=self.rounds)

    def measure_peaks(self) -> None:
        """Again after every job: the best of all is what the machine has to give, since others can only take from it."""
        print("products of square matrices", file=sys.stderr)
        for peak in lines_of_json([self.executables.benchmark, "peak", "--threads", str(jobs.THREADS)]):
            self.add(**peak)

    def whole_process(self, name: str) -> None:
        precision = name.rsplit("-", 1)[1]
        self.add(kind="job", name=name, whole_process=True, precision=precision)
        # Every program draws its own networks here, so the medians are compared, within what chance allows. Ours come from
        # one more run with numbers instead of a picture.
        ours = run(list(self.executables.figure5(precision, "--format", "json")), f"{name}, {OURS}", self.limit, True)
        if ours["status"] != "ok":
            raise Failed(ours.get("reason", f"{name}, {OURS} was stopped after {self.limit:.0f} s"))
        expected = medians_of_spectra(json.loads(ours["output"]))

        def check(record: dict) -> str | None:
            found = expected if record["program"] == OURS else medians_of_script(record["output"])
            record["found"], record["output"] = found, None
            return None if medians_agree(found, expected) else f"took other spectra: medians {found}, ours {expected}"

        self.alternate(name, self.executables.for_process(precision), True, self.rounds, check)

    def job(self, job: jobs.Job) -> None:
        self.add(kind="job", **asdict(job), size=job.size, jacobian_operations=job.jacobian_operations,
                 svd_operations=job.svd_operations)
        # One repetition takes a minute there; two rounds of them are as many as a day has room for.
        rounds = min(self.rounds, 2) if job.size > 2048 else self.rounds
        expected: list[dict] = []

        def check(record: dict) -> str | None:
            expected.extend([] if expected else record["found"])  # ours comes first
            if jobs.agree(expected, record["found"], job.precision):
                return None
            return f"took other Jacobians: {record['found']}, the first program {expected}"

        with tempfile.TemporaryDirectory(prefix="spectra-networks-") as networks:
            subprocess.run([self.executables.python, str(HERE / "jobs.py"), "--write", networks, *job.flags()], check=True)
            self.alternate(job.name, self.executables.for_job(job, networks), False, rounds, check)

    def alternate(self, name: str, programs: list[Program], whole_process: bool, rounds: int, check) -> None:
        chunks: dict[str, int] = {}
        for number in range(1, rounds + 1):
            print(f"{name}: round {number} of {rounds}, {len(programs)} programs", file=sys.stderr)
            remaining, first = [], {}
            for program in programs:
                record = {"kind": "run", "job": name, "round": number, "program": program.name, "library": program.library}
                record |= run(program.line(chunks.get(program.name)), f"{name}, {program.name}", self.limit, whole_process)
                if "found" in record or (whole_process and record["status"] == "ok"):
                    if problem := check(record):
                        record |= {"status": "failed", "reason": f"{name}, {program.name} {problem}"}
                if record["status"] != "ok":
                    print(record.get("reason", f"{name}, {program.name} was stopped after {self.limit:.0f} s"), file=sys.stderr)
                else:
                    chunks[program.name] = record.get("chunk", 0)
                    times = [record["seconds_process"]] if whole_process else record["seconds_total"]
                    first[program] = statistics.median(times)
                    remaining.append(program)
                self.add(**{key: value for key, value in record.items() if value is not None})
            best = {library: min(t for p, t in first.items() if p.library == library) for library in {p.library for p in first}}
            programs = [program for program in remaining if number > 1 or first[program] <= HOPELESS * best[program.library]]
        self.measure_peaks()

    @property
    def failures(self) -> list[dict]:
        return [record for record in self.records if record.get("status") == "failed"]


# --- whether whole processes did the same ------------------------------------------------------------------------------


Medians = dict[str, list[float]]  # depth: mean over samples of the median log10 σ, and its standard error


def medians_of_spectra(document: dict) -> Medians:
    by_depth: dict[str, list[float]] = {}
    for spectrum in document["spectra"]:
        logs = spectrum["log_singular_values"] + spectrum["unresolved_log_singular_values"]
        logs += [-float("inf")] * spectrum["zeros"]
        by_depth.setdefault(str(spectrum["depth"]), []).append(statistics.median(logs) / 2.302585092994046)
    return {depth: [statistics.mean(found), statistics.stdev(found) / len(found) ** 0.5] for depth, found in by_depth.items()}


def medians_of_script(text: str) -> Medians:
    found = re.findall(r"(\d+) layers: median log10 σ (-?[\d.]+) ± ([\d.]+)", text)
    return {depth: [float(median), float(error)] for depth, median, error in found}


def medians_agree(first: Medians, second: Medians) -> bool:
    """Within five standard errors of the difference of two means of ten; Student's t with 18 degrees of freedom passes them
    once in 10,000."""
    return first.keys() == second.keys() and all(
        abs(first[depth][0] - second[depth][0]) <= 5 * (first[depth][1] ** 2 + second[depth][1] ** 2) ** 0.5 for depth in first)


# --- program ---------------------------------------------------------------------------------------------------------


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", help="names, comma-separated (all; --list shows them)")
    parser.add_argument("--list", action="store_true", help="print the jobs and stop")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repetitions", type=int, help="measurements within each process (the job's own number)")
    parser.add_argument("--limit", type=float, default=240, help="seconds that a process may take (240)")
    parser.add_argument("--quick", action="store_true", help="two small jobs in one round, to see that all programs run")
    parser.add_argument("--check", action="store_true", help="compare every peer's Jacobian with reference.py instead of timing")
    parser.add_argument("--python", help="an interpreter that has the peers' packages")
    parser.add_argument("--spectra", help="the command (.build/release/spectra)")
    parser.add_argument("--spectra-benchmark", help="its benchmark (Benchmarks/.build/release/spectra-benchmark)")
    parser.add_argument("--json", type=Path, help="also write every measurement here, as lines of JSON")
    flags = parser.parse_args()
    for name in ("rounds", "repetitions", "limit"):
        if (value := getattr(flags, name)) is not None and value < 1:
            parser.error(f"--{name} {value}: at least 1 is needed")
    return flags


def main() -> int:
    flags = arguments()
    chosen, whole = (jobs.QUICK, ()) if flags.quick else (jobs.JOBS, PROCESSES)
    known = [*whole, *(job.name for job in chosen)]
    if flags.list:
        print("\n".join(known))
        return 0
    if flags.jobs:
        names = flags.jobs.split(",")
        if unknown := [name for name in names if name not in known]:
            print(f"--jobs: there is no '{unknown[0]}'; the jobs are {', '.join(known)}.", file=sys.stderr)
            return 64
        chosen, whole = [job for job in chosen if job.name in names], [name for name in whole if name in names]
    if flags.repetitions:
        chosen = [replace(job, repetitions=flags.repetitions) for job in chosen]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        executables = find(flags.python, flags.spectra, flags.spectra_benchmark)
        if flags.check:
            return check(executables, chosen)
        bench = Bench(executables, 1 if flags.quick else flags.rounds, flags.limit, flags.json)
        bench.describe_machine()
        bench.measure_peaks()
        for name in whole:
            bench.whole_process(name)
        for job in chosen:
            bench.job(job)
    except (Failed, OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; what was measured by then:", file=sys.stderr)
        print(tables.document(bench.records))
        return 130
    print(tables.document(bench.records))
    return 1 if bench.failures else 0


def check(executables: Executables, chosen) -> int:
    """Every peer's Jacobian of every job against the reference; 1 where one disagrees."""
    worst = 0
    for job in chosen:
        for program in executables.for_job(job, ""):
            if program.name == OURS:
                continue
            found = subprocess.run([*program.command, "--chunk", "256", "--check"], capture_output=True, text=True,
                                   env=os.environ | {"PYTHONWARNINGS": "ignore"})
            print(f"{job.name:28s} {program.name:20s} {found.stdout.strip() or found.stderr.strip()[-200:]}", flush=True)
            worst = max(worst, found.returncode != 0)
    return worst


if __name__ == "__main__":
    sys.exit(main())
