"""Documents in: get them, read their format, validate, publish; `python -m seed`."""
