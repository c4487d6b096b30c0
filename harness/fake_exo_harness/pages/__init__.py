"""Pages of the documentation that are made from the tables, so that they cannot disagree.

Tests compare them with `docs/`; `EXO_WRITE_DOCS=1` in the environment of the tests writes them.
"""
