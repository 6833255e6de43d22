from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip.storage.memory import MemoryStorage
from tests.contract.storage_contract import ConcurrencyRules, ExactLimitRules, StorageContract

if TYPE_CHECKING:
    from roundtrip.storage.port import Storage


class TestMemory(StorageContract, ExactLimitRules, ConcurrencyRules):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()
