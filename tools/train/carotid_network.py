# SPDX-License-Identifier: Apache-2.0
# The sizes of the carotid TransUNet; its training is in carotid_training.py, its use in models/python.
from transunet import Config

CONFIG = Config(image_size=128, width=32, units=(1, 1, 1), hidden=64, layers=2, mlp=128, head_channels=32,
                decoder_channels=(24, 24, 16, 16), n_skip=3, classes=3)
