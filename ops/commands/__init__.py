"""The commands: one module each, named as it is typed, whose `command` is the click command."""
