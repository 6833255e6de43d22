from __future__ import annotations

import re
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.limits import LAST_VERSION
from roundtrip.storage.dynamodb import checkpoints, items
from roundtrip.storage.records import DELETED_TEXT, Checkpoint, Head
from roundtrip_devtools import cli
from roundtrip_devtools.logs import workers
from roundtrip_devtools.logs.log import Found
from tests import logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from roundtrip.storage.memory import MemoryStorage

WRONG_HEADS = (
    "Wrong heads: 3. Give a changed reducer another revision; rebuild damaged heads with roundtrip "
    "repair."
)
REVISION = logs.stores_of(logs.CODE)[0].reducer.revision
SEEN = re.compile(r", in [\d.]+ s \(\d+ a second\)\.")


@pytest.fixture
def verify(
    project: Path,
    storage: MemoryStorage,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[int, list[str]]]:
    """Exports the log and verifies it; returns the exit code, and the lines with the sum last."""
    monkeypatch.setattr(workers, "_LINE_S", 1e6)

    def run(*options: str) -> tuple[int, list[str]]:
        export = project.parent / "export"
        if not export.exists():
            logs.write_export(export, logs.items_of(storage).values())
        code = cli.main(["verify", "--export", str(export), *options])
        out, err = capsys.readouterr()
        assert err == ""
        lines = out.splitlines()
        [total] = [line for line in lines if SEEN.search(line)]
        lines.remove(total)
        return code, [*sorted(lines), SEEN.sub("", total)]

    return run


def commit(project: Path, message: str = "x") -> None:
    if not (project / ".git").exists():
        subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    me = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "add", "-A"], cwd=project, check=True)
    subprocess.run(["git", *me, "commit", "-qm", message], cwd=project, check=True)


def test_a_sound_log(storage: MemoryStorage, verify: Callable[..., Any]) -> None:
    # Long texts are compressed, and so they are bytes in the export.
    note = {"type": "counter/noted", "payload": "x" * 2000}
    logs.send(logs.write_log(storage, ["long"]), "long", note)
    assert "B" in logs.items_of(storage)[logs.A._replace(id="long"), "head"]["state"]
    assert verify() == (0, ["Streams: 4; events: 21"])


def test_a_changed_reducer_of_the_same_revision(project: Path, verify: Callable[..., Any]) -> None:
    logs.write_project(project, logs.CHANGED)
    code, lines = verify()
    assert code == 1
    assert lines == [
        WRONG_HEADS,
        *(
            f"counters/{one}: the head at version 5 is not the fold: /n is 10 in the head, "
            "100 by its events."
            for one in "abc"
        ),
        "Streams: 3; events: 15",
    ]


def test_a_head_of_another_revision_is_not_compared(
    project: Path, verify: Callable[..., Any]
) -> None:
    logs.write_project(project, logs.REVISED)
    code, lines = verify()
    assert code == 0
    assert lines[0].startswith("Heads of another revision: 3. ")


def test_a_deletion_is_final(
    project: Path, storage: MemoryStorage, verify: Callable[..., Any]
) -> None:
    logs.send(logs.write_log(storage, ["gone"]), "gone", {"type": "counter/deleted"})
    revived = logs.CODE.replace("dict(DELETED)", '{"n": 1, "notes": []}')
    for code in (logs.REVISED, revived):
        logs.write_project(project, code)
        assert verify("--stream", "counters/gone") == (0, ["Streams: 1; events: 6"])
    logs.write_project(project, logs.BROKEN)
    said = "The reducer failed on counter/noted: it raised ZeroDivisionError"
    assert verify("--stream", "counters/gone") == (
        0,
        [
            (
                f"counters/gone: cannot replay event 5 (counter/noted): {said}; the stream is "
                "deleted."
            ),
            "Streams: 1; events: 4",
        ],
    )


def test_a_stream_that_is_being_erased(storage: MemoryStorage, verify: Callable[..., Any]) -> None:
    stored = logs.items_of(storage)
    head = Head(logs.A, LAST_VERSION, DELETED_TEXT, "erased", "", "")
    stored[logs.A, "head"] = items.head_item(head)
    del stored[logs.A, "commit#000000000005"]
    assert verify() == (
        0,
        [
            "counters/a: it is being erased, or roundtrip erase was interrupted.",
            "Streams: 2; events: 10",
        ],
    )


