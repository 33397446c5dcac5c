"""What all tests share: the option that rewrites expectations, and the profile of fuzzing."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "project", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record",
        action="store_true",
        default=False,
        help="rewrite the expected effects and states of the conformance folders",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--record") and os.environ.get("CI"):
        raise pytest.UsageError("--record rewrites expectations: not where CI is set")
