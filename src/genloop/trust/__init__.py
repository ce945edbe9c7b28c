"""Labels: everything made says that it was made, by what and from which run."""
