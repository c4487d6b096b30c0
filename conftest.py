"""Root of the project's own tests."""

pytest_plugins = ["pytester"]
collect_ignore = ["tests/bad"]  # scenario files with errors, read by tests/unit/test_bad_files.py
