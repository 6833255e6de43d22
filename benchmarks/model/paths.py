"""Both designs step by step, from the client's request to the client's answer.

The network between the client and the region is left out. A published stream hop includes the put
before it and the invocation after it; the put is a step of its own here, so `PUT_IN_HOP_MS` is
subtracted from the hop.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.random import Generator

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.data import Design
from benchmarks.model.environments import cold_share, needed, on_lambda
from benchmarks.model.footprint import TRANSACTION, footprint
from benchmarks.model.lanes import Lanes, Pushing, Reducing, Topology, spread, waits_ms
from benchmarks.model.steps import PUT_IN_HOP_MS, Floats

Dice: TypeAlias = Callable[[str], Generator]


@dataclass(frozen=True, slots=True)
class Stage:
    """A function that an action passes through.

    `busy_ms` is the mean time of an invocation, which Lambda charges; `environments` is the number
    that is enough 99.9% of the time.
    """

    name: str
    invocations_per_s: float
    busy_ms: float
    environments: int


def dice(seed: int) -> Dice:
    """Make a random generator for each part, so that a change to one leaves the others alone."""
    return lambda part: np.random.default_rng([seed, zlib.crc32(part.encode())])


@dataclass(frozen=True, slots=True)
class Coupled:
    """The coupled design under a rate, with each action on another stream."""

    design: ClassVar[Design] = "coupled"

    rate_per_s: float
    given: Assumptions

    def lanes(self) -> list[Lanes]:
        """Return an empty list: the design reads no stream."""
        return []

    def stages(self) -> list[Stage]:
        """Return its only function."""
        given = self.given
        waits_ms = given.steps.get_item.mean_ms + given.steps.transact.mean_ms
        busy_ms = waits_ms + on_lambda(given.work.coupled_ms)
        return [_requested("coupled", self.rate_per_s, busy_ms)]

    def parts(self, roll: Dice, size: int) -> dict[str, Floats]:
        """Draw `size` requests: the ms of each step, in order."""
        given, steps = self.given, self.given.steps
        return {
            "http_api": steps.http_api.sample(roll("gateway"), size),
            "invoke": steps.invoke.sample(roll("invoke"), size),
            "cold start": _cold(given, roll, self.stages()[0], size),
            "get_item": steps.get_item.sample(roll("get_item"), size),
            "work": np.full(size, on_lambda(given.work.coupled_ms)),
            "transact": steps.transact.sample(roll("transact"), size),
        }


@dataclass(frozen=True, slots=True)
class Streamed:
    """The streamed design under a rate, with each action on another order.

    All `clients` get every order; the client that waits is one of them.
    """

    design: ClassVar[Design] = "streamed"

    rate_per_s: float
    clients: int
    topology: Topology
    given: Assumptions

    def reduce_lanes(self) -> Lanes:
        """Return the lanes of the events' stream."""
        given = self.given
        work_ms = on_lambda(given.work.reduce_ms)
        order_ms = given.steps.get_item.mean_ms + work_ms + given.steps.transact.mean_ms
        return spread(
            Reducing(given.orders_at_once, order_ms, work_ms),
            self.topology.reduce_lanes,
            rate_per_s=self.rate_per_s,
            units=footprint("streamed").write_units - TRANSACTION,
            split=self.topology.split,
        )

    def push_lanes(self) -> Lanes:
        """Return the lanes of the orders' stream."""
        given, steps = self.given, self.given.steps
        work_ms = on_lambda(given.work.post_ms)
        return spread(
            Pushing(
                clients=self.clients,
                at_once=given.posts_at_once,
                list_ms=steps.get_item.mean_ms,
                post_ms=work_ms + steps.post.mean_ms,
                work_ms=work_ms,
            ),
            self.topology.push_lanes,
            rate_per_s=self.rate_per_s,
            # An order of up to 1 KB.
            units=TRANSACTION,
            split=self.topology.split,
        )

    def lanes(self) -> list[Lanes]:
        """Return the lanes of both streams: events, then orders."""
        return [self.reduce_lanes(), self.push_lanes()]

    def stages(self) -> list[Stage]:
        """Return ingest, reduce and push."""
        given = self.given
        ingest_ms = given.steps.put_item.mean_ms + on_lambda(given.work.ingest_ms)
        return [
            _requested("ingest", self.rate_per_s, ingest_ms),
            _triggered("reduce", self.reduce_lanes()),
            _triggered("push", self.push_lanes()),
        ]

    def parts(self, roll: Dice, size: int) -> dict[str, Floats]:
        """Draw `size` requests: the ms of each step, in order.

        Waits for lanes that do not keep up are infinite.
        """
        given, steps = self.given, self.given.steps
        ingest, reduce, push = self.stages()
        read = steps.get_item.sample(roll("get_item"), size)
        transact = steps.transact.sample(roll("transact"), size)
        reduce_work = np.full(size, on_lambda(given.work.reduce_ms))
        post_work = np.full(size, on_lambda(given.work.post_ms))
        post = steps.post.sample(roll("post"), size)
        hops = [
            steps.stream_hop.sample(roll(which), size) - PUT_IN_HOP_MS
            for which in ("first hop", "second hop")
        ]
        return {
            "websocket_api": steps.websocket_api.sample(roll("gateway"), size),
            "invoke": steps.invoke.sample(roll("invoke"), size),
            "cold start": _cold(given, roll, ingest, size),
            "work": np.full(size, on_lambda(given.work.ingest_ms)),
            "put_item": steps.put_item.sample(roll("put_item"), size),
            "stream_hop": hops[0],
            "cold start of the reducer": _cold(given, roll, reduce, size),
            "wait in the reducer": waits_ms(
                roll("events"), self.reduce_lanes(), read + reduce_work + transact
            ),
            "get_item": read,
            "work of the reducer": reduce_work,
            "transact": transact,
            "stream_hop to the push": hops[1],
            "cold start of the push": _cold(given, roll, push, size),
            "wait in the push": waits_ms(roll("orders"), self.push_lanes(), post_work + post),
            "work of the push": post_work,
            "post": post,
        }


def _cold(given: Assumptions, roll: Dice, stage: Stage, size: int) -> Floats:
    share = cold_share(stage.invocations_per_s, stage.environments)
    cold = roll(f"{stage.name} is cold").random(size) < share
    return cold * given.steps.restore.sample(roll(f"{stage.name} restore"), size)


def _requested(name: str, rate_per_s: float, busy_ms: float) -> Stage:
    return Stage(name, rate_per_s, busy_ms, needed(rate_per_s * busy_ms / 1000))


def _triggered(name: str, lanes: Lanes) -> Stage:
    busy_ms = lanes.handler.batch_ms(lanes.batch)
    return Stage(name, lanes.invocations_per_s, busy_ms, min(lanes.count, needed(lanes.busy)))
