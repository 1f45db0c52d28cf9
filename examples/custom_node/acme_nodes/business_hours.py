"""A fork: is somebody in the office now?"""

from typing import Literal

from pydantic import BaseModel, Field

from engine.sdk import Exit, Json, NodeSettings, QuietContext, QuietNode, marks

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORDS = {"mon": "Mon", "tue": "Tue", "wed": "Wed", "thu": "Thu", "fri": "Fri", "sat": "Sat", "sun": "Sun"}


class DayOff(BaseModel):
    date: str = Field(
        title="Date", description="Year, month, day.", pattern=r"^\d{4}-\d\d-\d\d$", examples=["2026-12-24"]
    )
    why: str = Field("", title="Why", examples=["Christmas Eve"])


class BusinessHoursSettings(NodeSettings):
    days: tuple[Day, ...] = Field(
        WEEK[:5], title="Days", description="When the office is staffed.", json_schema_extra=marks(labels=WORDS)
    )
    opens: int = Field(9, title="Opens at (hour)", description="In the seller's time zone, 0 to 23.", ge=0, le=23)
    closes: int = Field(17, title="Closes at (hour)", description="This hour is already closed.", ge=1, le=24)
    days_off: tuple[DayOff, ...] = Field(
        (), title="Days off", description="Closed all day.", json_schema_extra=marks(group="Days that differ")
    )


class BusinessHours(QuietNode[BusinessHoursSettings]):
    type = "acme.business_hours"
    title = "Business hours"
    summary = "Goes one way while the office is staffed and the other way when it is not."
    icon = "schedule"
    exits = (Exit("open", "Open"), Exit("closed", "Closed"))
    version = 2

    @classmethod
    def migrate(cls, settings: dict[str, Json], from_version: int) -> dict[str, Json]:
        """Version 1 had one text: {"hours": "9-17"}."""
        hours = settings.get("hours")
        if from_version > 1 or not isinstance(hours, str):
            return settings
        opens, _, closes = hours.partition("-")
        kept = {name: value for name, value in settings.items() if name != "hours"}
        return {**kept, "opens": int(opens), "closes": int(closes)}

    async def run(self, ctx: QuietContext) -> str:
        if ctx.now.date().isoformat() in {each.date for each in self.settings.days_off}:
            return "closed"
        staffed = WEEK[ctx.now.weekday()] in self.settings.days
        return "open" if staffed and self.settings.opens <= ctx.now.hour < self.settings.closes else "closed"
