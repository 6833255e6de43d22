"""Ways to write a reducer of entities, by what they load of a state in parts.

An idiom is a function of the state and a new card; the state has the cards c0 to c39.
"""
# ruff: noqa: C419, E722, RUF005, RUF017, SIM118
# ruff: noqa: RUF015, C414

from __future__ import annotations

import bisect
import collections
import copy
import functools
import heapq
import itertools
import json
import operator
import pickle
import types
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, TypeAdapter
from typing_extensions import TypedDict

from roundtrip.redux import create_entity_adapter

Idiom: TypeAlias = Callable[[Any, Any], Any]
CARDS: Final = create_entity_adapter()


class Card(TypedDict):
    id: str
    n: int
    done: bool
    tags: list[str]
    by: dict[str, Any]


class State(TypedDict):
    ids: list[str]
    entities: dict[str, Card]
    total: int
    log: list[Any]


class Model(BaseModel):
    ids: list[str]
    entities: dict[str, Card]
    total: int
    log: list[Any]


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")
    entities: dict  # type: ignore[type-arg]
    ids: list  # type: ignore[type-arg]


def reads(look: Callable[[Any, Any], Any]) -> Idiom:
    """Log what is found in the entities and the ids."""
    return lambda s, _: {**s, "log": [look(s["entities"], s["ids"])]}


def pipes(change: Callable[[Any], Any]) -> Idiom:
    """Set what is made of the entities."""
    return lambda s, _: {**s, "entities": change(s["entities"])}


def orders(change: Callable[[Any], Any]) -> Idiom:
    """Set what is made of the ids."""
    return lambda s, _: {**s, "ids": change(s["ids"])}


def changed(card: Any, **members: Any) -> Any:
    return {**card, **members}


def renamed(card: Any, number: int) -> list[Any]:
    return [{**card, "id": f"z{each}"} for each in range(number)]


def mutated(s: Any, _: Any) -> Any:
    s["entities"]["c7"]["n"] = 77
    s["entities"]["c7"]["tags"].append("new")
    return s


def set_in_place(s: Any, card: Any) -> Any:
    s["entities"]["c7"] = {**s["entities"]["c7"], "n": 1}
    s["ids"].append("new")
    s["entities"]["new"] = card
    return s


def deleted_in_place(s: Any, _: Any) -> Any:
    del s["entities"]["c7"]
    s["ids"].remove("c7")
    return s


def popped_and_updated(s: Any, card: Any) -> Any:
    s["entities"].pop("c1")
    s["entities"].setdefault("new", card)
    s["entities"].update(c2={**s["entities"]["c2"], "n": 4})
    return s


def extended_in_place(s: Any, card: Any) -> Any:
    s["ids"] += ["new"]
    s["entities"]["new"] = card
    return s


def swallowed(s: Any, _: Any) -> Any:
    try:
        total = s["entities"]["c7"]["n"]
    except:
        total = -1
    return {**s, "total": total}


def missing(s: Any, _: Any) -> Any:
    try:
        return {**s, "total": s["entities"]["c7"]["n"] + s["entities"]["no"]["n"]}
    except KeyError:
        return {**s, "total": -5}


def copied(s: Any, _: Any) -> Any:
    entities = copy.copy(s["entities"])
    entities.pop("c3")
    return {**s, "entities": entities}


def copied_as_dict(e: Any) -> Any:
    entities = dict(e)
    entities["c3"] = {**entities["c3"], "n": 8}
    return entities


def copied_and_filtered(s: Any, _: Any) -> Any:
    entities = s["entities"].copy()
    del entities["c3"]
    return {**s, "entities": entities, "ids": [each for each in s["ids"] if each != "c3"]}


def filtered(s: Any, _: Any) -> Any:
    kept = {key: each for key, each in s["entities"].items() if each["n"] % 3}
    return {**s, "entities": kept, "ids": list(kept)}


def moved_in_list(ids: Any) -> Any:
    listed = list(ids)
    listed.remove("c7")
    listed.insert(2, "c7")
    return listed


def matched(e: Any) -> Any:
    match e:
        case {"c7": {"n": n}, **rest}:
            return n + len(rest)
    return -1


def grouped(e: Any) -> Any:
    groups = collections.defaultdict(list)
    for each in e.values():
        groups[str(each["done"])].append(each["id"])
    return groups


