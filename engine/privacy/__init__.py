"""What is kept about people, how long, and what they may ask for: retention, erasure, export, legal holds."""
