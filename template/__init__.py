"""The infrastructure as a SAM template, one module per concern."""
