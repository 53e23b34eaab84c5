# SPDX-License-Identifier: Apache-2.0
"""packaging/: manifests hold against the schemas of their readers, and what they name is what the program has."""

import json
import re
import shutil
import subprocess
import sys

import kubernetes_validate
import prometheus_client.parser
import pytest
import requests
import yaml

from program import ROOT, TANDEM
from type_models import name_of

PACKAGING = ROOT / "packaging"
KUBERNETES = sorted(p for p in (PACKAGING / "kubernetes").glob("*.yaml") if p.name != "kustomization.yaml")
DEPLOYMENT = PACKAGING / "kubernetes/deployment.yaml"
RUNTIME = PACKAGING / "kserve/serving-runtime.yaml"
UNIT = PACKAGING / "systemd/tandem.service"
DASHBOARD = PACKAGING / "grafana/tandem.json"
ALERTS = PACKAGING / "prometheus/alerts.yaml"


def load(file):
    return yaml.safe_load(file.read_text())


@pytest.fixture(scope="module")
def known_flags():
    text = subprocess.run([TANDEM, "serve", "--help"], capture_output=True, text=True, check=True, timeout=60).stdout
    return set(re.findall(r"--[a-z][a-z-]*", text))


def containers(file):
    spec = load(file)["spec"]
    return spec.get("containers") or spec["template"]["spec"]["containers"]


def flag_values(arguments):
    return dict(a.removeprefix("--").split("=", 1) for a in arguments if a.startswith("--") and "=" in a)


@pytest.mark.parametrize("file", KUBERNETES, ids=lambda p: p.name)
def test_a_manifest_holds_against_the_schema_of_kubernetes(file):
    kubernetes_validate.validate(load(file), kubernetes_validate.latest_version(), strict=True)


def test_the_schema_check_would_see_a_mistake():
    wrong = load(DEPLOYMENT)
    wrong["spec"]["template"]["spec"]["containers"][0]["livenessProb"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


def test_the_containers_of_the_runtime_hold_against_the_schema_of_a_pod():
    """A ServingRuntime's containers are a pod's: KServe copies them into one."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": containers(RUNTIME)}}
    kubernetes_validate.validate(pod, kubernetes_validate.latest_version(), strict=True)


def test_the_runtime_keeps_kserves_habits():
    runtime = load(RUNTIME)
    assert (runtime["apiVersion"], runtime["kind"]) == ("serving.kserve.io/v1alpha1", "ServingRuntime")
    assert "v2" in runtime["spec"]["protocolVersions"]
    container, = runtime["spec"]["containers"]
    assert container["name"] == "kserve-container"
    assert "/mnt/models" in container["args"]
    assert [port["containerPort"] for port in container["ports"]] == [8080, 9000]
    flags = flag_values(container["args"])
    assert (flags["port"], flags["grpc-port"]) == ("8080", "9000")


@pytest.mark.parametrize("kind", ["folder", "store"])
def test_the_runtime_serves_what_kserve_mounts(kind, tmp_path, type_store):
    """A plain folder under the InferenceService's name, a store under the names of its models."""
    from conftest import Server

    model = type_store / f"weights/{name_of('FP32')}.onnx"
    file = tmp_path / "model.onnx" if kind == "folder" else tmp_path / "weights" / model.name
    file.parent.mkdir(exist_ok=True)
    shutil.copy(model, file)
    name = "my-service" if kind == "folder" else name_of("FP32")
    container, = containers(RUNTIME)
    name_flag, = [a.replace("{{.Name}}", "my-service") for a in container["args"] if a.startswith("--model-name")]
    server = Server(tmp_path, name_flag).wait_until_listening()
    try:
        assert requests.get(f"{server.url}/v2/models/{name}/ready", timeout=60).status_code == 200
        body = {"inputs": [{"name": "INPUT", "shape": [1, 1], "datatype": "FP32", "data": [1.0]}]}
        assert requests.post(f"{server.url}/v2/models/{name}/infer", json=body, timeout=60).json()["model_name"] == name
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize("file", [DEPLOYMENT, RUNTIME], ids=lambda p: p.name)
def test_the_grace_period_is_longer_than_delay_and_drain_together(file):
    flags = flag_values(containers(file)[0]["args"])
    needed = float(flags["drain-delay"]) + float(flags["drain-timeout"])
    grace = load(file)["spec"].get("template", {}).get("spec", {}).get("terminationGracePeriodSeconds")
    if grace is not None:  # a runtime takes it from the InferenceService
        assert grace > needed
    probe = containers(file)[0]["readinessProbe"]
    noticed = probe["periodSeconds"] * probe.get("failureThreshold", 3)
    assert float(flags["drain-delay"]) > noticed


@pytest.mark.parametrize("file", [DEPLOYMENT, RUNTIME], ids=lambda p: p.name)
def test_every_flag_of_a_manifest_is_one_of_the_program(file, known_flags):
    used = {a.split("=")[0] for a in containers(file)[0]["args"] if a.startswith("--")}
    assert used and used <= known_flags


@pytest.mark.parametrize("file", [DEPLOYMENT, RUNTIME], ids=lambda p: p.name)
def test_every_probe_of_a_manifest_is_answered(file, type_server):
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        path = containers(file)[0][probe]["httpGet"]["path"]
        assert requests.get(type_server.url + path, timeout=60).status_code == 200


def read_unit():
    """{section: [(key, value)]} of the unit."""
    sections, current = {}, None
    for line in UNIT.read_text().splitlines():
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            current.append(tuple(line.split("=", 1)))
    return sections


def test_every_flag_of_the_unit_is_one_of_the_program(known_flags):
    command = dict(read_unit()["Service"])["ExecStart"]
    assert set(re.findall(r"--[a-z-]+", command)) <= known_flags


def test_the_unit_stops_later_than_the_drain_and_is_watched():
    service = dict(read_unit()["Service"])
    assert service["Type"] == "notify" and service["Restart"] == "on-failure"
    assert float(service["WatchdogSec"]) > 0
    drain = float(re.search(r"--drain-timeout (\d+)", service["ExecStart"]).group(1))
    assert float(service["TimeoutStopSec"]) > drain


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze on this machine")
def test_systemd_understands_the_unit(tmp_path):
    unit = tmp_path / "tandem.service"
    unit.write_text(UNIT.read_text().replace("/usr/bin/tandem", str(TANDEM.resolve())))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60)
    complaints = [line for line in done.stderr.splitlines() if "tandem.service" in line]
    assert not complaints, done.stderr


