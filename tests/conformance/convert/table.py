# SPDX-License-Identifier: Apache-2.0
"""Writes the table of docs/convert.md: every fixture, converted by the program and held against its framework's outputs.

usage: table.py TANDEM DOC [PART ...]   parts: demo, networks, modules, pt2, exported, torchscript, keras

Without parts all of them; the sections of the others stay as they are.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE))

import recipe_numbers  # noqa: E402

MARKERS = ("<!-- fixtures: made by ./dev docs convert -->", "<!-- end of fixtures -->")
TOLERANCE = 1e-5
OPSETS = {"scatter_reduce": "18"}  # of fixtures that the default one cannot express


class Fixture:
    """A file to convert. `arrays` are its inputs and outputs; without names the outputs are output_0, output_1 ..."""

    def __init__(self, path, arrays, flags=(), shown=None):
        self.path, self.arrays, self.flags, self.shown = path, arrays, list(flags), shown or path.name


def call(tandem, *arguments):
    done = subprocess.run([str(tandem), *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout)


def convert(tandem, fixture, folder, verify=None):
    flags = ["--verify", verify] if verify else []
    return call(tandem, "convert", fixture.path, "-o", folder / "out.onnx", "--overwrite", "--json", *fixture.flags, *flags)


def spec_names(specs):
    return [spec.rsplit(": ", 1)[0] for spec in specs]


def verified(tandem, fixture, folder):
    """The report of the conversion, held against the arrays under the model's own names."""
    report = convert(tandem, fixture, folder)
    outputs = [name for model in report["models"] for name in spec_names(model["outputs"])]
    arrays = dict(np.load(fixture.arrays)) if isinstance(fixture.arrays, Path) else fixture.arrays
    named = {name: arrays.pop(f"output_{i}") for i, name in enumerate(outputs) if name not in arrays and f"output_{i}" in arrays}
    reference = folder / "reference.npz"
    np.savez(reference, **arrays, **named)
    return convert(tandem, fixture, folder, reference)


def sampled_error(tandem, case, folder):
    """Of a recipe network, of whose outputs the case keeps some elements."""
    worst = 0.0
    for model in case["models"]:
        part = f"-{model['part']}" if model["part"] else ""
        inputs = []
        for row in model["inputs"]:
            np.save(folder / f"{row[0]}.npy", recipe_numbers.array(row))
            inputs.append(f"{row[0]}={folder / (row[0] + '.npy')}")
        with tempfile.TemporaryDirectory(dir=folder) as results:
            call(tandem, "run", folder / f"out{part}.onnx", *inputs, "-o", f"{results}/", "--json")
            arrays = {path.stem: np.load(path) for path in Path(results).glob("*.npy")}
        for output in model["outputs"]:
            # The file is called after the input and the output; after the input alone when there is one output.
            found = [array for stem, array in arrays.items() if len(arrays) == 1 or stem.endswith("_" + output["name"])]
            got = found[0].reshape(-1)[:: output["every"]]
            want = np.array(output["values"], np.float64)
            worst = max(worst, float(np.abs(got - want).max() / np.abs(want).max()))
    if worst > TOLERANCE:
        raise RuntimeError(f"an output is off by {worst:.2g} of its largest value")
    return worst


def write_safetensors(path, rows):
    header, place = {}, 0
    for row in rows:
        size = int(np.prod(row[1])) * (8 if row[2] == "int64" else 4)
        dtype = "I64" if row[2] == "int64" else "F32"
        header[row[0]] = {"dtype": dtype, "shape": row[1], "data_offsets": [place, place + size]}
        place += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 64)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for row in rows:
            file.write(recipe_numbers.array(row).tobytes())


def network_row(tandem, path, folder):
    case = json.loads(path.read_text())
    file = folder / f"{path.stem}.safetensors"
    write_safetensors(file, case["tensors"])
    flags = [f"--{key.replace('_', '-')}={value}" for key, value in case.get("options", {}).items()]
    fixture = Fixture(file, None, flags)
    report = convert(tandem, fixture, folder)
    report["max_error"] = sampled_error(tandem, case, folder)
    return row_of(file.name, report)


