#!/usr/bin/env python3
"""Writes Tests/SpectraNetworksTests/Fixtures/reference.json: small networks with output, Jacobian and singular values.

The numbers come from `high_precision.py` (400-bit arithmetic, central differences) and are compared with `reference.py`
(float64, automatic differentiation) before anything is written. Weights are formulas, so that the file holds none.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import torch

import reference
from high_precision import HighPrecisionNetwork, exact, singular_values
from reference import Network, mat

TARGET = Path(__file__).resolve().parents[2] / "Tests/SpectraNetworksTests/Fixtures/reference.json"

DESCRIPTION = {
    "conventions": "Values are [tokens, width], Jacobians [outputs, inputs], both flattened row-major (token-major); weights "
    "are [out, in] in the naming of the export. All arrays below are lists of rows. LayerNorm: population variance, eps "
    "inside the square root. Heads are contiguous feature blocks; scores divided by sqrt(width/heads).",
    "mat": "mat(tag, r, c)[i][j] = sqrt(2/(r+c)) * sqrt(2) * sin(1.7*tag + 0.9*i*(j+1) + 2.3*j + 0.4*i*i), in float64, left "
    "to right; row convention x·M, so an [out, in] weight is the transpose of mat(tag, in, out).",
    "bias": "bias(tag, k)[j] = 0.3 * cos(1.3*tag + 0.7*j + 0.2*j*j)",
    "gain": "gain(tag, k)[j] = 1 + 0.25 * sin(0.7*tag + 1.1*j)",
    "input": "X[i][j] = cos(0.8*i*(j+1) + 0.35*j*j); fc takes row 0",
    "transformer": "Layer l = 0, 1, … with t = tag_offset + 10*l: in_proj_weight = the transposes of mat(t+1,d,d), "
    "mat(t+2,d,d), mat(t+3,d,d) stacked (query, key, value), in_proj_bias = bias(t+1,d), bias(t+2,d), bias(t+3,d); "
    "out_proj = mat(t+4,d,d) transposed, bias(t+4,d); linear1 = mat(t+5,d,hidden) transposed, bias(t+5,hidden); linear2 = "
    "mat(t+6,hidden,d) transposed, bias(t+6,d); norm1 = gain(t+7,d), bias(t+7,d); norm2 = gain(t+8,d), bias(t+8,d).",
    "fc": "weight = mat(t+1,d,d) transposed, bias(t+1,d); norm = gain(t+7,d), bias(t+7,d).",
    "final_norm": "where true: gain(tag_offset+9,d), bias(tag_offset+9,d).",
    "alphas": "rezero's residual weight of each layer (one for both of its sublayers).",
    "results": "output, jacobian and singular_values were computed in 400-bit arithmetic (gmpy2; Jacobian by central "
    "differences with step 1e-40, singular values by mpmath with 70 digits) from the float64 weights and rounded once to "
    "float64; a singular value of 0 is exactly null. kink_margin is the least distance of a pre-activation from a kink of "
    "the activation (null: it has none).",
}


def bias(tag: float, size: int) -> np.ndarray:
    return np.array([0.3 * math.cos(1.3 * tag + 0.7 * j + 0.2 * j * j) for j in range(size)])


def gain(tag: float, size: int) -> np.ndarray:
    return np.array([1 + 0.25 * math.sin(0.7 * tag + 1.1 * j) for j in range(size)])


def case(name: str, architecture: str, *, block: str = "transformer", activation: str = "relu", mask: str = "none",
         tokens: int = 3, width: int = 4, heads: int = 2, hidden: int | None = None, depth: int = 2,
         final_norm: bool = False, alphas: list[float] | None = None, eps: float = 1e-5, tag_offset: int = 0) -> dict:
    fc = block == "fc"
    return {"name": name, "architecture": architecture, "block": block, "activation": activation, "mask": mask,
            "tokens": 1 if fc else tokens, "width": width, "heads": 1 if fc else heads,
            "hidden": None if fc else hidden or 4 * width, "depth": depth, "final_norm": final_norm,
            "alphas": alphas, "eps": eps, "tag_offset": tag_offset}


TENTHS = [0.1, -0.3]
CASES = [
    # every connection in both blocks
    case("transformer vanilla relu", "vanilla"),
    case("transformer residual relu", "residual"),
    case("transformer rezero relu", "rezero", alphas=TENTHS),
    case("transformer norm relu", "norm"),
    case("transformer post-ln relu", "post-ln"),
    case("transformer pre-ln relu", "pre-ln"),
    case("transformer pre-ln relu final norm", "pre-ln", final_norm=True),
    case("fc vanilla relu", "vanilla", block="fc", width=6),
    case("fc residual relu", "residual", block="fc", width=6, depth=3),
    case("fc rezero relu", "rezero", block="fc", width=6, depth=3, alphas=[0.1, -0.3, 0.7]),
    case("fc norm tanh", "norm", block="fc", activation="tanh", width=6),
    case("fc post-ln relu", "post-ln", block="fc", width=6, depth=3),
    case("fc pre-ln relu", "pre-ln", block="fc", width=6, depth=3),
    case("fc pre-ln gelu final norm", "pre-ln", block="fc", activation="gelu", width=6, depth=3, final_norm=True),
    # every activation
    case("fc vanilla linear", "vanilla", block="fc", activation="linear", width=5, depth=3),
    case("fc vanilla leaky-relu", "vanilla", block="fc", activation="leaky-relu", width=5, depth=3),
    case("fc vanilla erf", "vanilla", block="fc", activation="erf", width=5, depth=3),
    case("fc vanilla hard-tanh", "vanilla", block="fc", activation="hard-tanh", width=5, depth=3),
    case("fc vanilla sigmoid", "vanilla", block="fc", activation="sigmoid", width=5, depth=3),
    case("fc residual silu", "residual", block="fc", activation="silu", width=5, depth=3),
    case("fc residual softplus", "residual", block="fc", activation="softplus", width=5, depth=3),
    case("fc residual gelu-tanh", "residual", block="fc", activation="gelu-tanh", width=5, depth=3),
    case("transformer post-ln gelu", "post-ln", activation="gelu"),
    case("transformer pre-ln gelu-tanh", "pre-ln", activation="gelu-tanh"),
    case("transformer residual silu", "residual", activation="silu"),
    # causal masks
    case("transformer post-ln gelu causal", "post-ln", activation="gelu", mask="causal", depth=3),
    case("transformer pre-ln relu causal final norm", "pre-ln", mask="causal", final_norm=True),
    case("transformer rezero tanh causal", "rezero", activation="tanh", mask="causal", alphas=[1.0, -0.3, 0.5], depth=3),
    case("transformer vanilla softplus causal", "vanilla", activation="softplus", mask="causal"),
    # sizes that catch confused axes, and the limits of the definitions
    case("transformer post-ln relu width 8", "post-ln", width=8, depth=3),
    case("transformer post-ln relu eps 0", "post-ln", eps=0.0),
    case("transformer pre-ln erf hidden 6", "pre-ln", activation="erf", hidden=6, tokens=2),
    case("transformer residual sigmoid one head", "residual", activation="sigmoid", heads=1, hidden=3),
    case("transformer norm hard-tanh one token", "norm", activation="hard-tanh", tokens=1, width=8),
    case("transformer post-ln leaky-relu four heads", "post-ln", activation="leaky-relu", tokens=2, width=8, heads=4),
]


def weights_of(config: dict) -> dict[str, np.ndarray]:
    """The weights that the description's formulas give."""
    width, offset, weights = config["width"], config["tag_offset"], {}
    for l in range(config["depth"]):
        p, t = f"layers.{l}.", offset + 10 * l
        if config["block"] == "transformer":
            hidden = config["hidden"]
            weights[p + "self_attn.in_proj_weight"] = np.concatenate([mat(t + k, width, width).T for k in (1, 2, 3)])
            weights[p + "self_attn.in_proj_bias"] = np.concatenate([bias(t + k, width) for k in (1, 2, 3)])
            weights[p + "self_attn.out_proj.weight"] = mat(t + 4, width, width).T
            weights[p + "self_attn.out_proj.bias"] = bias(t + 4, width)
            weights[p + "linear1.weight"], weights[p + "linear1.bias"] = mat(t + 5, width, hidden).T, bias(t + 5, hidden)
            weights[p + "linear2.weight"], weights[p + "linear2.bias"] = mat(t + 6, hidden, width).T, bias(t + 6, width)
            norms = {"norm1": 7, "norm2": 8}
        else:
            weights[p + "weight"], weights[p + "bias"] = mat(t + 1, width, width).T, bias(t + 1, width)
            norms = {"norm": 7}
        if config["architecture"] in ("norm", "post-ln", "pre-ln"):
            for norm, tag in norms.items():
                weights[p + norm + ".weight"], weights[p + norm + ".bias"] = gain(t + tag, width), bias(t + tag, width)
        if config["alphas"] is not None:
            weights[p + "resweight"] = np.array([config["alphas"][l]])
    if config["final_norm"]:
        weights["norm.weight"], weights["norm.bias"] = gain(offset + 9, width), bias(offset + 9, width)
    return weights


