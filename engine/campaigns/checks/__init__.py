"""The parts of the validator, by what they look at. Each takes a campaign and what is around it, and yields issues."""
