from __future__ import annotations

import dataclasses
import datetime as dt
import decimal  # noqa: TC003 - pydantic evaluates the annotations
import uuid  # noqa: TC003 - pydantic evaluates the annotations
from typing import Annotated, Any, Generic, Literal, TypeVar

import pydantic
import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, SecretStr
from typing_extensions import TypedDict

from roundtrip.api.payloads import InvalidPayload, PayloadValidator
from roundtrip.api.validation import ActionValidator
from roundtrip.errors import ConfigurationError, ValidatorFailed
from roundtrip.redux import Partial, Store, case, create_crud_slice, create_slice

_T = TypeVar("_T")


def model(**fields: Any) -> type[BaseModel]:
    whole: dict[str, Any] = {
        name: kind if isinstance(kind, tuple) else (kind, ...) for name, kind in fields.items()
    }
    return pydantic.create_model("Made", **whole)


class Box(BaseModel, Generic[_T]):
    inside: _T


@dataclasses.dataclass
class Login:
    name: str
    pin: SecretStr


@dataclasses.dataclass
class Derived:
    a: int
    b: dataclasses.InitVar[int]


class Typed(TypedDict):
    pin: SecretStr


class Wrapped(BaseModel):
    a: int

    @pydantic.model_serializer
    def write(self) -> dict[str, int]:
        return {"b": self.a}


