#!/usr/bin/env python3
"""Recomputes what `spectra --export DIR` wrote, in PyTorch, and says whether output, Jacobian and spectrum agree.

Each `ARCH-depthD-sampleS.weights.safetensors` is evaluated with `reference.py`; post-ln and pre-ln Transformers also by
`torch.nn.TransformerEncoder` and rezero by the official ReZero layer (rewritten below), both loaded with
`load_state_dict(strict=True)`, so that the names and shapes of the export are checked too.

    check_export.py DIR [--report RUN.json] [--heads 4 --activation relu …]

The run's configuration comes from the files' metadata; a flag overrides it. `--report` is the same run's `--format json`
output: its singular values are compared as well. Exit code 1 on the first kind of disagreement, 2 when nothing could be read.

Tolerances. Double: output and J to 1e-12 of their largest entry, σ to 1e-11 σ₁; rounding of a stack of L layers is about
√L·eps·growth and stays two orders below that. Float runs are recomputed in double from their float weights, so the
difference is the run's own rounding: 1e-3 by default (`--float-tolerance`).
"""

from __future__ import annotations

import argparse
import json
import re
import struct
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

import reference
from reference import Network

NAME = re.compile(r"(?P<architecture>.+)-depth(?P<depth>\d+)-sample(?P<sample>\d+)\.weights\.safetensors")


class Unreadable(Exception):
    """An export that cannot be interpreted; the text says why."""


