"""The same networks in 400-bit arithmetic, written a second time without automatic differentiation.

Values are numpy object arrays of gmpy2 numbers. The Jacobian is a central difference with step 1e-40: its error
(h² from truncation, 2^-400/h from cancellation) is about 1e-80, so that every float64 digit is right and an exactly null
singular value is told from a tiny one.
"""

from __future__ import annotations

import gmpy2
import mpmath
import numpy as np
from gmpy2 import mpfr

from reference import Network, depth

gmpy2.get_context().precision = 400
STEP = mpfr(10) ** -40
NULL = mpfr(10) ** -60  # singular values below are zero up to the error of the difference quotient

_one, _half = mpfr(1), mpfr(1) / 2
_root_two, _gelu_tanh = gmpy2.sqrt(mpfr(2)), gmpy2.sqrt(2 / gmpy2.const_pi())

ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: x if x > 0 else mpfr(0),
    "leaky-relu": lambda x: x if x > 0 else mpfr(0.01) * x,
    "gelu": lambda x: _half * x * (1 + gmpy2.erf(x / _root_two)),
    "gelu-tanh": lambda x: _half * x * (1 + gmpy2.tanh(_gelu_tanh * (x + mpfr(0.044715) * x * x * x))),
    "tanh": gmpy2.tanh,
    "erf": gmpy2.erf,
    "hard-tanh": lambda x: max(-_one, min(_one, x)),
    "sigmoid": lambda x: _one / (1 + gmpy2.exp(-x)),
    "silu": lambda x: x / (1 + gmpy2.exp(-x)),
    "softplus": lambda x: gmpy2.log1p(gmpy2.exp(x)),
}
KINKS = {"relu": (0,), "leaky-relu": (0,), "hard-tanh": (-1, 1)}

_exp, _sqrt = np.frompyfunc(gmpy2.exp, 1, 1), np.frompyfunc(gmpy2.sqrt, 1, 1)


def exact(array: np.ndarray) -> np.ndarray:
    """float64 numbers as 400-bit ones, without error."""
    return np.frompyfunc(lambda v: mpfr(float(v)), 1, 1)(array)


class HighPrecisionNetwork:
    """A network with its weights (float64, taken as exact). `margin` is the least distance of any pre-activation from a kink
    seen so far: a fixture must not hang on the side of a kink that rounding chooses."""

    def __init__(self, network: Network, weights: dict[str, np.ndarray]) -> None:
        self.network, self.layers = network, depth(weights)
        self.weights = {name: exact(value) for name, value in weights.items()}
        self.margin = mpfr("inf")

    def __call__(self, x: np.ndarray) -> np.ndarray:
        for layer in range(self.layers):
            p = f"layers.{layer}."
            if self.network.block == "transformer":
                x = self._connect(p, "norm1", x, self._attention)
                x = self._connect(p, "norm2", x, self._feed_forward)
            else:
                x = self._connect(p, "norm", x, lambda q, h: self._activate(self._linear(q + "weight", q + "bias", h)))
        return self._norm("norm", x) if "norm.weight" in self.weights else x

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """∂output/∂input as `[outputs, inputs]`, row-major."""
        columns = []
        for index in np.ndindex(x.shape):
            ahead, behind = x.copy(), x.copy()
            ahead[index] += STEP
            behind[index] -= STEP
            columns.append(((self(ahead) - self(behind)) / (2 * STEP)).reshape(-1))
        return np.stack(columns, axis=1)

    def _connect(self, p: str, norm: str, x: np.ndarray, branch) -> np.ndarray:
        match self.network.architecture:
            case "vanilla":
                return branch(p, x)
            case "residual":
                return branch(p, x) + x
            case "rezero":
                return branch(p, x) * self.weights[p + "resweight"][0] + x
            case "norm":
                return self._norm(p + norm, branch(p, x))
            case "post-ln":
                return self._norm(p + norm, branch(p, x) + x)
            case _:
                return branch(p, self._norm(p + norm, x)) + x

    def _norm(self, name: str, x: np.ndarray) -> np.ndarray:
        width = x.shape[1]
        rows = []
        for token in x:
            mean = sum(token) / width
            variance = sum(v * v for v in token) / width - mean * mean
            rows.append((token - mean) / gmpy2.sqrt(variance + mpfr(self.network.eps)))
        return np.stack(rows) * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def _attention(self, p: str, x: np.ndarray) -> np.ndarray:
        tokens, width = x.shape
        size = width // self.network.heads
        packed = self._linear(p + "self_attn.in_proj_weight", p + "self_attn.in_proj_bias", x)
        mixed = np.empty_like(x)
        for head in range(self.network.heads):
            query, key, value = (packed[:, part * width + head * size:][:, :size] for part in range(3))
            for t in range(tokens):
                seen = t + 1 if self.network.mask == "causal" else tokens
                weight = _exp(key[:seen] @ query[t] / gmpy2.sqrt(mpfr(size)))
                mixed[t, head * size:(head + 1) * size] = (weight @ value[:seen]) / sum(weight)
        return self._linear(p + "self_attn.out_proj.weight", p + "self_attn.out_proj.bias", mixed)

    def _feed_forward(self, p: str, x: np.ndarray) -> np.ndarray:
        inner = self._activate(self._linear(p + "linear1.weight", p + "linear1.bias", x))
        return self._linear(p + "linear2.weight", p + "linear2.bias", inner)

    def _linear(self, weight: str, bias: str, x: np.ndarray) -> np.ndarray:
        return x @ self.weights[weight].T + self.weights[bias]

    def _activate(self, x: np.ndarray) -> np.ndarray:
        name = self.network.activation
        for kink in KINKS.get(name, ()):
            self.margin = min(self.margin, min(abs(v - kink) for v in x.reshape(-1)))
        return np.frompyfunc(ACTIVATIONS[name], 1, 1)(x)


def singular_values(matrix: np.ndarray) -> list[float]:
    """Singular values in descending order, rounded once to float64; exactly null ones are 0."""
    mpmath.mp.dps = 70
    rows, columns = matrix.shape
    # A decimal string keeps every digit; mpmath and gmpy2 do not share a number type.
    entries = mpmath.matrix([[mpmath.mpf(f"{v:.80e}") for v in row] for row in matrix])
    sigma = mpmath.svd_r(entries if rows >= columns else entries.T, compute_uv=False)
    values = sorted((mpmath.mpf(v) for v in sigma), reverse=True)
    return [0.0 if v < mpmath.mpf(str(NULL)) else float(v) for v in values]
