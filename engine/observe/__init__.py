"""What a running Leadline tells about itself: log lines without personal data, and a few figures to watch."""
