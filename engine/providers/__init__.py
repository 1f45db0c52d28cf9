"""Which engine serves which call: chosen by settings and per flow, opened once, checked in plain words."""