def purged(s: Any, _: Any) -> Any:
    for each in list(s["entities"]):
        if s["entities"][each]["n"] > 20:
            del s["entities"][each]
            s["ids"].remove(each)
    return s


def set_again(s: Any, _: Any) -> Any:
    entities = s["entities"].copy()
    entities["c1"] = entities.pop("c1")
    return {**s, "entities": entities, "log": [list(entities)[-1]]}


def deeply_copied(s: Any, _: Any) -> Any:
    found = copy.deepcopy(s)
    found["entities"]["c7"]["n"] = 3
    return found


def inserted(s: Any, card: Any) -> Any:
    s["ids"].insert(0, "new")
    s["entities"]["new"] = card
    return s


def sorted_in_place(s: Any, _: Any) -> Any:
    s["ids"].sort()
    return s


def emptied(s: Any, _: Any) -> Any:
    s["entities"].clear()
    s["ids"].clear()
    return s


def spread_ids(_: Any, ids: Any) -> Any:
    first, *others = ids
    return [first, len(others), len(["q"] + ids), len(ids * 2)]


def joined(_: Any, ids: Any) -> Any:
    listed = ["q"]
    listed += ids
    return [bisect.bisect(ids, "c3"), ",".join(ids)[:9], len(listed)]


def list_added_in_place(s: Any, _: Any) -> Any:
    log = s["log"]
    log += s["ids"]
    return s


def removed_while_iterating(s: Any, _: Any) -> Any:
    """Leave every other one out, as with a list."""
    for each in s["ids"]:
        s["ids"].remove(each)
        del s["entities"][each]
    return s


def set_while_iterating(s: Any, card: Any) -> Any:
    s["entities"]["new"] = card
    for each in s["entities"]:
        s["entities"][each] = changed(s["entities"][each], n=len(s["entities"]))
    return s


def removed_once(s: Any, _: Any) -> Any:
    for each in ("c1", "new", "new"):
        s["ids"].append(each)
    for each in ("c1", "new"):
        s["ids"].remove(each)
    return {**s, "total": len(s["ids"]), "log": [s["ids"][-2:], s["ids"].index("c1")]}


def doubled(s: Any, _: Any) -> Any:
    s["ids"] *= 2
    return {**s, "total": len(s["ids"])}


def sorted_or_not(s: Any, _: Any) -> Any:
    try:
        s["ids"].sort()
    except TypeError:
        s["log"] = ["unsorted"]
    return s


LITTLE: Final[dict[str, Idiom]] = {
    "add_one": CARDS.add_one,
    "upsert_one": lambda s, _: CARDS.upsert_one(s, {"id": "c7", "n": 99}),
    "update_one": lambda s, _: CARDS.update_one(s, {"id": "c7", "changes": {"n": 99}}),
    "remove_one": lambda s, _: CARDS.remove_one(s, "c7"),
    "add_many": lambda s, card: CARDS.add_many(s, renamed(card, 5)),
    "set_all": lambda s, card: CARDS.set_all(s, renamed(card, 5)),
    "remove_all": CARDS.remove_all,
    "entities[id]": reads(lambda e, _: e["c7"]["n"]),
    "entities.get": reads(lambda e, _: [e.get("c7"), e.get("no")]),
    "in entities": reads(lambda e, _: ["c7" in e, "no" in e]),
    "in ids": reads(lambda _, ids: ["c7" in ids, "no" in ids]),
    "len(entities)": reads(lambda e, _: len(e)),
    "len(ids)": reads(lambda _, ids: len(ids)),
    "bool": reads(lambda e, ids: 1 if e and ids else 0),
    "entities | {id: card}": pipes(lambda e: e | {"c7": changed(e["c7"], n=5)}),
    "dict(state)": lambda s, _: changed(dict(s), total=3),
    "mutation in place": mutated,
    "entities[id] = card": set_in_place,
    "del entities[id]": deleted_in_place,
    "pop, setdefault, update": popped_and_updated,
    "ids += [id]": extended_in_place,
    "isinstance": reads(lambda e, ids: [isinstance(e, dict), isinstance(ids, list)]),
    "state == other": lambda s, _: {**s, "log": [s == {**s, "total": -1}, s == {"ids": []}]},
    "copy.copy": copied,
    "bare except": swallowed,
    "except KeyError": missing,
    "swap two": pipes(lambda e: e | {"c1": changed(e["c2"], id="c1"), "c2": e["c1"]}),
    "log keeps an old card": lambda s, _: {
        **s,
        "log": [*s["log"], s["entities"]["c7"]],
        "entities": s["entities"] | {"c7": changed(s["entities"]["c7"], n=0)},
    },
    "reduce over |": pipes(
        lambda e: functools.reduce(
            lambda found, key: found | {key: changed(found[key], n=0)}, ["c1", "c2", "c3"], e
        )
    ),
    "one card under two ids": pipes(lambda e: e | {"zz": e["c7"]}),
    "another state": lambda _, card: {
        "ids": ["new"],
        "entities": {"new": card},
        "total": 0,
        "log": [],
    },
    "keep one": lambda s, _: {**s, "ids": ["c7"], "entities": {"c7": s["entities"]["c7"]}},
    "keys() & set": reads(
        lambda e, _: [sorted(e.keys() & {"c1", "no"}), "c7" in e.keys(), len(e.values())]
    ),
}

