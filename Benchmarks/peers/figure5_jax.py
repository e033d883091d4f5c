#!/usr/bin/env python3
"""Figure 5a as a JAX notebook would make it, as one process: import, weights, `jacfwd`, singular values, histograms.

Post-LN encoders of 4, 12 and 64 layers, 10 samples each, 4 tokens of width 16, 4 heads, Xavier uniform weights. The stack is
a scan under `jit`, which compiles one layer per depth. `--eager` is a Python loop over layers without `jit`, as quick notebooks
have it: about four times slower. (A loop under `jit` compiles the whole stack: minutes at 64 layers.) `--precision float` is
the papers' arithmetic.
"""

import sys

import jobs

jobs.limit_threads()

import jax
import jax.numpy as jnp
import numpy as np

PRECISION = "float" if "float" in sys.argv else "double"
EAGER = "--eager" in sys.argv
jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", PRECISION == "double")

from peer_jax import layer, stacked

for depth in (4, 12, 64):
    job = jobs.Job("figure5", depth=depth, tokens=4, width=16, heads=4, precision=PRECISION, samples=10)

    def encoder(x, weights, job=job):
        if not EAGER:
            return jax.lax.scan(lambda h, w: (layer(job, h, w), None), x, weights)[0].reshape(-1)
        for w in weights:
            x = layer(job, x, w)
        return x.reshape(-1)

    def weights(sample, job=job):
        stack = stacked(job, sample)
        if not EAGER:
            return stack
        return [{name: value[l] for name, value in stack.items()} for l in range(job.depth)]

    def log_singular_values(x, weights):
        return jnp.log10(jnp.linalg.svd(jax.jacfwd(encoder)(x, weights).reshape(64, 64), compute_uv=False))

    if not EAGER:
        log_singular_values = jax.jit(log_singular_values)
    logs = [np.asarray(log_singular_values(jnp.asarray(jobs.random_input(job, s)), weights(s))) for s in range(10)]
    density, edges = np.histogram(np.concatenate(logs), bins=40, range=(-11, 4), density=True)
    medians = np.median(logs, axis=1)
    print(f"post-ln, {depth} layers: median log10 σ {medians.mean():.4f} ± {medians.std(ddof=1) / len(medians) ** 0.5:.4f}")
    print("  ".join(f"{edge:.2f}:{height:.3f}" for edge, height in zip(edges, density) if height > 0))
