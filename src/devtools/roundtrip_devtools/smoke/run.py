"""Runs the cases against a target."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from roundtrip_devtools.environment import is_loopback
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.smoke.answer import CaseFailed
from roundtrip_devtools.smoke.attempt import attempt
from roundtrip_devtools.smoke.cases import CASES, Face
from roundtrip_devtools.smoke.contract import stores_of
from roundtrip_devtools.smoke.interruption import EXIT_CODE_BASE, Interrupted
from roundtrip_devtools.smoke.known import Known

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from roundtrip_devtools.smoke.attempt import Result
    from roundtrip_devtools.smoke.client import Client
    from roundtrip_devtools.smoke.contract import Store
    from roundtrip_devtools.smoke.interruption import Interruption


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
        answer = self.client.send("GET", "/openapi.json")
        try:
            stores = stores_of(answer.expect(HTTPStatus.OK).document)
        # Whatever a document of another form leads to.
        except Exception as error:
            # What came instead may be a page of HTML.
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

    def may_leave(self, store: Store) -> bool:
        """Whether a stream that nothing ends may stay."""
        return store.name in self.only or is_loopback(self.client.url)


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
    stores: list[Store] = []
    unusable: CaseFailed | None = None
    try:
        # First, so that a name that there is not is refused before anything is made.
        stores = target.stores()
    except CaseFailed as error:
        unusable = error
    for case in CASES:
        if case.face is Face.API:
            yield (result := attempt(case, target, None, interruption))
            if result.unreachable:
                return
    if unusable:
        raise unusable
    for store in stores:
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
    unusable = False
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
        print(f"No store can be asked: {error}")
        unusable = True
    counts = {
        outcome: sum(result.outcome == outcome for result in results)
        for outcome in ("ok", "not asked", "FAILED")
    }
    if results and results[-1].unreachable:
        print("There was no answer; the other cases were not run.")
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + ".")
    if untried := _untried(target, results):
        print(untried)
    return 1 if counts["FAILED"] or unusable else 0


def _untried(target: Target, results: list[Result]) -> str:
    """Say which stores were asked next to nothing, and why."""
    asked = dict.fromkeys(result.store for result in results if result.store)
    stays = [store for store in asked if store not in target.known]
    closed = [
        store
        for store in asked
        if isinstance(known := target.known.get(store), Known) and known.opened_by is None
    ]
    return " ".join(
        f"Not tried, because {why}: {', '.join(stores)}."
        for why, stores in (
            ("no action opened a stream", closed),
            ("their streams would stay", stays),
        )
        if stores
    )
