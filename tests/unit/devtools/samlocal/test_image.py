from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.errors import DockerError
from roundtrip_devtools.samlocal.image import RuntimeImage, fetch
from tests.unit.devtools.samlocal.fake_docker import FakeDocker

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = RuntimeImage(runtime="python3.13", architecture="arm64")
HERE, NOT_HERE = (0, "[]", ""), (1, "", "No such image")


def test_the_names() -> None:
    assert IMAGE.published == "public.ecr.aws/lambda/python:3.13-arm64"
    assert IMAGE.with_emulator == "public.ecr.aws/lambda/python:3.13-rapid-arm64"


def test_what_is_here_is_not_fetched(tmp_path: Path) -> None:
    fake = FakeDocker(tmp_path, {"image inspect": HERE})
    assert fetch(fake.connect(), IMAGE) is True
    assert fake.asked[-1] == f"image inspect {IMAGE.with_emulator}"


def test_what_is_not_here_is_fetched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fake = FakeDocker(tmp_path, {"image inspect": NOT_HERE, "pull": (0, "", "")})
    assert fetch(fake.connect(), IMAGE) is False
    assert fake.asked[-1] == f"pull {IMAGE.published}"
    assert IMAGE.published in capsys.readouterr().out


def test_what_cannot_be_fetched(tmp_path: Path) -> None:
    refusal = (1, "", "Error response from daemon: no such host\n")
    fake = FakeDocker(tmp_path, {"image inspect": NOT_HERE, "pull": refusal})
    with pytest.raises(DockerError) as caught:
        fetch(fake.connect(), IMAGE)
    assert str(caught.value) == (
        f"Docker: the Lambda runtime {IMAGE.published} cannot be pulled "
        "(Error response from daemon: no such host); sam local needs it once, roundtrip dev never."
    )
