"""Says hello."""

from engine.sdk import NodeSettings, Step, TalkContext, TalkNode, say


class Hello(TalkNode[NodeSettings]):
    type = "acme.hello"
    title = "Say hello"

    async def enter(self, ctx: TalkContext) -> Step:
        return say(ctx.fill("Hello {first_name}!")).leave()
