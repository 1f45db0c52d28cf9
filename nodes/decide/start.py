"""Where every flow begins."""

from engine.sdk import NodeSettings, QuietContext, QuietNode


class Start(QuietNode[NodeSettings]):
    type = "start"
    title = "Start"
    summary = "The call has been answered."
    icon = "play_arrow"

    async def run(self, ctx: QuietContext) -> str:
        return "next"
