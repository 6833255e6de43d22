"""When a checkpoint is due. Pure."""

from __future__ import annotations

from roundtrip.limits import CHECKPOINT_BYTES, SPARSE_CHECKPOINTS


def checkpoint_due(replay_bytes: int, state_characters: int, *, sparse: bool = False) -> bool:
    """Return whether a checkpoint should follow the events since the last one.

    Parameters
    ----------
    replay_bytes
        Weight of these events; see `roundtrip.storage.records.Commit.weight_bytes`.
    state_characters
        Size of the state. A larger one takes longer to write and to read, so it is kept less often.
    sparse
        Whether each checkpoint costs a write of its own, as on the way of a replay.
    """
    least_bytes = CHECKPOINT_BYTES * (SPARSE_CHECKPOINTS if sparse else 1)
    return replay_bytes >= max(least_bytes, state_characters // 4)