def results(config: dict) -> dict:
    """Output, Jacobian and singular values of a case, agreed between the two implementations."""
    network = Network(config["architecture"], config["block"], config["heads"], config["activation"], config["mask"],
                      config["eps"])
    weights, x = weights_of(config), reference.fixed_input(config["tokens"], config["width"])
    precise = HighPrecisionNetwork(network, weights)
    output, j = precise(exact(x.numpy())), precise.jacobian(exact(x.numpy()))
    sigma = singular_values(j)

    tensors = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in weights.items()}
    as_double = j.astype(np.float64)
    for mode in ("reverse", "forward"):
        error = np.abs(reference.jacobian(network, tensors, x, mode).numpy() - as_double).max() / np.abs(as_double).max()
        assert error < 1e-13, (config["name"], mode, error)
    assert np.abs(reference.forward(network, tensors, x).numpy() - output.astype(np.float64)).max() < 1e-13
    assert np.abs(reference.singular_values(as_double) - sigma).max() < 1e-13 * sigma[0], config["name"]
    margin = float(precise.margin)
    assert margin > 1e-4, f"{config['name']}: a pre-activation is {margin} from a kink; change its tag_offset."
    return {"kink_margin": None if math.isinf(margin) else margin, "output": output.astype(np.float64).tolist(),
            "jacobian": as_double.tolist(), "singular_values": sigma}


