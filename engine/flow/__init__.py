"""Flow documents: what they hold, whether they are sound, and what their rules say. Pure: no I/O room is imported."""
