#!/usr/bin/env python3
"""Writes Tests/SpectraTests/Fixtures/resolved.json: true log singular values of deep stacks.

    make_resolved_fixture.py [--spectra .build/release/spectra] [--all] [--only REGEX] [--check]

Weights and inputs are those of `spectra jacobian --export` (double precision, keyed generator), taken as exact; the forward pass,
the Jacobian and its singular values are computed by `deep_reference.py` in 1024 bits or more, twice, the second time with twice
as many. Cases that the file holds already are kept; `--all` computes them again. `--check` tests the arithmetic
instead: tangents against central differences, singular values against mpmath.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mpmath
import numpy as np
from gmpy2 import mpfr
from safetensors.numpy import load_file

from deep_reference import DeepNetwork, exact, log_singular_values, spectra_of, working
from reference import BLOCKS, CONNECTIONS, MASKS, Network

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "Tests/SpectraTests/Fixtures/resolved.json"
# What determines a sample's numbers; the keys are those of `config` in the JSON output.
KEYS = ("block", "width", "tokens", "heads", "hidden", "activation", "init", "gain", "sigma_w", "sigma_b", "qkv", "alpha",
        "final_norm", "mask", "input", "vary", "seed", "rng", "precision")

DESCRIPTION = {
    "configuration": "what determines the numbers, under the names of `config` in the JSON output, with architecture, depth and "
    "sample; null: does not apply. Weights and input are those that `spectra jacobian --export` wrote, taken as exact.",
    "bits": "of the last of at least two computations (forward pass, tangents, QR), each with twice the bits of the one before; "
    "the last two agree to 1e-20 of ln σ",
    "spectra": "after each of `layers`: the natural logarithms of all non-zero singular values, descending, rounded once to "
    "float64, however small; `zeros` counts exact zeros, which are as many as the generic rank of the same sublayers (same weights, "
    "same inactive units, random states) leaves. `unknown` values (absent: none) shrank with the precision up to the last and are "
    "below `below`.",
    "kink_margin": "the least distance of a pre-activation from a kink of the activation, null where it has none; "
    "relative_kink_margin: as a share of the largest pre-activation of the token",
}


def case(name: str, arch: str, depth: int, *, layers: list[int] | None = None, bits: int = 1024, most_bits: int = 1 << 16,
         sample: int = 0, **options) -> dict:
    """A case by its command-line options; `layers` are the prefixes beside the whole stack."""
    return {"name": name, "arch": arch, "depth": depth, "layers": sorted({*(layers or []), depth}), "bits": bits,
            "most_bits": most_bits, "sample": sample, "options": {k.replace("_", "-"): v for k, v in options.items()}}


SMALL = {"tokens": 3, "width": 12, "heads": 3}  # N = 36
WIDE = {"tokens": 4, "width": 16, "heads": 4}  # N = 64
FC = {"block": "fc", "width": 24}
CASES = [
    # Post-LN: exact zeros (the mean of each token) and directions that every norm shrinks by about 1e-5
    case("post-ln 4 wide", "post-ln", 4, seed=1, **WIDE),
    case("post-ln 12", "post-ln", 12, layers=[1, 4], **SMALL),
    case("post-ln 12 seed 1 sample 2", "post-ln", 12, seed=1, sample=2, **SMALL),
    case("post-ln 12 gelu causal", "post-ln", 12, activation="gelu", mask="causal", **SMALL),
    case("post-ln 12 torch init", "post-ln", 12, init="torch", **SMALL),
    case("post-ln 12 one token", "post-ln", 12, tokens=1, width=16, heads=2),
    case("post-ln 30 tanh", "post-ln", 30, layers=[12], activation="tanh", bits=1200, **SMALL),
    case("post-ln 64", "post-ln", 64, layers=[1, 2, 12, 30], bits=2400, **SMALL),
    case("post-ln 64 seed 1", "post-ln", 64, seed=1, bits=2400, **SMALL),
    case("post-ln 64 wide", "post-ln", 64, layers=[12, 30], bits=2500, **WIDE),
    # by then the tokens are equal to double precision
    case("post-ln 256", "post-ln", 256, layers=[128, 192], bits=9400, tokens=3, width=8, heads=2),
    case("post-ln 128", "post-ln", 128, layers=[64], bits=4700, seed=2, **SMALL),
    # Pre-LN, residual and ReZero: full rank, a moderate range
    case("pre-ln 12 final norm", "pre-ln", 12, final_norm=True, **SMALL),
    case("pre-ln 30 gelu causal", "pre-ln", 30, layers=[4], activation="gelu", mask="causal", **SMALL),
    case("pre-ln 64", "pre-ln", 64, layers=[12, 30], **SMALL),
    case("pre-ln 64 wide", "pre-ln", 64, seed=1, **WIDE),
    case("residual 12", "residual", 12, layers=[4], **SMALL),
    case("residual 12 seed 1 wide", "residual", 12, seed=1, **WIDE),
    case("residual 30 gelu", "residual", 30, activation="gelu", **SMALL),
    case("residual 64", "residual", 64, layers=[12, 30], **SMALL),
    case("rezero 12 tanh causal", "rezero", 12, alpha=0.3, activation="tanh", mask="causal", **SMALL),
    case("rezero 64", "rezero", 64, layers=[12, 30], alpha=0.3, **SMALL),
    case("rezero 64 seed 1 wide", "rezero", 64, seed=1, alpha=0.3, **WIDE),
    # Attention without a skip: the tokens become equal, their distance about cubed by every layer
    case("vanilla 4 wide", "vanilla", 4, layers=[2], seed=1, **WIDE),
    case("vanilla 4 gelu", "vanilla", 4, activation="gelu", **SMALL),
    case("vanilla 4 causal", "vanilla", 4, mask="causal", **SMALL),
    case("vanilla 6", "vanilla", 6, layers=[1, 2, 3, 4, 5], **SMALL),
    case("vanilla 12", "vanilla", 12, layers=[2, 4, 7, 8], bits=8192, most_bits=1 << 15, **SMALL),
    case("vanilla 12 seed 1", "vanilla", 12, layers=[6], seed=1, bits=8192, most_bits=1 << 15, **SMALL),
    case("norm 4", "norm", 4, layers=[1, 2, 3], **SMALL),
    case("norm 6 tanh", "norm", 6, activation="tanh", seed=1, **SMALL),
    # Fully connected: zeros from inactive units, long products, order and chaos
    case("fc relu 4", "vanilla", 4, block="fc", width=16, init="he-normal", seed=1),
    case("fc relu 30", "vanilla", 30, layers=[4, 12], block="fc", width=32, init="he-normal"),
    case("fc relu 64", "vanilla", 64, layers=[12, 30], block="fc", width=32, init="he-normal", seed=2),
    case("fc tanh 12 orthogonal", "vanilla", 12, activation="tanh", init="orthogonal", **FC),
    case("fc tanh 64", "vanilla", 64, layers=[4, 12, 30], activation="tanh", **FC),
    case("fc tanh 64 critical with biases", "vanilla", 64, activation="tanh", init="gaussian", sigma_w=1.327, sigma_b=0.2236, **FC),
    case("fc tanh 64 ordered", "vanilla", 64, layers=[12, 30], activation="tanh", init="gaussian", sigma_w=0.9, **FC),
    case("fc tanh 40 chaotic", "vanilla", 40, layers=[10, 20, 30], activation="tanh", init="gaussian", sigma_w=2.5, **FC),
    case("fc tanh 20 chaotic seed 1", "vanilla", 20, seed=1, activation="tanh", init="gaussian", sigma_w=2.5, **FC),
    case("fc gelu 30", "vanilla", 30, activation="gelu", init="he-normal", **FC),
    case("fc residual tanh 64", "residual", 64, layers=[12, 30], activation="tanh", **FC),
    case("fc residual relu 30", "residual", 30, seed=1, **FC),
    case("fc rezero relu 64", "rezero", 64, layers=[12, 30], alpha=0.3, **FC),
    case("fc rezero tanh 30", "rezero", 30, alpha=0.3, activation="tanh", seed=1, **FC),
    case("fc post-ln relu 64", "post-ln", 64, layers=[4, 30], bits=1500, **FC),
    case("fc pre-ln relu 64", "pre-ln", 64, layers=[12], **FC),
    case("fc norm tanh 30", "norm", 30, layers=[4], activation="tanh", **FC),
]


def export(spectra: Path, case: dict, directory: Path) -> tuple[dict, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Configuration, weights and signals of a case as the command writes them."""
    options = [text for name, value in case["options"].items() if value is not False
               for text in ([f"--{name}"] if value is True else [f"--{name}", str(value)])]
    command = [str(spectra), "jacobian", "--arch", case["arch"], "--depth", str(case["depth"]), "--samples", "1",
               "--first-sample", str(case["sample"]), "--method", "product", "--format", "json", "--export", str(directory)]
    run = json.loads(subprocess.run([*command, *options], check=True, stdout=subprocess.PIPE).stdout)
    (weights,) = directory.glob("*.weights.safetensors")
    (signals,) = directory.glob("*.signals.safetensors")
    config = {"architecture": case["arch"], "depth": case["depth"], "sample": case["sample"]} | {
        key: run["config"][key] for key in KEYS}
    return config, load_file(weights), load_file(signals)


