#!/usr/bin/env python3
"""Compares the spectra of `spectra --method resolved` with the true ones of Tests/SpectraTests/Fixtures/resolved.json.

    check_resolved.py [--spectra .build/release/spectra] [--only REGEX]

Every live value is matched to the nearest true one; the true ones left over are those that the command calls unresolved.
Exit code 1 where a value is off by more than the `log_error` that the command reports, where zeros or unresolved values
are miscounted, or where one of the latter is above `unresolved_below`; 2 where the command fails. Prints a table as Markdown,
beside what the product method makes of the same networks in double and in float. Needs nothing but Python.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRUTH = ROOT / "Tests/SpectraTests/Fixtures/resolved.json"
# A value of the product method is called wrong where its logarithm is off by more than this.
WRONG = 0.1
HEADER = ("case", "layer", "live", "zeros", "unresolved", "ln σ", "largest error", "log_error", "product, double",
          "product, float")


class Failed(Exception):
    pass


def options(case: dict) -> list[str]:
    """The command line of a case. What does not apply to it is null there or has its default."""
    config = case["configuration"]
    arguments = ["--arch", config["architecture"], "--first-sample", str(config["sample"]), "--samples", "1"]
    names = ["block", "depth", "width", "activation", "init", "seed", "gain", "sigma_w", "sigma_b", "alpha"]
    if config["block"] != "fc":
        names += ["tokens", "heads", "hidden", "mask"]
    for name in names:
        # Options of another law or connection are refused.
        if config[name] is not None and not (name == "gain" and config[name] == 1):
            arguments += ["--" + name.replace("_", "-"), str(config[name])]
    if config["final_norm"]:
        arguments.append("--final-norm")
    return [*arguments, "--layers", ",".join(str(truth["layer"]) for truth in case["spectra"])]


def run(spectra: Path, case: dict, *more: str) -> dict[int, dict]:
    """The spectra by layer."""
    command = [str(spectra.resolve()), "jacobian", *options(case), *more, "--format", "json"]
    try:
        # 70: no sample has a spectrum, which the records say too.
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise Failed(str(error)) from error
    if done.returncode not in (0, 70):
        raise Failed(f"{' '.join(command)}: {done.stderr.strip()}")
    return {record["layer"]: record for record in json.loads(done.stdout)["spectra"]}


def match(found: list[float], truth: list[float]) -> tuple[list[float], list[float]]:
    """The distance of each value to the nearest true one not yet taken, and the true ones left over."""
    rest, errors = list(truth), []
    for value in sorted(found, reverse=True):
        if not rest:
            errors.append(float("inf"))
            continue
        nearest = min(range(len(rest)), key=lambda index: abs(rest[index] - value))
        errors.append(abs(rest.pop(nearest) - value))
    return errors, rest


def complaints(record: dict, truth: dict) -> tuple[float, list[str]]:
    """The largest error of a resolved spectrum, and what is wrong with it."""
    errors, rest = match(record["log_singular_values"], truth["log_singular_values"])
    worst, reported = max(errors, default=0.0), record["statistics"]["log_error"] or 0.0
    lost, hidden = truth.get("unknown", 0), record["unresolved_below"]
    wrong = []
    if worst > reported:
        wrong.append(f"off by {worst:.1e}, more than log_error")
    if record["zeros"] != truth["zeros"]:
        wrong.append(f"{truth['zeros']} zeros expected")
    if record["unresolved"] != len(rest) + lost:
        wrong.append(f"{len(rest) + lost} unresolved expected")
    highest = max([*rest, *([truth["below"]] if lost else [])], default=None)
    # Of values that the reference does not know either only an upper bound is known, which need not be below ours.
    if rest and (hidden is None or max(rest) > hidden):
        wrong.append(f"an unresolved value is {highest:.1f}, above unresolved_below")
    return worst, wrong


def product(record: dict, truth: dict) -> str:
    """What the product method makes of it: live values that it does not print, and printed ones that are wrong."""
    if record["status"] != "ok":
        return record["status"]
    found = sorted(record["log_singular_values"], reverse=True)
    real = truth["log_singular_values"]
    # It prints the largest ones, so these are to be compared in order.
    wrong = sum(abs(a - b) > WRONG for a, b in zip(found, real)) + max(0, len(found) - len(real))
    missed = max(0, len(real) + truth.get("unknown", 0) - len(found))
    return ", ".join(text for text in (f"{missed} missed" if missed else "", f"{wrong} wrong" if wrong else "") if text) or "all"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spectra", type=Path, default=ROOT / ".build/release/spectra")
    parser.add_argument("--only", default="", help="cases whose name this regular expression finds")
    flags = parser.parse_args()
    cases = [case for case in json.loads(TRUTH.read_text(encoding="utf-8"))["cases"] if re.search(flags.only, case["name"])]
    failures, spectra, most = [], 0, 0.0
    print("| " + " | ".join(HEADER) + " |\n|" + " --- |" * len(HEADER), flush=True)
    for case in cases:
        try:
            resolved = run(flags.spectra, case, "--method", "resolved")
            double = run(flags.spectra, case, "--method", "product")
            single = run(flags.spectra, case, "--method", "product", "--precision", "float")
        except Failed as error:
            print(error, file=sys.stderr)
            return 2
        for truth in case["spectra"]:
            layer, spectra = truth["layer"], spectra + 1
            record = resolved[layer]
            if record["status"] != "ok":
                failures.append(f"{case['name']}, layer {layer}: {record['reason']}")
                continue
            worst, wrong = complaints(record, truth)
            most = max(most, worst)
            failures += [f"{case['name']}, layer {layer}: {text}" for text in wrong]
            live = record["log_singular_values"]
            unresolved = f"{record['unresolved']} below {record['unresolved_below']:.1f}" if record["unresolved"] else "0"
            error = record["statistics"]["log_error"]
            print("| " + " | ".join((
                case["name"], str(layer), str(len(live)), str(record["zeros"]), unresolved,
                f"{max(live):.1f} … {min(live):.1f}" if live else "", f"{worst:.0e}" if live else "",
                f"{error:.0e}" if error is not None else "", product(double[layer], truth), product(single[layer], truth),
            )) + " |", flush=True)
    for text in failures:
        print(f"FAIL {text}", file=sys.stderr)
    print(f"{spectra} spectra, largest error {most:.1e}, {len(failures)} failures", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
