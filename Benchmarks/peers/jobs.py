"""The jobs that `spectra` and its peers are timed at, and what their programs share: sizes, weights, flags, clocks.

Nothing is imported at the top that takes memory or time: a peer's start-up is its own, and the peak memory of a program that
`bench_peers.py` starts would count what that program holds.

Run, it writes a job's networks for programs that cannot draw them: `jobs.py --write FOLDER …`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    import numpy as np

THREADS = 2


@dataclass(frozen=True)
class Job:
    """A stack of Transformer layers (ReLU, feed-forward of width 4·width, Xavier uniform) and what is asked about it."""

    name: str
    arch: str = "post-ln"
    depth: int = 12
    tokens: int = 16
    width: int = 64
    heads: int = 4
    precision: str = "double"
    mask: str = "none"
    samples: int = 1
    with_svd: bool = False
    repetitions: int = 3

    @property
    def size(self) -> int:
        """N: rows and columns of the Jacobian."""
        return self.tokens * self.width

    @property
    def dtype(self) -> type:
        import numpy as np

        return np.float64 if self.precision == "double" else np.float32

    @property
    def jacobian_operations(self) -> float:
        """Operations of useful work in all Jacobians: pushing each of N tangents directly through each layer costs
        2·(12·d² + 4·n·d) for each of n tokens of width d. No program's own count: one that does less passes the peak."""
        n, d = self.tokens, self.width
        return float(self.samples * self.depth * self.size * n * 2 * (12 * d * d + 4 * n * d))

    @property
    def svd_operations(self) -> float:
        """Of all values-only decompositions: 8/3 N³ each (reduction to a bidiagonal matrix)."""
        return self.samples * 8 / 3 * self.size**3 if self.with_svd else 0.0

    def flags(self) -> list[str]:
        """The job as command-line flags, the same for every program."""
        flags = []
        for key, value in asdict(self).items():
            if key == "with_svd":
                flags += ["--with-svd"] if value else []
            elif key != "name":
                flags += [f"--{key}", str(value)]
        return flags


JOBS = (
    Job("64-layers-16x64", depth=64, tokens=16, width=64),
    Job("12-layers-16x128", depth=12, tokens=16, width=128),
    Job("12-layers-16x128-float", depth=12, tokens=16, width=128, precision="float"),
    Job("12-layers-16x64-causal", depth=12, tokens=16, width=64, mask="causal"),
    Job("12-layers-4x16", depth=12, tokens=4, width=16, repetitions=20),
    Job("spectra-8-samples-8x64", depth=12, tokens=8, width=64, samples=8, with_svd=True),
    Job("spectra-8-samples-16x64", depth=12, tokens=16, width=64, samples=8, with_svd=True),
    Job("spectrum-16x256", depth=12, tokens=16, width=256, with_svd=True, repetitions=1),
)
QUICK = (
    Job("quick-4x16", depth=12, tokens=4, width=16, samples=2, with_svd=True),
    Job("quick-16x32", depth=12, tokens=16, width=32),
)


def parse_job(description: str, extra: Callable[[argparse.ArgumentParser], None] = lambda parser: None):
    """The job that the command line names, and the parsed flags."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for key, value in asdict(Job("command-line")).items():
        if key == "with_svd":
            parser.add_argument("--with-svd", action="store_true")
        elif key != "name":
            choices = {"precision": ("double", "float"), "mask": ("none", "causal")}.get(key)
            parser.add_argument(f"--{key}", type=type(value), default=value, choices=choices)
    parser.add_argument("--check", action="store_true", help="compare J with reference.py instead of taking times")
    extra(parser)
    flags = parser.parse_args()
    job = Job("command-line", **{key: getattr(flags, key) for key in asdict(Job("")) if key != "name"})
    if job.width % job.heads:
        parser.error(f"--width {job.width} is not divisible by --heads {job.heads}")
    return job, flags


def limit_threads() -> None:
    """Two processors for everything a peer may start; to be called before its library is imported."""
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = str(THREADS)
    if hasattr(os, "sched_setaffinity"):  # XLA sizes its pool by the processors it may use
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])


def random_weights(job: Job, sample: int) -> dict[str, np.ndarray]:
    """Xavier-uniform weights in the export's naming; the packed query-key-value matrix is one matrix to the law."""
    import numpy as np

    random, d, hidden = np.random.default_rng([sample, job.depth]), job.width, 4 * job.width
    weights = {}
    for l in range(job.depth):
        for name, (rows, columns) in {"self_attn.in_proj_weight": (3 * d, d), "self_attn.out_proj.weight": (d, d),
                                      "linear1.weight": (hidden, d), "linear2.weight": (d, hidden)}.items():
            bound = math.sqrt(6 / (rows + columns))
            weights[f"layers.{l}.{name}"] = random.uniform(-bound, bound, (rows, columns)).astype(job.dtype)
            bias = name.replace("in_proj_weight", "in_proj_bias") if "in_proj" in name else name.replace("weight", "bias")
            weights[f"layers.{l}.{bias}"] = np.zeros(rows, job.dtype)
        if job.arch in ("norm", "post-ln", "pre-ln"):
            for norm in ("norm1", "norm2"):
                weights[f"layers.{l}.{norm}.weight"] = np.ones(d, job.dtype)
                weights[f"layers.{l}.{norm}.bias"] = np.zeros(d, job.dtype)
        if job.arch == "rezero":
            weights[f"layers.{l}.resweight"] = np.full(1, 0.1, job.dtype)
    return weights


