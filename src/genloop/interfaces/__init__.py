"""How people and programs reach genloop: the command line now."""
