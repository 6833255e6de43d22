from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.engines_fixtures import dynamodb_local_endpoint, ministack_endpoint

__all__ = ["dynamodb_local_endpoint", "ministack_endpoint"]

# Machines are noisy: an example may take as long as it needs, and CI tries the same ones each time.
# make mutate runs the tests several times in one process, each time on a new object of their class.
settings.register_profile(
    "default",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
