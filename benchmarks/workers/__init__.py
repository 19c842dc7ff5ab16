"""What runs under the handlers' interpreter, where the rivals' libraries are."""
