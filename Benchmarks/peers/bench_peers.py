#!/usr/bin/env python3
"""Times `spectra` and its peers, JAX and PyTorch, at the same jobs, alternately, and prints the ratios.

    bench_peers.py [--jobs NAME,…] [--rounds 3] [--repetitions N] [--quick] [--python PYTHON] [--json FILE]

Every round runs every program once, in turn, each in its own process on two processors, so that a slow minute of the machine
falls on all of them. Within a process the Jacobian and the singular values are timed warm (compiled, and run once before);
whole-process jobs are timed from outside, import and compilation included. A ratio is median(peer) / median(spectra).

The peers need the packages of requirements.txt. They are taken from `--python` or $SPECTRA_PEERS_PYTHON, from this
interpreter where it has them, else installed with pip into `.build-peers/` at the top of the repository (pip's own
environment variables apply: name an index of processor-only PyTorch builds there to download less).

Without a built `spectra` only the peers are timed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass, field, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MODULES = ("numpy", "torch", "jax", "safetensors")
OURS = "spectra"


class Failed(Exception):
    """A program that did not give a measurement; the text says which and why."""


# --- the programs ----------------------------------------------------------------------------------------------------


def peers_python(choice: str | None) -> str:
    """An interpreter that has the peers' packages; made under .build-peers where there is none."""
    wanted = choice or os.environ.get("SPECTRA_PEERS_PYTHON")
    test = "import importlib.util as u, sys; sys.exit(not all(u.find_spec(m) for m in %r))" % (MODULES,)

    def suits(python: str) -> bool:
        return bool(shutil.which(python)) and subprocess.run([python, "-c", test]).returncode == 0

    if wanted:
        if not suits(wanted):
            raise Failed(f"{wanted} does not have {', '.join(MODULES)}; install requirements.txt there or name no interpreter.")
        return wanted
    if suits(sys.executable):
        return sys.executable
    folder = ROOT / ".build-peers" / "venv"
    python = folder / "bin" / "python"
    if not suits(str(python)):
        print(f"installing the peers into {folder} (once; a few minutes) …", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt")], check=True)
    return str(python)


def spectra_job_command(executable: str, job) -> list[str]:
    """Our own benchmark executable at a job. The one place that knows its command line; it prints one JSON line with
    `seconds_jacobian` and `seconds_svd`, and `seconds_total` where it overlaps the two."""
    return [executable, "job", "--threads", "2", *job.flags()]


def spectra_figure5_command(executable: str, precision: str) -> list[str]:
    """The whole-process job as a user would type it."""
    return [executable, "jacobian", "--arch", "post-ln", "--depth", "4,12,64", "--samples", "10", "--tokens", "4", "--width", "16",
            "--heads", "4", "--precision", precision, "--method", "product", "--threads", "2"]


def first_executable(*candidates: str | None) -> str | None:
    return next((found for name in candidates if name and (found := shutil.which(name))), None)


# --- measuring -------------------------------------------------------------------------------------------------------


@dataclass
class Series:
    """What one program took at one job, over all rounds."""

    jacobian: list[float] = field(default_factory=list)
    svd: list[float] = field(default_factory=list)
    total: list[float] = field(default_factory=list)
    peak_memory: int = 0
    error: str | None = None


def run(command: list[str], label: str) -> tuple[float, int, str]:
    """Seconds and peak resident bytes of the whole process, and what it printed."""
    environment = os.environ | {"PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as problems:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=problems, env=environment, cwd=HERE)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), problems.seek(0)
        if child.returncode != 0:
            last = problems.read().decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
            raise Failed(f"{label} ended with code {child.returncode}: {last[0]}")
        unit = 1 if sys.platform == "darwin" else 1024
        return seconds, usage.ru_maxrss * unit, out.read().decode(errors="replace")


def measure(series: Series, command: list[str], label: str, whole_process: bool) -> None:
    """Adds one process's measurements; a failure is recorded and ends this program's part in the job."""
    if series.error:
        return
    try:
        seconds, memory, text = run(command, label)
        series.peak_memory = max(series.peak_memory, memory)
        if whole_process:
            series.total.append(seconds)
            return
        record = json.loads(text.strip().splitlines()[-1])
        jacobian, svd = record["seconds_jacobian"], record.get("seconds_svd") or []
        series.jacobian += jacobian
        series.svd += svd
        series.total += record.get("seconds_total") or [a + b for a, b in zip(jacobian, svd or [0.0] * len(jacobian))]
    except (Failed, OSError) as error:
        series.error = str(error)
    except (ValueError, KeyError, IndexError):
        series.error = f"{label} printed no line of JSON with seconds_jacobian"
    if series.error:
        print(series.error, file=sys.stderr)


# --- the table -------------------------------------------------------------------------------------------------------


def spread(values: list[float]) -> str:
    if not values:
        return "–"
    low, middle, high = min(values), statistics.median(values), max(values)
    digits = 1 if middle >= 10 else 3 if middle >= 0.1 else 5
    return f"{low:.{digits}f} – {middle:.{digits}f} – {high:.{digits}f}"


def ratio(peer: list[float], ours: list[float]) -> float | None:
    return statistics.median(peer) / statistics.median(ours) if peer and ours else None


def table(results: dict[str, dict[str, Series]]) -> str:
    header = ("job", "program", "Jacobian, s", "singular values, s", "total, s", "total/spectra", "peak MiB")
    rows: list[tuple[str, ...]] = []
    for job, programs in results.items():
        for position, (program, series) in enumerate(programs.items()):
            ours = programs[OURS].total if OURS in programs else []
            factor = ratio(series.total, ours) if program != OURS else None
            rows.append((job if position == 0 else "", program, series.error and "failed" or spread(series.jacobian),
                         spread(series.svd), spread(series.total), f"{factor:.2f}×" if factor else "",
                         f"{series.peak_memory / 2**20:.0f}" if series.peak_memory else "–"))
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in (header, *rows)]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


# --- program ---------------------------------------------------------------------------------------------------------


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", help="names, comma-separated (all; --list shows them)")
    parser.add_argument("--list", action="store_true", help="print the jobs and stop")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repetitions", type=int, help="measurements within each process (the job's own number)")
    parser.add_argument("--quick", action="store_true", help="two small jobs in one round, to see that all programs run")
    parser.add_argument("--check", action="store_true", help="compare every peer's Jacobian with reference.py instead of timing")
    parser.add_argument("--python", help="an interpreter that has the peers' packages")
    parser.add_argument("--spectra", help="the command (.build/release/spectra)")
    parser.add_argument("--spectra-benchmark", help="its benchmark (Benchmarks/.build/release/spectra-benchmark)")
    parser.add_argument("--json", type=Path, help="also write every measurement here")
    flags = parser.parse_args()
    if flags.rounds < 1:
        parser.error(f"--rounds {flags.rounds}: at least 1 is needed")
    if flags.repetitions is not None and flags.repetitions < 1:
        parser.error(f"--repetitions {flags.repetitions}: at least 1 is needed")
    return flags


def main() -> int:
    flags = arguments()
    try:
        python = peers_python(flags.python)
    except (Failed, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    try:
        import jobs as shared
    except ModuleNotFoundError:  # numpy is missing here: go on in the interpreter that has it
        os.execv(python, [python, __file__, "--python", python, *sys.argv[1:]])

    chosen = shared.QUICK if flags.quick else shared.JOBS
    whole = () if flags.quick else ("figure5a-process-double", "figure5a-process-float")
    if flags.list:
        print("\n".join([*whole, *(job.name for job in chosen)]))
        return 0
    if flags.jobs:
        names = flags.jobs.split(",")
        known = [*whole, *(job.name for job in chosen)]
        if unknown := [name for name in names if name not in known]:
            print(f"--jobs: there is no '{unknown[0]}'; the jobs are {', '.join(known)}.", file=sys.stderr)
            return 64
        chosen, whole = [job for job in chosen if job.name in names], [name for name in whole if name in names]

    if flags.repetitions:
        chosen = [replace(job, repetitions=flags.repetitions) for job in chosen]

    benchmark = first_executable(flags.spectra_benchmark, str(ROOT / "Benchmarks/.build/release/spectra-benchmark"))
    command = first_executable(flags.spectra, str(ROOT / ".build/release/spectra"))
    for found, what in ((benchmark, "spectra-benchmark"), (command, "spectra")):
        if not found:
            print(f"{what} is not built in release; its part is left out.", file=sys.stderr)

    if flags.check:
        return check(python, chosen)
    results: dict[str, dict[str, Series]] = {}
    rounds = 1 if flags.quick else flags.rounds

    def alternate(name: str, programs: dict[str, list[str]], whole_process: bool) -> None:
        results[name] = {program: Series() for program in programs}
        for number in range(rounds):
            print(f"{name}: round {number + 1} of {rounds}", file=sys.stderr)
            for program, line in programs.items():
                measure(results[name][program], line, f"{name}, {program}", whole_process)
        print(table({name: results[name]}), end="\n\n", flush=True)
        if flags.json:
            write_json(flags.json, results, rounds)

    print(f"{processor()}, {os.cpu_count()} processors, 2 used; min – median – max of {rounds} alternated rounds\n", flush=True)
    for name in whole:
        precision = name.rsplit("-", 1)[1]
        programs = {OURS: spectra_figure5_command(command, precision)} if command else {}
        programs |= {"PyTorch": [python, str(HERE / "figure5_torch.py"), "--precision", precision],
                     "JAX": [python, str(HERE / "figure5_jax.py"), "--precision", precision],
                     "JAX, eager": [python, str(HERE / "figure5_jax.py"), "--precision", precision, "--eager"]}
        alternate(name, programs, whole_process=True)
    for job in chosen:
        programs = {OURS: spectra_job_command(benchmark, job)} if benchmark else {}
        programs |= {"JAX": [python, str(HERE / "peer_jax.py"), *job.flags()],
                     "JAX, chunks": [python, str(HERE / "peer_jax.py"), "--chunk", "256", *job.flags()],
                     "PyTorch": [python, str(HERE / "peer_torch.py"), *job.flags()]}
        alternate(job.name, programs, whole_process=False)

    return 1 if any(series.error for programs in results.values() for series in programs.values()) else 0


def check(python: str, chosen) -> int:
    """Every peer's Jacobian of every job against the reference; 1 where one disagrees."""
    worst = 0
    for job in chosen:
        for name, extra in (("peer_jax.py", []), ("peer_jax.py", ["--chunk", "256"]), ("peer_torch.py", []),
                            ("peer_torch.py", ["--mode", "jacfwd", "--chunk", "256"])):
            line = [python, str(HERE / name), *extra, *job.flags(), "--check"]
            found = subprocess.run(line, capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": "ignore"})
            print(f"{job.name:28s} {name} {' '.join(extra):28s} {found.stdout.strip() or found.stderr.strip()[-200:]}", flush=True)
            worst = max(worst, found.returncode != 0)
    return worst


def write_json(path: Path, results: dict[str, dict[str, Series]], rounds: int) -> None:
    document = {
        "processor": processor(), "threads": 2, "rounds": rounds,
        "jobs": {name: {program: vars(series) | {"ratio": ratio(series.total, programs[OURS].total) if OURS in programs else None}
                        for program, series in programs.items()} for name, programs in results.items()},
    }
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)


if __name__ == "__main__":
    sys.exit(main())
