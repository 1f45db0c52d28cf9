"""Which pages of other origins may ask this server by script: the builder's may ask everything, with a ticket; whatever
takes forms of other websites answers for itself."""

from __future__ import annotations

from typing import Final

from fastapi.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

FORMS: Final = ("/in/", "/leads/website")


class BuildersPages(CORSMiddleware):
    """Leaves forms alone: this middleware would answer their browsers' question whether a script may post by itself,
    and with no."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(FORMS):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
