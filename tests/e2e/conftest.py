# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests: a started `tandem serve`, over the demo store or over small models made here."""

import pytest

import program
import type_models
from program import ROOT, TANDEM  # noqa: F401 (the tests take them from here)
from server_process import DEMO_STORE, Server, lasting_server, wait_until_ready


@pytest.fixture
def start_server():
    """start_server(store, *options) -> a ready Server of this test alone; ended with the test."""
    servers = []

    def start(store=DEMO_STORE, *options):
        servers.append(Server(store, *options))
        return wait_until_ready(servers[-1].wait_until_listening())

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def server():
    """A server over the demo store."""
    with lasting_server(DEMO_STORE) as server:
        yield server


@pytest.fixture(scope="session")
def type_store(tmp_path_factory):
    """A store of small models, one an element type and some odd ones; see type_models.py."""
    return type_models.write_store(tmp_path_factory.mktemp("type-store"))


@pytest.fixture(scope="session")
def type_server(type_store):
    """A server over the models of type_models.py."""
    with lasting_server(type_store) as server:
        yield server


@pytest.fixture(scope="session")
def tandem():
    """The command line program; see program.py."""
    return program.tandem
