"""Notes a value by rule, without asking."""

from pydantic import Field

from engine.sdk import Effects, Naming, NodeSettings, QuietContext, QuietNode, Scalar, marks


class SetSlotSettings(NodeSettings):
    slot: str = Field(
        title="Thing to note",
        description="It counts as answered from here on; nobody is asked.",
        min_length=1,
        json_schema_extra=marks(refers="slot"),
    )
    value: Scalar = Field(
        title="Value", description="As if the caller had answered so.", json_schema_extra=marks(answer_of="slot")
    )
    why: str = Field(
        "set by the flow",
        title="Why",
        description="Stands beside the value where others show the caller's own words.",
        examples=["this number is only for commercial work"],
        json_schema_extra=marks(advanced=True),
    )


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