def random_input(job: Job, sample: int) -> np.ndarray:
    import numpy as np

    return np.random.default_rng([sample, 0xD]).standard_normal((job.tokens, job.width)).astype(job.dtype)


def without_layers(job: Job, layers: int) -> Job:
    """The same job on a shallower stack, for warming up where a full run takes a minute."""
    return replace(job, depth=min(job.depth, layers), samples=1)


def timed(action: Callable[[], object]) -> tuple[float, object]:
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


class Timed:
    """A peer's runs: one that is not timed where there are several, then the job's repetitions, all samples in turn.

    After every run it prints what is known by then as a line of JSON (the last line holds), and before every run that it
    begins, so that a program that is stopped still tells how long it took at least.
    """

    def __init__(self, job: Job, **known) -> None:
        self.job, self.known = job, known
        self.seconds_jacobian: list[float] = []
        self.seconds_svd: list[float] = []

    def run(self, samples: list, jacobian: Callable, svd: Callable, as_array: Callable) -> None:
        """`jacobian(sample)` and `svd(J)` return when they are done; `as_array` makes numpy arrays of what they return."""
        for repetition in range(-1 if self.job.repetitions > 1 else 0, self.job.repetitions):
            print(json.dumps({"event": "run"}), flush=True)
            self._once(samples, jacobian, svd, as_array, warm_up=repetition < 0)

    def _once(self, samples, jacobian, svd, as_array, warm_up: bool) -> None:
        in_jacobian, in_svd, found = 0.0, 0.0, []
        for sample in samples:
            seconds, matrix = timed(lambda: jacobian(sample))
            in_jacobian += seconds
            largest = None
            if self.job.with_svd:
                seconds, values = timed(lambda: svd(matrix))
                in_svd += seconds
                largest = float(as_array(values).max())
            if "found" not in self.known:
                found.append(fingerprint(as_array(matrix), largest))
        self.known.setdefault("found", found)
        if warm_up:
            return
        self.seconds_jacobian.append(in_jacobian)
        self.seconds_svd += [in_svd] if self.job.with_svd else []
        total = [a + b for a, b in zip(self.seconds_jacobian, self.seconds_svd or [0.0] * len(self.seconds_jacobian))]
        print(json.dumps({"seconds_jacobian": self.seconds_jacobian, "seconds_svd": self.seconds_svd,
                          "seconds_total": total} | self.known), flush=True)


def fingerprint(jacobian: np.ndarray, largest: float | None) -> dict[str, float | None]:
    """Numbers by which programs see that they took the same Jacobian: its Frobenius norm; (2/N) Σ cos(i) J[i, j] sin(j),
    which tells it from its transpose; its largest singular value where that is known. As `Fingerprint.swift`."""
    import numpy as np

    matrix = jacobian.astype(np.float64, copy=False)
    rows, columns = matrix.shape
    probe = 2 / max(rows, columns) * float(np.cos(np.arange(rows)) @ (matrix @ np.sin(np.arange(columns))))
    return {"frobenius": float(np.linalg.norm(matrix)), "probe": probe, "largest": largest}


def agree(first: list[dict], second: list[dict], precision: str) -> bool:
    """Whether two programs' fingerprints are of the same Jacobians, sample by sample, to 1e-10 (double) or 1e-4 (float) of
    the Frobenius norm: far above rounding, far below another weight or another formula."""
    allowed = 1e-10 if precision == "double" else 1e-4
    return len(first) == len(second) and all(
        abs((a.get(key) or 0.0) - (b.get(key) or 0.0)) <= allowed * a["frobenius"]
        for a, b in zip(first, second) for key in ("frobenius", "probe", "largest"))


def check(job: Job, jacobian: np.ndarray) -> None:
    """Compares a program's Jacobian of sample 0 with `reference.py` in double, on four random directions (forward mode),
    which costs little at any size."""
    import numpy as np
    import torch

    from reference import Network, forward

    weights = {name: torch.from_numpy(value).double() for name, value in random_weights(job, 0).items()}
    x = torch.from_numpy(random_input(job, 0)).double()
    network = Network(job.arch, heads=job.heads, mask=job.mask)
    worst = 0.0
    for seed in range(4):
        direction = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        _, expected = torch.func.jvp(lambda v: forward(network, weights, v), (x,), (direction,))
        found = jacobian.astype(np.float64) @ direction.numpy().reshape(-1)
        worst = max(worst, float(np.abs(found - expected.numpy().reshape(-1)).max() / expected.abs().max()))
    # Rounding of one product chain; float loses its eps times the growth through a deep stack.
    allowed = 1e-12 if job.precision == "double" else 1e-3
    print(json.dumps({"difference": worst, "allowed": allowed, "agrees": worst <= allowed}))
    if not worst <= allowed:
        raise SystemExit(1)


def write_networks(job: Job, folder: str) -> None:
    """Each sample's weights and `input` in the export's naming: `sample-0.safetensors` and so on."""
    from safetensors.numpy import save_file

    for sample in range(job.samples):
        tensors = random_weights(job, sample) | {"input": random_input(job, sample)}
        save_file(tensors, os.path.join(folder, f"sample-{sample}.safetensors"))


def main() -> int:
    job, flags = parse_job(__doc__, lambda parser: parser.add_argument("--write", metavar="FOLDER", required=True))
    write_networks(job, flags.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
