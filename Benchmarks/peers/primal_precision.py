#!/usr/bin/env python3
"""What a forward pass of few bits costs the spectrum of a deep stack.

    primal_precision.py ARCH DEPTH [--spectra BINARY] [--layers 12,30] [--bits 53,106] [--work BITS] [-- OPTIONS of spectra jacobian]

The spectrum with a forward pass of 53 (float64) or 106 bits (double-double), everything else in `--work` bits, against the
spectrum with all of it in `--work` bits. "states": only the values between sublayers are those of the cheap pass. "all": also
probabilities, normalised values and activations' derivatives inside the sublayers; "projection": the same, but LayerNorm's tangents
as (d − u (u·d) var/(var + eps))/√(var + eps) with a u of length 1 and mean 0 instead of (d − x̂ (x̂·d)/width)/√(var + eps). For each the largest error of ln σ, the number
of values wrong by more than 1e-8, and the ln σ of the largest wrong one. Then the distance of the tokens after each layer,
relative to their size.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import gmpy2
import numpy as np

from deep_reference import DeepNetwork, exact, log_singular_values, working
from make_resolved_fixture import ROOT, export, network_of


def logs_of(deep: DeepNetwork, x: np.ndarray, layers: list[int], states: list[np.ndarray] | None = None) -> dict[int, np.ndarray]:
    values = {}
    for layer, _, j in deep.jacobians(x, layers, (lambda k: states[k]) if states else None):
        values[layer] = np.array([float(v) for v in log_singular_values(j, deep.bits)])
    return values


def token_distance(state: np.ndarray) -> float:
    """ln of the largest distance of two tokens over the largest norm of one."""
    norm = lambda v: gmpy2.sqrt((v * v).sum())  # noqa: E731
    distance = max(norm(a - b) for i, a in enumerate(state) for b in state[:i])
    return float(gmpy2.log(distance / max(norm(v) for v in state))) if distance > 0 else -np.inf


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arch")
    parser.add_argument("depth", type=int)
    parser.add_argument("--spectra", type=Path, default=ROOT / ".build/release/spectra")
    parser.add_argument("--layers", default="")
    parser.add_argument("--bits", default="53,106")
    parser.add_argument("--work", type=int, default=1024)
    parser.add_argument("--only-distance", action="store_true", help="no spectra")
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    flags, rest = parser.parse_args(sys.argv[1:split]), sys.argv[split + 1:]
    layers = sorted({flags.depth, *(int(v) for v in flags.layers.split(",") if v)})
    options = {name.removeprefix("--"): value for name, value in zip(rest[::2], rest[1::2])}
    with tempfile.TemporaryDirectory() as directory:
        config, weights, signals = export(flags.spectra, {"arch": flags.arch, "depth": flags.depth, "sample": 0, "options": options},
                                          Path(directory))
    network, x = network_of(config), exact(signals["input"])
    full = DeepNetwork(network, weights, flags.work)
    states = full.forward(x)
    if x.shape[0] > 1:
        with working(flags.work):
            per_layer = len(full.sublayers()) // flags.depth
            far = [token_distance(s) for s in states[::per_layer]]
        show = [l for l in (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256) if l <= flags.depth]
        print("ln of the tokens' relative distance:", ", ".join(f"{l}: {far[l]:.1f}" for l in show), flush=True)
    if flags.only_distance:
        return 0
    start = time.monotonic()
    truth = logs_of(full, x, layers)
    print(f"{flags.work} bits, {time.monotonic() - start:.0f} s", flush=True)
    for bits in (int(v) for v in flags.bits.split(",")):
        cheap = DeepNetwork(network, weights, flags.work, bits)
        passes = [("states", lambda: logs_of(full, x, layers, cheap.forward(x))), ("all", lambda: logs_of(cheap, x, layers))]
        if any(".norm" in name for name in weights):
            passes.append(("projection", lambda: logs_of(cheap, x, layers)))
        for what, run in passes:
            cheap.norm_by_projection = what == "projection"
            found = run()
            for layer in layers:
                real = truth[layer] > -(flags.work - 150) * np.log(2)
                with np.errstate(invalid="ignore"):
                    error = np.abs(found[layer] - truth[layer])[real]
                wrong = error > 1e-8
                first = f"{truth[layer][real][wrong][0]:.1f}" if wrong.any() else "none"
                print(f"{bits} bits, {what:10s} layer {layer}: max |Δ ln σ| {error.max():.1e}, median {np.median(error):.1e}, "
                      f"{wrong.sum()} of {real.sum()} wrong, first at ln σ = {first}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
