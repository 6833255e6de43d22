from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.memory_sockets import MemorySockets
from tests.contract.sockets_rules import SocketsContract
from tests.contract.storage_contract import ConcurrencyRules, ExactLimitRules, StorageContract

if TYPE_CHECKING:
    from roundtrip.storage.port import Storage
    from roundtrip.storage.sockets import SocketStorage


class TestMemory(StorageContract, ExactLimitRules, ConcurrencyRules):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()


class TestMemorySockets(SocketsContract):
    @pytest.fixture
    def sockets(self) -> SocketStorage:
        return MemorySockets()
