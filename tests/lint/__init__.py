"""The lint rules, on good templates and bad ones."""
