"""The plug-in that the engine loads in its own process; not imported from elsewhere."""
