"""How the tests speak to a plant: one JSON object a line on stdin, one answer a line on stdout, the end of stdin ends it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

Answer = dict[str, Any]


async def serve(handle: Callable[[Answer], Awaitable[Answer]]) -> None:
    """Answers commands until stdin ends."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        answer = await handle(json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
