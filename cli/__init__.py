"""The console script `pipeline`: one module for each command, named as it is typed."""