@pytest.fixture(scope="module")
def metric_names(tmp_path_factory, type_store):
    """Every name on /metrics of a server with everything switched on, after a request."""
    from conftest import Server

    folder = tmp_path_factory.mktemp("all-on")
    server = Server(type_store, "--response-cache-mb", "8", "--access-log", str(folder / "log"),
                    "--otlp-endpoint", "http://127.0.0.1:1").wait_until_listening()
    try:
        body = {"inputs": [{"name": "INPUT", "shape": [1, 1], "datatype": "FP32", "data": [1.0]}]}
        requests.post(f"{server.url}/v2/models/{name_of('FP32')}/infer", json=body, timeout=60)
        text = requests.get(f"{server.url}/metrics", timeout=60).text
    finally:
        server.stop()
    families = list(prometheus_client.parser.text_string_to_metric_families(text))
    assert all(family.documentation for family in families)
    # From the text: the parser gives counters the ending _total, which Triton's have not.
    return set(re.findall(r"^([a-z_]+)(?=[{ ])", text, re.M))


METRIC = re.compile(r"\b(?:tandem|nv|process)_[a-z0-9_]+")


def test_every_metric_of_the_dashboard_is_exported(metric_names):
    board = json.loads(DASHBOARD.read_text())
    expressions = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    assert len(expressions) >= 15
    used = {name for expression in expressions for name in METRIC.findall(expression)}
    assert used - metric_names == set()


def test_every_metric_of_the_alerts_is_exported(metric_names):
    rules = load(ALERTS)["groups"][0]["rules"]
    used = {name for rule in rules for name in METRIC.findall(rule["expr"])}
    assert used and used - metric_names == set()
    assert all(rule["annotations"]["summary"] and rule["labels"]["severity"] for rule in rules)


def test_the_dashboard_is_what_its_maker_writes():
    made = subprocess.run([sys.executable, PACKAGING / "grafana/make_dashboard.py"], capture_output=True, text=True,
                          check=True, timeout=60).stdout
    assert made == DASHBOARD.read_text()


def test_every_metric_is_explained_in_the_operations_page(metric_names):
    page = (ROOT / "docs/operations.md").read_text()
    histogram = re.compile(r"(tandem_\w+_seconds|tandem_batch_size)_(bucket|sum|count)")
    families = {histogram.sub(r"\1", name) for name in metric_names}
    assert {family for family in families if f"`{family}`" not in page} == set()


def test_every_flag_is_explained_in_the_operations_page(known_flags):
    page = (ROOT / "docs/operations.md").read_text()
    assert {flag for flag in known_flags - {"--help"} if f"`{flag}" not in page} == set()
