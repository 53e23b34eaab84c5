# SPDX-License-Identifier: Apache-2.0
"""Runs your Python model for Tandem; docs/python-engine.md is the manual. What a model file may import from here:

    from tandem_worker import InvalidInput, TensorSpec, Worker

and what runs the same file without Tandem:

    model = tandem_worker.load_model("net.py")
    outputs = model({"x": x})
"""

from tandem_worker.model import load_model
from tandem_worker.specs import InvalidInput, TensorSpec
from tandem_worker.styles import Worker

__all__ = ["InvalidInput", "TensorSpec", "Worker", "load_model"]
