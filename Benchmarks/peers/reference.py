#!/usr/bin/env python3
"""An independent float64 reference of the networks that `spectra` builds.

Written from the equations alone (the table of connections in docs/architecture.md), in PyTorch with `torch.func`,
and sharing no code with the Swift sources. Weights are dictionaries in the naming of `spectra --export`
(`layers.{l}.self_attn.in_proj_weight`, …; `[out, in]`), values are `[tokens, features]`, and a Jacobian is
`[outputs, inputs]`, both flattened row-major.

Run as a program it is its own test: it reproduces the golden table of deterministic networks to 1e-10, compares
reverse mode with forward mode for every connection, block, activation and mask, and draws the ReZero paper's
signal-propagation experiment from PyTorch's generator to reproduce its six published numbers.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Callable

import numpy as np
import torch
from torch import Tensor

Weights = dict[str, Tensor]

CONNECTIONS = ("vanilla", "residual", "rezero", "norm", "post-ln", "pre-ln")
BLOCKS = ("transformer", "fc")
MASKS = ("none", "causal")
LEAKY_SLOPE = 0.01  # PyTorch's default

# Each is written out from its definition. The library's shortcuts (softplus' threshold, for one) would be wrong by 1e-9.
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda x: x,
    "relu": torch.relu,
    "leaky-relu": lambda x: torch.where(x > 0, x, LEAKY_SLOPE * x),
    "gelu": lambda x: 0.5 * x * (1 + torch.erf(x / math.sqrt(2))),
    "gelu-tanh": lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))),
    "tanh": torch.tanh,
    "erf": torch.erf,
    "hard-tanh": lambda x: torch.clamp(x, -1, 1),
    "sigmoid": torch.sigmoid,
    "silu": lambda x: x * torch.sigmoid(x),
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
}


@dataclass(frozen=True)
class Network:
    """What the weights do not say about a stack."""

    architecture: str
    block: str = "transformer"
    heads: int = 1
    activation: str = "relu"
    mask: str = "none"
    eps: float = 1e-5

    def __post_init__(self) -> None:
        for value, allowed in (
            (self.architecture, CONNECTIONS),
            (self.block, BLOCKS),
            (self.activation, ACTIVATIONS),
            (self.mask, MASKS),
        ):
            if value not in allowed:
                raise ValueError(f"'{value}' is not one of {', '.join(allowed)}.")


# --- the network -----------------------------------------------------------------------------------------------------


def forward(network: Network, weights: Weights, x: Tensor) -> Tensor:
    """The stack's output `[tokens, width]` for the input `[tokens, width]`."""
    for layer in range(depth(weights)):
        w = {name.removeprefix(f"layers.{layer}."): value for name, value in weights.items()
             if name.startswith(f"layers.{layer}.")}
        if network.block == "transformer":
            x = _connect(network, w, "norm1", x, lambda h: attention(network, w, h))
            x = _connect(network, w, "norm2", x, lambda h: feed_forward(network, w, h))
        else:
            act = ACTIVATIONS[network.activation]
            x = _connect(network, w, "norm", x, lambda h: act(_linear(h, w["weight"], w.get("bias"))))
    if "norm.weight" in weights:
        x = layer_norm(x, weights["norm.weight"], weights["norm.bias"], network.eps)
    return x


def depth(weights: Weights) -> int:
    """The number of layers that the weights' names speak of."""
    return 1 + max((int(name.split(".")[1]) for name in weights if name.startswith("layers.")), default=-1)


def _connect(network: Network, w: Weights, norm: str, x: Tensor, branch: Callable[[Tensor], Tensor]) -> Tensor:
    def normed(h: Tensor) -> Tensor:
        return layer_norm(h, w[norm + ".weight"], w[norm + ".bias"], network.eps)

    match network.architecture:
        case "vanilla":
            return branch(x)
        case "residual":
            return x + branch(x)
        case "rezero":
            return x + w["resweight"] * branch(x)
        case "norm":
            return normed(branch(x))
        case "post-ln":
            return normed(x + branch(x))
        case _:
            return x + branch(normed(x))


def layer_norm(x: Tensor, gain: Tensor, bias: Tensor, eps: float) -> Tensor:
    """Normalisation of each token with the population variance, eps inside the square root."""
    centred = x - x.mean(-1, keepdim=True)
    variance = (centred * centred).mean(-1, keepdim=True)
    return gain * centred / torch.sqrt(variance + eps) + bias


