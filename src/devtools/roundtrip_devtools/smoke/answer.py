"""What an API answered, and what was expected of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PROBLEM_TYPE: Final = "application/problem+json"

_PROBLEMS: Final = "/problems/"
_SHOWN_CHARACTERS: Final = 500
_HTML: Final = ("<!doctype html", "<html")
_TIMES: Final = ("createdAt", "updatedAt")
_REFUSED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class CaseFailed(Exception):
    """An API does not do what it should; the message says at which request, and what it does."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An API's answer to a request.

    Parameters
    ----------
    request : str
        Method and path, for messages.
    status : int
        The status code.
    headers : Mapping
        The headers, whatever the case of their names.
    body : bytes
        The body.
    """

    request: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The body, a JSON object.

        Raises
        ------
        CaseFailed
            It is none, or one in which a function tells that it crashed.
        """
        try:
            document = json.loads(self.body)
        except ValueError:
            document = None
        # sam local sends on what Lambda says of a crash, with status 200.
        if not isinstance(document, dict) or "errorMessage" in document:
            raise self.failure("a JSON object")
        return document

    @property
    def slug(self) -> str:
        """The last part of the type of a problem; empty if it is none."""
        kind = str(self.document.get("type"))
        return kind.removeprefix(_PROBLEMS) if kind.startswith(_PROBLEMS) else ""

    def expect(self, status: int, **headers: str | None) -> Answer:
        """Require a status, and headers: names with ``_`` for ``-``; None: there is no such.

        Returns
        -------
        Answer
            This one.

        Raises
        ------
        CaseFailed
            The status or a header is another.
        """
        if self.status != status:
            raise self.failure(f"status {status}")
        for name, expected in headers.items():
            header = name.replace("_", "-")
            self.require(f"the header {header}", expected, self.headers.get(header))
        return self

    def expect_document(self, expected: Mapping[str, Any]) -> None:
        """Require a whole body, but for when its subject was made and changed, which it must say.

        Raises
        ------
        CaseFailed
            It is another.
        """
        document = self.document
        times = {name: document.pop(name, None) for name in _TIMES}
        self.require("the body", dict(expected), document)
        for name, time in times.items():
            if not _is_time(time):
                raise self.failure(f"{name} to be a time in UTC")

    def problem(self, status: int, slug: str) -> dict[str, Any]:
        """Require a problem of a kind, https://www.rfc-editor.org/rfc/rfc9457.

        Returns
        -------
        dict
            The problem.

        Raises
        ------
        CaseFailed
            The answer is another.
        """
        self.expect(status, content_type=PROBLEM_TYPE)
        document = self.document
        kind = {"type": f"{_PROBLEMS}{slug}", "status": int(status)}
        self.require("the problem", kind, {name: document.get(name) for name in kind})
        if not document.get("title") or not document.get("detail"):
            raise self.failure("the problem to have a title and a detail")
        return document

    def rejection(self, code: str, version: int) -> None:
        """Require the refusal by a rule.

        Parameters
        ----------
        code : str
            The rule's.
        version : int
            The version that there is.

        Raises
        ------
        CaseFailed
            The answer is another.
        """
        problem = self.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "rejected")
        facts = {name: problem.get(name) for name in ("code", "currentVersion", "retryable")}
        expected = {"code": code, "currentVersion": version, "retryable": False}
        self.require("the refusal", expected, facts)

    def require(self, what: str, expected: object, received: object) -> None:
        """Require something to be as expected.

        Raises
        ------
        CaseFailed
            It is not.
        """
        # As texts, too: in Python 1 is True, and 1.0.
        if received != expected or _text(received) != _text(expected):
            raise CaseFailed(
                f"{self.request}: expected {what} to be {expected!r}; received {received!r}."
            )

    def failure(self, expected: str) -> CaseFailed:
        """Return the error that says what was expected of this answer, and shows it."""
        text = self.body.decode(errors="replace")
        shown = repr(text)
        if len(text) > _SHOWN_CHARACTERS:
            shown = repr(f"{text[:_SHOWN_CHARACTERS]}...")
        if text.lstrip().lower().startswith(_HTML):
            shown = "a page of HTML"
        hint = " AUTH (or --auth) says who asks." if self.status in _REFUSED else ""
        return CaseFailed(
            f"{self.request}: expected {expected}; received status {self.status}, {shown}.{hint}"
        )


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=sorted)


def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return datetime.fromisoformat(value).utcoffset() == timedelta(0)
    except ValueError:
        return False
