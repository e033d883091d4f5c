#!/usr/bin/env python3
"""Writes vega-lite-v6.json beside this file: the schema of Vega-Lite as the Python package altair bundles it, without
descriptions and blanks. Nothing that decides what is valid is taken out.

    pip install altair==6.3.0 && python3 prune.py
"""

import json
import pathlib

import altair

ANNOTATIONS = {"description", "markdownDescription", "deprecated", "default", "examples", "title", "$comment"}
# Their members are names, not keywords: a property may be called "title".
NAMES = {"properties", "definitions", "patternProperties"}
# Their values are data.
DATA = {"enum", "const", "required"}


def pruned(schema):
    if isinstance(schema, list):
        return [pruned(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: pruned(inner) for name, inner in value.items()} if key in NAMES
        else value if key in DATA else pruned(value)
        for key, value in schema.items() if key not in ANNOTATIONS
    }


if __name__ == "__main__":
    source = pathlib.Path(altair.__file__).parent / "vegalite" / "v6" / "schema" / "vega-lite-schema.json"
    schema = json.loads(source.read_text(encoding="utf-8"))
    target = pathlib.Path(__file__).with_name("vega-lite-v6.json")
    target.write_text(json.dumps(pruned(schema), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{target.name}: Vega-Lite {altair.SCHEMA_VERSION} from altair {altair.__version__}, {target.stat().st_size} bytes")