def attention(network: Network, w: Weights, x: Tensor) -> Tensor:
    """softmax(Q Kᵀ/√d_head) V per head (contiguous feature blocks), heads concatenated, then the output map."""
    tokens, width = x.shape
    size = width // network.heads
    packed = _linear(x, w["self_attn.in_proj_weight"], w.get("self_attn.in_proj_bias"))
    query, key, value = (packed[:, i * width : (i + 1) * width].reshape(tokens, network.heads, size).transpose(0, 1)
                         for i in range(3))  # each [heads, tokens, size]
    scores = query @ key.transpose(1, 2) / math.sqrt(size)
    if network.mask == "causal":
        future = torch.triu(torch.ones(tokens, tokens, dtype=torch.bool), diagonal=1)
        scores = scores.masked_fill(future, -math.inf)
    mixed = (torch.softmax(scores, -1) @ value).transpose(0, 1).reshape(tokens, width)
    return _linear(mixed, w["self_attn.out_proj.weight"], w.get("self_attn.out_proj.bias"))


def feed_forward(network: Network, w: Weights, x: Tensor) -> Tensor:
    """W₂ φ(W₁ x + b₁) + b₂, token by token."""
    inner = ACTIVATIONS[network.activation](_linear(x, w["linear1.weight"], w.get("linear1.bias")))
    return _linear(inner, w["linear2.weight"], w.get("linear2.bias"))


def _linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    y = x @ weight.T
    return y if bias is None else y + bias


# --- Jacobian and spectrum -------------------------------------------------------------------------------------------


def jacobian(network: Network, weights: Weights, x: Tensor, mode: str = "reverse", chunk: int | None = None) -> Tensor:
    """∂output/∂input as `[outputs, inputs]`, by reverse or forward mode, `chunk` rows or columns at a time."""
    shape = x.shape

    def flat(v: Tensor) -> Tensor:
        return forward(network, weights, v.reshape(shape)).reshape(-1)

    if mode == "reverse":
        return torch.func.jacrev(flat, chunk_size=chunk)(x.reshape(-1)).detach()
    def column(direction: Tensor) -> Tensor:
        return torch.func.jvp(flat, (x.reshape(-1),), (direction,))[1]

    directions = torch.eye(x.numel(), dtype=x.dtype)
    return torch.func.vmap(column, out_dims=1, chunk_size=chunk)(directions).detach()


def singular_values(matrix: Tensor | np.ndarray) -> np.ndarray:
    """Singular values in descending order, by LAPACK's divide and conquer."""
    return np.linalg.svd(np.asarray(matrix), compute_uv=False)


# --- the deterministic networks --------------------------------------------------------------------------------------


def mat(tag: float, rows: int, columns: int) -> np.ndarray:
    """A fixed `[rows, columns]` matrix that looks random; entries of variance about 2/(rows + columns).

    Every entry is evaluated in float64 from left to right, with the C library's sine, so that another language
    gets the same bits.
    """
    scale = math.sqrt(2 / (rows + columns)) * math.sqrt(2)
    return np.array([[scale * math.sin(1.7 * tag + 0.9 * i * (j + 1) + 2.3 * j + 0.4 * i * i) for j in range(columns)]
                     for i in range(rows)])


def fixed_input(tokens: int, width: int) -> Tensor:
    """The deterministic input `X0[i][j] = cos(0.8·i·(j+1) + 0.35·j²)`."""
    return torch.tensor([[math.cos(0.8 * i * (j + 1) + 0.35 * j * j) for j in range(width)] for i in range(tokens)],
                        dtype=torch.float64)


def golden_weights(layers: int, width: int, hidden: int, norms: bool, alpha: float | None = None,
                   final_norm: bool = False) -> Weights:
    """The bias-free Transformer of the golden table. `mat` has the row convention `X W`: `[out, in]` is its transpose."""
    weights: dict[str, np.ndarray] = {}
    names = ["norm1", "norm2"] if norms else []
    for l in range(layers):
        p = f"layers.{l}."
        weights[p + "self_attn.in_proj_weight"] = np.concatenate([mat(10 * l + k, width, width).T for k in (1, 2, 3)])
        weights[p + "self_attn.out_proj.weight"] = mat(10 * l + 4, width, width).T
        weights[p + "linear1.weight"] = mat(10 * l + 5, width, hidden).T
        weights[p + "linear2.weight"] = mat(10 * l + 6, hidden, width).T
        if alpha is not None:
            weights[p + "resweight"] = np.array([alpha])
        for norm in names:
            weights[p + norm + ".weight"], weights[p + norm + ".bias"] = np.ones(width), np.zeros(width)
    if final_norm:
        weights["norm.weight"], weights["norm.bias"] = np.ones(width), np.zeros(width)
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in weights.items()}


@dataclass(frozen=True)
class GoldenRow:
    """n = 3, d = 8, 2 heads, d_ff = 16, 2 layers: output entries, ‖J‖²/24, σ₁, σ₂, median σ, zeros, entries of J."""

    label: str
    network: Network
    alpha: float | None
    final_norm: bool
    expected: tuple[float, ...]
    zeros: int


