"""Root of the project's own tests: nothing but what pytest needs to test a pytest plugin."""

pytest_plugins = ["pytester"]