def test_checkpoints_of_the_running_revision_are_compared(
    storage: MemoryStorage, verify: Callable[..., Any]
) -> None:
    for state, version in (('{"n":6.0,"notes":[]}', 3), ('{"n":10,"notes":["end"]}', 5)):
        storage.keep(Checkpoint(logs.A, version, REVISION, state))
    storage.keep(Checkpoint(logs.A, 3, "another", "{}"))
    storage.keep(Checkpoint(logs.A, 6, REVISION, "{}"))
    damaged = checkpoints.checkpoint_item(Checkpoint(logs.A, 4, REVISION, "{}"))
    logs.items_of(storage)[logs.A, damaged["sk"]["S"]] = {**damaged, "state": {"S": "{"}}
    # Nothing else is left of this one.
    storage.keep(Checkpoint(logs.A._replace(id="erased"), 1, REVISION, "{}"))
    assert verify() == (
        1,
        [
            (
                "Wrong checkpoints: 3. Give a changed reducer another revision; or delete them "
                "with roundtrip repair."
            ),
            (
                "counters/a: the checkpoint at version 3 is not the fold: /n is 6.0 in the "
                "checkpoint, 6 by its events (and 2 more)."
            ),
            "Streams: 3; events: 15",
        ],
    )


@pytest.mark.parametrize(
    ("version", "state", "said"),
    [
        (0, "{}", "the checkpoint at version 0 belongs to no event"),
        (2, "{", "a checkpoint is damaged: Roundtrip did not write item checkpoint#"),
        (2, f'["{"x" * 5000}",]', "the checkpoint at version 2 is damaged: its state is not JSON"),
        (2, "[" * 5000 + "]" * 5000, "the checkpoint at version 2 is damaged: its state is not"),
        (6, "{}", "the checkpoint at version 6 is after the last event, 5"),
    ],
)
def test_what_is_wrong_with_a_checkpoint(
    storage: MemoryStorage, verify: Callable[..., Any], version: int, state: str, said: str
) -> None:
    item = checkpoints.checkpoint_item(Checkpoint(logs.A, version, REVISION, "{}"))
    logs.items_of(storage)[logs.A, item["sk"]["S"]] = {**item, "state": {"S": state}}
    code, lines = verify()
    assert code == 1
    assert [line for line in lines if line.startswith(f"counters/a: {said}")], lines


def test_an_event_that_fails(
    project: Path, storage: MemoryStorage, verify: Callable[..., Any]
) -> None:
    logs.write_project(project, logs.FAILING)
    logs.send(
        logs.write_log(storage, "d"),
        "d",
        {"type": "counter/noted", "payload": ""},
        {"type": "counter/added", "payload": 5},
    )
    code, lines = verify("--stream", "counters/d")
    assert code == 1
    assert lines == [
        "Streams that cannot be replayed: 1.",
        (
            "counters/d: cannot replay event 6 (counter/noted): The reducer failed on "
            "counter/noted: it raised ZeroDivisionError."
        ),
        "Streams: 1; events: 5",
    ]


@pytest.mark.parametrize(
    ("sk", "attribute", "value", "said"),
    [
        (
            "commit#000000000002",
            None,
            None,
            "cannot replay event 2: it is missing; 5 follows.",
        ),
        (
            "commit#000000000002",
            "actions",
            {"S": "[]"},
            "cannot replay event 2: the commit at version 2 should have 3 actions and has 0.",
        ),
        (
            "commit#000000000001",
            "count",
            None,
            "cannot replay event 1: Roundtrip did not write item commit#000000000001 in this form",
        ),
        ("head", None, None, "the head is missing."),
        ("head", "state", {"S": '{"n":1'}, "the head is damaged: Roundtrip did not write item"),
        ("head", "state", {"S": '{"n":1,}'}, "the head is damaged: Roundtrip did not write item"),
        (
            "head",
            "state",
            {"S": f'{{"n":1,"notes":["{"x" * 5000}",]}}'},
            "the head is damaged: its state is not JSON: ",
        ),
        ("head", "state", {"S": "[" * 5000 + "]" * 5000}, "the head is damaged: its state is not"),
        ("head", "version", {"N": "4"}, "the head is at version 4, but the events go on to 5."),
        (
            "head",
            "version",
            {"N": "6"},
            "cannot replay event 6: it is missing; the head is at version 6.",
        ),
        (
            "head",
            "state",
            {"S": '{"n":10.0,"notes":["end"],"x/y":1}'},
            (
                "the head at version 5 is not the fold: /n is 10.0 in the head, 10 by its events; "
                "/x~1y is 1 in the head, nothing by its events."
            ),
        ),
    ],
)
def test_damaged_items_are_told(
    storage: MemoryStorage,
    verify: Callable[..., Any],
    sk: str,
    attribute: str | None,
    value: Any,
    said: str,
) -> None:
    stored = logs.items_of(storage)
    item = stored.pop((logs.A, sk))
    if attribute is not None:
        changed = {**item, attribute: value} if value else dict(item)
        if value is None:
            del changed[attribute]
        stored[logs.A, sk] = changed
    code, lines = verify()
    assert code == 1
    assert [line for line in lines if line.startswith(f"counters/a: {said}")], lines
    assert len([line for line in lines if line.startswith("counters/")]) == 1


