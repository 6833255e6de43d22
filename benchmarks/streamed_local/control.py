"""The pipe between a harness and its child process: JSON lines, one question, one answer.

The child speaks first: ``{"url"}`` when it serves, ``{"error"}`` when it cannot. Then it answers
``{"do"}`` with ``{"answer"}``. When the parent's end closes, on purpose or because the parent was
killed, the child ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
import time
from typing import Any, Final

# More than stopping takes; then the process ends, whatever its threads are still doing.
_GRACE_S: Final = 5.0


class Control:
    """The child's end; made within a running event loop.

    Standard output becomes standard error for everything else in the process, because what a
    function prints is no answer.
    """

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        self._questions: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, name="control", daemon=True).start()

    async def question(self) -> str | None:
        """Return the next question; None: the parent is gone, or wants the process to end."""
        return await self._questions.get()

    def say(self, **fields: Any) -> None:
        """Write one line, unless the parent is gone."""
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(fields), file=self._answers, flush=True)

    def _read(self) -> None:
        for line in sys.stdin:
            self._put(json.loads(line)["do"])
        self._put(None)
        time.sleep(_GRACE_S)
        os._exit(1)

    def _put(self, question: str | None) -> None:
        # The loop may be closed already; then nobody asks any more.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._questions.put_nowait, question)
