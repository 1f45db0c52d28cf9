"""Looks a value up in one of the flow's lists."""

from pydantic import Field

from engine.sdk import Effects, Exit, Naming, NodeSettings, QuietContext, QuietNode, marks


class LookUpSettings(NodeSettings):
    slot: str = Field(
        title="Thing to look up",
        description="What the caller said, such as the ZIP. Before it is known, the card leaves by “Not known yet”.",
        min_length=1,
        json_schema_extra=marks(refers="slot"),
    )
    list: str = Field(
        title="List",
        description="A list of this flow, such as the service area.",
        min_length=1,
        json_schema_extra=marks(refers="list"),
    )
    action: str = Field(
        "look_up",
        title="Name in reports",
        description="What the record of the call says was done.",
        examples=["check_service_area"],
        json_schema_extra=marks(advanced=True),
    )


class LookUp(QuietNode[LookUpSettings]):
    type = "look_up"
    title = "Look up"
    summary = "Looks a value up in a list and goes on by what it finds."
    icon = "search"
    exits = (Exit("found", "Found"), Exit("not_found", "Not found"), Exit("unknown", "Not known yet"))
    effects = Effects(reads=("slot",))

    def describe(self, naming: Naming) -> str:
        return f"Looks {naming.slot(self.settings.slot)} up in the {self.settings.list.replace('_', ' ')}"

    async def run(self, ctx: QuietContext) -> str:
        slot = ctx.slot(self.settings.slot)
        if not slot.known or slot.value is None:
            return "unknown"
        ctx.acted(self.settings.action, **{self.settings.slot: slot.value})
        return "found" if ctx.in_list(slot.value, self.settings.list) else "not_found"