@pytest.mark.parametrize("revised", [False, True])
def test_two_revisions_of_the_code(
    project: Path, verify: Callable[..., Any], revised: bool
) -> None:
    commit(project)
    changed = logs.CODE.replace("[*state", "[len(state['notes']), *state")
    logs.write_project(project, changed.replace('"1"', '"2"') if revised else changed)
    code, lines = verify("--against", "HEAD", "--stream", "counters/a")
    assert code == (0 if revised else 1)
    [place] = [line for line in lines if "differs" in line]
    assert place == (
        'counters/a: first differs at event 5: /notes/0 is "end" by HEAD, 0 now; '
        '/notes/1 is nothing by HEAD, "end" now.'
    )
    [summary] = [line for line in lines if "another state" in line]
    expected = (
        r"counters: streams with another state than by HEAD: 1, and another revision: 1\.\w+, now "
        r"2\.\w+\."
        if revised
        else r"counters: streams with another state than by HEAD: 1, and the same revision 1\.\w+: "
        r"give the changed reducer another one\."
    )
    assert re.fullmatch(expected, summary)
    assert not subprocess.check_output(["git", "worktree", "prune", "-v"], cwd=project)


def test_the_order_of_members_is_no_difference_but_hides_none(
    project: Path, verify: Callable[..., Any]
) -> None:
    commit(project)
    turned = logs.CODE.replace(
        '"n": state["n"], "notes": [*state["notes"], action.payload]',
        '"notes": [*state["notes"], action.payload], "n": state["n"]',
    ).replace(
        '"n": state["n"] + action.payload, "notes": state["notes"]',
        '"notes": state["notes"], "n": state["n"] + action.payload',
    )
    logs.write_project(project, turned)
    assert verify("--against", "HEAD") == (0, ["Streams: 3; events: 15"])
    logs.write_project(project, turned.replace("[*state", "[1, *state"))
    code, lines = verify("--against", "HEAD")
    assert code == 1
    assert len([line for line in lines if "first differs at event 5: /notes/0 is" in line]) == 3


def test_a_failure_that_the_code_mends(project: Path, verify: Callable[..., Any]) -> None:
    logs.write_project(project, logs.BROKEN)
    commit(project)
    logs.write_project(project)
    code, lines = verify("--against", "HEAD", "--stream", "counters/a")
    assert code == 0
    assert lines == [
        (
            "counters/a: HEAD cannot replay event 5 (counter/noted): The reducer failed on "
            "counter/noted: it raised ZeroDivisionError; the code can."
        ),
        "Streams: 1; events: 5",
    ]


def test_only_some_streams(
    project: Path, storage: MemoryStorage, verify: Callable[..., Any]
) -> None:
    api = logs.write_log(storage, ["late"])
    api.clock.advance(days=40)
    logs.add(api, "late", 6)
    day = (api.clock.now() - timedelta(days=1)).date().isoformat()
    for since in (day, f"{day}T00:00:00Z", f"{day}T00:00:00.000Z"):
        assert verify("--since", since)[1][-1] == "Streams: 1; events: 6"
    assert verify("--sample", "2")[1][-1].startswith("Streams: 2; events: 1")
    two = ["--stream", "counters/a", "--stream", "counters/late"]
    assert verify(*two)[1][-1] == "Streams: 2; events: 11"
    code, lines = verify("--stream", "counters/zz")
    assert code == 1
    assert lines == [
        "Streams not found: 1.",
        "counters/zz: there is no such stream.",
        "Streams: 0; events: 0",
    ]
    logs.write_project(project, logs.CODE.replace('"counters"', '"others"'))
    assert verify() == (
        0,
        ["Streams left out, since the code has no store counters: 4.", "Streams: 0; events: 0"],
    )
    assert verify("--stream", "counters/a") == (
        1,
        [
            "Streams not found: 1.",
            "counters/a: the code has no store counters.",
            "Streams: 0; events: 0",
        ],
    )