def row_of(name, report):
    nodes = sum(model["nodes"] for model in report["models"])
    error = "-" if report["max_error"] is None else f"{report['max_error']:.1e}"
    return [name, report["network"], str(nodes), error, f"{report['seconds']:.2f}", f"{report['source_bytes'] / 1e6:.2f}"]


def fixtures_of(part):
    """Those of which the arrays lie beside the file."""
    if part == "demo":
        folder = ROOT / "models"
        return [Fixture(path, folder / f"golden/{path.stem}.npz") for path in sorted((folder / "checkpoints").glob("*.pth"))
                if (folder / f"golden/{path.stem}.npz").exists() and "digits" not in path.name]  # fmt: skip
    if part == "modules":
        found = []
        for path in sorted((ROOT / "tests/conformance/modules").glob("*.pth")):
            sizes = np.load(path.with_suffix(".npz"))["input"].shape
            shape = "x".join(map(str, sizes))
            found.append(Fixture(path, path.with_suffix(".npz"), ["--input", f"input={shape}"]))
        return found
    if part == "exported":
        folder = ROOT / "tests/data/convert/exported"
        names = ("static", "dynamic", "core", "pickled_2_8", "flat_2_6", "flat_2_5")
        return [Fixture(folder / f"{name}.pt2", folder / "expected.npz") for name in names]
    cannot = {line.split()[0] for line in (HERE.parent / "convert_cannot.txt").read_text().splitlines() if line[:1] not in ("#", "")}
    return [Fixture(path, path.with_suffix(".npz"), ["--opset", OPSETS[path.stem]] if path.stem in OPSETS else [])
            for path in sorted((HERE / part).iterdir())
            if path.suffix != ".npz" and path.stem not in cannot]  # fmt: skip


TITLES = {
    "demo": "Checkpoints of the demo models",
    "networks": "State dicts of known networks (weights by recipe, as .safetensors)",
    "modules": "Whole pickled modules",
    "pt2": "Programs of torch.export, one network an operator family, and whole networks",
    "exported": "Programs of torch.export in every layout since PyTorch 2.5",
    "torchscript": "TorchScript: the same networks, traced",
    "keras": "Keras 2 and 3",
}


def rows_of(tandem, part, folder):
    if part == "networks":
        for path in sorted((HERE / "networks").glob("*.json")):
            yield network_row(tandem, path, folder)
    else:
        for fixture in fixtures_of(part):
            yield row_of(fixture.shown, verified(tandem, fixture, folder))


def section(tandem, part):
    clock = f"Seconds of the program's own clock, at a load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    lines = [f"### {TITLES[part]}", "", clock, "", "| file | network | nodes | max error | seconds | MB |", "|---|---|---:|---:|---:|---:|"]
    with tempfile.TemporaryDirectory() as scratch:
        for row in rows_of(tandem, part, Path(scratch)):
            print(*row, sep="  ", flush=True)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
    return "\n".join(lines)


def sections_of(text):
    """Those that a document has already, by their titles."""
    sections = ["### " + each.strip() for each in text.split("### ")[1:]]
    return {each.splitlines()[0].removeprefix("### "): each for each in sections}


def main(tandem, doc, *parts):
    path = Path(doc)
    before, rest = path.read_text().split(MARKERS[0])
    inside, after = rest.split(MARKERS[1])
    sections = sections_of(inside)
    for part in parts or TITLES:
        sections[TITLES[part]] = section(Path(tandem).resolve(), part)
    ordered = [sections[title] for title in TITLES.values() if title in sections]
    path.write_text("\n".join([before + MARKERS[0], "\n\n".join(ordered), MARKERS[1] + after]))


if __name__ == "__main__":
    main(*sys.argv[1:])