def main() -> int:
    cases = []
    for config in CASES:
        cases.append(config | results(config))
        sigma = cases[-1]["singular_values"]
        print(f"{config['name']:46s} σ₁ {sigma[0]:.4g}, least {min(s for s in sigma if s > 0):.2g}, "
              f"{sum(s == 0 for s in sigma)} null of {len(sigma)}")
    document = {
        "description": DESCRIPTION,
        "leaky_slope": reference.LEAKY_SLOPE,
        "check": {"mat(1,8,8)[0]": mat(1, 8, 8)[0].tolist(), "mat(6,16,8)[15]": mat(6, 16, 8)[15].tolist(),
                  "bias(1,4)": bias(1, 4).tolist(), "gain(7,4)": gain(7, 4).tolist(),
                  "input(3,8)[1]": reference.fixed_input(3, 8)[1].tolist()},
        "cases": cases,
    }
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    # One case a line: compact, and a change of one case is a change of one line.
    lines = [f' {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}' for key, value in document.items()
             if key != "cases"]
    body = ",\n".join("  " + json.dumps(entry, ensure_ascii=False, separators=(",", ":"), allow_nan=False) for entry in cases)
    TARGET.write_text("{\n" + ",\n".join(lines) + ',\n "cases": [\n' + body + "\n ]\n}\n", encoding="utf-8")
    print(f"{len(cases)} cases, {TARGET.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
