#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the cases of networks for faces, things, texts and captions in networks/.

usage: make_special_networks.py [NAME...]   with a Python that has torch, torchvision, transformers and facenet-pytorch
"""

from pathlib import Path

import recipe
import special_networks as special
import torch

HERE = Path(__file__).parent / "networks"
VERSIONS = f"torch {torch.__version__}"


def image(height, width=None, batch=1, name="input"):
    return [name, [batch, 3, height, width or height], 1.0, 0.0]


class Bert(torch.nn.Module):
    """transformers' BERT with the mean over the tokens that sentence-transformers puts behind it."""

    def __init__(self, pooler=True):
        super().__init__()
        from transformers import BertConfig, BertModel

        config = BertConfig(vocab_size=60, hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
                            intermediate_size=96, max_position_embeddings=20)
        config._attn_implementation = "eager"
        self.bert = BertModel(config, add_pooling_layer=pooler)

    def forward(self, ids, mask, types):
        answer = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=types)
        tokens, kept = answer.last_hidden_state, mask.unsqueeze(-1).to(answer.last_hidden_state)
        mean = (tokens * kept).sum(1) / kept.sum(1).clamp(min=1e-9)
        return (tokens, mean) if answer.pooler_output is None else (tokens, mean, answer.pooler_output)


def texts(below=60):
    size = [2, 7]
    return [["input_ids", size, "int64", below, 0], ["attention_mask", size, "int64", 2, 0],
            ["token_type_ids", size, "int64", 2, 0]]


def facenet():
    from facenet_pytorch.models.inception_resnet_v1 import InceptionResnetV1

    return InceptionResnetV1(num_classes=3, classify=False)


def mtcnn_net(name):
    from facenet_pytorch.models import mtcnn

    return getattr(mtcnn, name)(pretrained=False)


class Mtcnn(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.pnet, self.rnet, self.onet = (mtcnn_net(name) for name in ("PNet", "RNet", "ONet"))


OFFSETS = ["offsets", "probabilities"]
FACE = ["loc", "conf", "landms"]
TEXT = ["last_hidden_state", "sentence_embedding"]


def one(network, module, inputs, outputs=("output",), options=None):
    """A case of one model."""
    return lambda rows, model: (network, [recipe.model_case(model, inputs, outputs)], options), module


def mtcnn_parts(_, model):
    with_points = ["offsets", "points", "probabilities"]
    return "MTCNN", [recipe.model_case(model.pnet, [image(30, 41)], OFFSETS, "pnet"),
                     recipe.model_case(model.rnet, [image(24, batch=2)], OFFSETS, "rnet"),
                     recipe.model_case(model.onet, [image(48, batch=2)], with_points, "onet")], {}


def captioner_parts(_, model):
    state = [["word", [2], "int64", 50, 0], ["h", [2, 24], 1.0, 0.0], ["c", [2, 24], 1.0, 0.0],
             ["features", [2, 196, 2048], 1.0, 0.0], ["att1", [2, 196, 20], 1.0, 0.0]]
    encoder = recipe.model_case(special.Part(model, "see"), [image(64, name="image")],
                                ["features", "att1", "h0", "c0"], "encoder")
    step = recipe.model_case(special.Part(model, "say"), state, ["logits", "next_h", "next_c", "alpha"], "step")
    return "captioner (ResNet, attention, LSTM)", [encoder, step], {"image_size": 64}


# name: (what makes the case's models, what makes the original)
CASES = {
    "arcface_small": one("ArcFace iResNet", "special.ArcFace([2, 1, 2, 1], cells=2)", [image(32, batch=2)]),
    "facenet": one("FaceNet (Inception-ResNet v1)", "facenet()", [image(80)], options={"image_size": 80}),
    "mtcnn": (mtcnn_parts, "Mtcnn()"),
    "mtcnn_pnet": one("MTCNN", "mtcnn_net('PNet')", [image(25)], OFFSETS, {"image_size": 25}),
    "retinaface_mobilenet": one("RetinaFace", "special.RetinaFace(special.QuarterMobileNet(), (64, 128, 256), 64)",
                                [image(88)], FACE, {"image_size": 88}),
    "retinaface_resnet_small": one(
        "RetinaFace", "special.RetinaFace(special.ResNetBody([1, 2, 1, 1]), (512, 1024, 2048), 128)", [image(64)], FACE,
        {"image_size": 64}),
    "yolov8n": one("YOLOv8", "special.YoloV8(5, (16, 32, 64, 128, 256), (1, 2))", [image(64)],
                   options={"image_size": 64}),
    "yolov8_deep": one("YOLOv8", "special.YoloV8(7, (16, 24, 32, 48, 48), (2, 4))", [image(96, batch=2)],
                       options={"image_size": 96}),
    "bert_small": one("BERT encoder", "Bert()", texts(), [*TEXT, "pooler_output"], {"heads": 4}),
    "bert_without_pooler": one("BERT encoder", "Bert(pooler=False)", texts(), TEXT, {"heads": 4}),
    "lstm_captioner_small": (captioner_parts, "special.LstmCaptioner([1, 1, 1, 1], 20, 16, 24, 50)"),
}


# Large logits before a softmax amplify rounding beyond the tolerance: here every so many-th kernel is halved.
DAMPED = {"retinaface_mobilenet": 2}


def make_case(name):
    parts, expression = CASES[name]
    model = eval(expression)  # an expression of the table above
    rows = recipe.fill(model, recipe.damped(DAMPED[name]) if name in DAMPED else recipe.row_of)
    network, models, options = parts(rows, model)
    recipe.write(HERE / f"{name}.json", network, f"{expression}; {VERSIONS}", rows, models, options)


if __name__ == "__main__":
    recipe.make_cases(CASES, make_case)
