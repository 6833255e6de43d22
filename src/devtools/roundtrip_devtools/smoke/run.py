"""Runs the cases against a target."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from roundtrip_devtools.smoke.answer import CaseFailed
from roundtrip_devtools.smoke.api import Api
from roundtrip_devtools.smoke.cases import CASES, CORS
from roundtrip_devtools.smoke.client import Unreachable
from roundtrip_devtools.smoke.interruption import EXIT_CODE_BASE, Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from roundtrip_devtools.smoke.cases import Case
    from roundtrip_devtools.smoke.client import Client
    from roundtrip_devtools.smoke.interruption import Interruption

Outcome: TypeAlias = Literal["ok", "FAILED", "unable", "not asked"]

_NAME_WIDTH: Final = max(len(case.name) for case in CASES)
_OUTCOME_WIDTH: Final = len("not asked")


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
    """

    client: Client
    origin: str | None = None
    unable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of a case.

    Parameters
    ----------
    case : Case
        The case.
    outcome : str
        ``ok``, ``FAILED``, ``unable`` or ``not asked``.
    detail : str
        What it shows, or why not.
    unreachable : bool
        Whether it failed because there was no answer at all.
    """

    case: Case
    outcome: Outcome
    detail: str
    unreachable: bool = False

    @property
    def line(self) -> str:
        """The result for a person."""
        name = self.case.name.ljust(_NAME_WIDTH)
        return f"{self.outcome.ljust(_OUTCOME_WIDTH)}  {name}  {self.detail}"


def attempt(case: Case, target: Target, interruption: Interruption | None = None) -> Result:
    """Run a case, and delete what it made, whatever came of it.

    Parameters
    ----------
    case : Case
        The case.
    target : Target
        The API.
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
    if case is CORS and target.origin is None and case.name not in target.unable:
        detail = "which pages may call the API is not known here; --origin says it"
        return Result(case=case, outcome="not asked", detail=detail)
    api = Api(target.client, origin=target.origin, interruption=interruption)
    failure: CaseFailed | None = None
    try:
        case.check(api)
    except CaseFailed as error:
        failure = error
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        # A body of another form than any case expects.
        failure = CaseFailed(f"an answer is of an unknown form ({type(error).__name__}: {error})")
    except BaseException as error:
        remains = _remains(api)
        if remains and isinstance(error, Interrupted):
            error.left = str(remains)
        raise
    remains = _remains(api)
    if remains:
        return _failed(case, failure or remains, note=str(remains) if failure else "")
    if case.name in target.unable:
        return _as_stated(case, failure, target.unable[case.name])
    if failure:
        return _failed(case, failure)
    return Result(case=case, outcome="ok", detail=case.statement)


def run(target: Target, interruption: Interruption | None = None) -> Iterator[Result]:
    """Run all cases, one after the other.

    Parameters
    ----------
    target : Target
        The API.
    interruption : Interruption, optional
        Ends them.

    Yields
    ------
    Result
        Of each case; those after one that got no answer at all are not run.

    Raises
    ------
    CredentialsError
        A request cannot be signed.
    Interrupted
        A signal asked to stop; what was made is deleted.
    """
    for case in CASES:
        if interruption is not None:
            interruption.require_none()
        result = attempt(case, target, interruption)
        yield result
        if result.unreachable:
            return


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
    """
    print(
        f"{len(CASES)} cases at {target.client.url}, each on orders of its own, which it deletes; "
        "their history stays in the log.",
        flush=True,
    )
    results = []
    try:
        for result in run(target, interruption):
            print(result.line, flush=True)
            results.append(result)
    except Interrupted as interrupted:
        said = f"Interrupted after {len(results)} of {len(CASES)} cases. {interrupted.left}"
        # The terminal may be gone.
        with contextlib.suppress(OSError):
            print(said.rstrip(), file=sys.stderr, flush=True)
        return EXIT_CODE_BASE + interrupted.number
    failed = sum(result.outcome == "FAILED" for result in results)
    if len(results) < len(CASES):
        print("There was no answer; the other cases were not run.")
    print(f"{failed} failed." if failed else "None failed.")
    return 1 if failed else 0


def _failed(case: Case, failure: CaseFailed, *, note: str = "") -> Result:
    return Result(
        case=case,
        outcome="FAILED",
        detail=f"{failure} {note}".rstrip(),
        unreachable=isinstance(failure, Unreachable),
    )


def _as_stated(case: Case, failure: CaseFailed | None, reason: str) -> Result:
    if failure:
        return Result(case=case, outcome="unable", detail=reason)
    return _failed(case, CaseFailed(f"is said to be unable ({reason}), and yet is able."))


def _remains(api: Api) -> CaseFailed | None:
    try:
        api.clean_up()
    except CaseFailed as error:
        return CaseFailed(f"Not deleted: {api.left}. {error}")
    return None
