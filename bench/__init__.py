"""Measurements that anyone can repeat, each run as `python -m bench.NAME`."""
