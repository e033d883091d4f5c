#!/usr/bin/env python3
"""Makes everything in notebooks-data again: the data, the pictures, and the outputs of the notebooks.

    regenerate.py [--only NAME] [--data-only] [--no-pictures] [--spectra .build/release/spectra]

`figures.json` says what is made: for each figure the arguments of `spectra` and of `spectra plot`. The notebooks are
executed in place, in a virtual environment in .build that is used again while `requirements.txt` stays as it is. The
first failure ends the run with exit code 1 and a sentence. Needs nothing beside Python 3.11 and its standard library.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks-data"


class Failed(Exception):
    """What went wrong, in one sentence."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAME", help="this figure alone")
    parser.add_argument("--data-only", action="store_true", help="JSON, CSV and pictures, no notebooks")
    parser.add_argument("--no-pictures", action="store_true", help="leave the pictures of 'spectra plot' as they are")
    parser.add_argument("--spectra", type=Path, default=ROOT / ".build/release/spectra", help="the program that is run")
    flags = parser.parse_args()
    try:
        figures = json.loads((FOLDER / "figures.json").read_text(encoding="utf-8"))["figures"]
        if flags.only:
            known = [figure["id"] for figure in figures]
            figures = [figure for figure in figures if figure["id"] == flags.only]
            if not figures:
                raise Failed(f"There is no figure '{flags.only}'; figures.json has {', '.join(known)}.")
        for figure in figures:
            make_data(figure, flags.spectra.resolve(), pictures=not flags.no_pictures)
        if not flags.data_only:
            python = environment()
            for figure in figures:
                execute(figure, python)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def path(figure: dict, extension: str) -> str:
    """A file of a figure, relative to the root of the repository."""
    name = figure["id"]
    return f"notebooks-data/{name}/{name}.{extension}"


def make_data(figure: dict, spectra: Path, pictures: bool) -> None:
    """JSON, CSV and picture. Commands run in the root, so that the JSON holds them as anybody would type them there."""
    (FOLDER / figure["id"]).mkdir(exist_ok=True)
    for form in ("json", "csv"):
        run(spectra, [*figure["arguments"], "--format", form, "--output", path(figure, form)])
    if pictures:
        run(spectra, ["plot", path(figure, "json"), "-o", path(figure, "svg"), *figure["plot"]])


def run(spectra: Path, arguments: list[str]) -> None:
    print(f"spectra {shlex.join(arguments)}", flush=True)
    try:
        subprocess.run([str(spectra), *arguments], cwd=ROOT, check=True)
    except OSError as error:
        raise Failed(f"{spectra} cannot be run ({error.strerror}); build it with 'make build'.") from None
    except subprocess.CalledProcessError as error:
        raise Failed(f"'spectra {shlex.join(arguments)}' ended with exit code {error.returncode}.") from None


def environment() -> Path:
    """The interpreter of a virtual environment that holds what `requirements.txt` names."""
    place = ROOT / ".build/notebooks-venv"
    python = place / "bin/python"
    wanted = (FOLDER / "requirements.txt").read_text(encoding="utf-8")
    stamp = place / "installed.txt"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"installing what {FOLDER.name}/requirements.txt names into .build/{place.name}", flush=True)
    try:
        venv.create(place, clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError):
        raise Failed("Python's venv does not work here; on Debian and Ubuntu install python3-venv, then run this again.") from None
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "notebooks-data/requirements.txt"]
    if subprocess.run(command, cwd=ROOT).returncode != 0:
        raise Failed("pip could not install notebooks-data/requirements.txt: see its messages above.")
    stamp.write_text(wanted, encoding="utf-8")
    return python


def execute(figure: dict, python: Path) -> None:
    notebook = path(figure, "ipynb")
    print(f"executing {notebook}", flush=True)
    if subprocess.run([str(python), str(FOLDER / "tools/execute.py"), notebook], cwd=ROOT).returncode != 0:
        raise Failed(f"{notebook} does not run to its end: see above.")


if __name__ == "__main__":
    sys.exit(main())
