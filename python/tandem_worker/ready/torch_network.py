# SPDX-License-Identifier: Apache-2.0
"""PyTorch without a line about inputs: networks in eager mode with their state dict, and TorchScript files."""

import inspect

import numpy as np
import torch

from tandem_worker.pytorch import load_checkpoint
from tandem_worker.ready.probe import find_signature
from tandem_worker.specs import BrokenModel
from tandem_worker.values import leaves


class _Network:
    """A network on its device with what is known of its inputs."""

    def __init__(self, given_inputs=None):
        self._given = given_inputs

    def _take(self, network, device):
        self._network = network.eval().to(device)
        self._device = device
        self._inputs, self._outputs = find_signature(self._network, self._given, self._run)

    def _run(self, arrays):
        with torch.inference_mode():
            # A copy, because the network may change what it gets and PyTorch asks for memory that may be written to.
            answer = self._network(*(torch.from_numpy(np.ascontiguousarray(array)).to(self._device) for array in arrays))
            return [leaf.cpu().numpy() for leaf in leaves(answer)]

    def info(self):
        return {"inputs": self._inputs, "outputs": self._outputs}

    def infer(self, inputs):
        results = self._run([inputs[spec.name] for spec in self._inputs])
        return {spec.name: value for spec, value in zip(self._outputs, results)}


class TorchScriptModel(_Network):
    """A file of torch.jit.save. Its inputs are found by trying; write a NAME.py where that fails."""

    def load(self, path, device):
        try:
            network = torch.jit.load(str(path), map_location=device)
        except RuntimeError as error:
            raise BrokenModel(f"{path.name} is no TorchScript file ({str(error).splitlines()[0]}); for a state dict the code "
                              f"of its network must lie beside it, in {path.stem}.py") from error
        self._take(network, device)


class EagerModel(_Network):
    """A torch.nn.Module of the user's file, with the state dict beside it."""

    def __init__(self, network_class, inputs):
        super().__init__(inputs)
        self._class = network_class
        self.__doc__ = inspect.getdoc(network_class)

    def load(self, path, device):
        try:
            network = self._class()
        except TypeError as error:
            raise BrokenModel(f"{self._class.__name__}() needs arguments ({error}): give them defaults") from error
        if path is not None:
            state = load_checkpoint(path, device)
            network.load_state_dict(state.get("state_dict", state))
        self._take(network, device)
