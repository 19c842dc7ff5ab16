"""Tests of the commands, and of what they share with the handlers: no socket is opened."""
