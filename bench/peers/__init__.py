"""What Byline is measured against: small servers of the same articles, written for this.

Each is started by the server that it is made for and told where things are by the environment:
`BENCH_MONGODB_URI`, `BENCH_MONGODB_DB` and, for constant answers, the folder `BENCH_FILES`.
"""
