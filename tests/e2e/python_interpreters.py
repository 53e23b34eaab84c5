# SPDX-License-Identifier: Apache-2.0
"""Which interpreters of this machine can run which models of the Python engine."""

import functools
import os
import subprocess


@functools.lru_cache
def torch_python():
    """An interpreter with PyTorch, or None: TANDEM_TORCH_PYTHON, else Debian's."""
    for candidate in (os.environ.get("TANDEM_TORCH_PYTHON"), "/usr/bin/python3"):
        if candidate and subprocess.run([candidate, "-c", "import numpy, torch"], capture_output=True).returncode == 0:
            return candidate
    return None
