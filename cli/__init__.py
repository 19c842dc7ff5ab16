"""The console script `pipeline`, with a module per command or for a few of them."""
