"""The cost of this system in time, measured side by side with the usual ways to write it."""
