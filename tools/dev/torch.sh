# SPDX-License-Identifier: Apache-2.0
# Installs PyTorch, torchvision, Keras and packages with trained weights into build/torch for the wider suite of the
# importers; nothing when they are there.
#
# PyPI's wheel for Linux is the one for CUDA. The CPU half of it runs without the CUDA wheels once the libraries it
# links against are there in name: tools/dev/torch_stubs.py makes them. 2 GB on disk, three minutes.
source tools/dev/steps.sh
venv=build/torch
list=tools/dev/requirements-torch.txt
wheels=(torch==2.15.0 torchvision==0.29.2)

install_torch() {
  local pip=("$venv/bin/pip" install --disable-pip-version-check --only-binary=:all:)
  python3 -m venv --clear "$venv" &&
    "${pip[@]}" --no-deps -r "$list" "${wheels[@]}" &&
    "$venv/bin/python" tools/dev/torch_stubs.py "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" &&
    "$venv/bin/python" -c 'import torch, torchvision; torchvision.ops.nms(torch.zeros(1, 4), torch.ones(1), 0.5)' &&
    KERAS_BACKEND=torch "$venv/bin/python" -c 'import keras, h5py, lpips, transformers, facenet_pytorch, onnxscript'
}

stamp=$(cat "$list" tools/dev/torch.sh tools/dev/torch_stubs.py | sha256sum | cut -c1-16)
if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
  step torch 'install PyTorch' install_torch
  printf '%s' "$stamp" >"$venv/stamp"
fi
