"""The Campaigns page: the list, one campaign section by section, and its lead sources."""
