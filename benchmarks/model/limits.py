"""What AWS documents as the limits of both designs, and the rate at which each is met.

A limit of one order is met by a single hot order, however little the rest of the service does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.footprint import DESIGNS
from benchmarks.model.limit import Limit
from benchmarks.model.limits_services import of_functions, of_sizes, of_the_api
from benchmarks.model.limits_tables import of_one_order, of_streams, of_tables

if TYPE_CHECKING:
    from benchmarks.model.footprint import Design

__all__ = ["Limit", "exceeded", "limits"]


def limits(clients: int = 1, given: Assumptions | None = None) -> list[Limit]:
    """Give the limits of both designs.

    Parameters
    ----------
    clients
        Connections that the streamed design pushes each new state to.
    given
        What is supposed; the defaults when it is left out.
    """
    supposed = given or Assumptions()
    return [
        one
        for design in DESIGNS
        for one in (
            *of_one_order(design, supposed),
            *of_tables(design, clients, supposed),
            *of_streams(design, clients, supposed),
            *of_functions(design, clients, supposed),
            *of_the_api(design, clients),
            *of_sizes(design),
        )
    ]


def exceeded(
    design: Design, rate_per_s: float, clients: int, given: Assumptions
) -> tuple[str, ...]:
    """Name the default quotas that a rate of the whole service is beyond.

    Parameters
    ----------
    design
        Whose.
    rate_per_s
        Actions a second.
    clients, given
        As in `limits`.
    """
    return tuple(
        one.name
        for one in limits(clients, given)
        if one.design == design
        and one.scope == "all orders"
        and one.raisable
        and one.actions_per_s is not None
        and rate_per_s > one.actions_per_s
    )
