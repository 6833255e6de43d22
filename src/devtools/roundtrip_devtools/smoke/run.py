"""Runs the cases against an API."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from roundtrip_devtools.environment import is_loopback
from roundtrip_devtools.errors import DevtoolsError, SettingError
from roundtrip_devtools.smoke.api import Api
from roundtrip_devtools.smoke.cases import CASES
from roundtrip_devtools.smoke.client import CaseFailed, Unreachable
from roundtrip_devtools.smoke.contract import Known, NotAsked, stores_of
from roundtrip_devtools.smoke.exploring import explore
from roundtrip_devtools.smoke.interruption import Interrupted, Interruption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roundtrip_devtools.smoke.case import Case
    from roundtrip_devtools.smoke.client import Client
    from roundtrip_devtools.smoke.contract import Store

# What a shell adds to the number of the signal that ended a program.
_SIGNAL_EXIT: Final = 128
_NAME_WIDTH: Final = max(len(case.name) for case in CASES)


@dataclass(frozen=True, kw_only=True)
class Target:
    """An API to run the cases against."""

    client: Client
    # The origin of a page that may call the API; without it CORS is not tested.
    origin: str | None = None
    # The stores to test, even if their streams cannot be deleted. Empty: all, but away from this
    # machine only those whose streams can be.
    only: tuple[str, ...] = ()
    interruption: Interruption = field(default_factory=Interruption)
    # What was found out about each store, or why nothing could be.
    known: dict[str, Known | CaseFailed] = field(default_factory=dict)

    def stores(self) -> list[Store]:
        """Return the stores to test; `CaseFailed` without a document, `SettingError` by `only`."""
        answer = self.client.send("GET", "/openapi.json")
        try:
            stores = stores_of(answer.expect(200).document)
        # A document of another form can fail in any way.
        except Exception as error:
            # The answer may be a page of HTML.
            why = f"status {answer.status}" if isinstance(error, CaseFailed) else repr(error)
            raise CaseFailed(
                f"GET /openapi.json does not answer Roundtrip's OpenAPI document ({why})."
            ) from error
        names = [store.name for store in stores]
        for name in self.only:
            if name not in names:
                expected = f"one of {', '.join(names) or 'no store at all'}"
                raise SettingError("--store", expected=expected, value=name)
        return [store for store in stores if not self.only or store.name in self.only]

    def run(self, check: Callable[[Api], None], store: Store | None) -> None:
        """Run the check of a case on what is known of a store, exploring it first if needed."""
        may_leave = store is not None and (store.name in self.only or is_loopback(self.client.url))
        if store is None:
            known = None
        elif not (may_leave or store.collection or store.ends):
            raise NotAsked(
                "its document does not say that a stream can end, so the streams of the cases "
                f"would remain; --store {store.name} runs them nevertheless"
            )
        elif store.name not in self.known:
            known = Known(store=store)
            try:
                _run_and_clean_up(self._api(known, may_leave=may_leave), explore)
            except CaseFailed as error:
                self.known[store.name] = error
                raise
            self.known[store.name] = known
        elif isinstance(found := self.known[store.name], CaseFailed):
            raise found
        else:
            known = found
        _run_and_clean_up(self._api(known, may_leave=may_leave), check)

    def _api(self, known: Known | None, *, may_leave: bool) -> Api:
        return Api(self.client, known, self.origin, may_leave, self.interruption)


class Result(NamedTuple):
    """The result of a case; `unreachable` if the API did not answer at all."""

    case: Case
    store: str
    outcome: Literal["ok", "not asked", "FAILED"]
    detail: str
    unreachable: bool = False

    @property
    def line(self) -> str:
        """The result for a person."""
        about = f"{self.store}: " if self.store else ""
        return f"{self.outcome:9}  {self.case.name:{_NAME_WIDTH}}  {about}{self.detail}"


def attempt(case: Case, target: Target, store: Store | None = None) -> Result:
    """Run a case and delete what it made; a case also fails if that cannot be deleted.

    Raises `Interrupted`, after the deletion, and `CredentialsError` if a request cannot be signed.
    """
    target.interruption.check()
    about = store.name if store else ""
    try:
        target.run(case.check, store)
    except NotAsked as error:
        return Result(case, about, "not asked", f"{error}.")
    except CaseFailed as error:
        return Result(case, about, "FAILED", str(error), isinstance(error, Unreachable))
    return Result(case, about, "ok", case.statement)


def _run_and_clean_up(api: Api, check: Callable[[Api], None]) -> None:
    failure = _failure(lambda: check(api))
    if (error := _failure(api.clean_up)) is not None:
        remains = f"Not deleted: {api.left}. {error}"
        if isinstance(failure, Interrupted):
            failure.left = remains
        elif failure is None or isinstance(failure, (CaseFailed, NotAsked)):
            kind = Unreachable if isinstance(failure, Unreachable) else CaseFailed
            failure = kind(f"{failure or ''} {remains}".strip())
    if failure:
        raise failure


def _failure(work: Callable[[], None]) -> BaseException | None:
    try:
        work()
    except (CaseFailed, NotAsked, DevtoolsError, Interrupted, KeyboardInterrupt) as error:
        return error
    except Exception as error:  # noqa: BLE001 - one case must not end the run
        # Usually a body or a schema of a form that no case expects.
        return CaseFailed(f"an answer has an unknown form ({type(error).__name__}: {error})")
    return None


def run(target: Target) -> Iterator[Result]:
    """Run the cases of the API and then those of each store; raises like `attempt` and `stores`.

    The run ends when the API does not answer. A store that cannot be explored is given up after its
    first case.
    """
    stores: list[Store] = []
    unusable: CaseFailed | None = None
    try:
        # First, so that a wrong name is refused before a case makes anything.
        stores = target.stores()
    except CaseFailed as error:
        unusable = error
    for case in CASES:
        if case.subject == "API":
            yield (result := attempt(case, target))
            if result.unreachable:
                return
    if unusable:
        raise unusable
    for store in stores:
        for case in filter(lambda one: one.applies_to(store), CASES):
            yield (result := attempt(case, target, store))
            if result.unreachable:
                return
            if not isinstance(target.known.get(store.name), Known):
                break


def report(target: Target) -> int:
    """Run all cases, print a line for each, and return the exit code.

    It is 0, 1 if a case failed, or 128 plus the number of the signal that ended the run. Raises
    like `attempt` and `Target.stores`.
    """
    print(
        f"Testing {target.client.url} on new streams, which are deleted where possible; their "
        "history stays in the log.",
        flush=True,
    )
    results: list[Result] = []
    unusable = False
    try:
        for result in run(target):
            print(result.line, flush=True)
            results.append(result)
    except Interrupted as interrupted:
        # The terminal may be closed.
        with contextlib.suppress(OSError):
            said = f"Interrupted after {len(results)} cases. {interrupted.left}".rstrip()
            print(said, file=sys.stderr, flush=True)
        return _SIGNAL_EXIT + interrupted.number
    except CaseFailed as error:
        print(f"No store can be tested: {error}")
        unusable = True
    outcomes = [result.outcome for result in results]
    if results and results[-1].unreachable:
        print("The API did not answer; the other cases were not run.")
    print(", ".join(f"{outcomes.count(one)} {one}" for one in ("ok", "not asked", "FAILED")) + ".")
    found = {one.store: target.known.get(one.store) for one in results if one.store}
    opened = {store: known.opened_by for store, known in found.items() if isinstance(known, Known)}
    for why, stores in (
        ("no action opened a stream", [one for one, opening in opened.items() if not opening]),
        ("their streams would remain", [one for one, known in found.items() if known is None]),
    ):
        if stores:
            print(f"Not tested, because {why}: {', '.join(stores)}.")
    return 1 if "FAILED" in outcomes or unusable else 0
