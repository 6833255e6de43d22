from __future__ import annotations

import json
import os
import pwd
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.errors import ConfigurationError, StorageUnreachable
from roundtrip.storage.dynamodb import credentials as module
from roundtrip.storage.dynamodb import profile
from roundtrip.storage.dynamodb.credentials import KeptCredentials, source
from roundtrip.storage.dynamodb.keys import Credentials
from roundtrip.storage.dynamodb.profile import ProfileCredentials
from tests.unit.storage.server import Reply, Server, http, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HIDDEN = "hidden/secret+key="
NO_FILES = {"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}


def answer(name: str = "AKID", *, minutes: float = 60, **more: Any) -> Reply:
    ends = datetime.now(UTC) + timedelta(minutes=minutes)
    found = {
        "AccessKeyId": name,
        "SecretAccessKey": HIDDEN,
        "Token": "token",
        "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **more,
    }
    return http(200, json.dumps(found).encode())


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(answer()) as running:
        yield running


def container(server: Server, **more: str) -> dict[str, str]:
    url = f"{server.url}/creds?id=1"
    return {**NO_FILES, "AWS_CONTAINER_CREDENTIALS_FULL_URI": url, **more}


class TestEnvironment:
    def test_keys_come_first(self, server: Server) -> None:
        keys = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B", "AWS_SESSION_TOKEN": "C"}
        assert source(container(server, **keys)).current() == Credentials("A", "B", "C")
        assert server.requests == []

    def test_a_token_is_not_needed(self) -> None:
        found = source({"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B"}).current()
        assert found == Credentials("A", "B", None)

    def test_half_a_key_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="AWS_SECRET_ACCESS_KEY"):
            source({"AWS_ACCESS_KEY_ID": "A"}).current()

    def test_after_a_restore_the_environment_is_read_again(self) -> None:
        environment = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B"}
        found = source(environment)
        found.current()
        environment["AWS_SECRET_ACCESS_KEY"] = "C"
        assert found.current().secret_key == "B"
        found.forget()
        assert found.current().secret_key == "C"


