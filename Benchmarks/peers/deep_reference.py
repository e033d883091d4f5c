"""Spectra of deep stacks with every singular value right, in arithmetic of thousands of bits.

`high_precision.py` differentiates by differences, which no depth survives. Here the tangents of all inputs are pushed
through the stack by hand-written rules beside the values, in as many bits as the range of the spectrum needs. Values are numpy
object arrays of gmpy2 numbers; weights stay at the 53 bits they have, which makes the linear maps cheap.

`spectra_of` doubles the precision until nothing changes any more. A tiny value then keeps its size and an exact zero
shrinks with the precision. As shrinking alone could be a value yet smaller, the number of zeros is also compared with the
generic rank of the stack: the same weights and the same inactive units at random states.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable

import gmpy2
import numpy as np
from gmpy2 import mpfr

from reference import LEAKY_SLOPE, Network, depth

JACOBI_BITS = 400  # of the last step; the rows' sizes are in the exponents
LOG_BITS = 160
SAME = mpfr("1e-20")  # two precisions agree on ln σ


def working(bits: int):
    """A block in which results have this many bits."""
    return gmpy2.context(gmpy2.get_context(), precision=bits)


def exact(array: np.ndarray) -> np.ndarray:
    """float64 numbers as they are."""
    return np.frompyfunc(lambda v: mpfr(float(v), 53), 1, 1)(np.asarray(array, dtype=np.float64))


def rounded(array: np.ndarray, bits: int) -> np.ndarray:
    with working(bits):
        return np.frompyfunc(lambda v: +v, 1, 1)(array)


def _normal(x):  # density of the standard normal distribution
    return gmpy2.exp(-x * x / 2) / gmpy2.sqrt(2 * gmpy2.const_pi())


def _gelu_tanh(x):
    root, slope = gmpy2.sqrt(2 / gmpy2.const_pi()), mpfr(0.044715)
    t = gmpy2.tanh(root * (x + slope * x * x * x))
    return x * (1 + t) / 2, (1 + t) / 2 + x * (1 - t * t) * root * (1 + 3 * slope * x * x) / 2


def _gelu(x):
    cumulative = gmpy2.erfc(-x / gmpy2.sqrt(mpfr(2))) / 2
    return x * cumulative, cumulative + x * _normal(x)


def _tanh(x):
    t = gmpy2.tanh(x)
    return t, 1 - t * t


def _sigmoid(x):
    s = 1 / (1 + gmpy2.exp(-x))
    return s, s / (1 + gmpy2.exp(x))


def _silu(x):
    s, slope = _sigmoid(x)
    return x * s, s + x * slope


# Value and derivative; at a kink the derivative from the left.
ACTIVATIONS: dict[str, Callable] = {
    "linear": lambda x: (x, mpfr(1)),
    "relu": lambda x: (x, mpfr(1)) if x > 0 else (mpfr(0), mpfr(0)),
    "leaky-relu": lambda x: (x, mpfr(1)) if x > 0 else (LEAKY_SLOPE * x, mpfr(LEAKY_SLOPE)),
    "gelu": _gelu,
    "gelu-tanh": _gelu_tanh,
    "tanh": _tanh,
    "erf": lambda x: (gmpy2.erf(x), 2 * gmpy2.exp(-x * x) / gmpy2.sqrt(gmpy2.const_pi())),
    "hard-tanh": lambda x: (x, mpfr(1)) if abs(x) < 1 else (mpfr(1 if x > 0 else -1), mpfr(0)),
    "sigmoid": _sigmoid,
    "silu": _silu,
    "softplus": lambda x: (gmpy2.log1p(gmpy2.exp(x)), 1 / (1 + gmpy2.exp(-x))),
}
KINKS = {"relu": (0,), "leaky-relu": (0,), "hard-tanh": (-1, 1)}


class DeepNetwork:
    """A network with its weights, `{name: float64 array}`, in `bits` bits.

    Values are `[tokens, width]`, tangents `[tokens, width, directions]`. With `primal_bits` values, probabilities, norms and
    activations' derivatives have only those bits, while tangents and their products keep `bits`: what a cheaper forward pass
    would cost."""

    def __init__(self, network: Network, weights: dict[str, np.ndarray], bits: int, primal_bits: int | None = None) -> None:
        self.network, self.layers, self.bits = network, depth(weights), bits
        self.primal_bits = primal_bits or bits
        self.weights = {name: exact(value) for name, value in weights.items()}
        self.kink_margin = self.relative_kink_margin = mpfr("inf")
        self.slopes: dict[str, np.ndarray] = {}  # of piecewise linear activations, per layer, as last met
        self.frozen: dict[str, np.ndarray] | None = None  # slopes to use instead
        self.norm_by_projection = False  # the same LayerNorm rule, written so that a rounded value costs it less

    # --- the stack

    def sublayers(self) -> list[tuple[int, Callable]]:
        """`(layer, step)` in order, layers counted from 1; `step(x, dx)` gives value and tangents after it (`dx` may be None)."""
        steps = []
        for layer in range(self.layers):
            p = f"layers.{layer}."
            parts = ([("norm1", self._attention), ("norm2", self._feed_forward)] if self.network.block == "transformer"
                     else [("norm", self._dense)])
            for norm, branch in parts:
                steps.append((layer + 1, lambda x, dx, p=p, norm=norm, branch=branch: self._connect(p, norm, branch, x, dx)))
        if "norm.weight" in self.weights:
            steps.append((self.layers, lambda x, dx: self._norm("norm", x, dx)))
        return steps

    def forward(self, x: np.ndarray) -> list[np.ndarray]:
        """The value before every sublayer, and the output."""
        states = [x]
        for _, step in self.sublayers():
            states.append(step(states[-1], None)[0])
        return states

    def jacobians(self, x: np.ndarray, layers: list[int], states: Callable[[int], np.ndarray] | None = None):
        """Yields `(layer, value, J)` after the named layers. `states(k)` replaces the value before sublayer k."""
        size, steps = x.size, self.sublayers()
        dx = exact(np.eye(size)).reshape(*x.shape, size)
        for k, (layer, step) in enumerate(steps):
            x, dx = step(states(k) if states else x, dx)
            if layer in layers and (k + 1 == len(steps) or steps[k + 1][0] > layer):
                yield layer, x, dx.reshape(-1, size)

    def _connect(self, p, norm, branch, x, dx):
        match self.network.architecture:
            case "vanilla":
                return branch(p, x, dx)
            case "residual":
                return self._sum(x, dx, *branch(p, x, dx))
            case "rezero":
                y, dy = branch(p, x, dx)
                alpha = self.weights[p + "resweight"][0]
                with working(self.primal_bits):
                    y = y * alpha
                with working(self.bits):
                    dy = None if dy is None else dy * alpha
                return self._sum(x, dx, y, dy)
            case "norm":
                return self._norm(p + norm, *branch(p, x, dx))
            case "post-ln":
                return self._norm(p + norm, *self._sum(x, dx, *branch(p, x, dx)))
            case _:
                return self._sum(x, dx, *branch(p, *self._norm(p + norm, x, dx)))

    # --- the parts: each computes the value with `primal_bits`, then the tangents with `bits`

    def _sum(self, x, dx, y, dy):
        with working(self.primal_bits):
            z = x + y
        with working(self.bits):
            return z, None if dx is None else dx + dy

    def _norm(self, name, x, dx):
        width, gain = x.shape[1], self.weights[name + ".weight"]
        with working(self.primal_bits):
            centred = x - x.sum(axis=1, keepdims=True) / width
            root = _sqrt((centred * centred).sum(axis=1, keepdims=True) / width + mpfr(self.network.eps))
            unit = centred / root
            y = unit * gain + self.weights[name + ".bias"]
            shrink = self.network.eps / (root * root)
        if dx is None:
            return y, None
        with working(self.bits):
            dy = np.empty_like(dx)
            for t, d in enumerate(dx):  # d [width, directions]
                d = d - d.sum(axis=0) / width
                u = unit[t]
                if self.norm_by_projection:
                    # The part along the value by eps/(variance + eps) exactly, whatever length and mean rounding has left.
                    u = u - u.sum() / width
                    along = (u @ d) * ((1 - shrink[t]) / (u @ u))
                else:
                    along = (u @ d) / width
                dy[t] = (d - u[:, None] * along) * (gain / root[t])[:, None]
        return y, dy

    def _attention(self, p, x, dx):
        tokens, width = x.shape
        heads = self.network.heads
        size = width // heads
        w, b = self.weights[p + "self_attn.in_proj_weight"], self.weights[p + "self_attn.in_proj_bias"]
        out, out_bias = self.weights[p + "self_attn.out_proj.weight"], self.weights[p + "self_attn.out_proj.bias"]
        causal = self.network.mask == "causal"
        with working(self.primal_bits):
            root = gmpy2.sqrt(mpfr(size))
            packed = x @ w.T + b
            mixed = np.empty_like(x)
            probabilities = {}
            for head in range(heads):
                query, key, value = (packed[:, part * width + head * size:][:, :size] for part in range(3))
                for t in range(tokens):
                    seen = t + 1 if causal else tokens
                    scores = key[:seen] @ query[t] / root
                    e = _exp(scores - max(scores))
                    probabilities[head, t] = e / e.sum()
                    mixed[t, head * size:(head + 1) * size] = probabilities[head, t] @ value[:seen]
            y = mixed @ out.T + out_bias
        if dx is None:
            return y, None
        with working(self.bits):
            dpacked = np.stack([w @ d for d in dx])  # [tokens, 3 width, directions]
            dmixed = np.empty_like(dx)
            for head in range(heads):
                query, key, value = (packed[:, part * width + head * size:][:, :size] for part in range(3))
                dquery, dkey, dvalue = (dpacked[:, part * width + head * size:][:, :size] for part in range(3))
                for t in range(tokens):
                    seen, q = t + 1 if causal else tokens, probabilities[head, t][:, None]
                    dscores = (key[:seen] @ dquery[t] + np.stack([query[t] @ dkey[s] for s in range(seen)])) / root
                    dq = q * (dscores - (q * dscores).sum(axis=0))
                    dmixed[t, head * size:(head + 1) * size] = value[:seen].T @ dq + sum(
                        q[s] * dvalue[s] for s in range(seen))
            return y, np.stack([out @ d for d in dmixed])

    def _feed_forward(self, p, x, dx):
        return self._through(p, x, dx, "linear1", "linear2")

    def _dense(self, p, x, dx):
        return self._through(p, x, dx, "", None)

    def _through(self, p, x, dx, inner, outer):
        """A linear map, the activation, and another linear map if there is one."""
        prefix = p + (inner + "." if inner else "")
        w, b = self.weights[prefix + "weight"], self.weights[prefix + "bias"]
        with working(self.primal_bits):
            h, slope = self._activate(p, x @ w.T + b)
            y = h @ self.weights[p + outer + ".weight"].T + self.weights[p + outer + ".bias"] if outer else h
        if dx is None:
            return y, None
        with working(self.bits):
            dy = []
            for s, d in zip(slope, dx):
                on = s != 0  # inactive units cost nothing
                dh = s[on][:, None] * (w[on] @ d) if on.any() else exact(np.zeros((0, d.shape[1])))
                if outer and on.any():
                    dy.append(self.weights[p + outer + ".weight"][:, on] @ dh)
                else:
                    full = exact(np.zeros((y.shape[1], d.shape[1])))
                    if not outer:
                        full[on] = dh
                    dy.append(full)
            return y, np.stack(dy)

    def _activate(self, p, x):
        name = self.network.activation
        for kink in KINKS.get(name, ()):
            for token in x:
                least = min(abs(v - kink) for v in token)
                scale = max(max(abs(v) for v in token), abs(kink))
                self.kink_margin = min(self.kink_margin, least)
                self.relative_kink_margin = min(self.relative_kink_margin, least / scale if scale > 0 else mpfr(0))
        y, slope = np.frompyfunc(ACTIVATIONS[name], 1, 2)(x)
        if name in KINKS:
            if self.frozen is not None:
                return y, self.frozen[p]
            self.slopes[p] = slope
        return y, slope


_exp, _sqrt = np.frompyfunc(gmpy2.exp, 1, 1), np.frompyfunc(gmpy2.sqrt, 1, 1)


# --- singular values -------------------------------------------------------------------------------------------------


def log_singular_values(matrix: np.ndarray, bits: int, jacobi_bits: int = JACOBI_BITS) -> list[mpfr]:
    """ln σ of all min(m, n) singular values, descending; -infinity for a row that vanished exactly.

    Pivoted QR with `bits` bits leaves rows of very different sizes and nearly independent directions; one-sided Jacobi on
    them is accurate relative to each value (Drmač and Veselić 2008), so that few bits suffice for it."""
    with working(bits):
        rows = _graded_rows(matrix)
    count = min(matrix.shape)
    with working(jacobi_bits):
        rows = np.frompyfunc(lambda v: +v, 1, 1)(rows) if len(rows) else rows
        squares = _jacobi(rows) if len(rows) else []
    with working(LOG_BITS):
        logs = sorted((gmpy2.log(v) / 2 for v in squares), reverse=True)
    return logs + [-gmpy2.inf()] * (count - len(logs))


def _graded_rows(matrix: np.ndarray) -> np.ndarray:
    """R of a column-pivoted QR factorisation (modified Gram–Schmidt), without rows that are exactly null."""
    a = matrix.copy() if matrix.shape[0] >= matrix.shape[1] else matrix.T.copy()
    n = a.shape[1]
    order, rows = list(range(n)), []
    for k in range(n):
        norms = (a[:, k:] * a[:, k:]).sum(axis=0)
        best = k + int(np.argmax(norms))
        if norms[best - k] == 0:
            break
        a[:, [k, best]] = a[:, [best, k]]
        order[k], order[best] = order[best], order[k]
        length = gmpy2.sqrt(norms[best - k])
        q = a[:, k] / length
        row = exact(np.zeros(n))
        row[order[k]] = length
        if k + 1 < n:
            r = q @ a[:, k + 1:]
            a[:, k + 1:] = a[:, k + 1:] - np.outer(q, r)
            row[order[k + 1:]] = r
        rows.append(row)
    return np.stack(rows) if rows else np.empty((0, n), dtype=object)


def _jacobi(g: np.ndarray, tolerance: mpfr = mpfr(2) ** -75, sweeps: int = 60) -> list[mpfr]:
    """Squared singular values of a matrix without null rows, by rotations that make its rows orthogonal."""
    n = len(g)
    ring = list(range(n + n % 2))
    for _ in range(sweeps):
        largest = mpfr(0)
        for _ in range(len(ring) - 1):
            half = len(ring) // 2
            pairs = [(i, j) for i, j in zip(ring[:half], reversed(ring[half:])) if max(i, j) < n]
            ring = [ring[0], ring[-1], *ring[1:-1]]
            if not pairs:
                continue
            p, q = (np.array(side) for side in zip(*pairs))
            a, b, c = (g[p] * g[p]).sum(axis=1), (g[q] * g[q]).sum(axis=1), (g[p] * g[q]).sum(axis=1)
            cosine = abs(c) / _sqrt(a * b)
            largest = max(largest, max(cosine))
            turn = np.array([v > tolerance for v in cosine])
            if not turn.any():
                continue
            p, q, a, b, c = p[turn], q[turn], a[turn], b[turn], c[turn]
            zeta = (b - a) / (2 * c)
            t = np.array([1 if z >= 0 else -1 for z in zeta]) / (abs(zeta) + _sqrt(1 + zeta * zeta))
            cosine = 1 / _sqrt(1 + t * t)
            cosine, sine = cosine[:, None], (cosine * t)[:, None]
            g[p], g[q] = cosine * g[p] - sine * g[q], sine * g[p] + cosine * g[q]
        if largest <= tolerance:
            return list((g * g).sum(axis=1))
    raise ArithmeticError(f"Jacobi has not converged: largest cosine {float(largest):.1e}")


# --- spectra with zeros told from tiny values ------------------------------------------------------------------------


@dataclass
class DeepSpectrum:
    """ln σ of the non-zero values, descending; the number of exact zeros; values still shrinking at the largest precision."""

    logs: list[mpfr]
    zeros: int
    unknown: int = 0
    below: float | None = None  # the unknown ones' ln σ is smaller


@dataclass
class DeepSpectra:
    bits: int
    spectra: dict[int, DeepSpectrum]
    generic_ranks: dict[int, int]
    kink_margin: float | None
    relative_kink_margin: float | None
    outputs: dict[int, np.ndarray] = field(repr=False)
    jacobian: np.ndarray = field(repr=False)  # of the whole stack, float64 (may underflow)


def spectra_of(network: Network, weights: dict[str, np.ndarray], x: np.ndarray, layers: list[int], *, bits: int = 1024,
               most_bits: int = 1 << 17, log: Callable[[str], None] = lambda _: None) -> DeepSpectra:
    """The spectra after these layers. The precision starts at `bits` and doubles until two precisions agree about every
    value and the zeros are as many as the generic rank leaves, or until `most_bits`."""
    x, previous, ranks = exact(x), None, None
    while True:
        deep, found, outputs, last = DeepNetwork(network, weights, bits), {}, {}, None
        for layer, value, j in deep.jacobians(x, layers):
            found[layer] = log_singular_values(j, bits, JACOBI_BITS if previous is None else JACOBI_BITS + 128)
            outputs[layer], last = value.astype(np.float64), j
        if ranks is None:
            ranks = generic_ranks(network, weights, deep, x.shape, layers)
        log(f"    {bits} bits: ln σ from {float(found[max(found)][0]):.2f} to {float(found[max(found)][-1]):.2f}, "
            f"generic rank {ranks[max(found)]}")
        if previous is not None:
            spectra = {layer: _settle(previous[layer], found[layer], bits // 2) for layer in found}
            done = all(s is not None and s.unknown == 0 and len(s.logs) == ranks[layer] for layer, s in spectra.items())
            if done or 2 * bits > most_bits:
                for layer, s in spectra.items():
                    if s.zeros > (structural := len(found[layer]) - ranks[layer]):
                        # Fewer than the generic rank: they shrank with the precision, but nothing says that they are zero.
                        s.unknown, s.zeros = s.unknown + s.zeros - structural, structural
                    if s.unknown:
                        bound = found[layer][len(s.logs)]
                        s.below = float(bound) + 20
                margin, relative = deep.kink_margin, deep.relative_kink_margin
                with working(64):
                    j64 = last.astype(np.float64)
                return DeepSpectra(bits, spectra, ranks, None if gmpy2.is_infinite(margin) else float(margin),
                                   None if gmpy2.is_infinite(relative) else float(relative), outputs, j64)
        previous, bits = found, 2 * bits


def _settle(coarse: list[mpfr], fine: list[mpfr], coarse_bits: int) -> DeepSpectrum:
    """What two precisions, one twice the other, say about each value."""
    kept, zeros, unknown = [], 0, 0
    for a, b in zip(coarse, fine):
        if gmpy2.is_finite(b) and gmpy2.is_finite(a) and abs(a - b) < SAME * max(1, abs(b)):
            kept.append(b)
        elif not gmpy2.is_finite(b) or a - b > 0.8 * coarse_bits * float(gmpy2.const_log2()):
            zeros += 1
        else:
            unknown += 1
    return DeepSpectrum(kept, zeros, unknown)


def generic_ranks(network: Network, weights: dict[str, np.ndarray], deep: DeepNetwork, shape: tuple[int, ...],
                  layers: list[int]) -> dict[int, int]:
    """The rank after each layer that the weights and the units' activity allow: that of the same sublayers at random states.

    `deep` has run, and knows which units were active."""
    random = np.random.default_rng(1)
    # A LayerNorm shrinks one direction a token by about eps: 17 bits each, and as much again to be safe.
    generic = DeepNetwork(network, weights, 1024 + 80 * deep.layers)
    generic.frozen = deep.slopes
    states = [exact(random.standard_normal(shape)) for _ in generic.sublayers()]
    ranks = {}
    for layer, _, j in generic.jacobians(exact(np.zeros(shape)), layers, lambda k: states[k]):
        with working(generic.bits):
            rows = _graded_rows(j)
        with working(LOG_BITS):
            logs = [gmpy2.log((row * row).sum()) / 2 for row in rows]
        # Rounding leaves null directions near 2^-bits; a real gap is hundreds of bits wide.
        floor = logs[0] - (generic.bits - 200) * gmpy2.const_log2() if logs else 0
        ranks[layer] = sum(1 for v in logs if v > floor)
    return ranks
