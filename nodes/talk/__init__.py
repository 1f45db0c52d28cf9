"""Shelf: cards that talk. A fixed line, a stage of the conversation, and the end."""
