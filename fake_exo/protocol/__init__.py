"""SMTP without input or output: bytes in, effects out. Knows the order of things, not the texts."""
