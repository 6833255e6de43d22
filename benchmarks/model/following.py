"""What follows the commits of the coupled design on AWS: its bill, and when other clients know.

The table's stream calls the follower. For each commit it sends a message to the queue of the
listeners, and a poke with the events to each client that follows the stream. The bill is what this
adds to that of `benchmarks.model.cost`, and leaves out the same; also what listeners read and
dispatch, and cold starts, which at a steady rate are rare.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from benchmarks.model.assumptions import DEFAULTS, Assumptions
from benchmarks.model.cost import CLIENTS, MONTH_S, RATES_PER_S, Usage, by_service
from benchmarks.model.data import VALUES
from benchmarks.model.environments import MEMORY_GB, on_lambda
from benchmarks.model.footprint import footprint, poke_bytes
from benchmarks.model.lanes import POLLS_PER_S, Lanes, Poking, spread, waits_ms
from benchmarks.model.paths import Coupled, Dice
from benchmarks.model.steps import PUT_IN_HOP_MS, Floats

_GB: Final = 2**30


@dataclass(frozen=True, slots=True)
class Following:
    """What follows commits under a rate, with each action on another stream.

    All `clients` follow every stream, as each client of the streamed design gets every order. With
    none, nothing is pushed.
    """

    rate_per_s: float
    clients: int
    listeners: bool
    given: Assumptions = DEFAULTS

    def lanes(self) -> Lanes:
        """Return the lanes of the table's stream: one for each shard, in which order is kept."""
        steps, work_ms = self.given.steps, on_lambda(self.given.work.post_ms)
        handler = Poking(
            clients=self.clients,
            at_once=int(VALUES["fan_out_threads"]),
            # Without clients, this is the time of sending a batch to the queue.
            ask_ms=steps.get_item.mean_ms,
            post_ms=work_ms + steps.post.mean_ms,
            work_ms=work_ms,
        )
        units = footprint("coupled").write_units
        return spread(handler, 1, rate_per_s=self.rate_per_s, units=units, split=False)

    @property
    def keeps_up(self) -> bool:
        """Whether neither the stream nor the queue grows as long as the rate lasts."""
        busy = self.listeners * self.rate_per_s * self._listened_ms() / 1000
        return self.lanes().utilisation < 1 and busy < VALUES["listener_concurrency"]

    def parts(self, roll: Dice, size: int) -> dict[str, Floats]:
        """Draw `size` actions: the ms of each step until the first follower has the events.

        The answer to the sender is on its way meanwhile; it counts as if it came first.
        """
        steps, work = self.given.steps, np.full(size, on_lambda(self.given.work.post_ms))
        post = steps.post.sample(roll("post"), size)
        return {
            **Coupled(self.rate_per_s, self.given).parts(roll, size),
            "stream_hop": steps.stream_hop.sample(roll("first hop"), size) - PUT_IN_HOP_MS,
            "followers asked for, and wait": waits_ms(roll("commits"), self.lanes(), work + post),
            "work of the follower": work,
            "post": post,
        }

    def usage(self) -> Usage:
        """Return what the actions of a month use, without what is due anyway."""
        rate, lanes = self.rate_per_s, self.lanes()
        invocations, poked = lanes.invocations_per_s, rate * self.clients
        heard = rate * self.listeners
        sent = heard / min(VALUES["queue_batch"], lanes.batch)
        messages = math.ceil(poke_bytes() / VALUES["websocket_message_bytes"])
        busy_ms = invocations * math.ceil(lanes.handler.batch_ms(lanes.batch))
        by_second = {
            "stream-read": POLLS_PER_S * lanes.shards,
            "lambda-request": invocations + heard,
            "lambda-arm64": (busy_ms + heard * self._listened_ms()) / 1000 * MEMORY_GB,
            "log-gb": (invocations + heard) * VALUES["invocation_log_bytes"] / _GB,
            # Sent, received and deleted: the listeners take one message at a time.
            "queue-request": sent + 2 * heard,
            # The commit for the listeners, and the followers of its stream.
            "read-unit": heard + rate * (self.clients > 0),
            "websocket-message": poked * messages,
            "egress-gb": poked * poke_bytes() / _GB,
        }
        return {name: quantity * MONTH_S for name, quantity in by_second.items()}

    def fixed(self) -> Usage:
        """Return what is due for a month without actions."""
        pings = self.clients * MONTH_S / VALUES["ping_s"]
        polls = VALUES["queue_pollers"] * MONTH_S / VALUES["queue_poll_s"]
        steps, work = self.given.steps, self.given.work
        ping_ms = math.ceil(steps.post.mean_ms + on_lambda(work.post_ms))
        return {
            # Three of the follower; the listeners and push have one more each.
            "alarm": 3 + self.listeners + (self.clients > 0),
            "queue-request": polls * self.listeners,
            "websocket-minute": self.clients * MONTH_S / 60,
            "websocket-message": 2 * pings,
            "lambda-request": pings,
            "lambda-arm64": pings * ping_ms / 1000 * MEMORY_GB,
            "log-gb": pings * VALUES["invocation_log_bytes"] / _GB,
        }

    def _listened_ms(self) -> int:
        waits_ms = self.given.steps.get_item.mean_ms + VALUES["listener_wait_ms"]
        return math.ceil(waits_ms + on_lambda(self.given.work.coupled_ms))


class Addition(NamedTuple):
    """What one way to follow commits adds to a bill, in dollars by service.

    It is for a million actions at a rate, or for a month without any at the rate 0.
    """

    what: str
    clients: int
    rate_per_s: float
    services: Mapping[str, float]

    @property
    def total_usd(self) -> float:
        """All services together."""
        return sum(self.services.values())


def additions(given: Assumptions = DEFAULTS) -> Iterator[Addition]:
    """Yield what listeners alone and push alone add, at the rates at which they keep up."""
    for clients, rate in itertools.product((0, *CLIENTS), (0.0, *RATES_PER_S)):
        # A month needs a rate for its lanes, but no quantity of it.
        path = Following(rate or 1.0, clients, clients == 0, given)
        if path.keeps_up:
            fixed, used = path.fixed(), path.usage() if rate else {}
            both = {name: fixed.get(name, 0) + used.get(name, 0) for name in {**fixed, **used}}
            millions = rate * MONTH_S / 1_000_000 if rate else 1.0
            services = {name: usd / millions for name, usd in by_service(both).items()}
            yield Addition("push" if clients else "listeners", clients, rate, services)
