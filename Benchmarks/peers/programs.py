"""Where the programs that are timed are found, and how each is called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from jobs import THREADS, Job

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MODULES = ("numpy", "torch", "jax", "safetensors")
OURS = "spectra"


class Failed(Exception):
    """A program that did not give a measurement; the text says which and why."""


@dataclass(frozen=True)
class Program:
    """One way to do a job: ours, or a library of the peers in one of its settings."""

    name: str
    library: str
    command: tuple[str, ...]
    # What the program may choose itself in its first round; the choice is kept for the others.
    chooses_chunk: bool = False

    def line(self, chunk: int | None) -> list[str]:
        return [*self.command, *(["--chunk", str(chunk)] if self.chooses_chunk and chunk else [])]


@dataclass(frozen=True)
class Executables:
    """The programs' interpreters and executables."""

    python: str
    spectra: str
    benchmark: str

    def for_job(self, job: Job, networks: str) -> list[Program]:
        """Every program at a job; ours reads the networks that the others draw."""
        jax, torch = (self.python, str(HERE / "peer_jax.py")), (self.python, str(HERE / "peer_torch.py"))
        flags = tuple(job.flags())
        ours = (self.benchmark, "job", "--threads", str(THREADS), "--networks", networks, *flags)
        return [
            Program(OURS, OURS, ours),
            Program("JAX jit(jacfwd)", "JAX", (*jax, "--mode", "jacfwd", *flags)),
            Program("JAX jacfwd, chunks", "JAX", (*jax, "--mode", "chunks", *flags), chooses_chunk=True),
            Program("JAX jit(jacrev)", "JAX", (*jax, "--mode", "jacrev", *flags)),
            Program("PyTorch jacrev", "PyTorch", (*torch, "--mode", "jacrev", *flags), chooses_chunk=True),
            Program("PyTorch jacfwd", "PyTorch", (*torch, "--mode", "jacfwd", *flags), chooses_chunk=True),
        ]

    def for_process(self, precision: str) -> list[Program]:
        """Figure 5a as a user would type it, and as scripts."""
        jax = (self.python, str(HERE / "figure5_jax.py"), "--precision", precision)
        return [
            Program(OURS, OURS, self.figure5(precision)),
            Program("PyTorch script", "PyTorch", (self.python, str(HERE / "figure5_torch.py"), "--precision", precision)),
            Program("JAX script, plain", "JAX, plain", (*jax, "--eager")),
            Program("JAX script, careful", "JAX, careful", jax),
        ]

    def figure5(self, precision: str, *more: str) -> tuple[str, ...]:
        return (self.spectra, "jacobian", "--arch", "post-ln", "--depth", "4,12,64", "--samples", "10", "--tokens", "4",
                "--width", "16", "--heads", "4", "--precision", precision, "--method", "product", "--threads", str(THREADS), *more)


def find(python: str | None, spectra: str | None, benchmark: str | None) -> Executables:
    def executable(named: str | None, built: str) -> str:
        name = named or str(ROOT / built)
        if found := shutil.which(name):
            return found
        raise Failed(f"{name} is not there; build it with `make build benchmark`, or start this with `make bench-peers`.")

    return Executables(peers_python(python), executable(spectra, ".build/release/spectra"),
                       executable(benchmark, "Benchmarks/.build/release/spectra-benchmark"))


def peers_python(choice: str | None) -> str:
    """An interpreter that has the peers' packages; made under .build-peers where there is none."""
    wanted = choice or os.environ.get("SPECTRA_PEERS_PYTHON")
    test = "import importlib.util as u, sys; sys.exit(not all(u.find_spec(m) for m in %r))" % (MODULES,)

    def suits(python: str) -> bool:
        return bool(shutil.which(python)) and subprocess.run([python, "-c", test]).returncode == 0

    if wanted:
        if not suits(wanted):
            raise Failed(f"{wanted} does not have {', '.join(MODULES)}; install requirements.txt there or name no interpreter.")
        return wanted
    if suits(sys.executable):
        return sys.executable
    folder = ROOT / ".build-peers" / "venv"
    python = folder / "bin" / "python"
    if not suits(str(python)):
        print(f"installing the peers into {folder} (once; a few minutes) …", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt")], check=True)
    return str(python)