def test_a_process_that_ends_is_one_sentence(
    project: Path, storage: MemoryStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.write_project(project, f"import os\n{logs.CODE}".replace("*state", "*state, os._exit(3)"))
    export = logs.write_export(project.parent / "export", logs.items_of(storage).values())
    assert cli.main(["verify", "--export", str(export)]) == 1
    assert capsys.readouterr().err.startswith("A process that replayed events ended early: ")


def test_streams_are_sent_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_GROUP_EVENTS", 10)
    found = [Found(logs.A._replace(id=one), 4) for one in "abcdefg"]
    assert [len(group) for group in workers._groups(found)] == [3, 3, 1]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ([], 2, "give one of --table and --export"),
        (["--table", "t", "--export", "."], 2, "give one of --table and --export"),
        (["--export", "no"], 2, "Directory 'no' does not exist"),
        (["--table", "t", "--sample", "0"], 2, "0 is not in the range 1<=x<="),
        (["--table", "t", "--sample", "9" * 20], 2, "is not in the range 1<=x<="),
        (
            ["--table", "t", "--stream", "counters/a", "--since", "2026-01-01"],
            2,
            "give one of --stream and --since",
        ),
        (["--table", "t", "--since", "yesterday"], 2, "'yesterday' does not match the format"),
        (["--table", "t", "--stream", "a"], 1, "STREAM must be [NAMESPACE/]STORE/ID, not 'a'."),
        (["--export", "."], 1, "--export must be a folder with an export of a table"),
    ],
)
@pytest.mark.usefixtures("project")
def test_wrong_usage(
    options: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["verify", *options]) == code
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", b"{}\n", "a.json, line 1: expected a line of a full export in the format"),
        ("a.json", b'{"Item": {"pk": {"S": "a"}}}\n', "received KeyError: 'sk'"),
        ("a.json.gz", b"no gzip\n", "a.json.gz, line 0: expected a line of a full export"),
    ],
)
def test_no_export(
    project: Path, name: str, content: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    export = project / "export"
    export.mkdir()
    (export / name).write_bytes(content)
    assert cli.main(["verify", "--export", str(export)]) == 1
    assert said in capsys.readouterr().err


def test_two_exports_in_one_folder(
    project: Path, storage: MemoryStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("export/1", "export/2"):
        logs.write_export(project / name, logs.items_of(storage).values())
    assert cli.main(["verify", "--export", "export"]) == 1
    expected = "--export must be the folder of one full export; it holds items of several, not "
    assert capsys.readouterr().err.startswith(expected)


def test_wrong_revisions_and_projects(
    project: Path, storage: MemoryStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.write_export(project / "export", logs.items_of(storage).values())
    against = ["verify", "--export", "export", "--against"]
    assert cli.main([*against, "HEAD"]) == 1
    assert capsys.readouterr().err.startswith("--against needs a git repository: ")
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    me = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *me, "commit", "--allow-empty", "-qm", "x"], cwd=project, check=True)
    assert cli.main([*against, "HEAD"]) == 1
    said = f"HEAD has no template.yaml in {project}: choose a later revision.\n"
    assert capsys.readouterr().err == said
    (project / "link").symlink_to("/nowhere")
    commit(project)
    assert cli.main([*against, "HEAD"]) == 1
    assert capsys.readouterr().err.startswith("The files of HEAD cannot be unpacked: 'link' is a ")
    (project / "link").unlink()
    commit(project)
    for ref in ("nowhere", "--help", ""):
        assert cli.main([*against, ref]) == 1
        said = f"--against must be a revision that git knows, not {ref!r}.\n"
        assert capsys.readouterr().err == said
    (project / "src/service/app/stores.py").write_text("import nothing\n", "utf-8")
    assert cli.main(["verify", "--export", "export"]) == 1
    assert "app.stores cannot be loaded: correct the error above." in capsys.readouterr().err
    commit(project)
    logs.write_project(project)
    assert cli.main([*against, "HEAD"]) == 1
    assert "HEAD: app.stores cannot be loaded: correct the" in capsys.readouterr().err


def test_progress(
    project: Path,
    storage: MemoryStorage,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "_LINE_S", 0)
    export = logs.write_export(project / "export", logs.items_of(storage).values())
    assert cli.main(["verify", "--export", str(export)]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == "15 events"
