"""What the carrier's machine detection can say of whoever picked up."""

from typing import Literal

Told = Literal["human", "machine", "beep_start", "beep_timeout"]
