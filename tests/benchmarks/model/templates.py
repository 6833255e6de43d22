"""The resources of both designs' templates, without the values of intrinsic functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from benchmarks import checkout

if TYPE_CHECKING:
    from benchmarks.model.data import Design


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_multi_constructor("!", lambda _loader, tag, _node: {tag: ...})

_PATHS: Final[dict[Design, Any]] = {
    "coupled": checkout.TEMPLATE,
    "streamed": checkout.TEMPLATE.parent / "benchmarks" / "streamed" / "template.yaml",
}


def resources(design: Design) -> dict[str, Any]:
    text = _PATHS[design].read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, _Loader)["Resources"]  # noqa: S506  a SafeLoader
    return found


def of_type(design: Design, kind: str) -> list[str]:
    return [name for name, one in resources(design).items() if one["Type"] == kind]


def stream_of(function: str) -> dict[str, Any]:
    properties = resources("streamed")[function]["Properties"]
    found: dict[str, Any] = properties["Events"]["Stream"]["Properties"]
    return found
