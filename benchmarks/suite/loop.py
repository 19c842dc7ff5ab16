"""The developer's loop: the second `make run`, until its first transaction is recorded."""
