"""The entity adapter does what Redux Toolkit's does, to the same states."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from roundtrip.redux import create_entity_adapter
from tests.checkout import ROOT

RUNS: Final = 300
CALLS: Final = 30
NAMES: Final = {
    "addOne": "add_one",
    "addMany": "add_many",
    "setOne": "set_one",
    "setMany": "set_many",
    "setAll": "set_all",
    "removeOne": "remove_one",
    "removeMany": "remove_many",
    "removeAll": "remove_all",
    "updateOne": "update_one",
    "updateMany": "update_many",
    "upsertOne": "upsert_one",
    "upsertMany": "upsert_many",
}
PROGRAM: Final = """
import { createEntityAdapter } from '@reduxjs/toolkit'
import { readFileSync } from 'node:fs'
const adapter = createEntityAdapter()
const ran = calls => {
  let state = adapter.getInitialState({ n: 1 })
  return calls.map(([name, argument]) => {
    const before = state
    state = adapter[name](state, argument)
    return [JSON.parse(JSON.stringify(state)), before === state]
  })
}
console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(ran)))
"""


def calls(random: Random, *, numbers: bool) -> list[tuple[str, Any]]:
    """Make calls of the adapter's functions, with ids that are numbers or strings."""

    def entity_id() -> int | str:
        return random.randrange(8) if numbers else f"c{random.randrange(8)}"

    def members() -> dict[str, int]:
        return {random.choice("xyz"): random.randrange(5) for _ in range(random.randrange(3))}

    def entity() -> dict[str, Any]:
        return {"id": entity_id(), **members()}

    def several() -> Any:
        found = [entity() for _ in range(random.randrange(5))]
        if random.random() < 0.2:
            return {f"{each['id']}k": each for each in found}
        return found

    def update() -> dict[str, Any]:
        renamed = {"id": entity_id()} if random.random() < 0.15 else {}
        return {"id": entity_id(), "changes": members() | renamed}

    arguments = {
        "removeOne": entity_id,
        "removeMany": lambda: [entity_id() for _ in range(random.randrange(4))],
        "removeAll": lambda: None,
        "updateOne": update,
        "updateMany": lambda: [update() for _ in range(random.randrange(4))],
    }
    made: list[tuple[str, Any]] = []
    for _ in range(CALLS):
        name = random.choice(list(NAMES))
        # Otherwise the states stay small.
        if name not in {"removeAll", "setAll"} or random.random() < 0.2:
            make = arguments.get(name) or (entity if name.endswith("One") else several)
            made.append((name, make()))
    return made


@pytest.mark.parametrize("numbers", [False, True], ids=["strings", "numbers"])
def test_the_states_are_those_of_redux_toolkit(*, numbers: bool) -> None:
    random = Random(14)  # noqa: S311 - it hides nothing
    runs = [calls(random, numbers=numbers) for _ in range(RUNS)]
    done = subprocess.run(
        [Path(sys.executable).with_name("node"), "--input-type=module", "-e", PROGRAM],
        cwd=ROOT / "src" / "client",
        input=json.dumps(runs),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    adapter = create_entity_adapter()
    for run, answers in zip(runs, json.loads(done.stdout), strict=True):
        state = adapter.get_initial_state({"n": 1})
        for (name, argument), (expected, same) in zip(run, answers, strict=True):
            before, text = state, json.dumps(state)
            state = getattr(adapter, NAMES[name])(before, argument)
            assert json.dumps(before) == text
            assert (state, state is before) == (expected, same), (name, argument, before)
