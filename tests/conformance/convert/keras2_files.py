# SPDX-License-Identifier: Apache-2.0
"""The Keras 2 fixtures: .h5 files put together by hand as TensorFlow 2.15 writes them, of models that Keras 3 answers for."""

import json

import h5py
import keras
import numpy as np
from keras import layers as L
from keras_arrays import answers, randomize, sample


def keras2_config(layer):
    """Plain class names, batch_input_shape, alpha, axes as lists; what is inside a wrapper likewise."""
    config = layer.get_config()
    if not isinstance(layer, L.InputLayer):
        config["dtype"] = "float32"
    inner = {"layer": getattr(layer, "forward_layer", getattr(layer, "layer", None))} if "layer" in config else {}
    if "batch_shape" in config:
        config["batch_input_shape"] = config.pop("batch_shape")
    if "negative_slope" in config and isinstance(layer, L.LeakyReLU):
        config["alpha"] = config.pop("negative_slope")
    if isinstance(layer, L.BatchNormalization | L.LayerNormalization) and isinstance(config["axis"], int):
        config["axis"] = [config["axis"]]
    config = {key: value for key, value in config.items() if not isinstance(value, dict)}
    for key, wrapped in inner.items():
        config[key] = {"class_name": type(wrapped).__name__, "config": keras2_config(wrapped)}
        config[key]["config"]["name"] = wrapped.name.removeprefix("forward_")
    return config


def keras2_layer(layer, inbound):
    """A layer's entry; connections are lists."""
    return {"class_name": type(layer).__name__, "config": keras2_config(layer), "name": layer.name, "inbound_nodes": inbound}


def keras2_inbound(layer):
    if isinstance(layer, L.InputLayer):
        return []
    return [[[tensor._keras_history.operation.name, tensor._keras_history.node_index, tensor._keras_history.tensor_index, {}]
             for tensor in node.input_tensors] for node in layer._inbound_nodes]


def keras2_h5(path, model, config):
    with h5py.File(path, "w") as file:
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"2.15.0"
        file.attrs["model_config"] = json.dumps(config).encode()
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        group.attrs["keras_version"] = b"2.15.0"
        for layer in model.layers:
            layer_group = group.create_group(layer.name)
            weights = layer.trainable_weights + layer.non_trainable_weights
            weights = [weight for weight in weights if "seed" not in weight.path]
            paths = [weight.path.removeprefix(layer.name + "/") for weight in weights]
            if isinstance(layer, L.TimeDistributed):
                paths = [path.split("/")[-1] for path in paths]
            names = [f"{layer.name}/{path}:0" for path in paths]
            layer_group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, weights):
                layer_group[name] = keras.ops.convert_to_numpy(weight)


def keras2_functional(path):
    x = keras.Input((8, 8, 3), name="image")
    y = L.Conv2D(4, 3, padding="same", strides=2, name="conv")(x)
    y = L.LeakyReLU(negative_slope=0.2, name="leaky")(L.BatchNormalization(name="norm")(y))
    z = L.SeparableConv2D(4, 3, padding="same", name="separable")(y)
    y = L.Flatten(name="flatten")(L.Add(name="sum")([y, z]))
    y = L.Dense(3, name="dense")(L.Dropout(0.5, name="dropout")(y))
    model = keras.Model(x, L.Activation("hard_sigmoid", name="gate")(y))
    randomize(model)
    layers = [keras2_layer(layer, keras2_inbound(layer)) for layer in model.layers]
    config = {"name": "model", "trainable": True, "layers": layers, "input_layers": [["image", 0, 0]], "output_layers": [["gate", 0, 0]]}
    keras2_h5(path, model, {"class_name": "Functional", "config": config})
    before = keras.Model(x, y)
    image = sample(before)[0]
    # Keras 2 has clip(0.2 x + 0.5, 0, 1), Keras 3 clip(x / 6 + 0.5, 0, 1).
    return {"input": image, "output": np.clip(0.2 * before.predict(image, verbose=0) + 0.5, 0, 1).astype(np.float32)}


