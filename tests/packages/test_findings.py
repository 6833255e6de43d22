"""What the check of a release finds, each fault by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maintenance.client import SOURCES, packed_manifest
from maintenance.release import (
    NpmPackage,
    Wheel,
    changelog_findings,
    client_findings,
    licence_findings,
    wheel_findings,
)
from roundtrip import __version__

LICENCE = "roundtrip_redux_devtools-1.0.0.dist-info/licenses/LICENSE"
GOOD = Wheel(
    name="roundtrip-redux-devtools",
    version="1.0.0",
    requires=("roundtrip-redux==1.0.0",),
    files={
        "roundtrip_devtools/__init__.py": 1,
        "roundtrip_devtools/py.typed": 0,
        "roundtrip_devtools/skeleton/tests/test_tasks.py.template": 1,
        "roundtrip_devtools/skeleton/.gitignore.template": 1,
        "roundtrip_devtools/bundle/page/index.html": 1,
        "roundtrip_devtools/bundle/template.yaml": 1,
        "roundtrip_devtools/bundle/samconfig.toml": 1,
        LICENCE: 1,
    },
)


def without(*names: str) -> dict[str, int]:
    return {name: size for name, size in GOOD.files.items() if name not in names}


def test_a_wheel_as_it_should_be() -> None:
    assert [*wheel_findings(GOOD, "1.0.0")] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": "0.9.0"}, "has version 0.9.0, not 1.0.0"),
        ({"requires": ("roundtrip-redux==0.9.0",)}, "does not require roundtrip-redux==1.0.0"),
        ({"files": {**GOOD.files, "client/a.py": 1}}, "and installs client, roundtrip_devtools"),
        ({"files": without(LICENCE)}, "holds no licence file"),
        ({"files": without("roundtrip_devtools/py.typed")}, "holds no roundtrip_devtools/py.typed"),
        ({"files": without("roundtrip_devtools/bundle/page/index.html")}, "brings no page/index"),
        ({"files": {**GOOD.files, "roundtrip_devtools/bundle/template.yaml": 0}}, "brings no temp"),
    ],
)
def test_a_fault_of_a_wheel(changes: dict[str, Any], said: str) -> None:
    (sentence,) = wheel_findings(GOOD._replace(**changes), "1.0.0")
    assert said in sentence


@pytest.mark.parametrize(
    "name", ["__pycache__/a.pyc", "tests/test_a.py", "app/main.py", ".env", "a.pyc"]
)
def test_what_nobody_needs(name: str) -> None:
    files = {**GOOD.files, f"roundtrip_devtools/{name}": 1}
    (sentence,) = wheel_findings(GOOD._replace(files=files), "1.0.0")
    assert f"holds roundtrip_devtools/{name}, which no user" in sentence


MANIFEST = packed_manifest(json.loads((SOURCES / "package.json").read_text("utf-8")), __version__)
CLIENT_FILES = frozenset(
    {"LICENSE", "README.md", "package.json", "dist/index.js", "dist/index.d.ts"}
)


def test_the_client_as_it_should_be() -> None:
    client = NpmPackage(manifest=MANIFEST, files=CLIENT_FILES)
    assert [*client_findings(client, __version__)] == []
    assert "src" not in json.dumps(MANIFEST["exports"])


@pytest.mark.parametrize(
    ("manifest", "files", "said"),
    [
        ({"version": "9.9.9"}, CLIENT_FILES, "has version 9.9.9, not"),
        ({"license": None}, CLIENT_FILES, "should have the license MIT, and has None"),
        ({}, CLIENT_FILES - {"LICENSE"}, "holds no LICENSE"),
        ({}, CLIENT_FILES - {"dist/index.d.ts"}, "holds no dist/index.d.ts"),
        ({}, CLIENT_FILES | {"dist/a.test.js"}, "holds dist/a.test.js"),
    ],
)
def test_a_fault_of_the_client(manifest: dict[str, Any], files: frozenset[str], said: str) -> None:
    client = NpmPackage(manifest=MANIFEST | manifest, files=files)
    (sentence,) = client_findings(client, __version__)
    assert said in sentence


def test_another_version_is_told_of_the_sources_too() -> None:
    client = NpmPackage(manifest=MANIFEST | {"version": "9.9.9"}, files=CLIENT_FILES)
    (sentence,) = client_findings(client, "9.9.9")
    assert sentence == f"src/client/package.json has version {__version__}, not 9.9.9: change it."


def test_one_licence_for_all() -> None:
    assert [*licence_findings()] == []


@pytest.mark.parametrize("text", ["", "## [Unreleased]", "## [1.0.0]", "## [11.0.0] - 2026-01-01"])
def test_no_section_for_the_version(text: str) -> None:
    assert len([*changelog_findings(text, "1.0.0")]) == 1