ALL: Final[dict[str, Idiom]] = {
    "update_many of all": lambda s, _: CARDS.update_many(
        s, [{"id": each, "changes": {"done": True}} for each in s["ids"]]
    ),
    "{**entities}, [*ids]": lambda s, card: {
        **s,
        "entities": {**s["entities"], "new": card},
        "ids": [*s["ids"], "new"],
    },
    "{**entities} without ids": lambda s, card: {**s, "entities": {**s["entities"], "new": card}},
    "spread of one member": pipes(
        lambda e: {**e, "c7": {**e["c7"], "by": {**e["c7"]["by"], "u": {"x": 9}}}}
    ),
    "dict(entities)": pipes(copied_as_dict),
    "dict(entities, id=card)": pipes(lambda e: dict(e, c7=changed(e["c7"], n=6))),
    "dict([*items])": reads(lambda e, _: len(dict([*e.items()]))),
    "entities.copy(), del": copied_and_filtered,
    "delete and set again": set_again,
    "comprehension": pipes(lambda e: {key: changed(each, done=True) for key, each in e.items()}),
    "filter": filtered,
    "sum(values)": reads(lambda e, _: sum(each["n"] for each in e.values())),
    "for id in ids": reads(lambda e, ids: sum(e[each]["n"] for each in ids)),
    "sorted(values)": reads(lambda e, _: sorted(e.values(), key=lambda each: -each["n"])[:3]),
    "max(key=)": reads(lambda e, _: max(e, key=lambda each: e[each]["n"])),
    "any left half-way": reads(lambda e, _: any([each["n"] == 3 for each in e.values()])),
    "Counter": reads(lambda e, _: collections.Counter(each["n"] % 3 for each in e.values())[0]),
    "defaultdict": reads(lambda e, _: grouped(e)),
    "while deleting": purged,
    "popitem": lambda s, _: {**s, "log": [s["entities"].popitem()[0]]},
    "reversed ids": orders(lambda ids: ids[::-1]),
    "move in list(ids)": orders(moved_in_list),
    "ids + [id]": lambda s, card: {
        **s,
        "ids": s["ids"] + ["new"],
        "entities": s["entities"] | {"new": card},
        "log": [s["ids"] == [], s["ids"] == [], s["ids"] != ["a"]],
    },
    "ids by place": reads(
        lambda _, ids: [ids[0], ids[-1], ids[1:3], ids.index("c7"), ids.count("c7")]
    ),
    "first, *others": reads(spread_ids),
    "join, bisect": reads(joined),
    "heapq": reads(lambda _, ids: heapq.nsmallest(2, ids)),
    "sum of lists": reads(lambda _, ids: len(sum([ids, ids], []))),
    "tuple, set, zip": reads(
        lambda e, ids: [list(tuple(ids))[:2], sorted(set(ids))[:2], list(zip(ids, e))[0][0]]  # noqa: B905
    ),
    "islice, enumerate": reads(
        lambda e, ids: [list(itertools.islice(e, 2)), [*enumerate(ids)][1][1]]
    ),
    "!=": reads(
        lambda e, ids: [
            e != dict(e),
            dict(e) != e,
            e != {},
            ids != list(ids),
            list(ids) != ids,
            ids != [],
        ]
    ),
    "<=, >=": reads(lambda _, ids: [ids <= list(ids), list(ids) >= ids, ids >= [], ids < []]),
    "1.0 in ids": reads(lambda _, ids: [1.0 in ids, True in ids, None in ids]),
    "remove while iterating": removed_while_iterating,
    "set while iterating": set_while_iterating,
    "remove one of two": removed_once,
    "entities == {}": reads(lambda e, _: [e == {}, operator.eq({}, e), e == dict(e), dict(e) == e]),
    "json.dumps": reads(lambda e, ids: [len(json.dumps(e)), len(json.dumps(ids))]),
    "json.dumps(state)": lambda s, _: {
        **s,
        "log": [len(json.dumps(s, sort_keys=True)), len(json.dumps(s, indent=1))],
    },
    "json round trip": lambda s, _: changed(json.loads(json.dumps(s)), total=1),
    "copy.deepcopy": deeply_copied,
    "pickle": reads(
        lambda e, ids: [len(pickle.loads(pickle.dumps(each))) for each in (e, ids)]  # noqa: S301
    ),
    "pydantic, dict": lambda s, _: {**Loose.model_validate(s).model_dump(), "total": 2},
    "pydantic, dict[Any, Any]": reads(
        lambda e, _: len(TypeAdapter(dict[Any, Any]).validate_python(e))
    ),
    "pydantic, dict[str, Card]": reads(
        lambda e, _: len(TypeAdapter(dict[str, Card]).validate_python(e))
    ),
    "pydantic, Mapping": reads(lambda e, _: len(TypeAdapter(Mapping[str, Any]).validate_python(e))),
    "match with the rest": reads(lambda e, _: matched(e)),
    "f(**entities)": reads(lambda e, _: len(changed({}, **e))),
    "dict | entities": reads(lambda e, _: len({"zz": 1} | e)),
    "ChainMap, fromkeys, list": reads(
        lambda e, _: [len(collections.ChainMap({}, e)), len(dict.fromkeys(e)), len(list(e))]
    ),
    "OrderedDict, MappingProxyType": reads(
        lambda e, _: [len(collections.OrderedDict(e)), len(types.MappingProxyType(e))]
    ),
    "defaultdict(int, entities)": reads(lambda e, _: len(collections.defaultdict(int, e))),
    "reversed(entities)": reads(lambda e, _: list(reversed(e))[:2]),
    "next(iter(entities))": reads(lambda e, _: next(iter(e))),
    "repr": reads(lambda e, ids: [len(str(e)), len(f"{ids}")]),
    "log keeps all cards": lambda s, _: {**s, "log": [s["ids"], s["entities"]]},
    "one after the other": reads(lambda e, _: [*map(e.get, ["c1", "c2", "c3", "c4", "c6", "no"])]),
    "itemgetter": reads(lambda e, _: operator.itemgetter("c1", "c2", "c3", "c4", "c6", "c8")(e)[0]),
}

