"""Hooks that adapt schemathesis to this server."""

import schemathesis


@schemathesis.hook
def map_body(context, body):
    """JSON Schema accepts 1.0 as an integer. The server accepts only 1, as every client writes it."""
    return whole(body)


def whole(value):
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, dict):
        return {name: whole(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [whole(inner) for inner in value]
    return value
