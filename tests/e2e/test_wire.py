# SPDX-License-Identifier: Apache-2.0
"""What lies below HTTP: TLS, Unix sockets, compression, pages of other sites, many connections at once."""

import datetime
import http.client
import json
import os
import socket
import ssl
import stat
import subprocess
import time

import numpy as np
import pytest
import requests
import tritonclient.http as triton

from conftest import Server, wait_until_ready
from program import ROOT
from type_models import name_of

FLOATS = name_of("FP32")


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Certificates:
    """An authority, a server's certificate signed by it, and a client's."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = folder / "authority.crt"
        self.authority_key = folder / "authority.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-subj", "/CN=test authority", "-keyout", self.authority_key, "-out", self.authority)  # fmt: skip
        self.server, self.server_key = self.sign("localhost")
        self.client, self.client_key = self.sign("station 7")

    def sign(self, name, days=30):
        stem = f"{name.replace(' ', '_')}_{days}"
        certificate, key, request = (self.folder / f"{stem}.{end}" for end in ("crt", "key", "csr"))
        names = self.folder / "names.ext"
        names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", key, "-out", request)  # fmt: skip
        openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", self.authority_key, "-CAcreateserial",
                "-days", days, "-extfile", names, "-out", certificate)  # fmt: skip
        return certificate, key


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def wire_server(type_store, certificates, tmp_path_factory):
    """All doors at once: TLS at the port, a Unix socket, pages of one site."""
    path = tmp_path_factory.mktemp("socket") / "tandem.sock"
    server = Server(type_store, "--tls-cert", certificates.server, "--tls-key", certificates.server_key,
                    "--unix", path, "--cors-origin", "https://viewer.example")  # fmt: skip
    server.wait_until_listening()
    server.socket_path = path
    yield server
    assert server.alive(), f"the server died during the tests:\n{server.log}"
    assert server.stop() == 0
    assert not path.exists()


def tls_client(server, certificates, **options):
    context = ssl.create_default_context(cafile=str(certificates.authority))
    return triton.InferenceServerClient(
        f"localhost:{server.port}", ssl=True, ssl_context_factory=lambda: context, **options
    )


def float_input(values):
    tensor = triton.InferInput("INPUT", list(values.shape), "FP32")
    tensor.set_data_from_numpy(values)
    return tensor


# TLS


def test_requests_verifies_the_certificate(wire_server, certificates):
    url = f"https://localhost:{wire_server.port}/v2"
    assert requests.get(url, verify=str(certificates.authority), timeout=10).json()["name"] == "tandem"
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(url, timeout=10)


def test_tritonclient_infers_over_tls(wire_server, certificates):
    values = np.arange(3000, dtype=np.float32).reshape(3, 1000)
    with tls_client(wire_server, certificates) as client:
        for _ in range(3):
            assert np.array_equal(client.infer(FLOATS, [float_input(values)]).as_numpy("OUTPUT"), values)


def test_large_tensors_go_both_ways_over_tls(wire_server, certificates):
    values = np.random.default_rng(7).random((8, 500_000), dtype=np.float32)
    with tls_client(wire_server, certificates, network_timeout=120.0) as client:
        assert np.array_equal(client.infer(FLOATS, [float_input(values)]).as_numpy("OUTPUT"), values)


def test_curl_speaks_tls_13(wire_server, certificates):
    done = subprocess.run(
        ["curl", "-sS", "--cacert", certificates.authority, "--tlsv1.3", "-w", "%{http_code}",
         f"https://localhost:{wire_server.port}/v2/health/live"], capture_output=True, text=True, timeout=30)  # fmt: skip
    assert done.stdout == "200", done.stderr


def test_a_plain_client_is_told_to_use_https(wire_server):
    answer = requests.get(f"http://127.0.0.1:{wire_server.port}/v2", timeout=10)
    assert answer.status_code == 400
    assert "https://" in answer.json()["error"]


def test_mutual_tls_serves_known_clients_only(type_store, certificates):
    server = Server(type_store, "--tls-cert", certificates.server, "--tls-key", certificates.server_key,
                    "--tls-client-ca", certificates.authority).wait_until_listening()  # fmt: skip
    url = f"https://localhost:{server.port}/v2"
    known = (str(certificates.client), str(certificates.client_key))
    assert requests.get(url, verify=str(certificates.authority), cert=known, timeout=10).status_code == 200
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(url, verify=str(certificates.authority), timeout=10)
    assert server.stop() == 0


def test_a_renewed_certificate_is_taken_while_the_server_runs(type_store, certificates, tmp_path):
    chain, key = tmp_path / "server.crt", tmp_path / "server.key"
    chain.write_bytes(certificates.server.read_bytes())
    key.write_bytes(certificates.server_key.read_bytes())
    server = Server(type_store, "--tls-cert", chain, "--tls-key", key).wait_until_listening()

    def end_date():
        shown = ssl.get_server_certificate(("127.0.0.1", server.port))
        text = subprocess.run(["openssl", "x509", "-noout", "-enddate"], input=shown, capture_output=True, text=True).stdout
        return datetime.datetime.strptime(text.strip(), "notAfter=%b %d %H:%M:%S %Y %Z")

    before = end_date()
    renewed, renewed_key = certificates.sign("localhost", days=90)
    chain.write_bytes(renewed.read_bytes())
    key.write_bytes(renewed_key.read_bytes())
    end = time.monotonic() + 30
    while end_date() == before and time.monotonic() < end:
        time.sleep(0.5)
    assert end_date() > before + datetime.timedelta(days=50)
    assert server.stop() == 0


def test_unusable_certificates_are_refused_with_the_reason(tandem, type_store, certificates, tmp_path):
    def refused(*options):
        return tandem.refuse("serve", type_store, "--port", "0", *options)

    expired, expired_key = certificates.sign("expired", days=-1)
    assert "expired on" in refused("--tls-cert", expired, "--tls-key", expired_key)
    assert "does not belong to" in refused("--tls-cert", certificates.server, "--tls-key", certificates.client_key)
    assert "no certificate in PEM" in refused("--tls-cert", certificates.server_key, "--tls-key", certificates.server_key)
    missing = tmp_path / "missing.crt"
    assert str(missing) in refused("--tls-cert", missing, "--tls-key", certificates.server_key)


def test_a_certificate_without_its_key_is_a_mistake_of_usage(tandem, type_store, certificates):
    done = tandem("serve", type_store, "--tls-cert", certificates.server)
    assert done.returncode == 2
    assert "--tls-key" in done.stderr


# Unix sockets


def ask_socket(path, target):
    return subprocess.run(["curl", "-sS", "--unix-socket", path, f"http://tandem{target}"],
                          capture_output=True, text=True, timeout=30, check=True).stdout  # fmt: skip


def test_curl_asks_over_the_unix_socket(wire_server):
    assert json.loads(ask_socket(wire_server.socket_path, "/v2"))["name"] == "tandem"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("tandem", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def test_inference_over_the_unix_socket(wire_server):
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    body, json_size = triton.InferenceServerClient.generate_request_body([float_input(values)])
    connection = UnixConnection(wire_server.socket_path)
    for _ in range(3):
        connection.request("POST", f"/v2/models/{FLOATS}/infer", body, {"Inference-Header-Content-Length": str(json_size)})
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
    size = int(answer.headers["Inference-Header-Content-Length"])
    result = triton.InferenceServerClient.parse_response_body(content, header_length=size)
    assert np.array_equal(result.as_numpy("OUTPUT"), values)


def test_only_the_owner_may_use_the_socket(wire_server):
    assert stat.S_IMODE(os.stat(wire_server.socket_path).st_mode) == 0o600


def test_the_socket_of_a_killed_server_is_replaced(type_store, tmp_path):
    path = tmp_path / "tandem.sock"
    first = Server(type_store, "--unix", path).wait_until_listening()
    first.process.kill()
    first.process.wait()
    assert path.exists()
    second = Server(type_store, "--unix", path).wait_until_listening()
    assert json.loads(ask_socket(path, "/v2"))["name"] == "tandem"
    assert second.stop() == 0


def test_the_socket_of_a_living_server_is_not(wire_server, tandem, type_store):
    said = tandem.refuse("serve", type_store, "--port", "0", "--unix", wire_server.socket_path)
    assert "in use by another server" in said


# Ports


def test_a_second_port_serves_the_same(type_store):
    server = Server(type_store, "--grpc-port", "0", "--json")
    end = time.monotonic() + 60
    while "grpc_port" not in server.log and server.alive() and time.monotonic() < end:
        time.sleep(0.05)
    while "\n}" not in server.log and time.monotonic() < end:
        time.sleep(0.05)
    document = json.loads(server.log)
    assert requests.get(f"http://127.0.0.1:{document['grpc_port']}/v2", timeout=10).json()["name"] == "tandem"
    assert server.stop() == 0


# Compression


@pytest.fixture(scope="module")
def plain_client(type_server):
    with triton.InferenceServerClient(f"127.0.0.1:{type_server.port}") as client:
        yield client


@pytest.mark.parametrize("request_coding", [None, "gzip", "deflate"])
@pytest.mark.parametrize("response_coding", [None, "gzip", "deflate"])
@pytest.mark.parametrize("binary", [True, False])
def test_tritonclient_compresses_both_ways(plain_client, request_coding, response_coding, binary):
    values = np.zeros((4, 20_000), dtype=np.float32)
    values[:, ::100] = 1.5
    result = plain_client.infer(
        FLOATS, [float_input(values)], outputs=[triton.InferRequestedOutput("OUTPUT", binary_data=binary)],
        request_compression_algorithm=request_coding, response_compression_algorithm=response_coding,
    )  # fmt: skip
    assert np.array_equal(result.as_numpy("OUTPUT"), values)


def test_a_compressed_answer_is_smaller_and_counts_its_json_uncompressed(type_server):
    values = np.zeros((4, 20_000), dtype=np.float32)
    outputs = [triton.InferRequestedOutput("OUTPUT", binary_data=True)]
    body, json_size = triton.InferenceServerClient.generate_request_body([float_input(values)], outputs=outputs)
    answer = requests.post(
        f"{type_server.url}/v2/models/{FLOATS}/infer", data=body, timeout=30, stream=True,
        headers={"Inference-Header-Content-Length": str(json_size), "Accept-Encoding": "gzip;q=0.2, deflate"},
    )  # fmt: skip
    assert answer.headers["Content-Encoding"] == "deflate"
    assert int(answer.headers["Content-Length"]) < values.nbytes / 10
    size = int(answer.headers["Inference-Header-Content-Length"])
    assert json.loads(answer.content[:size])["model_name"] == FLOATS


def test_who_does_not_ask_gets_no_compression(type_server):
    answer = requests.get(f"{type_server.url}/metrics", headers={"Accept-Encoding": "identity"}, timeout=10)
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"


# Pages of other sites


def preflight(server, certificates, origin):
    return requests.options(
        f"https://localhost:{server.port}/v2/models/{FLOATS}/infer", verify=str(certificates.authority), timeout=10,
        headers={"Origin": origin, "Access-Control-Request-Method": "POST",
                 "Access-Control-Request-Headers": "content-type,inference-header-content-length"},
    )  # fmt: skip


def test_a_page_of_the_named_site_may_ask(wire_server, certificates):
    answer = preflight(wire_server, certificates, "https://viewer.example")
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://viewer.example"
    allowed = {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert {"content-type", "inference-header-content-length"} <= allowed


def test_a_page_of_another_site_may_not(wire_server, certificates):
    answer = preflight(wire_server, certificates, "https://other.example")
    assert answer.status_code == 403
    assert "--cors-origin" in answer.json()["error"]


def test_without_the_flag_nothing_is_said_about_pages(type_server):
    answer = requests.get(f"{type_server.url}/v2", headers={"Origin": "https://viewer.example"}, timeout=10)
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


def test_a_wrong_origin_is_refused(tandem, type_store):
    assert "no '/' at the end" in tandem.refuse("serve", type_store, "--port", "0", "--cors-origin", "https://a.example/")


# Many connections


def resident_bytes(process):
    with open(f"/proc/{process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_ten_thousand_idle_and_a_thousand_active_connections(type_store):
    """Idle ones have been used once; the active ones take turns, all open at the same time."""
    idle_count, active_count = 10_000, 1_000
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < idle_count + active_count + 200:
        pytest.skip(f"this machine allows {hard} open files a process")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = wait_until_ready(Server(type_store).wait_until_listening())
    request = b"GET /v2/health/live HTTP/1.1\r\nHost: a\r\n\r\n"
    before = resident_bytes(server.process)
    connections = []
    try:
        for _ in range(idle_count + active_count):
            connections.append(socket.create_connection(("127.0.0.1", server.port), timeout=30))
            connections[-1].sendall(request)
            assert connections[-1].recv(4096).startswith(b"HTTP/1.1 200")
        each = (resident_bytes(server.process) - before) / len(connections)
        for _ in range(3):
            for connection in connections[-active_count:]:
                connection.sendall(request)
            for connection in connections[-active_count:]:
                assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    finally:
        for connection in connections:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert server.stop() == 0
    print(f"{each:.0f} bytes a connection")
    assert each < 4096