def network_of(config: dict) -> Network:
    return Network(config["architecture"], config["block"], config["heads"], config["activation"], config["mask"])


def compute(spectra: Path, case: dict) -> dict:
    with tempfile.TemporaryDirectory() as directory:
        config, weights, signals = export(spectra, case, Path(directory))
    result = spectra_of(network_of(config), weights, signals["input"], case["layers"], bits=case["bits"],
                        most_bits=case["most_bits"], log=lambda text: print(text, flush=True))
    # The command's own results, as far as float64 goes: a wrong option or a wrong rule would show here.
    for what, mine, theirs in (("output", result.outputs[case["depth"]], signals["output"]),
                               ("J", result.jacobian, signals["jacobian"])):
        error = float(np.abs(mine - theirs).max() / max(np.abs(mine).max(), 1e-300))
        print(f"    {what} of the command differs by {error:.1e}", flush=True)
        assert error < 1e-6, (case["name"], what, error)
    assert result.relative_kink_margin is None or result.relative_kink_margin > 1e-9, (
        f"{case['name']}: a pre-activation is {result.relative_kink_margin} from a kink; take another seed.")
    entries = []
    for layer, spectrum in sorted(result.spectra.items()):
        entry = {"layer": layer, "log_singular_values": [float(v) for v in spectrum.logs], "zeros": spectrum.zeros}
        if spectrum.unknown:
            entry |= {"unknown": spectrum.unknown, "below": spectrum.below}
        entries.append(entry)
    return {"name": case["name"], "configuration": config, "layers": case["layers"], "bits": result.bits,
            "kink_margin": result.kink_margin, "relative_kink_margin": result.relative_kink_margin, "spectra": entries}


