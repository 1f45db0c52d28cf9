"""A fork: the rules on its edges say which way."""

from engine.sdk import NodeSettings, QuietContext, QuietNode


class Decide(QuietNode[NodeSettings]):
    type = "decide"
    title = "Decide"
    summary = "Takes the first way whose rule holds, otherwise the way marked 'otherwise'."
    icon = "alt_route"

    async def run(self, ctx: QuietContext) -> str:
        return "next"
