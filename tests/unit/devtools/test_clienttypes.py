from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired

import pytest
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from roundtrip.api.openapi.document import document
from roundtrip.redux import (
    Deleted,
    Nothing,
    Store,
    case,
    combine_reducers,
    create_crud_slice,
    create_slice,
)
from roundtrip_devtools import cli
from roundtrip_devtools.clienttypes import client_types
from roundtrip_devtools.commands import client_types as command
from roundtrip_devtools.errors import SchemaError
from tests.checkout import PROJECT
from tests.shop import STORES

if TYPE_CHECKING:
    from pathlib import Path


class Point(TypedDict, closed=True):
    x: int
    y: NotRequired[float]


class Note(BaseModel):
    text: str


class More(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int = Field(description="How */ many.\nAt most.")


class Tree(TypedDict, closed=True):
    children: list[Tree]


def types(*, payload: Any = None, state: Any = None) -> str:
    kept = case(lambda state, _: state, payload=payload)
    made = create_slice(name="a", initial_state={}, reducers={"kept": kept}, state=state)
    return client_types(document([Store("store", made)]))


def state_type(declared: Any) -> str:
    begin, end = "\nexport type StoreState = ", ";\n\nexport type "
    return types(state=declared).partition(begin)[2].partition(end)[0]


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (None, "unknown"),
        (int, "number"),
        (float, "number"),
        (str, "string"),
        (bool, "boolean"),
        (int | None, "number | null"),
        (int | float | None, "number | null"),
        (Annotated[str, Field(pattern="^a*/$", max_length=3)], "string"),
        (Literal["it's", 'a "b"', 1, True], "'it\\'s' | 'a \"b\"' | 1 | true"),
        (list[Any], "unknown[]"),
        (list[int], "number[]"),
        (list[int | None], "(number | null)[]"),
        (list[list[Point]], "Point[][]"),
        (tuple[int, str], "[number, string]"),
        (tuple[int, ...], "number[]"),
        (dict[str, Any], "{\n  [key: string]: unknown;\n}"),
        (dict[str, Point], "{\n  [key: string]: Point;\n}"),
        (dict[Annotated[str, Field(pattern="^a$")], int], "{\n  [key: string]: number;\n}"),
        (Point, "Point"),
        (Point | None, "Point | null"),
        (Point | Nothing | Deleted, "OneOf<Point | Nothing | Deleted>"),
        (Point | Nothing | None, "OneOf<Point | Nothing> | null"),
        (list[Point | Nothing], "(OneOf<Point | Nothing>)[]"),
        (Note | Nothing, "OneOf<Note | Nothing>"),
        (More | Nothing, "More | Nothing"),
    ],
    ids=str,
)
def test_the_type_of_a_state(declared: Any, expected: str) -> None:
    assert state_type(declared) == expected


def test_an_object_has_its_properties_and_says_which_may_be_missing() -> None:
    assert "\nexport type Point = {\n  x: number;\n  y?: number;\n};\n" in types(state=Point)


def test_names_that_are_no_identifiers_are_quoted() -> None:
    odd = TypedDict("odd", {"a-b": int, "it's": int, "1": int, "$ref": int, "title": Point})
    written = types(state=odd)

    assert "  'a-b': number;\n  'it\\'s': number;\n  '1': number;\n  $ref: number;\n" in written
    assert "\nexport type Point = " in written


def test_a_model_that_allows_more_says_so() -> None:
    assert (
        "\nexport type More = {\n  /**\n   * How *\\/ many.\n   * At most.\n   */\n  a: number;\n"
        "  [key: string]: unknown;\n};\n"
    ) in types(state=More)


def test_a_model_may_hold_itself() -> None:
    assert "\nexport type Tree = {\n  children: Tree[];\n};\n" in types(state=Tree)


def test_an_action_is_told_by_its_type() -> None:
    made = types(payload=Point)
    assert "\nexport type AKept = {\n  type: 'a/kept';\n  payload: Point;\n" in made
    assert "\n  meta?: unknown;\n  error?: boolean;\n};\n" in made
    assert "\n  payload?: null;\n" in types()


def test_a_long_union_has_a_line_for_each_member() -> None:
    verbs = [f"happened{'x' * 20}{index}" for index in range(9)]
    made = create_slice(
        name="a", initial_state=0, reducers=dict.fromkeys(verbs, lambda state, _: state)
    )
    written = client_types(document([Store("store", made)]))
    members = "".join(f"\n  | A{verb[0].upper()}{verb[1:]}" for verb in verbs)

    assert f"\nexport type StoreAction ={members};\n" in written


def test_the_states_of_combined_reducers_stand_under_their_keys() -> None:
    point = create_slice(name="p", initial_state={}, reducers={}, state=Point | Nothing)
    root = combine_reducers({"point": point, "note": create_crud_slice("note", Note)})
    written = client_types(document([Store("store", root)]))

    assert (
        "\nexport type StoreState = {\n  point: OneOf<Point | Nothing>;\n"
        "  note: OneOf<Note | Nothing | Deleted>;\n};\n"
    ) in written


def test_what_is_common_to_all_services_is_left_out() -> None:
    assert "Problem" not in types(payload=Point, state=Point)


def test_a_schema_without_a_type_is_refused() -> None:
    class Strange(BaseModel):
        model_config = ConfigDict(json_schema_extra={"not": {"required": ["a"]}})
        a: int

    with pytest.raises(SchemaError, match=r"^Strange: expected .* received not;"):
        types(payload=Strange)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Store]:
    """The stores of the project in the current folder, which is empty."""
    stores = [*STORES]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "find_project", lambda: PROJECT)
    monkeypatch.setattr(command, "load_stores", lambda _project: stores)
    return stores


@pytest.mark.parametrize("out", ["types.ts", "-"])
def test_the_command(
    out: str, declared: list[Store], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["client-types", out]) == 0
    written = "".join(path.read_text("utf-8") for path in tmp_path.iterdir())
    assert (written or capsys.readouterr().out) == client_types(document(declared))
    assert [path.name for path in tmp_path.iterdir()] == ([] if out == "-" else [out])


@pytest.mark.usefixtures("declared")
def test_the_command_cannot_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["client-types", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("OUT must be a file that can be written (")


def test_a_state_without_a_schema_is_one_sentence(
    declared: list[Store], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = create_slice(name="a", initial_state={}, reducers={}, state=Callable[[], int])
    declared[:] = [Store("odd", made)]
    assert cli.main(["client-types", "types.ts"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("store odd: expected a type with a JSON schema, received ")
    assert said.count("\n") == 1
    assert not [*tmp_path.iterdir()]