PLAIN: Final[dict[str, Idiom]] = {
    "ids.sort()": sorted_in_place,
    "ids.insert()": inserted,
    "ids.sort() or not": sorted_or_not,
    "log += ids": list_added_in_place,
    "ids *= 2": doubled,
    "ids.pop()": lambda s, _: {**s, "log": [s["ids"].pop(), s["ids"].pop(0)]},
    "clear()": emptied,
    "reversed(items())": reads(lambda e, _: next(reversed(e.items()))[0]),
    "type(entities)()": reads(lambda e, _: len(type(e)(a=1)) + len(type(e).fromkeys("ab"))),
    "pydantic, TypedDict": lambda s, _: changed(TypeAdapter(State).validate_python(s), total=2),
    "pydantic, strict": lambda s, _: changed(
        TypeAdapter(State).validate_python(s, strict=True), total=2
    ),
    "pydantic, model": lambda s, _: {**Model.model_validate(s).model_dump(), "total": 2},
    "pydantic, JSON": reads(lambda e, _: len(TypeAdapter(Any).dump_json(e))),
    "pydantic, list[str]": reads(lambda _, ids: len(TypeAdapter(list[str]).validate_python(ids))),
}

WRONG: Final[dict[str, Idiom]] = {
    "type(entities) is dict": reads(lambda e, _: type(e) is dict),
    "dict.items(entities)": reads(lambda e, _: len(dict.items(e))),
    "pydantic, list[Any]": reads(lambda _, ids: len(TypeAdapter(list[Any]).validate_python(ids))),
}
