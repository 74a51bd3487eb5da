"""The shape of what comes in and goes out: marshmallow, no database, no HTTP server."""
