#!/usr/bin/env python3
"""JAX at a job: `jit(jacfwd)` over a stack that is one `lax.scan`, then singular values by `jnp.linalg.svd`.

This is what a careful JAX user writes: the scan compiles one layer and not the stack, the compilation is done ahead and not
counted as Jacobian time. `--chunk K` pushes K tangents at a time (`lax.map`) and so needs less memory; 0 pushes all at once.
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


def jacobian_function(job: jobs.Job, chunk: int):
    """(weights, input) ↦ J `[N, N]`, to be compiled."""
    def stack(weights, x):
        return lax.scan(lambda h, w: (layer(job, h, w), None), x, weights)[0].reshape(-1)

    def all_at_once(weights, x):
        return jax.jacfwd(stack, argnums=1)(weights, x).reshape(job.size, job.size)

    def in_chunks(weights, x):
        _, push = jax.linearize(lambda v: stack(weights, v), x)
        directions = jnp.eye(job.size, dtype=x.dtype).reshape(job.size, *x.shape)
        return lax.map(push, directions, batch_size=chunk).T

    return in_chunks if chunk else all_at_once


def main() -> int:
    job, flags = jobs.parse_job(__doc__, lambda p: p.add_argument("--chunk", type=int, default=0))
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", job.precision == "double")
    seconds_import = time.perf_counter() - START
    samples = [(stacked(job, s), jnp.asarray(jobs.random_input(job, s))) for s in range(job.samples)]

    seconds_compile, jacobian = jobs.timed(lambda: jax.jit(jacobian_function(job, flags.chunk)).lower(*samples[0]).compile())
    if flags.check:
        jobs.check(job, np.asarray(jacobian(*samples[0])))
        return 0
    svd = jax.jit(lambda j: jnp.linalg.svd(j, compute_uv=False))
    if job.with_svd:
        seconds, svd = jobs.timed(lambda: svd.lower(jax.ShapeDtypeStruct((job.size, job.size), job.dtype)).compile())
        seconds_compile += seconds

    if job.repetitions > 1:
        first = jacobian(*samples[0]).block_until_ready()
        if job.with_svd:
            svd(first).block_until_ready()
    in_jacobian, in_svd = [], []
    for _ in range(job.repetitions):
        in_jacobian.append(0.0)
        in_svd += [0.0] if job.with_svd else []
        for weights, x in samples:
            seconds, j = jobs.timed(lambda: jacobian(weights, x).block_until_ready())
            in_jacobian[-1] += seconds
            if job.with_svd:
                in_svd[-1] += jobs.timed(lambda: svd(j).block_until_ready())[0]
    jobs.report(in_jacobian, in_svd, seconds_import=seconds_import, seconds_compile=seconds_compile, version=jax.__version__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
