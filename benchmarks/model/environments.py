"""Lambda's execution environments: their processor, how many are needed, how often one is new."""

from __future__ import annotations

import math
from typing import Final

MEMORY_GB: Final = 1.0
"""Of every function of both designs, as in template.yaml."""

VCPU: Final = 1024 / 1769
"""The share of a processor that this memory buys.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""

LONGEST_LIFE_S: Final = 2 * 60 * 60
"""Lambda ends an environment after "every few hours", however busy it is; two is an assumption.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""

IDLE_LIFE_S: Final = 10 * 60
"""How long an unused environment is kept: undocumented, an assumption."""

_TAIL: Final = 3.09
"""The 99.9% quantile of the normal distribution."""


def cold_share(invocations_per_s: float, environments: float) -> float:
    """Give the share of invocations that meet a new environment, under a steady rate.

    An environment is new when the gap before it outlasted an idle one, or because an old one had
    come to its end. Bursts, which start more of them, are left out: AWS sees less than 1% cold
    starts in production.
    https://docs.aws.amazon.com/lambda/latest/operatorguide/execution-environments.html

    Parameters
    ----------
    invocations_per_s
        Arriving at random (Poisson); more than 0.
    environments
        How many share the invocations.
    """
    after_a_gap = math.exp(-invocations_per_s * IDLE_LIFE_S)
    replaced = min(1.0, max(1.0, environments) / (invocations_per_s * LONGEST_LIFE_S))
    return after_a_gap + (1 - after_a_gap) * replaced


def needed(busy: float) -> int:
    """Give how many environments are enough 99.9% of the time, when arrivals are random.

    The number at work is Poisson distributed then, here by its normal approximation.

    Parameters
    ----------
    busy
        Environments at work, on average.
    """
    return math.ceil(busy + _TAIL * math.sqrt(busy))
