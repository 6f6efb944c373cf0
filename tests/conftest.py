"""Loads the fixtures that every test may ask for."""

pytest_plugins = ["servers.fixtures"]
