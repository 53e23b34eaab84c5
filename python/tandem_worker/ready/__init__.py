# SPDX-License-Identifier: Apache-2.0
"""Models for which nobody has to write Python: which file is run by what."""

import inspect
import sys

from tandem_worker.specs import BrokenModel

# In the order in which one is looked for beside a .py file.
CHECKPOINTS = (".pth", ".pt", ".safetensors", ".npz", ".h5", ".keras", ".pkl", ".joblib", ".ckpt")


def for_checkpoint(path, allow_pickle):
    """The model that runs a file by itself; its framework is imported now."""
    extension = path.suffix.lower()
    if extension in (".pkl", ".joblib"):
        if not allow_pickle:
            raise BrokenModel(f"{path.name} is a pickle: loading it runs whatever code is in it. If you trust it, say so with "
                              "--allow-pickle")
        from tandem_worker.ready.scikit import ScikitModel

        return ScikitModel()
    if extension in (".h5", ".keras"):
        from tandem_worker.ready.keras_file import KerasModel

        return KerasModel()
    if extension == ".pt":
        from tandem_worker.ready.torch_network import TorchScriptModel

        return TorchScriptModel()
    raise BrokenModel(f"{path.name}: the code of its network must lie beside it, in {path.stem}.py")


def is_torch_module(found):
    torch = sys.modules.get("torch")
    return torch is not None and inspect.isclass(found) and issubclass(found, torch.nn.Module)


def find_network(module, classes):
    """What runs the network among the classes of a file: Model, or else the last one; None when there is none."""
    networks = [found for found in classes if is_torch_module(found)]
    if not networks:
        return None
    from tandem_worker.ready.torch_network import EagerModel

    chosen = [found for found in networks if found.__name__ == "Model"] or networks
    return EagerModel(chosen[-1], getattr(module, "INPUTS", None))
