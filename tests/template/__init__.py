"""The template as data."""
