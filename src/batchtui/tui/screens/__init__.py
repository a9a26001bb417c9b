"""Screens: each owns one task of the user and speaks to the service."""