def summary(entry: dict) -> str:
    parts = []
    for s in entry["spectra"]:
        logs = s["log_singular_values"]
        reach = f"{logs[0]:.2f} … {logs[-1]:.2f}" if logs else "none"
        parts.append(f"layer {s['layer']}: {len(logs)} live {reach}, {s['zeros']} zeros"
                     + (f", {s['unknown']} unknown below {s['below']:.0f}" if "unknown" in s else ""))
    return f"{entry['name']} ({entry['bits']} bits, margin {entry['relative_kink_margin'] or math.nan:.1e})\n    " + "\n    ".join(parts)


def write(entries: list[dict]) -> None:
    """One case a line: compact, and a change of one case is a change of one line."""
    body = ",\n".join("  " + json.dumps(entry, ensure_ascii=False, separators=(",", ":"), allow_nan=False) for entry in entries)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text('{\n "description": ' + json.dumps(DESCRIPTION, ensure_ascii=False) + ',\n "cases": [\n' + body + "\n ]\n}\n",
                      encoding="utf-8")


def check() -> None:
    """Every rule against a central difference (step 1e-100 in 1024 bits: error about 1e-200) and the SVD against mpmath."""
    random, step = np.random.default_rng(0), mpfr(10) ** -100
    activations = ("relu", "gelu", "tanh", "leaky-relu", "gelu-tanh", "erf", "hard-tanh", "sigmoid", "silu", "softplus", "linear")
    for block in BLOCKS:
        for architecture in CONNECTIONS:
            for mask in MASKS if block == "transformer" else ("none",):
                for activation in activations if architecture == "pre-ln" else activations[:2]:
                    network, width = Network(architecture, block, 2, activation, mask), 4
                    weights, x = random_weights(random, network, width), random.standard_normal((3 if block != "fc" else 1, width))
                    deep, x = DeepNetwork(network, weights, 1024), exact(x)
                    ((_, _, j),) = deep.jacobians(x, [2])
                    with working(1024):
                        columns = []
                        for index in np.ndindex(x.shape):
                            ahead, behind = x.copy(), x.copy()
                            ahead[index], behind[index] = ahead[index] + step, behind[index] - step
                            columns.append(((deep.forward(ahead)[-1] - deep.forward(behind)[-1]) / (2 * step)).reshape(-1))
                        error = abs(np.stack(columns, axis=1) - j).max() / abs(j).max()
                    assert error < mpfr("1e-150"), (network, float(error))
    print(f"tangents agree with differences; the last to {float(error):.0e}")
    mpmath.mp.dps = 120
    for shape in ((7, 7), (9, 5), (4, 8)):
        with working(400):
            matrix = exact(random.standard_normal(shape)) * np.array([mpfr(10) ** (-3 * k) for k in range(shape[1])])
        logs = log_singular_values(matrix, 400)
        entries = mpmath.matrix([[mpmath.mpf(f"{v:.130e}") for v in row] for row in matrix])
        sigma = mpmath.svd_r(entries if shape[0] >= shape[1] else entries.T, compute_uv=False)
        truth = sorted((mpmath.log(v) for v in sigma), reverse=True)
        error = max(abs(mpmath.mpf(f"{a:.60e}") - b) for a, b in zip(logs, truth, strict=True))
        print(f"singular values of a {shape[0]} × {shape[1]} matrix agree with mpmath to {float(error):.0e} of ln σ")
        assert error < mpmath.mpf("1e-25")


