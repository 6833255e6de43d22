"""Small logs, and what the recipes should answer about them, in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

import duckdb

from roundtrip.engine.messages import LISTENER
from roundtrip_devtools.analysis.views import ACTIONS, REFUSED, VIEWS_SQL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_SESSION_MS = 30 * 60 * 1000
_DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, kw_only=True)
class Logged:
    """What an action and a refusal have in common; `at` is in milliseconds since `BEGIN`."""

    store: str = "carts"
    id: str
    actor: str | None = None
    at: int = 0

    @property
    def stream(self) -> str:
        return f"n/{self.store}/{self.id}"

    @property
    def person(self) -> str | None:
        return None if self.by_listener else self.actor or self.stream

    @property
    def by_listener(self) -> bool:
        return self.actor is not None and self.actor.startswith(LISTENER)

    def subject(self, by: str) -> str | None:
        if by == "stream":
            return self.stream
        return None if self.by_listener else self.actor

    @property
    def when(self) -> datetime:
        return BEGIN + timedelta(milliseconds=self.at)


@dataclass(frozen=True, kw_only=True)
class Done(Logged):
    """An action of a log."""

    version: int
    type: str


@dataclass(frozen=True, kw_only=True)
class Refusal(Logged):
    """A refused action of a log."""

    type: str | None
    code: str
    request: str
    position: int


def log_of(done: Iterable[Done], refused: Iterable[Refusal] = ()) -> duckdb.DuckDBPyConnection:
    """Return a log in which each row is twice, as it is after a second delivery."""
    log = duckdb.connect(config={"threads": 1})
    rows: dict[str, list[tuple[Any, ...]]] = {
        "raw_actions": [
            (
                "n",
                one.store,
                one.id,
                one.version,
                one.type,
                None,
                one.actor,
                one.when.replace(tzinfo=None),
                "{}",
                None,
                "token",
            )
            for one in done
        ],
        "raw_refused": [
            (
                "n",
                one.store,
                one.id,
                one.type,
                one.code,
                one.actor,
                one.when.replace(tzinfo=None),
                one.request,
                one.position,
            )
            for one in refused
        ],
    }
    for table, columns in {"raw_actions": ACTIONS, "raw_refused": REFUSED}.items():
        log.execute(f"CREATE TABLE {table} ({', '.join(map(' '.join, columns.items()))})")
        if rows[table]:
            twice = rows[table] * 2
            row = f"({', '.join('?' * len(columns))})"
            values = [value for row in twice for value in row]
            log.execute(f"INSERT INTO {table} VALUES {', '.join([row] * len(twice))}", values)  # noqa: S608
    log.execute(VIEWS_SQL)
    return log


def by_subject(done: Iterable[Done], by: str) -> list[list[Done]]:
    """Return what each subject did, in order."""
    found = defaultdict(list)
    for one in done:
        if (subject := one.subject(by)) is not None:
            found[subject].append(one)
    return [sorted(each, key=lambda one: place(one, by)) for each in found.values()]


def place(one: Done, by: str) -> tuple[int, int]:
    return (0 if by == "stream" else one.at, one.version)


def reached(mine: Sequence[Done], steps: Sequence[str], by: str) -> list[Done]:
    """Return the first action of each step after the one before, as far as it goes."""
    found: list[Done] = []
    for step in steps:
        after = [
            one
            for one in mine
            if one.type == step and (not found or place(one, by) > place(found[-1], by))
        ]
        if not after:
            break
        found.append(after[0])
    return found


def funnel(done: Sequence[Done], steps: Sequence[str], by: str) -> list[tuple[Any, ...]]:
    deep = [len(reached(mine, steps, by)) for mine in by_subject(done, by)]
    counts = [sum(depth > step for depth in deep) for step in range(len(steps))]
    return [
        (
            step + 1,
            steps[step],
            counts[step],
            counts[step] / counts[0] if counts[0] else 0,
            counts[step] / counts[max(0, step - 1)] if counts[max(0, step - 1)] else 0,
        )
        for step in range(len(steps))
    ]


def between(done: Sequence[Done], start: str, end: str, by: str) -> dict[str, int]:
    limits = {
        "under 1 second": 1000,
        "under 10 seconds": 10_000,
        "under 1 minute": 60_000,
        "under 10 minutes": 600_000,
        "under 1 hour": 3_600_000,
        "under 1 day": _DAY_MS,
        "under 7 days": 7 * _DAY_MS,
    }
    counts = Counter[str]()
    for mine in by_subject(done, by):
        match reached(mine, [start, end], by):
            case [first, second]:
                took = second.at - first.at
                counts[next((name for name, most in limits.items() if took < most), "more")] += 1
            case [_]:
                counts["not yet"] += 1
    names = [*limits, "more", "not yet"]
    return {"7 days or more" if name == "more" else name: counts[name] for name in names}


def period_of(when: datetime, period: str) -> date:
    day = when.date()
    match period:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
    return day


def later(first: date, second: date, period: str) -> int:
    if period == "month":
        return (second.year - first.year) * 12 + second.month - first.month
    return (second - first).days // (7 if period == "week" else 1)


def active_periods(done: Sequence[Done], period: str) -> dict[str, set[date]]:
    """Return the periods in which each person did something."""
    active = defaultdict(set)
    for one in done:
        if one.person is not None:
            active[one.person].add(period_of(one.when, period))
    return active


def retention(done: Sequence[Done], period: str) -> list[tuple[date, int, int, float]]:
    active = active_periods(done, period)
    counts = Counter(
        (min(mine), later(min(mine), each, period)) for mine in active.values() for each in mine
    )
    return [
        (cohort, after, counts[cohort, after], counts[cohort, after] / counts[cohort, 0])
        for cohort, after in sorted(counts)
    ]


def actors(done: Sequence[Done], period: str) -> list[tuple[date, int, int, int]]:
    active = active_periods(done, period)
    actions = Counter(period_of(one.when, period) for one in done if one.person is not None)
    return [
        (
            each,
            sum(min(mine) == each for mine in active.values()),
            sum(each in mine and min(mine) < each for mine in active.values()),
            actions[each],
        )
        for each in sorted(actions)
    ]


def paths(done: Sequence[Done], length: int) -> Counter[str]:
    found = Counter[str]()
    for mine in _by_person(done):
        session: list[Done] = []
        sessions = [session]
        for one in mine:
            if session and one.at - session[-1].at > _SESSION_MS:
                session = []
                sessions.append(session)
            session.append(one)
        for each in sessions:
            steps = [kind for kind, _ in groupby(one.type for one in each)]
            found[" → ".join(steps[:length])] += 1
    return found


def _by_person(done: Sequence[Done]) -> list[list[Done]]:
    found = defaultdict(list)
    for one in sorted(done, key=lambda one: (one.at, one.store, one.id, one.version)):
        if one.person is not None:
            found[one.person].append(one)
    return [*found.values()]


def refusals(
    done: Sequence[Done], refused: Sequence[Refusal]
) -> set[tuple[str, str | None, int, int, float]]:
    applied, attempts = Counter(one.type for one in done), Counter(one.type for one in refused)
    counts = Counter((one.code, one.type) for one in refused)
    return {
        (
            code,
            kind,
            number,
            len(
                {
                    one.person
                    for one in refused
                    if (one.code, one.type) == (code, kind) and one.person is not None
                }
            ),
            number / (attempts[kind] + (applied[kind] if kind else 0)),
        )
        for (code, kind), number in counts.items()
    }


def gave_up(
    done: Sequence[Done],
    refused: Sequence[Refusal],
    *,
    goal: str,
    idle_days: int,
    length: int,
    by: str,
) -> Counter[str]:
    events = defaultdict(list)
    everything: list[Done | Refusal] = [*done, *refused]
    for one in everything:
        if (subject := one.subject(by)) is None:
            continue
        if isinstance(one, Refusal):
            order, step = (one.at, 9999999999, one.request, one.position), f"refused: {one.code}"
        else:
            order, step = (one.at, one.version, "", 0), one.type
        events[subject].append((order, step, step == goal))
    newest = max((one.at for one in everything), default=0)
    found = Counter[str]()
    for mine in events.values():
        last = max(order[0] for order, _, _ in mine)
        if any(is_goal for *_, is_goal in mine) or newest - last < idle_days * _DAY_MS:
            continue
        by_name = sorted(mine, key=lambda event: event[1])
        newest_first = sorted(by_name, key=lambda event: event[0], reverse=True)
        found[" → ".join(step for _, step, _ in reversed(newest_first[:length]))] += 1
    return found
