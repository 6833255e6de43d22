"""Hands the commits of the table's stream to sinks, in order and at least once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from roundtrip.errors import SinkFailed
from roundtrip.followers.commits import delivered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from roundtrip.followers.commits import Delivered


class Sink(Protocol):
    """Takes commits."""

    def deliver(self, commits: Sequence[Delivered]) -> None:
        """Take commits of one shard, in order; at least one.

        A damaged one must not fail: it would hold up all that come after it in the shard, for hours
        and in vain. The same commits may come again, and then all that follow them.

        Raises
        ------
        SinkFailed
            If it did not take all of them. Any other error counts as if it took none.
        """


class Follower:
    """The function that Lambda calls with the records of the table's stream.

    Parameters
    ----------
    sinks
        Those that must get every commit. The first commit that one of them did not take is
        delivered again to all sinks, with those after it.
    offered
        Those that get every commit but may lose some. They come first, because somebody is looking.
        What is delivered again is not offered again, as long as the process lives.
    report
        Logs an error, with fields that identify what it concerns.
    """

    def __init__(
        self,
        sinks: Sequence[Sink],
        *,
        offered: Sequence[Sink] = (),
        report: Callable[[Exception, Mapping[str, Any]], None],
    ) -> None:
        self._sinks = sinks
        self._offered = offered
        self._report = report
        self._told: frozenset[tuple[str, str]] = frozenset()

    def handle(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Deliver the records of an event, and return the first one that failed.

        Lambda then delivers it again, with all after it:
        https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
        """
        del context
        commits = list(delivered(event))
        failed: list[str] = []
        for one in commits:
            if one.error is not None:
                self._report(one.error, {"sequence_number": one.sequence_number})
        if commits:
            # While a sink fails, its commits come again within seconds, for hours.
            if fresh := [one for one in commits if _identity(one) not in self._told]:
                for sink in self._offered:
                    self._deliver(sink, fresh)
            self._told = frozenset(map(_identity, commits))
            failed += [
                number
                for sink in self._sinks
                if (number := self._deliver(sink, commits)) is not None
            ]
        if not failed:
            return {"batchItemFailures": []}
        # Their length differs, and the order within a shard is that of the numbers.
        return {"batchItemFailures": [{"itemIdentifier": min(failed, key=int)}]}

    def _deliver(self, sink: Sink, commits: Sequence[Delivered]) -> str | None:
        number = commits[0].sequence_number
        try:
            sink.deliver(commits)
        except SinkFailed as error:
            number = error.sequence_number
            self._report(error, {"sink": type(sink).__name__, "sequence_number": number})
        except Exception as error:  # noqa: BLE001 - what failed is delivered again
            self._report(error, {"sink": type(sink).__name__, "sequence_number": number})
        else:
            return None
        return number


def _identity(one: Delivered) -> tuple[str, str]:
    return one.sequence_number, one.commit.token
