"""Journeys need a screen: skipped loudly where there is none, and a failure where all checks have to run."""

import os

import pytest

from tests.flow.desk import Desk, missing


@pytest.fixture(scope="session")
def desk():
    lacking = missing()
    if lacking:
        reason = f"no journey in a real window: {', '.join(lacking)} not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    desk = Desk()
    yield desk
    desk.close()
