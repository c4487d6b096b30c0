"""Where the bundled scenarios and tenants are: beside the packages, or inside the wheel."""

from pathlib import Path


def library() -> Path:
    """The folder of the bundled library."""
    inside = Path(__file__).parent / "_scenarios"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "scenarios"
