"""Deterministic simulation of the pipeline: the real handlers in one process, from a seed."""
