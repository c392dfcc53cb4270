"""A reply as server-sent events, begun with its first event, and never silent for long."""

import json
from collections.abc import Mapping

import anyio
from starlette.types import Send


class EventStream:
    """Sends events and comments.

    Args:
        send: of the server.
        headers: of the reply.
        silence: seconds after which a comment says that the gateway still works.

    Attributes:
        begun: whether anything was sent, from where on an error can only be an event.
    """

    def __init__(self, send: Send, headers: Mapping[str, str], silence: float) -> None:
        self.begun = False
        self._send = send
        self._headers = {**headers, "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
        self._silence = silence
        self._lock = anyio.Lock()
        self._last = anyio.current_time()

    async def event(self, value: Mapping[str, object], name: str = "") -> None:
        """Send an event."""
        named = f"event: {name}\n" if name else ""
        await self._write(f"{named}data: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))}\n\n")

    async def comment(self, text: str) -> None:
        """Send what readers of events pass over."""
        await self._write(f": {' '.join(text.split())}\n\n")

    async def end(self, done: bool = True) -> None:
        """Say that nothing more comes."""
        if done:
            await self._write("data: [DONE]\n\n")
        async with self._lock:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def keep_alive(self) -> None:
        """Break every long silence; runs until it is cancelled."""
        while True:
            left = self._last + self._silence - anyio.current_time()
            if left > 0:
                await anyio.sleep(left)
            else:
                await self.comment("keep-alive")

    async def _write(self, text: str) -> None:
        async with self._lock:
            self._last = anyio.current_time()
            if not self.begun:
                self.begun = True
                raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in self._headers.items()]
                await self._send({"type": "http.response.start", "status": 200, "headers": raw})
            await self._send({"type": "http.response.body", "body": text.encode("utf-8", "replace"), "more_body": True})
