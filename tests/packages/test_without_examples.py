"""The examples can be deleted from a checkout; what remains is right, with any other stores."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests import checkout

EXAMPLES: Final = (
    "src/service/app/contacts.py",
    "src/service/app/sales_orders.py",
    "src/service/app/workouts.py",
    "src/client/examples",
    "src/devtools/page/src/examples",
    "src/devtools/page/test/examples",
    "tests/examples",
)
# As somebody writes it who has no rules, at least not those of this checkout.
APPLICATION: Final = {
    "notes.py": """
from pydantic import BaseModel
from roundtrip import create_crud_slice

class Note(BaseModel):
    text: str
    done: bool = False

def unused(a, b = None): return a

notes = create_crud_slice('notes', Note)
""",
    "stores.py": """
from roundtrip import Store
from app.notes import notes
STORES = [Store('notes', notes, collection='notes')]
""",
    "listeners.py": """
LISTENERS = ()
""",
}
# Where npm puts packages.
NODE_FOLDERS: Final = ("src", "src/client", "src/devtools/page")
# Tests that read files of the checkout, or start processes of its application.
TRIED: Final = ("(docs and test_figures)", "test_lambda_app", "test_logs", "test_cost")
# Tests that the deletion may affect.
COLLECTED: Final = re.compile(r"\bapp[.]|import app\b|\bexamples\b")

DEADLINE_S: Final = 600


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout without the examples, with somebody's own store."""
    root = tmp_path_factory.mktemp("without") / "checkout"
    for name in _files():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(checkout.ROOT / name, root / name)
    for name in EXAMPLES:
        example = root / name
        shutil.rmtree(example) if example.is_dir() else example.unlink()
    for name, text in APPLICATION.items():
        (root / "src" / "service" / "app" / name).write_text(text, "utf-8")
    # What mypy found out about the same files saves it a minute.
    if (known := checkout.ROOT / ".mypy_cache").is_dir():
        # Without the journal of a mypy that runs at the same time.
        journal = shutil.ignore_patterns("*-shm", "*-wal", "*-journal")
        shutil.copytree(known, root / ".mypy_cache", ignore=journal)
    for folder in NODE_FOLDERS:
        if (installed := checkout.ROOT / folder / "node_modules").is_dir():
            (root / folder / "node_modules").symlink_to(installed)
    return root


def _files() -> list[str]:
    """Return what belongs to the checkout: what is in git, or may come to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
        cwd=checkout.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [name for name in listed.stdout.split("\0") if name]
    # Somebody may have deleted a file, and not told git yet.
    return [name for name in names if (checkout.ROOT / name).is_file()]


def run(tree: Path, *command: str | Path) -> None:
    sources = ("src/service", "src/devtools", "benchmarks/streamed/functions", ".")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COV_", "COVERAGE_", "PYTEST_"))
    }
    done = subprocess.run(
        command,
        cwd=tree,
        env=kept | {"PYTHONPATH": os.pathsep.join(sources)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "command",
    [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",), ("lint-imports",)],
    ids=" ".join,
)
def test_it_keeps_to_the_rules(tree: Path, command: tuple[str, ...]) -> None:
    program, *arguments = command
    run(tree, Path(sys.executable).with_name(program), *arguments)


def test_the_page_s_types_are_right(tree: Path) -> None:
    compiler = tree / "src" / "node_modules" / "typescript" / "bin" / "tsc"
    assert compiler.is_file(), "The page's packages are not installed: make page."
    node = Path(sys.executable).with_name("node")
    run(tree, node, compiler, "--noEmit", "--project", "src/devtools/page")


def test_tests_are_found_and_pass(tree: Path) -> None:
    chosen = " or ".join(TRIED)
    files = [
        str(path.relative_to(tree))
        for path in sorted((tree / "tests").rglob("test_*.py"))
        # Those of tests/e2e run only when they are named.
        if "e2e" not in path.parts
        and (path.stem in chosen or COLLECTED.search(path.read_text("utf-8")))
    ]
    assert len(files) > len(TRIED)
    pytest_quietly = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    run(tree, *pytest_quietly, "-k", chosen, *files)
