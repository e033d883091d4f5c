#!/usr/bin/env python3
"""Runs the commands and the Python of a page of the documentation, in order, as its reader would.

    check_python.py [--python PYTHON] [--spectra .build/release/spectra] [PAGE.md …]

The pages (docs/python.md and notebooks-data/README.md unless others are named) are run in a scratch folder each that looks like the root of the
repository. Of ```sh blocks the commands of spectra are run, ```python blocks each begin with nothing imported. Without --python the
packages are installed into .build/python-venv, once. Exit code 1 at the first block that fails, with its line.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/python.md", "notebooks-data/README.md")
PROGRAM = ".build/release/spectra"
MODULES = ("numpy", "pandas", "polars", "safetensors", "torch")


class Failed(Exception):
    """What went wrong, in one sentence."""


@dataclass
class Block:
    language: str
    line: int  # of its first line, from 1
    text: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", default=PAGES, metavar="PAGE.md")
    parser.add_argument("--python", help="an interpreter that has the packages")
    parser.add_argument("--spectra", type=Path, default=ROOT / PROGRAM, help="the program that is run")
    flags = parser.parse_args()
    try:
        python = interpreter(flags.python)
        for page in flags.pages:
            check(page, python, flags.spectra.resolve())
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def check(page: str, python: str, spectra: Path) -> None:
    blocks = [block for block in read(ROOT / page) if block.language == "python" or PROGRAM in block.text]
    if not any(block.language == "python" for block in blocks):
        raise Failed(f"{page} has no Python; name a page that has.")
    with tempfile.TemporaryDirectory() as scratch:
        # As in the root, but that what the page writes is written here.
        program = Path(scratch) / PROGRAM
        program.parent.mkdir(parents=True)
        program.symlink_to(spectra)
        for name in ("notebooks-data", "docs", "README.md"):
            (Path(scratch) / name).symlink_to(ROOT / name)
        for block in blocks:
            place = f"{page}:{block.line}"
            print(f"--- {place} ({block.language})", flush=True)
            if block.language == "sh":
                command, text = ["sh", "-eu"], block.text
            else:
                # Traceback lines are those of the page.
                command, text = [python, "-c", RUNNER, place.rpartition(":")[0], str(block.line)], block.text
            # Text that commands print is the reader's to look at, not this check's.
            output = subprocess.DEVNULL if block.language == "sh" else None
            if subprocess.run(command, input=text, text=True, cwd=scratch, stdout=output).returncode != 0:
                raise Failed(f"{place}: this block fails; see above.")
    print(f"{page}: all {len(blocks)} blocks run", flush=True)


RUNNER = """
import sys
text = sys.stdin.read()
exec(compile("\\n" * (int(sys.argv[2]) - 1) + text, sys.argv[1], "exec"), {"__name__": "__main__"})
"""


def read(page: Path) -> list[Block]:
    """The fenced blocks of a page that say their language."""
    blocks: list[Block] = []
    inside: Block | None = None
    try:
        lines = page.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Failed(f"{page} cannot be read ({error.strerror}); name a page of the documentation.") from None
    for number, line in enumerate(lines, start=1):
        if inside is None and line.startswith("```"):
            inside = Block(line[3:].strip(), number + 1, "")
        elif inside is not None and line.startswith("```"):
            blocks.append(inside)
            inside = None
        elif inside is not None:
            inside.text += line + "\n"
    if inside is not None:
        raise Failed(f"{page}: the block at line {inside.line} has no end; close it with ```.")
    return blocks


def interpreter(choice: str | None) -> str:
    """An interpreter that has the packages; one of its own under .build where none is named."""
    test = f"import importlib.util as u, sys; sys.exit(not all(u.find_spec(m) for m in {MODULES!r}))"

    def suits(python: str) -> bool:
        return bool(shutil.which(python)) and subprocess.run([python, "-c", test]).returncode == 0

    if choice:
        if not suits(choice):
            raise Failed(f"{choice} does not have {', '.join(MODULES)}; install them there or name no interpreter.")
        return choice
    place = ROOT / ".build/python-venv"
    python = str(place / "bin/python")
    if not suits(python):
        print(f"installing {', '.join(MODULES)} into .build/{place.name} (once; PyTorch is large) …", flush=True)
        try:
            venv.create(place, clear=True, with_pip=True)
        except (OSError, subprocess.CalledProcessError):
            raise Failed("Python's venv does not work here; on Debian and Ubuntu install python3-venv, then run this again.") from None
        requirements = Path(__file__).with_name("requirements-python.txt")
        if subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", str(requirements)]).returncode != 0:
            raise Failed(f"pip could not install {requirements.name}: see its messages above.")
    return python


if __name__ == "__main__":
    sys.exit(main())
