"""The result of each action of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from roundtrip.errors import Rejected


class Applied(NamedTuple):
    """The action is in the log.

    Parameters
    ----------
    version
        Its position in the stream.
    """

    version: int


class Refused(NamedTuple):
    """A business rule refused the action; nothing was written for it.

    The fields are those of the `roundtrip.errors.Rejected`.
    """

    code: str
    message: str
    details: Mapping[str, Any]


Outcome: TypeAlias = Applied | Refused


def outcomes_of(rejections: Sequence[Rejected | None], first_version: int) -> tuple[Outcome, ...]:
    """Return the outcome of each action of a batch.

    Parameters
    ----------
    rejections
        One entry for each action, in order: ``None`` if it was applied, else its rejection.
    first_version
        Version of the first applied action.

    Examples
    --------
    >>> from roundtrip.errors import Rejected
    >>> for outcome in outcomes_of([None, Rejected("full", "It is full."), None], 7):
    ...     print(outcome)
    Applied(version=7)
    Refused(code='full', message='It is full.', details={})
    Applied(version=8)
    """
    outcomes: list[Outcome] = []
    version = first_version
    for rejection in rejections:
        if rejection is None:
            outcomes.append(Applied(version))
            version += 1
        else:
            outcomes.append(Refused(rejection.code, rejection.message, rejection.details))
    return tuple(outcomes)
