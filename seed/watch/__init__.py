"""Keeping up with the feeds of the sources; `python -m seed watch`."""
