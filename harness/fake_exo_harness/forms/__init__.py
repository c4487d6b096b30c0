"""How files that users write are read, whatever is in them: YAML nodes, kinds of values, places,
problems with the nearest word, and the JSON Schema of all that.

Knows neither scenarios nor devices.
"""
