"""Notes a value by rule, without asking."""

from pydantic import Field

from engine.sdk import Effects, Naming, NodeSettings, QuietContext, QuietNode, Scalar


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

    def describe(self, naming: Naming) -> str:
        settings = self.settings
        return f"Notes {naming.slot(settings.slot)}: {naming.value(settings.slot, settings.value)}"

    async def run(self, ctx: QuietContext) -> str:
        ctx.put(self.settings.slot, self.settings.value, self.settings.why)
        return "next"