def _row(label: str, architecture: str, zeros: int, *expected: float, alpha: float | None = None,
         final_norm: bool = False, **options) -> GoldenRow:
    return GoldenRow(label, Network(architecture, heads=2, **options), alpha, final_norm, expected, zeros)


GOLDEN = (
    _row("post-ln", "post-ln", 6, 1.216586001784, -.232494551459, 4.362657412843, 7.139004935043, 5.053905242113,
         .411990963547, .028406622904, .470006162925),
    _row("post-ln, eps 0", "post-ln", 6, 1.216587371469, -.232505220030, 4.362684414530, 7.139019788819,
         5.053927820831, .411992077244, .028406350650, .470014747323, eps=0.0),
    _row("pre-ln", "pre-ln", 0, 2.057668765237, -.037527888521, 6.379219094911, 9.169536467896, 4.297746605046,
         .977642738704, .751970437422, .979451242615),
    _row("pre-ln, final norm", "pre-ln", 3, 1.694463437171, -.332317441643, 5.007580484446, 9.099348427773,
         3.215432260282, .483686774121, .185343071892, .634863946185, final_norm=True),
    _row("rezero, alpha 0.1", "rezero", 0, 1.078831834291, .140734785643, 1.005392687345, 1.209308526304,
         1.152034430559, 1.000939044446, 1.037574935452, .030813849691, alpha=0.1),
    _row("residual", "residual", 0, 1.487081873325, .665514968211, 3.685147569722, 6.052620495308, 3.733965644115,
         .896008375665, .986561121257, .742845485565),
    _row("vanilla", "vanilla", 1, .044534941551, -.133171015387, .021021917833, .648190036302, .251429679887,
         .000155755345, .020232274842, -.000117507609),
    _row("post-ln, gelu, causal", "post-ln", 6, 1.210393904664, -.562555154958, 3.225078960231, 6.366244642931,
         3.382542064429, .354475815825, .372976687650, 0.0, activation="gelu", mask="causal"),
)


def check_golden_table() -> None:
    """Every row to 1e-10 (the digits printed), and the count of null singular values by the table's rule, σ ≤ 1e-11 σ₁."""
    assert np.allclose(mat(1, 8, 8)[0, :3], (.49583241, -.37840125, .00840695), atol=5e-9)
    x = fixed_input(3, 8)
    assert np.allclose(x[1, :3], (.69670671, -.37018083, -.79096771), atol=5e-9)
    for row in GOLDEN:
        weights = golden_weights(2, 8, 16, row.network.architecture in ("norm", "post-ln", "pre-ln"), row.alpha,
                                 row.final_norm)
        output, j = forward(row.network, weights, x), jacobian(row.network, weights, x)
        sigma = singular_values(j)
        found = (output[0, 0], output[2, 7], (j * j).sum() / 24, sigma[0], sigma[1], (sigma[11] + sigma[12]) / 2,
                 j[0, 0], j[0, 23])
        error = max(abs(float(a) - b) for a, b in zip(found, row.expected))
        zeros = int((sigma <= 1e-11 * sigma[0]).sum())
        print(f"golden   {row.label:24s} largest difference {error:.1e}, zeros {zeros}")
        assert error < 1e-10, (row.label, [float(v) for v in found])
        assert zeros == row.zeros, (row.label, zeros, sigma)


def check_modes() -> None:
    """Reverse mode, forward mode and central differences agree for every connection × block × activation × mask."""
    generator = torch.Generator().manual_seed(1)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64) / math.sqrt(shape[-1])

    worst = worst_difference = 0.0
    cases = 0
    for architecture in CONNECTIONS:
        for block in BLOCKS:
            for activation in ACTIVATIONS:
                for mask in MASKS if block == "transformer" else ("none",):
                    tokens, width = (3, 4) if block == "transformer" else (1, 8)
                    weights: Weights = {}
                    for l in range(2):
                        p = f"layers.{l}."
                        shapes = {"self_attn.in_proj_weight": (12, 4), "self_attn.in_proj_bias": (12,),
                                  "self_attn.out_proj.weight": (4, 4), "self_attn.out_proj.bias": (4,),
                                  "linear1.weight": (6, 4), "linear1.bias": (6,), "linear2.weight": (4, 6),
                                  "linear2.bias": (4,)} if block == "transformer" else {"weight": (8, 8), "bias": (8,)}
                        weights |= {p + name: draw(*shape) for name, shape in shapes.items()}
                        for norm in ("norm1", "norm2", "norm"):
                            weights |= {p + norm + ".weight": 1 + 0.3 * draw(width), p + norm + ".bias": 0.3 * draw(width)}
                        weights[p + "resweight"] = draw(1)
                    network, x = Network(architecture, block, 2, activation, mask), draw(tokens, width)
                    reverse, tangent = jacobian(network, weights, x), jacobian(network, weights, x, "forward")
                    worst = max(worst, float((reverse - tangent).abs().max() / reverse.abs().max()))
                    direction, h = draw(tokens, width), 1e-6
                    slope = (forward(network, weights, x + h * direction)
                             - forward(network, weights, x - h * direction)).reshape(-1) / (2 * h)
                    product = reverse @ direction.reshape(-1)
                    worst_difference = max(worst_difference, float((slope - product).abs().max() / reverse.abs().max()))
                    cases += 1
    print(f"modes    {cases} networks: reverse against forward {worst:.1e}, against central differences "
          f"{worst_difference:.1e} (relative)")
    # Two orders of the same float64 products; central differences have an error of h² + eps/h ≈ 2e-10 absolute, and the
    # smallest of these Jacobians have entries of 1e-2.
    assert worst < 1e-13 and worst_difference < 1e-7


