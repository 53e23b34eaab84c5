#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes PyPI's CUDA build of PyTorch (and torchvision) run on the CPU without the CUDA wheels, which are gigabytes.

    torch_stubs.py SITE_PACKAGES

The CPU side of the wheel links against libcudart, libcudnn and their like, and against libtorch_cuda. Each of those is
replaced in torch/lib (where every library of torch looks) by a small one that defines what the CPU side asks of it and
nobody else gives: functions that return zero, "no such device" where devices are counted, and zeroed data. Running it
again is right, for instance after installing torchvision. Needs gcc and readelf.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

STUB = "libcuda_stub.so"
CORE = [
    "libc10.so",
    "libc10_cuda.so",
    "libshm.so",
    "libtorch.so",
    "libtorch_cpu.so",
    "libtorch_global_deps.so",
    "libtorch_python.so",
]
# Loaded only with a device, and would ask for more.
UNUSED = ["libtorch_cuda_linalg.so", "libtorch_nvshmem.so", "libcaffe2_nvrtc.so"]
CUDA = re.compile(r"lib(cu|nv|nccl|torch_cuda)")
NO_DEVICE = 100  # cudaErrorNoDevice


class Symbol(NamedTuple):
    kind: str  # FUNC, OBJECT, TLS ...
    size: int
    weak: bool


def symbols(library):
    """What a library needs and what it defines: two dicts by name."""
    needs, defines = {}, {}
    text = subprocess.run(["readelf", "--dyn-syms", "-W", library], capture_output=True, text=True, check=True).stdout
    for words in map(str.split, text.splitlines()):
        if len(words) >= 8 and words[0][:-1].isdigit():
            side = needs if words[6] == "UND" else defines
            side[words[7].split("@")[0]] = Symbol(words[3], int(words[2], 0), words[4] == "WEAK")
    return needs, defines


def libraries_of(library):
    text = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.*)\]", text)


def system_library(name):
    found = subprocess.run(
        ["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True
    ).stdout.strip()
    return found if os.path.isabs(found) else None


def definition(name, known):
    """The C text that defines one symbol. `known` is what the real library (or the stub before) says of it."""
    if name.startswith("_ZTI"):  # a real std::type_info: pybind11 registers classes under it
        return f'void *{name}[8] = {{_ZTVN10__cxxabiv117__class_type_infoE + 2, "{name[4:]}"}};'
    kind, size = (known.kind, known.size) if known else ("FUNC", 0)
    if re.match(r"_ZT[VS]", name):
        kind, size = "OBJECT", 256
    if kind in ("OBJECT", "TLS"):
        storage = "__thread " if kind == "TLS" else ""
        return f"{storage}char {name}[{max(size, 8)}] __attribute__((aligned(64)));"
    if name.startswith("_ZN") and re.search(r"C[12]E", name):  # a constructor: the object gets a harmless vtable
        return f"void {name}(void **self) {{ *self = table + 2; }}"
    value = "0"
    if name == "cudaGetDeviceCount":
        value = str(NO_DEVICE)
    elif name.endswith(("ErrorString", "ErrorName")):
        value = "(long)text"
    elif name.startswith("_Z"):
        value = "(long)zero"  # may be a reference; its last byte is zero, so a bool of it is false
    return f"long {name}(void) {{ return {value}; }}"


PREAMBLE = """
static const char text[] = "built without CUDA";
static char zero[65536] __attribute__((aligned(65536)));
extern void *_ZTVN10__cxxabiv117__class_type_infoE[];
static long nothing(void) { return 0; }
static void *type[2] = {_ZTVN10__cxxabiv117__class_type_infoE + 2, "9cuda_stub"};
static void *table[66] = {0, type, [2 ... 65] = (void *)nothing};
"""


def link(output, arguments):
    """Compiles beside the output and moves it there, so that who loads it at this moment sees one or the other."""
    part = output.with_suffix(".part")
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", "-w", "-fno-builtin", f"-Wl,-soname,{output.name}", "-o", part, *arguments],
        check=True,
    )
    os.replace(part, output)


def write_stubs(lib, names, definitions):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "stub.c")
        source.write_text(PREAMBLE + "\n".join(definitions))
        link(lib / STUB, [source, "-l:libstdc++.so.6"])
        empty = Path(folder, "empty.c")
        empty.write_text("")
        for name in names:
            link(lib / name, ["-Wl,--no-as-needed", empty, f"-L{lib}", f"-l:{STUB}", "-Wl,-rpath,$ORIGIN"])


def patch_python(site):
    """What Python says of the build: no CUDA."""
    for path, pattern, text in (
        ("torch/version.py", r"(?m)^cuda\b.*$", "cuda = None"),
        ("torch/backends/cuda/__init__.py", r"return torch\._C\._has_cuda\b", "return False"),
    ):
        file = site / path
        file.write_text(re.sub(pattern, text, file.read_text()))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    site = Path(sys.argv[1])
    lib = site / "torch" / "lib"
    users = [lib / name for name in CORE if (lib / name).exists()] + sorted((site / "torchvision").glob("_C*.so"))
    needed, given, names = {}, set(), set()
    for user in users:
        needs, defines = symbols(user)
        needed.update({name: symbol for name, symbol in needs.items() if not symbol.weak})
        given.update(defines)
        names.update(libraries_of(user))
    missing = []
    for name in sorted(names - {user.name for user in users}):
        bundled = lib / name
        real = system_library(name) if CUDA.match(name) is None else None
        present = bundled if bundled.exists() and CUDA.match(name) is None else real
        if present is None:
            missing.append(name)
        else:
            given.update(symbols(present)[1])
    known = {}
    for name in ("libtorch_cuda.so", STUB):
        if (lib / name).exists():
            known.update(symbols(lib / name)[1])
    # Python's own symbols come from the interpreter.
    wanted = sorted(name for name in needed if name not in given and not name.startswith(("Py", "_Py")))
    write_stubs(lib, missing, [definition(name, known.get(name)) for name in wanted])
    for name in UNUSED:
        (lib / name).unlink(missing_ok=True)
    patch_python(site)
    print(f"{len(wanted)} symbols in the place of {', '.join(missing)}")


if __name__ == "__main__":
    main()
