from __future__ import annotations

from roundtrip.engine.cache import HeadCache
from roundtrip.storage.records import Head
from tests.worlds import STREAM


def head(version: int = 1, state_text: str = "{}", name: str = "a") -> Head:
    return Head(STREAM._replace(id=name), version, state_text, "1", "", "")


def test_trusts_what_was_stored() -> None:
    cache = HeadCache()
    assert cache.trusted(STREAM) is None
    cache.store(head(1))
    cache.store(head(2))
    assert cache.trusted(STREAM) == head(2)


def test_an_older_head_never_replaces_a_newer() -> None:
    cache = HeadCache()
    cache.store(head(2))
    cache.store(head(1))
    cache.store(head(1), was_read=True)
    assert cache.trusted(STREAM) == head(2)


def test_a_stream_that_was_erased_and_made_again_is_another() -> None:
    cache = HeadCache()
    old, new = (head(2)._replace(created_at=day) for day in ("2026-01-01", "2026-01-02"))
    cache.store(old)
    assert cache.same_as(old._replace(revision="2")) == old
    assert cache.same_as(new) is None
    first = new._replace(version=1)
    cache.store(first, was_read=True)
    assert cache.trusted(STREAM) == first
    cache.store(old)
    assert cache.trusted(STREAM) == first


def test_a_contended_stream_is_trusted_again_when_a_read_finds_it_unmoved() -> None:
    cache = HeadCache()
    cache.store(head(1))
    cache.contend(STREAM)
    cache.store(head(2))
    assert cache.trusted(STREAM) is None
    cache.store(head(3), was_read=True)
    assert cache.trusted(STREAM) is None
    cache.store(head(3), was_read=True)
    assert cache.trusted(STREAM) == head(3)


def test_contention_of_an_unknown_stream_is_nothing_to_keep() -> None:
    cache = HeadCache()
    cache.contend(STREAM)
    cache.store(head(1))
    assert cache.trusted(STREAM) == head(1)


def test_forgets_what_was_used_longest_ago() -> None:
    cache = HeadCache(max_heads=2)
    cache.store(head(name="a"))
    cache.store(head(name="b"))
    cache.trusted(STREAM)
    cache.store(head(name="c"))
    assert cache.trusted(STREAM)
    assert cache.trusted(STREAM._replace(id="b")) is None
    assert cache.trusted(STREAM._replace(id="c"))


def test_is_bounded_in_bytes() -> None:
    cache = HeadCache(max_bytes=1000)
    for name in "abcdefgh":
        cache.store(head(state_text="x" * 300, name=name))
    kept = [name for name in "abcdefgh" if cache.trusted(STREAM._replace(id=name))]
    assert kept == ["g", "h"]


def test_a_state_too_large_takes_no_other_place_and_leaves_no_older_one() -> None:
    cache = HeadCache(max_bytes=1000)
    cache.store(head(name="b"))
    cache.store(head(1))
    cache.store(head(2, "x" * 1000))
    assert cache.trusted(STREAM) is None
    assert cache.trusted(STREAM._replace(id="b"))


def test_the_same_version_is_found_even_when_contended() -> None:
    cache = HeadCache()
    cache.store(head(2, "rebuilt"))
    cache.contend(STREAM)
    assert cache.same_as(head(2)) == head(2, "rebuilt")
    assert cache.same_as(head(3)) is None
    assert cache.same_as(head(2, name="b")) is None
