"""The engine's resources, one module each: records, and functions that take an `ui.client.Engine`."""
