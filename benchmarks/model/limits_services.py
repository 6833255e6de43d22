"""Limits of Lambda and API Gateway, and of sizes and times all over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.model.lanes import PLAIN
from benchmarks.model.limit import DOCS, Limit
from benchmarks.model.paths import Coupled, Streamed

if TYPE_CHECKING:
    from benchmarks.model.assumptions import Assumptions
    from benchmarks.model.footprint import Design
    from benchmarks.model.limit import Scope

API_REQUESTS_PER_S: Final = 10_000
CONCURRENCY: Final = 1000
ENVIRONMENTS_PER_10_S: Final = 1000
CONNECTIONS_PER_S: Final = 500

_GATEWAY: Final = DOCS + "apigateway/latest/developerguide/"
_LAMBDA: Final = DOCS + "lambda/latest/dg/"
_TABLE_QUOTA_URL: Final = DOCS + "amazondynamodb/latest/developerguide/ServiceQuotas.html"
_WEBSOCKET_URL: Final = _GATEWAY + "apigateway-execution-service-websocket-limits-table.html"

_ASK: Final = "Ask AWS for a higher quota."


def of_functions(design: Design, clients: int, given: Assumptions) -> list[Limit]:
    """Give the limits of Lambda's environments; see `limits`."""
    path = Coupled(1.0, given) if design == "coupled" else Streamed(1.0, clients, PLAIN, given)
    stages = path.stages()
    busy_ms = sum(stage.invocations_per_s * stage.busy_ms for stage in stages)
    growth = ENVIRONMENTS_PER_10_S * 1000 / stages[0].busy_ms
    return [
        Limit(
            "environments of an account",
            design,
            "all orders",
            CONCURRENCY,
            "environments",
            CONCURRENCY * 1000 / busy_ms,
            raisable=True,
            remedy=_ASK,
            url=_LAMBDA + "gettingstarted-limits.html",
            note=f"An action keeps environments busy for {busy_ms:.0f} ms.",
        ),
        Limit(
            "new environments of a function",
            design,
            "time",
            ENVIRONMENTS_PER_10_S,
            "environments/10 s",
            None,
            raisable=False,
            remedy="Grow slowly. Provisioned concurrency would need SnapStart to be given up.",
            url=_LAMBDA + "scaling-behavior.html",
            note=f"The function that takes requests can grow by {growth:,.0f} actions/s in 10 s.",
        ),
    ]


def of_the_api(design: Design, clients: int) -> list[Limit]:
    """Give the limits of API Gateway; see `limits`."""
    messages = 1 if design == "coupled" else 1 + clients
    found = [
        Limit(
            "requests to APIs",
            design,
            "all orders",
            API_REQUESTS_PER_S,
            "requests/s",
            API_REQUESTS_PER_S / messages,
            raisable=True,
            remedy=_ASK,
            url=_GATEWAY + "limits.html",
            note="HTTP APIs, WebSocket APIs and PostToConnection share it; an action takes "
            f"{messages}. Both templates set a throttle of 100/s of their own.",
        )
    ]
    if design == "streamed":
        found.append(
            Limit(
                "new connections",
                design,
                "clients",
                CONNECTIONS_PER_S,
                "connections/s",
                None,
                raisable=True,
                remedy=_ASK,
                url=_WEBSOCKET_URL,
                note="All clients come back at once after a break.",
            )
        )
    return found


def of_sizes(design: Design) -> list[Limit]:
    """Give the limits of sizes and times that no rate meets; see `limits`."""
    chunk = "Split the state into more streams."
    shared = [
        ("an item", 400, "KB", chunk, _TABLE_QUOTA_URL),
        ("items of a transaction", 100, "items", "Send fewer actions together.", _TABLE_QUOTA_URL),
        ("a payload of Lambda", 6, "MB", chunk, _LAMBDA + "gettingstarted-limits.html"),
    ]
    own = {
        "coupled": [
            ("a request or answer", 10, "MB", chunk, _GATEWAY + "http-api-quotas.html"),
        ],
        "streamed": [
            ("a message", 128, "KB", "Push a hint, and let clients get the state.", _WEBSOCKET_URL),
            ("a frame", 32, "KB", "The service splits longer messages.", _WEBSOCKET_URL),
        ],
    }[design]
    times = {
        "coupled": [
            ("an answer", 30, "s", "None is needed.", _GATEWAY + "http-api-quotas.html"),
        ],
        "streamed": [
            (
                "a connection",
                2,
                "hours",
                "Clients connect again, and get the state.",
                _WEBSOCKET_URL,
            ),
            ("an idle connection", 10, "minutes", "Clients send a heartbeat.", _WEBSOCKET_URL),
        ],
    }[design]
    scoped: tuple[tuple[Scope, list[tuple[str, int, str, str, str]]], ...] = (
        ("size", [*shared, *own]),
        ("time", times),
    )
    return [
        Limit(name, design, scope, value, unit, None, raisable=False, remedy=remedy, url=url)
        for scope, rows in scoped
        for name, value, unit, remedy, url in rows
    ]