def random_weights(random: np.random.Generator, network: Network, width: int) -> dict[str, np.ndarray]:
    """Two layers with biases, gains and residual weights that are all different."""
    weights: dict[str, np.ndarray] = {}
    normed = network.architecture in ("norm", "post-ln", "pre-ln")
    for l in range(2):
        p, inner = f"layers.{l}.", 2 * width
        shapes = ({"self_attn.in_proj_weight": (3 * width, width), "self_attn.in_proj_bias": (3 * width,),
                   "self_attn.out_proj.weight": (width, width), "self_attn.out_proj.bias": (width,), "linear1.weight": (inner, width),
                   "linear1.bias": (inner,), "linear2.weight": (width, inner), "linear2.bias": (width,)}
                  if network.block == "transformer" else {"weight": (width, width), "bias": (width,)})
        for norm in (("norm1", "norm2") if network.block == "transformer" else ("norm",)) if normed else ():
            shapes |= {f"{norm}.weight": (width,), f"{norm}.bias": (width,)}
        if network.architecture == "rezero":
            shapes |= {"resweight": (1,)}
        weights |= {p + name: 0.6 * random.standard_normal(shape) for name, shape in shapes.items()}
    if network.architecture == "pre-ln":
        weights |= {"norm.weight": 1 + 0.3 * random.standard_normal(width), "norm.bias": random.standard_normal(width)}
    return weights


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spectra", type=Path, default=ROOT / ".build/release/spectra", help="the command (%(default)s)")
    parser.add_argument("--all", action="store_true", help="compute cases again that the file holds")
    parser.add_argument("--only", default="", metavar="REGEX", help="compute only cases whose name matches")
    parser.add_argument("--check", action="store_true", help="test the arithmetic, write nothing")
    flags = parser.parse_args()
    if flags.check:
        check()
        return 0
    held = {entry["name"]: entry for entry in json.loads(TARGET.read_text())["cases"]} if TARGET.exists() else {}
    for entry in CASES:
        if not re.search(flags.only, entry["name"]) or (entry["name"] in held and not flags.all):
            continue
        start = time.monotonic()
        held[entry["name"]] = compute(flags.spectra, entry)
        print(f"{summary(held[entry['name']])}\n    {time.monotonic() - start:.0f} s", flush=True)
        write([held[c["name"]] for c in CASES if c["name"] in held])
    print(f"{len(held)} cases, {TARGET.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
