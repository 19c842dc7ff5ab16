"""Loaded inside the engine's process, by its own plug-in mechanism: nothing else imports this package."""
