"""Frozen values that the whole service speaks in; no behaviour beyond derived properties.

Anybody may import from here; nothing here imports from anywhere else in the project.
"""
