"""Settings of every card that offers times of a calendar."""

from typing import Literal

from pydantic import Field

from engine.sdk import NodeSettings, marks

WORDING = "Wording"


class TimesSettings(NodeSettings):
    calendar: str = Field(
        "main",
        title="Calendar",
        description="Whose free times are offered.",
        json_schema_extra=marks(refers="calendar"),
    )
    buffer_min: int = Field(
        30,
        title="Free time around it (minutes)",
        description="For the way there and back.",
        ge=0,
        le=240,
    )
    notice_min: int = Field(
        120, title="Notice (minutes)", description="The soonest time that is offered lies so far ahead.", ge=0
    )
    horizon_days: int = Field(
        14, title="How far ahead (days)", description="Later times are not offered.", ge=1, le=365
    )
    place_slot: str = Field(
        "",
        title="ZIP code of the visit",
        description="The thing to find out that tells where somebody is to come to. Staff who do not go there are then "
        "left out. Empty: everybody goes everywhere.",
        examples=["zip"],
        json_schema_extra=marks(refers="slot"),
    )
    told_in: Literal["calendar", "caller"] = Field(
        "calendar",
        title="Times are told in",
        description="A visit is at the time of its place; a call or a video meeting at the caller's own. Where the two "
        "clocks differ, the zone is said with the time: “2 p.m. Pacific”.",
        json_schema_extra=marks(
            labels={"calendar": "The calendar's time zone", "caller": "The caller's time zone, if known"}, advanced=True
        ),
    )
    wish_slot: str = Field(
        "",
        title="Keeps the wish in",
        description="The thing to find out that takes what the caller wished for when no time could be booked, so that "
        "a colleague knows it. A text.",
        examples=["time_wish"],
        json_schema_extra=marks(refers="slot", advanced=True),
    )
    offer: int = Field(
        3,
        title="Times to offer at once",
        description="More than three nobody keeps in mind on the phone.",
        ge=1,
        le=3,
        json_schema_extra=marks(advanced=True),
    )
    max_offers: int = Field(
        3,
        title="Rounds of offers",
        description="After so many that were refused, no time fits. A wish that can be met counts for none.",
        ge=1,
        le=6,
        json_schema_extra=marks(advanced=True),
    )
    offer_text: str = Field(
        "I have {times}. Which works best for you?",
        title="Offer",
        json_schema_extra=marks(fills=("times",), group=WORDING),
    )
    again_text: str = Field(
        "I also have {times}. Would one of those work?",
        title="Second offer",
        json_schema_extra=marks(fills=("times",), group=WORDING),
    )
    nearest_text: str = Field(
        "The closest I have is {times}. Would that work?",
        title="When the wish does not fit",
        json_schema_extra=marks(fills=("times",), group=WORDING),
    )
    taken: str = Field(
        "I'm sorry, that one was just taken.",
        title="When somebody was faster",
        json_schema_extra=marks(fills=(), group=WORDING),
    )
    none_fits: str = Field(
        "I'm sorry, I have no other times right now.",
        title="When no time fits",
        json_schema_extra=marks(fills=(), group=WORDING),
    )
    slow: str = Field(
        "One moment, I'm checking the calendar.",
        title="While the calendar works",
        json_schema_extra=marks(fills=(), group=WORDING),
    )
    still: str = Field(
        "Still checking. Thanks for your patience.",
        title="If it takes long",
        description="Said once more after four seconds; after eight the calendar counts as out of reach.",
        json_schema_extra=marks(fills=(), group=WORDING),
    )
    down: str = Field(
        "I can't reach our calendar right now. A colleague will confirm the time with you.",
        title="When the calendar does not answer",
        json_schema_extra=marks(fills=(), group=WORDING),
    )
    requested: str = Field(
        "I've asked for {when}. A colleague will confirm it with you.",
        title="When somebody must still agree",
        description="In some calendars a colleague confirms each booking. It is never called booked before.",
        json_schema_extra=marks(fills=("when", "staff"), group=WORDING),
    )

    def times_texts(self) -> tuple[str, ...]:
        return (
            self.offer_text, self.again_text, self.nearest_text, self.taken, self.none_fits, self.slow, self.still,
            self.down, self.requested,
        )  # fmt: skip
