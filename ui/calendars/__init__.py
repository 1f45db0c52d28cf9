"""Calendars on the page of connections: hours, staff and areas, where they are kept, what is blocked and booked."""