class TestContainer:
    def test_the_endpoint_is_asked_once(self, server: Server) -> None:
        environment = container(server, AWS_CONTAINER_AUTHORIZATION_TOKEN="Bearer t")
        found = source(environment)
        assert found.current() is found.current()
        keys = found.current()
        assert (keys.access_key, keys.secret_key, keys.token) == ("AKID", HIDDEN, "token")
        (request,) = server.requests
        assert request.startswith(b"GET /creds?id=1 HTTP/1.1\r\n")
        assert b"\r\nAuthorization: Bearer t\r\n" in request

    def test_the_token_is_read_from_its_file_each_time(
        self, server: Server, tmp_path: Path
    ) -> None:
        file = tmp_path / "token"
        found = source(container(server, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(file)))
        for token in ("one", "two"):
            file.write_text(f"{token}\n")
            found.forget()
            found.current()
            assert f"\r\nAuthorization: {token}\r\n".encode() in server.requests[-1]

    def test_they_are_renewed_ahead_of_their_end(self, server: Server) -> None:
        server.reply(answer("A", minutes=14), answer("B"))
        found = source(container(server))
        assert found.current().access_key == "A"
        # An endpoint that gives short-lived ones is not asked before every request.
        assert found.current().access_key == "A"
        pause_over(found)
        assert [found.current().access_key for _ in range(3)] == ["B"] * 3
        assert len(server.requests) == 2

    def test_valid_ones_outlive_an_endpoint_that_fails(self, server: Server) -> None:
        server.reply(answer("A", minutes=14), http(500))
        found = source(container(server))
        found.current()
        pause_over(found)
        assert [found.current().access_key for _ in range(3)] == ["A"] * 3
        assert len(server.requests) == 2

    def test_those_that_expired_meanwhile_are_never_used(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.reply(answer("A", minutes=0.5), http(500))
        found = source(container(server))
        found.current()
        now_s = time.time()
        monkeypatch.setattr(time, "time", lambda: now_s + 31)
        with pytest.raises(StorageUnreachable, match="500"):
            found.current()

    def test_only_one_thread_renews(self) -> None:
        begun, go_on, fetches = threading.Event(), threading.Event(), 0

        def fetch() -> Credentials:
            nonlocal fetches
            fetches += 1
            if fetches > 1:
                begun.set()
                assert go_on.wait(9)
            return Credentials(f"A{fetches}", HIDDEN, None, time.time() + 600)

        kept = KeptCredentials(fetch)
        kept.current()
        pause_over(kept)
        renewing = threading.Thread(target=kept.current)
        renewing.start()
        assert begun.wait(9)
        assert kept.current().access_key == "A1"
        go_on.set()
        renewing.join()
        assert (kept.current().access_key, fetches) == ("A2", 2)

    def test_a_thread_that_waited_takes_what_another_fetched(self) -> None:
        fetches, found = [], []

        def fetch() -> Credentials:
            time.sleep(0.05)
            fetches.append(1)
            return Credentials("A", HIDDEN)

        kept = KeptCredentials(fetch)
        threads = [threading.Thread(target=lambda: found.append(kept.current())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(found), len(fetches)) == (4, 1)

    def test_no_thread_waits_for_ever_for_another(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "READ_TIMEOUT_S", 0.02)
        monkeypatch.setattr(module, "CONNECT_TIMEOUT_S", 0.02)
        begun, go_on = threading.Event(), threading.Event()

        def fetch() -> Credentials:
            begun.set()
            assert go_on.wait(9)
            return Credentials("A", HIDDEN)

        kept = KeptCredentials(fetch)
        fetching = threading.Thread(target=kept.current)
        fetching.start()
        assert begun.wait(9)
        with pytest.raises(StorageUnreachable, match="another request"):
            kept.current()
        go_on.set()
        fetching.join()
        assert kept.current().access_key == "A"

    @pytest.mark.parametrize(
        ("reply", "error", "message"),
        [
            (http(500, HIDDEN.encode()), StorageUnreachable, "status 500"),
            (http(403, HIDDEN.encode()), ConfigurationError, "status 403"),
            (http(302, headers={"Location": "http://evil"}), ConfigurationError, "status 302"),
            (http(200, HIDDEN.encode()), ConfigurationError, "something else"),
            (http(200, b"[]"), ConfigurationError, "something else"),
            (http(200, b'{"AccessKeyId": "A"}'), ConfigurationError, "something else"),
            (answer(SecretAccessKey=None), ConfigurationError, "something else"),
            (answer(Token="a\r\nEvil: header"), ConfigurationError, "printable"),
            (answer(Expiration="later"), ConfigurationError, "something else"),
            (answer(Expiration="0001-01-01T00:00:00"), ConfigurationError, "something else"),
            (answer(AccessKeyId=""), ConfigurationError, "printable"),
            (answer(SecretAccessKey=f"{HIDDEN} "), ConfigurationError, "printable"),
            (http(200, b"[" * 100_000), ConfigurationError, "something else"),
            (Reply(give=0), StorageUnreachable, "did not answer"),
        ],
    )
    def test_an_answer_that_is_none(
        self, server: Server, reply: Reply, error: type[Exception], message: str
    ) -> None:
        server.reply(reply)
        with pytest.raises(error, match=message) as raised:
            source(container(server)).current()
        assert HIDDEN not in repr(raised.value)
        assert raised.value.__cause__ is None or HIDDEN not in repr(raised.value.__cause__)

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.org/",
            "http://127.example.org/",
            "http://localhost@example.org/",
            "http://user:hidden@localhost/",
            "ftp://127.0.0.1/",
            "http://",
            "http://[::1",
            "http://127.0.0.1:port/",
            "http://127.0.0.1/a b",
            "http://127.0.0.1/\u00fc",
            "x",
        ],
    )
    def test_secrets_are_not_asked_for_in_plain_text_elsewhere(self, url: str) -> None:
        environment = {**NO_FILES, "AWS_CONTAINER_CREDENTIALS_FULL_URI": url}
        with pytest.raises(ConfigurationError, match="FULL_URI") as raised:
            source(environment).current()
        assert "hidden" not in str(raised.value)

    def test_the_endpoint_of_ecs(self, monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
        monkeypatch.setattr(module, "_ECS", server.url)
        found = source({**NO_FILES, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/me"})
        assert found.current().access_key == "AKID"
        assert server.requests[0].startswith(b"GET /v2/me HTTP/1.1\r\n")

    def test_a_token_that_would_end_the_header(self, server: Server) -> None:
        environment = container(server, AWS_CONTAINER_AUTHORIZATION_TOKEN="a\r\nb")
        with pytest.raises(ConfigurationError, match="one line"):
            source(environment).current()

    def test_a_token_file_that_is_no_text(self, server: Server, tmp_path: Path) -> None:
        file = tmp_path / "token"
        file.write_bytes(b"\xff\xfe")
        environment = container(server, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(file))
        with pytest.raises(ConfigurationError, match="one line"):
            source(environment).current()

    def test_a_token_file_that_is_missing(self, server: Server) -> None:
        environment = container(server, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="/nonexistent")
        with pytest.raises(ConfigurationError, match="cannot read /nonexistent"):
            source(environment).current()


class TestProfiles:
    def test_the_sdk_reads_them(
        self, monkeypatch: pytest.MonkeyPatch, bare_environment: None, tmp_path: Path
    ) -> None:
        del bare_environment
        file = tmp_path / "credentials"
        file.write_text(f"[me]\naws_access_key_id = A\naws_secret_access_key = {HIDDEN}\n")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
        monkeypatch.setenv("AWS_PROFILE", "me")
        environment = {"AWS_SHARED_CREDENTIALS_FILE": str(file), "AWS_PROFILE": "me"}
        found = source(environment)
        assert found.current() == Credentials("A", HIDDEN)
        file.write_text(f"[me]\naws_access_key_id = B\naws_secret_access_key = {HIDDEN}\n")
        found.forget()
        assert found.current() == Credentials("B", HIDDEN)

    @pytest.mark.usefixtures("bare_environment")
    def test_there_may_be_none(self) -> None:
        with pytest.raises(ConfigurationError, match="no AWS credentials"):
            source(NO_FILES).current()

    @pytest.mark.usefixtures("bare_environment")
    def test_a_profile_that_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "me")
        with pytest.raises(ConfigurationError, match="me"):
            source({"AWS_PROFILE": "me"}).current()

    @pytest.mark.parametrize(
        "more",
        [
            {"AWS_PROFILE": "me"},
            {"AWS_DEFAULT_PROFILE": "me"},
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "t"},
        ],
    )
    def test_they_come_before_the_container(self, server: Server, more: dict[str, str]) -> None:
        assert isinstance(source(container(server, **more)), ProfileCredentials)

    def test_a_home_that_is_closed_has_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def closed(*_: Any, **__: Any) -> Any:
            raise PermissionError

        monkeypatch.setattr(os, "stat", closed)
        assert not profile.exists({})

    def test_a_process_may_have_no_home(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("HOME", raising=False)

        def nobody(_: int) -> Any:
            raise KeyError("getpwuid(): uid not found")

        monkeypatch.setattr(pwd, "getpwuid", nobody)
        assert not profile.exists({})


class TestSecrets:
    def test_a_representation_shows_none(self) -> None:
        shown = repr(Credentials("AKID", HIDDEN, "token-of-me"))
        assert HIDDEN not in shown
        assert "token-of-me" not in shown
        assert "AKID" in shown

    @pytest.mark.parametrize("secret", ["a\nb", "b\u00fc", "\x00", "sp ace", "trailing ", ""])
    def test_what_cannot_be_a_key_is_refused_without_being_shown(self, secret: str) -> None:
        with pytest.raises(ConfigurationError) as raised:
            Credentials("AKID", secret)
        assert not secret or secret not in str(raised.value)


def pause_over(kept: Any) -> None:
    """Let the pause between two renewals be over."""
    kept._renew_at_s = 0.0
