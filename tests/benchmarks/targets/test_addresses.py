from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.uri import parse_uri

from benchmarks.targets import AddressRefused, checked_url


@pytest.mark.parametrize(
    ("text", "secure", "url"),
    [
        ("https://a.execute-api.eu-west-1.amazonaws.com", "https", None),
        ("https://api.example.com/v1/", "https", "https://api.example.com/v1"),
        ("http://127.0.0.1:3000/", "https", "http://127.0.0.1:3000"),
        ("http://localhost:3000", "https", None),
        ("wss://a.execute-api.eu-west-1.amazonaws.com/prod", "wss", None),
        ("ws://127.0.0.1:3001", "wss", None),
    ],
)
def test_tls_anywhere_and_without_it_on_this_machine(
    text: str, secure: str, url: str | None
) -> None:
    assert checked_url("--url", text, secure=secure) == (url or text)


@pytest.mark.parametrize(
    "text",
    [
        "http://api.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost@example.com",
        "http://10.0.0.1:3000",
        "wss://api.example.com",
        "https://user:secret@api.example.com",
        "https://api.example.com?stage=prod",
        "https://api.example.com#prod",
        "https://api.example.com:port",
        "https://api.example.com/a b",
        "https://[::1",
        "https://",
        "api.example.com",
        "",
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(AddressRefused) as refusal:
        checked_url("--url", text, secure="https")
    assert str(refusal.value).startswith("--url must be https://HOST")
    assert str(refusal.value).endswith(f"not {text!r}.")


@pytest.mark.parametrize("text", ["ws://api.example.com", "https://api.example.com"])
def test_a_websocket_is_held_to_the_same(text: str) -> None:
    with pytest.raises(AddressRefused, match=r"^--url must be wss://HOST.* not "):
        checked_url("--url", text, secure="wss")


PIECES = st.sampled_from(
    ["127.0.0.1", "localhost", "example.com", "10.0.0.1", ":80", "@", "/", "\\", ".", "?", "#", "%"]
)


@given(st.sampled_from(["http", "ws"]), st.lists(PIECES | st.characters(), max_size=6).map("".join))
def test_without_tls_clients_connect_to_this_machine_alone(plain: str, rest: str) -> None:
    secure = {"http": "https", "ws": "wss"}[plain]
    try:
        url = checked_url("--url", f"{plain}://{rest}", secure=secure)
    except AddressRefused:
        return
    host = parse_uri(url).host if plain == "ws" else urlsplit(url).hostname
    assert host in {"127.0.0.1", "localhost"}
