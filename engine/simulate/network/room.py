"""A named conversation: phones that were sent to the same room hear each other, mixed (vonage-voice.md, section 4)."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

import numpy as np

from engine.speech.audio import FRAME_SAMPLES, SILENCE

MOST_LATE: Final = 5
"""Frames of one phone that wait for another: each is paced by itself, so they drift by a frame or two."""


class Rooms:
    """The rooms of one network, by name. A room is there as long as somebody is in it."""

    def __init__(self) -> None:
        self._by_name: dict[str, Room] = {}

    def enter(self, name: str, *, starts: bool, ends: bool, mute: bool) -> Member:
        room = self._by_name.get(name)
        if room is None:
            room = self._by_name[name] = Room()
        member = Member(room, ends=ends, mute=mute)
        room.members.append(member)
        room.started |= starts
        return member

    def leave(self, name: str, member: Member) -> None:
        room = member.room
        if member in room.members:
            room.members.remove(member)
        if member.ends:
            for other in room.members:
                other.closed.set()
        if (not room.members or member.ends) and self._by_name.get(name) is room:
            del self._by_name[name]  # who comes to this name later finds a new room


class Room:
    """`started`: nobody hears anybody before a member who starts it has come."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.started = False


class Member:
    """One phone in a room; a `FarEnd` to its call. `closed`: set when somebody's leaving has ended the room."""

    def __init__(self, room: Room, *, ends: bool, mute: bool) -> None:
        self.room = room
        self.ends = ends
        self.closed = asyncio.Event()
        self._mute = mute
        self._waiting: dict[Member, deque[bytes]] = {}

    async def tick(self, spoken: bytes) -> bytes:
        """Give the others what was spoken; hear what they gave, mixed."""
        others = [each for each in self.room.members if each is not self]
        if self.room.started and not self._mute:
            for other in others:
                other._waiting.setdefault(self, deque(maxlen=MOST_LATE)).append(spoken)
        frames = [queue.popleft() for each in others if (queue := self._waiting.get(each))]
        if len(frames) <= 1:
            return frames[0] if frames else SILENCE
        mixed = np.zeros(FRAME_SAMPLES, np.int32)
        for frame in frames:
            mixed += np.frombuffer(frame, "<i2")
        return np.clip(mixed, -32768, 32767).astype("<i2").tobytes()
