"""Notes a value by rule, without asking."""

from pydantic import Field

from engine.sdk import Effects, NodeSettings, QuietContext, QuietNode, Scalar


class SetSlotSettings(NodeSettings):
    slot: str = Field(title="Thing to note", min_length=1)
    value: Scalar = Field(title="Value")
    why: str = Field("set by the flow", title="Why", description="Stands as the evidence for the value.")


class SetSlot(QuietNode[SetSlotSettings]):
    type = "set_slot"
    title = "Note a value"
    summary = "Writes a value into one of the things to find out."
    icon = "edit_note"
    effects = Effects(writes=("slot",))

    async def run(self, ctx: QuietContext) -> str:
        ctx.put(self.settings.slot, self.settings.value, self.settings.why)
        return "next"
