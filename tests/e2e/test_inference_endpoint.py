# SPDX-License-Identifier: Apache-2.0
"""POST /inference as a Django view calls it with `requests`: first /health, then an image in each form it may take."""

import base64
import io
import json
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
import requests
from PIL import Image

from conftest import DEMO_STORE

SAMPLES = DEMO_STORE / "samples"
DIGITS = "classification_cnn_digits_20261121"
TRUTH = {
    name: sample["label"]
    for name, sample in json.loads((SAMPLES / "samples.json").read_text())["files"].items()
    if sample["model"] == DIGITS
}


def png(name="digit_7.png"):
    return (SAMPLES / name).read_bytes()


def base64_of(data):
    return base64.b64encode(data).decode()


def call(server, body, **options):
    return requests.post(f"{server.url}/inference", json=body, timeout=120, **options)


def call_digits(server, image_data, **fields):
    """What a caller sends who means the digit classifier; returns the data of a successful answer."""
    answer = call(server, {"image_data": image_data, "metadata": {"model": DIGITS}, **fields})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["success"] is True
    return body["data"]


def refused(answer, *words, status=400):
    """The form that a Django caller reads: success false, a sentence, data null; and a status that says it too."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"success", "error", "data"}
    assert body["success"] is False
    assert body["data"] is None
    assert len(body["error"]) > 15
    for word in words:
        assert word in body["error"], f"{word!r} is not in: {body['error']}"


def test_health_answers_200_before_anything_else(server):
    assert requests.get(f"{server.url}/health", timeout=5).status_code == 200


def test_an_answer_has_exactly_the_promised_fields(server):
    data = call_digits(server, base64_of(png()), patient_id="P-0042")
    assert {"prediction", "confidence", "probabilities", "patient_id", "timestamp", "model_version"} <= set(data)
    assert data["prediction"] == "7"
    assert data["patient_id"] == "P-0042"
    assert data["model_version"] == "1"
    assert 0.5 < data["confidence"] <= 1
    assert set(data["probabilities"]) == set("0123456789")
    assert sum(data["probabilities"].values()) == pytest.approx(1, abs=1e-4)
    assert data["probabilities"]["7"] == pytest.approx(data["confidence"])


def test_the_timestamp_is_iso_8601_and_now(server):
    text = call_digits(server, base64_of(png()))["timestamp"]
    stamp = datetime.fromisoformat(text.replace("Z", "+00:00"))
    assert stamp.tzinfo is not None
    assert abs(datetime.now(timezone.utc) - stamp) < timedelta(minutes=1)


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_every_sample_gets_its_label(server, name):
    assert call_digits(server, base64_of(png(name)))["prediction"] == TRUTH[name]


def test_an_image_may_be_base64_or_a_data_url_or_jpeg_or_numbers(server):
    picture = Image.open(io.BytesIO(png())).convert("L")
    jpeg = io.BytesIO()
    picture.resize((64, 64), Image.Resampling.NEAREST).save(jpeg, "JPEG", quality=95)
    pixels = np.asarray(picture)
    forms = {
        "base64": base64_of(png()),
        "data URL": "data:image/png;base64," + base64_of(png()),
        "JPEG": "data:image/jpeg;base64," + base64_of(jpeg.getvalue()),
        "nested numbers": pixels.tolist(),
        "nested colour": np.stack([pixels] * 3, axis=-1).tolist(),
        "nested from 0 to 1": (pixels / 255).tolist(),
    }
    assert {form: call_digits(server, image)["prediction"] for form, image in forms.items()} == dict.fromkeys(forms, "7")


def test_flat_numbers_are_taken_for_an_input_of_that_size(server):
    pixels = np.asarray(Image.open(io.BytesIO(png())).convert("L").resize((8, 8), Image.Resampling.BOX))
    assert call_digits(server, pixels.ravel().tolist())["prediction"] == "7"


def test_unknown_fields_and_metadata_do_no_harm(server):
    metadata = {"model": DIGITS, "image_type": "ultrasound", "image_id": 17, "nested": {"a": [1, None]}}
    answer = call(server, {"image_data": base64_of(png()), "text_data": "", "metadata": metadata, "extra": [1, 2]})
    assert answer.status_code == 200, answer.text


def test_a_caller_without_a_patient_gets_null(server):
    assert call_digits(server, base64_of(png()))["patient_id"] is None


def test_a_patient_id_of_other_letters_comes_back(server):
    assert call_digits(server, base64_of(png()), patient_id='환자 "7" \\ é')["patient_id"] == '환자 "7" \\ é'


# Segmentation: the answer is a mask.

ULTRASOUND = {
    name: sample["mask"]
    for name, sample in json.loads((SAMPLES / "samples.json").read_text())["files"].items() if "mask" in sample
}


def dice(ours, truth):
    return 2 * np.logical_and(ours, truth).sum() / (ours.sum() + truth.sum())


@pytest.mark.parametrize("name", sorted(ULTRASOUND))
def test_the_artery_is_outlined_where_it_is(server, name):
    body = {"image_data": base64_of(png(name)), "analysis_type": "segmentation", "patient_id": "P-7"}
    answer = call(server, body)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert data["prediction"] in ("artery", "vein")
    assert data["probabilities"].keys() == {"background", "artery", "vein"}
    kind, content = data["mask_image"].split(",")
    assert kind == "data:image/png;base64"
    mask = np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("L"))
    truth = np.asarray(Image.open(SAMPLES / ULTRASOUND[name]).convert("L"))
    assert mask.shape == truth.shape
    grays = {0, 127, 128, 255}  # background, artery, vein, spread over the grays
    assert set(np.unique(mask)) <= grays
    assert dice((mask > 100) & (mask < 200), truth == 120) > 0.9


# Mistakes.


def test_no_image_is_refused(server):
    refused(call(server, {"patient_id": "P"}), "image_data")


def test_text_that_is_no_base64_is_refused(server):
    refused(call(server, {"image_data": "@@ no image @@", "metadata": {"model": DIGITS}}), "image_data")


def test_bytes_that_are_no_image_are_refused(server):
    refused(call(server, {"image_data": base64_of(b"plain text, no picture"), "metadata": {"model": DIGITS}}))


def test_half_an_image_is_refused(server):
    refused(call(server, {"image_data": base64_of(png()[: len(png()) // 2]), "metadata": {"model": DIGITS}}))


@pytest.mark.parametrize("image", [[], [[]], [[1, 2], [3]], [[1, "2"]], [1, 2, 3], {"a": 1}, 7, True, None, ""], ids=repr)
def test_numbers_that_are_no_image_are_refused(server, image):
    refused(call(server, {"image_data": image, "metadata": {"model": DIGITS}}), "image_data")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"image_data":' + b"[" * 100_000], ids=range(6))
def test_a_body_that_is_no_json_object_is_refused(server, body):
    refused(requests.post(f"{server.url}/inference", data=body, timeout=60))


def test_an_unknown_model_is_refused_with_the_names_there_are(server):
    answer = call(server, {"image_data": base64_of(png()), "metadata": {"model": "no_such_model"}})
    refused(answer, "no_such_model", DIGITS, status=404)


def test_another_method_is_refused(server):
    assert requests.get(f"{server.url}/inference", timeout=60).status_code == 405


def test_a_view_that_calls_many_times_on_one_connection_is_answered_each_time(server):
    session = requests.Session()
    for name in sorted(TRUTH) * 5:
        body = {"image_data": base64_of(png(name)), "metadata": {"model": DIGITS}, "patient_id": name}
        data = session.post(f"{server.url}/inference", json=body, timeout=60).json()["data"]
        assert (data["prediction"], data["patient_id"]) == (TRUTH[name], name)
