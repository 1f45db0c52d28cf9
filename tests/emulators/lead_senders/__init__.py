"""Senders that post leads as Google Ads, form builders and connectors do, to whatever address they are given."""
