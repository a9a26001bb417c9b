"""Accounts and settings: TOML, environment and flags, each value with its origin."""
