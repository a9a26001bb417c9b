"""Fixtures of the end-to-end tests: simulators, and a home for the program."""

import pytest

from support.program import Program, Simulators


@pytest.fixture(scope="session")
def simulators(tmp_path_factory):
    made = Simulators(tmp_path_factory.mktemp("simulators"))
    yield made
    for url in list(made.running):
        made.stop(url)


@pytest.fixture
def simulate(simulators):
    """Starts a simulator for one test: `simulate("--fault", ...)` gives its base URL."""
    urls = []

    def start(*args: str) -> str:
        urls.append(simulators.start("--batches", "60", *args))
        return urls[-1]

    yield start
    for url in urls:
        if url in simulators.running:
            simulators.stop(url)


@pytest.fixture(scope="session")
def still(simulators) -> str:
    """The base URL of a simulator in which time stands almost still, so nothing ends."""
    return simulators.start("--batches", "120", "--speed", "0.001")


@pytest.fixture
def program(tmp_path):
    home = tmp_path / "fresh"
    home.mkdir()
    made = Program(home)
    yield made
    made.close()
