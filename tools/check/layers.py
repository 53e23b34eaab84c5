#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the floors: which module may include which, and which third-party headers may stand where.

usage: layers.py [SOURCE_FOLDER]   prints one line a violation (file:line: what, what is allowed); exit 1 if there is one
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

# The table of docs/architecture.md: module -> modules it may include besides itself, base and core.
# A module with a slash is a part with rules of its own; `engines/*` stands for each folder of engines/.
FLOORS = {
    "base": set(),
    "core": set(),
    "engine": set(),
    "graph": set(),
    "graph/shapes": {"graph"},
    "graph/passes": {"graph", "graph/shapes"},
    "graph/opset": {"graph", "graph/shapes"},
    "formats": set(),
    "page": set(),
    "store": set(),
    "vision": set(),
    "engines/*": {"engine"},
    "engines/openvino": {"engine", "graph"},
    "engines/libtorch": {"engine", "formats", "convert/torchscript"},
    "convert": {"formats", "graph"},
    "convert/aten": {"convert", "graph", "graph/opset"},
    "convert/exported": {"convert", "convert/aten", "formats", "graph"},
    "convert/networks": {"convert", "formats", "graph"},
    "convert/modules": {"convert", "formats", "graph"},
    "convert/keras": {"convert", "formats", "graph"},
    "convert/importer": {
        "convert", "convert/exported", "convert/keras", "convert/modules", "convert/networks", "convert/torchscript",
        "formats", "graph",
    },
    "convert/torchscript": {"convert", "convert/aten", "formats", "graph", "graph/shapes"},
    "convert/checked": {
        "convert", "convert/importer", "formats", "graph", "graph/passes", "graph/opset", "engine", "store", "pipeline",
    },
    "optimize": {"formats", "graph", "engine"},
    "schedule": {"engine"},
    "pipeline": {"schedule", "vision"},
    "plan": {"pipeline", "engine", "store"},
    "ensemble": {"engine", "pipeline"},
    "bench": {"schedule", "engine", "page"},
    "profile": {"engine", "graph", "page"},
    "tune": {"bench", "page", "plan", "pipeline", "schedule", "engine"},
    "domains/*": {"pipeline", "vision"},
    "domains/caption": {"pipeline", "vision", "engine"},
    "serve/http": {"schedule"},
    "serve/http2": {"serve/http"},
    "serve/tls": {"serve/http"},
    "serve/gate": {"serve/http", "store"},
    "serve/observe": {"serve/http"},
    "serve/client": {"serve/http", "serve/v2"},
    "serve/cache": {"serve", "pipeline", "schedule", "store"},
    "serve": {"pipeline", "schedule", "store", "engine"},
    "serve/models": {"serve", "pipeline", "plan", "schedule", "store", "engine", "formats", "bench"},
    "serve/shared_memory": set(),
    "serve/settings": {"schedule"},
    "serve/v2": {"serve", "serve/http", "serve/shared_memory", "serve/settings", "pipeline"},
    "serve/grpc": {"serve", "serve/http", "serve/shared_memory", "serve/settings", "serve/v2"},
    "serve/api": {"serve", "serve/http", "serve/models", "pipeline", "schedule", "vision"},
    "serve/generate": {"serve", "serve/http", "serve/v2", "serve/api", "pipeline", "schedule", "vision"},
    "serve/openapi": {"serve/http"},
    "serve/web": {"serve/http"},
    "serve/workbench": {
        "serve", "serve/http", "serve/models", "serve/api", "convert", "convert/importer",
        "convert/checked", "formats", "graph", "bench",
        "store", "pipeline", "engine", "schedule", "vision", "domains/caption",
    },
    "serve/server": {
        "serve", "serve/http", "serve/http2", "serve/tls", "serve/gate", "serve/observe", "serve/cache", "serve/models",
        "serve/shared_memory", "serve/settings", "serve/v2", "serve/grpc", "serve/api", "serve/generate", "serve/openapi",
        "serve/web", "serve/workbench", "schedule", "engine",
    },
    "live": {"domains/*", "pipeline", "vision"},
    "live/opencv": {"live", "vision"},
    "app": {"*"},
}
# core may not be included by base, whatever else holds for everyone.
EVERYONE = {"base", "core"}

