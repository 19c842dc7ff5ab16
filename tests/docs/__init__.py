"""What the documents say is so: links, commands, and what is generated."""
