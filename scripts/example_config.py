"""Writes config.example.toml from the descriptions in the schema."""

from pathlib import Path

from batchtui.config.example import example_toml

TARGET = Path(__file__).parent.parent / "config.example.toml"


def main() -> None:
    """Write the file."""
    TARGET.write_text(example_toml(), encoding="utf-8")


if __name__ == "__main__":
    main()
