"""Simulated callers, the loopback phone network, and the runner that plays scenarios in text or in sound."""
