"""The infrastructure as a SAM template, one module for each concern."""
