"""Leads in files that people upload: reading any CSV row by row (`reader`), guessing how it was written (`sniffing`),
what its columns mean (`columns`, `plan`), and a row as a lead (`rows`). Pure, but for reading the file."""
