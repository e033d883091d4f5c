#!/usr/bin/env python3
"""Where our own time goes: shares of the samples of Linux's `perf`, by what the functions are for.

    where_time_goes.py [--benchmark PROGRAM] [--symbols 30] [--json FILE]

One thread, so that waiting is not counted as work. The drawing of weights is part of every program and of the profile; several
repetitions make it small. Needs the command `perf` and a kernel that allows it.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tables
from programs import ROOT

# Title and flags; the last takes singular values only beside a Jacobian of one layer.
JOBS = (
    ("J, 64 layers, 4 × 16", ["--depth", "64", "--tokens", "4", "--width", "16", "--repetitions", "200"]),
    ("J, 64 layers, 16 × 64", ["--depth", "64", "--tokens", "16", "--width", "64", "--repetitions", "4"]),
    ("J, 12 layers, 16 × 128", ["--depth", "12", "--tokens", "16", "--width", "128", "--repetitions", "4"]),
    ("singular values, N = 1024", ["--depth", "1", "--tokens", "16", "--width", "64", "--repetitions", "12", "--with-svd"]),
)
# The first that the library and the function match.
PARTS = (
    ("matrix products: packing", r"^libopenblas\S* [sd]gemm_\w*copy"),
    ("matrix products", r"^libopenblas\S* [sd](gemm|trmm|syrk)"),
    # Their inner kernels lie between the named ones and have no names themselves.
    ("matrix–vector products", r"^libopenblas\S* ([sd](gemv|symv|ger)|0x)"),
    ("the rest of BLAS and LAPACK", r"^(libopenblas|liblapack)"),
    ("LayerNorm", r"layerNorm|LayerNorm|normTangents"),
    ("softmax and attention", r"softmax|attention|Attention|score"),
    ("activations", r"multiply_2by|activation|Activation|[rR]ectif|relu|gate"),
    ("sums, scales and copies", r"combine|axpy|scale|NetworkScalar.*(add|copy|transpose|gather|scatter)"),
    ("memory: filled, moved, given out", r"^(libc|ld-linux)\S* .*(mem|alloc|free)|^\[kernel"),
    ("the Swift runtime", r"^libswift|^\S+ _?swift_"),
    ("drawing weights", r"SpectraRandom|Initializer"),
)


def profile(benchmark: str, flags: list[str]) -> list[tuple[float, str]]:
    """Shares and `library function`, largest first."""
    with tempfile.NamedTemporaryFile(suffix=".perf") as file:
        job = [benchmark, "job", "--threads", "1", *flags]
        subprocess.run(["perf", "record", "--quiet", "--freq", "499", "--output", file.name, *job],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        text = subprocess.run(["perf", "report", "--stdio", "--no-children", "--call-graph", "none", "--fields",
                               "overhead,dso,symbol", "--input", file.name], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^\s*([\d.]+)%\s+(\S+)\s+\[.\]\s+(.*?)\s*$", text, re.MULTILINE)
    return [(float(share), f"{library} {symbol}") for share, library, symbol in found]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--benchmark", default=str(ROOT / "Benchmarks/.build/release/spectra-benchmark"))
    parser.add_argument("--symbols", type=int, default=0, help="also print this many functions of each job, with their part")
    parser.add_argument("--json", type=Path, help="also write the table here, as a line of JSON")
    flags = parser.parse_args()
    for program, what in (("perf", "install it (Debian: linux-perf)"), (flags.benchmark, "build it with `make benchmark`")):
        if not shutil.which(program):
            print(f"{program} is not there; {what}.", file=sys.stderr)
            return 1

    def part(symbol: str) -> str:
        return next((name for name, pattern in PARTS if re.search(pattern, symbol)), "the rest of spectra")

    names = [*(name for name, _ in PARTS), "the rest of spectra"]
    columns: list[dict[str, float]] = []
    for title, job in JOBS:
        print(title, file=sys.stderr)
        try:
            shares = profile(flags.benchmark, job)
        except subprocess.CalledProcessError as error:
            print(f"{' '.join(error.cmd)} ended with code {error.returncode}; may this user profile programs?", file=sys.stderr)
            return 1
        total = sum(share for share, _ in shares)
        columns.append({name: sum(share for share, symbol in shares if part(symbol) == name) / total for name in names})
        for share, symbol in shares[:flags.symbols]:
            print(f"{share:6.2f} %  {part(symbol):34s} {symbol}", file=sys.stderr)
    rows = [[name, *(f"{100 * column[name]:.0f} %" for column in columns)] for name in names
            if any(column[name] >= 0.005 for column in columns)]
    header = ["part", *(title for title, _ in JOBS)]
    print(tables.markdown(header, rows, 1))
    if flags.json:
        record = {"kind": "table", "name": "profile", "header": header, "rows": rows, "text_columns": 1}
        flags.json.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
