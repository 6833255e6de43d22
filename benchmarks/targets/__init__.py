"""What is measured, each behind one interface."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeAlias
from urllib.parse import urlsplit

from benchmarks.orders import ORDER, quantity_changed

Operation: TypeAlias = Literal["create", "update", "read"]
OPERATIONS: Final[tuple[Operation, ...]] = ("create", "update", "read")
WRITES: Final = OPERATIONS[:2]

_LOOPBACK: Final = ("127.0.0.1", "localhost")
_SCHEMES: Final = {"https": "http", "wss": "ws"}


class UnexpectedAnswer(Exception):
    """A target gave the wrong answer: what was timed was not the operation."""

    def __init__(self, target: str, operation: str, expected: str, received: object) -> None:
        super().__init__(target, operation, expected, received)

    def __str__(self) -> str:
        target, operation, expected, received = self.args
        return f"{target}, {operation}: expected {expected}; received {received!r}."


@dataclass(frozen=True)
class Call:
    """One request; sending it is timed, checking the answer (`UnexpectedAnswer`) is not."""

    send: Callable[[], Any]
    check: Callable[[Any], None]


class Target(Protocol):
    """Something that creates, updates and reads orders."""

    @property
    def name(self) -> str:
        """The target in the samples."""

    def prepare(self, operation: Operation, number: int) -> Call:
        """Prepare a request; whatever it needs first, such as an order, is done here.

        An update dispatches `benchmarks.orders.quantity_changed` of the number.
        """


@dataclass
class ExpectedOrder:
    """An order of `benchmarks.orders.ORDER` as it should be by now: its first line is updated."""

    id: str = ""
    version: int = 1
    quantity: int = ORDER["lines"][0]["quantity"]

    def update(self, action: Mapping[str, Any]) -> None:
        """Expect the change of `benchmarks.orders.quantity_changed`."""
        self.version += 1
        self.quantity = action["payload"]["quantity"]

    def check(self, target: str, operation: Operation, answer: Any) -> None:
        """Raise `UnexpectedAnswer` unless a document has this order, in ``state`` or itself."""
        match answer.get("state", answer):
            case {"status": "draft", "lines": [{"quantity": self.quantity}, *_]} if (
                answer.get("version") == self.version
            ):
                return
        raise UnexpectedAnswer(
            target,
            operation,
            expected=f"a draft at version {self.version}, quantity {self.quantity} in line one",
            received=answer,
        )


class Remote(Protocol):
    """A target with a connection that stays open; it updates and reads the order it made last."""

    _newest: ExpectedOrder | None = None

    def prepare(self, operation: Operation, number: int) -> Call:
        """Prepare a request and, if needed, connect; see `Target`."""
        if operation == "create":
            return self._create()
        if self._newest is None:
            call = self._create()
            call.check(call.send())
            return self.prepare(operation, number)
        if operation == "update":
            return self._update(self._newest, quantity_changed(number))
        return self._read(self._newest)

    def _create(self) -> Call: ...

    def _update(self, order: ExpectedOrder, action: Mapping[str, Any]) -> Call: ...

    def _read(self, order: ExpectedOrder) -> Call: ...


class AddressRefused(Exception):
    """A URL cannot be that of a target."""


class Unreachable(Exception):
    """A target did not answer: it does not exist, is not trusted, or ended the connection."""

    def __init__(self, url: str, reason: object) -> None:
        super().__init__(f"{url} cannot be reached: {reason}.")


def checked_url(setting: str, text: str, *, secure: str) -> str:
    """Return the URL of a target, without a slash at the end.

    Without TLS (``http``, ``ws``) nothing leaves this machine: no token, and no load. The secure
    scheme is ``https`` or ``wss``; errors name the setting, such as ``--url``.
    """
    plain = _SCHEMES[secure]
    with contextlib.suppress(ValueError):
        url = urlsplit(text)
        # A port is refused, if it is no number, only when it is read.
        there = url.hostname and url.port != 0
        allowed = url.scheme == secure or (url.scheme == plain and url.hostname in _LOOPBACK)
        strange = url.query or url.fragment or "@" in text or any(map(str.isspace, text))
        if there and allowed and not strange:
            return text.rstrip("/")
    raise AddressRefused(
        f"{setting} must be {secure}://HOST[/STAGE], or {plain}://127.0.0.1:PORT on this machine, "
        f"not {text!r}."
    )