# Third-party headers: pattern -> (modules that may include it, what it is).
SDKS = {
    r"onnxruntime|cpu_provider_factory|core/session/onnxruntime": ({"engines/onnxruntime"}, "ONNX Runtime's SDK"),
    r"openvino/": ({"engines/openvino"}, "OpenVINO's SDK"),
    r"torch/|ATen/|c10/|caffe2/": ({"engines/libtorch"}, "LibTorch's SDK"),
    r"opencv2/": ({"live/opencv"}, "OpenCV"),
    r"nghttp2/": ({"serve/http2", "serve/client"}, "nghttp2"),
    r"openssl/ssl\.h|openssl/bio\.h": ({"serve/tls"}, "OpenSSL's TLS"),
    r"CLI/": ({"app"}, "the command line library"),
}
# Never in one of our headers: they would be parsed by everyone who includes it.
HEAVY = r"nghttp2/|nlohmann/|simdjson|yaml-cpp/|opencv|grpc|google/protobuf|CLI/|turbojpeg|png\.h|spdlog/"

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


@dataclass(frozen=True)
class Violation:
    file: str
    line: int
    text: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.text}"


def module_of(path, source):
    """The module of a path relative to src/, or None for a path that is not below a known folder."""
    parts = Path(path).parts
    if len(parts) > 2:
        part = f"{parts[0]}/{parts[1]}"
        if part in FLOORS or f"{parts[0]}/*" in FLOORS:
            return part
    if len(parts) > 1 and (parts[0] in FLOORS or (source / parts[0]).is_dir()):
        return parts[0]
    return None


def rule_of(module):
    """The set of modules that `module` may include, or None when the table does not know it."""
    if module in FLOORS:
        return FLOORS[module]
    return FLOORS.get(f"{module.split('/')[0]}/*")


def may_include(module, target):
    if target == module or (target in EVERYONE and (module, target) != ("base", "core")):
        return True
    rule = rule_of(module)
    return "*" in rule or target in rule or f"{target.split('/')[0]}/*" in rule


def check_own(module, target):
    if may_include(module, target):
        return None
    allowed = sorted(rule_of(module) | (EVERYONE if module != "base" else set()) - {module})
    return (f"module '{module}' includes module '{target}', which is not below it; "
            f"allowed: {', '.join(allowed) or 'nothing'}. Move the code up, or what it needs down.")


def check_third_party(module, name, is_header):
    for pattern, (modules, what) in SDKS.items():
        if re.match(pattern, name) and module not in modules:
            return f"<{name}> is {what}; only {', '.join(sorted(modules))} may include it."
    if is_header and re.match(HEAVY, name):
        return f"<{name}> stands in a header, so all its users would parse it; include it in the .cpp and forward-declare."
    return None


def check_file(path, source):
    """Violations in one file below `source`."""
    relative = path.relative_to(source)
    shown = f"{source.name}/{relative}"
    module = module_of(relative, source)
    if module is None or rule_of(module) is None:
        return [Violation(shown, 1, f"module '{relative.parts[0]}' is not in the table of tools/check/layers.py.")]
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, name = match.groups()
        text = None
        if quote == '"':
            if name.startswith("support/"):
                if not path.stem.endswith("_test"):
                    text = f'"{name}" belongs to the tests; only *_test.cpp may include it.'
            else:
                target = module_of(name, source)
                if target is None:
                    text = f'"{name}" must be named from the root of src/, as "module/file.h".'
                else:
                    text = check_own(module, target)
        else:
            text = check_third_party(module, name, path.suffix == ".h")
        if text:
            found.append(Violation(shown, number, text))
    return found


def check_tree(source):
    found = []
    for path in sorted(source.rglob("*")):
        if path.suffix in {".h", ".cpp"}:
            found += check_file(path, source)
    return found


def main(arguments):
    source = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2] / "src"
    found = check_tree(source)
    for violation in found:
        print(violation)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
