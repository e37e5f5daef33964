"""Measurements: ``python -m tests.bench [NAME ...]`` prints one line of JSON a figure."""
