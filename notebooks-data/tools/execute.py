#!/usr/bin/env python3
"""Executes a notebook in place, in its own folder, and writes it so that the same run writes the same bytes.

    execute.py NOTEBOOK.ipynb …

Cell ids are numbered, times and versions are left out. A notebook that fails is left as it was. Runs in the environment of
`notebooks-data/requirements.txt`.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import nbclient
import nbformat


# What a terminal's colours are in a traceback.
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def main() -> int:
    # Neither the user's own start-up files and styles nor a display are part of a figure.
    with tempfile.TemporaryDirectory() as empty:
        os.environ.update(IPYTHONDIR=empty, MPLCONFIGDIR=empty, PYDEVD_DISABLE_FILE_VALIDATION="1")
        for name in sys.argv[1:]:
            if not execute(Path(name)):
                return 1
    return 0


def execute(place: Path) -> bool:
    notebook = nbformat.read(place, as_version=4)
    normalise(notebook)
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", record_timing=False, coalesce_streams=True,
        resources={"metadata": {"path": str(place.parent)}}, extra_arguments=["--log-level=ERROR"])
    try:
        client.execute()
    except nbclient.exceptions.CellExecutionError as error:
        print(f"{place}: {COLOURS.sub('', str(error))}", file=sys.stderr)
        return False
    normalise(notebook)
    nbformat.validate(notebook)
    text = nbformat.writes(notebook, indent=1) + "\n"
    scratch = place.with_suffix(".ipynb.new")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(place)
    return True


def normalise(notebook: nbformat.NotebookNode) -> None:
    notebook.nbformat_minor = 5
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}})
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"
        cell.metadata = nbformat.from_dict({})


if __name__ == "__main__":
    sys.exit(main())
