"""Where every flow begins."""

from engine.sdk import Naming, NodeSettings, QuietContext, QuietNode


class Start(QuietNode[NodeSettings]):
    type = "start"
    title = "Start"
    summary = "The call has been answered."
    icon = "play_arrow"

    def describe(self, naming: Naming) -> str:
        return self.summary

    async def run(self, ctx: QuietContext) -> str:
        return "next"
