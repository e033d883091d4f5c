#!/usr/bin/env python3
"""Draws Vega-Lite specifications of figures with Vega-Lite itself, and validates them against its whole schema.

    check_vega_lite.py [FILE.vl.json ...] [--spectra .build/release/spectra] [--output .build/figures]

Without files: the snapshots of the tests, and with --spectra also figures of runs that are made for it. The PNGs in the output
folder are for looking at. What is checked: the specification is valid; every colour of its scales and every line of its texts
is in the drawing, so that nothing is there by name only.

Needs altair, jsonschema and vl-convert-python; an environment of its own with them is made in .build on the first run. Exit
code 1 where a check fails, 2 where a command or the installation does.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOTS = ROOT / "Tests/SpectraFiguresTests/Snapshots"
ENVIRONMENT = ROOT / ".build/vega-lite-venv"
REQUIREMENTS = ["altair==6.3.0", "jsonschema==4.26.0", "vl-convert-python==1.9.0.post1"]

# Runs, and figures of each: the name of a figure and the options that make it.
RUNS = {
    "figure5": (["figure5"], {"figure5": [], "figure5-dark": ["--palette", "dark"]}),
    "layers": (
        ["--arch", "post-ln,pre-ln", "--depth", "24", "--layers", "all", "--samples", "4"],
        {"layers-quantiles": [], "layers-ridgeline": ["--kind", "ridgeline"],
         "layers-histogram": ["--kind", "histogram", "--palette", "print"]},
    ),
    "depths": (
        ["--arch", "post-ln,pre-ln,rezero", "--depth", "2,4,8,16,32", "--samples", "8"],
        {"depths-statistic": ["--kind", "statistic", "--statistic", "mean_squared,std_log", "--palette", "colour-blind"],
         "depths-noise": ["--noise"]},
    ),
}


def in_environment() -> bool:
    """Whether the packages are here; where not, and this is not yet the environment of its own, goes there and stays."""
    try:
        import altair, jsonschema, vl_convert  # noqa: F401, E401
        return True
    except ImportError:
        python = ENVIRONMENT / "bin/python"
        if Path(sys.prefix).resolve() == ENVIRONMENT.resolve():
            return False
        if subprocess.run([python, "-c", "import altair, jsonschema, vl_convert"], capture_output=True).returncode \
                if python.exists() else True:
            print("installing " + ", ".join(REQUIREMENTS), file=sys.stderr)
            venv.create(ENVIRONMENT, with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
        os.execv(python, [str(python), *sys.argv])


def walk(value, path=()):
    """Every value of a document with the names that lead to it; data and origin are left out."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("datasets", "usermeta", "data"):
                yield from walk(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, path)


def without_legends(value):
    """A copy of a specification without the legends of its channels."""
    if isinstance(value, dict):
        return {key: None if key == "legend" and "field" in value else without_legends(inner)
                for key, inner in value.items()}
    return [without_legends(inner) for inner in value] if isinstance(value, list) else value


def problems(specification: dict, schema) -> list[str]:
    """What is wrong with a specification or missing in its drawing."""
    import jsonschema
    import vl_convert

    error = jsonschema.exceptions.best_match(jsonschema.Draft7Validator(schema).iter_errors(specification))
    if error is not None:
        return [f"{error.json_path}: {error.message[:200]}"]
    drawing = vl_convert.vegalite_to_svg(specification, vl_version="6.4")
    # Legends have every colour, whether a mark has it or not.
    marks = vl_convert.vegalite_to_svg(without_legends(specification), vl_version="6.4")
    colours = set(re.findall(r"#[0-9a-f]{6}", marks))
    # The lines of a text are elements of their own; blanks at their ends are not kept.
    texts = " ".join(html.unescape(text) for text in re.findall(r"<(?:text|tspan)[^>]*>([^<]+)<", drawing))
    missing = []
    for path, value in walk(specification):
        # Colours of numbers lie between those of their scale.
        if path[-1:] == ("color",) and isinstance(value, dict) and "scale" in value and value["type"] != "quantitative":
            for name, colour in zip(value["scale"]["domain"], value["scale"]["range"], strict=True):
                rows = [row for rows in specification["datasets"].values() for row in rows
                        if row.get(value["field"]) == name]
                if not rows:
                    missing.append(f"the data have no {value['field']} {name!r}")
                elif colour not in colours and any(row.get("share") or row.get("median") is not None for row in rows):
                    missing.append(f"nothing is drawn for {name!r} in {colour}")
        if path[-1:] in (("text",), ("subtitle",)) and isinstance(value, str) and value not in texts:
            missing.append(f"the text '{value}' is not drawn")
    if "NaN" in drawing or "Infinity" in drawing:
        missing.append("a mark has no place")
    return sorted(set(missing))


def figures(spectra: Path, folder: Path) -> list[Path]:
    """Specifications of real runs."""
    files = []
    for run, (options, designs) in RUNS.items():
        record = folder / f"{run}.json"
        subprocess.run([spectra, *options, "--format", "json", "--output", record], check=True)
        for name, design in designs.items():
            files.append(folder / f"{name}.vl.json")
            subprocess.run([spectra, "plot", record, "-o", files[-1], *design], check=True)
    return files


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.vl.json")
    parser.add_argument("--spectra", type=Path, help="the program that makes figures of real runs")
    parser.add_argument("--output", type=Path, default=ROOT / ".build/figures", help="the folder of the PNGs")
    arguments = parser.parse_args()
    try:
        if not in_environment():
            print("The packages were installed and cannot be imported; remove " + str(ENVIRONMENT), file=sys.stderr)
            return 2
        arguments.output.mkdir(parents=True, exist_ok=True)
        files = arguments.files or sorted(SNAPSHOTS.glob("*.vl.json"))
        if arguments.spectra and not arguments.files:
            files += figures(arguments.spectra.resolve(), arguments.output)
    except (OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2

    import altair
    import vl_convert

    source = Path(altair.__file__).parent / "vegalite/v6/schema/vega-lite-schema.json"
    schema = json.loads(source.read_text(encoding="utf-8"))
    failed = False
    for file in files:
        specification = json.loads(file.read_text(encoding="utf-8"))
        found = problems(specification, schema)
        failed = failed or bool(found)
        print(f"{file.name:36} " + ("; ".join(found) if found else "valid, drawn whole"))
        picture = arguments.output / file.name.replace(".vl.json", ".png")
        try:
            picture.write_bytes(vl_convert.vegalite_to_png(specification, vl_version="6.4", scale=1.5))
        except ValueError as error:
            failed = True
            print(f"{file.name:36} {error}")
    print(f"Vega-Lite {altair.SCHEMA_VERSION}; look at the pictures in {arguments.output}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
