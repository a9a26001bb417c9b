"""The names of the environment variables that are ours."""

PREFIX = "BATCHTUI_"
OTHER_VARIABLES = ("BATCHTUI_CONFIG", "BATCHTUI_DEBUG")
"""Variables of ours that are no settings."""


def is_setting(name: str) -> bool:
    """Whether a variable is meant as a setting, right or wrong."""
    return name.startswith(PREFIX) and name not in OTHER_VARIABLES
