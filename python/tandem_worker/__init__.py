# SPDX-License-Identifier: Apache-2.0
"""Runs your Python model for Tandem; docs/python-engine.md is the manual. All that a model file may import from here:

    from tandem_worker import InvalidInput, TensorSpec
"""

from tandem_worker.model import InvalidInput, TensorSpec

__all__ = ["InvalidInput", "TensorSpec"]
