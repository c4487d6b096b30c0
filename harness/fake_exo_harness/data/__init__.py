"""Data of the harness: device profiles, recorded sessions, the generated schema."""
