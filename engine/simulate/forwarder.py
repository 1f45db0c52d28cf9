"""A small load balancer on loopback, for stages with several web servers: every new connection goes to the first one
that takes it, or to each in turn.

One that dies takes its connections with it, abruptly, as the carrier would see it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager


@asynccontextmanager
async def forwarding(port: int, backends: Sequence[int], *, in_turn: bool = False) -> AsyncIterator[None]:
    """Listen on `port` of 127.0.0.1 and pass on to the ports `backends`. `in_turn`: a connection goes to the one after
    that which took the last one."""
    turns = 0
    lines: set[asyncio.StreamWriter] = set()
    serving: set[asyncio.Task[None]] = set()

    async def first_living() -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        nonlocal turns
        first = turns % len(backends)
        turns += in_turn
        for backend in (*backends[first:], *backends[:first]):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", backend)
        return None

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
        except OSError:
            writer.transport.abort()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            serving.add(task)
            task.add_done_callback(serving.discard)
        lines.add(writer)
        backend = await first_living()
        if backend is None:
            writer.transport.abort()
        else:
            lines.add(backend[1])
            # A server that dies ends the line in one direction: then it is gone in both.
            pipes = {asyncio.create_task(pipe(reader, backend[1])), asyncio.create_task(pipe(backend[0], writer))}
            await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
            for each in pipes:
                each.cancel()
            writer.close()
            backend[1].close()
            lines.discard(backend[1])
        lines.discard(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        # Their handlers end by themselves then; cancelled ones would be reported as failures.
        for line in tuple(lines):
            line.transport.abort()
        await asyncio.gather(*serving, return_exceptions=True)