def keras2_graph(path, model):
    """A Functional model of several outputs."""
    randomize(model)
    layers = [keras2_layer(layer, keras2_inbound(layer)) for layer in model.layers]
    ends = {"input_layers": [[layer.name, 0, 0] for layer in model.layers if isinstance(layer, L.InputLayer)],
            "output_layers": [[tensor._keras_history.operation.name, 0, 0] for tensor in model.outputs]}
    keras2_h5(path, model, {"class_name": "Functional", "config": {"name": "model", "trainable": True, "layers": layers, **ends}})
    return answers(model)


def keras2_layers(path):
    """The layers of images and of tables, in Keras 2's words."""
    x = keras.Input((8, 6, 4), name="image")
    conv = L.Conv2D(4, 3, padding="same", name="conv")(x)
    flat = L.Flatten(name="flat")(conv)
    heads_of_conv = [
        L.Conv2DTranspose(2, 3, strides=2, padding="same", name="transposed"), L.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise"),
        L.SeparableConv2D(3, 3, strides=2, padding="same", name="separable"), L.MaxPooling2D(3, strides=2, padding="same", name="largest"),
        L.AveragePooling2D(2, name="average"), L.GlobalMaxPooling2D(name="largest_of_all"), L.GlobalAveragePooling2D(name="average_of_all"),
        L.BatchNormalization(name="batch_norm"), L.LayerNormalization(name="layer_norm"), L.ReLU(max_value=6.0, name="relu6"),
        L.LeakyReLU(negative_slope=0.3, name="leaky"), L.PReLU(shared_axes=[1, 2], name="prelu"), L.ELU(alpha=0.5, name="elu"),
        L.Softmax(name="softmax"), L.Activation("swish", name="swish"), L.Permute((2, 3, 1), name="permuted"), L.Reshape((12, -1), name="reshaped"),
        L.ZeroPadding2D(1, name="padded"), L.UpSampling2D(2, name="larger"), L.Cropping2D(1, name="smaller"),
        L.Rescaling(1 / 127.5, offset=-1.0, name="rescaled"), L.Normalization(name="normalized"), L.SpatialDropout2D(0.5, name="dropped")]
    outputs = [layer(conv) for layer in heads_of_conv]
    outputs += [L.Add(name="sum")([x, conv]), L.Concatenate(axis=-1, name="both")([x, conv]), L.Multiply(name="product")([x, conv]),
                L.Average(name="mean")([x, conv]), L.Maximum(name="larger_one")([x, conv]), L.Subtract(name="difference")([x, conv]),
                L.Dense(3, activation="sigmoid", name="dense")(flat), L.Dense(2, name="dense_of_places")(conv)]
    return keras2_graph(path, keras.Model(x, outputs))


def keras2_sequences(path):
    """Embedding, recurrent layers and wrappers: their tensors are named by the cell, and by the direction."""
    words = keras.Input((7,), dtype="int32", name="words")
    y = L.Embedding(20, 5, name="embedding")(words)
    outputs = [
        L.LSTM(3, return_sequences=True, name="lstm")(y), L.GRU(3, name="gru")(y), L.GRU(3, reset_after=False, name="gru_before")(y),
        L.SimpleRNN(3, name="simple")(y), L.Bidirectional(L.LSTM(2, return_sequences=True, name="rnn"), name="both")(y),
        L.Bidirectional(L.GRU(2, name="rnn"), merge_mode="sum", name="both_sum")(y), L.TimeDistributed(L.Dense(3, name="inner"), name="each")(y),
        L.Conv1D(4, 3, padding="causal", name="conv1d")(y), L.MaxPooling1D(2, name="largest")(y), L.GlobalAveragePooling1D(name="average")(y)]
    return keras2_graph(path, keras.Model(words, outputs))


def keras2_sequential(path):
    model = keras.Sequential([keras.Input((6, 4)), L.LSTM(3, return_sequences=True, name="lstm"), L.GRU(2, name="gru"),
                              L.Dense(2, activation="softmax", name="dense")], name="sequential")
    randomize(model)
    layers = [keras2_layer(layer, None) for layer in model.layers]
    layers[0]["config"]["batch_input_shape"] = [None, 6, 4]  # without an InputLayer, as older files are
    for layer in layers:
        del layer["inbound_nodes"]
    keras2_h5(path, model, {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}})
    return answers(model)


KERAS2_CASES = {write.__name__: write for write in (keras2_functional, keras2_sequential, keras2_layers, keras2_sequences)}
