"""The media socket's server side against peers that do not behave."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import websockets
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from engine.telephony.media import (
    Closed,
    Connected,
    Damaged,
    FrameIn,
    MediaClosed,
    MediaEvent,
    MediaPeer,
    MediaSocket,
    NoAudio,
    NoHello,
)
from tests.support.carrier_app import serving

HELLO = '{"event":"websocket:connected","content-type":"audio/l16;rate=16000","call_id":"c_1"}'
FRAME = b"\x01" * 640


@contextlib.asynccontextmanager
async def listening(talk: Callable[[MediaSocket], Awaitable[None]], patience_s: float = 0.3) -> AsyncIterator[str]:
    async def media(websocket: WebSocket) -> None:
        await websocket.accept()
        await talk(MediaSocket(websocket, hello_within_s=patience_s))

    async with serving(Starlette(routes=[WebSocketRoute("/media", media)])) as port:
        yield f"ws://127.0.0.1:{port}/media"


class Told(list[object]):
    """What the socket told, and when it had told all."""

    def __init__(self) -> None:
        super().__init__()
        self.complete = asyncio.Event()


async def first_word(*messages: str | bytes) -> object:
    """What `hello` makes of a peer that sends `messages` and then waits."""
    told = Told()

    async def talk(media: MediaSocket) -> None:
        told.append(await media.hello())
        told.complete.set()

    async with listening(talk) as uri, websockets.connect(uri, proxy=None) as peer:
        for message in messages:
            await peer.send(message)
        await asyncio.wait_for(told.complete.wait(), 5)
    return told[0]


async def test_a_peer_that_never_introduces_itself_is_given_up_with_a_reason() -> None:
    assert await first_word() == NoHello("The peer did not send `websocket:connected` within 0.3 seconds.")


async def test_audio_alone_is_no_introduction() -> None:
    assert isinstance(await first_word(FRAME, FRAME), NoHello)


async def test_a_peer_that_begins_with_something_else_is_not_our_carrier() -> None:
    assert await first_word('{"event":"hello"}') == NoHello("The peer's first message is not `websocket:connected`.")


async def test_a_little_audio_ahead_of_the_introduction_does_no_harm() -> None:
    assert await first_word(FRAME, HELLO) == Connected("audio/l16;rate=16000", {"call_id": "c_1"})


async def test_a_peer_that_leaves_at_once_is_just_closed() -> None:
    told = Told()

    async def talk(media: MediaSocket) -> None:
        told.append(await media.hello())
        told.complete.set()

    async with listening(talk) as uri:
        async with websockets.connect(uri, proxy=None):
            pass
        await asyncio.wait_for(told.complete.wait(), 5)
    assert told == [Closed(1000)]


async def test_a_line_on_which_nothing_comes_is_told_again_and_again_until_it_closes() -> None:
    told = Told()

    async def talk(media: MediaSocket) -> None:
        await media.hello()
        async for event in media.events():
            told.append(event)
            if event == NoAudio(0.4):
                await media.close(1011)
        told.complete.set()

    async with listening(talk, 0.2) as uri, websockets.connect(uri, proxy=None) as peer:
        await peer.send(HELLO)
        await peer.send(FRAME)
        await peer.wait_closed()
        await asyncio.wait_for(told.complete.wait(), 5)
    assert told[:3] == [FrameIn(FRAME), NoAudio(0.2), NoAudio(0.4)]
    assert isinstance(told[-1], Closed)
    assert peer.close_code == 1011


async def test_sending_after_the_caller_has_hung_up_says_so_and_closing_twice_is_harmless() -> None:
    told = Told()

    async def talk(media: MediaSocket) -> None:
        peer: MediaPeer = media  # the call sees no more than this
        await media.hello()
        told.extend([event async for event in peer.events()])
        for send in (peer.send_frame(FRAME), peer.clear(1), peer.notify({"generation": 1})):
            with pytest.raises(MediaClosed):
                await send
            told.append("closed")
        await peer.close()
        await peer.close()
        told.complete.set()

    async with listening(talk) as uri:
        async with websockets.connect(uri, proxy=None) as peer:
            await peer.send(HELLO)
        await asyncio.wait_for(told.complete.wait(), 5)
    assert told == [Closed(1000), "closed", "closed", "closed"]


async def test_frames_of_odd_sizes_are_cut_anew_on_the_way_in() -> None:
    told: list[MediaEvent] = []
    counted = Told()

    async def talk(media: MediaSocket) -> None:
        await media.hello()
        told.extend([event async for event in media.events()])
        counted.append(media.counts.odd_sizes)
        counted.complete.set()

    async with listening(talk) as uri:
        async with websockets.connect(uri, proxy=None) as peer:
            await peer.send(HELLO)
            for size in (641, 639, 1280, 0, 320):
                await peer.send(b"\x01" * size)
        await asyncio.wait_for(counted.complete.wait(), 5)
    assert told == [FrameIn(FRAME)] * 4 + [Closed(1000)]
    assert counted == [5]


async def test_sound_that_splits_samples_is_told_once() -> None:
    told = Told()

    async def talk(media: MediaSocket) -> None:
        await media.hello()
        told.extend([event async for event in media.events()])
        told.complete.set()

    async with listening(talk) as uri, websockets.connect(uri, proxy=None) as peer:
        await peer.send(HELLO)
        for _ in range(20):
            await peer.send(bytes(321))
        await peer.close()
        await asyncio.wait_for(told.complete.wait(), 5)
    assert sum(isinstance(event, Damaged) for event in told) == 1