# --- the ReZero paper's experiment -----------------------------------------------------------------------------------

# Mean squared singular value over ten samples as printed by the authors' notebook, and per sample in float64.
PUBLISHED = {12: {"post-ln": 0.810, "pre-ln": 10.242, "rezero": 1.059}, 128: {"post-ln": 0.000, "pre-ln": 66.281, "rezero": 2.142}}
PER_SAMPLE = {
    12: {
        "post-ln": (.454261, .133173, 2.076103, .600353, .428565, .017624, .406916, .207624, 2.910692, .869389),
        "pre-ln": (5.812799, 5.297959, 13.650839, 5.395743, 8.653305, 18.953227, 10.116640, 7.436249, 10.016804,
                   17.088429),
        "rezero": (1.104138, 1.034248, 1.063195, 1.034102, 1.069510, 1.058385, 1.077502, 1.042196, 1.083732, 1.023602),
    },
    128: {"post-ln": (1.5297e-4, 8.6e-7, 2.701e-5), "pre-ln": (159.1004, 58.7015, 66.9956),
          "rezero": (2.650212, 2.456545, 2.307593)},
}


def notebook_model(layers: int, architecture: str) -> Weights:
    """One model of the notebook, drawn from PyTorch's global generator: a prototype layer is built and copied, then every
    matrix is redrawn by Xavier's uniform law; the feed-forward biases stay the prototype's, the same in all layers."""
    prototype = torch.nn.TransformerEncoderLayer(16, 4, 64, dropout=0.0)
    encoder = torch.nn.TransformerEncoder(prototype, layers, enable_nested_tensor=False)
    for parameter in encoder.parameters():
        if parameter.dim() > 1:
            torch.nn.init.xavier_uniform_(parameter)
    weights = {name: value.detach().double() for name, value in encoder.state_dict().items()}
    if architecture == "rezero":
        weights = {name: value for name, value in weights.items() if ".norm" not in name}
        weights |= {f"layers.{l}.resweight": torch.tensor([0.1], dtype=torch.float64) for l in range(layers)}
    return weights


def check_published() -> None:
    """The six published numbers to every printed digit, and the per-sample values to theirs."""
    for layers, published in PUBLISHED.items():
        torch.manual_seed(0)
        found: dict[str, list[float]] = {architecture: [] for architecture in published}
        for _ in range(10):
            x = torch.randn(4, 1, 16)[:, 0].double()
            for architecture in published:
                j = jacobian(Network(architecture, heads=4), notebook_model(layers, architecture), x)
                found[architecture].append(float((j * j).sum() / 64))
        for architecture, values in found.items():
            mean, expected = float(np.mean(values)), PER_SAMPLE[layers][architecture]
            # Half a unit of the last printed digit: 6 decimals at depth 12; at least 2 significant digits at depth 128.
            rounding = 6e-7 if layers == 12 else {"post-ln": 6e-9, "pre-ln": 6e-5, "rezero": 6e-7}[architecture]
            error = max(abs(a - b) for a, b in zip(values, expected))
            print(f"notebook {architecture:8s} {layers:3d} layers: mean squared singular value {mean:.5f}, published "
                  f"{published[architecture]:.3f}; per sample, largest difference {error:.1e}")
            assert f"{mean:.3f}" == f"{published[architecture]:.3f}", (architecture, layers, mean)
            assert error < rounding, (architecture, layers, values)


def main() -> int:
    torch.set_num_threads(2)
    check_golden_table()
    check_modes()
    check_published()
    print("all agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
