"""An input that is wrong as a whole, unlike a reject."""


class InputError(Exception):
    """A file that cannot be read, or whose header or schema does not fit the source. The message names the file."""

    def __init__(self, path: str, what: str) -> None:
        """Make the message: the path, then `what`."""
        super().__init__(f"{path}{what}")