class Base64Written(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64")
    raw: bytes


class Base64Read(BaseModel):
    model_config = ConfigDict(val_json_bytes="base64")
    raw: bytes


class Base64Typed(TypedDict):
    __pydantic_config__ = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")  # type: ignore[misc]
    raw: bytes


class SecondsWritten(BaseModel):
    model_config = ConfigDict(ser_json_timedelta="float")
    lasts: dt.timedelta


class Revealed(BaseModel):
    pin: SecretStr

    @pydantic.field_serializer("pin")
    def reveal(self, pin: SecretStr) -> str:
        return pin.get_secret_value()


class Part(BaseModel):
    name: str
    parts: list[Part] = []
    whole: Part | None = None


class Everything(BaseModel):
    number: decimal.Decimal
    unique: uuid.UUID
    url: pydantic.HttpUrl
    members: set[int]
    pair: tuple[int, str]
    kind: Literal["x", 3]
    raw: pydantic.Base64Bytes
    by_number: dict[int, int] = {}
    part: Part | None = None
    when: Annotated[dt.date, PlainSerializer(lambda value: value.isoformat())]


@dataclasses.dataclass(slots=True)
class Slotted:
    name: Annotated[str, PlainSerializer(str.upper)]


STARS = PlainSerializer(lambda _: "***")


@pytest.mark.parametrize(
    ("declared", "field"),
    [
        (model(pin=SecretStr), "pin"),
        (model(pin=pydantic.SecretBytes | None), "pin"),
        (model(day=pydantic.Secret[dt.date]), "day"),
        (model(logins=list[model(pin=SecretStr)]), r"logins\[\]\.pin"),  # type: ignore[misc]
        (model(logins=dict[str, Login]), r"logins\{\}\.pin"),
        (model(a=int) | model(pin=SecretStr), "pin"),
        (Box[SecretStr], "inside"),
        (Login, "pin"),
        (Typed, "pin"),
        (Derived, "b"),
        (model(a=(int, Field(exclude=True))), "a"),
        (model(a=(int, Field(default=0, exclude_if=bool))), "a"),
        (model(a=(int, Field(serialization_alias="z"))), "a"),
        (model(a=(int, Field(validation_alias="z"))), "a"),
        (model(a=(int, Field(validation_alias=pydantic.AliasPath("z", 0)))), "a"),
        (model(a=(int, Field(alias="z")), b=(int, Field(alias="z"))), "b"),
        (model(a=Annotated[str, STARS]), "a"),
        (model(a=Annotated[str, PlainSerializer(str.upper)]), "a"),
        (model(a=Annotated[int, PlainSerializer(str)]), "a"),
        (Slotted, "name"),
        (model(inner=Wrapped), "inner"),
        (Wrapped, "the payload"),
        (list[Annotated[str, STARS]], "the payload"),
        (Base64Written, "raw"),
        (SecondsWritten, "lasts"),
        (Base64Read, "raw"),
        (model(inner=Base64Typed), r"inner\.raw"),
    ],
)
def test_a_type_that_does_not_read_what_it_writes_fails_at_start(declared: Any, field: str) -> None:
    made = create_slice(
        name="odd",
        initial_state=0,
        reducers={"done": case(lambda state, _: state, payload=declared)},
    )
    with pytest.raises(ConfigurationError, match=f"store a: .*odd/done: {field} cannot be stored"):
        ActionValidator([Store("a", made)])


@pytest.mark.parametrize(
    "declared",
    [
        Revealed,
        Everything,
        Part,
        model(a=(int, Field(alias="z"))),
        model(a=(int, Field(validation_alias=pydantic.AliasChoices("z", "a")))),
        model(a=Annotated[int, AfterValidator(lambda value: value * 100)]),
        dict[str, Any],
    ],
)
def test_a_type_that_reads_what_it_writes_is_a_payload(declared: Any) -> None:
    PayloadValidator(declared)


def test_a_value_that_its_serializer_does_not_keep_is_refused() -> None:
    written = PlainSerializer(lambda value: value.replace("#", ""))
    validator = PayloadValidator(model(notes=list[model(a=Annotated[str, written])]))  # type: ignore[misc]
    assert validator.read({"notes": [{"a": "b"}]}) == {"notes": [{"a": "b"}]}
    with pytest.raises(InvalidPayload) as caught:
        validator.read({"notes": [{"a": "b"}, {"a": "b#"}]})
    (fault,) = caught.value.faults
    assert (fault["loc"], fault["code"], caught.value.cause) == (
        "/notes/1/a",
        "not-stored",
        None,
    )


def broken(_: Any) -> Any:
    raise KeyError("of the application")


def endless(value: Any) -> Any:
    return endless(value)


class Started(BaseModel):
    a: int

    def model_post_init(self, _: Any, /) -> None:
        broken(self)


class Checked(BaseModel):
    a: int

    @pydantic.field_validator("a")
    @classmethod
    def check(cls, value: int) -> int:
        return int(broken(value))


Tagged = Annotated[
    Annotated[Part, pydantic.Tag("a")] | Annotated[Checked, pydantic.Tag("b")],
    pydantic.Discriminator(broken),
]


@pytest.mark.parametrize(
    ("kind", "sent", "place", "error"),
    [
        (Annotated[int, AfterValidator(broken)], 1, "/a", KeyError),
        (Annotated[int, pydantic.BeforeValidator(broken)], 1, "/a", KeyError),
        (Annotated[int, AfterValidator(endless)], 1, "/a", RecursionError),
        (list[Checked], [{"a": 1}], "/a/0/a", KeyError),
        (Annotated[int, PlainSerializer(broken)], 1, "/a", KeyError),
        (dict[str, Annotated[int, PlainSerializer(broken)]], {"b": 1}, "/a/*", KeyError),
        (list[Tagged], [1], "/a/*", KeyError),
        (list[Started], [{"a": 1}], "", KeyError),
    ],
)
@pytest.mark.parametrize("declare", [lambda kind: kind, Partial])
def test_whatever_a_function_raises_is_a_fault_of_its_field(
    kind: Any, sent: Any, place: str, error: type[Exception], declare: Any
) -> None:
    with pytest.raises(InvalidPayload) as caught:
        PayloadValidator(declare(model(a=kind))).read({"a": sent})
    (fault,) = caught.value.faults
    # A part of a change is written alone, so the key in a map is known.
    known = place.replace("*", "b") if declare is Partial and isinstance(sent, dict) else place
    assert (fault["loc"], fault["code"]) == (known, "validator-failed")
    assert isinstance(caught.value.cause, error)


def test_a_default_that_fails_is_a_fault_of_its_field() -> None:
    validator = PayloadValidator(model(a=(int, Field(default_factory=lambda: broken(0)))))
    with pytest.raises(InvalidPayload) as caught:
        validator.read({})
    assert caught.value.faults[0]["loc"] == "/a"


def test_the_failure_of_a_function_has_its_cause() -> None:
    notes = Store("notes", create_crud_slice("notes", Checked))
    with pytest.raises(
        ValidatorFailed, match="/payload/a: the validator raised KeyError"
    ) as caught:
        ActionValidator([notes]).actions(notes, {"type": "notes/created", "payload": {"a": 1}})
    assert isinstance(caught.value.__cause__, KeyError)
    assert caught.value.errors[0]["index"] == 0


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    texts: list[str] = []
    numbers: dict[str, int] = {}
    parts: list[Part] = []


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({"texts": [0] * 300_000}, "/texts/0"),
        ({"texts": [0] * 20_000}, "/texts/0"),
        ({"numbers": {str(n): "" for n in range(80_000)}}, "/numbers/0"),
        ({"parts": [{}] * 100_000}, "/parts/0/name"),
        ({str(n): 0 for n in range(80_000)}, ""),
    ],
)
def test_of_very_many_faults_one_is_described(sent: Any, place: str) -> None:
    with pytest.raises(InvalidPayload) as caught:
        PayloadValidator(Line).read(sent)
    assert [fault["loc"] for fault in caught.value.faults] == [place]


def test_of_many_faults_as_many_are_described_as_are_reported() -> None:
    with pytest.raises(InvalidPayload) as caught:
        PayloadValidator(Line).read({"texts": [0] * 500})
    assert len(caught.value.faults) == 100
