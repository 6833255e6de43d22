"""Runs the cases against a target."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from roundtrip_devtools.environment import is_loopback
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.smoke.answer import CaseFailed
from roundtrip_devtools.smoke.api import Api
from roundtrip_devtools.smoke.cases import CASES, Face
from roundtrip_devtools.smoke.client import Unreachable
from roundtrip_devtools.smoke.contract import stores_of
from roundtrip_devtools.smoke.exploring import explore
from roundtrip_devtools.smoke.interruption import EXIT_CODE_BASE, Interrupted
from roundtrip_devtools.smoke.known import Known, NotAsked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from roundtrip_devtools.smoke.cases import Case
    from roundtrip_devtools.smoke.client import Client
    from roundtrip_devtools.smoke.contract import Store
    from roundtrip_devtools.smoke.interruption import Interruption

Outcome: TypeAlias = Literal["ok", "FAILED", "unable", "not asked"]

_NAME_WIDTH: Final = max(len(case.name) for case in CASES)
_OUTCOME_WIDTH: Final = len("not asked")
_STRANGE: Final = (LookupError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, kw_only=True)
class Target:
    """An API to run the cases against.

    Parameters
    ----------
    client : Client
        Sends its requests.
    origin : str, optional
        The origin of a page that may call it; None: whether any may is not asked.
    unable : Mapping, optional
        What it is known to be unable to do: the name of a case, and why. That case has to fail,
        so that a statement which is no longer true shows.
    only : tuple of str, optional
        The stores to run the cases for, also if their streams cannot be deleted. Without it: all,
        but away from this machine only those whose streams can be.
    known : dict
        What was found out about its stores.
    """

    client: Client
    origin: str | None = None
    unable: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    known: dict[str, Known | CaseFailed] = field(default_factory=dict)

    def stores(self) -> list[Store]:
        """Return the stores to run cases for, as the API's document has them.

        Raises
        ------
        CaseFailed
            There is no such document.
        SettingError
            It knows no store that was asked for.
        """
        answer = self.client.send("GET", "/openapi.json").expect(200)
        try:
            stores = stores_of(answer.document)
        except _STRANGE as error:
            raise answer.failure(f"Roundtrip's OpenAPI document ({error!r})") from error
        names = [store.name for store in stores]
        for name in self.only:
            if name not in names:
                expected = f"one of {', '.join(names) or 'no store at all'}"
                raise SettingError("--store", expected=expected, value=name)
        return [store for store in stores if not self.only or store.name in self.only]

    def may_leave(self, store: Store) -> bool:
        """Whether a stream that nothing ends may stay."""
        return store.name in self.only or is_loopback(self.client.url)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of a case.

    Parameters
    ----------
    case : Case
        The case.
    store : str
        The store that it is about, or none.
    outcome : str
        ``ok``, ``FAILED``, ``unable`` or ``not asked``.
    detail : str
        What it shows, or why not.
    unreachable : bool
        Whether it failed because there was no answer at all.
    """

    case: Case
    store: str = ""
    outcome: Outcome
    detail: str
    unreachable: bool = False

    @property
    def line(self) -> str:
        """The result for a person."""
        name = self.case.name.ljust(_NAME_WIDTH)
        about = f"{self.store}: " if self.store else ""
        return f"{self.outcome.ljust(_OUTCOME_WIDTH)}  {name}  {about}{self.detail}"


def attempt(
    case: Case,
    target: Target,
    store: Store | None = None,
    interruption: Interruption | None = None,
) -> Result:
    """Run a case, and delete what it made, whatever came of it.

    Parameters
    ----------
    case : Case
        The case.
    target : Target
        The API.
    store : Store, optional
        The store that it is about; what that accepts is found out first, once.
    interruption : Interruption, optional
        Ends the case, and not the deletion.

    Returns
    -------
    Result
        What came of it. A case also fails when something that it made could not be deleted.

    Raises
    ------
    CredentialsError
        A request cannot be signed.
    Interrupted
        A signal asked to stop; what was made is deleted.
    """
    if interruption is not None:
        interruption.require_none()
    outcome: Outcome
    unreachable = False
    try:
        known = _known(target, store, interruption) if store else None
        _finish(
            Api(
                target.client,
                known,
                origin=target.origin,
                may_leave=store is not None and target.may_leave(store),
                interruption=interruption,
            ),
            case.check,
        )
    except NotAsked as error:
        outcome, detail = "not asked", f"{error}."
    except CaseFailed as error:
        outcome, detail = "FAILED", str(error)
        unreachable = isinstance(error, Unreachable)
        if case.name in target.unable and not isinstance(error, _NotDeleted):
            outcome, detail = "unable", target.unable[case.name]
    else:
        outcome, detail = "ok", case.statement
        if case.name in target.unable:
            outcome = "FAILED"
            detail = f"is said to be unable ({target.unable[case.name]}), and yet is able."
    return Result(
        case=case,
        store=store.name if store else "",
        outcome=outcome,
        detail=detail,
        unreachable=unreachable,
    )


