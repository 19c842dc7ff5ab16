"""The console script `pipeline`, with one module per command."""
