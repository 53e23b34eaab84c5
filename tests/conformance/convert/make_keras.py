# SPDX-License-Identifier: Apache-2.0
"""Makes the Keras fixtures: small models of every layer that is converted, and what Keras answers.

usage: KERAS_BACKEND=torch python make_keras.py [FOLDER]   (default: keras/ beside this file)

NAME.keras and NAME.h5 are models, NAME.npz holds inputs and outputs by the names that the ONNX model gives them. Made with
Keras 3.15, h5py 3.16, numpy 2.4, torch 2.15. Outputs that the backend is known to get wrong are worked out here in NumPy, with
the reason beside them.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np
from keras import layers as L
from keras2_files import KERAS2_CASES
from keras_arrays import answers, randomize

CASES = {}


def case(build):
    CASES[build.__name__] = build
    return build


def heads(inputs, *layers):
    """One output a layer, all of the same input."""
    return keras.Model(inputs, [layer(inputs) for layer in layers])


@case
def dense():
    inputs = keras.Input((4,))
    x = L.Dense(5, activation="tanh", name="first")(inputs)
    x = L.Dropout(0.5)(x)
    x = L.Dense(6, use_bias=False, name="second")(x)
    x = L.BatchNormalization()(x)
    return keras.Model(inputs, L.Dense(3, activation="softmax")(x))


NAMES = ["relu", "relu6", "leaky_relu", "sigmoid", "hard_sigmoid", "sparse_sigmoid", "log_sigmoid", "tanh", "hard_tanh",
         "tanh_shrink", "soft_shrink", "hard_shrink", "softmax", "log_softmax", "softplus", "softsign", "squareplus",
         "sparse_plus", "elu", "selu", "celu", "exponential", "gelu", "mish", "silu", "hard_silu"]


@case
def activations():
    return heads(keras.Input((40,)), *[L.Activation(name, name=name) for name in NAMES])


@case
def activation_layers():
    return heads(
        keras.Input((6, 7)), L.ReLU(name="relu"), L.ReLU(max_value=1.0, name="bounded"), L.ReLU(negative_slope=0.1, name="sloped"),
        L.ReLU(negative_slope=0.1, threshold=0.3, max_value=1.5, name="threshold"), L.LeakyReLU(negative_slope=0.15, name="leaky"),
        L.ELU(alpha=0.7, name="elu"), L.Softmax(axis=1, name="softmax"), L.PReLU(name="prelu"),
        L.PReLU(shared_axes=[1], name="prelu_shared"), L.Dense(3, activation=L.LeakyReLU(negative_slope=0.2), name="as_activation"))


@case
def convolutions():
    x = keras.Input((9, 11, 4))
    return heads(
        x, L.Conv2D(3, 3, name="valid"), L.Conv2D(3, 3, padding="same", strides=2, activation="relu", name="same_strided"),
        L.Conv2D(4, (2, 3), padding="same", strides=(1, 2), use_bias=False, name="uneven"),
        L.Conv2D(3, 3, padding="same", dilation_rate=2, name="dilated"), L.Conv2D(4, 1, groups=2, name="grouped"),
        L.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="depthwise"),
        L.DepthwiseConv2D(3, strides=2, padding="same", activation="relu6", name="depthwise_strided"),
        L.SeparableConv2D(5, 3, padding="same", name="separable"))


@case
def transposed_convolutions():
    return heads(
        keras.Input((5, 4, 3)), L.Conv2DTranspose(2, 3, name="valid"), L.Conv2DTranspose(2, 3, strides=2, name="valid_strided"),
        L.Conv2DTranspose(2, 3, strides=2, padding="same", name="same_strided"), L.Conv2DTranspose(2, 2, strides=2, name="doubled"),
        L.Conv2DTranspose(2, 4, strides=2, padding="same", use_bias=False, name="four"))


@case
def other_dimensions():
    sequence, volume = keras.Input((12, 3), name="sequence"), keras.Input((5, 6, 7, 2), name="volume")
    outputs = [L.Conv1D(4, 3, padding="causal", dilation_rate=2, name="causal")(sequence),
               L.Conv1D(4, 3, strides=2, padding="same", name="conv1d")(sequence),
               L.Conv1DTranspose(2, 3, strides=2, padding="same", name="transposed1d")(sequence),
               L.DepthwiseConv1D(3, name="depthwise1d")(sequence), L.SeparableConv1D(4, 3, name="separable1d")(sequence),
               L.MaxPooling1D(2, name="max1d")(sequence), L.AveragePooling1D(3, strides=2, name="average1d")(sequence),
               L.GlobalMaxPooling1D(name="gmax1d")(sequence), L.GlobalAveragePooling1D(name="gaverage1d")(sequence),
               L.UpSampling1D(3, name="up1d")(sequence), L.ZeroPadding1D((1, 2), name="pad1d")(sequence),
               L.Cropping1D((1, 2), name="crop1d")(sequence),
               L.Conv3D(3, 3, padding="same", name="conv3d")(volume), L.Conv3DTranspose(2, 2, strides=2, name="transposed3d")(volume),
               L.MaxPooling3D(2, name="max3d")(volume), L.AveragePooling3D(2, name="average3d")(volume),
               L.GlobalMaxPooling3D(name="gmax3d")(volume), L.GlobalAveragePooling3D(keepdims=True, name="gaverage3d")(volume),
               L.UpSampling3D((1, 2, 1), name="up3d")(volume), L.ZeroPadding3D(((1, 0), (0, 2), (1, 1)), name="pad3d")(volume),
               L.Cropping3D((1, 1, 2), name="crop3d")(volume)]
    return keras.Model([sequence, volume], outputs)


@case
def pooling():
    return heads(
        keras.Input((9, 7, 3)), L.MaxPooling2D(name="max"), L.MaxPooling2D(3, strides=2, padding="same", name="max_same"),
        L.AveragePooling2D((2, 3), strides=1, name="average"), L.AveragePooling2D(3, strides=2, padding="same", name="average_same"),
        L.GlobalMaxPooling2D(name="gmax"), L.GlobalAveragePooling2D(name="gaverage"), L.GlobalAveragePooling2D(keepdims=True, name="kept"))


@case
def normalizations():
    x = keras.Input((4, 5, 6))
    return heads(
        x, L.BatchNormalization(name="batch"), L.BatchNormalization(scale=False, epsilon=0.01, name="batch_no_scale"),
        L.BatchNormalization(center=False, axis=1, name="batch_axis_1"), L.LayerNormalization(name="layer"),
        L.LayerNormalization(axis=[2, 3], name="layer_axes"), L.LayerNormalization(scale=False, center=False, name="layer_bare"),
        L.GroupNormalization(groups=3, name="group"), L.GroupNormalization(groups=-1, name="instance"),
        L.UnitNormalization(name="unit"), L.Rescaling(1 / 127.5, offset=-1, name="rescaling"),
        L.Rescaling([1.0, 2, 3, 4, 5, 6], name="rescaling_each"), L.Normalization(name="normalization_given", mean=[0.1] * 6, variance=[2.0] * 6),
        L.Normalization(axis=-1, name="normalization"), L.Normalization(axis=None, mean=0.5, variance=4.0, invert=True, name="inverted"))


@case
def sequence_normalizations():
    return heads(keras.Input((None, 6)), L.BatchNormalization(name="batch"), L.LayerNormalization(name="layer"),
                 L.GroupNormalization(groups=2, name="group"), L.UnitNormalization(axis=1, name="unit"))


@case
def merges():
    a, b, c = keras.Input((3, 4, 5), name="a"), keras.Input((3, 4, 5), name="b"), keras.Input((5,), name="c")
    conv = L.Conv2D(5, 1)(a)
    outputs = [L.Add(name="plus")([a, b, conv]), L.Subtract(name="minus")([conv, b]), L.Multiply(name="times")([a, c]),
               L.Multiply(name="multiply_conv")([conv, c]), L.Average(name="average")([a, b, conv]), L.Maximum(name="maximum")([a, conv]),
               L.Minimum(name="minimum")([a, b]), L.Concatenate(name="concatenate")([conv, b]),
               L.Concatenate(axis=1, name="concatenate_1")([conv, conv]), L.Dot(axes=1, name="dot")([c, c]),
               L.Dot(axes=(3, 3), normalize=True, name="dot_normalized")([a, b]), L.Softmax(axis=2, name="softmax")(conv)]
    operations = 1.0 - conv * 2.0 + b / 4.0
    return keras.Model([a, b, c], [*outputs, L.Activation("relu", name="operations")(operations)])


@case
def shapes():
    x = keras.Input((4, 6, 3))
    conv = L.Conv2D(2, 3, padding="same")(x)
    flat = L.Flatten()(conv)
    outputs = [L.Dense(3, name="after_flatten")(L.Dropout(0.1)(L.Activation("relu")(flat))), L.Flatten(name="flat")(conv),
               L.BatchNormalization(name="flat_normalized")(flat), L.Reshape((8, -1), name="reshape")(conv),
               L.Permute((3, 1, 2), name="permute")(conv), L.RepeatVector(3, name="repeat")(L.GlobalAveragePooling2D()(conv)),
               L.Cropping2D(((1, 0), (2, 1)), name="crop")(conv), L.ZeroPadding2D(((1, 2), (0, 1)), name="pad")(x),
               L.UpSampling2D(2, name="up")(conv), L.UpSampling2D((2, 3), interpolation="bilinear", name="up_bilinear")(conv),
               L.Resizing(7, 5, name="resizing")(x), L.Concatenate(name="two_flat")([flat, flat])]
    return keras.Model(x, outputs)


@case
def squeeze_and_excite():
    x = keras.Input((None, None, 3), name="photo")
    y = L.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(L.Rescaling(1 / 255)(x))
    y = L.Activation("swish")(L.BatchNormalization()(y))
    gate = L.Reshape((1, 1, 8))(L.GlobalAveragePooling2D()(y))
    gate = L.Conv2D(8, 1, activation="sigmoid")(L.Conv2D(2, 1, activation="swish")(gate))
    y = L.Multiply()([y, gate])
    y = L.Add()([y, L.DepthwiseConv2D(3, padding="same")(y)])
    return keras.Model(x, L.Conv2D(2, 1, name="map")(L.ZeroPadding2D(1)(y)))


@case
def layer_scale():
    from keras.src.applications.convnext import LayerScale  # in no public module

    x = keras.Input((8, 8, 3))
    y = L.Conv2D(4, 2, strides=2)(x)
    z = LayerScale(0.5, 4, name="scaled")(L.Dense(4, activation="gelu")(L.LayerNormalization(epsilon=1e-6)(y)))
    return keras.Model(x, L.Dense(2)(L.GlobalAveragePooling2D()(L.Add()([y, z]))))


@case
def scaled_sum():
    from keras.src.applications.inception_resnet_v2 import CustomScaleLayer  # in no public module

    x = keras.Input((8, 8, 3))
    y = L.Conv2D(4, 3, strides=2, padding="same")(x)
    y = L.Activation("relu")(CustomScaleLayer(0.17)([y, L.Conv2D(4, 1)(y)]))
    return keras.Model(x, L.Dense(2)(L.GlobalAveragePooling2D()(y)))


@case
def recurrent():
    x = keras.Input((7, 4))
    lstm, h, c = L.LSTM(3, return_sequences=True, return_state=True, name="lstm")(x)
    return keras.Model(x, [
        lstm, h, c, L.LSTM(3, go_backwards=True, return_sequences=True, use_bias=False, name="lstm_back")(x),
        L.LSTM(3, activation="relu", recurrent_activation="hard_sigmoid", name="lstm_other")(x),
        L.LSTM(2, name="decoder")(x, initial_state=[L.Dense(2)(h), L.Dense(2)(c)]),
        L.GRU(3, name="gru")(x), L.GRU(3, reset_after=False, return_sequences=True, name="gru_before")(x),
        L.SimpleRNN(3, return_sequences=True, name="simple")(x), L.Bidirectional(L.LSTM(2, return_sequences=True), name="both")(x),
        L.Bidirectional(L.GRU(2), merge_mode="sum", name="both_sum")(x),
        L.Bidirectional(L.SimpleRNN(2, return_sequences=True), merge_mode="ave", name="both_mean")(x),
        L.TimeDistributed(L.Dense(3), name="each")(x)])


@case
def time_distributed():
    x = keras.Input((3, 6, 6, 2))
    y = L.TimeDistributed(L.Conv2D(3, 3, activation="relu"))(x)
    return keras.Model(x, L.LSTM(2)(L.TimeDistributed(L.Flatten())(y)))


@case
def text():
    x = keras.Input((9,), dtype="int32")
    y = L.Embedding(20, 6)(x)
    y = L.Conv1D(5, 3, activation="relu")(y)
    return keras.Model(x, L.Dense(2)(L.Bidirectional(L.GRU(3))(y)))


@case
def attention():
    a, b = keras.Input((5, 6), name="a"), keras.Input((7, 4), name="b")
    y = L.MultiHeadAttention(2, 3, name="self")(a, a, use_causal_mask=True)
    y = L.LayerNormalization(name="normalized")(L.Add()([a, y]))
    return keras.Model([a, b], [y, L.MultiHeadAttention(3, 2, value_dim=5, output_shape=8, use_bias=False, name="cross")(y, b, key=b)])


@case
def nested():
    inner_input = keras.Input((6, 6, 2))
    inner = keras.Model(inner_input, L.MaxPooling2D()(L.Conv2D(3, 3, padding="same", activation="relu")(inner_input)), name="inner")
    head = keras.Sequential([L.Flatten(), L.Dense(4, activation="relu"), L.BatchNormalization(), L.Dense(2)], name="head")
    x, y = keras.Input((6, 6, 2), name="x"), keras.Input((6, 6, 2), name="y")
    both = L.Subtract()([inner(x), inner(y)])  # the inner model is shared
    shared = L.Dense(3, name="shared")
    return keras.Model([x, y], [head(both), L.Add(name="sum")([shared(L.Flatten()(both)), shared(L.Flatten()(inner(y)))])])


@case
def sequential():
    return keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(4, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dropout(0.5),
                             L.Dense(10, activation="softmax")], name="digits")


@case
def channels_first():
    x = keras.Input((3, 8, 6))
    options = {"data_format": "channels_first"}
    y = L.BatchNormalization(axis=1)(L.Conv2D(4, 3, padding="same", strides=2, **options)(x))
    y = L.UpSampling2D(2, **options)(L.MaxPooling2D(2, **options)(L.ZeroPadding2D(1, **options)(y)))
    return keras.Model(x, [L.GlobalAveragePooling2D(name="mean", **options)(y), L.Dense(2, name="flat")(L.Flatten(**options)(y)), y])


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "keras")
    folder.mkdir(exist_ok=True)
    for name, build in CASES.items():
        keras.utils.set_random_seed(1)
        keras.backend.clear_session()
        model = build()
        randomize(model)
        arrays = answers(model)
        model.save(folder / f"{name}.keras")
        np.savez_compressed(folder / f"{name}.npz", **arrays)
        if name in ("nested", "sequential", "recurrent", "attention", "normalizations", "convolutions", "merges"):
            model.save(folder / f"{name}_h5.h5")
            np.savez_compressed(folder / f"{name}_h5.npz", **arrays)
    for name, write in KERAS2_CASES.items():
        np.savez_compressed(folder / f"{name}.npz", **write(folder / f"{name}.h5"))


if __name__ == "__main__":
    main()
