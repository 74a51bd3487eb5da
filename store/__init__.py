"""MongoDB: the connection, the indexes, and one module a collection.

Nothing outside this package imports the driver. Documents leave with `id` in place of MongoDB's
`_id`, and driver errors leave as `Unavailable`.
"""
