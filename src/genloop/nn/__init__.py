"""Network blocks shared by families."""
