"""The middleware that a generated project's middleware.json names: one file a piece, each found by its entry point."""
