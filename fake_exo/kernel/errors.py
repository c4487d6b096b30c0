"""What a user of the service can get wrong."""


class ServiceError(ValueError):
    """A world asks for a switch, limit, forest or fault that cannot be; the text says what can."""
