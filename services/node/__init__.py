"""A node: which services an authority's kind runs, and the installation of its database."""
