"""Loaded inside the engine's process by its plug-in mechanism; nothing else imports it."""
