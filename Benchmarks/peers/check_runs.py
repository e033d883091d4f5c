#!/usr/bin/env python3
"""Runs `spectra` with --export over connections, blocks, masks and precisions, and `check_export.py` over what it wrote.

    check_runs.py [--spectra .build/release/spectra] [--python PYTHON] [--keep DIR]

The interpreter needs numpy, torch and safetensors; it is found as `bench_peers.py` finds it. Exit code 1 where anything
disagrees, 2 where a run or its export could not be read.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from programs import HERE, ROOT, Failed, peers_python

ALL = "vanilla,residual,rezero,norm,post-ln,pre-ln"
TRANSFORMER = ["--tokens", "5", "--width", "16", "--heads", "4"]
# Between them every tensor of the export is once not what it starts as: biases by PyTorch's own laws, alpha, final norm.
RUNS = {
    "transformer": ["--arch", ALL, *TRANSFORMER, "--depth", "1,6", "--alpha", "0.1"],
    "transformer-causal": ["--arch", ALL, *TRANSFORMER, "--depth", "4", "--alpha", "0.5", "--mask", "causal",
                           "--activation", "gelu", "--init", "torch", "--hidden", "24"],
    "transformer-final-norm": ["--arch", "pre-ln", *TRANSFORMER, "--depth", "4", "--final-norm", "--activation", "silu"],
    # Large enough for Jacobians by a plan.
    "planned": ["--arch", ALL, "--tokens", "8", "--width", "64", "--heads", "4", "--depth", "6", "--alpha", "0.3"],
    "planned-causal": ["--arch", ALL, "--tokens", "8", "--width", "64", "--heads", "4", "--depth", "6", "--alpha", "0.3",
                       "--mask", "causal", "--activation", "gelu"],
    "fc": ["--block", "fc", "--arch", ALL, "--width", "32", "--depth", "1,8", "--alpha", "0.3", "--activation", "tanh",
           "--init", "gaussian", "--sigma-w", "1.3", "--sigma-b", "0.2"],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spectra", type=Path, default=ROOT / ".build/release/spectra")
    parser.add_argument("--python", help="an interpreter that has the peers' packages")
    parser.add_argument("--keep", type=Path, help="write the exports here and keep them")
    flags = parser.parse_args()
    try:
        python = peers_python(flags.python)
    except (Failed, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2
    worst = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, options in RUNS.items():
            for precision in ("double", "float"):
                folder = (flags.keep or Path(scratch)) / f"{name}-{precision}"
                folder.mkdir(parents=True, exist_ok=True)
                report = folder / "run.json"
                command = [str(flags.spectra.resolve()), "jacobian", *options, "--precision", precision, "--method", "product",
                           "--samples", "2", "--format", "json", "--output", str(report), "--export", str(folder / "export")]
                print(f"--- {name}, {precision}: {' '.join(options)}", flush=True)
                try:
                    subprocess.run(command, check=True)
                except (subprocess.CalledProcessError, OSError) as error:
                    print(f"FAIL the run did not end well: {error}", flush=True)
                    worst = 2
                    continue
                check = [python, str(HERE / "check_export.py"), str(folder / "export"), "--report", str(report)]
                worst = max(worst, subprocess.run(check).returncode)
    print("all exports agree" if worst == 0 else "some exports disagree: see FAIL above")
    return worst


if __name__ == "__main__":
    sys.exit(main())