def metadata(path: Path) -> dict:
    """The run's configuration from the safetensors header, or an empty one."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    text = header.get("__metadata__", {}).get("spectra")
    config = json.loads(text) if text else {}
    return config.get("config", config)  # a whole run record holds it one level down


def option(flags: argparse.Namespace, config: dict, *names: str, default=None):
    """A setting: the flag, else the first of these keys in the configuration, else the default."""
    flag = getattr(flags, names[0], None)
    if flag is not None:
        return flag
    for name in names:
        if config.get(name) is not None:
            return config[name]
    return default


def check_file(path: Path, flags: argparse.Namespace, report: dict | None) -> tuple[bool, str]:
    """Whether the pair agrees, and a line that says how far it is off."""
    match = NAME.fullmatch(path.name)
    if match is None:
        raise Unreadable(f"{path.name}: the name is not ARCH-depthD-sampleS.weights.safetensors.")
    signals_path = path.with_name(path.name.replace(".weights.", ".signals."))
    if not signals_path.exists():
        raise Unreadable(f"{path.name}: there is no {signals_path.name} beside it.")
    raw, signals = load_file(path), load_file(signals_path)
    for name in ("input", "output", "jacobian"):
        if name not in signals:
            raise Unreadable(f"{signals_path.name}: the tensor '{name}' is missing.")
    single = signals["jacobian"].dtype == torch.float32
    weights = {name: value.double() for name, value in raw.items()}
    config = metadata(path) or metadata(signals_path)

    architecture = match["architecture"]
    block = "transformer" if "layers.0.self_attn.in_proj_weight" in weights else "fc"
    network = Network(architecture, block, int(option(flags, config, "heads", default=4)) if block == "transformer" else 1,
                      option(flags, config, "activation", default="relu"),
                      option(flags, config, "mask", default="none") if block == "transformer" else "none",
                      float(option(flags, config, "eps", "layer_norm_eps", default=1e-5)))
    problems = [] if reference.depth(weights) == int(match["depth"]) else [
        f"the weights have {reference.depth(weights)} layers, the name says {match['depth']}"]

    x = signals["input"].double()
    size, out = x.numel(), signals["output"].double()
    exported = signals["jacobian"].double()
    if exported.shape != (out.numel(), size):
        raise Unreadable(f"{signals_path.name}: the Jacobian is {tuple(exported.shape)}, not {(out.numel(), size)}.")

    candidates = {"reference": lambda: (reference.forward(network, weights, x), reference.jacobian(network, weights, x,
                                                                                                 chunk=chunk(weights, x)))}
    module = as_module(network, weights, x.shape[1]) if block == "transformer" else None
    if module is not None:
        label, function = module
        candidates[label] = lambda: (function(x).detach(), torch.func.jacrev(
            lambda v: function(v.reshape(x.shape)).reshape(-1), chunk_size=chunk(weights, x))(x.reshape(-1)).detach())

    to_output, to_jacobian, to_sigma = (flags.float_tolerance,) * 3 if single else (1e-12, 1e-12, 1e-11)
    sigma, notes = reference.singular_values(exported), []
    for label, evaluate in candidates.items():
        expected_output, expected = evaluate()
        errors = {
            "output": (relative(out, expected_output), to_output),
            "J": (relative(exported, expected), to_jacobian),
            "σ": (float(np.abs(sigma - (own := reference.singular_values(expected))).max() / max(own[0], 1e-300)), to_sigma),
        }
        if report is not None:
            entry = report_entry(report, architecture, block, int(match["depth"]), int(match["sample"]))
            errors["reported σ"] = (compare_reported(entry, own), to_sigma)
        notes.append(f"{label}: " + ", ".join(f"{name} {error:.1e}" for name, (error, _) in errors.items()))
        # Written so that a NaN is a problem and not a pass.
        problems += [f"{label}: {name} differs by {error:.1e}, more than {allowed:.0e}"
                     for name, (error, allowed) in errors.items() if not error <= allowed]
    line = f"{path.name.removesuffix('.weights.safetensors')} ({'float' if single else 'double'}) " + "; ".join(notes)
    return not problems, line if not problems else line + "\n    " + "\n    ".join(problems)


def relative(found: Tensor, expected: Tensor) -> float:
    """Largest difference as a share of the largest entry expected."""
    return float((found - expected).abs().max() / expected.abs().max().clamp_min(1e-300))


def chunk(weights: dict[str, Tensor], x: Tensor) -> int | None:
    """Rows of the Jacobian at a time: reverse mode keeps every layer's signals for each, about 20 of the widest kind."""
    floats_per_row = 20 * x.shape[0] * max(value.shape[0] for value in weights.values()) * reference.depth(weights)
    return max(1, min(x.numel(), 10**8 // floats_per_row))


def report_entry(report: dict, architecture: str, block: str, depth: int, sample: int) -> dict:
    for entry in report.get("spectra", []):
        if (entry["architecture"], entry["depth"], entry["layer"], entry["sample"]) == (architecture, depth, depth, sample):
            if entry.get("block", block) == block:
                return entry
    raise Unreadable(f"the report has no spectrum of {architecture}, depth {depth}, sample {sample}.")


def compare_reported(entry: dict, sigma: np.ndarray) -> float:
    """Largest |σ_reported − σ| / σ₁. Values reported as zero or unresolved count as 0: the product method's are below its
    noise floor, and a resolved spectrum's smallest ones are below every float64 product's."""
    logs = list(entry["log_singular_values"]) + list(entry.get("unresolved_log_singular_values") or [])
    reported = np.zeros_like(sigma)
    if len(logs) > len(sigma):
        return float("inf")
    reported[:len(logs)] = np.sort(np.exp(np.asarray(logs, dtype=float)))[::-1]
    return float(np.abs(reported - sigma).max() / max(sigma[0], 1e-300))


# --- PyTorch's own modules -------------------------------------------------------------------------------------------


class ReZeroLayer(nn.Module):
    """The official ReZero encoder layer (`RZTXEncoderLayer`): one weight for both sublayers, no normalisation."""

    def __init__(self, width: int, heads: int, hidden: int, activation) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(width, heads, dropout=0.0, batch_first=True)
        self.linear1, self.linear2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.resweight = nn.Parameter(torch.zeros(1))
        self.activation = activation

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        x = x + self.resweight * self.self_attn(x, x, x, attn_mask=mask)[0]
        return x + self.resweight * self.linear2(self.activation(self.linear1(x)))


class ReZeroEncoder(nn.Module):
    def __init__(self, layers: int, *arguments) -> None:
        super().__init__()
        self.layers = nn.ModuleList(ReZeroLayer(*arguments) for _ in range(layers))

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        for layer in self.layers:
            x = layer(x, mask)
        return x


def as_module(network: Network, weights: dict[str, Tensor], width: int):
    """The label and function `[tokens, width] → [tokens, width]` of PyTorch's own module, or None where it has none."""
    activation = reference.ACTIVATIONS[network.activation]
    hidden, layers = weights["layers.0.linear1.weight"].shape[0], reference.depth(weights)
    if network.architecture == "rezero":
        label, module = "ReZero layer", ReZeroEncoder(layers, width, network.heads, hidden, activation)
    elif network.architecture in ("post-ln", "pre-ln"):
        layer = nn.TransformerEncoderLayer(width, network.heads, hidden, 0.0, activation, network.eps, batch_first=True,
                                           norm_first=network.architecture == "pre-ln")
        norm = nn.LayerNorm(width, network.eps) if "norm.weight" in weights else None
        label, module = "TransformerEncoder", nn.TransformerEncoder(layer, layers, norm, enable_nested_tensor=False)
    else:
        return None
    module = module.double()
    try:
        module.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise Unreadable(f"the weights are no state dict of PyTorch's {network.architecture} layers: {error}") from None
    for parameter in module.parameters():
        parameter.requires_grad_(False)

    def function(x: Tensor) -> Tensor:
        # A mask of zeros changes nothing and keeps PyTorch off its fused inference path, which has no derivative.
        n = x.shape[0]
        mask = torch.zeros(n, n, dtype=x.dtype)
        if network.mask == "causal":
            mask = mask.masked_fill(torch.triu(torch.ones(n, n, dtype=torch.bool), 1), -torch.inf)
        with nn.attention.sdpa_kernel(nn.attention.SDPBackend.MATH):
            return module(x[None], mask)[0]

    return label, function


# --- program ---------------------------------------------------------------------------------------------------------


def check_directory(directory: Path, flags: argparse.Namespace) -> int:
    report = json.loads(Path(flags.report).read_text(encoding="utf-8")) if flags.report else None
    files = sorted(directory.glob("*.weights.safetensors"))
    if not files:
        print(f"{directory}: no *.weights.safetensors there; name the directory given to --export.", file=sys.stderr)
        return 2
    worst = 0
    for path in files:
        try:
            agrees, line = check_file(path, flags, report)
        except (Unreadable, KeyError, ValueError, RuntimeError) as error:
            print(f"FAIL {path.name}: {error}")
            worst = max(worst, 2)
            continue
        print(("ok   " if agrees else "FAIL ") + line, flush=True)
        worst = worst if agrees else max(worst, 1)
    return worst


def self_test(flags: argparse.Namespace) -> int:
    """Exports written here from the reference pass; with one entry of J moved by 1e-10, or one name wrong, they do not."""
    generator = torch.Generator().manual_seed(3)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64) / shape[-1] ** 0.5

    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for architecture, activation, mask in (("post-ln", "gelu", "causal"), ("pre-ln", "relu", "none"),
                                               ("rezero", "tanh", "causal"), ("vanilla", "silu", "none")):
            weights = {}
            for l in range(3):
                p = f"layers.{l}."
                for key, shape in {"self_attn.in_proj_weight": (24, 8), "self_attn.in_proj_bias": (24,),
                                   "self_attn.out_proj.weight": (8, 8), "self_attn.out_proj.bias": (8,),
                                   "linear1.weight": (12, 8), "linear1.bias": (12,), "linear2.weight": (8, 12),
                                   "linear2.bias": (8,)}.items():
                    weights[p + key] = draw(*shape)
                for norm in ("norm1", "norm2") if architecture.endswith("-ln") else ():
                    weights |= {p + norm + ".weight": 1 + 0.2 * draw(8), p + norm + ".bias": draw(8)}
                if architecture == "rezero":
                    weights[p + "resweight"] = draw(1)
            if architecture == "pre-ln":
                weights |= {"norm.weight": 1 + 0.2 * draw(8), "norm.bias": draw(8)}
            network, x = Network(architecture, heads=2, activation=activation, mask=mask), draw(3, 8)
            note = {"spectra": json.dumps({"heads": 2, "activation": activation, "mask": mask})}
            stem = directory / f"{architecture}-depth3-sample0"
            save_file(weights, f"{stem}.weights.safetensors", note)
            save_file({"input": x, "output": reference.forward(network, weights, x),
                       "jacobian": reference.jacobian(network, weights, x, "forward").contiguous()},
                      f"{stem}.signals.safetensors", note)
        assert check_directory(directory, flags) == 0

        signals = directory / "pre-ln-depth3-sample0.signals.safetensors"
        good = signals.read_bytes()
        moved = load_file(signals)
        moved["jacobian"][3, 4] += 1e-10
        save_file(moved, signals)
        assert check_directory(directory, flags) == 1
        signals.write_bytes(good)

        weights_path = directory / "post-ln-depth3-sample0.weights.safetensors"
        renamed, note = load_file(weights_path), {"spectra": json.dumps(metadata(weights_path))}
        renamed["layers.1.norm3.bias"] = renamed.pop("layers.1.norm2.bias")
        save_file(renamed, weights_path, note)
        assert check_directory(directory, flags) == 2
    print("self-test passed: the FAIL lines above are the two faults that were planted")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", nargs="?", type=Path)
    parser.add_argument("--report", help="JSON of the same run, for its singular values")
    parser.add_argument("--float-tolerance", type=float, default=1e-3)
    parser.add_argument("--self-test", action="store_true", help="check this program instead of an export")
    for name, kind in (("heads", int), ("activation", str), ("mask", str), ("eps", float)):
        parser.add_argument("--" + name, type=kind, help="where the metadata does not say it")
    flags = parser.parse_args()
    torch.set_num_threads(2)
    if flags.self_test:
        return self_test(flags)
    if flags.directory is None:
        parser.error("name the directory that --export wrote")
    return check_directory(flags.directory, flags)


if __name__ == "__main__":
    sys.exit(main())
