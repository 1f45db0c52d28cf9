"""The talk that lies open in this window: its moves, and what becomes of it when the engine or the flow changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ui.client import Engine, EngineTrouble
from ui.resources import test_bench
from ui.resources.test_bench import Chat, Circumstances
from ui.texts import t


@dataclass
class ChatDesk:
    """`trouble`: why the last move was not made. `news`: what happened beside it."""

    flow_id: str
    how: Circumstances = field(default_factory=Circumstances)
    chat: Chat | None = None
    trouble: EngineTrouble | None = None
    news: str = ""

    def begin(self, engine: Engine, how: Circumstances | None = None) -> None:
        """A new talk; `how`: under other circumstances than before."""
        self.how = how or self.how
        self._do(lambda: test_bench.begin_chat(engine, self.flow_id, self.how))

    def say(self, engine: Engine, text: str) -> None:
        if text.strip():
            self._move(engine, lambda chat: test_bench.say(engine, chat, text))

    def be_silent(self, engine: Engine) -> None:
        self._move(engine, lambda chat: test_bench.be_silent(engine, chat))

    def hang_up(self, engine: Engine) -> None:
        self._move(engine, lambda chat: test_bench.hang_up(engine, chat))

    def take_back(self, engine: Engine) -> None:
        self._move(engine, lambda chat: test_bench.take_back(engine, chat))

    def restart(self, engine: Engine) -> None:
        """Begin anew with the draft as it is now."""
        if self.chat is None:
            self.begin(engine)
        else:
            self._move(engine, lambda chat: test_bench.restart(engine, chat, keep=False))

    def keep(self, engine: Engine) -> None:
        """Hold the same talk with the draft as it is now."""
        self._move(engine, lambda chat: test_bench.restart(engine, chat, keep=True))

    def look(self, engine: Engine) -> None:
        """Learn whether the flow was changed. A talk that is gone is noticed with the next move."""
        if self.chat is None:
            return
        try:
            self.chat = test_bench.read_chat(engine, self.chat.id)
        except EngineTrouble:
            return

    def _move(self, engine: Engine, make: Callable[[Chat], Chat]) -> None:
        if self.chat is None:
            return
        chat = self.chat
        try:
            self.chat, self.trouble, self.news = make(chat), None, ""
        except EngineTrouble as trouble:
            if trouble.kind == "missing":
                # The server was started anew, or forgot the talk: it is held again from its own lines.
                self._do(lambda: make(test_bench.begin_chat(engine, self.flow_id, self.how, chat.turns)))
                self.news = t("chat.gone") if self.trouble is None else ""
            elif trouble.kind == "conflict":
                self.trouble = trouble
                self.look(engine)
            else:
                self.trouble = trouble

    def _do(self, begin: Callable[[], Chat]) -> None:
        try:
            self.chat, self.trouble, self.news = begin(), None, ""
        except EngineTrouble as trouble:
            self.trouble = trouble
