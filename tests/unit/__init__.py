"""The handlers by themselves: no socket is opened, no AWS is called."""