def run(target: Target, interruption: Interruption | None = None) -> Iterator[Result]:
    """Run all cases, one after the other: those of the API, then those of each store.

    Parameters
    ----------
    target : Target
        The API.
    interruption : Interruption, optional
        Ends them.

    Yields
    ------
    Result
        Of each case; those after one that got no answer at all are not run, nor those of a store
        after the first, which shows that it can be asked.

    Raises
    ------
    CaseFailed
        The API does not say which stores it has.
    CredentialsError
        A request cannot be signed.
    Interrupted
        A signal asked to stop; what was made is deleted.
    SettingError
        There is no store that was asked for.
    """
    for case in CASES:
        if case.face is Face.API:
            yield (result := attempt(case, target, None, interruption))
            if result.unreachable:
                return
    for store in target.stores():
        for case in filter(lambda one: one.applies_to(store), CASES):
            yield (result := attempt(case, target, store, interruption))
            if result.unreachable:
                return
            if not isinstance(target.known.get(store.name), Known):
                # As this one, so all the others.
                break


def report(target: Target, interruption: Interruption | None = None) -> int:
    """Run all cases and print a line for each.

    Parameters
    ----------
    target : Target
        The API.
    interruption : Interruption, optional
        Ends them.

    Returns
    -------
    int
        The exit code: 0, 1 if a case failed, or what a shell makes of the signal that ended them.

    Raises
    ------
    CredentialsError
        A request cannot be signed.
    SettingError
        There is no store that was asked for.
    """
    print(
        f"Cases at {target.client.url}, each on streams of its own, which it deletes where they "
        "can be; their history stays in the log.",
        flush=True,
    )
    results: list[Result] = []
    try:
        for result in run(target, interruption):
            print(result.line, flush=True)
            results.append(result)
    except Interrupted as interrupted:
        said = f"Interrupted after {len(results)} cases. {interrupted.left}"
        # The terminal may be gone.
        with contextlib.suppress(OSError):
            print(said.rstrip(), file=sys.stderr, flush=True)
        return EXIT_CODE_BASE + interrupted.number
    except CaseFailed as error:
        print(f"No store can be asked. {error}")
        return 1
    counts = {
        outcome: sum(result.outcome == outcome for result in results)
        for outcome in ("ok", "not asked", "FAILED")
    }
    if results[-1].unreachable:
        print("There was no answer; the other cases were not run.")
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + ".")
    return 1 if counts["FAILED"] else 0


class _NotDeleted(CaseFailed):
    """Something that a case made is still there."""


def _known(target: Target, store: Store, interruption: Interruption | None) -> Known:
    """Return what is known of a store, which is found out once."""
    may_leave = target.may_leave(store)
    if not (may_leave or store.collection or store.ends):
        raise NotAsked(
            "its document does not say that a stream can end, so what is made would stay; "
            f"--store {store.name} runs its cases nevertheless"
        )
    found = target.known.get(store.name)
    if found is None:
        known = Known(store=store)
        api = Api(target.client, known, may_leave=may_leave, interruption=interruption)
        try:
            _finish(api, explore)
        except CaseFailed as error:
            found = error
        else:
            found = known
        target.known[store.name] = found
    if isinstance(found, CaseFailed):
        raise found
    return found


def _finish(api: Api, check: Callable[[Api], None]) -> None:
    """Do something, and delete what it made, whatever came of it."""
    failure: CaseFailed | NotAsked | None = None
    try:
        check(api)
    except (CaseFailed, NotAsked) as error:
        failure = error
    except _STRANGE as error:
        # A body of another form than any case expects.
        failure = CaseFailed(f"an answer is of an unknown form ({type(error).__name__}: {error})")
    except BaseException as error:
        remains = _remains(api)
        if isinstance(error, Interrupted):
            error.left = remains
        raise
    if remains := _remains(api):
        kind = Unreachable if isinstance(failure, Unreachable) else _NotDeleted
        raise kind(f"{failure or ''} {remains}".strip())
    if failure:
        raise failure


def _remains(api: Api) -> str:
    try:
        api.clean_up()
    except (CaseFailed, *_STRANGE) as error:
        return f"Not deleted: {api.left}. {error}"
    return ""
