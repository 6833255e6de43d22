"""What the page of the dev server asks the log: the paths below ``/_roundtrip/log``."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, request_response

from roundtrip_devtools.analysis.questions import ask, ask_recipe
from roundtrip_devtools.analysis.recipes import RECIPES
from roundtrip_devtools.errors import DevtoolsError, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from duckdb import DuckDBPyConnection
    from starlette.requests import Request

_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_PATH: Final = "/_roundtrip/log/"
_OVERVIEW: Final = "SELECT count(*) AS actions, max(recorded_at) AS until FROM actions"


class Panel:
    """Answers the page.

    Parameters
    ----------
    read
        Reads the log as it is now.
    """

    def __init__(self, read: Callable[[], DuckDBPyConnection]) -> None:
        self._read = read
        self._log: DuckDBPyConnection | None = None

    def route(self) -> Mount:
        """Return the route: ``/`` reads the log, ``/{recipe}`` asks what was read.

        No answer has a CORS header, so that a page of another origin cannot read it.
        """

        async def answer(request: Request) -> Response:
            try:
                document, status = await run_in_threadpool(self._answer, request)
            except SettingError as error:
                document, status = {"message": str(error)}, HTTPStatus.BAD_REQUEST
            except DevtoolsError as error:
                document, status = {"message": str(error)}, HTTPStatus.SERVICE_UNAVAILABLE
            return JSONResponse(document, status, _HEADERS)

        return Mount(_PATH.rstrip("/"), request_response(answer))

    def _answer(self, request: Request) -> tuple[Any, HTTPStatus]:
        name = request.scope["path"].removeprefix(_PATH)
        if request.method != "GET" or (name and name not in RECIPES):
            return {"message": "no such path"}, HTTPStatus.NOT_FOUND
        if not name or self._log is None:
            self._log = self._read()
        if not name:
            ((actions, until),) = ask(self._log, _OVERVIEW).rows
            return {
                "actions": actions,
                "until": until and f"{until.isoformat(timespec='milliseconds')}Z",
                "recipes": [_described(name) for name in RECIPES],
            }, HTTPStatus.OK
        query = request.query_params
        answer = ask_recipe(self._log, RECIPES[name], {key: query.getlist(key) for key in query})
        rows = [[_plain(value) for value in row] for row in answer.rows]
        return {"columns": answer.columns, "rows": rows}, HTTPStatus.OK


def _described(name: str) -> dict[str, Any]:
    recipe = RECIPES[name]
    return {
        **recipe._asdict(),
        "parameters": [parameter._asdict() for parameter in recipe.parameters],
        "chart": recipe.chart._asdict(),
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | str | None) else str(value)
