"""Text to tree: the grammar, the parser, the tree's nodes and diagnostics."""
