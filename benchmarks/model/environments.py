"""Lambda's execution environments: their processor, the number needed, and cold starts."""

import math
from typing import Final

from benchmarks.model.data import VALUES

MEMORY_GB: Final = VALUES["function_memory_gb"]
VCPU: Final = 1024 * MEMORY_GB / VALUES["memory_mb_per_vcpu"]
"""Share of a processor that a function has."""
LONGEST_LIFE_S: Final = VALUES["longest_environment_life_s"]
IDLE_LIFE_S: Final = VALUES["idle_environment_life_s"]

_TAIL: Final = 3.09
"""The 99.9% quantile of the normal distribution."""


def cold_share(invocations_per_s: float, environments: float) -> float:
    """Return the share of invocations that get a new environment, under a steady rate.

    An environment is new when the gap before it was longer than an idle one lives, or when it
    replaces one that reached the end of its life. Bursts, which start more, are left out: AWS sees
    less than 1% cold starts in production. Arrivals are random (Poisson).
    https://docs.aws.amazon.com/lambda/latest/operatorguide/execution-environments.html
    """
    after_a_gap = math.exp(-invocations_per_s * IDLE_LIFE_S)
    replaced = min(1.0, max(1.0, environments) / (invocations_per_s * LONGEST_LIFE_S))
    return after_a_gap + (1 - after_a_gap) * replaced


def needed(busy: float) -> int:
    """Return how many environments are enough 99.9% of the time under random arrivals.

    The number of busy environments, `busy` on average, is Poisson distributed; this uses the normal
    approximation.
    """
    return math.ceil(busy + _TAIL * math.sqrt(busy))


def on_lambda(cpu_ms: float) -> float:
    """Return the time that CPU work takes on a function's share of a processor.

    The model assumes that the measured core and Lambda's are equally fast.
    """
    return cpu_ms / VCPU
