#!/usr/bin/env python3
"""Figure 5a as a PyTorch notebook would make it, as one process: import, models, Jacobians, singular values, histograms.

Post-LN encoders of 4, 12 and 64 layers, 10 samples each, 4 tokens of width 16, 4 heads, Xavier uniform weights.
`--precision float` is the papers' arithmetic.
"""

import sys

import jobs

jobs.limit_threads()

import numpy as np
import torch

torch.set_num_threads(jobs.THREADS)
torch.set_default_dtype(torch.float32 if "float" in sys.argv else torch.float64)
torch.manual_seed(0)

for depth in (4, 12, 64):
    logs = []
    for sample in range(10):
        layer = torch.nn.TransformerEncoderLayer(16, 4, 64, dropout=0.0, batch_first=True)
        encoder = torch.nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        for parameter in encoder.parameters():
            if parameter.dim() > 1:
                torch.nn.init.xavier_uniform_(parameter)
            parameter.requires_grad_(False)
        x = torch.randn(1, 4, 16)
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):  # the fused one cannot be mapped over
            jacobian = torch.func.jacrev(lambda v: encoder(v, torch.zeros(4, 4)).reshape(-1))(x).reshape(64, 64)
        logs.append(torch.linalg.svdvals(jacobian).log10().numpy())
    density, edges = np.histogram(np.concatenate(logs), bins=40, range=(-11, 4), density=True)
    medians = np.median(logs, axis=1)
    print(f"post-ln, {depth} layers: median log10 σ {medians.mean():.4f} ± {medians.std(ddof=1) / len(medians) ** 0.5:.4f}")
    print("  ".join(f"{edge:.2f}:{height:.3f}" for edge, height in zip(edges, density) if height > 0))
