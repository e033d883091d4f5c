#!/usr/bin/env python3
"""PyTorch at a job: `torch.func.jacrev` (vmap over chunks of rows) or `jacfwd` (vmap over `jvp` of chunks of columns), then
`svdvals`.

`--chunk 0` leaves the choice to the program: in the warm-up it times a few chunk sizes on a shallow stack and keeps the
fastest, so that the peer is not slow for want of tuning. `--mode jacrev|jacfwd`.
"""

from __future__ import annotations

import math
import sys
import time

import jobs

START = time.perf_counter()
jobs.limit_threads()

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


def layer(job: jobs.Job, x: Tensor, w: dict[str, Tensor], future: Tensor | None) -> Tensor:
    """One Transformer layer, `[tokens, width]` to `[tokens, width]`, on PyTorch's fused primitives where it has them."""
    def norm(name: str, h: Tensor) -> Tensor:
        return F.layer_norm(h, (job.width,), w[name + ".weight"], w[name + ".bias"], 1e-5)

    def attention(h: Tensor) -> Tensor:
        size = job.width // job.heads
        packed = F.linear(h, w["self_attn.in_proj_weight"], w["self_attn.in_proj_bias"])
        q, k, v = (part.reshape(job.tokens, job.heads, size).transpose(0, 1) for part in packed.chunk(3, -1))
        scores = q @ k.transpose(1, 2) / math.sqrt(size)
        if future is not None:
            scores = scores.masked_fill(future, -math.inf)
        mixed = (torch.softmax(scores, -1) @ v).transpose(0, 1).reshape(job.tokens, job.width)
        return F.linear(mixed, w["self_attn.out_proj.weight"], w["self_attn.out_proj.bias"])

    def feed_forward(h: Tensor) -> Tensor:
        return F.linear(F.relu(F.linear(h, w["linear1.weight"], w["linear1.bias"])), w["linear2.weight"], w["linear2.bias"])

    for name, branch in (("norm1", attention), ("norm2", feed_forward)):
        match job.arch:
            case "vanilla":
                x = branch(x)
            case "residual":
                x = x + branch(x)
            case "rezero":
                x = x + w["resweight"] * branch(x)
            case "norm":
                x = norm(name, branch(x))
            case "post-ln":
                x = norm(name, x + branch(x))
            case _:
                x = x + branch(norm(name, x))
    return x


def load(job: jobs.Job, sample: int) -> tuple[list[dict[str, Tensor]], Tensor]:
    """The layers' weights and the input."""
    weights = {name: torch.from_numpy(value) for name, value in jobs.random_weights(job, sample).items()}
    layers = [{name.removeprefix(f"layers.{l}."): value for name, value in weights.items()
               if name.startswith(f"layers.{l}.")} for l in range(job.depth)]
    return layers, torch.from_numpy(jobs.random_input(job, sample))


def jacobian(job: jobs.Job, layers: list[dict[str, Tensor]], x: Tensor, mode: str, chunk: int) -> Tensor:
    """J `[N, N]`, `chunk` rows (jacrev) or columns (jacfwd) at a time."""
    future = torch.triu(torch.ones(job.tokens, job.tokens, dtype=torch.bool), 1) if job.mask == "causal" else None

    def stack(flat: Tensor) -> Tensor:
        h = flat.reshape(job.tokens, job.width)
        for w in layers:
            h = layer(job, h, w, future)
        return h.reshape(-1)

    with torch.no_grad():
        if mode == "jacrev":
            return torch.func.jacrev(stack, chunk_size=chunk)(x.reshape(-1))

        def column(direction: Tensor) -> Tensor:
            return torch.func.jvp(stack, (x.reshape(-1),), (direction,))[1]

        return torch.func.vmap(column, out_dims=1, chunk_size=chunk)(torch.eye(job.size, dtype=x.dtype))


def choose_chunk(job: jobs.Job, mode: str) -> int:
    """The fastest of a few chunk sizes on a stack of two layers."""
    shallow = jobs.without_layers(job, 2)
    layers, x = load(shallow, 0)
    sizes = sorted({min(job.size, size) for size in (32, 64, 128, 256, 512, job.size)})
    if job.size > 2048:
        sizes = [size for size in sizes if size < job.size]
    jacobian(shallow, layers, x, mode, sizes[0])
    return min(sizes, key=lambda size: jobs.timed(lambda: jacobian(shallow, layers, x, mode, size))[0])


def main() -> int:
    def extra(parser) -> None:
        parser.add_argument("--mode", choices=("jacrev", "jacfwd"), default="jacrev")
        parser.add_argument("--chunk", type=int, default=0)

    job, flags = jobs.parse_job(__doc__, extra)
    torch.set_num_threads(jobs.THREADS)
    seconds_import = time.perf_counter() - START
    samples = [load(job, s) for s in range(job.samples)]
    chunk = flags.chunk or choose_chunk(job, flags.mode)
    if flags.check:
        jobs.check(job, jacobian(job, *samples[0], flags.mode, chunk).numpy())
        return 0

    jobs.Timed(job, seconds_import=seconds_import, chunk=chunk, version=torch.__version__).run(
        samples, lambda sample: jacobian(job, *sample, flags.mode, chunk), torch.linalg.svdvals, lambda t: t.numpy())
    return 0


if __name__ == "__main__":
    sys.exit(main())
