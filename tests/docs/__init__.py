"""Checks of the documents: links, commands and generated parts."""
