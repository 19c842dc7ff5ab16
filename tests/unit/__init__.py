"""Tests of the commands and the operations, without sockets."""
