"""Runs one case, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from roundtrip_devtools.errors import DevtoolsError
from roundtrip_devtools.smoke.answer import CaseFailed
from roundtrip_devtools.smoke.api import Api
from roundtrip_devtools.smoke.cases import CASES
from roundtrip_devtools.smoke.client import Unreachable
from roundtrip_devtools.smoke.exploring import explore
from roundtrip_devtools.smoke.interruption import Interrupted
from roundtrip_devtools.smoke.known import Known, NotAsked

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip_devtools.smoke.cases import Case
    from roundtrip_devtools.smoke.contract import Store
    from roundtrip_devtools.smoke.interruption import Interruption
    from roundtrip_devtools.smoke.run import Target

Outcome: TypeAlias = Literal["ok", "FAILED", "unable", "not asked"]

_NAME_WIDTH: Final = max(len(case.name) for case in CASES)
_OUTCOME_WIDTH: Final = len("not asked")


class _NotDeleted(CaseFailed):
    """Something that a case made is still there."""


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
    except (DevtoolsError, Interrupted, KeyboardInterrupt, SystemExit) as error:
        remains = _remains(api)
        if isinstance(error, Interrupted):
            error.left = remains
        raise
    except Exception as error:  # noqa: BLE001 - one case must not end the run
        # As a rule a body, or a schema, of another form than any case expects.
        failure = CaseFailed(f"an answer is of an unknown form ({type(error).__name__}: {error})")
    if remains := _remains(api):
        kind = Unreachable if isinstance(failure, Unreachable) else _NotDeleted
        raise kind(f"{failure or ''} {remains}".strip())
    if failure:
        raise failure


def _remains(api: Api) -> str:
    try:
        api.clean_up()
    except DevtoolsError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        return f"Not deleted: {api.left}. {error}"
    return ""
