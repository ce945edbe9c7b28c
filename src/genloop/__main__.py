"""`python -m genloop` is the `genloop` command."""

from genloop.interfaces.cli import app

if __name__ == "__main__":
    app()
