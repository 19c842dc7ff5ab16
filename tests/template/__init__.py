"""The template as data: what deploys is what was designed."""
