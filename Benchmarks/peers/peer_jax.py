#!/usr/bin/env python3
"""JAX at a job: `jit(jacfwd)` over a stack that is one `lax.scan`, then singular values by `jnp.linalg.svd`.

This is what a careful JAX user writes: the scan compiles one layer and not the stack, the compilation is done ahead and not
counted as Jacobian time. `--mode jacfwd` and `jacrev` push or pull all directions at once; `chunks` pushes `--chunk` tangents at
a time (`lax.map`) and so needs less memory; with 0 it chooses how many by timing a shallow stack.
"""

from __future__ import annotations

import math
import sys
import time

import jobs

START = time.perf_counter()
jobs.limit_threads()

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

NORMED = ("norm", "post-ln", "pre-ln")


def layer(job: jobs.Job, x: jax.Array, w: dict[str, jax.Array]) -> jax.Array:
    """One Transformer layer, `[tokens, width]` to `[tokens, width]`."""
    def norm(name: str, h: jax.Array) -> jax.Array:
        mean = h.mean(-1, keepdims=True)
        return (h - mean) * lax.rsqrt(h.var(-1, keepdims=True) + 1e-5) * w[name + ".weight"] + w[name + ".bias"]

    def attention(h: jax.Array) -> jax.Array:
        size = job.width // job.heads
        packed = h @ w["self_attn.in_proj_weight"].T + w["self_attn.in_proj_bias"]
        q, k, v = (part.reshape(job.tokens, job.heads, size).transpose(1, 0, 2) for part in jnp.split(packed, 3, -1))
        scores = q @ k.transpose(0, 2, 1) / math.sqrt(size)
        if job.mask == "causal":
            scores = jnp.where(np.tril(np.ones((job.tokens, job.tokens), bool)), scores, -jnp.inf)
        mixed = (jax.nn.softmax(scores, -1) @ v).transpose(1, 0, 2).reshape(job.tokens, job.width)
        return mixed @ w["self_attn.out_proj.weight"].T + w["self_attn.out_proj.bias"]

    def feed_forward(h: jax.Array) -> jax.Array:
        inner = jax.nn.relu(h @ w["linear1.weight"].T + w["linear1.bias"])
        return inner @ w["linear2.weight"].T + w["linear2.bias"]

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


def stacked(job: jobs.Job, sample: int) -> dict[str, jax.Array]:
    """The weights with the layers as the leading axis, as a scan takes them."""
    weights = jobs.random_weights(job, sample)
    names = [name.removeprefix("layers.0.") for name in weights if name.startswith("layers.0.")]
    return {name: jnp.asarray(np.stack([weights[f"layers.{l}.{name}"] for l in range(job.depth)])) for name in names}


def jacobian_function(job: jobs.Job, mode: str, chunk: int):
    """(weights, input) ↦ J `[N, N]`, to be compiled. `chunk` 0: all tangents at once."""
    def stack(weights, x):
        return lax.scan(lambda h, w: (layer(job, h, w), None), x, weights)[0].reshape(-1)

    def all_at_once(weights, x):
        derivative = jax.jacrev if mode == "jacrev" else jax.jacfwd
        return derivative(stack, argnums=1)(weights, x).reshape(job.size, job.size)

    def in_chunks(weights, x):
        _, push = jax.linearize(lambda v: stack(weights, v), x)
        directions = jnp.eye(job.size, dtype=x.dtype).reshape(job.size, *x.shape)
        return lax.map(push, directions, batch_size=chunk).T

    return in_chunks if chunk else all_at_once


def choose_chunk(job: jobs.Job) -> int:
    """The fastest of a few numbers of tangents on a stack of two layers."""
    shallow = jobs.without_layers(job, 2)
    sample = stacked(shallow, 0), jnp.asarray(jobs.random_input(shallow, 0))

    def seconds(chunk: int) -> float:
        jacobian = jax.jit(jacobian_function(shallow, "jacfwd", chunk))
        jacobian(*sample).block_until_ready()
        return min(jobs.timed(lambda: jacobian(*sample).block_until_ready())[0] for _ in range(2))

    return min(sorted({min(job.size, size) for size in (64, 128, 256, 512)}), key=seconds)


def main() -> int:
    def extra(parser) -> None:
        parser.add_argument("--mode", choices=("jacfwd", "chunks", "jacrev"), default="jacfwd")
        parser.add_argument("--chunk", type=int, default=0)

    job, flags = jobs.parse_job(__doc__, extra)
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", job.precision == "double")
    seconds_import = time.perf_counter() - START
    chunk = (flags.chunk or choose_chunk(job)) if flags.mode == "chunks" else 0
    samples = [(stacked(job, s), jnp.asarray(jobs.random_input(job, s))) for s in range(job.samples)]

    function = jax.jit(jacobian_function(job, flags.mode, chunk))
    seconds_compile, jacobian = jobs.timed(lambda: function.lower(*samples[0]).compile())
    if flags.check:
        jobs.check(job, np.asarray(jacobian(*samples[0])))
        return 0
    svd = jax.jit(lambda j: jnp.linalg.svd(j, compute_uv=False))
    if job.with_svd:
        seconds, svd = jobs.timed(lambda: svd.lower(jax.ShapeDtypeStruct((job.size, job.size), job.dtype)).compile())
        seconds_compile += seconds
    jobs.Timed(
        job, seconds_import=seconds_import, seconds_compile=seconds_compile, chunk=chunk, version=jax.__version__,
    ).run(samples, lambda sample: jacobian(*sample).block_until_ready(), lambda j: svd(j).block_until_ready(), np.asarray)
    return 0


if __name__ == "__main__":
    sys.exit(main())
