# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document is valid, and the server keeps to it under a storm of right and wrong requests (schemathesis)."""

import subprocess
import sysconfig
from pathlib import Path

import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

SCHEMATHESIS = Path(sysconfig.get_path("scripts")) / "schemathesis"
# The schema of errors asks for a sentence, so conformance to it is checked on every refusal too.
CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance"


def test_the_document_is_valid(server):
    document = requests.get(f"{server.url}/openapi.json", timeout=10).json()
    OpenAPIV31SpecValidator(document).validate()


def test_the_server_keeps_to_its_document_under_a_storm(server):
    done = subprocess.run(
        [str(SCHEMATHESIS), "--config-file", str(Path(__file__).with_name("schemathesis.toml")), "run",
         f"{server.url}/openapi.json", "--checks", CHECKS, "--max-examples", "20", "--seed", "1", "--no-color"],
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr
    assert " 0 passed" not in done.stdout, done.stdout[-2000:]
    assert server.alive(), server.log
