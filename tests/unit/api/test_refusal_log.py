from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.engine.engine import Engine
from roundtrip.engine.messages import Dispatch
from roundtrip.engine.pseudonyms import Hashing
from roundtrip.errors import ConfigurationError, NothingApplied, Rejected
from roundtrip.lambda_app import refusal_log
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import Stream
from roundtrip.testing.clock import Clock
from tests.worlds import STORES, entry

if TYPE_CHECKING:
    from roundtrip.redux import Action

KEY = "ab" * 32
STREAM = Stream("user:ada", "ledger", "a")


class Ledgers:
    """An engine that writes refusals to standard output."""

    def __init__(self, capsys: pytest.CaptureFixture[str], key: str = KEY) -> None:
        self._capsys = capsys
        effects = Clock().effects()
        refused = refusal_log({"ROUNDTRIP_HASH_KEY": key} if key else {}, effects)
        self._engine = Engine(STORES.values(), MemoryStorage(), effects, refused=refused)

    def dispatch(self, *actions: Action | Rejected, **options: Any) -> None:
        request = Dispatch(STREAM, actions, deadline_s=1000.0, **options)
        self._engine.dispatcher.dispatch(request)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]


def test_each_refused_action_of_a_commit_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    ledgers = Ledgers(capsys)
    retired = Rejected("retired", "It is retired.")
    ledgers.dispatch(entry(1, -5), entry(2), retired, actor="ada")

    overdrawn, of_a_retired_type = ledgers.lines()
    assert overdrawn.pop("recorded_at") == of_a_retired_type.pop("recorded_at")
    assert overdrawn.pop("request") == of_a_retired_type.pop("request") != ""
    hashing = Hashing(bytes.fromhex(KEY))
    shared = {
        "level": "INFO",
        "message": "refused",
        "namespace": hashing("user:ada"),
        "store": "ledger",
        "id": "a",
        "actor": hashing("ada"),
    }
    assert overdrawn == {**shared, "type": "ledger/entered", "code": "overdrawn", "position": 0}
    assert of_a_retired_type == {**shared, "type": None, "code": "retired", "position": 2}


@pytest.mark.parametrize("atomic", [False, True])
def test_the_actions_of_a_request_that_changed_nothing_are_lines(
    capsys: pytest.CaptureFixture[str], *, atomic: bool
) -> None:
    ledgers = Ledgers(capsys)
    actions = [entry(1), entry(2, -5)] if atomic else [entry(2, -5)]
    with pytest.raises(NothingApplied):
        ledgers.dispatch(*actions, atomic=atomic)

    (line,) = ledgers.lines()
    assert (line["code"], line["actor"], line["position"]) == ("overdrawn", None, atomic)


def test_a_listener_keeps_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    ledgers = Ledgers(capsys)
    ledgers.dispatch(entry(1), entry(2, -5), actor="listener:mail")
    (line,) = ledgers.lines()
    assert line["actor"] == "listener:mail"


def test_requests_without_refusals_write_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    ledgers = Ledgers(capsys)
    ledgers.dispatch(entry(1))
    assert ledgers.lines() == []


def test_a_deployment_without_a_key_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    ledgers = Ledgers(capsys, key="")
    ledgers.dispatch(entry(1), entry(2, -5))
    assert ledgers.lines() == []


@pytest.mark.parametrize("key", ["ab", "x" * 64, "ab" * 33])
def test_an_invalid_key_is_refused_at_start_and_not_repeated(key: str) -> None:
    with pytest.raises(ConfigurationError, match=r"expected 64 hex digits") as raised:
        refusal_log({"ROUNDTRIP_HASH_KEY": key}, Clock().effects())
    assert key not in str(raised.value)
